/*
 * What an audit of a space is about: the contents of each modality that have a vector in it, and a
 * seeded sample of them with their rows.
 */
#include <stdlib.h>
#include <string.h>

#include "audit_draw.h"
#include "audit_space_run.h"
#include "fc_alloc.h"
#include "fc_measured.h"
#include "fc_spectrum.h"
#include "search_rows.h"

/* One output as a space of one branch. */
static fc_status open_output(fc_space_audit_run *run, fc_error *err)
{
    const fc_audit_space_options *o = run->opts;
    const fc_pick_wish wish = {.encoder = o->encoder,
                               .output = o->output,
                               .dataset = run->filter.dataset,
                               .version = run->filter.version};
    fc_audit_space_report *report = &run->out->public;
    fc_picked picked;
    fc_status st = fc__pick_output(run->snapshot, &wish, &picked, err);

    if (st != FC_OK)
        return st;
    run->method.name = picked.encoder->name;
    run->method.view.branches[0] = fc__branch_of_output(&picked);
    run->method.view.n_branches = 1;
    run->method.view.row.dim = run->method.view.branches[0].dim;
    run->method.has_view = true;
    st = fc__audit_own_text(&run->out->owned, picked.encoder->name, &report->encoder, err);
    if (st == FC_OK)
        st = fc__audit_own_text(&run->out->owned, picked.encoder->fingerprint, &report->fingerprint,
                                err);
    return st == FC_OK
               ? fc__audit_own_text(&run->out->owned, picked.output->name, &report->output, err)
               : st;
}

static fc_status open_space(fc_space_audit_run *run, fc_error *err)
{
    fc_audit_space_report *report = &run->out->public;
    fc_status st = fc__eval_method_open(&run->method, run->snapshot, run->opts->space, err);

    if (st != FC_OK)
        return st;
    report->version = run->method.version;
    return fc__audit_own_text(&run->out->owned, run->method.view.row.name, &report->space, err);
}

static fc_status open_asked(fc_space_audit_run *run, fc_error *err)
{
    const fc_audit_space_options *o = run->opts;
    fc_status st = FC_OK;

    if (o->dataset != NULL)
        st = fc_snapshot_find_dataset(run->snapshot, o->dataset, &run->filter.dataset,
                                      &run->filter.version, err);
    if (st == FC_OK)
        st = o->space != NULL ? open_space(run, err) : open_output(run, err);
    run->dim = run->method.view.row.dim;
    run->out->public.dim = run->dim;
    return st;
}

/* --- which contents --- */

/* The contents that any branch of the modality has, each once. */
static fc_status list_contents(fc_space_audit_run *run, fc_space_items *items, fc_error *err)
{
    size_t room = 0;
    fc_status st = FC_OK;

    for (size_t i = 0; i < run->method.view.n_branches && st == FC_OK; i++) {
        const fc_space_branch *b = &run->method.view.branches[i];
        uint64_t *list = NULL;
        size_t n = 0;

        if (b->modality != items->modality || !fc__branch_is_stored(b))
            continue;
        st = fc__lane_contents(run->snapshot, &b->stored[0], &run->filter, &list, &n, err);
        if (st == FC_OK)
            st = fc__grow_array(&items->contents, &room, items->n + n, sizeof(*list), err);
        if (st == FC_OK && n > 0)
            memcpy(items->contents + items->n, list, n * sizeof(*list));
        items->n += st == FC_OK ? n : 0;
        free(list);
    }
    items->n = fc__audit_unique(items->contents, items->n);
    return st;
}

/* --- the sample --- */

static fc_status draw(const fc_space_audit_run *run, fc_space_items *items, fc_error *err)
{
    items->asked = fc__alloc_array(items->n, sizeof(*items->asked));
    if (items->asked == NULL)
        return fc__nomem(err, items->n * sizeof(*items->asked), "a sample of contents");
    memcpy(items->asked, items->contents, items->n * sizeof(*items->asked));
    return fc__audit_draw(items->asked, items->n, run->opts->sample, run->opts->seed,
                          &items->n_asked, err);
}

fc_status fc__space_audit_rows(const fc_space_audit_run *run, size_t at, const uint64_t *contents,
                               size_t n, float *rows, bool *ok, fc_error *err)
{
    fc_eval_rows source = {.method = &run->method,
                           .snapshot = run->snapshot,
                           .modality = run->items[at].modality,
                           .contents = contents};

    return fc__eval_rows(&source, 0, n, rows, ok, err);
}

