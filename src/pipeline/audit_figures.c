/*
 * From what was gathered to figures, each with its null value: of pairs drawn at random where a
 * figure is of pairs, of lists drawn at random where it is of neighbours.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_view.h"
#include "fc_alloc.h"
#include "fc_cka.h"
#include "fc_domain_auc.h"
#include "fc_drift_name.h"
#include "fc_kernel_tests.h"
#include "fc_knn_compare.h"
#include "fc_measured.h"
#include "fc_pair_values.h"
#include "fc_procrustes_measure.h"
#include "fc_rng.h"

static const char *const other_dims = "the versions have different dimensions";
static const char *const no_test = "the sample is larger than the tests take";

static void leave_out(fc_drift_view *v, fc_drift_figure f, const char *why)
{
    v->figures[f] = (fc_audit_measure){NAN, NAN, NAN, NAN};
    v->why[f] = why;
}

static void put(fc_drift_view *v, fc_drift_figure f, const fc_measured *m)
{
    v->figures[f] = (fc_audit_measure){m->value, m->range.low, m->range.high, m->null_value};
}

static void put_mean(fc_drift_view *v, fc_drift_figure f, const float *values, size_t n,
                     double null_value)
{
    fc_measured m = {.null_value = null_value};

    fc__mean_interval(&m, values, n, 0, NULL);
    put(v, f, &m);
}

/* --- neighbours --- */

/* The expectation of o / (2 - o) for k drawn of n_others with another k of them: o k is
 * hypergeometric. */
static double jaccard_chance(size_t k, uint64_t n_others)
{
    const double n = (double)n_others, d = (double)k;
    double sum = 0;

    if (k >= n_others)
        return 1;
    for (size_t x = 1; x <= k; x++) {
        const double o = (double)x, left = n - d - (d - o);

        if (left < 0)
            continue;
        sum += o / (2 * d - o) *
               exp(2 * (lgamma(d + 1) - lgamma(d - o + 1)) - lgamma(o + 1) + 2 * lgamma(n - d + 1) -
                   lgamma(left + 1) - lgamma(n + 1));
    }
    return sum;
}

static fc_status put_jaccard(const fc_drift_state *s, fc_drift_view *v, double chance,
                             fc_error *err)
{
    const size_t n = s->queries.n;
    float *values = fc__alloc_array(n, sizeof(*values));

    if (values == NULL)
        return fc__nomem(err, n * sizeof(*values), "overlaps");
    for (size_t i = 0; i < n; i++)
        values[i] = (float)fc__jaccard_of_overlap((double)s->overlap[i]);
    put_mean(v, FC_FIGURE_JACCARD, values, n, chance);
    free(values);
    return FC_OK;
}

static fc_status put_neighbours(const fc_drift_state *s, fc_drift_view *v, fc_error *err)
{
    const size_t n = s->queries.n, k = s->opts->k;
    const uint64_t n_others = s->lists[FC_LISTS_OLD].n_gallery - 1;
    const double chance = fc__knn_chance(k, n_others);

    put_mean(v, FC_FIGURE_NEIGHBOURS, s->overlap, n, chance);
    put_mean(v, FC_FIGURE_RBO, s->rbo, n, fc__rank_biased_chance(k, FC_DRIFT_RBO_P, n_others));
    if (s->cross_old != NULL) {
        put_mean(v, FC_FIGURE_OLD_INDEX, s->cross_old, n, chance);
        put_mean(v, FC_FIGURE_OLD_INDEX_NEW, s->cross_new, n, chance);
        put_mean(v, FC_FIGURE_OLD_INDEX_SELF, s->cross_self, n, 1 / (double)(n_others + 1));
    } else {
        leave_out(v, FC_FIGURE_OLD_INDEX, other_dims);
        leave_out(v, FC_FIGURE_OLD_INDEX_NEW, other_dims);
        leave_out(v, FC_FIGURE_OLD_INDEX_SELF, other_dims);
    }
    if (s->adapted != NULL) {
        put_mean(v, FC_FIGURE_ADAPTED, s->adapted, s->n_held, chance);
        put_mean(v, FC_FIGURE_ADAPTED_OLD, s->adapted_old, s->n_held, chance);
    } else {
        leave_out(v, FC_FIGURE_ADAPTED, s->no_adapter);
        leave_out(v, FC_FIGURE_ADAPTED_OLD, s->no_adapter);
    }
    return put_jaccard(s, v, jaccard_chance(k, n_others), err);
}

/* --- values of pairs --- */

/* Quantile q with the interval of order statistics that holds it with 95 % (Conover 1999, 3.2),
 * whatever the distribution. */
