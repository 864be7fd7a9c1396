/*
 * Measures out of the first relevant rank of each query.
 */
#include "fc_measures.h"

#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_sort.h"

fc_query_score fc__query_score(const fc_first_rank *rank, uint32_t cluster, uint32_t split)
{
    fc_query_score s = {.cluster = cluster, .split = split};

    for (size_t k = FC_RECALL_1; k <= FC_RECALL_10; k++)
        s.value[k] = fc__first_rank_within(rank, FC_RECALL_KS[k]);
    s.value[FC_MRR] = fc__first_rank_reciprocal(rank);
    s.value[FC_MEDIAN_RANK] = fc__first_rank_expected(rank);
    return s;
}

/* The measures of one split; *ranks has room for all queries. False where it has none. */
static bool of_split(const fc_score_list *list, uint32_t split, double *ranks, fc_measures *out)
{
    size_t n = 0;

    *out = (fc_measures){{0}};
    for (size_t i = 0; i < list->n; i++) {
        const fc_query_score *s = &list->scores[i];

        if (s->split != split)
            continue;
        for (size_t m = 0; m < FC_MEDIAN_RANK; m++)
            out->value[m] += s->value[m];
        ranks[n++] = s->value[FC_MEDIAN_RANK];
    }
    if (n == 0)
        return false;
    for (size_t m = 0; m < FC_MEDIAN_RANK; m++)
        out->value[m] /= (double)n;
    qsort(ranks, n, sizeof(*ranks), fc__by_f64);
    out->value[FC_MEDIAN_RANK] = (ranks[(n - 1) / 2] + ranks[n / 2]) / 2.0;
    return true;
}

fc_status fc__measures(const fc_score_list *list, uint32_t n_splits, fc_measures *out,
                       fc_error *err)
{
    double *ranks = fc__alloc_array(list->n, sizeof(*ranks));
    uint32_t n = 0;

    *out = (fc_measures){{0}};
    if (ranks == NULL)
        return fc__nomem(err, list->n * sizeof(*ranks), "ranks");
    for (uint32_t split = 0; split < n_splits; split++) {
        fc_measures one;

        if (!of_split(list, split, ranks, &one))
            continue;
        n++;
        for (size_t m = 0; m < FC_N_MEASURES; m++)
            out->value[m] += one.value[m];
    }
    for (size_t m = 0; m < FC_N_MEASURES && n > 0; m++)
        out->value[m] /= (double)n;
    free(ranks);
    return FC_OK;
}
