/*
 * Verify: the order in which a store is checked.
 *
 *   1  pages and rows, by our own walk: it survives any damage and says what it cost
 *   2  counts and digests of data-set versions, summed up on the way
 *   3  references between tables, through LMDB - only where no page is damaged
 *   4  full: the coverage of every version, from the stored bytes of every item
 */
#include <stdio.h>
#include <stdlib.h>

#include "fc_maintain_check.h"
#include "fc_queue.h"

void fc__watch_tell(const fc_watch *watch, const char *what, uint64_t done, uint64_t total)
{
    if (watch != NULL && watch->progress != NULL)
        watch->progress(watch->context, what, done, total);
}

fc_status fc__watch_check(const fc_watch *watch, fc_error *err)
{
    return watch != NULL && watch->cancelled != NULL && watch->cancelled(watch->context)
               ? fc_error_set(err, FC_E_CANCELLED, "stopped on request")
               : FC_OK;
}

static fc_status on_hole(void *context, const fc_hole *hole, fc_error *err)
{
    fc_check *c = context;

    c->sound = false;
    if (hole->table != FC_TABLE_BLOCK) {
        fc__damage_hole(&c->damages, hole);
        return FC_OK;
    }
    for (size_t i = 0; i < c->n_encoders; i++) /* which outputs it hits matters to coverage only */
        for (size_t k = 0; k < c->encoders[i].info.n_outputs; k++) {
            const fc_status st = fc__check_bad_output(c, c->encoders[i].info.id,
                                                      c->encoders[i].info.outputs[k].id, err);

            if (st != FC_OK)
                return st;
        }
    return fc__damage_block_hole(&c->damages, hole, c->encoders, c->n_encoders, err);
}

/* A sample row that fails its checksum may still say its id, and the key's hash proves it. */
static void tell_broken_row(fc_check *c, fc_table table, fc_span key, fc_span body)
{
    char where[FC_KEY_TEXT_BYTES];
    uint8_t hash[FC_ID_HASH_BYTES];
    fc_error ignored = FC_ERROR_INIT;
    fc_sample_record s;
    uint32_t number, first;
    const uint8_t *id;
    fc_check_dataset *d = NULL;
    bool known = false;

    fc__key_text(table, key, where);
    if (table == FC_TABLE_SAMPLE && fc__key_sample_read(key, &number, &id, &first)) {
        d = fc__check_dataset(c, number);
        if (d != NULL)
            d->damaged = true;
        if (fc__sample_read(&s, key, body, &ignored) == FC_OK) {
            fc__sample_id_hash(s.id, hash);
            known = memcmp(hash, id, sizeof(hash)) == 0;
        }
    }
    fc__damage_tell(&c->damages, d != NULL ? d->name : NULL, known ? s.id : NULL, where,
                    "checksum mismatch");
}

static fc_status on_row(void *context, fc_table table, fc_span key, fc_span value, fc_error *err)
{
    fc_check *c = context;
    const fc_span body = fc__row_body(value);
    fc_status st;

    c->report->n_rows++;
    c->report->n_bytes += key.n + value.n;
    if (c->report->n_rows % 256 == 0) {
        fc__watch_tell(c->watch, "rows", c->report->n_rows, c->n_expected);
        st = fc__watch_check(c->watch, err);
        if (st != FC_OK)
            return st;
    }
    if (table == FC_TABLE_BLOCK)
        return fc__check_block_row(c, key, value, err);
    if (!fc__row_intact(table, key, value)) {
        if (table == FC_TABLE_SAMPLE || table == FC_TABLE_HOLDER || table == FC_TABLE_CONTENT)
            c->rows_ok = false;
        tell_broken_row(c, table, key, body);
        return FC_OK;
    }
    switch (table) {
    case FC_TABLE_META:
    case FC_TABLE_ENCODER:
    case FC_TABLE_DATASET:
        return fc__check_catalog_row(c, table, key, body, err);
    case FC_TABLE_CONTENT:
        return fc__check_content_row(c, key, body, err);
    case FC_TABLE_SAMPLE:
        return fc__check_sample_row(c, key, body, err);
    case FC_TABLE_HOLDER:
        return fc__check_holder_row(c, key, body, err);
    case FC_TABLE_FAILURE:
        return fc__check_failure_row(c, key, body, err);
    case FC_TABLE_SPACE:
        return fc__check_space_row(c, key, body);
    default: /* heads, segments: the checksum is all that the store knows of them */
        return FC_OK;
    }
}

