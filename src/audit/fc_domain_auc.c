/*
 * The classifier two-sample test: halves, a classifier's scores of the held-out half, the area
 * under their ROC curve and what permuted labels give.
 */
#include "fc_domain_auc.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_knn_lists.h"
#include "fc_logistic.h"
#include "fc_roc.h"
#include "fc_vec.h"

#define PENALTY 1.0 /* inverse */

/* Both halves: first the rows of x, then those of y. */
typedef struct halves {
    size_t dim, n_fit_x, n_fit_y, n_held_x, n_held_y;
    float *fit, *held;
    float *scores; /* of the held-out rows: large for y */
} halves;

static void halves_dispose(halves *h)
{
    free(h->fit);
    free(h->held);
    free(h->scores);
}

static void gather(const float *rows, size_t dim, const size_t *order, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * dim, rows + order[i] * dim, dim * sizeof(*out));
}

static fc_status halves_init(halves *h, const fc_two_samples *s, uint64_t seed, fc_error *err)
{
    const size_t n_most = s->n_x > s->n_y ? s->n_x : s->n_y;
    size_t *order = fc__alloc_array(n_most, sizeof(*order));
    fc_rng rng = fc__rng_seed(seed);

    *h = (halves){.dim = s->dim,
                  .n_fit_x = s->n_x / 2,
                  .n_fit_y = s->n_y / 2,
                  .n_held_x = s->n_x - s->n_x / 2,
                  .n_held_y = s->n_y - s->n_y / 2};
    h->fit = fc__alloc_array((h->n_fit_x + h->n_fit_y) * s->dim, sizeof(*h->fit));
    h->held = fc__alloc_array((h->n_held_x + h->n_held_y) * s->dim, sizeof(*h->held));
    h->scores = fc__alloc_array(h->n_held_x + h->n_held_y, sizeof(*h->scores));
    if (order == NULL || h->fit == NULL || h->held == NULL || h->scores == NULL) {
        free(order);
        return fc__nomem(err, (s->n_x + s->n_y) * s->dim * sizeof(float), "a classifier's rows");
    }
    fc__order_draw(order, s->n_x, &rng);
    gather(s->x, s->dim, order, h->n_fit_x, h->fit);
    gather(s->x, s->dim, order + h->n_fit_x, h->n_held_x, h->held);
    if (!s->paired)
        fc__order_draw(order, s->n_y, &rng);
    gather(s->y, s->dim, order, h->n_fit_y, h->fit + h->n_fit_x * s->dim);
    gather(s->y, s->dim, order + h->n_fit_y, h->n_held_y, h->held + h->n_held_x * s->dim);
    free(order);
    return FC_OK;
}

static fc_status score_by_plane(halves *h, fc_error *err)
{
    const size_t n_fit = h->n_fit_x + h->n_fit_y, n_held = h->n_held_x + h->n_held_y;
    bool *labels = fc__alloc_array(n_fit, sizeof(*labels));
    double *weights = fc__alloc_array(h->dim, sizeof(*weights)), bias = 0;
    fc_status st =
        labels == NULL || weights == NULL ? fc__nomem(err, n_fit, "a classifier") : FC_OK;

    for (size_t i = 0; i < n_fit && st == FC_OK; i++)
        labels[i] = i >= h->n_fit_x;
    if (st == FC_OK)
        st = fc__logistic_fit(h->fit, labels, n_fit, h->dim, PENALTY, weights, &bias, err);
    for (size_t i = 0; i < n_held && st == FC_OK; i++) {
        double score = bias;

        for (size_t k = 0; k < h->dim; k++)
            score += weights[k] * (double)h->held[i * h->dim + k];
        h->scores[i] = (float)score;
    }
    free(weights);
    free(labels);
    return st;
}

/* Unit rows of n, minus `mean` where there is one. */
static fc_status make_unit(float *rows, size_t n, size_t dim, const double *mean, fc_error *err)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < dim && mean != NULL; k++)
            rows[i * dim + k] = (float)((double)rows[i * dim + k] - mean[k]);
        if (fc__vec_normalise(rows + i * dim, dim) != FC_OK)
            return fc_error_set(err, FC_E_INVALID, "a row has no direction%s",
                                mean != NULL ? " but that of the mean" : ": it is zero");
    }
    return FC_OK;
}

