/*
 * fc_audit_storage(): bytes by version and output, who uses them, what else they could be, advice.
 */
#include <stdlib.h>
#include <string.h>

#include "audit_storage.h"
#include "fc_alloc.h"
#include "fc_queue.h"

/* What the first release of the struct held; never changes. */
#define OPTIONS_SIZE_V1 (offsetof(fc_storage_options, watch) + sizeof(const fc_watch *))

#define DEFAULT_BLOCKS  64
#define DEFAULT_GALLERY 10000
#define DEFAULT_QUERIES 300
#define DEFAULT_MEMORY  (UINT64_C(512) << 20)

static uint64_t or_default(uint64_t given, uint64_t otherwise)
{
    return given != 0 ? given : otherwise;
}

static fc_status resolve_options(fc_storage_options *out, const fc_storage_options *given,
                                 fc_error *err)
{
    *out = (fc_storage_options)FC_STORAGE_OPTIONS_INIT;
    if (given != NULL) {
        if (given->struct_size < OPTIONS_SIZE_V1 || given->struct_size > sizeof(*out))
            return fc_error_set(err, FC_E_INVALID,
                                "storage options: struct_size is %zu; start from "
                                "FC_STORAGE_OPTIONS_INIT",
                                given->struct_size);
        memcpy(out, given, given->struct_size);
    }
    out->n_blocks = or_default(out->n_blocks, DEFAULT_BLOCKS);
    out->n_gallery = or_default(out->n_gallery, DEFAULT_GALLERY);
    out->n_queries = or_default(out->n_queries, DEFAULT_QUERIES);
    out->memory_bytes = or_default(out->memory_bytes, DEFAULT_MEMORY);
    return FC_OK;
}

fc_status fc__storage_go_on(const fc_storage_audit *a, const char *what, uint64_t done,
                            uint64_t total)
{
    const fc_watch *w = a->opts->watch;

    if (w != NULL && w->progress != NULL)
        w->progress(w->context, what, done, total);
    if (w != NULL && w->cancelled != NULL && w->cancelled(w->context))
        return fc_error_set(a->err, FC_E_CANCELLED, "stopped on request");
    return FC_OK;
}

static const fc_output_stat *stat_of(const fc_storage_audit *a, fc_version_id version,
                                     fc_output_id output)
{
    for (size_t i = 0; i < a->n_stats; i++)
        if (a->stats[i].version == version && a->stats[i].output == output)
            return &a->stats[i];
    return NULL;
}

/* Numbers of an output as f32: from its bytes at the stored precision. */
static uint64_t f32_bytes(const fc_output_info *o, uint64_t raw)
{
    uint64_t row = 1;

    if (o->precision != FC_I8)
        return raw / fc_dtype_size(o->precision) * 4;
    for (uint32_t i = o->rank == 1 ? 0 : 1; i < o->rank; i++)
        row *= o->shape[i];
    return raw / (row + 4) * row * 4; /* a scale a row */
}

static fc_status fill_output(fc_storage_audit *a, const fc_encoder_info *e, const fc_output_info *o,
                             fc_storage_output *to, bool measured)
{
    const fc_output_stat *stat = stat_of(a, e->id, o->id);
    fc_status st = FC_OK;

    *to = (fc_storage_output){.output = o->id,
                              .name = fc__strdup(o->name),
                              .precision = o->precision,
                              .searchable = o->searchable};
    if (to->name == NULL)
        return fc__nomem(a->err, strlen(o->name), "a report");
    if (stat == NULL || stat->n_items == 0)
        return FC_OK;
    to->n_items = stat->n_items;
    to->n_blocks = stat->n_blocks;
    to->bytes_raw = stat->bytes_raw;
    to->bytes_f32 = f32_bytes(o, stat->bytes_raw);
    to->bytes_stored = stat->bytes_stored;
    to->rms_error = stat->rms_error;
    to->transforms = fc__strdup(stat->transforms);
    if (to->transforms == NULL)
        return fc__nomem(a->err, strlen(stat->transforms), "a report");
    if (measured)
        st = fc__storage_try(a, e, o, stat, to);
    return st;
}

