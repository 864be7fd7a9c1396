/*
 * A PNG with its pixels inflated by libdeflate, as pieces that make up the same PNG with stored
 * pixels. Source: PNG (Third Edition), 5 and 10; RFC 1950 and 1951, 3.2.4 (stored blocks).
 */
#include "fc_png_inflate.h"

#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_png_chunks.h"

#define RAW_MAX    ((size_t)16 << 20) /* held beside the pixels; libpng alone needs two lines */
#define BLOCK_MAX  65535u
#define BLOCK_HEAD 5u
#define FIRST_HEAD (FC_PNG_CHUNK_HEAD + 2u) /* IDAT's length and name, and the zlib header */
#define TAIL       8u                       /* Adler-32 and CRC */
#define SPARE      ((size_t)64 << 10) /* more than the picture holds, as careless writers leave */

/* Where the row of IDAT chunks lies in the file, and what they hold. */
typedef struct pixels_at {
    size_t begin, end;
    const uint8_t *packed; /* the data of the first, or of all, joined */
    size_t packed_n;
    size_t n_chunks;
    size_t raw_n;
} pixels_at;

static bool is(const fc_png_chunk *c, const char *name)
{
    return memcmp(c->name, name, 4) == 0;
}

static bool sound(const fc_png_chunk *c)
{
    return libdeflate_crc32(0, c->name, c->n + 4) == fc_get_be32(c->data + c->n);
}

/* Bytes of all lines with their filter types; 0 for what is left to libpng. */
static size_t raw_bytes(const fc_png_chunk *header)
{
    static const uint8_t channels[] = {1, 0, 3, 1, 2, 0, 4};
    const uint8_t *d = header->data;
    uint64_t width, height, bits, line;

    if (!is(header, "IHDR") || header->n != 13 || d[9] >= sizeof(channels) || d[12] != 0)
        return 0;
    width = fc_get_be32(d);
    height = fc_get_be32(d + 4);
    bits = (uint64_t)channels[d[9]] * d[8];
    if (bits == 0 || bits > 64 || width > RAW_MAX || height > RAW_MAX)
        return 0;
    line = (width * bits + 7) / 8 + 1;
    return line <= RAW_MAX / (height + 1) ? (size_t)(line * height) : 0;
}

/* More bytes than any honest writer needs: they would be held twice. */
static bool is_padded(const pixels_at *p)
{
    return p->packed_n > p->raw_n + p->raw_n / 8 + SPARE;
}

/* All chunks up to IEND: their sums, and one row of IDAT among them. */
static fc_png_found find_pixels(const uint8_t *bytes, size_t n, pixels_at *p)
{
    size_t at = FC_PNG_SIGNATURE;
    bool first = true, in_a_row = true;
    fc_png_chunk c;

    *p = (pixels_at){.begin = 0};
    for (; fc__png_next_chunk(bytes, n, &at, &c); first = false) {
        if (!sound(&c))
            return FC_PNG_DAMAGED;
        if (first)
            p->raw_n = raw_bytes(&c);
        if (is(&c, "IEND"))
            return p->raw_n > 0 && p->n_chunks > 0 && in_a_row && !is_padded(p) ? FC_PNG_STORED
                                                                                : FC_PNG_AS_IT_IS;
        if (!is(&c, "IDAT"))
            continue;
        if (p->n_chunks == 0) {
            p->begin = (size_t)(c.name - 4 - bytes);
            p->packed = c.data;
        } else if ((size_t)(c.name - 4 - bytes) != p->end) {
            in_a_row = false;
        }
        p->n_chunks++;
        p->packed_n += c.n;
        p->end = at;
    }
    return FC_PNG_DAMAGED;
}

/* The data of several IDAT chunks in one piece. */
static uint8_t *join(const uint8_t *bytes, const pixels_at *p)
{
    uint8_t *joined = fc__alloc_array(p->packed_n + 1, 1), *to = joined;
    size_t at = p->begin;
    fc_png_chunk c;

    while (joined != NULL && at < p->end && fc__png_next_chunk(bytes, p->end, &at, &c)) {
        memcpy(to, c.data, c.n);
        to += c.n;
    }
    return joined;
}

