/*
 * Verify: what only shows over many rows - counts and digests of data-set versions, references
 * between tables, and, in full, the coverage of every version from the stored bytes of every item.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_maintain_check.h"

static void version_tell(fc_check *c, const fc_check_dataset *d, const fc_version_record *v,
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
            version_tell(c, d, &d->versions[i], "its state is not what the header says", 0, 0);
}

static void check_coverage_entries(fc_check *c, const fc_check_dataset *d,
                                   const fc_version_record *v)
{
    for (size_t i = 0; i < v->n_coverage; i++) {
        const fc_coverage_entry *e = &v->coverage[i];
        const fc_encoder_record *r = fc__check_encoder(c, e->version);

        if (r == NULL || fc__encoder_output(&r->info, e->output) == NULL)
            version_tell(c, d, v, "it covers encoder version %llu, output %llu, which is missing",
                         e->version, e->output);
        if (e->count > v->n_samples)
            version_tell(c, d, v, "a coverage counts %llu of %llu samples", e->count, v->n_samples);
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
                version_tell(c, d, v, "%llu of its %llu samples are there",
                             (unsigned long long)sum.count, v->n_samples);
            else if (!fc__u128_equal(sum.digest, v->digest))
                version_tell(c, d, v, "the digest of its %llu samples is not the one sealed",
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

fc_status fc__check_references(fc_check *c, fc_error *err)
{
    fc_status st = each_row(c, FC_TABLE_SAMPLE, err);

    /* Every sample has its holder; as many holders as samples means that there are no others. */
    if (st == FC_OK && c->n_samples != c->n_holders)
        st = each_row(c, FC_TABLE_HOLDER, err);
    return st;
}

/* ---- coverage ---- */

typedef struct cover {
    fc_check *c;
    fc_blocks blocks;
    fc_cursor holders;
    fc_xxh128 *hasher;
    const fc_encoder_record *encoder;
    const fc_output_info *info;
    fc_version_sum **sums; /* one array a data set: n_versions + 1 */
} cover;

/* One item for every sample that holds its content. */
static fc_status cover_item(cover *v, uint64_t content, fc_u128 item, fc_error *err)
{
    static const uint8_t zero[FC_ID_HASH_BYTES] = {0};
    const fc_key from = fc__key_holder(content, 0, zero, 0);
    fc_check *c = v->c;
    fc_span key, value;
    fc_status st = fc__cursor_seek(&v->holders, &from, &key, &value, err);

    for (; st == FC_OK && fc__span_has_prefix(key, from.bytes, 8);
         st = fc__cursor_next(&v->holders, &key, &value, err)) {
        uint32_t dataset, first;
        const uint8_t *hash;
        fc_check_dataset *d;
        fc_sample_record s;
        fc_u128 sum;
        fc_key k;

        if (!fc__key_holder_read(key, &content, &dataset, &hash, &first) ||
            (d = fc__check_dataset(c, dataset)) == NULL)
            continue;
        k = fc__key_sample(dataset, hash, first);
        st = fc__row_get(&c->txn, FC_TABLE_SAMPLE, &k, &value, err);
        if (st == FC_OK)
            st = fc__sample_read(&s, fc__key_span(&k), value, err);
        if (st == FC_OK)
            st = fc__contribution(s.id, &s.hash, &v->encoder->fingerprint, v->info->name, item,
                                  &c->scratch, &sum, err);
        if (st != FC_OK)
            return st;
        fc__check_sum(d, v->sums[d - c->datasets], first, s.last, sum);
    }
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

static fc_status cover_block(cover *v, fc_error *err)
{
    const size_t n = fc__block_n_items(v->blocks.view);
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        const fc_block_entry *e = &fc__block_entries(v->blocks.view)[i];
        const uint64_t content = e->content, rows = e->total_rows;
        const uint8_t *bytes;
        size_t size;

        st = fc__blocks_item_bytes(&v->blocks, v->c->codec, e, &bytes, &size, err);
        if (st == FC_OK)
            st = cover_item(v, content,
                            fc__item_hash(v->hasher, &v->blocks.layout, rows, bytes, size), err);
    }
    return st;
}