static fc_status fill_version(fc_storage_audit *a, const fc_encoder_info *e, fc_storage_version *to,
                              bool measured)
{
    fc_storage_output *outputs = fc__alloc_array(e->n_outputs, sizeof(*outputs));
    fc_status st = FC_OK;

    *to = (fc_storage_version){
        .version = e->id, .name = fc__strdup(e->name), .modality = e->modality, .outputs = outputs};
    memcpy(to->fingerprint, e->fingerprint, sizeof(to->fingerprint));
    if (to->name == NULL || outputs == NULL)
        return fc__nomem(a->err, e->n_outputs * sizeof(*outputs), "a report");
    for (size_t k = 0; k < e->n_outputs && st == FC_OK; k++) {
        to->n_outputs = k + 1;
        st = fill_output(a, e, &e->outputs[k], &outputs[k], measured);
        to->bytes_stored += outputs[k].bytes_stored;
    }
    a->report->block_bytes += to->bytes_stored;
    return st;
}

static fc_status fill_versions(fc_storage_audit *a)
{
    const fc_encoder_info *list, *only = NULL;
    size_t n;
    fc_status st = fc_snapshot_encoders(a->snapshot, &list, &n, a->err);

    if (st == FC_OK && a->opts->encoder != NULL)
        st = fc_snapshot_find_encoder(a->snapshot, a->opts->encoder, &only, a->err);
    if (st != FC_OK)
        return st;
    a->report->versions = fc__alloc_array(n, sizeof(*a->report->versions));
    if (a->report->versions == NULL)
        return fc__nomem(a->err, n * sizeof(*a->report->versions), "a report");
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        const bool measured = !a->opts->no_measuring && (only == NULL || only == &list[i]);

        st = fc__storage_go_on(a, "encoder versions", i, n);
        a->report->n_versions = i + 1;
        if (st == FC_OK)
            st = fill_version(a, &list[i], &a->report->versions[i], measured);
    }
    return st;
}

static fc_status fill_store(fc_storage_audit *a)
{
    fc_store_stat stat;
    const fc_status st = fc_stat(a->store, &stat, a->err);

    if (st != FC_OK)
        return st;
    a->report->file_bytes = stat.file_bytes;
    a->report->used_bytes = stat.used_bytes;
    a->report->segment_bytes = stat.segment_bytes;
    return fc_stat_outputs(a->store, &a->stats, &a->n_stats, a->err);
}

fc_status fc_audit_storage(fc_store *store, const fc_storage_options *given,
                           fc_storage_report *report, fc_error *err)
{
    const uint64_t start = fc__now_ns();
    fc_storage_options opts;
    fc_storage_audit a = {.store = store, .opts = &opts, .report = report, .err = err};
    fc_status st = resolve_options(&opts, given, err);

    memset(report, 0, sizeof(*report));
    if (st == FC_OK)
        st = fc_snapshot_begin(&a.snapshot, store, err);
    if (st == FC_OK)
        st = fill_store(&a);
    if (st == FC_OK)
        st = fill_versions(&a);
    if (st == FC_OK)
        st = fc__storage_uses(&a);
    if (st == FC_OK)
        st = fc__storage_segments(&a);
    if (st == FC_OK)
        st = fc__storage_advise(&a);
    fc_output_stats_free(a.stats);
    fc_snapshot_end(a.snapshot);
    report->seconds = (double)(fc__now_ns() - start) * 1e-9;
    return st;
}

static void dispose_version(fc_storage_version *v)
{
    for (size_t k = 0; k < v->n_outputs; k++) {
        free(fc__storage_owned(v->outputs[k].name));
        free(fc__storage_owned(v->outputs[k].transforms));
        free(fc__storage_owned(v->outputs[k].options));
    }
    free(fc__storage_owned(v->outputs));
    free(fc__storage_owned(v->name));
}

void fc_storage_report_dispose(fc_storage_report *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n_versions; i++)
        dispose_version(&r->versions[i]);
    for (size_t i = 0; i < r->n_segments; i++)
        free(fc__storage_owned(r->segments[i].space));
    for (size_t i = 0; i < r->n_advice; i++) {
        free(fc__storage_owned(r->advice[i].text));
        free(fc__storage_owned(r->advice[i].command));
    }
    free(r->versions);
    free(r->segments);
    free(r->advice);
    memset(r, 0, sizeof(*r));
}
