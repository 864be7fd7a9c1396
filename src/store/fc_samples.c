/*
 * Samples of a data-set version: in the order of their ids' hashes, and by id.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_store_internal.h"

struct fc_samples {
    fc_snapshot *snapshot;
    char *dataset;
    uint32_t number; /* of the data set */
    uint32_t version;
    fc_cursor cursor;
    bool started, ended;
    fc_sample_out out;
};

/* The metadata list of the public sample, over the parsed one. */
static fc_status fill_list(fc_sample_out *out, fc_error *err)
{
    fc_status st = fc__grow_array(&out->list, &out->capacity, out->meta.n, sizeof(*out->list), err);

    for (size_t i = 0; i < out->meta.n && st == FC_OK; i++) {
        const fc_meta_entry *e = &out->meta.entries[i];

        out->list[i] = (fc_sample_meta){.key = e->key,
                                        .text = e->text,
                                        .is_number = e->kind == FC_META_NUMBER,
                                        .is_bool = e->kind == FC_META_BOOL,
                                        .number = e->number};
    }
    return st;
}

fc_status fc__sample_out_fill(fc_sample_out *out, const char *dataset, const fc_sample_record *r,
                              fc_error *err)
{
    fc_status st;

    fc__meta_clear(&out->meta);
    st = fc__meta_read(&out->meta, r->meta.data, r->meta.n, err);
    if (st == FC_OK)
        st = fill_list(out, err);
    if (st != FC_OK)
        return st;
    out->sample = (fc_sample){.dataset = dataset,
                              .id = r->id,
                              .content = r->content,
                              .modality = r->modality,
                              .group = r->group,
                              .split = r->split,
                              .path = r->path,
                              .preview = r->preview,
                              .start_s = r->start_s,
                              .end_s = r->end_s,
                              .n_meta = out->meta.n,
                              .meta = out->list};
    memcpy(out->sample.content_hash, r->hash.bytes, FC_SHA256_BYTES);
    return FC_OK;
}

void fc__sample_out_dispose(fc_sample_out *out)
{
    fc__meta_dispose(&out->meta);
    free(out->list);
    out->list = NULL;
    out->capacity = 0;
}

const fc_meta *fc__sample_meta(const fc_sample *sample)
{
    /* Every sample that is handed out is the front of a fc_sample_out. */
    return &((const fc_sample_out *)(const void *)sample)->meta;
}

/* "No such row", once the rows beside the place have been seen to be what their keys say. */
static fc_status absent(fc_cursor *c, uint32_t dataset, const uint8_t id_hash[16], uint32_t version,
                        fc_error *err)
{
    const fc_key wanted = fc__key_sample(dataset, id_hash, version);
    const fc_status st = fc__cursor_check_gap(c, &wanted, err);

    return st == FC_OK ? FC_E_NOT_FOUND : st;
}

/* Rows of one id hash have ascending first versions, so the last at or before `version` decides. */
static fc_status row_at_most(fc_cursor *c, uint32_t dataset, const uint8_t id_hash[16],
                             uint32_t version, fc_sample_record *out, fc_span *key, uint32_t *first,
                             fc_error *err)
{
    const fc_key wanted = fc__key_sample(dataset, id_hash, version);
    fc_span value;
    const uint8_t *hash;
    uint32_t number;
    const fc_status st = fc__cursor_seek_back(c, &wanted, key, &value, err);

    if (st == FC_E_NOT_FOUND ||
        (st == FC_OK && !fc__span_has_prefix(*key, wanted.bytes, wanted.n - 4)))
        return absent(c, dataset, id_hash, version, err);
    if (st != FC_OK)
        return st;
    if (!fc__key_sample_read(*key, &number, &hash, first))
        return fc__corrupt(err, FC_TABLE_SAMPLE, *key, "the key has another layout");
    return fc__sample_read(out, *key, value, err);
}

fc_status fc__sample_valid_in(fc_cursor *c, uint32_t dataset, const uint8_t id_hash[16],
                              uint32_t version, fc_sample_record *out, fc_span *key, fc_error *err)
{
    uint32_t first;
    const fc_status st = row_at_most(c, dataset, id_hash, version, out, key, &first, err);

    return st == FC_OK && out->last < version ? absent(c, dataset, id_hash, version, err) : st;
}

fc_status fc__sample_newest(fc_cursor *c, uint32_t dataset, const uint8_t id_hash[16],
                            fc_sample_record *out, uint32_t *first, fc_error *err)
{
    fc_span key;

    return row_at_most(c, dataset, id_hash, FC_VERSION_OPEN, out, &key, first, err);
}

