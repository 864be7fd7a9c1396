/*
 * ROC areas from placements: for each score the share of the other side that it beats.
 */
#include "fc_roc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_sort.h"

/* How many of n ascending values are below x, or (`or_equal`) up to it. */
static size_t count_below(const float *sorted, size_t n, float x, bool or_equal)
{
    size_t low = 0, high = n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (sorted[middle] < x || (or_equal && sorted[middle] == x))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* out[i] = share of the n_sorted that are below scores[i], ties half; `above`: above it. */
static void placements(const float *scores, size_t n, const float *sorted, size_t n_sorted,
                       bool above, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const double below = ((double)count_below(sorted, n_sorted, scores[i], false) +
                              (double)count_below(sorted, n_sorted, scores[i], true)) /
                             (2 * (double)n_sorted);

        out[i] = above ? 1 - below : below;
    }
}

/* Variance of the mean of n values. */
static double mean_variance(const double *values, size_t n)
{
    double mean = 0, squares = 0;

    for (size_t i = 0; i < n; i++)
        mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return squares / ((double)n - 1) / (double)n;
}

static fc_status check(const float *positive, size_t n_positive, const float *negative,
                       size_t n_negative, bool paired, fc_error *err)
{
    if (n_positive < 2 || n_negative < 2 || (paired && n_positive != n_negative))
        return fc_error_set(err, FC_E_INVALID, "%zu positive and %zu negative %sscores", n_positive,
                            n_negative, paired ? "paired " : "");
    for (size_t i = 0; i < n_positive; i++)
        if (isnan(positive[i]))
            return fc_error_set(err, FC_E_INVALID, "positive score %zu is not a number", i);
    for (size_t i = 0; i < n_negative; i++)
        if (isnan(negative[i]))
            return fc_error_set(err, FC_E_INVALID, "negative score %zu is not a number", i);
    return FC_OK;
}

fc_status fc__roc_auc(const float *positive, size_t n_positive, const float *negative,
                      size_t n_negative, bool paired, double *auc, double *error, fc_error *err)
{
    const size_t n = n_positive + n_negative;
    float *sorted = fc__alloc_array(n, sizeof(*sorted));
    double *places = fc__alloc_array(n, sizeof(*places)), sum = 0;
    fc_status st = check(positive, n_positive, negative, n_negative, paired, err);

    if (st == FC_OK && (sorted == NULL || places == NULL))
        st = fc__nomem(err, n * sizeof(*places), "scores");
    if (st == FC_OK) {
        memcpy(sorted, positive, n_positive * sizeof(*sorted));
        memcpy(sorted + n_positive, negative, n_negative * sizeof(*sorted));
        qsort(sorted, n_positive, sizeof(*sorted), fc__by_f32);
        qsort(sorted + n_positive, n_negative, sizeof(*sorted), fc__by_f32);
        placements(positive, n_positive, sorted + n_positive, n_negative, false, places);
        placements(negative, n_negative, sorted, n_positive, true, places + n_positive);
        for (size_t i = 0; i < n_positive; i++)
            sum += places[i];
        *auc = sum / (double)n_positive;
    }
    if (st == FC_OK && error != NULL) {
        for (size_t i = 0; i < n_positive && paired; i++)
            places[i] += places[n_positive + i];
        *error = sqrt(mean_variance(places, n_positive) +
                      (paired ? 0 : mean_variance(places + n_positive, n_negative)));
    }
    free(places);
    free(sorted);
    return st;
}
