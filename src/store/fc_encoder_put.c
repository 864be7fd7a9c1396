/*
 * Making an encoder version known: found by name and fingerprint, or made; outputs and provenances
 * are only ever added.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_queue.h"
#include "fc_store_internal.h"

static fc_status check_desc(const fc_encoder_desc *desc, fc_error *err)
{
    fc_item_layout layout;

    if (desc->name[0] == '\0')
        return fc_error_set(err, FC_E_INVALID, "an encoder needs a name");
    if (desc->n_outputs == 0 ||
        desc->n_outputs > sizeof(((fc_encoder_ids *)0)->outputs) / sizeof(fc_output_id))
        return fc_error_set(err, FC_E_INVALID, "encoder '%s' has %zu outputs; 1 to 64 are allowed",
                            desc->name, desc->n_outputs);
    for (size_t i = 0; i < desc->n_outputs; i++) {
        if (!fc__output_layout(&desc->outputs[i], &layout))
            return fc_error_set(
                err, FC_E_INVALID,
                "encoder '%s', output '%s': rank, shape or precision cannot be stored", desc->name,
                desc->outputs[i].name);
        for (size_t k = 0; k < i; k++)
            if (strcmp(desc->outputs[i].name, desc->outputs[k].name) == 0)
                return fc_error_set(err, FC_E_INVALID, "encoder '%s' has two outputs '%s'",
                                    desc->name, desc->outputs[i].name);
    }
    return FC_OK;
}

static fc_encoder_record *find(fc_writer *w, const fc_encoder_desc *desc)
{
    for (size_t i = 0; i < w->n_encoders; i++)
        if (strcmp(w->encoders[i].info.name, desc->name) == 0 &&
            memcmp(w->encoders[i].fingerprint.bytes, desc->fingerprint.bytes, FC_SHA256_BYTES) == 0)
            return &w->encoders[i];
    return NULL;
}

static fc_status make(fc_writer *w, const fc_encoder_desc *desc, fc_encoder_record **out,
                      fc_error *err)
{
    fc_encoder_record *list = realloc(w->encoders, (w->n_encoders + 1) * sizeof(*list)), *r;

    if (list == NULL)
        return fc__nomem(err, (w->n_encoders + 1) * sizeof(*list), "the list of encoders");
    w->encoders = list;
    r = &list[w->n_encoders];
    *r = (fc_encoder_record){.info = {.id = w->meta.next_encoder,
                                      .modality = desc->modality,
                                      .created_ns = fc__wall_ns()},
                             .fingerprint = desc->fingerprint};
    fc__sha256_hex(&r->fingerprint, r->info.fingerprint);
    r->info.name = fc__strdup(desc->name);
    r->info.card = fc__strdup(desc->card);
    if (r->info.name == NULL || r->info.card == NULL) {
        fc__encoder_dispose(r);
        return fc__nomem(err, strlen(desc->card), "an encoder");
    }
    w->n_encoders++;
    w->meta.next_encoder++;
    w->meta_dirty = true;
    *out = r;
    return FC_OK;
}

static const fc_output_info *output_named(const fc_encoder_info *e, const char *name)
{
    for (size_t i = 0; i < e->n_outputs; i++)
        if (strcmp(e->outputs[i].name, name) == 0)
            return &e->outputs[i];
    return NULL;
}

static bool same_shape(const fc_output_info *a, const fc_output_info *b)
{
    return a->rank == b->rank && memcmp(a->shape, b->shape, a->rank * sizeof(a->shape[0])) == 0;
}

static fc_output_id next_output(const fc_encoder_info *e)
{
    fc_output_id id = 1;

    for (size_t i = 0; i < e->n_outputs; i++)
        if (e->outputs[i].id >= id)
            id = (fc_output_id)(e->outputs[i].id + 1);
    return id;
}

static fc_status put_output(fc_encoder_record *r, const fc_output_info *wanted, size_t at,
                            fc_encoder_ids *out, bool *changed, fc_error *err)
{
    const fc_output_info *o = output_named(&r->info, wanted->name);

    if (o == NULL) {
        fc_output_info added = *wanted;
        fc_status st;

        added.id = next_output(&r->info);
        st = fc__encoder_add_output(r, &added, err);
        if (st != FC_OK)
            return st;
        *changed = true;
        o = output_named(&r->info, wanted->name);
    } else if (!same_shape(o, wanted)) {
        return fc_error_set(err, FC_E_CORRUPT,
                            "encoder '%s', output '%s' is stored with another shape under the same "
                            "fingerprint; give the card another `variant`",
                            r->info.name, wanted->name);
    } else if (o->precision != wanted->precision) {
        out->kept_precision = true;
    }
    out->outputs[at] = o->id;
    out->precisions[at] = o->precision;
    return FC_OK;
}

static fc_status put_provenance(fc_encoder_record *r, const char *text, uint16_t *id, bool *changed,
                                fc_error *err)
{
    fc_status st;

    for (size_t i = 0; i < r->info.n_provenances; i++)
        if (strcmp(r->info.provenances[i], text) == 0) {
            *id = (uint16_t)i;
            return FC_OK;
        }
    st = fc__encoder_add_provenance(r, text, err);
    *id = (uint16_t)(r->info.n_provenances - 1);
    *changed = true;
    return st;
}

static fc_status put_card(fc_encoder_record *r, const char *card, bool *changed, fc_error *err)
{
    char *copy;

    if (strcmp(r->info.card, card) == 0)
        return FC_OK;
    /* The same fingerprint: only what does not change the numbers differs, and the newest stands.
     */
    copy = fc__strdup(card);
    if (copy == NULL)
        return fc__nomem(err, strlen(card), "a card");
    free((void *)(uintptr_t)r->info.card);
    r->info.card = copy;
    *changed = true;
    return FC_OK;
}

