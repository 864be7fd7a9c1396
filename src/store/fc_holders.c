/*
 * Who points at a content, and the failure ledger.
 */
#include "fc_bytes.h"
#include "fc_store_internal.h"

typedef struct holder_call {
    fc_snapshot *snapshot;
    fc_cursor samples;
    const char *dataset; /* NULL: any */
    uint32_t version;    /* 0: the newest sealed */
    fc_sample_out out;
    bool (*each)(void *context, const fc_sample *sample);
    void *context;
    bool stop;
} holder_call;

/* One row of the holder table: does it count, and then give the sample. */
static fc_status one_holder(holder_call *call, fc_span key, fc_error *err)
{
    fc_snapshot *s = call->snapshot;
    uint64_t content;
    uint32_t number, first, version;
    const uint8_t *hash;
    fc_sample_record r;
    fc_key k;
    fc_span value;
    size_t at;
    fc_status st;

    if (!fc__key_holder_read(key, &content, &number, &hash, &first))
        return fc__corrupt(err, FC_TABLE_HOLDER, key, "the key has another layout");
    st = fc__snapshot_dataset_number(s, number, &at, err);
    if (st == FC_E_NOT_FOUND)
        return fc__corrupt(err, FC_TABLE_HOLDER, key, "its data set is missing");
    if (st != FC_OK)
        return st;
    if (call->dataset != NULL && strcmp(call->dataset, s->datasets[at].name) != 0)
        return FC_OK;
    version = call->dataset != NULL && call->version != 0 ? call->version : s->headers[at].sealed;
    if (version == 0 || version > s->headers[at].sealed || first > version)
        return FC_OK;
    k = fc__key_sample(number, hash, first);
    st = fc__row_get(&s->txn, FC_TABLE_SAMPLE, &k, &value, err);
    if (st == FC_E_NOT_FOUND)
        return fc__corrupt(err, FC_TABLE_HOLDER, key, "its sample row is missing");
    if (st == FC_OK)
        st = fc__sample_read(&r, fc__key_span(&k), value, err);
    if (st != FC_OK || r.last < version)
        return st;
    if (r.content != content)
        return fc__corrupt(err, FC_TABLE_HOLDER, key, "its sample row points at another content");
    st = fc__sample_out_fill(&call->out, s->datasets[at].name, &r, err);
    call->out.sample.since = first;
    if (st == FC_OK)
        call->stop = call->each(call->context, &call->out.sample);
    return st;
}

fc_status fc__snapshot_holders(fc_snapshot *s, uint64_t content, const char *dataset,
                               uint32_t version,
                               bool (*each)(void *context, const fc_sample *sample), void *context,
                               fc_error *err)
{
    static const uint8_t zero[FC_ID_HASH_BYTES] = {0};
    const fc_key from = fc__key_holder(content, 0, zero, 0);
    holder_call call = {
        .snapshot = s, .dataset = dataset, .version = version, .each = each, .context = context};
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &s->txn, FC_TABLE_HOLDER, err);

    if (st == FC_OK)
        st = fc__cursor_check_gap(&c, &from, err);
    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    while (st == FC_OK && fc__span_has_prefix(key, from.bytes, 8)) {
        st = one_holder(&call, key, err);
        if (st == FC_OK && call.stop)
            break;
        if (st == FC_OK)
            st = fc__cursor_next(&c, &key, &value, err);
    }
    fc__cursor_close(&c);
    fc__sample_out_dispose(&call.out);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

fc_status fc__snapshot_contents(fc_snapshot *s,
                                bool (*each)(void *context, const fc_sha256 *id, uint64_t content),
                                void *context, fc_error *err)
{
    const fc_key from = {.n = 1};
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &s->txn, FC_TABLE_CONTENT, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    while (st == FC_OK) {
        fc_sha256 id;

        if (key.n != FC_SHA256_BYTES || value.n != 8) {
            st = fc__corrupt(err, FC_TABLE_CONTENT, key, "the row has another layout");
            break;
        }
        memcpy(id.bytes, key.data, sizeof(id.bytes));
        if (each(context, &id, fc_get_le64(value.data)))
            break;
        st = fc__cursor_next(&c, &key, &value, err);
    }
    fc__cursor_close(&c);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

/* The failures of one data set; *stopped when the callback wants no more. */
static fc_status failures_of(fc_snapshot *s, size_t at,
                             bool (*each)(void *context, const fc_failure *failure), void *context,
                             bool *stopped, fc_error *err)
{
    static const uint8_t zero[FC_ID_HASH_BYTES] = {0};
    const fc_key from = fc__key_failure(s->headers[at].number, zero, 0);
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &s->txn, FC_TABLE_FAILURE, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    while (st == FC_OK && fc__span_has_prefix(key, from.bytes, 4)) {
        fc_failure_record r;
        uint32_t number;
        fc_version_id version;
        const uint8_t *hash;
        fc_failure f;

        if (!fc__key_failure_read(key, &number, &hash, &version)) {
            st = fc__corrupt(err, FC_TABLE_FAILURE, key, "the key has another layout");
            break;
        }
        st = fc__failure_read(&r, key, value, err);
        if (st != FC_OK)
            break;
        f = (fc_failure){.dataset = s->datasets[at].name,
                         .id = r.id,
                         .version = version,
                         .reason = r.reason,
                         .time_ns = r.time_ns,
                         .tries = r.tries};
        *stopped = each(context, &f);
        if (*stopped)
            break;
        st = fc__cursor_next(&c, &key, &value, err);
    }
    fc__cursor_close(&c);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

fc_status fc_snapshot_failures(fc_snapshot *s, const char *dataset,
                               bool (*each)(void *context, const fc_failure *failure),
                               void *context, fc_error *err)
{
    const fc_dataset_info *list;
    size_t n;
    bool stopped = false, found = dataset == NULL;
    fc_status st = fc_snapshot_datasets(s, &list, &n, err);

    for (size_t i = 0; st == FC_OK && i < n && !stopped; i++) {
        if (dataset != NULL && strcmp(dataset, list[i].name) != 0)
            continue;
        found = true;
        st = failures_of(s, i, each, context, &stopped, err);
    }
    if (st == FC_OK && !found)
        return fc_error_set(err, FC_E_NOT_FOUND, "no data set '%.160s'", dataset);
    return st;
}
