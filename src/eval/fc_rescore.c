/*
 * Sums are in double and in the order of the values.
 */
#include "fc_rescore.h"

#include <math.h>
#include <string.h>

#include "fc_vec.h"

/* Rounding of f32 unit vectors, and no direction any more. */
#define NOTHING_LEFT 1e-6

fc_status fc__rescore_shift(float *x, const double *mean, size_t dim)
{
    double square = 0;

    for (size_t i = 0; i < dim; i++) {
        x[i] = (float)((double)x[i] - mean[i]);
        square += (double)x[i] * (double)x[i];
    }
    if (sqrt(square) > NOTHING_LEFT && fc__vec_normalise(x, dim) == FC_OK)
        return FC_OK;
    memset(x, 0, dim * sizeof(*x));
    return FC_E_FORMAT;
}

/* Put the smallest of the heap (n values) in its place, from `at` down. */
static void sift(float *heap, size_t n, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        const float value = heap[at];

        if (child + 1 < n && heap[child + 1] < heap[child])
            child++;
        if (value <= heap[child])
            return;
        heap[at] = heap[child];
        heap[child] = value;
    }
}

double fc__rescore_mean_largest(float *values, size_t n, size_t k)
{
    double sum = 0;

    k = k < n ? k : n;
    if (k == 0)
        return 0;
    for (size_t i = k / 2; i-- > 0;)
        sift(values, k, i);
    for (size_t i = k; i < n; i++)
        if (values[i] > values[0]) {
            values[0] = values[i];
            sift(values, k, 0);
        }
    for (size_t i = 0; i < k; i++)
        sum += (double)values[i];
    return sum / (double)k;
}

double fc__rescore_inverted(double cosine, const float *bank, size_t n, double b)
{
    double most = -INFINITY, sum = 0;

    if (n == 0)
        return cosine;
    for (size_t i = 0; i < n; i++)
        most = (double)bank[i] > most ? (double)bank[i] : most;
    for (size_t i = 0; i < n; i++)
        sum += exp(b * ((double)bank[i] - most));
    return cosine - most - log(sum / (double)n) / b;
}

bool fc__rescore_is_activated(const uint64_t *set, size_t n, uint64_t item)
{
    size_t low = 0, high = n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (set[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && set[low] == item;
}

void fc__moments_add(fc_moments *m, double value)
{
    const double off = value - m->mean;

    m->n++;
    m->mean += off / (double)m->n;
    m->squares += off * (value - m->mean);
}

double fc__moments_standard(const fc_moments *m, double value)
{
    const double deviation = m->n > 0 ? sqrt(m->squares / (double)m->n) : 0;

    return m->n > 1 && deviation > 1e-9 ? (value - m->mean) / deviation : 0;
}