static void compare_sums(cover *v)
{
    fc_check *c = v->c;

    for (size_t i = 0; i < c->n_datasets; i++) {
        const fc_check_dataset *d = &c->datasets[i];
        fc_version_sum sum = {0, {0, 0}};

        for (size_t k = 0; k < d->n_versions; k++) {
            fc_coverage_entry *e =
                fc__version_entry(&d->versions[k], v->encoder->info.id, v->info->id);

            sum.count += v->sums[i][k].count;
            sum.digest = fc__u128_add(sum.digest, v->sums[i][k].digest);
            if (e == NULL)
                continue;
            if (c->recount) {
                e->count = (uint64_t)sum.count;
                e->digest = sum.digest;
                continue;
            }
            if ((uint64_t)sum.count != e->count)
                version_tell(
                    c, d, &d->versions[k],
                    "an encoder output has %llu of the %llu items that its coverage counts",
                    (unsigned long long)sum.count, e->count);
            else if (!fc__u128_equal(sum.digest, e->digest))
                version_tell(
                    c, d, &d->versions[k],
                    "the digest over %llu items of an encoder output is not the one sealed",
                    e->count, 0);
        }
    }
}

static fc_status cover_output(cover *v, fc_error *err)
{
    fc_check *c = v->c;
    uint64_t n = 0;
    fc_status st = FC_OK;

    v->sums = fc__alloc_array(c->n_datasets, sizeof(*v->sums));
    if (v->sums == NULL)
        return fc__nomem(err, c->n_datasets * sizeof(*v->sums), "sums");
    for (size_t i = 0; i < c->n_datasets && st == FC_OK; i++) {
        v->sums[i] = fc__alloc_array(c->datasets[i].n_versions + 1, sizeof(**v->sums));
        if (v->sums[i] == NULL)
            st = fc__nomem(err, c->datasets[i].n_versions * sizeof(**v->sums), "sums");
    }
    if (st == FC_OK)
        st = fc__blocks_open(&v->blocks, &c->txn, v->encoder->info.id, v->info, err);
    if (st == FC_OK)
        st = fc__blocks_seek_from(&v->blocks, 0, err);
    for (; st == FC_OK; st = fc__blocks_next(&v->blocks, err)) {
        st = cover_block(v, err);
        if (st == FC_OK)
            st = fc__watch_check(c->watch, err);
        if (st != FC_OK)
            break;
        fc__watch_tell(c->watch, "coverage", ++n, 0);
    }
    if (st == FC_E_NOT_FOUND) {
        compare_sums(v);
        st = FC_OK;
    }
    fc__blocks_close(&v->blocks);
    for (size_t i = 0; i < c->n_datasets; i++)
        free(v->sums[i]);
    free(v->sums);
    return st;
}

fc_status fc__check_coverage(fc_check *c, fc_error *err)
{
    cover v = {.c = c, .blocks = FC_BLOCKS_INIT, .holders = FC_CURSOR_INIT};
    fc_status st = fc__xxh128_create(&v.hasher, err);

    if (st == FC_OK)
        st = fc__cursor_open(&v.holders, &c->txn, FC_TABLE_HOLDER, err);
    for (size_t i = 0; i < c->n_encoders && st == FC_OK; i++)
        for (size_t k = 0; k < c->encoders[i].info.n_outputs && st == FC_OK; k++) {
            v.encoder = &c->encoders[i];
            v.info = &c->encoders[i].info.outputs[k];
            /* Where blocks are damaged the sums are off for a reason that has been told. */
            if (!fc__check_is_bad(c, v.encoder->info.id, v.info->id))
                st = cover_output(&v, err);
        }
    fc__cursor_close(&v.holders);
    fc__xxh128_destroy(v.hasher);
    return st;
}
