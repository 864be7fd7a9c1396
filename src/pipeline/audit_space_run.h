/*
 * What the files of fc_audit_space() share: the items of each modality, the neighbours of the
 * sample among all of them, and the report as it grows.
 *
 *     audit_space_items   which contents, and the sample's rows
 *     audit_space_near    the k nearest of each sampled item, in each modality apart
 *     audit_space_shape   hubs, anisotropy, rank, dimension, shares: of any set of modalities
 *     audit_space_gaps    two modalities against each other
 *     audit_space_recall  who finds whom
 *     audit_space_names   samples of hubs, near-duplicates across splits
 *     audit_space_tell    the findings, in words
 */
#ifndef FC_AUDIT_SPACE_RUN_H
#define FC_AUDIT_SPACE_RUN_H

#include <featcache/audit_space.h>

#include "audit_owned.h"
#include "eval_method.h"
#include "fc_knn_lists.h"
#include "search_live.h"

#define FC_AUDIT_MODALITIES 5u  /* FC_IMAGE to FC_VECTOR */
#define FC_AUDIT_FOLDS      10u /* of the jackknife */
#define FC_AUDIT_HUBS       12u /* that are shown */
/* Sums of products are kept by fold up to this dimension, and made at all up to the second. */
#define FC_AUDIT_FOLDED_DIM 1024u
#define FC_AUDIT_RANKED_DIM 2048u

/* Of one modality. */
typedef struct fc_space_items {
    fc_modality modality;
    uint64_t *contents; /* n, ascending: all; after the search those with a vector */
    size_t n;
    uint64_t n_without; /* contents without a vector */
    uint64_t *asked;    /* n_asked, ascending: the sample */
    float *rows;        /* n_asked x dim, unit rows */
    size_t n_asked;
} fc_space_items;

/* The report with what it owns. */
typedef struct fc_space_audit_result {
    fc_audit_space_report public; /* first: what the caller holds */
    fc_audit_owned owned;         /* what the report points to */
    char **findings, **notes;
    size_t findings_room, notes_room;
    fc_audit_recall *recalls;
    size_t recalls_room;
} fc_space_audit_result;

typedef struct fc_space_audit_run {
    const fc_audit_space_options *opts; /* defaults filled in */
    fc_store *store;
    fc_snapshot *snapshot;
    fc_eval_method method; /* of a space, or of one output as if it were one */
    fc_live_filter filter;
    fc_space_items items[FC_AUDIT_MODALITIES];
    size_t n_items, dim;
    fc_knn_lists near[FC_AUDIT_MODALITIES][FC_AUDIT_MODALITIES]; /* of the sample of, among */
    uint64_t hubs[FC_AUDIT_HUBS]; /* contents in most lists of all modalities together */
    uint32_t hub_counts[FC_AUDIT_HUBS];
    size_t n_hubs;
    double hub_mean;
    fc_space_audit_result *out;
} fc_space_audit_run;

/* --- the result: audit_space_result.c --- */

fc_status fc__space_audit_finding(fc_space_audit_result *r, fc_error *err, const char *fmt, ...)
    FC_PRINTF(3, 4);
fc_status fc__space_audit_note(fc_space_audit_result *r, fc_error *err, const char *fmt, ...)
    FC_PRINTF(3, 4);

/* Progress, and FC_E_CANCELLED where that was asked for. */
fc_status fc__space_audit_step(const fc_space_audit_run *run, const char *what, uint64_t done,
                               uint64_t total, fc_error *err);

/* --- the parts --- */

/* Open what is asked for, list the contents of each modality, read the sample. Modalities of fewer
 * than FC_AUDIT_LEAST items are left out with a note; FC_E_INVALID: none is left. */
fc_status fc__space_audit_items(fc_space_audit_run *run, fc_error *err);
/* Unit rows of n contents of items[at]; ok[i] false: none. */
fc_status fc__space_audit_rows(const fc_space_audit_run *run, size_t at, const uint64_t *contents,
                               size_t n, float *rows, bool *ok, fc_error *err);
fc_status fc__space_audit_near(fc_space_audit_run *run, fc_error *err);
/* Of the modalities in `mask` (bit i: items[i]): the lists of all their samples, one after the
 * other, among all their items. The caller disposes of *out. */
fc_status fc__space_audit_lists(const fc_space_audit_run *run, uint32_t mask, fc_knn_lists *out,
                                fc_error *err);
struct fc_space_sums; /* audit_space_sums.h */
/* The shapes of the report, and the hubs of the run. */
fc_status fc__space_audit_shapes(fc_space_audit_run *run, const struct fc_space_sums *sums,
                                 fc_error *err);
fc_status fc__space_audit_gaps(fc_space_audit_run *run, const struct fc_space_sums *sums,
                               fc_error *err);
fc_status fc__space_audit_recall(fc_space_audit_run *run, fc_error *err);
fc_status fc__space_audit_hubs(fc_space_audit_run *run, fc_error *err);
fc_status fc__space_audit_leaks(fc_space_audit_run *run, fc_error *err);
fc_status fc__space_audit_tell(fc_space_audit_run *run, fc_error *err);

#endif /* FC_AUDIT_SPACE_RUN_H */
