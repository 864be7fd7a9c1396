/*
 * Claims: which (content, encoder) is being computed now, so that two workers that meet the same
 * content at the same time compute it once.
 *
 * A worker claims before it looks into the store. Whoever finds the claim taken waits for its
 * outcome. A claim lives until the batch that holds its features is committed, so that the store
 * answers from then on; the table is bounded by what is in flight.
 *
 * Threads: all functions from any.
 */
#ifndef FC_INGEST_CLAIMS_H
#define FC_INGEST_CLAIMS_H

#include "fc_hash.h"

typedef struct fc_claims fc_claims;

fc_status fc__claims_create(fc_claims **out, fc_error *err);
void fc__claims_destroy(fc_claims *c);

/* True: it is yours; end it with fc__claims_settle(). False: another had it and has settled since
 * (this call waited): *reason is NULL when its features are on the way, else a copy of why it
 * failed, which the caller frees. FC_E_NOMEM fails the call. */
fc_status fc__claims_take(fc_claims *c, const fc_sha256 *content, uint32_t encoder, bool *mine,
                          char **reason, fc_error *err);
/* The same without waiting; FC_E_BUSY, without a message, where it would have to. Whoever has
 * claims that are not settled must not wait for another's, who may be waiting for one of these. */
fc_status fc__claims_try(fc_claims *c, const fc_sha256 *content, uint32_t encoder, bool *mine,
                         char **reason, fc_error *err);
/* What came of a claim of yours: reason NULL for features. */
void fc__claims_settle(fc_claims *c, const fc_sha256 *content, uint32_t encoder,
                       const char *reason);
/* The store knows now (or never will): forget it. */
void fc__claims_drop(fc_claims *c, const fc_sha256 *content, uint32_t encoder);

#endif /* FC_INGEST_CLAIMS_H */
