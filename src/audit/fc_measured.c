/*
 * Intervals of means, normal quantiles, what permutations make of a value, Holm's correction.
 */
#include "fc_measured.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_sort.h"

#define LEVEL 0.95

/* Halving: it is called a few times a report. */
double fc__normal_quantile(double p)
{
    double low = -40, high = 40;

    for (int i = 0; i < 80; i++) {
        const double middle = (low + high) / 2;

        if (erfc(-middle / sqrt(2)) / 2 < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

fc_interval fc__normal_interval(double value, double error, double level)
{
    const double z = fc__normal_quantile((1 + (level > 0 ? level : LEVEL)) / 2);

    return (fc_interval){value - z * error, value + z * error};
}

/* Student's quantile by its expansion in 1 / df (Abramowitz and Stegun 26.7.5): within 1e-4 from 10
 * degrees of freedom on, and 7 % too small at 2. */
static double student_quantile(double p, double df)
{
    const double z = fc__normal_quantile(p), z2 = z * z;
    const double g1 = (z2 + 1) * z / 4;
    const double g2 = ((5 * z2 + 16) * z2 + 3) * z / 96;
    const double g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384;
    const double g4 = ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) * z / 92160;

    return z + (g1 + (g2 + (g3 + g4 / df) / df) / df) / df;
}

void fc__mean_interval(fc_measured *out, const float *values, size_t n, double level,
                       size_t *n_used)
{
    double mean = 0, squares = 0, half;
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        const double off = (double)values[i] - mean;

        if (!isfinite(values[i]))
            continue;
        used++;
        mean += off / (double)used;
        squares += off * ((double)values[i] - mean);
    }
    out->value = used > 0 ? mean : NAN;
    out->range = (fc_interval){NAN, NAN};
    if (used > 1) {
        half = student_quantile((1 + (level > 0 ? level : LEVEL)) / 2, (double)used - 1) *
               sqrt(squares / ((double)used - 1) / (double)used);
        out->range = (fc_interval){mean - half, mean + half};
    }
    if (n_used != NULL)
        *n_used = used;
}

fc_permuted fc__permuted(double value, double *permuted, size_t n, double tie)
{
    fc_permuted out = {.value = value, .null_mean = NAN, .null_high = NAN, .p_value = 1};
    size_t reached = 0;
    double sum = 0;

    if (n == 0)
        return out;
    for (size_t i = 0; i < n; i++) {
        sum += permuted[i];
        reached += permuted[i] >= value - tie;
    }
    qsort(permuted, n, sizeof(*permuted), fc__by_f64);
    out.null_mean = sum / (double)n;
    out.null_high = fc__quantile(permuted, n, LEVEL);
    out.p_value = (1 + (double)reached) / (1 + (double)n);
    return out;
}

typedef struct ranked {
    double p;
    size_t at;
} ranked;

static int by_p(const void *a, const void *b)
{
    const ranked *x = a, *y = b;

    return x->p != y->p ? (x->p > y->p) - (x->p < y->p) : (x->at > y->at) - (x->at < y->at);
}

fc_status fc__holm(double *p_values, size_t n, fc_error *err)
{
    ranked *order = fc__alloc_array(n, sizeof(*order));
    double least = 0;

    if (order == NULL)
        return fc__nomem(err, n * sizeof(*order), "p-values");
    for (size_t i = 0; i < n; i++)
        order[i] = (ranked){p_values[i], i};
    qsort(order, n, sizeof(*order), by_p);
    for (size_t i = 0; i < n; i++) {
        least = fmax(least, fmin(1, order[i].p * (double)(n - i)));
        p_values[order[i].at] = least;
    }
    free(order);
    return FC_OK;
}