fc_status fc_samples_open(fc_samples **out, fc_snapshot *snapshot, const char *dataset,
                          uint32_t version, fc_error *err)
{
    fc_samples *it;
    const fc_dataset_info *info;
    const fc_dataset_version *v;
    size_t at;
    char text[FC_DATASET_NAME_MAX + 16];
    fc_status st;

    *out = NULL;
    if (strlen(dataset) > FC_DATASET_NAME_MAX || strchr(dataset, '@') != NULL)
        return fc_error_set(err, FC_E_NOT_FOUND, "no data set '%.160s'", dataset);
    if (version == 0)
        snprintf(text, sizeof(text), "%s", dataset);
    else
        snprintf(text, sizeof(text), "%s@%u", dataset, version);
    st = fc_snapshot_find_dataset(snapshot, text, &info, &v, err);
    if (st == FC_OK)
        st = fc__snapshot_dataset_index(snapshot, dataset, &at, err);
    if (st != FC_OK)
        return st;
    it = fc__alloc_array(1, sizeof(*it));
    if (it == NULL)
        return fc__nomem(err, sizeof(*it), "an iterator");
    it->snapshot = snapshot;
    it->number = snapshot->headers[at].number;
    it->version = v->number;
    it->dataset = fc__strdup(dataset);
    st = it->dataset != NULL ? fc__cursor_open(&it->cursor, &snapshot->txn, FC_TABLE_SAMPLE, err)
                             : fc__nomem(err, strlen(dataset), "an iterator");
    if (st != FC_OK) {
        fc_samples_close(it);
        return st;
    }
    *out = it;
    return FC_OK;
}

void fc_samples_close(fc_samples *it)
{
    if (it == NULL)
        return;
    fc__cursor_close(&it->cursor);
    fc__sample_out_dispose(&it->out);
    free(it->dataset);
    free(it);
}

static fc_status give(fc_samples *it, const fc_sample_record *r, uint32_t since,
                      const fc_sample **sample, fc_error *err)
{
    const fc_status st = fc__sample_out_fill(&it->out, it->dataset, r, err);

    it->out.sample.since = since;
    *sample = &it->out.sample;
    return st;
}

fc_status fc_samples_next(fc_samples *it, const fc_sample **sample, fc_error *err)
{
    static const uint8_t zero[FC_ID_HASH_BYTES] = {0};
    const fc_key from = fc__key_sample(it->number, zero, 0);
    fc_span key, value;
    fc_status st;

    *sample = NULL;
    if (it->ended)
        return FC_E_NOT_FOUND;
    /* The row before the first is looked at too: it may be the first with a flipped bit in its key.
     */
    st = it->started ? FC_OK : fc__cursor_check_gap(&it->cursor, &from, err);
    if (st != FC_OK)
        return st;
    st = it->started ? fc__cursor_next(&it->cursor, &key, &value, err)
                     : fc__cursor_seek(&it->cursor, &from, &key, &value, err);
    it->started = true;
    for (; st == FC_OK; st = fc__cursor_next(&it->cursor, &key, &value, err)) {
        fc_sample_record r;
        const uint8_t *hash;
        uint32_t number, first;

        if (!fc__key_sample_read(key, &number, &hash, &first))
            return fc__corrupt(err, FC_TABLE_SAMPLE, key, "the key has another layout");
        if (number != it->number)
            break;
        if (first > it->version)
            continue;
        st = fc__sample_read(&r, key, value, err);
        if (st != FC_OK)
            return st;
        if (r.last >= it->version)
            return give(it, &r, first, sample, err);
    }
    if (st != FC_OK && st != FC_E_NOT_FOUND)
        return st;
    it->ended = true;
    return FC_E_NOT_FOUND;
}

fc_status fc_samples_find(fc_samples *it, const char *id, const fc_sample **sample, fc_error *err)
{
    uint8_t hash[FC_ID_HASH_BYTES];
    fc_sample_record r;
    fc_span key;
    const uint8_t *unused;
    uint32_t number, since;
    fc_status st;

    *sample = NULL;
    fc__sample_id_hash(id, hash);
    st = fc__sample_valid_in(&it->cursor, it->number, hash, it->version, &r, &key, err);
    if (st == FC_OK && !fc__key_sample_read(key, &number, &unused, &since))
        return fc__corrupt(err, FC_TABLE_SAMPLE, key, "the key has another layout");
    if (st != FC_OK)
        return st;
    it->started = true; /* iteration goes on behind it */
    it->ended = false;
    if (strcmp(r.id, id) != 0)
        return FC_E_NOT_FOUND;
    return give(it, &r, since, sample, err);
}
