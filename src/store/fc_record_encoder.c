/*
 * The encoder record: card, fingerprint, outputs with their precision, provenances.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_store_internal.h"

static fc_output_info *outputs_of(const fc_encoder_record *r)
{
    return (fc_output_info *)(uintptr_t)r->info.outputs;
}

static char **provenances_of(const fc_encoder_record *r)
{
    return (char **)(uintptr_t)r->info.provenances;
}

void fc__encoder_dispose(fc_encoder_record *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->info.n_outputs; i++)
        free((void *)(uintptr_t)r->info.outputs[i].name);
    for (size_t i = 0; i < r->info.n_provenances; i++)
        free(provenances_of(r)[i]);
    free(outputs_of(r));
    free(provenances_of(r));
    free((void *)(uintptr_t)r->info.name);
    free((void *)(uintptr_t)r->info.card);
    *r = (fc_encoder_record){.info = {.id = 0}};
}

fc_status fc__encoder_add_output(fc_encoder_record *r, const fc_output_info *o, fc_error *err)
{
    const size_t n = r->info.n_outputs;
    fc_output_info *list;
    char *name;

    if (n >= FC_ENCODER_OUTPUTS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "encoder '%s': more than %d outputs", r->info.name,
                            FC_ENCODER_OUTPUTS_MAX);
    name = fc__strdup(o->name);
    list = name != NULL ? realloc(outputs_of(r), (n + 1) * sizeof(*list)) : NULL;
    if (list == NULL) {
        free(name);
        return fc__nomem(err, (n + 1) * sizeof(*list), "the outputs of an encoder");
    }
    list[n] = *o;
    list[n].name = name;
    r->info.outputs = list;
    r->info.n_outputs = n + 1;
    return FC_OK;
}

fc_status fc__encoder_add_provenance(fc_encoder_record *r, const char *text, fc_error *err)
{
    const size_t n = r->info.n_provenances;
    char **list, *copy;

    if (n >= FC_ENCODER_PROVENANCES_MAX)
        return fc_error_set(err, FC_E_LIMIT, "encoder '%s': more than %d provenances", r->info.name,
                            FC_ENCODER_PROVENANCES_MAX);
    copy = fc__strdup(text);
    list = copy != NULL ? realloc(provenances_of(r), (n + 1) * sizeof(*list)) : NULL;
    if (list == NULL) {
        free(copy);
        return fc__nomem(err, (n + 1) * sizeof(*list), "the provenances of an encoder");
    }
    list[n] = copy;
    r->info.provenances = (const char *const *)list;
    r->info.n_provenances = n + 1;
    return FC_OK;
}

static fc_status read_output(fc_encoder_record *out, fc_reader *r, fc_error *err)
{
    fc_output_info o = {.id = fc_read_u16(r)};
    fc_item_layout layout;

    o.name = fc__cstr_read(r);
    o.precision = (fc_dtype)fc_read_u8(r);
    o.rank = fc_read_u8(r);
    o.searchable = fc_read_u8(r) != 0;
    if (o.rank > FC_MAX_RANK)
        r->failed = true;
    for (uint32_t i = 0; i < o.rank && !r->failed; i++)
        o.shape[i] = fc_read_u64(r);
    if (r->failed || o.id == 0 || !fc__output_layout(&o, &layout)) {
        r->failed = true;
        return FC_OK;
    }
    return fc__encoder_add_output(out, &o, err);
}

/* Rows from before there were canaries end in front of it; none is written as none. */
static fc_status read_canary(fc_encoder_record *out, fc_reader *r)
{
    const uint8_t *id = fc_read_span(r, sizeof(out->canary.bytes));

    if (id != NULL)
        memcpy(out->canary.bytes, id, sizeof(out->canary.bytes));
    if (fc__artefact_is_none(&out->canary))
        r->failed = true;
    return FC_OK;
}

static fc_status read_fields(fc_encoder_record *out, fc_reader *r, fc_error *err)
{
    const int64_t created = (int64_t)fc_read_u64(r);
    const uint8_t *fingerprint = fc_read_span(r, FC_SHA256_BYTES);
    const uint8_t modality = fc_read_u8(r);
    const char *name = fc__cstr_read(r), *card = fc__cstr_read(r), *text;
    fc_status st = FC_OK;
    uint64_t n;

    if (r->failed)
        return FC_OK;
    memcpy(out->fingerprint.bytes, fingerprint, FC_SHA256_BYTES);
    fc__sha256_hex(&out->fingerprint, out->info.fingerprint);
    out->info.created_ns = created;
    out->info.modality = (fc_modality)modality;
    out->info.name = fc__strdup(name);
    out->info.card = fc__strdup(card);
    if (out->info.name == NULL || out->info.card == NULL)
        return fc__nomem(err, strlen(card), "an encoder");
    n = fc_read_varint(r);
    if (n > FC_ENCODER_OUTPUTS_MAX)
        r->failed = true;
    for (uint64_t i = 0; i < n && st == FC_OK && !r->failed; i++)
        st = read_output(out, r, err);
    n = fc_read_varint(r);
    if (n > FC_ENCODER_PROVENANCES_MAX)
        r->failed = true;
    for (uint64_t i = 0; i < n && st == FC_OK && !r->failed; i++) {
        text = fc__cstr_read(r);
        if (text != NULL)
            st = fc__encoder_add_provenance(out, text, err);
    }
    return st == FC_OK && !r->failed && fc_reader_left(r) > 0 ? read_canary(out, r) : st;
}

