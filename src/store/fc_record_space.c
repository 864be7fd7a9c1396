/*
 * The record of a space, to and from bytes.
 */
#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_store_internal.h"
#include "fc_store_space.h"

void fc__space_row_dispose(fc_space_row *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n_members; i++) {
        free(r->members[i].encoder);
        free(r->members[i].output);
        free(r->members[i].card);
    }
    free(r->name);
    free(r->origin.method);
    free(r->origin.split);
    *r = (fc_space_row){.n_members = 0};
}

bool fc__space_name_ok(const char *name)
{
    const size_t n = strlen(name);

    if (n == 0 || n > FC_SPACE_NAME_MAX || strchr("._-", name[0]) != NULL)
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

static fc_status write_heads(const fc_space_row *row, fc_buf *out, fc_error *err)
{
    const fc_space_origin *o = &row->origin;
    fc_status st = fc_buf_append_varint(out, row->n_branches, err);

    for (size_t i = 0; i < row->n_branches && st == FC_OK; i++)
        st = fc_buf_append(out, row->heads[i].bytes, sizeof(row->heads[i].bytes), err);
    if (st == FC_OK)
        st = fc__cstr_append(out, o->method, err);
    if (st == FC_OK)
        st = fc__cstr_append(out, o->split, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, o->split_seed, err);
    if (st == FC_OK)
        st = fc_buf_append_f64(out, o->test_share, err);
    return st == FC_OK ? fc_buf_append(out, o->record.bytes, sizeof(o->record.bytes), err) : st;
}

static fc_status write_adapter(const fc_space_row *row, fc_buf *out, fc_error *err)
{
    const fc_space_adapter *a = &row->adapter;
    fc_status st = fc_buf_append(out, row->heads[0].bytes, sizeof(row->heads[0].bytes), err);

    if (st == FC_OK)
        st = fc__cstr_append(out, row->origin.method, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(out, a->migrates ? 1 : 0, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(out, (uint8_t)a->stage, err);
    if (st == FC_OK)
        st = fc_buf_append_f64(out, a->score_slope, err);
    if (st == FC_OK)
        st = fc_buf_append_f64(out, a->score_shift, err);
    return st == FC_OK
               ? fc_buf_append(out, row->origin.record.bytes, sizeof(row->origin.record.bytes), err)
               : st;
}

fc_status fc__space_write(const fc_space_row *row, fc_buf *out, fc_error *err)
{
    const fc_key key = fc__key_space(row->name, row->version);
    fc_status st = fc_buf_append_u64(out, (uint64_t)row->created_ns, err);

    if (st == FC_OK)
        st = fc_buf_append_u8(out, (uint8_t)row->kind, err);
    if (st == FC_OK)
        st = fc_buf_append_u32(out, row->dim, err);
    if (st == FC_OK)
        st = fc_buf_append_varint(out, row->n_members, err);
    for (size_t i = 0; i < row->n_members && st == FC_OK; i++) {
        const fc_space_member *m = &row->members[i];

        st = fc_buf_append(out, m->fingerprint.bytes, FC_SHA256_BYTES, err);
        if (st == FC_OK)
            st = fc_buf_append_u8(out, (uint8_t)m->modality, err);
        if (st == FC_OK)
            st = fc__cstr_append(out, m->encoder, err);
        if (st == FC_OK)
            st = fc__cstr_append(out, m->output, err);
        if (st == FC_OK)
            st = fc__cstr_append(out, m->card, err);
        if (st == FC_OK && row->kind == FC_SPACE_HEADED)
            st = fc_buf_append_u8(out, (uint8_t)m->branch, err);
    }
    if (st == FC_OK && row->kind == FC_SPACE_HEADED)
        st = write_heads(row, out, err);
    if (st == FC_OK && row->kind == FC_SPACE_ADAPTER)
        st = write_adapter(row, out, err);
    return st == FC_OK ? fc__row_seal(FC_TABLE_SPACE, &key, out, err) : st;
}

static fc_status read_member(fc_space_row *out, fc_reader *r, fc_error *err)
{
    fc_space_member *m = &out->members[out->n_members];
    const uint8_t *fingerprint = fc_read_span(r, FC_SHA256_BYTES);
    const uint8_t modality = fc_read_u8(r);
    const char *encoder = fc__cstr_read(r), *output = fc__cstr_read(r), *card = fc__cstr_read(r);

    if (r->failed || modality < FC_IMAGE || modality > FC_VECTOR) {
        r->failed = true;
        return FC_OK;
    }
    memcpy(m->fingerprint.bytes, fingerprint, FC_SHA256_BYTES);
    m->modality = (fc_modality)modality;
    m->encoder = fc__strdup(encoder);
    m->output = fc__strdup(output);
    m->card = fc__strdup(card);
    m->branch = out->kind == FC_SPACE_HEADED ? fc_read_u8(r) : (uint32_t)out->n_members;
    out->n_members++;
    return m->encoder != NULL && m->output != NULL && m->card != NULL
               ? FC_OK
               : fc__nomem(err, strlen(card), "a space");
}

static void read_id(fc_reader *r, fc_artefact_id *out)
{
    const uint8_t *bytes = fc_read_span(r, sizeof(out->bytes));

    if (bytes != NULL)
        memcpy(out->bytes, bytes, sizeof(out->bytes));
}

/* Branches count up from 0 over the members, each with one member at least, of one modality. */
static bool branches_ok(const fc_space_row *row)
{
    for (size_t i = 0; i < row->n_members; i++) {
        const uint32_t before = i == 0 ? 0 : row->members[i - 1].branch;
        const uint32_t branch = row->members[i].branch;

        if (i == 0 ? branch != 0 : branch != before && branch != before + 1)
            return false;
        if (i > 0 && branch == before && row->members[i].modality != row->members[i - 1].modality)
            return false;
    }
    return row->n_members > 0 && row->members[row->n_members - 1].branch + 1 == row->n_branches;
}

static fc_status read_heads(fc_space_row *out, fc_reader *r, fc_error *err)
{
    const uint64_t n = fc_read_varint(r);
    fc_space_origin *o = &out->origin;
    const char *method, *split;

    if (r->failed || n == 0 || n > FC_SPACE_MEMBERS_MAX) {
        r->failed = true;
        return FC_OK;
    }
    for (; out->n_branches < n; out->n_branches++)
        read_id(r, &out->heads[out->n_branches]);
    method = fc__cstr_read(r);
    split = fc__cstr_read(r);
    o->split_seed = fc_read_u64(r);
    o->test_share = fc_read_f64(r);
    read_id(r, &o->record);
    if (r->failed || !branches_ok(out) || !(o->test_share >= 0 && o->test_share < 1)) {
        r->failed = true;
        return FC_OK;
    }
    o->method = fc__strdup(method);
    o->split = fc__strdup(split);
    return o->method != NULL && o->split != NULL ? FC_OK
                                                 : fc__nomem(err, strlen(method), "a space");
}

/* Stages of a newer program are refused as its kinds are. */
static fc_status read_adapter(fc_space_row *out, const char *name, fc_reader *r, fc_error *err)
{
    fc_space_adapter *a = &out->adapter;
    const char *method;
    uint8_t direction, stage;

    read_id(r, &out->heads[0]);
    out->n_branches = 1;
    method = fc__cstr_read(r);
    direction = fc_read_u8(r);
    stage = fc_read_u8(r);
    a->score_slope = fc_read_f64(r);
    a->score_shift = fc_read_f64(r);
    read_id(r, &out->origin.record);
    if (r->failed || direction > 1 || out->n_members != 2 ||
        out->members[0].modality != out->members[1].modality || !(a->score_slope > 0) ||
        !isfinite(a->score_slope) || !isfinite(a->score_shift)) {
        r->failed = true;
        return FC_OK;
    }
    if (stage > FC_STAGE_NEW)
        return fc_error_set(err, FC_E_VERSION,
                            "adapter '%s' is at stage %u, which this featcache does not know: use "
                            "a newer one",
                            name, stage);
    a->stage = (fc_adapter_stage)stage;
    a->migrates = direction == 1;
    out->origin.method = fc__strdup(method);
    out->origin.split = fc__strdup("");
    return out->origin.method != NULL && out->origin.split != NULL
               ? FC_OK
               : fc__nomem(err, strlen(method), "an adapter");
}

fc_status fc__space_read(fc_space_row *out, fc_span key, fc_span value, fc_error *err)
{
    fc_reader r = fc_reader_over(value.data, value.n);
    const char *name = NULL;
    uint64_t n;
    uint8_t kind;
    fc_status st = FC_OK;

    *out = (fc_space_row){.n_members = 0};
    if (!fc__key_space_read(key, &name, &out->version) || !fc__space_name_ok(name))
        return fc__corrupt(err, FC_TABLE_SPACE, key, "the key has another layout");
    out->created_ns = (int64_t)fc_read_u64(&r);
    kind = fc_read_u8(&r);
    if (!r.failed && (kind < FC_SPACE_DECLARED || kind > FC_SPACE_ADAPTER))
        return fc_error_set(err, FC_E_VERSION,
                            "space '%s' is of kind %u, which this featcache does not know: use a "
                            "newer one",
                            name, kind);
    out->kind = (fc_space_kind)kind;
    out->dim = fc_read_u32(&r);
    n = fc_read_varint(&r);
    if (n == 0 || n > FC_SPACE_MEMBERS_MAX || out->dim == 0 || out->version == 0)
        r.failed = true;
    for (uint64_t i = 0; i < n && st == FC_OK && !r.failed; i++)
        st = read_member(out, &r, err);
    if (st == FC_OK && !r.failed && kind == FC_SPACE_HEADED)
        st = read_heads(out, &r, err);
    if (st == FC_OK && !r.failed && kind == FC_SPACE_ADAPTER)
        st = read_adapter(out, name, &r, err);
    if (st == FC_OK && (r.failed || fc_reader_left(&r) != 0))
        st = fc__corrupt(err, FC_TABLE_SPACE, key, "the row has another layout");
    if (st == FC_OK && (out->name = fc__strdup(name)) == NULL)
        st = fc__nomem(err, strlen(name), "a space");
    if (st != FC_OK)
        fc__space_row_dispose(out);
    return st;
}
