/**
 * @file featcache/audit_measure.h
 * A figure of an audit: never without what it would be where nothing is to be found.
 */
#ifndef FC_AUDIT_MEASURE_H
#define FC_AUDIT_MEASURE_H

#include <featcache/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A value, the ends of its 95 % interval, and its value under chance. NAN: there is none. */
typedef struct fc_audit_measure {
    double value, low, high, null_value;
} fc_audit_measure;

#ifdef __cplusplus
}
#endif

#endif /* FC_AUDIT_MEASURE_H */
