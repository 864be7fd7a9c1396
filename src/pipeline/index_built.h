/*
 * What is told of a segment: of a new one after an index update, of each one by a listing.
 */
#ifndef FC_INDEX_BUILT_H
#define FC_INDEX_BUILT_H

#include <featcache/query.h>

#include "fc_index.h"

/* A segment in its public form, which points into itself and to `info`. */
typedef struct fc_built_form {
    fc_index_built built;
    fc_index_tried tried[FC_TRIED_MAX];
    fc_index_point curve[FC_CURVE_MAX];
} fc_built_form;

void fc__index_built_form(fc_built_form *out, const fc_segment_info *info,
                          const fc_segment_measure *m);

/* Call opts->built, where there is one, with what was measured. */
void fc__index_tell_built(const fc_index_options *opts, const fc_segment_info *info,
                          const fc_segment_measure *m);

#endif /* FC_INDEX_BUILT_H */
