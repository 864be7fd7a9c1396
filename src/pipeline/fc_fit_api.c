/*
 * fc_space_fit(): fit, then store the space with its heads in one transaction.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_queue.h"
#include "fc_store_read.h"
#include "fit_run.h"

static fc_status check(const fc_store *store, const fc_space_fit_options *o, fc_error *err)
{
    if (o->struct_size != sizeof(*o))
        return fc_error_set(err, FC_E_INVALID,
                            "fit options: struct_size is %zu; start from FC_SPACE_FIT_OPTIONS_INIT",
                            o->struct_size);
    if (fc__store_is_read_only(store))
        return fc_error_set(err, FC_E_INVALID, "%s is open read-only", fc_store_path(store));
    if (o->space == NULL || !fc__space_name_ok(o->space))
        return fc_error_set(err, FC_E_INVALID,
                            "space name '%.80s': 1 to 63 of a-z 0-9 . _ -, beginning with a letter "
                            "or digit",
                            o->space != NULL ? o->space : "");
    if (!(o->test_share >= 0 && o->test_share < 1))
        return fc_error_set(err, FC_E_INVALID, "test share %g: at least 0, below 1", o->test_share);
    if (o->keep_none && o->test_share > 0)
        return fc_error_set(err, FC_E_INVALID, "test share %g, and no group is to be kept",
                            o->test_share);
    return FC_OK;
}

void fc_space_fit_report_dispose(fc_space_fit_report *report)
{
    free(report->tried_json);
    report->tried_json = NULL;
}

static void describe(fc_space_fit_report *out, fc_fitted *f, const fc_space_groups *groups,
                     const fc_space_row *row)
{
    out->version = row->version;
    out->dim = row->dim;
    snprintf(out->dim_why, sizeof(out->dim_why), "%s", f->report.dim_why);
    snprintf(out->method, sizeof(out->method), "%s", row->origin.method);
    out->n_groups = f->report.n_groups;
    out->n_items = f->report.n_items;
    out->n_skipped = f->report.n_skipped;
    out->n_unpaired = f->n_unpaired;
    out->n_mixed = groups->n_mixed;
    out->by_name = groups->by_name;
    out->seconds = f->report.seconds;
    for (size_t i = 0; i < groups->n_groups; i++)
        out->n_test += groups->groups[i].side == FC_SIDE_TEST;
    out->tried_json = f->report.tried_json;
    f->report.tried_json = NULL;
}

/* What is to be stored of a fit: it refers to no snapshot. */
typedef struct product {
    fc_space_row row;
    fc_buf artefacts[FC_SPACE_MEMBERS_MAX + 1];
    size_t n;
} product;

static void dispose_product(product *p)
{
    fc__space_row_dispose(&p->row);
    for (size_t i = 0; i < p->n; i++)
        fc_buf_dispose(&p->artefacts[i]);
}

/* Read, fit, and make what is to be stored, with one snapshot. */
static fc_status make(product *out, fc_fitted *fitted, fc_space_groups *groups, fc_store *store,
                      const fc_space_fit_options *opts, fc_error *err)
{
    const fc_split_wish wish = {.dataset = opts->dataset,
                                .train = opts->split,
                                .hashed = opts->ignore_splits,
                                .seed = opts->split_seed,
                                .test_share = opts->test_share,
                                .keep_none = opts->keep_none};
    fc_snapshot *snapshot = NULL;
    fc_status st = fc_snapshot_begin(&snapshot, store, err);

    if (st == FC_OK)
        st = fc__space_groups_read(groups, snapshot, &wish, err);
    if (st == FC_OK && opts->split != NULL && !groups->by_name)
        st = fc_error_set(err, FC_E_INVALID, "split '%.64s': %s; leave the split out", opts->split,
                          opts->ignore_splits ? "splits of samples are to be ignored"
                                              : "no sample names a split");
    if (st == FC_OK)
        st = fc__fit_run(fitted, snapshot, groups, opts, err);
    if (st == FC_OK)
        st = fc__fitted_row(fitted, opts, &out->row, out->artefacts, &out->n, err);
    fc_snapshot_end(snapshot);
    return st;
}

fc_status fc_space_fit(fc_store *store, const fc_space_fit_options *opts,
                       fc_space_fit_report *report, fc_error *err)
{
    fc_space_groups groups = {.n_groups = 0};
    fc_fitted fitted = {.n_seen = 0};
    product p = {.n = 0};
    fc_status st;

    memset(report, 0, sizeof(*report));
    for (size_t i = 0; i <= FC_SPACE_MEMBERS_MAX; i++)
        p.artefacts[i] = (fc_buf)FC_BUF_INIT;
    st = check(store, opts, err);
    if (st == FC_OK)
        st = make(&p, &fitted, &groups, store, opts, err);
    if (st == FC_OK)
        st = fc__store_put_space(store, &p.row, p.artefacts, p.n, &report->changed, err);
    if (st == FC_OK)
        describe(report, &fitted, &groups, &p.row);
    dispose_product(&p);
    fc__fitted_dispose(&fitted);
    fc__space_groups_dispose(&groups);
    return st;
}
