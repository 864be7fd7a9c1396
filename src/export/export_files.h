/*
 * The files of one exported output: features in one of the formats, descriptions beside them.
 */
#ifndef FC_EXPORT_FILES_H
#define FC_EXPORT_FILES_H

#include <featcache/maintain.h>

typedef struct fc_export_files fc_export_files;

/* Begin DIR/NAME.npy + DIR/NAME.jsonl, or DIR/NAME.csv, or DIR/NAME.jsonl. */
fc_status fc__export_files_begin(fc_export_files **out, const char *dir, const char *name,
                                 fc_export_format format, const fc_output_info *output,
                                 fc_error *err);
/* One sample and its item: n_rows x row_elements f32. */
fc_status fc__export_files_add(fc_export_files *f, const fc_sample *sample, const float *rows,
                               uint64_t n_rows, size_t row_elements, fc_error *err);
/* Sync and rename all; releases f, also on failure. */
fc_status fc__export_files_commit(fc_export_files *f, uint64_t *n_files, fc_error *err);
void fc__export_files_abort(fc_export_files *f);

#endif /* FC_EXPORT_FILES_H */
