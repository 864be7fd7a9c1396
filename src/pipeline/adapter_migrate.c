/*
 * fc_adapter_migrate(): what the old version has encoded, through the map, as an encoder version of
 * its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <featcache/adapt.h>

#include "adapter_store.h"
#include "fc_alloc.h"
#include "fc_queue.h"
#include "fc_store_read.h"
#include "fc_store_write.h"
#include "search_live.h"

#define COMMIT_BYTES ((size_t)32 << 20)

typedef struct migrating {
    fc_snapshot *snapshot;
    fc_space_row row;
    fc_head head;
    fc_picked old, new_one;
    char name[sizeof(((fc_adapter_migration *)0)->encoder)];
    fc_sha256 fingerprint;
    fc_buf provenance;
    fc_writer *writer;
    fc_encoder_ids ids;
    fc_item_layout layout;
    fc_adapter_migration *report;
} migrating;

/* Over all that can change the numbers: both versions, the map, the output. */
static fc_status identify(migrating *m, fc_error *err)
{
    static const char tag[] = "featcache migrated 1";
    const fc_space_member *to = &m->row.members[FC_ADAPTER_TARGET];
    const fc_space_member *from = &m->row.members[FC_ADAPTER_SOURCE];
    char hash[FC_ARTEFACT_HEX_BYTES];
    fc_buf bytes = FC_BUF_INIT;
    fc_status st = fc_buf_append(&bytes, tag, sizeof(tag), err);

    if (st == FC_OK)
        st = fc_buf_append(&bytes, from->fingerprint.bytes, FC_SHA256_BYTES, err);
    if (st == FC_OK)
        st = fc_buf_append(&bytes, to->fingerprint.bytes, FC_SHA256_BYTES, err);
    if (st == FC_OK)
        st = fc_buf_append(&bytes, m->row.heads[0].bytes, sizeof(m->row.heads[0].bytes), err);
    if (st == FC_OK)
        st = fc_buf_append(&bytes, to->output, strlen(to->output), err);
    if (st == FC_OK)
        st = fc__sha256(bytes.data, bytes.size, &m->fingerprint, err);
    fc_buf_dispose(&bytes);
    fc__artefact_hex(&m->row.heads[0], hash);
    snprintf(m->name, sizeof(m->name), "%.*s.migrated", (int)(sizeof(m->name) - 10), to->encoder);
    if (st == FC_OK)
        st = fc_buf_append_fmt(
            &m->provenance, err,
            FC_MIGRATED_PROVENANCE " adapter=%s from=%s@%s into=%s@%s featcache=%s", hash,
            m->old.encoder->name, m->old.encoder->fingerprint, m->new_one.encoder->name,
            m->new_one.encoder->fingerprint, FC_BUILD_VERSION);
    return st == FC_OK ? fc_buf_append(&m->provenance, "", 1, err) : st;
}

static fc_status load(migrating *m, const char *name, fc_error *err)
{
    fc_status st = fc__adapter_find(m->snapshot, name, &m->row, err);

    if (st == FC_OK && !m->row.adapter.migrates)
        st = fc_error_set(err, FC_E_INVALID,
                          "adapter '%s' maps queries, not what is stored: fit one to migrate by",
                          m->row.name);
    if (st == FC_OK)
        st = fc__adapter_side(m->snapshot, &m->row.members[FC_ADAPTER_TARGET], m->row.dim,
                              &m->new_one, err);
    if (st == FC_OK)
        st = fc__adapter_side(m->snapshot, &m->row.members[FC_ADAPTER_SOURCE], 0, &m->old, err);
    if (st == FC_OK && (m->old.encoder == NULL || m->new_one.encoder == NULL))
        st = fc_error_set(err, FC_E_NOT_FOUND,
                          "adapter '%s' is between versions of which the store has not both",
                          m->row.name);
    if (st == FC_OK)
        st = fc__adapter_head(m->snapshot, &m->row, &m->head, err);
    return st == FC_OK ? identify(m, err) : st;
}

/* Data sets that are to be covered; one that an ingest is at work on would be sealed half done. */
static fc_status check_datasets(const fc_dataset_info *list, size_t n, fc_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].n_versions > 0 && list[i].versions[list[i].n_versions - 1].state == FC_BUILDING)
            return fc_error_set(err, FC_E_INVALID,
                                "data set '%s' is being built: finish its ingest first",
                                list[i].name);
    return FC_OK;
}

static fc_status describe(migrating *m, fc_error *err)
{
    fc_output_info output = *m->new_one.output;
    const fc_encoder_desc desc = {.name = m->name,
                                  .fingerprint = m->fingerprint,
                                  .modality = m->new_one.encoder->modality,
                                  .card = m->new_one.encoder->card, /* which embeds queries */
                                  .provenance = (const char *)m->provenance.data,
                                  .n_outputs = 1,
                                  .outputs = &output};
    fc_status st = fc__writer_encoder(m->writer, &desc, &m->ids, err);

    m->layout = (fc_item_layout){.dtype = m->ids.precisions[0],
                                 .item_rank = 1,
                                 .row_rank = 1,
                                 .row_shape = {output.shape[0]}};
    return st;
}

