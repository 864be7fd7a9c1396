/*
 * The cluster bootstrap: sums of each (split, cluster) once, then weights of clusters in each draw.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_measures.h"
#include "fc_rng.h"
#include "fc_sort.h"

#define N_SUMS FC_MEDIAN_RANK /* the measures that are means */

typedef struct cell {
    double sums[N_SUMS];
    double n;
} cell;

/* One query in the order of splits, then ranks: what a weighted median walks over. */
typedef struct ranked {
    double rank;
    uint32_t split, cluster;
} ranked;

/* One method, made ready. */
typedef struct method {
    cell *cells; /* n_splits x n_clusters */
    ranked *ranks;
    size_t *first; /* n_splits + 1, into ranks */
    double *draws; /* FC_N_MEASURES x n_draws */
} method;

typedef struct boot {
    uint32_t n_clusters, n_splits, n_draws;
    uint32_t *weights; /* of each cluster in this draw */
} boot;

static void method_dispose(method *m)
{
    free(m->cells);
    free(m->ranks);
    free(m->first);
    free(m->draws);
}

static int by_split_and_rank(const void *a, const void *b)
{
    const ranked *x = a, *y = b;

    if (x->split != y->split)
        return x->split < y->split ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->cluster < y->cluster ? -1 : x->cluster > y->cluster;
}

static fc_status method_init(method *m, const boot *b, const fc_score_list *list, fc_error *err)
{
    size_t n_cells;

    if (!fc__mul(b->n_splits, b->n_clusters, &n_cells))
        return fc__nomem(err, SIZE_MAX, "sums of groups");
    m->cells = fc__alloc_array(n_cells, sizeof(*m->cells));
    m->ranks = fc__alloc_array(list->n, sizeof(*m->ranks));
    m->first = fc__alloc_array((size_t)b->n_splits + 1, sizeof(*m->first));
    m->draws = fc__alloc_array((size_t)b->n_draws * FC_N_MEASURES, sizeof(*m->draws));
    if (m->cells == NULL || m->ranks == NULL || m->first == NULL || m->draws == NULL)
        return fc__nomem(err, n_cells * sizeof(*m->cells), "sums of groups");
    for (size_t i = 0; i < list->n; i++) {
        const fc_query_score *s = &list->scores[i];
        cell *c = &m->cells[(size_t)s->split * b->n_clusters + s->cluster];

        for (size_t k = 0; k < N_SUMS; k++)
            c->sums[k] += s->value[k];
        c->n += 1.0;
        m->first[s->split + 1]++;
        m->ranks[i] = (ranked){s->value[FC_MEDIAN_RANK], s->split, s->cluster};
    }
    for (uint32_t s = 0; s < b->n_splits; s++)
        m->first[s + 1] += m->first[s];
    qsort(m->ranks, list->n, sizeof(*m->ranks), by_split_and_rank);
    return FC_OK;
}

/* The rank that stands at place `at`, from 0, where each query counts as often as its cluster. */
static double ranked_at(const ranked *ranks, size_t n, const uint32_t *weights, uint64_t at)
{
    uint64_t passed = 0;

    for (size_t i = 0; i < n; i++) {
        passed += weights[ranks[i].cluster];
        if (passed > at)
            return ranks[i].rank;
    }
    return ranks[n - 1].rank;
}

/* The measures of one split in this draw, added to `sum`; false where none of it was drawn. */
static bool add_split(const method *m, const boot *b, uint32_t split, double sum[FC_N_MEASURES])
{
    const cell *cells = m->cells + (size_t)split * b->n_clusters;
    const ranked *ranks = m->ranks + m->first[split];
    const size_t n_ranks = m->first[split + 1] - m->first[split];
    double total[N_SUMS] = {0}, n = 0.0;

    for (uint32_t c = 0; c < b->n_clusters; c++) {
        const double w = b->weights[c];

        n += w * cells[c].n;
        for (size_t k = 0; k < N_SUMS; k++)
            total[k] += w * cells[c].sums[k];
    }
    if (n == 0.0)
        return false;
    for (size_t k = 0; k < N_SUMS; k++)
        sum[k] += total[k] / n;
    sum[FC_MEDIAN_RANK] += (ranked_at(ranks, n_ranks, b->weights, ((uint64_t)n - 1) / 2) +
                            ranked_at(ranks, n_ranks, b->weights, (uint64_t)n / 2)) /
                           2.0;
    return true;
}