static fc_measured quantile_of(const float *sorted, size_t n, double q)
{
    const double spread = fc__normal_quantile(.975) * sqrt((double)n * q * (1 - q));
    const double at = (double)n * q;
    const size_t low = at - spread > 0 ? (size_t)(at - spread) : 0,
                 high = at + spread < (double)(n - 1) ? (size_t)ceil(at + spread) : n - 1;

    return (fc_measured){.value = fc__quantile_f32(sorted, n, q),
                         .range = {(double)sorted[low], (double)sorted[high]}};
}

/* Mean cosine of x_i and y_j over all i != j, from the sums of unit rows. */
static double null_cosine(const fc_drift_state *s, const fc_summary *of)
{
    const double n = (double)s->n;
    double all = 0;

    for (size_t k = 0; k < s->p; k++)
        all += s->units[0].sum[k] * s->units[1].sum[k];
    return (all - of->mean * (double)of->n) / (n * (n - 1));
}

/* Values where each x of the sample meets the y of another one, drawn at random: a pairing of no
 * meaning. */
typedef struct apart {
    float *cosines, *ratios; /* sample.n, sorted; cosines NULL where p != q */
    fc_summary of_cosines, of_ratios;
} apart;

static fc_status pair_apart(const fc_drift_state *s, apart *out, fc_error *err)
{
    const fc_pair_sample *a = &s->sample;
    fc_rng rng = fc__rng_seed(s->opts->seed + 4);

    out->ratios = fc__alloc_array(a->n, sizeof(float));
    out->cosines = fc__alloc_array(a->n, sizeof(float));
    if (out->ratios == NULL || out->cosines == NULL)
        return fc__nomem(err, 2 * a->n * sizeof(float), "null values");
    for (size_t i = 0; i < a->n; i++) {
        const size_t other = (i + 1 + (size_t)fc__rng_below(&rng, a->n - 1)) % a->n;
        const fc_pair_batch one = {a->contents + i, a->x + i * s->p, a->y + other * s->q, 1};

        fc__pair_norm_ratios(&one, s->p, s->q, out->ratios + i);
        if (s->p == s->q)
            fc__pair_cosines(&one, s->p, out->cosines + i);
    }
    fc__summarise(&out->of_ratios, out->ratios, a->n);
    if (s->p == s->q)
        fc__summarise(&out->of_cosines, out->cosines, a->n);
    return FC_OK;
}

/* A sorted copy of n values, summarised. */
static float *summarise(const float *values, size_t n, fc_summary *out)
{
    float *copy = fc__alloc_bare(n, sizeof(*copy));

    if (copy == NULL)
        return NULL;
    memcpy(copy, values, n * sizeof(*copy));
    fc__summarise(out, copy, n);
    return copy;
}

static void put_cosines(const fc_drift_state *s, fc_drift_view *v, const float *sorted,
                        const fc_summary *of, const fc_summary *null)
{
    fc_measured p1 = quantile_of(sorted, of->n, .01), p5 = quantile_of(sorted, of->n, .05);

    p1.null_value = null->p1;
    p5.null_value = null->p5;
    put_mean(v, FC_FIGURE_COSINE, sorted, of->n, null_cosine(s, of));
    put(v, FC_FIGURE_COSINE_P1, &p1);
    put(v, FC_FIGURE_COSINE_P5, &p5);
}

/* *cosines and *ratios: summaries, the first right only where p = q. */
static fc_status put_values(const fc_drift_state *s, fc_drift_view *v, fc_summary *cosines,
                            fc_summary *ratios, fc_error *err)
{
    apart null = {.ratios = NULL};
    float *of_ratios = summarise(s->ratios, s->n_values, ratios), *of_cosines = NULL;
    fc_status st = of_ratios == NULL ? fc__nomem(err, s->n_values * 4, "a value for each pair")
                                     : pair_apart(s, &null, err);

    if (st == FC_OK && s->cosines != NULL) {
        of_cosines = summarise(s->cosines, s->n_values, cosines);
        if (of_cosines == NULL)
            st = fc__nomem(err, s->n_values * sizeof(float), "a value for each pair");
    }
    if (st == FC_OK)
        put_mean(v, FC_FIGURE_NORM_RATIO, of_ratios, ratios->n, null.of_ratios.mean);
    if (st == FC_OK && of_cosines != NULL && cosines->n > 0)
        put_cosines(s, v, of_cosines, cosines, &null.of_cosines);
    for (fc_drift_figure f = FC_FIGURE_COSINE; f <= FC_FIGURE_COSINE_P5; f++)
        if (s->cosines == NULL)
            leave_out(v, f, other_dims);
    free(of_ratios);
    free(of_cosines);
    free(null.ratios);
    free(null.cosines);
    return st;
}

