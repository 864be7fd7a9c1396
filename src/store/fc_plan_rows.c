/*
 * The rows of a batch against those that are there: which rows are put, closed, reopened, deleted.
 *
 * A row of data-set version N starts with first = N. The row it replaces is closed with last = N -
 * 1, or overwritten when it was itself put in N. A sample that comes back to what it was in N - 1
 * gets its old row back, so that a version that changed nothing in the end is seen to have changed
 * nothing.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

typedef struct plan {
    fc_writer *w;
    fc_known_dataset *dataset;
    fc_known_version *version; /* the building one */
    fc_cursor samples;
    fc_cover_ops ops;
} plan;

fc_status fc__put_row(fc_writer *w, uint32_t dataset, const uint8_t id_hash[16], uint32_t first,
                      const fc_sample_record *r, fc_error *err)
{
    const fc_key key = fc__key_sample(dataset, id_hash, first);
    fc_status st;

    fc_buf_clear(&w->value);
    st = fc__sample_write(r, &key, &w->value, err);
    return st == FC_OK ? fc__edits_put(&w->edits, FC_TABLE_SAMPLE, &key, &w->value, err) : st;
}

fc_status fc__put_holder(fc_writer *w, uint64_t content, uint32_t dataset,
                         const uint8_t id_hash[16], uint32_t first, fc_error *err)
{
    const fc_key key = fc__key_holder(content, dataset, id_hash, first);
    fc_status st;

    fc_buf_clear(&w->value);
    st = fc__row_seal(FC_TABLE_HOLDER, &key, &w->value, err);
    return st == FC_OK ? fc__edits_put(&w->edits, FC_TABLE_HOLDER, &key, &w->value, err) : st;
}

fc_status fc__delete_row(fc_writer *w, uint32_t dataset, const uint8_t id_hash[16], uint32_t first,
                         uint64_t content, fc_error *err)
{
    const fc_key row = fc__key_sample(dataset, id_hash, first);
    const fc_key holder = fc__key_holder(content, dataset, id_hash, first);
    const fc_status st = fc__edits_delete(&w->edits, FC_TABLE_SAMPLE, &row, err);

    return st == FC_OK ? fc__edits_delete(&w->edits, FC_TABLE_HOLDER, &holder, err) : st;
}

/* A row of the building version: new, or in place of one that was put in it before. */
static fc_status put_new(plan *p, const uint8_t hash[16], const fc_sample_record *row,
                         fc_error *err)
{
    const uint32_t dataset = p->dataset->header.number, number = p->version->record.number;
    fc_status st = fc__put_row(p->w, dataset, hash, number, row, err);

    if (st == FC_OK)
        st = fc__put_holder(p->w, row->content, dataset, hash, number, err);
    return st;
}

/* What leaves and what enters the version's sums. `old` may be NULL. */
static fc_status exchange(plan *p, const fc_sample_record *old, const fc_sample_record *new,
                          fc_error *err)
{
    fc_status st = FC_OK;

    if (old != NULL)
        st = fc__version_count(p->w, p->version, old, -1, err);
    if (st == FC_OK)
        st = fc__version_count(p->w, p->version, new, 1, err);
    /* The same content under the same id adds the same to every coverage: nothing to decode. */
    if (st != FC_OK || (old != NULL && old->content == new->content))
        return st;
    if (old != NULL)
        st = fc__cover_ops_add(&p->ops, old, -1, err);
    return st == FC_OK ? fc__cover_ops_add(&p->ops, new, 1, err) : st;
}

/* The closed row before `first`, where it ended with the version before the building one. */
static fc_status find_closed(plan *p, const uint8_t hash[16], uint32_t first, fc_sample_record *out,
                             uint32_t *out_first, fc_error *err)
{
    const uint32_t dataset = p->dataset->header.number;
    const uint8_t *ignored;
    fc_span key;
    fc_status st;

    if (first == 0)
        return FC_E_NOT_FOUND;
    st = fc__sample_valid_in(&p->samples, dataset, hash, first - 1, out, &key, err);
    if (st != FC_OK)
        return st;
    if (!fc__key_sample_read(key, &(uint32_t){0}, &ignored, out_first))
        return fc__corrupt(err, FC_TABLE_SAMPLE, key, "the key has another layout");
    return out->last == p->version->record.number - 1 ? FC_OK : FC_E_NOT_FOUND;
}

/* An open row stands in for what comes: with the newer file identity. */
static fc_status refresh(plan *p, const uint8_t hash[16], uint32_t first,
                         const fc_sample_record *row, fc_error *err)
{
    return fc__put_row(p->w, p->dataset->header.number, hash, first, row, err);
}

/* The newest row was put in this building version and differs. */
static fc_status replace(plan *p, const uint8_t hash[16], const fc_sample_record *cur,
                         const fc_sample_record *row, fc_error *err)
{
    const uint32_t dataset = p->dataset->header.number, number = p->version->record.number;
    fc_sample_record before;
    uint32_t first = 0;
    fc_status st = find_closed(p, hash, number, &before, &first, err);

    if (st == FC_OK && fc__sample_same(&before, row)) {
        st = fc__delete_row(p->w, dataset, hash, number, cur->content, err);
        if (st == FC_OK)
            st = fc__put_row(p->w, dataset, hash, first, row, err); /* open again */
        p->version->record.n_changes -= 2;
        return st == FC_OK ? exchange(p, cur, row, err) : st;
    }
    if (st != FC_OK && st != FC_E_NOT_FOUND)
        return st;
    st = FC_OK;
    if (cur->content != row->content) {
        const fc_key holder = fc__key_holder(cur->content, dataset, hash, number);

        st = fc__edits_delete(&p->w->edits, FC_TABLE_HOLDER, &holder, err);
    }
    if (st == FC_OK)
        st = put_new(p, hash, row, err);
    return st == FC_OK ? exchange(p, cur, row, err) : st;
}