/* --- items --------------------------------------------------------------------------------------
 */

static fc_status put_item(migrating *m, uint64_t content, const float *row, fc_buf *bytes,
                          fc_error *err)
{
    fc_quant_error error = {0};
    fc_item item = {
        .content = content, .n_rows = 1, .total_rows = 1, .provenance = m->ids.provenance};
    fc_status st;

    bytes->size = 0;
    st = fc__item_quantise(&m->layout, row, 1, bytes, &error, err);
    item.bytes = bytes->data;
    if (st == FC_OK)
        st = fc__writer_item(m->writer, m->ids.version, m->ids.outputs[0], &m->layout, &item,
                             &error, err);
    m->report->n_items += st == FC_OK;
    return st;
}

static fc_status put_batch(migrating *m, const fc_item_batch *batch, fc_buf *bytes, fc_error *err)
{
    const size_t q = m->head.dim;
    float *mapped = fc__alloc_bare(batch->n_items, q * sizeof(*mapped));
    bool *ok = fc__alloc_array(batch->n_items, sizeof(*ok));
    fc_status st = FC_OK;

    if (mapped == NULL || ok == NULL)
        st = fc__nomem(err, batch->n_items * q * sizeof(*mapped), "mapped features");
    if (st == FC_OK)
        st = fc__head_apply_vectors(&m->head, batch->rows, batch->n_items, mapped, ok, err);
    for (size_t i = 0; i < batch->n_items && st == FC_OK; i++) {
        if (ok[i])
            st = put_item(m, batch->contents[i], mapped + i * q, bytes, err);
        else
            m->report->n_skipped++;
    }
    if (st == FC_OK && fc__writer_pending_bytes(m->writer) > COMMIT_BYTES)
        st = fc__writer_commit(m->writer, err);
    free(ok);
    free(mapped);
    return st;
}

static fc_status put_items(migrating *m, fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_item_batch batch;
    fc_items *it = NULL;
    fc_status st = fc_items_open(&it, m->snapshot, m->old.encoder->id, m->old.output->id, err);

    while (st == FC_OK && (st = fc_items_next(it, &batch, err)) == FC_OK)
        st = put_batch(m, &batch, &bytes, err);
    fc_items_close(it);
    fc_buf_dispose(&bytes);
    return st == FC_E_NOT_FOUND ? fc__writer_commit(m->writer, err) : st;
}

/* --- data sets ----------------------------------------------------------------------------------
 */

/* The items are there: a coverage entry counts them, and sealing without a change keeps the version
 * as it is and only adds the entry. */
static fc_status cover(migrating *m, const fc_dataset_info *d, fc_error *err)
{
    const fc_dataset_version *v = fc__newest_sealed(d);
    const fc_output_ref ref = {m->ids.version, m->ids.outputs[0]};
    fc_seal_result sealed;
    fc_status st = fc__writer_begin_dataset(m->writer, d->name, v->source, d->root, &ref, 1, err);

    if (st == FC_OK)
        st = fc__writer_commit(m->writer, err);
    if (st == FC_OK)
        st = fc__writer_seal(m->writer, true, NULL, NULL, &sealed, err);
    m->report->n_datasets += st == FC_OK;
    return st;
}

static fc_status write_all(migrating *m, fc_store *store, fc_error *err)
{
    const fc_writer_options opts = {.n_threads = fc__cpu_count()};
    const fc_dataset_info *list = NULL;
    size_t n = 0;
    fc_status st = fc_snapshot_datasets(m->snapshot, &list, &n, err);

    if (st == FC_OK)
        st = check_datasets(list, n, err);
    if (st == FC_OK)
        st = fc__writer_open(&m->writer, store, &opts, err);
    if (st == FC_OK)
        st = describe(m, err);
    if (st == FC_OK)
        st = put_items(m, err);
    for (size_t i = 0; i < n && st == FC_OK; i++)
        if (fc__dataset_covers(&list[i], NULL, m->old.encoder->id, m->old.output->id))
            st = cover(m, &list[i], err);
    fc__writer_close(m->writer);
    return st;
}

fc_status fc_adapter_migrate(fc_store *store, const char *name, fc_adapter_migration *report,
                             fc_error *err)
{
    migrating m = {.report = report};
    fc_status st;

    memset(report, 0, sizeof(*report));
    if (fc__store_is_read_only(store))
        return fc_error_set(err, FC_E_INVALID, "%s is open read-only", fc_store_path(store));
    st = fc_snapshot_begin(&m.snapshot, store, err);
    if (st == FC_OK)
        st = load(&m, name, err);
    if (st == FC_OK)
        st = write_all(&m, store, err);
    if (st == FC_OK) {
        snprintf(report->encoder, sizeof(report->encoder), "%s", m.name);
        fc__sha256_hex(&m.fingerprint, report->fingerprint);
    }
    fc_snapshot_end(m.snapshot);
    fc_buf_dispose(&m.provenance);
    fc__head_dispose(&m.head);
    fc__space_row_dispose(&m.row);
    return st;
}
