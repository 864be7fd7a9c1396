/*
 * Heads to bytes and back. Offsets are those of schemas/head.md.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_hash.h"
#include "fc_head_parts.h"

#define LAYOUT_VERSION 1
#define HEAD_BYTES     24
#define INPUT_BYTES    32
#define CRC_BYTES      4

static const char magic[8] = {'F', 'C', 'H', 'E', 'A', 'D', 0, 0};

enum {
    AT_VERSION = 8,
    AT_DIM = 12,
    AT_FUSE = 16,
    AT_N_INPUTS = 18,
    /* 20: 4 bytes of 0 */

    /* within an input */
    AT_KIND = 0,
    AT_FLAGS = 2,
    AT_ROW_DIM = 4,
    AT_SKIP_FIRST = 8,
    AT_SKIP_LAST = 12,
    AT_P = 16,
    AT_QUERIES = 20,
    AT_LOGIT = 24
    /* 28: 4 bytes of 0 */
};

#define FLAG_UNIT  1u
#define FLAG_ARRAY 2u /* shifted by the array's place */
#define FLAGS      (FLAG_UNIT | ((FLAG_ARRAY << FC_HEAD_ARRAYS) - FLAG_ARRAY))

static void put_input(const fc_head *h, uint32_t i, uint8_t out[INPUT_BYTES])
{
    fc_head_input in = h->inputs[i];
    fc_head_array arrays[FC_HEAD_ARRAYS];
    unsigned flags = in.unit ? FLAG_UNIT : 0;

    fc__head_arrays(&in, h->dim, arrays);
    for (size_t k = 0; k < FC_HEAD_ARRAYS; k++)
        if (*arrays[k].at != NULL)
            flags |= FLAG_ARRAY << k;
    memset(out, 0, INPUT_BYTES);
    fc_put_le16(out + AT_KIND, (uint16_t)in.pooling.kind);
    fc_put_le16(out + AT_FLAGS, (uint16_t)flags);
    fc_put_le32(out + AT_ROW_DIM, in.dim);
    fc_put_le32(out + AT_SKIP_FIRST, in.pooling.skip_first);
    fc_put_le32(out + AT_SKIP_LAST, in.pooling.skip_last);
    fc_put_le_f32(out + AT_P, in.pooling.p);
    fc_put_le32(out + AT_QUERIES, in.pooling.n_queries);
    fc_put_le_f32(out + AT_LOGIT, in.gate_bias);
}

static fc_status put_arrays(const fc_head *h, uint32_t i, fc_buf *out, fc_error *err)
{
    fc_head_input in = h->inputs[i];
    fc_head_array arrays[FC_HEAD_ARRAYS];
    fc_status st = FC_OK;

    fc__head_arrays(&in, h->dim, arrays);
    for (size_t k = 0; k < FC_HEAD_ARRAYS && st == FC_OK; k++) {
        if (*arrays[k].at == NULL)
            continue;
        st = fc_buf_reserve(out, arrays[k].n * sizeof(float), err);
        for (size_t e = 0; e < arrays[k].n && st == FC_OK; e++) {
            fc_put_le_f32(out->data + out->size, (*arrays[k].at)[e]);
            out->size += sizeof(float);
        }
    }
    return st;
}

fc_status fc__head_write(const fc_head *h, fc_buf *out, fc_error *err)
{
    const size_t start = out->size;
    uint8_t bytes[HEAD_BYTES] = {0}, input[INPUT_BYTES];
    fc_status st = fc__head_check(h, err);

    if (st != FC_OK)
        return st;
    memcpy(bytes, magic, sizeof(magic));
    fc_put_le32(bytes + AT_VERSION, LAYOUT_VERSION);
    fc_put_le32(bytes + AT_DIM, h->dim);
    fc_put_le16(bytes + AT_FUSE, (uint16_t)h->fuse);
    fc_put_le16(bytes + AT_N_INPUTS, (uint16_t)h->n_inputs);
    st = fc_buf_append(out, bytes, HEAD_BYTES, err);
    for (uint32_t i = 0; i < h->n_inputs && st == FC_OK; i++) {
        put_input(h, i, input);
        st = fc_buf_append(out, input, INPUT_BYTES, err);
    }
    for (uint32_t i = 0; i < h->n_inputs && st == FC_OK; i++)
        st = put_arrays(h, i, out, err);
    if (st == FC_OK)
        st = fc_buf_append_u32(out, fc__crc32c(0, out->data + start, out->size - start), err);
    if (st != FC_OK)
        out->size = start;
    return st;
}

