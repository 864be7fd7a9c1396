/*
 * Wilson's interval, quantiles and the vote of neighbours.
 */
#include "fc_eval.h"

#include <math.h>

/* The 97.5 % point of the normal distribution. */
#define Z 1.959963984540054

fc_interval fc__wilson(uint64_t successes, uint64_t trials)
{
    const double n = (double)trials, z2 = Z * Z;
    double p, centre, half;

    if (trials == 0)
        return (fc_interval){0.0, 1.0};
    p = (double)successes / n;
    centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    half = Z / (1.0 + z2 / n) * sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
    /* At the ends the interval closes exactly; rounding must not move it past them. */
    return (fc_interval){successes == 0 ? 0.0 : fmax(0.0, centre - half),
                         successes == trials ? 1.0 : fmin(1.0, centre + half)};
}

double fc__quantile(const double *ascending, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t low = (size_t)at;

    return low + 1 < n ? ascending[low] + (at - (double)low) * (ascending[low + 1] - ascending[low])
                       : ascending[n - 1];
}

uint32_t fc__knn_vote(const uint32_t *labels, const float *scores, size_t n)
{
    uint32_t winner = UINT32_MAX; /* no neighbours, no label */
    size_t most = 0;

    (void)scores; /* every neighbour has one voice; the order alone settles ties */
    for (size_t i = 0; i < n; i++) {
        size_t votes = 0;

        for (size_t j = i; j < n; j++)
            votes += labels[j] == labels[i];
        /* Counted from its first neighbour on, so a label's first look has all its votes, and of
         * two with as many the earlier stays. */
        if (votes > most) {
            most = votes;
            winner = labels[i];
        }
    }
    return winner;
}
