/*
 * A seeded sample of what can be found in a lane of a space, kept from query to query: the mean of
 * its unit vectors, and some of them as a bank to compare with.
 *
 * Threads: one at a time.
 */
#ifndef FC_SEARCH_SAMPLE_H
#define FC_SEARCH_SAMPLE_H

#include "search_lanes.h"

#define FC_SAMPLE_MEAN_ROWS ((size_t)20000)
#define FC_SAMPLE_BANK_ROWS ((size_t)2048)

#define FC_SAMPLE_KEY_BYTES 256

typedef struct fc_lane_sample {
    char key[FC_SAMPLE_KEY_BYTES]; /* of the index that it was drawn from; "": none yet */
    double *mean;                  /* dim; NULL: not asked for yet */
    float *bank;                   /* n_bank x dim; NULL: not asked for yet */
    uint64_t *contents;            /* of the bank, ascending */
    size_t n_bank;
    uint64_t *drawn; /* contents in the order in which they were drawn */
    size_t n_drawn;
} fc_lane_sample;

/* What a sample was drawn from: an index in its state. */
void fc__sample_key(const fc_output_index *index, char out[FC_SAMPLE_KEY_BYTES]);
/* The mean of lane i's unit vectors, of all or of FC_SAMPLE_MEAN_ROWS that were drawn; zero where
 * there are none. Valid until the lane's index is another. */
fc_status fc__sample_mean(fc_lane_sample *sample, const fc_lanes *lanes, size_t i, fc_snapshot *s,
                          const double **mean, fc_error *err);
/* Fill in the bank: unit vectors of at most FC_SAMPLE_BANK_ROWS contents. */
fc_status fc__sample_bank(fc_lane_sample *sample, const fc_lanes *lanes, size_t i, fc_snapshot *s,
                          fc_error *err);
void fc__sample_dispose(fc_lane_sample *sample);

#endif /* FC_SEARCH_SAMPLE_H */
