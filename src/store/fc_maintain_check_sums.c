/*
 * Verify: what only shows over many rows - counts and digests of data-set versions, and references
 * between tables.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_maintain_check.h"
#include "fc_store_canary.h"

void fc__check_version_tell(fc_check *c, const fc_check_dataset *d, const fc_version_record *v,
                            const char *fmt, unsigned long long have, unsigned long long want)
{
    char where[FC_KEY_TEXT_BYTES], reason[256];
    const fc_key key = fc__key_dataset(d->name, v->number);

    snprintf(reason, sizeof(reason), fmt, have, want);
    fc__damage_tell(&c->damages, d->name, NULL,
                    fc__key_text(FC_TABLE_DATASET, fc__key_span(&key), where), "%s", reason);
}

/* Versions count from 1 without gaps up to the newest sealed, and the building one comes last. */
static void check_header(fc_check *c, const fc_check_dataset *d)
{
    const uint32_t newest = d->header.building != 0 ? d->header.building : d->header.sealed;
    const fc_key key = fc__key_dataset(d->name, 0);

    if (d->n_versions != newest || (newest > 0 && d->versions[newest - 1].number != newest)) {
        fc__check_row(c, FC_TABLE_DATASET, fc__key_span(&key),
                      "its version rows are not those that its header counts");
        return;
    }
    for (uint32_t i = 0; i < newest; i++)
        if ((d->versions[i].state == FC_BUILDING) != (i + 1 == d->header.building))
            fc__check_version_tell(c, d, &d->versions[i], "its state is not what the header says",
                                   0, 0);
}

static void check_coverage_entries(fc_check *c, const fc_check_dataset *d,
                                   const fc_version_record *v)
{
    for (size_t i = 0; i < v->n_coverage; i++) {
        const fc_coverage_entry *e = &v->coverage[i];
        const fc_encoder_record *r = fc__check_encoder(c, e->version);

        if (r == NULL || fc__encoder_output(&r->info, e->output) == NULL)
            fc__check_version_tell(c, d, v,
                                   "it covers encoder version %llu, output %llu, which is missing",
                                   e->version, e->output);
        if (e->count > v->n_samples)
            fc__check_version_tell(c, d, v, "a coverage counts %llu of %llu samples", e->count,
                                   v->n_samples);
    }
}

void fc__check_versions(fc_check *c)
{
    for (size_t i = 0; i < c->n_datasets; i++) {
        fc_check_dataset *d = &c->datasets[i];
        fc_version_sum sum = {0, {0, 0}};

        if (!d->has_header) {
            const fc_key key = fc__key_dataset(d->name, 0);

            fc__check_row(c, FC_TABLE_DATASET, fc__key_span(&key), "the header row is missing");
            continue;
        }
        check_header(c, d);
        for (size_t k = 0; k < d->n_versions; k++) {
            fc_version_record *v = &d->versions[k];

            if (d->sums != NULL) {
                sum.count += d->sums[k].count;
                sum.digest = fc__u128_add(sum.digest, d->sums[k].digest);
            }
            if (c->recount) {
                v->n_samples = (uint64_t)sum.count;
                v->digest = sum.digest;
                continue;
            }
            check_coverage_entries(c, d, v);
            if ((uint64_t)sum.count != v->n_samples)
                fc__check_version_tell(c, d, v, "%llu of its %llu samples are there",
                                       (unsigned long long)sum.count, v->n_samples);
            else if (!fc__u128_equal(sum.digest, v->digest))
                fc__check_version_tell(c, d, v,
                                       "the digest of its %llu samples is not the one sealed",
                                       v->n_samples, 0);
        }
    }
}

/* ---- references ---- */

