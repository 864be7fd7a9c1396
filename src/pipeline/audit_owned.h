/*
 * Blocks and texts that a report of an audit points to, released together.
 *
 * Threads: one at a time.
 */
#ifndef FC_AUDIT_OWNED_H
#define FC_AUDIT_OWNED_H

#include <featcache/audit_parts.h>
#include <featcache/store.h>

typedef struct fc_audit_owned {
    void **list;
    size_t n, room;
} fc_audit_owned;

/* *out (a pointer of any type): n x size bytes, zeroed. */
fc_status fc__audit_own(fc_audit_owned *o, size_t n, size_t size, void *out, fc_error *err);
fc_status fc__audit_own_text(fc_audit_owned *o, const char *text, const char **out, fc_error *err);
fc_status fc__audit_own_sample(fc_audit_owned *o, const fc_sample *sample, fc_audit_sample *out,
                               fc_error *err);
void fc__audit_owned_dispose(fc_audit_owned *o);

#endif /* FC_AUDIT_OWNED_H */
