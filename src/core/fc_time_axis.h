/*
 * Where the rows of an item lie in time: made by an encoder, kept by the block codec.
 *
 * Threads: plain values.
 */
#ifndef FC_TIME_AXIS_H
#define FC_TIME_AXIS_H

#include <featcache/types.h>

/* Where the rows of an item lie in time, in nanoseconds of the source. */
typedef enum fc_time_kind {
    FC_TIME_NONE = 0,
    FC_TIME_REGULAR = 1,  /* row i covers [start + i hop, start + i hop + length) */
    FC_TIME_EXPLICIT = 2, /* intervals[2 i], intervals[2 i + 1] */
} fc_time_kind;

typedef struct fc_time_axis {
    fc_time_kind kind;
    int64_t start_ns, hop_ns, length_ns;
    const int64_t *intervals; /* 2 x n_rows, explicit only; borrowed */
} fc_time_axis;

#endif /* FC_TIME_AXIS_H */
