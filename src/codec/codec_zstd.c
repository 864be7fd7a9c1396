/*
 * zstd contexts and the codec's scratch memory: the only file that knows zstd.
 *
 * Two sets of parameters, measured on exponent planes (entropy 2.54 bits): level 1 spends 2.99 bits
 * a symbol on matches that are not there; ZSTD_fast with minMatch 7, hashLog 6 and literals always
 * through Huffman spends 2.58 at twice the speed. Real matches are for repeated rows.
 */
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_c_literalCompressionMode */
#include <zstd.h>

#include <stdlib.h>
#include <string.h>

#include "column_code.h"
#include "fc_alloc.h"
#include "fc_bytes.h"

#define ZSTD_MAGIC_BYTES 4u
#define MATCH_LEVEL      1

/* The four bytes are the same in every frame; they are left out on disk and put back to read. */
static const uint8_t zstd_magic[ZSTD_MAGIC_BYTES] = {0x28, 0xb5, 0x2f, 0xfd};

static bool set(ZSTD_CCtx *ctx, ZSTD_cParameter parameter, int value)
{
    return !ZSTD_isError(ZSTD_CCtx_setParameter(ctx, parameter, value));
}

/* The length is known from the block header, the checksum is ours. */
static bool set_lean_frames(ZSTD_CCtx *ctx)
{
    return set(ctx, ZSTD_c_contentSizeFlag, 0) && set(ctx, ZSTD_c_checksumFlag, 0) &&
           set(ctx, ZSTD_c_dictIDFlag, 0);
}

/* A library that refuses the experimental parameter keeps its own rule for literals. That rule
 * compresses them under ZSTD_fast as long as targetLength is 0, which is what level 1 sets. */
static bool set_huffman(ZSTD_CCtx *ctx)
{
    bool ok = set_lean_frames(ctx) && set(ctx, ZSTD_c_compressionLevel, 1) &&
              set(ctx, ZSTD_c_strategy, ZSTD_fast) && set(ctx, ZSTD_c_minMatch, 7) &&
              set(ctx, ZSTD_c_hashLog, 6);

    if (ok && set(ctx, ZSTD_c_literalCompressionMode, ZSTD_lcm_huffman))
        ok = set(ctx, ZSTD_c_targetLength, 64); /* step faster over what does not match */
    return ok;
}

fc_status fc__codec_create(fc_codec **out, fc_error *err)
{
    fc_codec *c = calloc(1, sizeof(*c));

    *out = NULL;
    if (c == NULL)
        return fc__nomem(err, sizeof(*c), "a codec");
    c->allowed = FC_TRANSFORMS_ALL;
    c->huffman = ZSTD_createCCtx();
    c->matcher = ZSTD_createCCtx();
    c->inflater = ZSTD_createDCtx();
    c->seen = fc__alloc_array(FC_SEEN_SLOTS, sizeof(c->seen[0]));
    c->columns = calloc(1, sizeof(*c->columns));
    if (c->huffman == NULL || c->matcher == NULL || c->inflater == NULL || c->seen == NULL ||
        c->columns == NULL) {
        fc__codec_destroy(c);
        return fc_error_set(err, FC_E_NOMEM, "no memory for a codec's contexts");
    }
    if (!set_huffman(c->huffman) || !set_lean_frames(c->matcher) ||
        !set(c->matcher, ZSTD_c_compressionLevel, MATCH_LEVEL)) {
        fc__codec_destroy(c);
        return fc_error_set(err, FC_E_UNSUPPORTED, "zstd %s refuses the codec's parameters",
                            ZSTD_versionString());
    }
    *out = c;
    return FC_OK;
}

void fc__codec_destroy(fc_codec *c)
{
    if (c == NULL)
        return;
    ZSTD_freeCCtx(c->huffman);
    ZSTD_freeCCtx(c->matcher);
    ZSTD_freeDCtx(c->inflater);
    free(c->seen);
    if (c->columns != NULL)
        fc__columns_dispose(c->columns);
    free(c->columns);
    fc_buf_dispose(&c->whole);
    fc_buf_dispose(&c->raw);
    fc_buf_dispose(&c->planes);
    fc_buf_dispose(&c->nonzero);
    fc_buf_dispose(&c->mask);
    fc_buf_dispose(&c->packed);
    fc_buf_dispose(&c->candidate);
    fc_buf_dispose(&c->best);
    fc_buf_dispose(&c->frames);
    free(c);
}

void fc__codec_allow(fc_codec *c, unsigned transforms, bool forced)
{
    c->allowed = transforms;
    c->forced = forced;
}

fc_status fc__scratch(fc_buf *b, size_t n, fc_error *err)
{
    fc_buf_clear(b);
    return fc_buf_reserve(b, n, err);
}

fc_status fc__zstd_pack(fc_codec *c, const void *bytes, size_t n, bool matches, const uint8_t **out,
                        size_t *out_bytes, fc_error *err)
{
    const size_t bound = ZSTD_compressBound(n);
    fc_status st = fc__scratch(&c->packed, bound, err);
    size_t packed;

    if (st != FC_OK)
        return st;
    packed = ZSTD_compress2(matches ? c->matcher : c->huffman, c->packed.data, bound, bytes, n);
    if (ZSTD_isError(packed))
        return fc_error_set(err, FC_E_NOMEM, "zstd could not compress %zu bytes: %s", n,
                            ZSTD_getErrorName(packed));
    *out = c->packed.data + ZSTD_MAGIC_BYTES;
    *out_bytes = packed - ZSTD_MAGIC_BYTES;
    return FC_OK;
}

fc_status fc__zstd_unpack(fc_codec *c, const uint8_t *stored, size_t n, uint8_t *out,
                          size_t out_bytes, fc_error *err)
{
    fc_status st = fc__scratch(&c->packed, n + ZSTD_MAGIC_BYTES, err);
    size_t got;

    if (st != FC_OK)
        return st;
    memcpy(c->packed.data, zstd_magic, ZSTD_MAGIC_BYTES);
    memcpy(c->packed.data + ZSTD_MAGIC_BYTES, stored, n);
    /* One frame and nothing after it: the decoder itself would go on to a second one. */
    if (ZSTD_findFrameCompressedSize(c->packed.data, n + ZSTD_MAGIC_BYTES) != n + ZSTD_MAGIC_BYTES)
        return fc_error_set(err, FC_E_CORRUPT, "frame: %zu bytes are not one zstd frame", n);
    got = ZSTD_decompressDCtx(c->inflater, out, out_bytes, c->packed.data, n + ZSTD_MAGIC_BYTES);
    if (ZSTD_isError(got))
        return fc_error_set(err, FC_E_CORRUPT, "frame: zstd says %s", ZSTD_getErrorName(got));
    if (got != out_bytes)
        return fc_error_set(err, FC_E_CORRUPT, "frame: zstd gave %zu bytes, wanted %zu", got,
                            out_bytes);
    return FC_OK;
}
