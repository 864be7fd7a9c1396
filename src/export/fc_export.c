/*
 * Features out of the store, each block decoded once, in the order of content numbers; a content
 * that several samples hold comes once for each.
 */
#include "fc_export.h"

#include <stdio.h>
#include <string.h>

#include "export_files.h"
#include "fc_file.h"
#include "fc_store_read.h"

typedef struct exporting {
    fc_snapshot *snapshot;
    const fc_export_options *opts;
    const char *dir;
    const fc_dataset_info *dataset; /* NULL: all */
    const fc_dataset_version *version;
    const fc_dataset_info *datasets; /* all */
    size_t n_datasets;
    fc_export_report *report;
} exporting;

/* One item on its way to the samples that hold it. */
typedef struct handing {
    const exporting *x;
    fc_version_id version;
    fc_output_id output;
    fc_export_files *files;
    const float *rows;
    uint64_t n_rows;
    size_t row_elements;
    uint64_t n_written;
    fc_status status;
    fc_error *err;
} handing;

static bool version_seals(const fc_dataset_version *v, const handing *h)
{
    for (size_t i = 0; v->state == FC_SEALED && i < v->n_coverage; i++)
        if (v->coverage[i].version == h->version && v->coverage[i].output == h->output)
            return v->coverage[i].sealed;
    return false;
}

/* Whether a sealed version of the sample's data set holds this output: what an unfinished ingest
 * has put is not exported. */
static bool is_sealed(const handing *h, const char *dataset)
{
    for (size_t d = 0; d < h->x->n_datasets; d++) {
        const fc_dataset_info *info = &h->x->datasets[d];

        for (size_t i = 0; strcmp(info->name, dataset) == 0 && i < info->n_versions; i++)
            if (version_seals(&info->versions[i], h))
                return true;
    }
    return false;
}

static bool hand_out(void *context, const fc_sample *sample)
{
    handing *h = context;

    if (!is_sealed(h, sample->dataset))
        return false;
    h->status = fc__export_files_add(h->files, sample, h->rows, h->n_rows, h->row_elements, h->err);
    h->n_written += h->status == FC_OK;
    return h->status != FC_OK;
}

static bool is_cancelled(const exporting *x)
{
    const fc_watch *w = x->opts->watch;

    return w != NULL && w->cancelled != NULL && w->cancelled(w->context);
}

static fc_status export_batch(exporting *x, const fc_item_batch *batch, handing *h, fc_error *err)
{
    fc_status st = FC_OK;

    h->row_elements = batch->row_elements;
    for (size_t i = 0; st == FC_OK && i < batch->n_items; i++) {
        h->rows = batch->rows + batch->row_offsets[i] * batch->row_elements;
        h->n_rows = batch->row_offsets[i + 1] - batch->row_offsets[i];
        st = fc__snapshot_holders(x->snapshot, batch->contents[i],
                                  x->dataset != NULL ? x->dataset->name : NULL,
                                  x->dataset != NULL ? x->version->number : 0, hand_out, h, err);
        if (st == FC_OK)
            st = h->status;
    }
    return st;
}

static fc_status export_items(exporting *x, const fc_encoder_info *e, const fc_output_info *o,
                              handing *h, fc_error *err)
{
    fc_item_batch batch;
    fc_items *it;
    fc_status st;

    st = fc_items_open(&it, x->snapshot, e->id, o->id, err);
    if (st != FC_OK)
        return st;
    while ((st = fc_items_next(it, &batch, err)) == FC_OK) {
        st = export_batch(x, &batch, h, err);
        if (st == FC_OK && is_cancelled(x))
            st = fc_error_set(err, FC_E_CANCELLED, "stopped on request");
        if (st != FC_OK)
            break;
        if (x->opts->watch != NULL && x->opts->watch->progress != NULL)
            x->opts->watch->progress(x->opts->watch->context, o->name, h->n_written, 0);
    }
    fc_items_close(it);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

static fc_status export_output(exporting *x, const fc_encoder_info *e, const fc_output_info *o,
                               fc_error *err)
{
    handing h = {.x = x, .version = e->id, .output = o->id, .err = err};
    char name[256];
    fc_status st;

    snprintf(name, sizeof(name), "%s-%.12s.%s", e->name, e->fingerprint, o->name);
    st = fc__export_files_begin(&h.files, x->dir, name, x->opts->format, o, err);
    if (st != FC_OK)
        return st;
    st = export_items(x, e, o, &h, err);
    if (st != FC_OK || h.n_written == 0) { /* nothing of this data set: no empty files */
        fc__export_files_abort(h.files);
        return st;
    }
    x->report->n_rows += h.n_written;
    return fc__export_files_commit(h.files, &x->report->n_files, err);
}

static fc_status export_encoder(exporting *x, const fc_encoder_info *e, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t k = 0; st == FC_OK && k < e->n_outputs; k++)
        if (x->opts->output == NULL || strcmp(x->opts->output, e->outputs[k].name) == 0)
            st = export_output(x, e, &e->outputs[k], err);
    return st;
}