/* The fields of an input, and in *bytes what its arrays take; `flags` says which are there. */
static fc_status get_input(fc_head *h, uint32_t i, const uint8_t *from, unsigned *flags,
                           size_t *bytes, fc_error *err)
{
    fc_head_input *in = &h->inputs[i];
    fc_head_array arrays[FC_HEAD_ARRAYS];

    *flags = fc_get_le16(from + AT_FLAGS);
    in->pooling.kind = (fc_pooling_kind)fc_get_le16(from + AT_KIND);
    in->unit = (*flags & FLAG_UNIT) != 0;
    in->dim = fc_get_le32(from + AT_ROW_DIM);
    in->pooling.skip_first = fc_get_le32(from + AT_SKIP_FIRST);
    in->pooling.skip_last = fc_get_le32(from + AT_SKIP_LAST);
    in->pooling.p = fc_get_le_f32(from + AT_P);
    in->pooling.n_queries = fc_get_le32(from + AT_QUERIES);
    in->gate_bias = fc_get_le_f32(from + AT_LOGIT);
    /* What the lengths below are made of; the rest is fc__head_check()'s. */
    if ((*flags & ~FLAGS) != 0 || fc_get_le32(from + 28) != 0 || in->dim == 0 ||
        in->dim > FC_HEAD_ROW_DIM_MAX || in->pooling.n_queries > FC_HEAD_QUERIES_MAX)
        return fc_error_set(err, FC_E_CORRUPT,
                            "a head's input %u is not to be understood (flags %#x, dim %u, "
                            "queries %u)",
                            i, *flags, in->dim, in->pooling.n_queries);
    fc__head_arrays(in, h->dim, arrays);
    for (size_t k = 0; k < FC_HEAD_ARRAYS; k++)
        if ((*flags & FLAG_ARRAY << k) != 0)
            *bytes += arrays[k].n * sizeof(float);
    return FC_OK;
}

static fc_status get_arrays(fc_head *h, uint32_t i, unsigned flags, fc_reader *r, fc_error *err)
{
    fc_head_array arrays[FC_HEAD_ARRAYS];

    fc__head_arrays(&h->inputs[i], h->dim, arrays);
    for (size_t k = 0; k < FC_HEAD_ARRAYS; k++) {
        const size_t n = arrays[k].n;
        const uint8_t *from;

        if ((flags & FLAG_ARRAY << k) == 0)
            continue;
        from = fc_read_span(r, n * sizeof(float));
        *arrays[k].at = from != NULL ? fc__alloc_bare(n, sizeof(float)) : NULL;
        if (*arrays[k].at == NULL)
            return fc__nomem(err, n * sizeof(float), "a head");
        for (size_t e = 0; e < n; e++)
            (*arrays[k].at)[e] = fc_get_le_f32(from + e * sizeof(float));
    }
    return FC_OK;
}

/* Magic, checksum, version: in this order, so that a newer head is told from a damaged one. */
static fc_status check_frame(const uint8_t *bytes, size_t n, fc_error *err)
{
    if (n < HEAD_BYTES + CRC_BYTES || memcmp(bytes, magic, sizeof(magic)) != 0)
        return fc_error_set(err, FC_E_CORRUPT, "not a head (%zu bytes)", n);
    if (fc__crc32c(0, bytes, n - CRC_BYTES) != fc_get_le32(bytes + n - CRC_BYTES))
        return fc_error_set(err, FC_E_CORRUPT, "a head of %zu bytes fails its checksum", n);
    if (fc_get_le32(bytes + AT_VERSION) != LAYOUT_VERSION)
        return fc_error_set(err, FC_E_VERSION,
                            "a head of layout version %u; this featcache reads %d",
                            fc_get_le32(bytes + AT_VERSION), LAYOUT_VERSION);
    return FC_OK;
}

static fc_status read_parts(fc_head *h, const uint8_t *bytes, size_t n, fc_error *err)
{
    fc_reader r = fc_reader_over(bytes + HEAD_BYTES, n - HEAD_BYTES - CRC_BYTES);
    unsigned flags[FC_HEAD_INPUTS_MAX];
    size_t want = 0;
    fc_status st = FC_OK;

    h->dim = fc_get_le32(bytes + AT_DIM);
    h->fuse = (fc_fuse)fc_get_le16(bytes + AT_FUSE);
    h->n_inputs = fc_get_le16(bytes + AT_N_INPUTS);
    if (h->dim == 0 || h->dim > FC_HEAD_DIM_MAX || h->n_inputs == 0 ||
        h->n_inputs > FC_HEAD_INPUTS_MAX || fc_get_le32(bytes + 20) != 0)
        return fc_error_set(err, FC_E_CORRUPT, "a head of %u inputs to %u dimensions", h->n_inputs,
                            h->dim);
    for (uint32_t i = 0; i < h->n_inputs && st == FC_OK; i++) {
        const uint8_t *from = fc_read_span(&r, INPUT_BYTES);

        st = from != NULL ? get_input(h, i, from, &flags[i], &want, err)
                          : fc_error_set(err, FC_E_CORRUPT, "a head is cut off at input %u", i);
    }
    if (st == FC_OK && want != fc_reader_left(&r))
        st = fc_error_set(err, FC_E_CORRUPT, "a head's arrays take %zu bytes; there are %zu", want,
                          fc_reader_left(&r));
    for (uint32_t i = 0; i < h->n_inputs && st == FC_OK; i++)
        st = get_arrays(h, i, flags[i], &r, err);
    return st;
}

fc_status fc__head_read(fc_head *out, const uint8_t *bytes, size_t n, fc_error *err)
{
    fc_status st = check_frame(bytes, n, err);

    memset(out, 0, sizeof(*out));
    if (st == FC_OK)
        st = read_parts(out, bytes, n, err);
    if (st == FC_OK && fc__head_check(out, err) != FC_OK) {
        st = FC_E_CORRUPT;
        if (err != NULL)
            err->status = st;
    }
    if (st != FC_OK)
        fc__head_dispose(out);
    return st;
}