/* `raw` has room for SPARE more than the picture needs. */
static fc_png_found inflate_all(const uint8_t *bytes, const pixels_at *p, uint8_t *raw)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    uint8_t *joined = p->n_chunks > 1 ? join(bytes, p) : NULL;
    const uint8_t *packed = p->n_chunks > 1 ? joined : p->packed;
    enum libdeflate_result result =
        LIBDEFLATE_BAD_DATA; /* libpng reads what there is, or says why */
    size_t got = 0;

    if (d != NULL && packed != NULL)
        result = libdeflate_zlib_decompress(d, packed, p->packed_n, raw, p->raw_n + SPARE, &got);
    libdeflate_free_decompressor(d);
    free(joined);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
        return FC_PNG_TOO_MUCH;
    return result == LIBDEFLATE_SUCCESS && got >= p->raw_n ? FC_PNG_STORED : FC_PNG_AS_IT_IS;
}

/* The file up to its pixels, one IDAT chunk of stored blocks, and the rest of the file. */
static void lay_out(fc_png_stored *s, const uint8_t *bytes, size_t n, const pixels_at *p)
{
    const size_t n_blocks = (p->raw_n + BLOCK_MAX - 1) / BLOCK_MAX;
    uint8_t *head = s->heads;

    s->spans[s->n_spans++] = (fc_png_span){bytes, p->begin};
    fc_put_be32(head, (uint32_t)(2 + n_blocks * BLOCK_HEAD + p->raw_n + 4));
    memcpy(head + 4, "IDAT\x78\x01", 6);
    s->spans[s->n_spans++] = (fc_png_span){head, FIRST_HEAD};
    head += FIRST_HEAD;
    for (size_t at = 0; at < p->raw_n; at += BLOCK_MAX, head += BLOCK_HEAD) {
        const size_t left = p->raw_n - at, take = left < BLOCK_MAX ? left : BLOCK_MAX;

        head[0] = take == left; /* the last block; type 0: stored */
        fc_put_le16(head + 1, (uint16_t)take);
        fc_put_le16(head + 3, (uint16_t)~take);
        s->spans[s->n_spans++] = (fc_png_span){head, BLOCK_HEAD};
        s->spans[s->n_spans++] = (fc_png_span){s->raw + at, take};
    }
    memset(head, 0, TAIL);
    s->spans[s->n_spans++] = (fc_png_span){head, TAIL};
    s->spans[s->n_spans++] = (fc_png_span){bytes + p->end, n - p->end};
}

fc_png_found fc__png_inflate(const uint8_t *bytes, size_t n, fc_png_stored *out)
{
    pixels_at p;
    fc_png_found found = find_pixels(bytes, n, &p);
    size_t n_blocks;

    *out = (fc_png_stored){.raw = NULL};
    if (found != FC_PNG_STORED)
        return found;
    n_blocks = (p.raw_n + BLOCK_MAX - 1) / BLOCK_MAX;
    out->raw = fc__alloc_array(p.raw_n + SPARE, 1);
    out->heads = fc__alloc_array(FIRST_HEAD + n_blocks * BLOCK_HEAD + TAIL, 1);
    out->spans = fc__alloc_array(2 * n_blocks + 4, sizeof(out->spans[0]));
    if (out->raw == NULL || out->heads == NULL || out->spans == NULL)
        found = FC_PNG_AS_IT_IS; /* libpng needs less memory */
    else
        found = inflate_all(bytes, &p, out->raw);
    if (found == FC_PNG_STORED)
        lay_out(out, bytes, n, &p);
    else
        fc__png_stored_dispose(out);
    return found;
}

void fc__png_stored_dispose(fc_png_stored *s)
{
    free(s->raw);
    free(s->heads);
    free(s->spans);
    *s = (fc_png_stored){.raw = NULL};
}
