/*
 * Which segments a new one takes in, and what is carried over from them.
 *
 * Segments merge as in a log-structured tree: the new one takes in every segment not larger than
 * twice what it has gathered, so that each row is rewritten a logarithmic number of times, and each
 * segment is less than half of the one before it. All is built anew
 * - when more than a tenth of the rows are dead;
 * - when what is scanned beside an index of FAISS passes a tenth of it: such an index has learnt
 *   from the rows that it was built of, so it is trained again over all, never added to.
 */
#ifndef FC_INDEX_MERGE_H
#define FC_INDEX_MERGE_H

#include "fc_index.h"

typedef struct fc_merge_part {
    uint64_t rows;
    bool exact; /* scanned; else FAISS searches it */
    bool keep;  /* receives whether it stays as it is */
} fc_merge_part;

/* n_new rows come to n parts, of whose rows n_dead are dead. What the new segment holds is n_new
 * and the live rows of parts that do not stay; where all stay and n_new is 0, there is none. */
void fc__index_merge(fc_merge_part *parts, size_t n, uint64_t n_new, uint64_t n_dead);

/* What a new segment is asked to be, where the caller does not say: an index goes on with the
 * recall that it was built for and, where it is taken in, with the kind that was named for it. */
typedef struct fc_merge_wish {
    double target_recall; /* 0: the default */
    char kind[32];        /* "": what measurements favour */
} fc_merge_wish;

/* Of the largest of n open segments that FAISS searches. parts[i] is of segments[i]. */
void fc__index_merge_wish(fc_merge_wish *out, fc_segment *const *segments,
                          const fc_merge_part *parts, size_t n);

#endif /* FC_INDEX_MERGE_H */
