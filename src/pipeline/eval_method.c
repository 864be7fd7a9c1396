/*
 * Opens a space with the record of its fit, fits it again, and makes rows with it.
 */
#include "eval_method.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

static fc_status read_record(fc_eval_method *m, fc_snapshot *s, const fc_space_row *row,
                             fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_status st;

    if (row->kind != FC_SPACE_HEADED || fc__artefact_is_none(&row->origin.record))
        return FC_OK;
    st = fc__snapshot_artefact(s, &row->origin.record, &bytes, err);
    if (st == FC_OK)
        st = fc__artefact_read_record(&m->record, &bytes, err);
    if (st == FC_OK && m->record.n_seen > 0) {
        m->fitted = true;
        st = fc__fit_options_read(&m->fit, m->record.json, err);
    }
    fc_buf_dispose(&bytes);
    return st;
}

fc_status fc__eval_method_open(fc_eval_method *out, fc_snapshot *s, const char *name, fc_error *err)
{
    fc_status st;

    *out = (fc_eval_method){.name = name};
    st = fc__space_view_open(&out->view, s, name, &out->cache, err);
    out->has_view = true;
    if (st == FC_OK)
        st = read_record(out, s, &out->view.row, err);
    out->version = out->view.row.version;
    return st;
}

static void drop_view(fc_eval_method *m)
{
    if (m->has_view)
        fc__space_view_dispose(&m->view);
    m->has_view = false;
    fc__fitted_dispose(&m->anew);
}

void fc__eval_method_dispose(fc_eval_method *m)
{
    drop_view(m);
    fc__head_cache_dispose(&m->cache);
    fc__fit_record_dispose(&m->record);
    fc__fit_options_dispose(&m->fit);
}

fc_status fc__eval_method_refit(fc_eval_method *m, fc_snapshot *s, const fc_space_groups *groups,
                                const fc_space_fit_options *run, fc_error *err)
{
    fc_space_fit_options opts = m->fit.opts;
    fc_space_row row = {.n_members = 0};
    fc_status st;

    if (!m->fitted)
        return FC_OK;
    opts.n_threads = run->n_threads;
    opts.memory_bytes = run->memory_bytes;
    opts.progress = run->progress;
    opts.cancelled = run->cancelled;
    opts.context = run->context;
    drop_view(m);
    st = fc__fit_run(&m->anew, s, groups, &opts, err);
    if (st == FC_OK)
        st = fc__fit_plan_row(&m->anew.plan, &row, err);
    row.dim = m->anew.report.dim;
    if (st == FC_OK) {
        st = fc__space_view_of(&m->view, s, &row, m->anew.heads, err);
        m->has_view = true;
    }
    fc__space_row_dispose(&row);
    return st;
}

static const fc_space_branch *branch_of(const fc_eval_method *m, fc_modality modality, size_t *at)
{
    while (*at < m->view.n_branches) {
        const fc_space_branch *b = &m->view.branches[(*at)++];

        if (b->modality == modality && fc__branch_is_stored(b))
            return b;
    }
    return NULL;
}

fc_status fc__eval_method_takes(const fc_eval_method *m, fc_modality modality, fc_error *err)
{
    fc_buf list = FC_BUF_INIT;
    size_t at = 0;
    fc_status st;

    if (branch_of(m, modality, &at) != NULL)
        return FC_OK;
    for (size_t i = 0; i < m->view.n_branches; i++)
        (void)fc_buf_append_fmt(&list, NULL, "%s%s%s", list.size > 0 ? ", " : "",
                                fc_modality_name(m->view.branches[i].modality),
                                fc__branch_is_stored(&m->view.branches[i]) ? "" : " (not stored)");
    st = fc_error_set(err, FC_E_INVALID, "space '%.80s' has no stored %s; it takes %.*s", m->name,
                      fc_modality_name(modality), (int)list.size, (const char *)list.data);
    fc_buf_dispose(&list);
    return st;
}

/* Rows of those that no branch before had, read together so that each block is decoded once. */
static fc_status fill_missing(const fc_eval_rows *r, const fc_space_branch *b,
                              const uint64_t *contents, size_t n, float *out, bool *ok,
                              fc_error *err)
{
    uint64_t *missing = fc__alloc_array(n, sizeof(*missing));
    size_t *place = fc__alloc_array(n, sizeof(*place));
    bool *found = fc__alloc_array(n, sizeof(*found));
    float *rows = NULL;
    size_t n_missing = 0;
    fc_status st = FC_OK;

    if (missing == NULL || place == NULL || found == NULL) {
        st = fc__nomem(err, n * sizeof(*missing), "rows to compare");
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        if (!ok[i]) {
            place[n_missing] = i;
            missing[n_missing++] = contents[i];
        }
    rows = fc__alloc_bare(n_missing, b->dim * sizeof(*rows));
    if (rows == NULL) {
        st = fc__nomem(err, n_missing * b->dim * sizeof(*rows), "rows to compare");
        goto done;
    }
    st = fc__branch_rows(b, r->snapshot, missing, n_missing, rows, found, err);
    for (size_t i = 0; i < n_missing && st == FC_OK; i++)
        if (found[i]) {
            memcpy(out + place[i] * b->dim, rows + i * b->dim, b->dim * sizeof(*rows));
            ok[place[i]] = true;
        }

done:
    free(missing);
    free(place);
    free(found);
    free(rows);
    return st;
}

fc_status fc__eval_rows(void *self, size_t first, size_t n, float *out, bool *ok, fc_error *err)
{
    const fc_eval_rows *r = self;
    size_t at = 0;
    const fc_space_branch *b = branch_of(r->method, r->modality, &at);
    fc_status st;

    if (b == NULL)
        return fc__eval_method_takes(r->method, r->modality, err);
    st = fc__branch_rows(b, r->snapshot, r->contents + first, n, out, ok, err);
    while (st == FC_OK && (b = branch_of(r->method, r->modality, &at)) != NULL)
        st = fill_missing(r, b, r->contents + first, n, out, ok, err);
    return st;
}

fc_rank_side fc__eval_rank_side(const fc_eval_side *side, fc_eval_rows *rows)
{
    rows->contents = side->contents;
    return (fc_rank_side){.n = side->n,
                          .contents = side->contents,
                          .first = side->first,
                          .groups = side->groups,
                          .rows = fc__eval_rows,
                          .self = rows};
}
