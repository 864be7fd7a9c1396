/*
 * Coverage: for each data-set version and each of its entries (encoder version, output), count and
 * digest over the samples valid in it whose content has an item of that output. Kept as sums, so
 * that a row or an item that comes or goes adds or takes away one number.
 *
 * Order within a commit: first the items of the batch are there (fc__cover_fresh, over the rows
 * that the store has), then the rows of the batch come and go (fc__cover_apply, over the items that
 * are then there). So nothing is counted twice.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_store_internal.h"

#define SCAN_STEP 4096 /* rows whose items are looked up together */

static int compare_fresh(const fc_fresh_item *f, fc_version_id version, fc_output_id output,
                         uint64_t content)
{
    if (f->version != version)
        return f->version < version ? -1 : 1;
    if (f->output != output)
        return f->output < output ? -1 : 1;
    return f->content < content ? -1 : f->content > content;
}

const fc_fresh_item *fc__fresh_find(const fc_writer *w, fc_version_id version, fc_output_id output,
                                    uint64_t content)
{
    size_t low = 0, high = w->n_fresh;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (compare_fresh(&w->fresh[mid], version, output, content) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < w->n_fresh && compare_fresh(&w->fresh[low], version, output, content) == 0
               ? &w->fresh[low]
               : NULL;
}

fc_status fc__cover_ops_add(fc_cover_ops *ops, const fc_sample_record *r, int sign, fc_error *err)
{
    const fc_status st =
        fc__grow_array(&ops->list, &ops->capacity, ops->n + 1, sizeof(*ops->list), err);

    if (st == FC_OK)
        ops->list[ops->n++] = (fc_cover_op){r->content, r->hash, r->id, sign};
    return st;
}

static int op_by_content(const void *a, const void *b)
{
    const fc_cover_op *x = a, *y = b;

    return x->content < y->content ? -1 : x->content > y->content;
}

/* Add (or take away) one sample with its item. */
static fc_status count_one(fc_writer *w, fc_coverage_entry *entry, const fc_encoder_record *encoder,
                           const char *output, const fc_cover_op *op, fc_u128 item, fc_error *err)
{
    fc_u128 c;
    const fc_status st = fc__contribution(op->id, &op->hash, &encoder->fingerprint, output, item,
                                          &w->scratch, &c, err);

    if (st != FC_OK)
        return st;
    if (op->sign > 0) {
        entry->count++;
        entry->digest = fc__u128_add(entry->digest, c);
    } else {
        entry->count--;
        entry->digest = fc__u128_sub(entry->digest, c);
    }
    return FC_OK;
}

/* One entry, `n` operations in the order of contents; items from the batch or from blocks. */
static fc_status apply_entry(fc_writer *w, const fc_cover_op *ops, size_t n,
                             fc_coverage_entry *entry, fc_error *err)
{
    fc_blocks blocks = FC_BLOCKS_INIT;
    const fc_encoder_record *encoder;
    const fc_output_info *info;
    fc_status st = fc__writer_output(w, entry->version, entry->output, &encoder, &info, err);

    if (st == FC_OK)
        st = fc__blocks_open(&blocks, &w->reader, entry->version, info, err);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        const fc_fresh_item *fresh =
            fc__fresh_find(w, entry->version, entry->output, ops[i].content);
        fc_u128 hash;
        bool found = fresh != NULL;

        if (found)
            hash = fresh->hash;
        else if (ops[i].content < w->durable_next) /* a new content has no stored items */
            st = fc__blocks_hashes(&blocks, w->codecs[0], w->hasher, &ops[i].content, 1, &hash,
                                   &found, err);
        if (st == FC_OK && found)
            st = count_one(w, entry, encoder, info->name, &ops[i], hash, err);
    }
    fc__blocks_close(&blocks);
    return st;
}

fc_status fc__cover_apply(fc_writer *w, fc_cover_ops *ops, fc_known_version *v,
                          fc_coverage_entry *only, fc_error *err)
{
    fc_status st = FC_OK;

    if (ops->n == 0)
        return FC_OK;
    qsort(ops->list, ops->n, sizeof(*ops->list), op_by_content);
    if (only != NULL)
        st = apply_entry(w, ops->list, ops->n, only, err);
    for (size_t i = 0; only == NULL && i < v->record.n_coverage && st == FC_OK; i++)
        st = apply_entry(w, ops->list, ops->n, &v->record.coverage[i], err);
    v->dirty = true;
    return st;
}

/* The row of a holder key, read. */
static fc_status holder_row(fc_writer *w, fc_span key, uint32_t *dataset, uint32_t *first,
                            fc_sample_record *r, fc_error *err)
{
    uint64_t content;
    const uint8_t *hash;
    fc_key k;
    fc_span value;
    fc_status st;

    if (!fc__key_holder_read(key, &content, dataset, &hash, first))
        return fc__corrupt(err, FC_TABLE_HOLDER, key, "the key has another layout");
    k = fc__key_sample(*dataset, hash, *first);
    st = fc__row_get(&w->reader, FC_TABLE_SAMPLE, &k, &value, err);
    if (st == FC_E_NOT_FOUND)
        return fc__corrupt(err, FC_TABLE_HOLDER, key, "its sample row is missing");
    if (st == FC_OK)
        st = fc__sample_read(r, fc__key_span(&k), value, err);
    if (st == FC_OK && r->content != content)
        return fc__corrupt(err, FC_TABLE_HOLDER, key, "its sample row points at another content");
    return st;
}

