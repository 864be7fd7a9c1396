/*
 * Hubs: items that are in the neighbour lists of very many others, and those that are in none
 * (Radovanovic, Nanopoulos and Ivanovic, "Hubs in space", JMLR 11, 2010). N_k of an item: in how
 * many lists of k it is.
 */
#ifndef FC_HUBNESS_H
#define FC_HUBNESS_H

#include "fc_knn_lists.h"

typedef struct fc_hub {
    uint64_t content;
    uint32_t count;
} fc_hub;

#define FC_HUBS_MAX 32u

typedef struct fc_hubness {
    double skewness;      /* E[(N_k - mu)^3] / sigma^3; 0 where all are one */
    double null_skewness; /* of lists drawn at random: binomial, (1 - 2 c) / sqrt(n_q c (1 - c)) */
    double never;         /* share of the gallery in no list */
    double null_never;    /* (1 - c)^n_q, c the mean of N_k over n_q, the number of queries */
    double mean;          /* of N_k */
    size_t n_hubs;
    fc_hub hubs[FC_HUBS_MAX]; /* most frequent first, equal ones by content number */
} fc_hubness;

/* Of the first k of each list. `gallery`: its n content numbers, ascending, all that lists may
 * hold (else FC_E_INVALID). Queries may be a sample: then N_k is what they find. */
fc_status fc__hubness(fc_hubness *out, const fc_knn_lists *lists, size_t k, const uint64_t *gallery,
                      size_t n, fc_error *err);

#endif /* FC_HUBNESS_H */