static fc_status centre_side(halves *h, bool of_y, fc_error *err)
{
    float *fit = h->fit + (of_y ? h->n_fit_x * h->dim : 0);
    float *held = h->held + (of_y ? h->n_held_x * h->dim : 0);
    const size_t n_fit = of_y ? h->n_fit_y : h->n_fit_x, n_held = of_y ? h->n_held_y : h->n_held_x;
    double *mean = fc__alloc_array(h->dim, sizeof(*mean));
    fc_status st;

    if (mean == NULL)
        return fc__nomem(err, h->dim * sizeof(*mean), "a mean");
    for (size_t i = 0; i < n_fit; i++)
        for (size_t k = 0; k < h->dim; k++)
            mean[k] += (double)fit[i * h->dim + k] / (double)n_fit;
    st = make_unit(fit, n_fit, h->dim, mean, err);
    if (st == FC_OK)
        st = make_unit(held, n_held, h->dim, mean, err);
    free(mean);
    return st;
}

/* The share of y among the nearest rows of the half that is learnt from. */
static fc_status score_by_neighbours(halves *h, uint32_t n_threads, fc_error *err)
{
    const size_t n_fit = h->n_fit_x + h->n_fit_y, n_held = h->n_held_x + h->n_held_y;
    const size_t n = n_fit > n_held ? n_fit : n_held;
    uint64_t *numbers = fc__alloc_array(n, sizeof(*numbers));
    fc_knn_ask ask = {.dim = h->dim,
                      .n_queries = n_held,
                      .k = FC_DOMAIN_NEIGHBOURS,
                      .rows = h->held,
                      .contents = numbers,
                      .keep_self = true, /* other rows, whose numbers mean nothing */
                      .n_threads = n_threads};
    fc_knn_scan *scan = NULL;
    fc_knn_lists lists = {0};
    fc_status st = numbers == NULL ? fc__nomem(err, n * sizeof(*numbers), "neighbours") : FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i++)
        numbers[i] = i;
    if (st == FC_OK)
        st = fc__knn_scan_create(&scan, &ask, err);
    if (st == FC_OK) {
        fc__knn_scan_add(scan, numbers, h->fit, n_fit);
        st = fc__knn_scan_finish(scan, &lists, err);
    }
    for (size_t i = 0; i < n_held && st == FC_OK; i++)
        for (size_t j = 0; j < lists.n_found[i]; j++)
            h->scores[i] += lists.contents[i * lists.k + j] >= h->n_fit_x ? 1.0f : 0.0f;
    fc__knn_lists_dispose(&lists);
    fc__knn_scan_destroy(scan);
    free(numbers);
    return st;
}

typedef struct ranked {
    float score;
    size_t at;
} ranked;

static int by_score(const void *a, const void *b)
{
    const ranked *x = a, *y = b;

    return (x->score > y->score) - (x->score < y->score);
}

/* ranks[i]: that of score i from 1, ties at their mean. */
static fc_status mid_ranks(const float *scores, size_t n, double *ranks, fc_error *err)
{
    ranked *order = fc__alloc_array(n, sizeof(*order));

    if (order == NULL)
        return fc__nomem(err, n * sizeof(*order), "ranks");
    for (size_t i = 0; i < n; i++)
        order[i] = (ranked){scores[i], i};
    qsort(order, n, sizeof(*order), by_score);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && order[end].score == order[i].score; end++)
            ;
        for (size_t j = i; j < end; j++)
            ranks[order[j].at] = ((double)i + 1 + (double)end) / 2;
    }
    free(order);
    return FC_OK;
}

