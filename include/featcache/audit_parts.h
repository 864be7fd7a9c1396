/**
 * @file featcache/audit_parts.h
 * What the reports of audits have in common: a figure, and a sample to be shown.
 */
#ifndef FC_AUDIT_PARTS_H
#define FC_AUDIT_PARTS_H

#include <featcache/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A figure, the ends of its 95 % interval, and its value where nothing is shared or to be found.
 * NAN where there is none. */
typedef struct fc_audit_measure {
    double value, low, high, null_value;
} fc_audit_measure;

/** A sample. Strings belong to the report; "" where there is none. */
typedef struct fc_audit_sample {
    const char *dataset, *id, *group, *split, *path, *preview;
    fc_modality modality;
    uint64_t content;
    double start_s, end_s;
} fc_audit_sample;

#ifdef __cplusplus
}
#endif

#endif /* FC_AUDIT_PARTS_H */
