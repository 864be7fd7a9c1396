/*
 * The items that a bank of queries activates: the first hit of each, over all that is searched.
 *
 * Threads: one at a time.
 */
#ifndef FC_SEARCH_ACTIVATED_H
#define FC_SEARCH_ACTIVATED_H

#include "search_calibrate.h"
#include "search_rescore.h"

/* Whether the query's own first hit among all that its modalities let it search, whatever its
 * filter, is one that the bank activates (QB-Norm, fc_rescore.h). The set is kept from query to
 * query; the first one pays a search for each row of the bank. An item that is in the bank itself
 * counts by its next hit. */
fc_status fc__activated_by(fc_rescoring *c, bool *out, fc_error *err);

#endif /* FC_SEARCH_ACTIVATED_H */
