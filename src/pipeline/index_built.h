/*
 * What the caller of an index update hears of a new segment.
 */
#ifndef FC_INDEX_BUILT_H
#define FC_INDEX_BUILT_H

#include <featcache/query.h>

#include "fc_index.h"

/* Call opts->built, where there is one, with what was measured. */
void fc__index_tell_built(const fc_index_options *opts, const fc_segment_info *info,
                          const fc_segment_measure *m);

#endif /* FC_INDEX_BUILT_H */
