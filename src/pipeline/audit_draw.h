/*
 * Samples of contents for audits: those with the smallest seeded hashes, so that a content is drawn
 * or not whatever else there is.
 */
#ifndef FC_AUDIT_DRAW_H
#define FC_AUDIT_DRAW_H

#include <featcache/types.h>

/* Sort n numbers and keep each once; returns how many are left. */
size_t fc__audit_unique(uint64_t *list, size_t n);
/* Of n different contents keep at most `wanted`, ascending; *kept says how many. FC_E_NOMEM. */
fc_status fc__audit_draw(uint64_t *contents, size_t n, size_t wanted, uint64_t seed, size_t *kept,
                         fc_error *err);

#endif /* FC_AUDIT_DRAW_H */