/* --- tests --- */

static void put_permuted(fc_drift_view *v, fc_drift_figure f, const fc_permuted *p)
{
    v->figures[f] = (fc_audit_measure){p->value, NAN, NAN, p->null_mean};
}

/* Two samples of one distribution? Only where both have the same features. */
static fc_status put_tests(const fc_drift_state *s, fc_drift_view *v, fc_error *err)
{
    const fc_two_samples both = {s->sample.x, s->sample.y, s->sample.n, s->sample.n, s->p, true};
    const fc_test_options opts = {s->opts->n_permutations, s->opts->seed + 3, s->opts->n_threads};
    const bool fits = 2 * s->sample.n <= FC_TWO_SAMPLES_MAX;
    fc_kernel_result kernel;
    fc_domain_result domain;
    fc_status st;

    v->mmd_p = v->energy_p = v->auc_p = NAN;
    for (fc_drift_figure f = FC_FIGURE_MMD; f <= FC_FIGURE_AUC; f++)
        if (s->p != s->q || !fits)
            leave_out(v, f, s->p != s->q ? other_dims : no_test);
    if (s->p != s->q || !fits)
        return FC_OK;
    st = fc__kernel_tests(&kernel, &both, &opts, err);
    if (st == FC_OK)
        st = fc__drift_tell(s, "test", 1, 2, err);
    if (st == FC_OK)
        st = fc__domain_auc(&domain, &both, &opts, err);
    if (st != FC_OK)
        return st;
    put_permuted(v, FC_FIGURE_MMD, &kernel.mmd);
    put_permuted(v, FC_FIGURE_ENERGY, &kernel.energy);
    put(v, FC_FIGURE_AUC, &domain.auc);
    v->mmd_p = kernel.mmd.p_value;
    v->energy_p = kernel.energy.p_value;
    v->auc_p = domain.p_value;
    return FC_OK;
}

/* --- moments --- */

static fc_status put_moments(fc_drift_state *s, fc_drift_view *v, const fc_summary *cosines,
                             const fc_summary *ratios, fc_error *err)
{
    fc_procrustes_measure raw = FC_PROCRUSTES_MEASURE_INIT, centred = FC_PROCRUSTES_MEASURE_INIT;
    fc_drift_evidence e = {.moments = &s->moments,
                           .centred = &centred,
                           .cosines = s->cosines != NULL ? cosines : NULL,
                           .ratios = ratios,
                           .overlap = v->figures[FC_FIGURE_NEIGHBOURS].value,
                           .overlap_chance = v->figures[FC_FIGURE_NEIGHBOURS].null_value,
                           .mmd_p = v->mmd_p,
                           .auc = v->figures[FC_FIGURE_AUC].value};
    fc_drift_name name;
    fc_cka cka;
    fc_status st = fc__cka(&cka, &s->moments, &s->sample, 0, err);

    e.cka = &cka;
    if (st == FC_OK)
        st = fc__procrustes_measure(&raw, &s->moments, false, &s->sample, 0, s->opts->seed, 0, err);
    if (st == FC_OK)
        st = fc__procrustes_measure(&centred, &s->moments, true, NULL, 0, s->opts->seed, 0, err);
    if (st == FC_OK)
        st = fc__drift_name(&name, &e, err);
    if (st == FC_OK) {
        put(v, FC_FIGURE_CKA, &cka.unbiased);
        put(v, FC_FIGURE_CKA_BIASED, &cka.biased);
        put(v, FC_FIGURE_PROCRUSTES, &raw.residual);
        v->change = fc__drift_kind_name(name.kind);
        snprintf(v->change_words, sizeof(v->change_words), "%s", name.words);
    }
    fc__procrustes_measure_dispose(&raw);
    fc__procrustes_measure_dispose(&centred);
    return st;
}

fc_status fc__drift_figures(fc_drift_state *s, fc_drift_view *out, fc_error *err)
{
    fc_summary cosines = {0}, ratios = {0};
    fc_status st;

    *out = (fc_drift_view){.n = s->n,
                           .n_queries = s->queries.n,
                           .n_gallery = s->n_gallery,
                           .n_sample = s->sample.n,
                           .dim_from = s->p,
                           .dim_to = s->q};
    st = put_neighbours(s, out, err);
    if (st == FC_OK)
        st = put_values(s, out, &cosines, &ratios, err);
    if (st == FC_OK)
        st = fc__drift_tell(s, "test", 0, 2, err);
    if (st == FC_OK)
        st = put_tests(s, out, err);
    return st == FC_OK ? put_moments(s, out, &cosines, &ratios, err) : st;
}
