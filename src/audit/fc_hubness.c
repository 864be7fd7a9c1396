/*
 * In how many neighbour lists each item is, and how unevenly.
 */
#include "fc_hubness.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_rank_groups.h"

static fc_status count(uint32_t *counts, const fc_knn_lists *lists, size_t k,
                       const uint64_t *gallery, size_t n, fc_error *err)
{
    for (size_t q = 0; q < lists->n_queries; q++)
        for (size_t i = 0; i < k && i < lists->n_found[q]; i++) {
            const uint64_t content = lists->contents[q * lists->k + i];
            size_t at;

            if (!fc__rank_find(gallery, n, content, &at))
                return fc_error_set(err, FC_E_INVALID,
                                    "a list holds content %llu, which is not "
                                    "in the gallery",
                                    (unsigned long long)content);
            counts[at]++;
        }
    return FC_OK;
}

/* Keep the hubs in order: few places, and nearly every item is below the last. */
static void offer(fc_hubness *out, uint64_t content, uint32_t number)
{
    size_t at = out->n_hubs;

    if (number == 0 || (at == FC_HUBS_MAX && out->hubs[at - 1].count >= number))
        return;
    if (at < FC_HUBS_MAX)
        out->n_hubs++;
    else
        at--;
    for (; at > 0 && out->hubs[at - 1].count < number; at--)
        out->hubs[at] = out->hubs[at - 1];
    out->hubs[at] = (fc_hub){content, number};
}

static void describe(fc_hubness *out, const uint32_t *counts, const uint64_t *gallery, size_t n)
{
    double sum = 0, squares = 0, cubes = 0;
    size_t never = 0;

    for (size_t i = 0; i < n; i++) {
        sum += counts[i];
        never += counts[i] == 0;
        offer(out, gallery[i], counts[i]);
    }
    out->mean = sum / (double)n;
    out->never = (double)never / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double off = counts[i] - out->mean;

        squares += off * off / (double)n;
        cubes += off * off * off / (double)n;
    }
    out->skewness = squares > 0 ? cubes / (squares * sqrt(squares)) : 0;
}

fc_status fc__hubness(fc_hubness *out, const fc_knn_lists *lists, size_t k, const uint64_t *gallery,
                      size_t n, fc_error *err)
{
    uint32_t *counts;
    double chance, queries;
    fc_status st;

    *out = (fc_hubness){0};
    if (k == 0 || k > lists->k || n == 0 || lists->n_queries == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "%zu neighbours of lists of %zu, %zu queries, a gallery of %zu", k,
                            lists->k, lists->n_queries, n);
    counts = fc__alloc_array(n, sizeof(*counts));
    if (counts == NULL)
        return fc__nomem(err, n * sizeof(*counts), "counts of neighbours");
    st = count(counts, lists, k, gallery, n, err);
    if (st == FC_OK) {
        describe(out, counts, gallery, n);
        queries = (double)lists->n_queries;
        chance = out->mean / queries; /* k / n where every list is full */
        out->null_never = pow(1 - chance, queries);
        out->null_skewness =
            chance > 0 && chance < 1 ? (1 - 2 * chance) / sqrt(queries * chance * (1 - chance)) : 0;
    }
    free(counts);
    return st;
}
