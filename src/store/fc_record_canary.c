/*
 * The bytes of a canary.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_store_canary.h"
#include "fc_store_internal.h"

#define LAYOUT_VERSION 1u

static const uint8_t magic[8] = {'F', 'C', 'C', 'A', 'N', 'A', 'R', 'Y'};

void fc__canary_output_dispose(fc_canary_output *o)
{
    free(o->name);
    free(o->kept);
    *o = (fc_canary_output){.name = NULL};
}

void fc__canary_input_dispose(fc_canary_input *in)
{
    for (size_t k = 0; k < in->n_outputs; k++)
        fc__canary_output_dispose(&in->outputs[k]);
    free(in->outputs);
    free(in->name);
    fc_buf_dispose(&in->bytes);
    *in = (fc_canary_input){.name = NULL};
}

void fc__canary_dispose(fc_canary *c)
{
    for (size_t i = 0; i < c->n_inputs; i++)
        fc__canary_input_dispose(&c->inputs[i]);
    free(c->inputs);
    free(c->provenance);
    *c = (fc_canary)FC_CANARY_INIT;
}

/* --- writing -----------------------------------------------------------------------------------
 */

static fc_status write_output(const fc_canary_output *o, fc_buf *out, fc_error *err)
{
    const size_t n = (size_t)o->n_kept * o->n_each;
    fc_status st = fc__cstr_append(out, o->name, err);

    if (st == FC_OK)
        st = fc_buf_append_u8(out, (uint8_t)o->rank, err);
    for (uint32_t a = 0; a < o->rank && st == FC_OK; a++)
        st = fc_buf_append_u64(out, o->shape[a], err);
    if (st == FC_OK)
        st = fc__u128_append(out, o->digest, err);
    if (st == FC_OK)
        st = fc_buf_append_u32(out, o->n_kept, err);
    if (st == FC_OK)
        st = fc_buf_append_u32(out, o->n_each, err);
    if (st == FC_OK)
        st = fc_buf_reserve(out, 4 * n, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        fc_put_le_f32(out->data + out->size + 4 * i, o->kept[i]);
    out->size += 4 * n;
    return st;
}

static fc_status write_input(const fc_canary_input *in, fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append(out, in->content.bytes, FC_SHA256_BYTES, err);

    if (in->n_outputs > FC_CANARY_OUTPUTS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "a canary of %zu outputs; at most %d", in->n_outputs,
                            FC_CANARY_OUTPUTS_MAX);
    if (st == FC_OK)
        st = fc_buf_append_u8(out, (uint8_t)in->modality, err);
    if (st == FC_OK)
        st = fc_buf_append_f64(out, in->start_s, err);
    if (st == FC_OK)
        st = fc_buf_append_f64(out, in->end_s, err);
    if (st == FC_OK)
        st = fc__cstr_append(out, in->name, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(out, in->bytes.data, in->bytes.size, err);
    if (st == FC_OK)
        st = fc_buf_append_varint(out, in->n_outputs, err);
    for (size_t k = 0; k < in->n_outputs && st == FC_OK; k++)
        st = write_output(&in->outputs[k], out, err);
    return st;
}

fc_status fc__canary_write(const fc_canary *c, fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append(out, magic, sizeof(magic), err);

    if (c->n_inputs > FC_CANARY_INPUTS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "a canary of %zu inputs; at most %d", c->n_inputs,
                            FC_CANARY_INPUTS_MAX);
    if (st == FC_OK)
        st = fc_buf_append_u32(out, LAYOUT_VERSION, err);
    if (st == FC_OK)
        st = fc_buf_append(out, c->fingerprint.bytes, FC_SHA256_BYTES, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, (uint64_t)c->made_ns, err);
    if (st == FC_OK)
        st = fc__cstr_append(out, c->provenance != NULL ? c->provenance : "", err);
    if (st == FC_OK)
        st = fc_buf_append_varint(out, c->n_inputs, err);
    for (size_t i = 0; i < c->n_inputs && st == FC_OK; i++)
        st = write_input(&c->inputs[i], out, err);
    return st;
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* A copy of a stored text; NULL with *st set, or r failed. */
static char *read_text(fc_reader *r, fc_status *st, fc_error *err)
{
    const char *text = fc__cstr_read(r);
    char *copy = text != NULL ? fc__strdup(text) : NULL;

    if (text != NULL && copy == NULL)
        *st = fc__nomem(err, strlen(text), "a canary");
    return copy;
}

/* The numbers must be there before room is made for them. */
static fc_status read_kept(fc_canary_output *o, fc_reader *r, fc_error *err)
{
    const size_t n = (size_t)o->n_kept * o->n_each; /* both are small: checked */
    const uint8_t *at = fc_read_span(r, 4 * n);

    if (at == NULL || r->failed)
        return FC_OK;
    o->kept = fc__alloc_array(n, sizeof(*o->kept));
    if (o->kept == NULL)
        return fc__nomem(err, n * sizeof(*o->kept), "a canary");
    for (size_t i = 0; i < n; i++)
        o->kept[i] = fc_get_le_f32(at + 4 * i);
    return FC_OK;
}

static fc_status read_output(fc_canary_output *o, fc_reader *r, fc_error *err)
{
    fc_status st = FC_OK;

    o->name = read_text(r, &st, err);
    o->rank = fc_read_u8(r);
    if (o->rank < 1 || o->rank > FC_MAX_RANK)
        r->failed = true;
    for (uint32_t a = 0; a < o->rank && !r->failed; a++)
        o->shape[a] = fc_read_u64(r);
    o->digest = fc__u128_read(r);
    o->n_kept = fc_read_u32(r);
    o->n_each = fc_read_u32(r);
    if (o->n_kept > FC_CANARY_VECTORS_MAX || o->n_each > FC_CANARY_NUMBERS_MAX ||
        o->n_kept * o->n_each > FC_CANARY_NUMBERS_MAX)
        r->failed = true;
    return st == FC_OK && !r->failed ? read_kept(o, r, err) : st;
}

static fc_status read_input(fc_canary_input *in, fc_reader *r, fc_error *err)
{
    const uint8_t *content = fc_read_span(r, FC_SHA256_BYTES), *bytes;
    fc_status st = FC_OK;
    size_t n_bytes = 0;
    uint64_t n;

    if (content != NULL)
        memcpy(in->content.bytes, content, FC_SHA256_BYTES);
    in->modality = (fc_modality)fc_read_u8(r);
    in->start_s = fc_read_f64(r);
    in->end_s = fc_read_f64(r);
    in->name = read_text(r, &st, err);
    bytes = fc_read_bytes(r, &n_bytes);
    n = fc_read_varint(r);
    if (n > FC_CANARY_OUTPUTS_MAX || in->modality < FC_IMAGE || in->modality > FC_VECTOR)
        r->failed = true;
    if (st != FC_OK || r->failed)
        return st;
    st = fc_buf_append(&in->bytes, bytes, n_bytes, err);
    if (st != FC_OK)
        return st;
    in->outputs = fc__alloc_array((size_t)n, sizeof(*in->outputs));
    if (in->outputs == NULL)
        return fc__nomem(err, (size_t)n * sizeof(*in->outputs), "a canary");
    for (uint64_t k = 0; k < n && st == FC_OK && !r->failed; k++) {
        in->n_outputs = (size_t)k + 1;
        st = read_output(&in->outputs[k], r, err);
    }
    return st;
}

static fc_status read_fields(fc_canary *out, fc_reader *r, fc_error *err)
{
    const uint8_t *fingerprint = fc_read_span(r, FC_SHA256_BYTES);
    fc_status st = FC_OK;
    uint64_t n;

    if (fingerprint != NULL)
        memcpy(out->fingerprint.bytes, fingerprint, FC_SHA256_BYTES);
    out->made_ns = (int64_t)fc_read_u64(r);
    out->provenance = read_text(r, &st, err);
    n = fc_read_varint(r);
    if (n > FC_CANARY_INPUTS_MAX)
        r->failed = true;
    if (st != FC_OK || r->failed)
        return st;
    st = fc__grow_array(&out->inputs, &out->capacity, (size_t)n, sizeof(*out->inputs), err);
    for (uint64_t i = 0; i < n && st == FC_OK && !r->failed; i++) {
        out->inputs[i] = (fc_canary_input){.name = NULL};
        out->n_inputs = (size_t)i + 1;
        st = read_input(&out->inputs[i], r, err);
    }
    return st;
}

fc_status fc__canary_read(fc_canary *out, const void *bytes, size_t n, fc_error *err)
{
    fc_reader r = fc_reader_over(bytes, n);
    const uint8_t *begin = fc_read_span(&r, sizeof(magic));
    const uint32_t layout = fc_read_u32(&r);
    fc_status st;

    *out = (fc_canary)FC_CANARY_INIT;
    if (r.failed || memcmp(begin, magic, sizeof(magic)) != 0)
        return fc_error_set(err, FC_E_CORRUPT, "no canary: it begins otherwise");
    if (layout != LAYOUT_VERSION)
        return fc_error_set(err, FC_E_VERSION,
                            "a canary of layout %u, and this program reads %u: use the newer one",
                            layout, LAYOUT_VERSION);
    st = read_fields(out, &r, err);
    if (st == FC_OK && (r.failed || fc_reader_left(&r) != 0))
        st = fc_error_set(err, FC_E_CORRUPT, "the canary has another layout, or is cut off");
    if (st != FC_OK)
        fc__canary_dispose(out);
    return st;
}