/* What is known of encoders, data sets and contents comes before the rows that refer to them. */
static fc_status walk_all(fc_check *c, fc_error *err)
{
    static const fc_table order[] = {FC_TABLE_META,    FC_TABLE_ENCODER, FC_TABLE_DATASET,
                                     FC_TABLE_CONTENT, FC_TABLE_SAMPLE,  FC_TABLE_HOLDER,
                                     FC_TABLE_FAILURE, FC_TABLE_HEAD,    FC_TABLE_SPACE,
                                     FC_TABLE_SEGMENT, FC_TABLE_BLOCK};
    const fc_tree_visitor v = {on_row, on_hole, c};
    fc_status st = fc__tree_load(&c->tree, &v, err);

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        c->n_expected += c->tree.tables[order[i]].entries;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && st == FC_OK; i++)
        st = fc__tree_walk(&c->tree, order[i], &v, err);
    if (st == FC_OK)
        st = fc__check_block_end(c, err);
    return st == FC_OK ? fc__tree_walk_free(&c->tree, &v, err) : st;
}

static fc_status run(fc_check *c, fc_error *err)
{
    fc_status st = fc__codec_create(&c->codec, err);

    c->sound = c->rows_ok = true;
    if (st == FC_OK)
        st = walk_all(c, err);
    if (st == FC_OK)
        fc__check_versions(c);
    if (st == FC_OK && c->txn.mdb != NULL && c->sound) {
        st = fc__check_references(c, err);
        if (st == FC_OK && c->full && c->rows_ok)
            st = fc__check_coverage(c, err);
    }
    if (st == FC_OK)
        st = fc__damage_hits(&c->damages, &c->tree, fc__check_dataset_name, c, err);
    return st;
}

static void dispose(fc_check *c)
{
    for (size_t i = 0; i < c->n_datasets; i++) {
        fc_check_dataset *d = &c->datasets[i];

        for (size_t k = 0; k < d->n_versions; k++)
            fc__version_dispose(&d->versions[k]);
        free(d->versions);
        fc__dataset_header_dispose(&d->header);
        free(d->sums);
        free(d->name);
    }
    free(c->datasets);
    fc__encoders_free(c->encoders, c->n_encoders);
    free(c->contents);
    free(c->bad);
    fc__block_view_destroy(c->view);
    fc__codec_destroy(c->codec);
    fc_buf_dispose(&c->scratch);
    fc__damages_dispose(&c->damages);
    fc__tree_close(&c->tree);
    fc__txn_end(&c->txn);
}

/* ---- sums anew ---- */

static fc_status write_versions(fc_check *c, fc_edits *edits, fc_error *err)
{
    fc_buf value = FC_BUF_INIT;
    fc_status st = FC_OK;

    for (size_t i = 0; i < c->n_datasets; i++)
        for (size_t k = 0; k < c->datasets[i].n_versions && st == FC_OK; k++) {
            const fc_version_record *v = &c->datasets[i].versions[k];
            const fc_key key = fc__key_dataset(c->datasets[i].name, v->number);

            fc_buf_clear(&value);
            st = fc__version_write(v, c->datasets[i].name, &value, err);
            if (st == FC_OK)
                st = fc__edits_put(edits, FC_TABLE_DATASET, &key, &value, err);
        }
    fc_buf_dispose(&value);
    return st;
}

fc_status fc__store_recount(fc_env *env, fc_error *err)
{
    fc_verify_report report = {0};
    fc_check c = {.full = true, .recount = true, .report = &report, .tree = FC_TREE_INIT};
    fc_edits edits = FC_EDITS_INIT;
    fc_status st = fc__txn_begin(&c.txn, env, false, err);

    if (st == FC_OK)
        st = fc__tree_open(&c.tree, &c.txn, err);
    if (st == FC_OK)
        st = run(&c, err);
    if (st == FC_OK)
        st = write_versions(&c, &edits, err);
    dispose(&c);
    if (st == FC_OK)
        st = fc__edits_apply(&edits, env, err);
    fc__edits_dispose(&edits);
    return st;
}