static fc_status check_sample(fc_check *c, fc_span key, fc_span body, fc_error *err)
{
    char where[FC_KEY_TEXT_BYTES];
    fc_error ignored = FC_ERROR_INIT;
    fc_sample_record s;
    fc_span value;
    uint64_t content = 0;
    uint32_t dataset, first;
    const uint8_t *hash;
    fc_key holder;
    fc_status st;

    if (!fc__key_sample_read(key, &dataset, &hash, &first) ||
        fc__sample_read(&s, key, body, &ignored) != FC_OK)
        return FC_OK; /* told when the rows went by */
    st = fc__content_get(&c->txn, &s.hash, &content, &ignored);
    if (st == FC_E_NOMEM || st == FC_E_IO)
        return fc_error_set(err, st, "%s", ignored.message);
    if (content != s.content)
        fc__damage_tell(&c->damages, fc__check_dataset_name(c, dataset), s.id,
                        fc__key_text(FC_TABLE_SAMPLE, key, where),
                        "its content's hash leads to number %llu instead of %llu",
                        (unsigned long long)content, (unsigned long long)s.content);
    holder = fc__key_holder(s.content, dataset, hash, first);
    if (fc__row_get(&c->txn, FC_TABLE_HOLDER, &holder, &value, &ignored) != FC_OK)
        fc__damage_tell(&c->damages, fc__check_dataset_name(c, dataset), s.id,
                        fc__key_text(FC_TABLE_SAMPLE, key, where), "its holder row is missing");
    return FC_OK;
}

static fc_status check_holder(fc_check *c, fc_span key, fc_error *err)
{
    fc_error ignored = FC_ERROR_INIT;
    fc_sample_record s;
    fc_span value;
    uint64_t content;
    uint32_t dataset, first;
    const uint8_t *hash;
    fc_key k;

    (void)err;
    if (!fc__key_holder_read(key, &content, &dataset, &hash, &first))
        return FC_OK;
    k = fc__key_sample(dataset, hash, first);
    if (fc__row_get(&c->txn, FC_TABLE_SAMPLE, &k, &value, &ignored) != FC_OK)
        fc__check_row(c, FC_TABLE_HOLDER, key, "its sample row is missing");
    else if (fc__sample_read(&s, fc__key_span(&k), value, &ignored) == FC_OK &&
             s.content != content)
        fc__check_row(c, FC_TABLE_HOLDER, key, "its sample row points at another content");
    return FC_OK;
}

/* All rows of a table through LMDB, which the walk before has found sound. */
static fc_status each_row(fc_check *c, fc_table table, fc_error *err)
{
    fc_cursor cursor = FC_CURSOR_INIT;
    MDB_val k, v;
    MDB_cursor_op op = MDB_FIRST;
    uint64_t n = 0;
    fc_status st = fc__cursor_open(&cursor, &c->txn, table, err);

    for (; st == FC_OK && mdb_cursor_get(cursor.mdb, &k, &v, op) == 0; op = MDB_NEXT) {
        const fc_span key = {k.mv_data, k.mv_size}, value = {v.mv_data, v.mv_size};

        if (++n % 4096 == 0) {
            fc__watch_tell(c->watch, "references", n, c->tree.tables[table].entries);
            st = fc__watch_check(c->watch, err);
        }
        if (st == FC_OK)
            st = table == FC_TABLE_SAMPLE ? check_sample(c, key, fc__row_body(value), err)
                                          : check_holder(c, key, err);
    }
    fc__cursor_close(&cursor);
    return st;
}

/* The canary that an encoder version names is there and can be read. */
static fc_status check_canary(fc_check *c, const fc_encoder_record *r, fc_error *err)
{
    const fc_key key = fc__key_encoder(r->info.id);
    fc_error inner = FC_ERROR_INIT;
    fc_canary canary;
    const fc_status st = fc__canary_get(&c->txn, r, &canary, &inner);

    fc__canary_dispose(&canary);
    if (st == FC_E_CORRUPT)
        fc__check_row(c, FC_TABLE_ENCODER, fc__key_span(&key),
                      "its canary is missing or has another layout");
    return st == FC_E_NOMEM ? fc_error_set(err, st, "%s", inner.message) : FC_OK;
}

fc_status fc__check_references(fc_check *c, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < c->n_encoders && st == FC_OK; i++)
        st = check_canary(c, &c->encoders[i], err);
    if (st == FC_OK)
        st = each_row(c, FC_TABLE_SAMPLE, err);

    /* Every sample has its holder; as many holders as samples means that there are no others. */
    if (st == FC_OK && c->n_samples != c->n_holders)
        st = each_row(c, FC_TABLE_HOLDER, err);
    return st;
}
