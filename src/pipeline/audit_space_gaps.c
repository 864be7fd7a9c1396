/*
 * Two modalities against each other: the gap between their means, and what a classifier still tells
 * apart when it is gone.
 */
#include <math.h>

#include "audit_space_pairs.h"
#include "audit_space_sums.h"
#include "fc_modality_gap.h"

static fc_audit_measure of_auc(const fc_domain_result *r)
{
    return (fc_audit_measure){r->auc.value, r->auc.range.low, r->auc.range.high, r->auc.null_value};
}

/* Rows of one group attract each other, so that a classifier that is fitted to one of them and
 * judged on the other sees less than chance: both of a pair go into one half. Where there are too
 * few pairs to matter, all rows are taken as they are. */
static fc_status measure_apart(const fc_space_audit_run *run, const fc_space_groups *groups,
                               size_t a, size_t b, fc_modality_gap *gap, size_t *n_pairs,
                               fc_error *err)
{
    const fc_test_options test = {.n_permutations = run->opts->n_permutations,
                                  .seed = run->opts->seed,
                                  .n_threads = run->opts->n_threads};
    fc_space_pairs pairs;
    fc_modality_gap of_pairs;
    fc_status st = fc__space_pairs_make(&pairs, run, groups, a, b, err);

    *n_pairs = 0;
    if (st == FC_OK && pairs.n >= FC_AUDIT_LEAST) {
        st = fc__modality_gap(&of_pairs,
                              &(fc_two_samples){pairs.x, pairs.y, pairs.n, pairs.n, run->dim, true},
                              &test, err);
        gap->separability = of_pairs.separability;
        gap->residual = of_pairs.residual;
        *n_pairs = pairs.n;
    }
    fc__space_pairs_dispose(&pairs);
    return st;
}

static fc_status measure_gap(const fc_space_audit_run *run, const fc_space_sums *sums,
                             const fc_space_groups *groups, size_t a, size_t b, fc_audit_gap *out,
                             fc_error *err)
{
    const fc_space_items *x = &run->items[a], *y = &run->items[b];
    const fc_two_samples both = {x->rows, y->rows, x->n_asked, y->n_asked, run->dim, false};
    const fc_test_options test = {.n_permutations = run->opts->n_permutations,
                                  .seed = run->opts->seed,
                                  .n_threads = run->opts->n_threads};
    double without[FC_AUDIT_FOLDS];
    size_t n_pairs = 0;
    fc_modality_gap gap;
    fc_interval range;
    fc_status st = fc__modality_gap(&gap, &both, &test, err);

    if (st == FC_OK)
        st = measure_apart(run, groups, a, b, &gap, &n_pairs, err);
    if (st != FC_OK)
        return st;
    for (size_t f = 0; f < FC_AUDIT_FOLDS; f++)
        without[f] = fc__space_sums_gap(sums, a, b, f);
    range = fc__jackknife(gap.length, without);
    *out = (fc_audit_gap){
        .a = x->modality,
        .b = y->modality,
        .length = {gap.length, fmax(0, range.low), fmin(2, range.high), gap.null_value},
        .pairs = n_pairs,
        .separability = of_auc(&gap.separability),
        .residual = of_auc(&gap.residual),
        .separability_p = gap.separability.p_value,
        .residual_p = gap.residual.p_value,
        .cosine_a = gap.mean_cosine_x,
        .cosine_b = gap.mean_cosine_y,
        .cosine_ab = gap.mean_cosine_xy};
    return FC_OK;
}

fc_status fc__space_audit_gaps(fc_space_audit_run *run, const struct fc_space_sums *sums,
                               fc_error *err)
{
    const size_t n_pairs = run->n_items * (run->n_items - 1) / 2;
    fc_space_groups groups = {.n_groups = 0};
    fc_audit_gap *gaps = NULL;
    size_t n = 0;
    fc_status st = fc__audit_own(&run->out->owned, n_pairs, sizeof(*gaps), &gaps, err);

    if (st == FC_OK && n_pairs > 0)
        st = fc__space_pairs_groups(run, &groups, err);
    for (size_t a = 0; a < run->n_items && st == FC_OK; a++)
        for (size_t b = a + 1; b < run->n_items && st == FC_OK; b++) {
            st = fc__space_audit_step(run, "gaps", n, n_pairs, err);
            if (st == FC_OK)
                st = measure_gap(run, sums, &groups, a, b, &gaps[n], err);
            n += st == FC_OK;
        }
    fc__space_groups_dispose(&groups);
    run->out->public.gaps = gaps;
    run->out->public.n_gaps = n;
    return st;
}
