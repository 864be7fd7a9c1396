/*
 * Scores of a calibrated query: what is the same for all candidates of a lane, and the score of
 * each. For search_calibrate.c alone.
 */
#ifndef FC_SEARCH_RESCORE_H
#define FC_SEARCH_RESCORE_H

#include "fc_rescore.h"
#include "search_calibrate.h"

/* One query while it is calibrated. */
typedef struct fc_rescoring {
    fc_calibrator *kept;
    const fc_calibrating *ask;
    fc_ranking ranking; /* with all selves, to know them */
    size_t dim;
    size_t term_lanes[FC_QUERY_TERMS_MAX]; /* the lane of each term's modality */
    size_t banks[FC_LANES_MAX], n_banks;   /* those lanes, each once: whose samples are the bank */
    size_t n_bank;                         /* rows of them together */
    float *query;                          /* unit vector */
    float *moved;                          /* the same after the shift */
    float *cosines;                        /* n_bank: scratch */
    bool activated;                        /* dynamic: by the query's first hit */
    size_t n;                              /* candidates of a lane; exact: not used */
    fc_hit *hits;                          /* n */
    float *rows;                           /* of a chunk of them */
} fc_rescoring;

/* What is the same for all candidates of a lane. */
typedef struct fc_lane_terms {
    const double *mean; /* shift: of its vectors */
    double r_x;         /* CSLS */
    fc_moments moments; /* fair */
} fc_lane_terms;

fc_status fc__rescore_lane(fc_rescoring *c, size_t lane, fc_lane_terms *out, fc_error *err);
/* Score of a candidate, whose unit row may be changed, and its cosine with the query. */
double fc__rescore(fc_rescoring *c, const fc_lane_terms *t, float *row, uint64_t content,
                   double *cosine);

#endif /* FC_SEARCH_RESCORE_H */