/* The measures of this draw; false where nothing of the method was drawn. */
static bool measure_draw(const method *m, const boot *b, uint32_t draw)
{
    double sum[FC_N_MEASURES] = {0};
    uint32_t n = 0;

    for (uint32_t s = 0; s < b->n_splits; s++)
        n += add_split(m, b, s, sum);
    for (size_t k = 0; k < FC_N_MEASURES; k++)
        m->draws[k * b->n_draws + draw] = n > 0 ? sum[k] / n : NAN;
    return n > 0;
}

static void ranges(double *draws, uint32_t n, double level, fc_measures_range *out)
{
    for (size_t k = 0; k < FC_N_MEASURES; k++) {
        double *values = draws + k * n;

        qsort(values, n, sizeof(*values), fc__by_f64);
        out->range[k] = (fc_interval){fc__quantile(values, n, (1.0 - level) / 2.0),
                                      fc__quantile(values, n, (1.0 + level) / 2.0)};
    }
}

/* Draw until there are n_draws, or too many drew nothing: a draw of groups without queries says
 * nothing, so it is drawn again. */
static fc_status draw_all(boot *b, const method *x, const method *y, uint64_t seed, fc_error *err)
{
    fc_rng rng = fc__rng_seed(seed);
    uint64_t n_tries = (uint64_t)b->n_draws * 100;

    for (uint32_t d = 0; d < b->n_draws; d++) {
        do {
            if (n_tries-- == 0)
                return fc_error_set(err, FC_E_INVALID, "too few queries to draw from");
            memset(b->weights, 0, b->n_clusters * sizeof(*b->weights));
            for (uint32_t c = 0; c < b->n_clusters; c++)
                b->weights[fc__rng_below(&rng, b->n_clusters)]++;
        } while (!measure_draw(x, b, d) || (y != NULL && !measure_draw(y, b, d)));
    }
    return FC_OK;
}

fc_status fc__bootstrap(const fc_score_list *a, const fc_score_list *b, uint32_t n_clusters,
                        uint32_t n_splits, const fc_bootstrap_options *opts,
                        fc_measures_range *of_a, fc_measures_range *of_b,
                        fc_measures_range *of_difference, fc_error *err)
{
    const double level = opts->level > 0.0 ? opts->level : 0.95;
    boot k = {.n_clusters = n_clusters,
              .n_splits = n_splits,
              .n_draws = opts->n_draws > 0 ? opts->n_draws : FC_BOOTSTRAP_DRAWS};
    method x = {0}, y = {0};
    double *difference = NULL;
    fc_status st;

    if (a->n == 0 || (b != NULL && b->n == 0))
        return fc_error_set(err, FC_E_INVALID, "no queries to draw from");
    if (k.n_draws > FC_BOOTSTRAP_DRAWS_MAX || level >= 1.0)
        return fc_error_set(err, FC_E_INVALID, "%u draws, level %g: at most %u, below 1", k.n_draws,
                            level, FC_BOOTSTRAP_DRAWS_MAX);
    k.weights = fc__alloc_array(n_clusters, sizeof(*k.weights));
    difference = fc__alloc_array((size_t)k.n_draws * FC_N_MEASURES, sizeof(*difference));
    st = k.weights == NULL || difference == NULL ? fc__nomem(err, n_clusters, "draws") : FC_OK;
    if (st == FC_OK)
        st = method_init(&x, &k, a, err);
    if (st == FC_OK && b != NULL)
        st = method_init(&y, &k, b, err);
    if (st == FC_OK)
        st = draw_all(&k, &x, b != NULL ? &y : NULL, opts->seed, err);
    if (st == FC_OK && b != NULL) {
        for (size_t i = 0; i < (size_t)k.n_draws * FC_N_MEASURES; i++)
            difference[i] = x.draws[i] - y.draws[i];
        ranges(difference, k.n_draws, level, of_difference);
        ranges(y.draws, k.n_draws, level, of_b);
    }
    if (st == FC_OK)
        ranges(x.draws, k.n_draws, level, of_a);
    method_dispose(&x);
    method_dispose(&y);
    free(k.weights);
    free(difference);
    return st;
}
