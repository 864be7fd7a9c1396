/*
 * Verify, in full: the coverage of every data-set version, count and digest, from the stored bytes
 * of every item.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_maintain_check.h"

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
                fc__check_version_tell(
                    c, d, &d->versions[k],
                    "an encoder output has %llu of the %llu items that its coverage counts",
                    (unsigned long long)sum.count, e->count);
            else if (!fc__u128_equal(sum.digest, e->digest))
                fc__check_version_tell(
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