/* What both ways begin with. */
static fc_status begin(exporting *x, fc_error *err)
{
    fc_status st = FC_OK;

    if (x->opts->dataset != NULL)
        st = fc_snapshot_find_dataset(x->snapshot, x->opts->dataset, &x->dataset, &x->version, err);
    if (st == FC_OK)
        st = fc_snapshot_datasets(x->snapshot, &x->datasets, &x->n_datasets, err);
    return st == FC_OK ? fc__make_folders(x->dir, err) : st;
}

fc_status fc__export_outputs(fc_snapshot *s, const char *dir, const fc_export_options *opts,
                             fc_export_report *report, fc_error *err)
{
    exporting x = {.snapshot = s, .opts = opts, .dir = dir, .report = report};
    const fc_encoder_info *list = NULL, *only = NULL;
    size_t n = 0;
    fc_status st = FC_OK;

    if (opts->encoder != NULL)
        st = fc_snapshot_find_encoder(s, opts->encoder, &only, err);
    if (st == FC_OK)
        st = fc_snapshot_encoders(s, &list, &n, err);
    if (st == FC_OK)
        st = fc__check_output_name(list, n, only, opts->output, false, err);
    if (st == FC_OK)
        st = begin(&x, err);
    for (size_t i = 0; st == FC_OK && i < n; i++)
        if (only == NULL || only->id == list[i].id)
            st = export_encoder(&x, &list[i], err);
    return st;
}

/* ---- rows from elsewhere ---- */

static fc_status hand_rows(exporting *x, const fc_export_lane *lane, uint32_t dim, handing *h,
                           fc_error *err)
{
    fc_row_batch batch;
    fc_status st;

    h->version = lane->version;
    h->output = lane->output;
    while ((st = lane->rows.next(lane->rows.self, &batch, err)) == FC_OK) {
        for (size_t i = 0; st == FC_OK && i < batch.n; i++) {
            h->rows = batch.rows + i * dim;
            h->n_rows = 1;
            h->row_elements = dim;
            st = fc__snapshot_holders(
                x->snapshot, batch.contents[i], x->dataset != NULL ? x->dataset->name : NULL,
                x->dataset != NULL ? x->version->number : 0, hand_out, h, err);
            if (st == FC_OK)
                st = h->status;
        }
        if (st == FC_OK && is_cancelled(x))
            st = fc_error_set(err, FC_E_CANCELLED, "stopped on request");
        if (st != FC_OK)
            return st;
        if (x->opts->watch != NULL && x->opts->watch->progress != NULL)
            x->opts->watch->progress(x->opts->watch->context, "rows", h->n_written, 0);
    }
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

fc_status fc__export_lanes(fc_snapshot *s, const char *dir, const char *name, uint32_t dim,
                           const fc_export_lane *lanes, size_t n, const fc_export_options *opts,
                           fc_export_report *report, fc_error *err)
{
    const fc_output_info rows = {.name = name, .precision = FC_F32, .rank = 1, .shape = {dim}};
    exporting x = {.snapshot = s, .opts = opts, .dir = dir, .report = report};
    handing h = {.x = &x, .err = err};
    fc_status st = begin(&x, err);

    if (st == FC_OK)
        st = fc__export_files_begin(&h.files, dir, name, opts->format, &rows, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n && st == FC_OK; i++)
        st = hand_rows(&x, &lanes[i], dim, &h, err);
    if (st != FC_OK || h.n_written == 0) {
        fc__export_files_abort(h.files);
        return st;
    }
    report->n_rows += h.n_written;
    return fc__export_files_commit(h.files, &report->n_files, err);
}