static fc_status write_record(fc_writer *w, const fc_encoder_record *r, fc_error *err)
{
    const fc_key key = fc__key_encoder(r->info.id), meta = fc__key_meta();
    fc_status st;

    fc_buf_clear(&w->value);
    st = fc__encoder_write(r, &w->value, err);
    if (st == FC_OK)
        st = fc__edits_put(&w->edits, FC_TABLE_ENCODER, &key, &w->value, err);
    fc_buf_clear(&w->value);
    if (st == FC_OK)
        st = fc__meta_row_write(&w->meta, &w->value, err);
    if (st == FC_OK)
        st = fc__edits_put(&w->edits, FC_TABLE_META, &meta, &w->value, err);
    return st;
}

fc_status fc__writer_encoder(fc_writer *w, const fc_encoder_desc *desc, fc_encoder_ids *out,
                             fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_encoder_record *r = find(w, desc);
    bool changed = r == NULL;
    fc_status st = fc__writer_check(w, err);

    *out = (fc_encoder_ids){.version = 0};
    if (st == FC_OK)
        st = check_desc(desc, err);
    /* The meta row that goes with it must not promise numbers of a batch that is not durable yet.
     */
    if (st == FC_OK)
        st = fc__writer_commit(w, err);
    if (st != FC_OK)
        return st;
    if (r == NULL)
        st = make(w, desc, &r, &inner);
    else
        st = put_card(r, desc->card, &changed, &inner);
    if (st == FC_OK)
        out->version = r->info.id;
    for (size_t i = 0; i < desc->n_outputs && st == FC_OK; i++)
        st = put_output(r, &desc->outputs[i], i, out, &changed, &inner);
    if (st == FC_OK)
        st = put_provenance(r, desc->provenance, &out->provenance, &changed, &inner);
    if (st == FC_OK && changed)
        st = write_record(w, r, &inner);
    if (st == FC_OK)
        return changed ? fc__writer_apply(w, err) : FC_OK;
    fc__edits_clear(&w->edits);
    fc__writer_fail(w, st, &inner);
    return fc_error_set(err, st, "%s", inner.message);
}