/* ---- which state ---- */

static fc_status no_row(void *context, fc_table table, fc_span key, fc_span value, fc_error *err)
{
    (void)context, (void)table, (void)key, (void)value, (void)err;
    return FC_OK;
}

static fc_status count_hole(void *context, const fc_hole *hole, fc_error *err)
{
    (void)hole, (void)err;
    ++*(unsigned *)context;
    return FC_OK;
}

/* Whether LMDB may open the store: its tables and the row of meta are sound. A commit of another
 * process while we look makes us look again. */
static fc_status may_open(const char *path, bool *may, fc_error *err)
{
    fc_status st = FC_OK;
    uint64_t txn = UINT64_MAX;

    for (int i = 0; i < 100 && st == FC_OK; i++) {
        unsigned holes = 0;
        const fc_tree_visitor v = {no_row, count_hole, &holes};
        fc_tree t;

        st = fc__tree_open_file(&t, path, err);
        if (st == FC_OK)
            st = fc__tree_load(&t, &v, err);
        if (st == FC_OK)
            st = fc__tree_walk(&t, FC_TABLE_META, &v, err);
        *may = holes == 0;
        if (st == FC_OK && (*may || t.txn == txn))
            i = 100;
        txn = t.txn;
        fc__tree_close(&t);
    }
    return st;
}

/* Through LMDB where that is safe; else the bare file, and `refused` says why where that is known.
 */
static fc_status open_state(fc_check *c, const char *path, fc_env **env, char *refused, size_t size,
                            fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    bool may = false;
    fc_status st = may_open(path, &may, err);

    if (st != FC_OK || !may)
        return st == FC_OK ? fc__tree_open_file(&c->tree, path, err) : st;
    st = fc__env_open(env, path, UINT64_C(64) << 30, true, &inner);
    if (st == FC_OK)
        st = fc__txn_begin(&c->txn, *env, false, &inner);
    if (st == FC_OK)
        st = fc__tree_open(&c->tree, &c->txn, &inner);
    if (st == FC_E_CORRUPT) {
        fc__txn_end(&c->txn);
        fc__tree_close(&c->tree);
        snprintf(refused, size, "%s", inner.message);
        return fc__tree_open_file(&c->tree, path, err);
    }
    return st == FC_OK ? FC_OK : fc_error_set(err, st, "%s", inner.message);
}

fc_status fc__store_verify(const char *path, bool full, fc_damage_fn each, const fc_watch *watch,
                           fc_verify_report *report, fc_error *err)
{
    fc_check c = {.full = full, .watch = watch, .report = report, .tree = FC_TREE_INIT};
    const uint64_t start = fc__now_ns();
    char refused[FC_ERROR_MESSAGE_BYTES] = "";
    fc_env *env = NULL;
    uint64_t rows;
    fc_status st;

    *report = (fc_verify_report){0};
    c.damages.each = each;
    c.damages.context = watch != NULL ? watch->context : NULL;
    st = open_state(&c, path, &env, refused, sizeof(refused), err);
    if (st == FC_OK)
        st = run(&c, err);
    /* Why it could not be opened, unless the walk has found it out in more detail. */
    if (st == FC_OK && refused[0] != '\0' && c.damages.n == 0)
        fc__damage_tell(&c.damages, NULL, NULL, "data.mdb", "%s", refused);
    report->n_damages = c.damages.n;
    report->n_samples_hit = c.damages.n_samples_hit;
    report->seconds = (double)(fc__now_ns() - start) / 1e9;
    rows = report->n_rows;
    dispose(&c);
    fc__env_close(env);
    if (st == FC_OK && rows == 0)
        return fc_error_set(err, FC_E_CORRUPT,
                            "%s: no row can be reached; restore a backup, or save what is readable "
                            "with `featcache repair`",
                            path);
    return st;
}
