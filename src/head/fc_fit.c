/*
 * The front of fitting: data and options checked, defaults filled in, and on to the method.
 */
#include "fc_fit.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_fit_sums.h"
#include "fc_queue.h"

#define DIM_DEFAULT         1024
#define FOLDS_DEFAULT       5
#define QUERIES_DEFAULT     4
#define EPOCHS_DEFAULT      200
#define BATCH_DEFAULT       256
#define TEMPERATURE_DEFAULT 0.07
#define PATIENCE_DEFAULT    10
#define VALIDATION_DEFAULT  0.1
#define MEMORY_DEFAULT      (UINT64_C(1) << 30)

static const char *branch_name(const fc_fit_data *data, size_t b)
{
    return fc_modality_name(data->branches[b].modality);
}

static fc_status check_numbers(const fc_fit_options *o, fc_error *err)
{
    if (!(o->penalty >= 0 && o->penalty <= 1e12))
        return fc_error_set(err, FC_E_INVALID,
                            "a penalty of %g; it is relative to the variance, 0 to 1e12",
                            o->penalty);
    if (o->folds == 1 || o->folds > FC_FIT_FOLDS_MAX)
        return fc_error_set(err, FC_E_INVALID, "%u folds; 2 to %d are possible", o->folds,
                            FC_FIT_FOLDS_MAX);
    if (o->dim > FC_HEAD_DIM_MAX)
        return fc_error_set(err, FC_E_INVALID, "%u dimensions; 1 to %d are possible", o->dim,
                            FC_HEAD_DIM_MAX);
    if (o->n_queries > FC_HEAD_QUERIES_MAX)
        return fc_error_set(err, FC_E_INVALID, "%u queries; 1 to %d are possible", o->n_queries,
                            FC_HEAD_QUERIES_MAX);
    if (!(o->validation_share >= 0 && o->validation_share <= 0.5))
        return fc_error_set(err, FC_E_INVALID, "a validation share of %g; 0 to 0.5 is possible",
                            o->validation_share);
    if (!(o->temperature >= 0 && o->temperature <= 100) ||
        !(o->learning_rate >= 0 && o->learning_rate <= 100) || !isfinite(o->weight_decay))
        return fc_error_set(err, FC_E_INVALID,
                            "temperature %g, learning rate %g, weight decay %g: out of range",
                            o->temperature, o->learning_rate, o->weight_decay);
    if ((o->fuse != 0 && o->fuse < FC_FUSE_ONE) || o->fuse > FC_FUSE_SUM)
        return fc_error_set(err, FC_E_INVALID, "no way to fuse has the number %d", (int)o->fuse);
    return FC_OK;
}

/* The first option that is given and that the method does not read, or NULL. */
static const char *unread_option(const fc_fit_options *o)
{
    const struct {
        const char *name;
        bool given;
    } trained[] = {{"epochs", o->epochs != 0},
                   {"batch", o->batch != 0},
                   {"learning rate", o->learning_rate != 0},
                   {"weight decay", o->weight_decay != 0},
                   {"temperature", o->temperature != 0 || o->fixed_temperature},
                   {"patience", o->patience != 0},
                   {"validation share", o->validation_share != 0},
                   {"queries", o->n_queries != 0}};

    if (o->method != FC_FIT_RIDGE && o->anchor != 0)
        return "anchor";
    if (o->method != FC_FIT_RIDGE && o->whiten)
        return "whiten";
    for (size_t i = 0; i < sizeof(trained) / sizeof(trained[0]); i++)
        if (o->method != FC_FIT_CONTRASTIVE && trained[i].given)
            return trained[i].name;
    return NULL;
}

static const char *method_name(fc_fit_method method)
{
    return method == FC_FIT_RIDGE ? "ridge" : method == FC_FIT_CCA ? "cca" : "contrastive";
}

