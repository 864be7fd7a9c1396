/*
 * The record of a space, to and from bytes.
 */
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
    *r = (fc_space_row){.n_members = 0};
}

bool fc__space_name_ok(const char *name)
{
    const size_t n = strlen(name);

    if (n == 0 || n > FC_SPACE_NAME_MAX || strchr("._-", name[0]) != NULL)
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n;
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
    }
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
    out->n_members++;
    return m->encoder != NULL && m->output != NULL && m->card != NULL
               ? FC_OK
               : fc__nomem(err, strlen(card), "a space");
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
    if (!r.failed && kind != FC_SPACE_DECLARED)
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
    if (st == FC_OK && (r.failed || fc_reader_left(&r) != 0))
        st = fc__corrupt(err, FC_TABLE_SPACE, key, "the row has another layout");
    if (st == FC_OK && (out->name = fc__strdup(name)) == NULL)
        st = fc__nomem(err, strlen(name), "a space");
    if (st != FC_OK)
        fc__space_row_dispose(out);
    return st;
}
