/*
 * Expectations over the orders of tied items. With t irrelevant and m relevant items in one random
 * order, the first j are all irrelevant with the hypergeometric probability C(t, j) / C(t + m, j).
 */
#include "fc_first_rank.h"

double fc__first_rank_within(const fc_first_rank *r, uint64_t k)
{
    const double all = (double)r->tied + (double)r->relevant;
    double none = 1.0, first;

    if (k <= r->above)
        return 0.0;
    if (k - r->above > r->tied)
        return 1.0;
    /* C(t, j) / C(t + m, j) = C(t + m - j, m) / C(t + m, m): a product of m or of j factors. */
    first = (double)(k - r->above);
    if (r->relevant <= k - r->above)
        for (uint64_t i = 0; i < r->relevant; i++)
            none *= (all - first - (double)i) / (all - (double)i);
    else
        for (uint64_t i = 0; i < k - r->above; i++)
            none *= ((double)r->tied - (double)i) / (all - (double)i);
    return 1.0 - none;
}

double fc__first_rank_reciprocal(const fc_first_rank *r)
{
    const double all = (double)r->tied + (double)r->relevant;
    double none = 1.0, sum = 0.0;

    for (uint64_t i = 0; i <= r->tied; i++) {
        const double left = all - (double)i;

        sum += none * (double)r->relevant / left / ((double)r->above + (double)i + 1.0);
        none *= ((double)r->tied - (double)i) / left;
        if (none < 1e-18)
            break;
    }
    return sum;
}

double fc__first_rank_expected(const fc_first_rank *r)
{
    return (double)r->above + 1.0 + (double)r->tied / ((double)r->relevant + 1.0);
}
