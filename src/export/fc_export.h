/*
 * Writing features of one snapshot to files: outputs out of their blocks, or rows that come from
 * elsewhere, such as those that the heads of a space make.
 */
#ifndef FC_EXPORT_H
#define FC_EXPORT_H

#include <featcache/maintain.h>

#include "fc_row_source.h"

/* Every output that the options name. */
fc_status fc__export_outputs(fc_snapshot *s, const char *dir, const fc_export_options *opts,
                             fc_export_report *report, fc_error *err);

/* Rows by content number, made of the items of one output: samples are exported whose data set has
 * sealed it. */
typedef struct fc_export_lane {
    fc_version_id version;
    fc_output_id output;
    fc_row_source rows; /* of `dim` elements; the caller's */
} fc_export_lane;

/* All lanes into one DIR/NAME.npy (or .csv, .jsonl) with its descriptions. */
fc_status fc__export_lanes(fc_snapshot *s, const char *dir, const char *name, uint32_t dim,
                           const fc_export_lane *lanes, size_t n, const fc_export_options *opts,
                           fc_export_report *report, fc_error *err);

#endif /* FC_EXPORT_H */
