/*
 * From options and groups to heads, and from heads to what is stored of a space.
 */
#include "fit_run.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_json.h"
#include "fc_queue.h"
#include "fit_data.h"
#include "fit_options.h"

#define MEMORY_DEFAULT (UINT64_C(1) << 30)

void fc__fitted_dispose(fc_fitted *f)
{
    for (size_t i = 0; i < FC_FIT_BRANCHES_MAX; i++)
        fc__head_dispose(&f->heads[i]);
    free(f->report.tried_json);
    free(f->seen);
    *f = (fc_fitted){.n_seen = 0};
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static fc_status take_seen(fc_fitted *f, const fc_fit_data *data, fc_error *err)
{
    f->seen = fc__alloc_array(data->n_groups, sizeof(*f->seen));
    if (f->seen == NULL)
        return fc__nomem(err, data->n_groups * sizeof(*f->seen), "groups");
    memcpy(f->seen, data->keys, data->n_groups * sizeof(*f->seen));
    f->n_seen = data->n_groups;
    qsort(f->seen, f->n_seen, sizeof(*f->seen), by_value);
    return FC_OK;
}

/* Too few, with why: what a fit itself says cannot know where the rest went. */
static fc_status check_count(const fc_fit_store *store, const fc_space_groups *groups,
                             fc_error *err)
{
    size_t n_side = 0;

    if (store->data.n_groups >= FC_FIT_GROUPS_LEAST)
        return FC_OK;
    for (size_t i = 0; i < groups->n_groups; i++)
        n_side += groups->groups[i].side == FC_SIDE_TRAIN;
    return fc_error_set(
        err, FC_E_INVALID,
        "%zu groups to learn from, at least %d are needed: of %zu groups %zu are on "
        "the train side, %zu of these have stored features of fewer than two of the "
        "modalities; %zu samples have no group",
        store->data.n_groups, FC_FIT_GROUPS_LEAST, groups->n_groups, n_side, store->n_unpaired,
        groups->n_without);
}

fc_status fc__fit_run(fc_fitted *out, fc_snapshot *s, const fc_space_groups *groups,
                      const fc_space_fit_options *opts, fc_error *err)
{
    const uint64_t memory = opts->memory_bytes != 0 ? opts->memory_bytes : MEMORY_DEFAULT;
    fc_fit_store store = {.n_contents = 0};
    fc_status st;

    *out = (fc_fitted){.n_seen = 0};
    st = fc__fit_plan_make(&out->plan, s, opts, err);
    if (st == FC_OK)
        st = fc__fit_store_open(&store, s, &out->plan, groups, FC_SIDE_TRAIN, memory / 2, err);
    if (st == FC_OK)
        st = check_count(&store, groups, err);
    if (st == FC_OK)
        st = take_seen(out, &store.data, err);
    out->n_unpaired = store.n_unpaired;
    out->plan.fit.n_threads = opts->n_threads != 0 ? opts->n_threads : fc__cpu_count();
    out->plan.fit.memory_bytes = memory - memory / 2;
    out->plan.fit.progress = opts->progress;
    out->plan.fit.cancelled = opts->cancelled;
    out->plan.fit.context = opts->context;
    if (st == FC_OK)
        st = fc__fit(&store.data, &out->plan.fit, out->heads, &out->report, err);
    fc__fit_store_dispose(&store);
    return st;
}

/* ---- what is stored of it ---- */

static const char *method_name(fc_fit_method m)
{
    return m == FC_FIT_RIDGE ? "ridge" : m == FC_FIT_CCA ? "cca" : "contrastive";
}

static fc_status write_record(const fc_fitted *f, const fc_space_fit_options *opts, fc_buf *out,
                              fc_error *err)
{
    fc_buf text = FC_BUF_INIT;
    fc_json j = fc_json_into(&text);
    fc_fit_record record = {.seen = f->seen, .n_seen = f->n_seen};
    fc_status st;

    fc_json_object_begin(&j);
    fc_json_kv_string(&j, "method", method_name(f->plan.fit.method));
    fc_json_kv_uint(&j, "dim", f->report.dim);
    fc_json_kv_string(&j, "dim_why", f->report.dim_why);
    fc_json_kv_uint(&j, "groups", f->report.n_groups);
    fc_json_kv_uint(&j, "items", f->report.n_items);
    fc_json_kv_uint(&j, "skipped", f->report.n_skipped);
    fc_json_kv_double(&j, "seconds", f->report.seconds, 4);
    fc_json_key(&j, "options");
    fc__fit_options_write(&j, &f->plan, opts);
    fc_json_key(&j, "tried");
    if (f->report.tried_json != NULL)
        fc_json_raw(&j, f->report.tried_json, strlen(f->report.tried_json));
    else
        fc_json_null(&j);
    fc_json_object_end(&j);
    st = fc_json_status(&j, err);
    if (st == FC_OK)
        st = fc_buf_append(&text, "", 1, err);
    record.json = (char *)text.data;
    if (st == FC_OK)
        st = fc__artefact_write_record(&record, out, err);
    fc_buf_dispose(&text);
    return st;
}

static fc_status write_heads(const fc_fitted *f, fc_space_row *row, fc_buf *artefacts, size_t *n,
                             fc_error *err)
{
    size_t first = 0;
    fc_status st = FC_OK;

    for (size_t i = 0; i < f->plan.n_branches && st == FC_OK; i++) {
        const size_t n_members = f->plan.branches[i].n_inputs;

        st = fc__artefact_write_head(&f->heads[i], &row->members[first], n_members, &artefacts[*n],
                                     err);
        if (st == FC_OK)
            st = fc__artefact_id(artefacts[*n].data, artefacts[*n].size, &row->heads[i], err);
        (*n)++;
        first += n_members;
    }
    return st;
}

fc_status fc__fitted_row(const fc_fitted *f, const fc_space_fit_options *opts, fc_space_row *row,
                         fc_buf artefacts[FC_SPACE_MEMBERS_MAX + 1], size_t *n, fc_error *err)
{
    fc_status st = fc__fit_plan_row(&f->plan, row, err);

    *n = 0;
    row->dim = f->report.dim;
    row->origin.split_seed = opts->split_seed;
    row->origin.test_share = opts->keep_none        ? 0
                             : opts->test_share > 0 ? opts->test_share
                                                    : FC_TEST_SHARE;
    row->name = fc__strdup(opts->space);
    row->origin.method = fc__strdup(method_name(f->plan.fit.method));
    row->origin.split = fc__strdup(opts->split != NULL ? opts->split : "train");
    if (row->name == NULL || row->origin.method == NULL || row->origin.split == NULL)
        return fc__nomem(err, 64, "a space");
    if (st == FC_OK)
        st = write_heads(f, row, artefacts, n, err);
    if (st == FC_OK)
        st = write_record(f, opts, &artefacts[*n], err);
    if (st == FC_OK)
        st = fc__artefact_id(artefacts[*n].data, artefacts[*n].size, &row->origin.record, err);
    (*n)++;
    return st;
}