/* Options that would be passed over are refused: who gives one expects it to do something. */
static fc_status check_method(const fc_fit_options *o, const fc_fit_data *data, fc_error *err)
{
    const char *unread = unread_option(o);

    if (o->method < FC_FIT_RIDGE || o->method > FC_FIT_CONTRASTIVE)
        return fc_error_set(err, FC_E_INVALID, "no method of fitting has the number %d",
                            (int)o->method);
    if (unread != NULL)
        return fc_error_set(err, FC_E_INVALID, "the method %s has no option '%s'",
                            method_name(o->method), unread);
    for (size_t b = 0; b < data->n_branches && b < FC_FIT_BRANCHES_MAX; b++)
        if (o->method != FC_FIT_CONTRASTIVE && data->branches[b].n_inputs > 1 && o->fuse != 0 &&
            o->fuse != FC_FUSE_SUM)
            return fc_error_set(err, FC_E_INVALID,
                                "%s: the method %s learns one linear map over all inputs, which is "
                                "their sum; mix and attention are for contrastive",
                                branch_name(data, b), method_name(o->method));
    return FC_OK;
}

static void fill_options(fc_fit_options *o)
{
    o->dim = o->dim != 0 ? o->dim : DIM_DEFAULT;
    o->folds = o->folds != 0 ? o->folds : FOLDS_DEFAULT;
    o->fuse = o->fuse != 0 ? o->fuse : FC_FUSE_ATTENTION;
    o->n_queries = o->n_queries != 0 ? o->n_queries : QUERIES_DEFAULT;
    o->epochs = o->epochs != 0 ? o->epochs : EPOCHS_DEFAULT;
    o->batch = o->batch != 0 ? o->batch : BATCH_DEFAULT;
    o->temperature = o->temperature != 0 ? o->temperature : TEMPERATURE_DEFAULT;
    o->patience = o->patience != 0 ? o->patience : PATIENCE_DEFAULT;
    o->validation_share = o->validation_share != 0 ? o->validation_share : VALIDATION_DEFAULT;
    o->n_threads = o->n_threads != 0 ? o->n_threads : 1;
    o->memory_bytes = o->memory_bytes != 0 ? o->memory_bytes : MEMORY_DEFAULT;
}

/* Text is the anchor where it is a branch: its vectors are the best ordered by meaning. */
static fc_status choose_anchor(fc_fit_options *o, const fc_fit_data *data, fc_error *err)
{
    if (o->anchor < 0 || (size_t)o->anchor > data->n_branches)
        return fc_error_set(err, FC_E_INVALID, "no branch %d to be the anchor; there are %zu",
                            o->anchor, data->n_branches);
    for (size_t b = 0; b < data->n_branches && o->anchor == 0; b++)
        if (data->branches[b].modality == FC_TEXT)
            o->anchor = (int32_t)b + 1;
    if (o->anchor == 0)
        o->anchor = (int32_t)data->n_branches;
    return FC_OK;
}

static fc_status check_input(fc_fit_input *in, const char *name, const fc_fit_options *o,
                             fc_error *err)
{
    const bool contrastive = o->method == FC_FIT_CONTRASTIVE;

    if (in->dim == 0 || in->dim > FC_HEAD_ROW_DIM_MAX)
        return fc_error_set(err, FC_E_INVALID, "%s: rows of %u; 1 to %u are possible", name,
                            in->dim, FC_HEAD_ROW_DIM_MAX);
    if (in->pooling.kind == 0)
        in->pooling.kind = in->is_vector ? FC_POOLING_NONE
                           : contrastive ? FC_POOLING_ATTENTION
                                         : FC_POOLING_MEAN;
    if (in->pooling.kind == FC_POOLING_NONE && !in->is_vector)
        return fc_error_set(err, FC_E_INVALID,
                            "%s: items of several rows want a pooling, such as mean", name);
    if (in->pooling.kind != FC_POOLING_ATTENTION)
        return FC_OK;
    if (!contrastive)
        return fc_error_set(err, FC_E_INVALID,
                            "%s: attention is learnt by the method contrastive only; take mean, "
                            "gem or another pooling",
                            name);
    if (in->pooling.n_queries == 0)
        in->pooling.n_queries = o->n_queries;
    return FC_OK;
}

