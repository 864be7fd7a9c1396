/*
 * The report of an adapter's fit as JSON: what is stored beside it and shown.
 */
#ifndef FC_ADAPTER_RECORD_H
#define FC_ADAPTER_RECORD_H

#include "adapter_pairs.h"

/* Appended to `out`, without a NUL. */
fc_status fc__adapter_record(const fc_adapt_report *r, const fc_adapter_pairs *pairs, uint64_t seed,
                             fc_buf *out, fc_error *err);

#endif /* FC_ADAPTER_RECORD_H */