fc_status fc__encoder_read(fc_encoder_record *out, fc_version_id id, fc_span value, fc_error *err)
{
    const fc_key key = fc__key_encoder(id);
    fc_reader r = fc_reader_over(value.data, value.n);
    fc_status st;

    *out = (fc_encoder_record){.info = {.id = id}};
    st = read_fields(out, &r, err);
    if (st == FC_OK && (r.failed || fc_reader_left(&r) != 0))
        st = fc__corrupt(err, FC_TABLE_ENCODER, fc__key_span(&key), "the row has another layout");
    if (st != FC_OK)
        fc__encoder_dispose(out);
    return st;
}

fc_status fc__encoder_get(fc_txn *t, fc_version_id id, fc_encoder_record *out, fc_error *err)
{
    const fc_key key = fc__key_encoder(id);
    fc_span value;
    const fc_status st = fc__row_get(t, FC_TABLE_ENCODER, &key, &value, err);

    *out = (fc_encoder_record){.info = {.id = 0}};
    return st == FC_OK ? fc__encoder_read(out, id, value, err) : st;
}

fc_status fc__encoder_write(const fc_encoder_record *r, fc_buf *out, fc_error *err)
{
    const fc_encoder_info *e = &r->info;
    const fc_key key = fc__key_encoder(e->id);
    fc_status st = fc_buf_append_u64(out, (uint64_t)e->created_ns, err);

    if (st == FC_OK)
        st = fc_buf_append(out, r->fingerprint.bytes, FC_SHA256_BYTES, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(out, (uint8_t)e->modality, err);
    if (st == FC_OK)
        st = fc__cstr_append(out, e->name, err);
    if (st == FC_OK)
        st = fc__cstr_append(out, e->card, err);
    if (st == FC_OK)
        st = fc_buf_append_varint(out, e->n_outputs, err);
    for (size_t i = 0; i < e->n_outputs && st == FC_OK; i++) {
        const fc_output_info *o = &e->outputs[i];

        st = fc_buf_append_u16(out, o->id, err);
        if (st == FC_OK)
            st = fc__cstr_append(out, o->name, err);
        if (st == FC_OK)
            st = fc_buf_append_u8(out, (uint8_t)o->precision, err);
        if (st == FC_OK)
            st = fc_buf_append_u8(out, (uint8_t)o->rank, err);
        if (st == FC_OK)
            st = fc_buf_append_u8(out, o->searchable, err);
        for (uint32_t a = 0; a < o->rank && st == FC_OK; a++)
            st = fc_buf_append_u64(out, o->shape[a], err);
    }
    if (st == FC_OK)
        st = fc_buf_append_varint(out, e->n_provenances, err);
    for (size_t i = 0; i < e->n_provenances && st == FC_OK; i++)
        st = fc__cstr_append(out, e->provenances[i], err);
    if (st == FC_OK && !fc__artefact_is_none(&r->canary))
        st = fc_buf_append(out, r->canary.bytes, sizeof(r->canary.bytes), err);
    return st == FC_OK ? fc__row_seal(FC_TABLE_ENCODER, &key, out, err) : st;
}

fc_status fc__encoders_load(fc_txn *t, fc_encoder_record **list, size_t *n, fc_error *err)
{
    const fc_key first = fc__key_encoder(0);
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    size_t capacity = 0;
    fc_status st = fc__cursor_open(&c, t, FC_TABLE_ENCODER, err);

    *list = NULL;
    *n = 0;
    if (st == FC_OK)
        st = fc__cursor_seek(&c, &first, &key, &value, err);
    for (; st == FC_OK; st = fc__cursor_next(&c, &key, &value, err)) {
        if (key.n != 4) {
            st = fc__corrupt(err, FC_TABLE_ENCODER, key, "the key has another layout");
            break;
        }
        st = fc__grow_array(list, &capacity, *n + 1, sizeof(**list), err);
        if (st == FC_OK)
            st = fc__encoder_read(&(*list)[*n], fc_get_be32(key.data), value, err);
        if (st != FC_OK)
            break;
        ++*n;
    }
    fc__cursor_close(&c);
    if (st == FC_E_NOT_FOUND)
        return FC_OK;
    fc__encoders_free(*list, *n);
    *list = NULL;
    *n = 0;
    return st;
}

void fc__encoders_free(fc_encoder_record *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fc__encoder_dispose(&list[i]);
    free(list);
}

const fc_output_info *fc__encoder_output(const fc_encoder_info *e, fc_output_id id)
{
    for (size_t i = 0; i < e->n_outputs; i++)
        if (e->outputs[i].id == id)
            return &e->outputs[i];
    return NULL;
}

bool fc__output_layout(const fc_output_info *o, fc_item_layout *out)
{
    *out = (fc_item_layout){.dtype = o->precision, .item_rank = o->rank};
    if (o->rank < 1 || o->rank > FC_MAX_RANK || o->precision < FC_F32 || o->precision > FC_I8)
        return false;
    out->row_rank = o->rank == 1 ? 1 : o->rank - 1;
    for (uint32_t i = 0; i < out->row_rank; i++)
        out->row_shape[i] = o->shape[o->rank == 1 ? i : i + 1];
    return fc__layout_row_elements(out) > 0;
}

bool fc__layout_equal(const fc_item_layout *a, const fc_item_layout *b)
{
    if (a->dtype != b->dtype || a->item_rank != b->item_rank || a->row_rank != b->row_rank)
        return false;
    for (uint32_t i = 0; i < a->row_rank; i++)
        if (a->row_shape[i] != b->row_shape[i])
            return false;
    return true;
}