/* No row is open: a new one, or the one that this building version closed. */
static fc_status enter(plan *p, const uint8_t hash[16], const fc_sample_record *closed,
                       uint32_t closed_first, const fc_sample_record *row, fc_error *err)
{
    const uint32_t number = p->version->record.number;
    fc_status st;

    if (closed != NULL && closed->last == number - 1 && fc__sample_same(closed, row)) {
        st = fc__put_row(p->w, p->dataset->header.number, hash, closed_first, row, err);
        p->version->record.n_changes--;
    } else {
        st = put_new(p, hash, row, err);
        p->version->record.n_changes++;
    }
    return st == FC_OK ? exchange(p, NULL, row, err) : st;
}

static fc_status close_and_put(plan *p, const uint8_t hash[16], uint32_t first,
                               const fc_sample_record *cur, const fc_sample_record *row,
                               fc_error *err)
{
    fc_sample_record closed = *cur;
    fc_status st;

    closed.last = p->version->record.number - 1;
    st = fc__put_row(p->w, p->dataset->header.number, hash, first, &closed, err);
    if (st == FC_OK)
        st = put_new(p, hash, row, err);
    p->version->record.n_changes += 2;
    return st == FC_OK ? exchange(p, cur, row, err) : st;
}

static fc_status plan_row(plan *p, const fc_pending_row *pending, fc_error *err)
{
    const fc_span no_key = {NULL, 0};
    const uint8_t *hash = pending->id_hash;
    fc_sample_record row, cur;
    uint32_t first;
    fc_status st =
        fc__sample_read(&row, no_key, (fc_span){pending->bytes.data, pending->bytes.size}, err);

    p->version->dirty = true;
    if (st == FC_OK)
        st = fc__sample_newest(&p->samples, p->dataset->header.number, hash, &cur, &first, err);
    if (st == FC_E_NOT_FOUND)
        return enter(p, hash, NULL, 0, &row, err);
    if (st != FC_OK)
        return st;
    if (strcmp(cur.id, row.id) != 0)
        return fc_error_set(
            err, FC_E_UNSUPPORTED,
            "data set '%s': the ids '%.128s' and '%.128s' have the same hash; rename "
            "one",
            p->dataset->name, cur.id, row.id);
    if (cur.last != FC_VERSION_OPEN)
        return enter(p, hash, &cur, first, &row, err);
    if (fc__sample_same(&cur, &row))
        return refresh(p, hash, first, &row, err);
    if (first == p->version->record.number)
        return replace(p, hash, &cur, &row, err);
    return close_and_put(p, hash, first, &cur, &row, err);
}

fc_status fc__plan_rows(fc_writer *w, fc_error *err)
{
    plan p = {.w = w, .dataset = w->building, .samples = FC_CURSOR_INIT};
    fc_status st;

    if (w->batch.n_rows == 0)
        return FC_OK;
    st = fc__known_version(w, p.dataset, p.dataset->header.building, &p.version, err);
    if (st == FC_OK)
        st = fc__cursor_open(&p.samples, &w->reader, FC_TABLE_SAMPLE, err);
    for (size_t i = 0; i < w->batch.n_rows && st == FC_OK; i++)
        st = plan_row(&p, &w->batch.rows[i], err);
    if (st == FC_OK)
        st = fc__cover_apply(w, &p.ops, p.version, NULL, err);
    free(p.ops.list);
    fc__cursor_close(&p.samples);
    return st;
}

/* One failure or its clearing. A row is there only where the ledger has one. */
static fc_status plan_failure(fc_writer *w, const fc_pending_failure *f, fc_error *err)
{
    const fc_key key = fc__key_failure(w->building->header.number, f->id_hash, f->version);
    fc_failure_record r = {.tries = 0};
    fc_span value;
    fc_status st = fc__row_get(&w->reader, FC_TABLE_FAILURE, &key, &value, err);

    if (f->clear) {
        if (st == FC_OK || (st == FC_E_NOT_FOUND && f->after_put))
            st = fc__edits_delete(&w->edits, FC_TABLE_FAILURE, &key, err);
        return st == FC_E_NOT_FOUND ? FC_OK : st;
    }
    if (st == FC_OK)
        st = fc__failure_read(&r, fc__key_span(&key), value, err);
    if (st != FC_OK && st != FC_E_NOT_FOUND)
        return st;
    r = (fc_failure_record){.id = f->id,
                            .reason = f->reason,
                            .time_ns = f->time_ns,
                            .tries = r.tries + 1,
                            .has_file = f->has_file,
                            .file = f->file};
    fc_buf_clear(&w->value);
    st = fc__failure_write(&r, &key, &w->value, err);
    return st == FC_OK ? fc__edits_put(&w->edits, FC_TABLE_FAILURE, &key, &w->value, err) : st;
}

fc_status fc__plan_failures(fc_writer *w, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < w->batch.n_failures && st == FC_OK; i++)
        st = plan_failure(w, &w->batch.failures[i], err);
    return st;
}
