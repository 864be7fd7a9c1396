/*
 * The samples of a data-set version as a labelled gallery and labelled queries.
 */
#ifndef FC_EVAL_LABELS_H
#define FC_EVAL_LABELS_H

#include <featcache/query.h>

#include "sample_columns.h"
#include "search_live.h"

#define FC_NO_LABEL UINT32_MAX

typedef struct fc_labelled_query {
    uint64_t content;
    uint32_t label;
} fc_labelled_query;

typedef struct fc_labelled {
    fc_live_set gallery; /* contents to search */
    uint32_t *labels;    /* by content number; FC_NO_LABEL outside the gallery */
    uint64_t n_labels_room;
    fc_labelled_query *queries;
    size_t n_queries, queries_capacity;
    fc_name_list values; /* distinct ones: a label is the number of one */
    bool leave_one_out;  /* gallery and queries are the same samples */
} fc_labelled;

/* Read labels from column (or field) `label` of the version's samples whose modality is `modality`.
 * Samples without the label are left out. A content with two labels in the gallery is FC_E_INVALID,
 * naming a sample. */
fc_status fc__labelled_read(fc_labelled *out, fc_snapshot *s, const fc_dataset_info *dataset,
                            const fc_dataset_version *version, fc_modality modality,
                            const fc_eval_label_options *opts, fc_error *err);
void fc__labelled_dispose(fc_labelled *l);

#endif /* FC_EVAL_LABELS_H */
