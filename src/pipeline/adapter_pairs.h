/*
 * What two encoder versions have both encoded, as rows in memory.
 */
#ifndef FC_ADAPTER_PAIRS_H
#define FC_ADAPTER_PAIRS_H

#include "fc_adapt.h"
#include "search_pick.h"

typedef struct fc_adapter_pairs {
    fc_adapt_pairs pairs; /* unit rows; its arrays are these */
    float *source, *target;
    uint64_t *contents;
    uint64_t n_common;  /* items of both, of which the pairs are a sample */
    uint64_t n_skipped; /* of the sample: a side is zero */
} fc_adapter_pairs;

/* Vector outputs of two versions: `text` as fc_snapshot_find_encoder() takes it, `output` of its
 * name, NULL for "pooled", else the first. FC_E_NOT_FOUND, FC_E_INVALID: nothing is a vector. */
fc_status fc__adapter_pick(fc_snapshot *s, const char *text, const char *output, fc_picked *out,
                           fc_error *err);
/* Items of both outputs, n_sample of them by seed where there are more. FC_E_NOT_FOUND: a side has
 * none; FC_E_FORMAT: not finite; FC_E_LIMIT: more than `memory_bytes`. Dispose also after a
 * failure. */
fc_status fc__adapter_pairs_read(fc_adapter_pairs *out, fc_snapshot *s, const fc_picked *source,
                                 const fc_picked *target, uint64_t n_sample, uint64_t seed,
                                 uint64_t memory_bytes, fc_error *err);
void fc__adapter_pairs_dispose(fc_adapter_pairs *p);

#endif /* FC_ADAPTER_PAIRS_H */