static fc_status check_branches(fc_fit_data *data, const fc_fit_options *o, fc_error *err)
{
    fc_status st = FC_OK;

    if (data->n_branches < 2 || data->n_branches > FC_FIT_BRANCHES_MAX)
        return fc_error_set(err, FC_E_INVALID, "%zu branches to fit; 2 to %d are possible",
                            data->n_branches, FC_FIT_BRANCHES_MAX);
    for (size_t b = 0; b < data->n_branches && st == FC_OK; b++) {
        fc_fit_branch *branch = &data->branches[b];

        if (branch->n_inputs == 0 || branch->n_inputs > FC_HEAD_INPUTS_MAX)
            return fc_error_set(err, FC_E_INVALID, "%s: %zu inputs; 1 to %d are possible",
                                branch_name(data, b), branch->n_inputs, FC_HEAD_INPUTS_MAX);
        for (size_t i = 0; i < branch->n_inputs && st == FC_OK; i++)
            st = check_input(&branch->inputs[i], branch_name(data, b), o, err);
    }
    return st;
}

/* How many groups have each branch, with the anchor beside it where there is one. */
static fc_status check_groups(const fc_fit_data *data, const fc_fit_options *o, fc_error *err)
{
    const size_t anchor = o->method == FC_FIT_RIDGE ? (size_t)o->anchor - 1 : data->n_branches;
    size_t n[FC_FIT_BRANCHES_MAX] = {0}, paired[FC_FIT_BRANCHES_MAX] = {0};

    if (data->n_groups < FC_FIT_GROUPS_LEAST)
        return fc_error_set(err, FC_E_INVALID,
                            "%zu groups with samples of two kinds or more; at least %d are needed "
                            "to fit a space",
                            data->n_groups, FC_FIT_GROUPS_LEAST);
    for (size_t g = 0; g < data->n_groups; g++) {
        const bool with = anchor == data->n_branches || data->n_items(data->self, g, anchor) > 0;

        for (size_t b = 0; b < data->n_branches; b++) {
            const bool there = data->n_items(data->self, g, b) > 0;

            n[b] += there;
            paired[b] += there && with;
        }
    }
    for (size_t b = 0; b < data->n_branches; b++) {
        if (n[b] == 0)
            return fc_error_set(err, FC_E_INVALID,
                                "%s: no group has a sample of it; leave it out, or group samples",
                                branch_name(data, b));
        if (paired[b] < FC_FIT_GROUPS_LEAST)
            return fc_error_set(
                err, FC_E_INVALID, "%s: %zu groups have it%s%s; at least %d are needed",
                branch_name(data, b), paired[b],
                anchor < data->n_branches ? " together with the anchor, " : "",
                anchor < data->n_branches ? branch_name(data, anchor) : "", FC_FIT_GROUPS_LEAST);
    }
    return FC_OK;
}

static fc_status dispatch(const fc_fit_data *data, const fc_fit_options *o, fc_head *heads,
                          fc_fit_report *report, fc_error *err)
{
    switch (o->method) {
    case FC_FIT_RIDGE:
        return fc__fit_ridge(data, o, heads, report, err);
    case FC_FIT_CCA:
        return fc__fit_cca(data, o, heads, report, err);
    default:
        return fc__fit_contrastive(data, o, heads, report, err);
    }
}

fc_status fc__fit(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                  fc_fit_report *report, fc_error *err)
{
    const uint64_t start = fc__now_ns();
    fc_fit_options o = *opts;
    fc_fit_data d = *data;
    fc_status st;

    memset(report, 0, sizeof(*report));
    if (d.n_branches <= FC_FIT_BRANCHES_MAX)
        memset(heads, 0, d.n_branches * sizeof(*heads));
    st = check_numbers(&o, err);
    if (st == FC_OK)
        st = check_method(&o, &d, err);
    if (st != FC_OK)
        return st;
    fill_options(&o);
    st = check_branches(&d, &o, err);
    if (st == FC_OK)
        st = choose_anchor(&o, &d, err);
    if (st == FC_OK)
        st = check_groups(&d, &o, err);
    if (st != FC_OK)
        return st;
    openblas_set_num_threads((int)(o.n_threads < 256 ? o.n_threads : 256));
    st = dispatch(&d, &o, heads, report, err);
    openblas_set_num_threads(1);
    report->n_groups = d.n_groups;
    report->seconds = (double)(fc__now_ns() - start) / 1e9;
    for (size_t b = 0; b < d.n_branches && st == FC_OK; b++)
        st = fc__head_check(&heads[b], err);
    if (st != FC_OK) {
        free(report->tried_json);
        report->tried_json = NULL;
    }
    return st;
}
