/*
 * Which contents of an ingest become canaries: of each modality the first by fc__canary_order(),
 * small ones before large ones, then by content id, so that the choice is spread over the data and
 * is the same whatever the number of workers. Bytes are copied while a worker has them: an archive
 * is not read again, and of inline texts the store keeps no more than a beginning.
 *
 * Threads: any may offer; the rest when no other does.
 */
#ifndef FC_CANARY_PICK_H
#define FC_CANARY_PICK_H

#include "fc_store_canary.h"

typedef struct fc_canary_pick fc_canary_pick;

/* What it holds, at most `max_bytes` a modality: some more inputs than a canary has, for not all
 * can be decoded. `modalities`: bits, 1 << fc_modality; others are not taken. */
fc_status fc__canary_pick_create(fc_canary_pick **out, unsigned modalities, size_t max_bytes,
                                 fc_error *err);
void fc__canary_pick_destroy(fc_canary_pick *p);
/* NULL takes nothing. Without memory it is not taken, and nothing else happens. */
void fc__canary_pick_offer(fc_canary_pick *p, const fc_sha256 *content, fc_modality modality,
                           double start_s, double end_s, const char *name, const void *bytes,
                           size_t n);
/* What was chosen of a modality, best first; borrowed. */
const fc_canary_input *fc__canary_pick_list(const fc_canary_pick *p, fc_modality modality,
                                            size_t *n);

#endif /* FC_CANARY_PICK_H */
