/*
 * Inputs for canaries out of what a store's samples are now: for encoders that were stored before
 * there were canaries, and for more of them.
 */
#ifndef FC_CANARY_FIND_H
#define FC_CANARY_FIND_H

#include "fc_store_canary.h"

/* Read up to `n` contents of `modality` that `have` lacks, together at most `max_bytes`, by
 * fc__canary_order() among the first few by content id: of the newest sealed versions, out of the
 * files that they came from, where those still have that content. Members of tar archives are left
 * out (each would cost a pass), and texts of manifests that are longer than their preview. Fewer,
 * or none, is no failure. *list is the caller's. */
fc_status fc__canary_find(fc_snapshot *s, fc_modality modality, const fc_canary *have, size_t n,
                          size_t max_bytes, fc_canary_input **list, size_t *n_found, fc_error *err);
void fc__canary_inputs_free(fc_canary_input *list, size_t n);

#endif /* FC_CANARY_FIND_H */
