/*
 * Calibrated ranking in a space: the nearest of each lane by cosine (with fc_ranking.exact all) are
 * scored again, so that modalities which lie apart rank fairly with one another (fc_rescore.h has
 * the methods).
 *
 * Threads: one at a time.
 */
#ifndef FC_SEARCH_CALIBRATE_H
#define FC_SEARCH_CALIBRATE_H

#include "fc_hash.h"
#include "search_question.h"
#include "search_rank.h"
#include "search_sample.h"

typedef enum fc_calibration {
    FC_CALIBRATE_NONE,
    FC_CALIBRATE_SHIFT,
    FC_CALIBRATE_CSLS,
    FC_CALIBRATE_INVERTED,
    FC_CALIBRATE_DYNAMIC, /* inverted, where the bank activates the first hit */
    FC_CALIBRATE_FAIR
} fc_calibration;

/* "none" (and NULL), "shift", "csls", "invsoftmax", "dis", "fair". FC_E_INVALID says what there is.
 */
fc_status fc__calibration_parse(fc_calibration *out, const char *text, fc_error *err);

/* First hits of a bank (search_activated.h). */
typedef struct fc_activated {
    fc_u128 key;     /* what they depend on */
    uint64_t *items; /* ascending; NULL: none was looked for */
    size_t n;
} fc_activated;

/* What is kept from query to query. */
typedef struct fc_calibrator {
    fc_lane_sample samples[FC_LANES_MAX]; /* a lane each */
    fc_activated activated;
} fc_calibrator;

void fc__calibrator_dispose(fc_calibrator *c);

/* A query to be calibrated. */
typedef struct fc_calibrating {
    fc_calibration method;
    const fc_ranking *ranking;   /* the query's vector, its lanes, its filter */
    const fc_lanes *lanes;       /* the same lanes */
    const fc_query_space *space; /* they are of */
    const fc_terms *terms;       /* of the query */
    const fc_question *question;
    const char *encoder; /* that the user named, for vectors; NULL */
} fc_calibrating;

/* Rank, tell the result what was done, and append the hits. FC_E_INVALID: nothing of the query's
 * modality is stored to calibrate by, or a vector whose modality nobody said. */
fc_status fc__rank_calibrated(fc_calibrator *c, const fc_calibrating *ask, fc_result_builder *out,
                              bool *exact, fc_error *err);

#endif /* FC_SEARCH_CALIBRATE_H */
