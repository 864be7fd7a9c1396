/*
 * Which contents are live: held by a sample of a newest sealed data-set version (or of one given
 * version, or by those that a filter lets through), as a bit set over content numbers.
 */
#ifndef FC_SEARCH_LIVE_H
#define FC_SEARCH_LIVE_H

#include <featcache/store.h>

#include "fc_filter.h"
#include "fc_index.h"

/* What to let through; zero lets all through. */
typedef struct fc_live_filter {
    const fc_dataset_info *dataset; /* with `version`; NULL: all data sets, newest sealed */
    const fc_dataset_version *version;
    uint32_t modalities; /* bit (1 << fc_modality); 0: all */
    const fc_filter *where;
    /* Only data sets whose newest sealed version (or the one given) has sealed this output: items
     * that an unfinished ingest has put for samples that are there are not to be seen. 0: any. */
    fc_version_id covered_version;
    fc_output_id covered_output;
} fc_live_filter;

bool fc__live_filter_is_open(const fc_live_filter *f);
bool fc__live_filter_matches(const fc_live_filter *f, const fc_sample *sample);

/* The newest sealed version of a data set; NULL: none. */
const fc_dataset_version *fc__newest_sealed(const fc_dataset_info *d);
/* Whether the data set's newest sealed version, or `pinned` (may be NULL), has sealed the output.
 */
bool fc__dataset_covers(const fc_dataset_info *d, const fc_dataset_version *pinned,
                        fc_version_id version, fc_output_id output);

/* A content set that owns its bits. */
typedef struct fc_live_set {
    fc_content_set set;
    uint64_t *bits;
} fc_live_set;

/* Call `each` for every sample that the filter lets through; a failure of it ends the scan. */
typedef fc_status (*fc_live_fn)(void *context, const fc_sample *sample, fc_error *err);
fc_status fc__live_scan(fc_snapshot *s, const fc_live_filter *f, fc_live_fn each, void *context,
                        fc_error *err);
/* The contents of those samples. */
fc_status fc__live_contents(fc_snapshot *s, const fc_live_filter *f, fc_live_set *out,
                            fc_error *err);
fc_status fc__live_set_add(fc_live_set *set, uint64_t content, fc_error *err);
void fc__live_set_remove(fc_live_set *set, uint64_t content);
void fc__live_set_dispose(fc_live_set *set);

#endif /* FC_SEARCH_LIVE_H */