/* A new item for a row that is there: into each version the row is valid in that covers the output.
 */
static fc_status cover_row(fc_writer *w, const fc_fresh_item *f, uint32_t dataset, uint32_t first,
                           const fc_sample_record *r, fc_error *err)
{
    const fc_cover_op op = {r->content, r->hash, r->id, 1};
    const fc_encoder_record *encoder;
    const fc_output_info *info;
    fc_known_dataset *d;
    fc_status st = fc__writer_output(w, f->version, f->output, &encoder, &info, err);

    if (st == FC_OK)
        st = fc__known_dataset_number(w, dataset, &d, err);
    if (st == FC_OK)
        st = fc__known_all_versions(w, d, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < d->n_versions && st == FC_OK; i++) {
        fc_known_version *v = &d->versions[i];
        fc_coverage_entry *entry;

        if (v->record.number < first || v->record.number > r->last)
            continue;
        entry = fc__version_entry(&v->record, f->version, f->output);
        if (entry == NULL)
            continue;
        st = count_one(w, entry, encoder, info->name, &op, f->hash, err);
        v->dirty = true;
    }
    return st;
}

fc_status fc__cover_fresh(fc_writer *w, fc_error *err)
{
    static const uint8_t zero[FC_ID_HASH_BYTES] = {0};
    fc_cursor c = FC_CURSOR_INIT;
    fc_status st = FC_OK;

    for (size_t i = 0; i < w->n_fresh && st == FC_OK; i++) {
        const fc_fresh_item *f = &w->fresh[i];
        const fc_key from = fc__key_holder(f->content, 0, zero, 0);
        fc_span key, value;

        if (f->content >= w->durable_next)
            continue; /* nobody can hold a content that the store does not have */
        if (c.mdb == NULL)
            st = fc__cursor_open(&c, &w->reader, FC_TABLE_HOLDER, err);
        if (st == FC_OK)
            st = fc__cursor_seek(&c, &from, &key, &value, err);
        while (st == FC_OK && fc__span_has_prefix(key, from.bytes, 8)) {
            fc_sample_record r;
            uint32_t dataset, first;

            st = holder_row(w, key, &dataset, &first, &r, err);
            if (st == FC_OK)
                st = cover_row(w, f, dataset, first, &r, err);
            if (st == FC_OK)
                st = fc__cursor_next(&c, &key, &value, err);
        }
        if (st == FC_E_NOT_FOUND)
            st = FC_OK;
    }
    fc__cursor_close(&c);
    return st;
}

fc_status fc__cover_scan(fc_writer *w, fc_known_dataset *d, fc_known_version *v,
                         fc_coverage_entry *entry, fc_error *err)
{
    /* In the order of the holder table, which is that of contents: each block is decoded once. */
    const fc_key from = {.n = 1};
    const uint32_t number = v->record.number;
    fc_cover_ops ops = {NULL, 0, 0};
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &w->reader, FC_TABLE_HOLDER, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    for (; st == FC_OK; st = fc__cursor_next(&c, &key, &value, err)) {
        fc_sample_record r;
        uint32_t dataset, first;
        uint64_t content;
        const uint8_t *hash;

        if (fc__key_holder_read(key, &content, &dataset, &hash, &first) &&
            (dataset != d->header.number || first > number))
            continue;
        st = holder_row(w, key, &dataset, &first, &r, err);
        if (st == FC_OK && r.last >= number)
            st = fc__cover_ops_add(&ops, &r, 1, err);
        if (st == FC_OK && ops.n >= SCAN_STEP) {
            st = fc__cover_apply(w, &ops, v, entry, err);
            ops.n = 0;
        }
        if (st != FC_OK)
            break;
    }
    if (st == FC_E_NOT_FOUND)
        st = fc__cover_apply(w, &ops, v, entry, err);
    free(ops.list);
    fc__cursor_close(&c);
    return st;
}

fc_status fc__version_count(fc_writer *w, fc_known_version *v, const fc_sample_record *r, int sign,
                            fc_error *err)
{
    fc_u128 digest;
    const fc_status st = fc__sample_digest(r, &w->scratch, &digest, err);

    if (st != FC_OK)
        return st;
    if (sign > 0) {
        v->record.n_samples++;
        v->record.digest = fc__u128_add(v->record.digest, digest);
    } else {
        v->record.n_samples--;
        v->record.digest = fc__u128_sub(v->record.digest, digest);
    }
    v->dirty = true;
    return FC_OK;
}
