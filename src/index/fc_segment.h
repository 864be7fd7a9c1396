/*
 * An open segment, and what the files of this folder do with one. Not for other folders.
 */
#ifndef FC_SEGMENT_H
#define FC_SEGMENT_H

#include "fc_faiss.h"
#include "fc_vec_file.h"

struct fc_segment {
    fc_segment_info info;
    fc_vec_file vec;
    fc_faiss *faiss; /* NULL: exact scan */
    fc_effort_point effort;
    fc_segment_measure measure; /* target 0: nothing is known */
    char *faiss_path;           /* NULL for a Flat segment */
};

#endif /* FC_SEGMENT_H */
