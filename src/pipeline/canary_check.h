/*
 * Canaries asked and made, for an encoder that is ready to run.
 *
 * Threads: one at a time.
 */
#ifndef FC_CANARY_CHECK_H
#define FC_CANARY_CHECK_H

#include "canary_encode.h"

typedef struct fc_canary_job {
    fc_encoder *encoder;
    const fc_decode_limits *limits; /* of inputs that are taken; those that were taken once must
                                       not be refused by an option: the defaults are theirs */
    bool accept;                    /* what is computed now takes the place of what was */
} fc_canary_job;

/* Encode all inputs again, and compare: out->state and what follows from it; the fields before it
 * are the caller's. Outputs that an input lacks, for they were added to the encoder later, are
 * taken into it; *changed: the canary is to be stored. */
fc_status fc__canary_check(fc_canary_encoder_report *out, fc_canary *c, const fc_canary_job *job,
                           bool *changed, fc_error *err);
/* Add inputs out of `from` (copied) until there are `n_wanted`; those that the encoder refuses,
 * that are there already or do not fit are passed over. *added counts. */
fc_status fc__canary_fill(fc_canary *c, const fc_canary_job *job, const fc_canary_input *from,
                          size_t n_from, size_t n_wanted, size_t *added, fc_error *err);
/* A canary without inputs, of what the encoder is now. */
fc_status fc__canary_begin(fc_canary *c, const fc_sha256 *fingerprint, const fc_encoder *e,
                           fc_error *err);

/* Release what a report of one encoder owns. */
void fc__canary_encoder_report_dispose(fc_canary_encoder_report *r);

#endif /* FC_CANARY_CHECK_H */
