/*
 * Inside fc_audit_storage(): its steps, each filling in its part of the report.
 */
#ifndef FC_AUDIT_STORAGE_STEPS_H
#define FC_AUDIT_STORAGE_STEPS_H

#include <featcache/audit_storage.h>

typedef struct fc_storage_audit {
    fc_store *store;
    fc_snapshot *snapshot;
    const fc_storage_options *opts; /* resolved: no zeros */
    fc_storage_report *report;
    fc_output_stat *stats; /* of all outputs */
    size_t n_stats;
    fc_error *err;
} fc_storage_audit;

/* Where the strings and lists of a report are its own; given back as what may be freed. */
static inline void *fc__storage_owned(const void *p)
{
    return (void *)(uintptr_t)p;
}

/* audit_storage_use.c: who uses a version, and the segments of the index. */
fc_status fc__storage_uses(fc_storage_audit *a);
fc_status fc__storage_segments(fc_storage_audit *a);
/* audit_storage_try.c: what else an output could be stored as. */
fc_status fc__storage_try(fc_storage_audit *a, const fc_encoder_info *e, const fc_output_info *info,
                          const fc_output_stat *stat, fc_storage_output *out);
/* audit_storage_advice.c */
fc_status fc__storage_advise(fc_storage_audit *a);

/* Whether the caller wants to stop. */
fc_status fc__storage_go_on(const fc_storage_audit *a, const char *what, uint64_t done,
                            uint64_t total);

#endif /* FC_AUDIT_STORAGE_STEPS_H */