/* Areas of permuted labels from sums of ranks (Mann and Whitney). */
static fc_status permute(fc_domain_result *out, const halves *h, bool paired, uint32_t n_permuted,
                         fc_rng *rng, fc_error *err)
{
    const size_t n = h->n_held_x + h->n_held_y;
    const double n_y = (double)h->n_held_y, n_pairs = (double)h->n_held_x * n_y;
    double *ranks = fc__alloc_array(n, sizeof(*ranks));
    double *areas = fc__alloc_array(n_permuted, sizeof(*areas));
    bool *labels = fc__alloc_array(n, sizeof(*labels));
    fc_status st = FC_OK;

    if (ranks == NULL || areas == NULL || labels == NULL)
        st = fc__nomem(err, n * sizeof(*ranks), "permutations");
    if (st == FC_OK)
        st = mid_ranks(h->scores, n, ranks, err);
    for (uint32_t p = 0; p < n_permuted && st == FC_OK; p++) {
        double sum = 0;

        fc__labels_draw(labels, h->n_held_x, h->n_held_y, paired, rng);
        for (size_t i = 0; i < n; i++)
            sum += labels[i] ? ranks[i] : 0;
        areas[p] = (sum - n_y * (n_y + 1) / 2) / n_pairs;
    }
    if (st == FC_OK) {
        const fc_permuted of = fc__permuted(out->auc.value, areas, n_permuted, 1e-12);

        out->auc.null_value = of.null_mean;
        out->p_value = of.p_value;
    }
    free(labels);
    free(areas);
    free(ranks);
    return st;
}

static fc_status judge(fc_domain_result *out, const halves *h, bool paired,
                       const fc_test_options *opts, fc_error *err)
{
    fc_rng rng = fc__rng_seed(opts->seed ^ UINT64_C(0x5bd1e995));
    double error = 0;
    fc_status st = fc__roc_auc(h->scores + h->n_held_x, h->n_held_y, h->scores, h->n_held_x, paired,
                               &out->auc.value, &error, err);

    if (st != FC_OK)
        return st;
    out->n_fit = h->n_fit_x + h->n_fit_y;
    out->n_held_out = h->n_held_x + h->n_held_y;
    out->auc.range = fc__normal_interval(out->auc.value, error, 0);
    out->auc.range.low = fmax(0, out->auc.range.low);
    out->auc.range.high = fmin(1, out->auc.range.high);
    return permute(out, h, paired, fc__n_permutations(opts), &rng, err);
}

fc_status fc__domain_auc(fc_domain_result *out, const fc_two_samples *samples,
                         const fc_test_options *opts, fc_error *err)
{
    halves h = {0};
    fc_status st = fc__two_samples_check(samples, opts, err);

    *out = (fc_domain_result){0};
    openblas_set_num_threads(opts->n_threads > 0 ? (int)opts->n_threads : 1);
    if (st == FC_OK)
        st = halves_init(&h, samples, opts->seed, err);
    if (st == FC_OK)
        st = score_by_plane(&h, err);
    openblas_set_num_threads(1);
    if (st == FC_OK)
        st = judge(out, &h, samples->paired, opts, err);
    halves_dispose(&h);
    return st;
}

fc_status fc__domain_neighbours(fc_domain_result *out, const fc_two_samples *samples, bool centre,
                                const fc_test_options *opts, fc_error *err)
{
    halves h = {0};
    fc_status st = fc__two_samples_check(samples, opts, err);

    *out = (fc_domain_result){0};
    if (st == FC_OK)
        st = halves_init(&h, samples, opts->seed, err);
    if (st == FC_OK)
        st = make_unit(h.fit, h.n_fit_x + h.n_fit_y, h.dim, NULL, err);
    if (st == FC_OK)
        st = make_unit(h.held, h.n_held_x + h.n_held_y, h.dim, NULL, err);
    if (st == FC_OK && centre)
        st = centre_side(&h, false, err);
    if (st == FC_OK && centre)
        st = centre_side(&h, true, err);
    if (st == FC_OK)
        st = score_by_neighbours(&h, opts->n_threads, err);
    if (st == FC_OK)
        st = judge(out, &h, samples->paired, opts, err);
    halves_dispose(&h);
    return st;
}
