/*
 * Canonical correlations: what is read and checked, and the heads of what was chosen.
 *
 * Components are weighted by a power of their correlation (Gong et al. 2014): without it the many
 * weak ones drown the strong ones. On 950 drawings with sentences, recall@10 of texts for images is
 * .53 with power 0 and .73 with power 1; ridge has .68.
 */
#include "fc_fit_cca.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_fit_linear.h"
#include "fc_fit_score.h"

typedef struct cca {
    const fc_fit_data *data;
    const fc_fit_options *opts;
    fc_fit_sums sums;
    fc_json json;
    fc_cca_choice choice;
} cca;

/* Some group lacks one of more than two branches. */
static bool lacks_views(const fc_fit_data *data)
{
    for (size_t g = 0; g < data->n_groups && data->n_branches > 2; g++)
        for (size_t b = 0; b < data->n_branches; b++)
            if (data->n_items(data->self, g, b) == 0)
                return true;
    return false;
}

static fc_status read_data(cca *c, fc_error *err)
{
    fc_fit_plan plan = {.folds = c->opts->penalty > 0 ? 1 : c->opts->folds,
                        .n_sample = fc__fit_sample_size(c->data, c->opts),
                        .anchor = -1,
                        .by_branches = lacks_views(c->data)};
    const size_t extra = fc__cca_bytes(c->data, plan.folds, plan.n_sample);

    for (size_t a = 0; a < c->data->n_branches; a++)
        for (size_t b = a + 1; b < c->data->n_branches; b++)
            plan.pair[a][b] = true;
    return fc__fit_sums_read(&c->sums, c->data, c->opts, &plan, extra, err);
}

/* Every branch must be reached from the first over pairs with enough groups: what is never seen
 * together has no common space. */
static fc_status check_pairs(const cca *c, fc_error *err)
{
    bool reached[FC_FIT_BRANCHES_MAX] = {true}, grown = true;
    const size_t n = c->data->n_branches;

    while (grown) {
        grown = false;
        for (size_t a = 0; a < n; a++)
            for (size_t b = a + 1; b < n; b++)
                if (reached[a] != reached[b] &&
                    fc__fit_pairs(&c->sums, a, b, c->sums.folds) >= FC_FIT_GROUPS_LEAST - 0.5)
                    reached[a] = reached[b] = grown = true;
    }
    for (size_t b = 0; b < n; b++)
        if (!reached[b])
            return fc_error_set(err, FC_E_INVALID,
                                "%s: fewer than %d groups have it together with another of the "
                                "branches (with vectors that are not zero and finite)",
                                fc_modality_name(c->data->branches[b].modality),
                                FC_FIT_GROUPS_LEAST);
    return FC_OK;
}

static fc_status choose(cca *c, fc_error *err)
{
    c->choice.power = FC_CCA_POWER_DEFAULT;
    c->choice.score = -1;
    for (size_t a = 0; a < c->data->n_branches; a++)
        c->choice.penalties[a] = c->opts->penalty;
    return c->opts->penalty > 0 ? FC_OK
                                : fc__cca_search(&c->choice, &c->sums, c->opts, &c->json, err);
}

/* The head of a view: components x dim, each component times its weight. */
static fc_status make_head(const cca *c, const fc_cca_problem *p, const fc_cca_solution *solution,
                           size_t view, fc_head *head, fc_error *err)
{
    const fc_cca_view *v = &p->views[view];
    double *weight = fc__alloc_array(solution->n, v->dim * sizeof(*weight));
    fc_status st;

    if (weight == NULL)
        return fc__nomem(err, solution->n * v->dim * sizeof(*weight), "a head");
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)solution->n, (int)v->dim,
                (int)v->rank, 1, solution->map[view], (int)solution->n, v->vectors, (int)v->dim, 0,
                weight, (int)v->dim);
    for (size_t k = 0; k < solution->n; k++)
        cblas_dscal((int)v->dim, pow(solution->correlation[k], c->choice.power),
                    weight + k * v->dim, 1);
    st = fc__fit_linear_head(head, &c->data->branches[view], &c->sums.layout[view], false,
                             &v->standard, weight, NULL, (uint32_t)solution->n, err);
    free(weight);
    return st;
}

static fc_status make_heads(cca *c, fc_head *heads, fc_fit_report *report, fc_error *err)
{
    fc_cca_problem problem;
    fc_cca_solution solution = {0};
    fc_status st = fc__cca_problem(&problem, &c->sums, c->sums.folds, false, err);

    if (st == FC_OK)
        st = fc__cca_solve(&solution, &problem, c->choice.penalties, c->opts->dim, err);
    if (st == FC_OK && solution.n == 0)
        st = fc_error_set(err, FC_E_INVALID,
                          "nothing correlates between the branches: there is no common space");
    for (size_t a = 0; a < c->data->n_branches && st == FC_OK; a++)
        st = make_head(c, &problem, &solution, a, &heads[a], err);
    report->dim = (uint32_t)solution.n;
    snprintf(report->dim_why, sizeof(report->dim_why), "%s",
             solution.n == c->opts->dim ? "what was asked for, or the default"
                                        : "the rank of the data");
    fc__cca_solution_dispose(&solution);
    fc__cca_problem_dispose(&problem);
    return st;
}

static void report_choice(cca *c)
{
    fc_json_array_end(&c->json);
    fc_json_key(&c->json, "chosen");
    fc_json_object_begin(&c->json);
    fc_json_key(&c->json, "penalty");
    fc_json_array_begin(&c->json);
    for (size_t a = 0; a < c->data->n_branches; a++)
        fc_json_double(&c->json, c->choice.penalties[a], 4);
    fc_json_array_end(&c->json);
    fc_json_kv_double(&c->json, "power", c->choice.power, 3);
    if (c->choice.score >= 0)
        fc_json_kv_double(&c->json, "score", c->choice.score, 6);
    fc_json_object_end(&c->json);
    fc_json_object_end(&c->json);
}

fc_status fc__fit_cca(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                      fc_fit_report *report, fc_error *err)
{
    cca c = {.data = data, .opts = opts};
    fc_buf text = FC_BUF_INIT;
    fc_status st;

    c.json = fc_json_into(&text);
    fc_json_object_begin(&c.json);
    fc_json_kv_string(&c.json, "method", "cca");
    if (opts->penalty == 0) {
        fc_json_kv_uint(&c.json, "folds", opts->folds);
        fc_json_kv_string(&c.json, "score", FC_FIT_SCORE_WHAT);
    }
    fc_json_key(&c.json, "tried");
    fc_json_array_begin(&c.json);
    st = read_data(&c, err);
    if (st == FC_OK)
        st = fc__fit_check_sums(&c.sums, data, err);
    if (st == FC_OK)
        st = check_pairs(&c, err);
    if (st == FC_OK)
        st = choose(&c, err);
    if (st == FC_OK)
        st = make_heads(&c, heads, report, err);
    report->n_items = c.sums.n_items;
    report->n_skipped = c.sums.n_skipped;
    report_choice(&c);
    if (st == FC_OK)
        st = fc__fit_tried(report, &c.json, &text, err);
    fc_buf_dispose(&text);
    fc__fit_sums_dispose(&c.sums);
    return st;
}
