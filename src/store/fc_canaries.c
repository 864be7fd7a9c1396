/*
 * Canaries in the store: an artefact each, named by the row of its encoder version.
 */
#include <stdio.h>

#include "fc_store_canary.h"
#include "fc_store_internal.h"
#include "fc_store_space.h"

static fc_status missing(const fc_encoder_info *e, fc_error *err)
{
    return fc_error_set(err, FC_E_CORRUPT,
                        "encoder '%s' (version %u): its canary is lost or damaged; make a new one: "
                        "featcache audit canary STORE --encoder '#%u' --accept",
                        e->name, e->id, e->id);
}

fc_status fc__canary_get(fc_txn *t, const fc_encoder_record *r, fc_canary *out, fc_error *err)
{
    const fc_key key = fc__key_head(r->canary.bytes);
    fc_error inner = FC_ERROR_INIT;
    fc_span value;
    fc_status st;

    *out = (fc_canary)FC_CANARY_INIT;
    if (fc__artefact_is_none(&r->canary))
        return FC_E_NOT_FOUND;
    st = fc__row_get(t, FC_TABLE_HEAD, &key, &value, &inner);
    if (st == FC_OK)
        st = fc__canary_read(out, value.data, value.n, &inner);
    if (st == FC_OK && memcmp(&out->fingerprint, &r->fingerprint, sizeof(r->fingerprint)) != 0) {
        fc__canary_dispose(out);
        st = FC_E_CORRUPT;
    }
    if (st == FC_E_CORRUPT || st == FC_E_NOT_FOUND)
        return missing(&r->info, err);
    return st == FC_OK ? FC_OK : fc_error_set(err, st, "%s", inner.message);
}

fc_status fc__snapshot_canary(fc_snapshot *s, fc_version_id version, fc_canary *out, fc_error *err)
{
    const fc_encoder_info *ignored;
    fc_status st = fc__snapshot_encoder(s, version, &ignored, err);

    *out = (fc_canary)FC_CANARY_INIT;
    for (size_t i = 0; i < s->n_encoders && st == FC_OK; i++)
        if (s->encoders[i].info.id == version)
            return fc__canary_get(&s->txn, &s->encoders[i], out, err);
    return st;
}

/* The edit that puts the artefact; *id names it. */
static fc_status put_artefact(fc_writer *w, const fc_canary *canary, fc_artefact_id *id,
                              fc_error *err)
{
    fc_buf value = FC_BUF_INIT;
    fc_status st = fc__canary_write(canary, &value, err);
    fc_key key;

    if (st == FC_OK)
        st = fc__artefact_id(value.data, value.size, id, err);
    key = fc__key_head(id->bytes);
    if (st == FC_OK)
        st = fc__row_seal(FC_TABLE_HEAD, &key, &value, err);
    if (st == FC_OK)
        st = fc__edits_put_owned(&w->edits, FC_TABLE_HEAD, &key, &value, err);
    fc_buf_dispose(&value);
    return st;
}

fc_status fc__plan_canary(fc_writer *w, fc_encoder_record *r, const fc_canary *canary,
                          fc_error *err)
{
    const fc_key old = fc__key_head(r->canary.bytes), key = fc__key_encoder(r->info.id);
    fc_artefact_id id = {{0}};
    fc_status st = FC_OK;

    /* Deleted first: of several edits of one row the last counts, and it may be the same again. */
    if (!fc__artefact_is_none(&r->canary))
        st = fc__edits_delete(&w->edits, FC_TABLE_HEAD, &old, err);
    if (st == FC_OK && canary != NULL && canary->n_inputs > 0)
        st = put_artefact(w, canary, &id, err);
    if (st != FC_OK)
        return st;
    r->canary = id;
    fc_buf_clear(&w->value);
    st = fc__encoder_write(r, &w->value, err);
    return st == FC_OK ? fc__edits_put(&w->edits, FC_TABLE_ENCODER, &key, &w->value, err) : st;
}

fc_status fc__writer_canary(fc_writer *w, fc_version_id version, const fc_canary *canary,
                            fc_error *err)
{
    fc_encoder_record *r = fc__writer_encoder_record(w, version);
    fc_error inner = FC_ERROR_INIT;
    fc_status st = fc__writer_check(w, err);

    if (st == FC_OK)
        st = fc__writer_commit(w, err);
    if (st != FC_OK)
        return st;
    if (r == NULL)
        return fc_error_set(err, FC_E_NOT_FOUND, "the store has no encoder version %u", version);
    if (canary->n_inputs > 0 &&
        memcmp(&canary->fingerprint, &r->fingerprint, sizeof(r->fingerprint)) != 0)
        return fc_error_set(err, FC_E_INVALID, "the canary is another encoder version's");
    st = fc__plan_canary(w, r, canary, &inner);
    if (st == FC_OK)
        return fc__writer_apply(w, err);
    fc__edits_clear(&w->edits);
    fc__writer_fail(w, st, &inner);
    return fc_error_set(err, st, "%s", inner.message);
}