/* The sample's rows; what has none is dropped. */
static fc_status read_rows(fc_space_audit_run *run, size_t at, fc_error *err)
{
    fc_space_items *items = &run->items[at];
    bool *ok = fc__alloc_array(items->n_asked, sizeof(*ok));
    size_t kept = 0;
    fc_status st;

    items->rows = fc__alloc_bare(items->n_asked, run->dim * sizeof(*items->rows));
    if (ok == NULL || items->rows == NULL) {
        free(ok);
        return fc__nomem(err, items->n_asked * run->dim * sizeof(*items->rows), "sampled rows");
    }
    st = fc__space_audit_rows(run, at, items->asked, items->n_asked, items->rows, ok, err);
    for (size_t i = 0; i < items->n_asked && st == FC_OK; i++) {
        if (!ok[i])
            continue;
        if (kept != i)
            memmove(items->rows + kept * run->dim, items->rows + i * run->dim,
                    run->dim * sizeof(*items->rows));
        items->asked[kept++] = items->asked[i];
    }
    if (st == FC_OK)
        items->n_asked = kept;
    free(ok);
    return st;
}

/* --- all together --- */

static void dispose(fc_space_items *items)
{
    free(items->contents);
    free(items->asked);
    free(items->rows);
    *items = (fc_space_items){.n = 0};
}

/* What the samples of n modalities and the sums over them take, at most. */
static fc_status check_memory(const fc_space_audit_run *run, size_t n, fc_error *err)
{
    const double rows = (double)run->opts->sample * (double)run->dim * sizeof(float);
    const double sums = run->dim <= FC_AUDIT_FOLDED_DIM   ? (double)n * FC_AUDIT_FOLDS + 3
                        : run->dim <= FC_AUDIT_RANKED_DIM ? (double)n + 3
                                                          : 0;
    /* The classifiers copy two modalities' rows, standardised. */
    const double needed =
        rows * ((double)n + 4) + sums * (double)fc__cross_moments_bytes(run->dim, 0);

    if (needed <= (double)run->opts->memory_bytes)
        return FC_OK;
    return fc_error_set(err, FC_E_LIMIT,
                        "samples of %zu x %zu elements of %zu modalities need some %.0f MiB, and "
                        "%.0f may be used: take a smaller sample or more memory",
                        run->opts->sample, run->dim, n, needed / 1048576,
                        (double)run->opts->memory_bytes / 1048576);
}

static bool has_branch(const fc_space_audit_run *run, fc_modality m)
{
    for (size_t i = 0; i < run->method.view.n_branches; i++)
        if (run->method.view.branches[i].modality == m &&
            fc__branch_is_stored(&run->method.view.branches[i]))
            return true;
    return false;
}

static fc_status add_modality(fc_space_audit_run *run, fc_modality m, fc_error *err)
{
    fc_space_items *items = &run->items[run->n_items];
    fc_status st;

    *items = (fc_space_items){.modality = m};
    st = list_contents(run, items, err);
    if (st == FC_OK && items->n >= FC_AUDIT_LEAST)
        st = draw(run, items, err);
    if (st == FC_OK && items->n >= FC_AUDIT_LEAST) {
        st = read_rows(run, run->n_items, err);
        if (st == FC_OK && items->n_asked >= FC_AUDIT_LEAST) {
            run->n_items++;
            return FC_OK;
        }
    }
    if (st == FC_OK)
        st = fc__space_audit_note(run->out, err,
                                  "%s is left out: %zu items with a vector, and fewer than %u "
                                  "measure nothing",
                                  fc_modality_name(m),
                                  items->rows != NULL ? items->n_asked : items->n, FC_AUDIT_LEAST);
    dispose(items);
    return st;
}

fc_status fc__space_audit_items(fc_space_audit_run *run, fc_error *err)
{
    fc_status st = open_asked(run, err);

    for (fc_modality m = FC_IMAGE; m <= FC_VECTOR && st == FC_OK; m = (fc_modality)(m + 1)) {
        if (!has_branch(run, m))
            continue;
        st = fc__space_audit_step(run, "read", run->n_items, FC_AUDIT_MODALITIES, err);
        if (st == FC_OK)
            st = check_memory(run, run->n_items + 1, err);
        if (st == FC_OK)
            st = add_modality(run, m, err);
    }
    if (st == FC_OK && run->n_items == 0)
        st =
            fc_error_set(err, FC_E_INVALID,
                         "'%.80s' has no modality with %u items or more in %s: there is too little "
                         "to audit",
                         run->method.name, FC_AUDIT_LEAST,
                         run->opts->dataset != NULL ? run->opts->dataset : "the store");
    return st;
}
