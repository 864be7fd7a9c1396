/*
 * Sealing: rows that the source no longer has are closed, the building version becomes the newest
 * sealed one - or is dropped when nothing had changed - and the generation counts up, in one
 * transaction.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_queue.h"
#include "fc_store_internal.h"

typedef struct sweep {
    fc_writer *w;
    fc_known_dataset *dataset;
    fc_known_version *version;
    fc_cursor samples, failures;
    fc_key from;
    fc_cover_ops ops;
    uint64_t n_gone;
    /* Where the two cursors stand; NULL: at the end. */
    const uint8_t *sample_hash, *failure_hash;
    fc_sample_record sample;
    uint32_t first;
    fc_key failure_key;
} sweep;

/* On to the next open row; closed ones are no part of what is being built. */
static fc_status next_sample(sweep *s, bool start, fc_error *err)
{
    fc_span key, value;
    uint32_t number;
    fc_status st = start ? fc__cursor_seek(&s->samples, &s->from, &key, &value, err)
                         : fc__cursor_next(&s->samples, &key, &value, err);

    for (; st == FC_OK && fc__span_has_prefix(key, s->from.bytes, 4);
         st = fc__cursor_next(&s->samples, &key, &value, err)) {
        if (!fc__key_sample_read(key, &number, &s->sample_hash, &s->first))
            return fc__corrupt(err, FC_TABLE_SAMPLE, key, "the key has another layout");
        st = fc__sample_read(&s->sample, key, value, err);
        if (st != FC_OK || s->sample.last == FC_VERSION_OPEN)
            return st;
    }
    s->sample_hash = NULL;
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

static fc_status next_failure(sweep *s, bool start, fc_error *err)
{
    fc_span key, value;
    uint32_t number, version;
    const fc_status st = start ? fc__cursor_seek(&s->failures, &s->from, &key, &value, err)
                               : fc__cursor_next(&s->failures, &key, &value, err);

    s->failure_hash = NULL;
    if (st == FC_E_NOT_FOUND || (st == FC_OK && !fc__span_has_prefix(key, s->from.bytes, 4)))
        return FC_OK;
    if (st != FC_OK)
        return st;
    if (!fc__key_failure_read(key, &number, &s->failure_hash, &version))
        return fc__corrupt(err, FC_TABLE_FAILURE, key, "the key has another layout");
    s->failure_key = fc__key_failure(number, s->failure_hash, version);
    return FC_OK;
}

/* Take an open row out of the version that is being built. */
static fc_status close_row(fc_writer *w, fc_known_dataset *d, fc_known_version *v,
                           const uint8_t hash[16], uint32_t first, const fc_sample_record *r,
                           fc_cover_ops *ops, fc_error *err)
{
    fc_sample_record closed = *r;
    fc_status st;

    if (first == v->record.number) { /* put by an interrupted run: it was never sealed */
        st = fc__delete_row(w, d->header.number, hash, first, r->content, err);
        v->record.n_changes--;
    } else {
        closed.last = v->record.number - 1;
        st = fc__put_row(w, d->header.number, hash, first, &closed, err);
        v->record.n_changes++;
    }
    if (st == FC_OK)
        st = fc__version_count(w, v, r, -1, err);
    return st == FC_OK ? fc__cover_ops_add(ops, r, -1, err) : st;
}

/* Samples and failures side by side, so that `seen` is asked in ascending order. */
static fc_status sweep_all(sweep *s, fc_seen_fn seen, void *context, fc_error *err)
{
    uint8_t hash[FC_ID_HASH_BYTES];
    fc_status st = next_sample(s, true, err);

    if (st == FC_OK)
        st = next_failure(s, true, err);
    while (st == FC_OK && (s->sample_hash != NULL || s->failure_hash != NULL)) {
        fc_seen_state there;

        if (s->failure_hash == NULL ||
            (s->sample_hash != NULL && memcmp(s->sample_hash, s->failure_hash, sizeof(hash)) <= 0))
            memcpy(hash, s->sample_hash, sizeof(hash));
        else
            memcpy(hash, s->failure_hash, sizeof(hash));
        there = seen(context, hash);
        if (there == FC_SEEN_UNKNOWN)
            return fc_error_set(err, FC_E_IO,
                                "what the source has cannot be told any more (a temporary file "
                                "could not be read back); nothing was sealed, run it again");
        if (s->sample_hash != NULL && memcmp(s->sample_hash, hash, sizeof(hash)) == 0) {
            if (there != FC_SEEN_PUT) {
                s->n_gone += there == FC_SEEN_GONE;
                st = close_row(s->w, s->dataset, s->version, hash, s->first, &s->sample, &s->ops,
                               err);
            }
            if (st == FC_OK)
                st = next_sample(s, false, err);
        }
        while (st == FC_OK && s->failure_hash != NULL &&
               memcmp(s->failure_hash, hash, sizeof(hash)) == 0) {
            if (there == FC_SEEN_GONE)
                st = fc__edits_delete(&s->w->edits, FC_TABLE_FAILURE, &s->failure_key, err);
            if (st == FC_OK)
                st = next_failure(s, false, err);
        }
    }
    return st;
}

static fc_status close_gone(fc_writer *w, fc_known_dataset *d, fc_seen_fn seen, void *context,
                            uint64_t *n_gone, fc_error *err)
{
    static const uint8_t zero[FC_ID_HASH_BYTES] = {0};
    sweep s = {.w = w,
               .dataset = d,
               .samples = FC_CURSOR_INIT,
               .failures = FC_CURSOR_INIT,
               .from = fc__key_sample(d->header.number, zero, 0)};
    fc_status st = fc__known_version(w, d, d->header.building, &s.version, err);

    if (st == FC_OK)
        st = fc__cursor_open(&s.samples, &w->reader, FC_TABLE_SAMPLE, err);
    if (st == FC_OK)
        st = fc__cursor_open(&s.failures, &w->reader, FC_TABLE_FAILURE, err);
    if (st == FC_OK)
        st = sweep_all(&s, seen, context, err);
    if (st == FC_OK)
        st = fc__cover_apply(w, &s.ops, s.version, NULL, err);
    *n_gone = s.n_gone;
    free(s.ops.list);
    fc__cursor_close(&s.samples);
    fc__cursor_close(&s.failures);
    return st;
}

/* Nothing had changed: new coverage goes to the newest sealed version, the building one goes. */
static fc_status drop_building(fc_writer *w, fc_known_dataset *d, bool partial, bool *changed,
                               fc_error *err)
{
    const uint32_t number = d->header.building;
    const fc_key key = fc__key_dataset(d->name, number);
    fc_known_version *sealed, *building;
    bool stored;
    fc_status st = fc__known_version(w, d, d->header.sealed, &sealed, err);

    if (st == FC_OK)
        st = fc__known_version(w, d, number, &building, err);
    if (st == FC_OK) /* loading the second may have moved the first */
        st = fc__known_version(w, d, d->header.sealed, &sealed, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < building->record.n_coverage && st == FC_OK; i++) {
        const fc_coverage_entry *from = &building->record.coverage[i];
        fc_coverage_entry *to;

        if (fc__version_entry(&sealed->record, from->version, from->output) != NULL)
            continue;
        st = fc__version_add_entry(&sealed->record, from->version, from->output, &to, err);
        if (st != FC_OK)
            break;
        *to = *from;
        to->sealed = true;
        *changed = sealed->dirty = true;
    }
    if (sealed->record.partial && !partial) { /* this time the whole source was looked at */
        sealed->record.partial = false;
        *changed = sealed->dirty = true;
    }
    stored = building->stored;
    if (st == FC_OK && stored)
        st = fc__edits_delete(&w->edits, FC_TABLE_DATASET, &key, err);
    fc__known_drop_version(d, number);
    d->header.building = 0;
    d->dirty = stored || d->new_root;
    return st;
}

static fc_status seal_building(fc_writer *w, fc_known_dataset *d, bool partial, fc_error *err)
{
    fc_known_version *v;
    const fc_status st = fc__known_version(w, d, d->header.building, &v, err);

    if (st != FC_OK)
        return st;
    v->record.state = FC_SEALED;
    v->record.partial = partial;
    v->record.sealed_ns = fc__wall_ns();
    for (size_t i = 0; i < v->record.n_coverage; i++)
        v->record.coverage[i].sealed = true;
    v->dirty = true;
    d->header.sealed = d->header.building;
    d->header.building = 0;
    d->dirty = true;
    return FC_OK;
}

/* Everything but the transaction. */
static fc_status plan_seal(fc_writer *w, bool partial, fc_seen_fn seen, void *context,
                           fc_seal_result *out, fc_error *err)
{
    fc_known_dataset *d = w->building;
    fc_known_version *v;
    bool changed = false;
    fc_status st = fc__writer_look(w, err);

    if (st == FC_OK && !partial && seen != NULL)
        st = close_gone(w, d, seen, context, &out->n_gone, err);
    if (st == FC_OK)
        st = fc__known_version(w, d, d->header.building, &v, err);
    if (st != FC_OK)
        return st;
    out->n_samples = v->record.n_samples;
    out->made = v->record.n_changes > 0 || d->header.sealed == 0;
    st =
        out->made ? seal_building(w, d, partial, err) : drop_building(w, d, partial, &changed, err);
    if (st != FC_OK)
        return st;
    if (out->made || changed || w->meta.unsealed_items > 0) {
        w->meta.generation++;
        w->meta.unsealed_items = 0;
        w->meta_dirty = true;
    }
    out->version = d->header.sealed;
    out->generation = w->meta.generation;
    return fc__known_write(w, err);
}

fc_status fc__writer_seal(fc_writer *w, bool partial, fc_seen_fn seen, void *context,
                          fc_seal_result *out, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_status st = fc__writer_check(w, err);

    *out = (fc_seal_result){.version = 0};
    if (st == FC_OK && w->building == NULL)
        return fc_error_set(err, FC_E_INVALID, "no data set has been begun");
    if (st == FC_OK)
        st = fc__writer_commit(w, err);
    if (st != FC_OK)
        return st;
    w->n_fresh = 0; /* all items are in the store now */
    st = plan_seal(w, partial, seen, context, out, &inner);
    fc__writer_unlook(w);
    w->building = NULL;
    fc__idmap_clear(&w->session);
    if (st == FC_OK)
        return fc__writer_apply(w, err);
    fc__edits_clear(&w->edits);
    fc__writer_fail(w, st, &inner);
    return fc_error_set(err, st, "%s", inner.message);
}

/* One sample less, in a new sealed version. */
fc_status fc__seal_without(fc_writer *w, fc_known_dataset *d, const char *id, fc_error *err)
{
    uint8_t hash[FC_ID_HASH_BYTES];
    fc_cursor c = FC_CURSOR_INIT;
    fc_cover_ops ops = {NULL, 0, 0};
    fc_known_version *v;
    fc_sample_record r;
    uint32_t first;
    fc_status st = fc__cursor_open(&c, &w->reader, FC_TABLE_SAMPLE, err);

    fc__sample_id_hash(id, hash);
    if (st == FC_OK)
        st = fc__sample_newest(&c, d->header.number, hash, &r, &first, err);
    if (st == FC_E_NOT_FOUND ||
        (st == FC_OK && (r.last != FC_VERSION_OPEN || strcmp(r.id, id) != 0)))
        st = fc_error_set(err, FC_E_NOT_FOUND, "data set '%s' has no sample '%.128s'", d->name, id);
    if (st == FC_OK)
        st = fc__known_version(w, d, d->header.building, &v, err);
    if (st == FC_OK)
        st = close_row(w, d, v, hash, first, &r, &ops, err);
    if (st == FC_OK)
        st = fc__cover_apply(w, &ops, v, NULL, err);
    if (st == FC_OK)
        st = seal_building(w, d, v->record.partial, err);
    free(ops.list);
    fc__cursor_close(&c);
    return st;
}
