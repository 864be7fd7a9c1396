/*
 * The rows of one output of one input, gathered slice by slice out of a model's tensors, and what
 * becomes of them: an item of its layout, or one pooled vector. Rows that are pooled are not kept:
 * a sound of hours has millions.
 *
 * Threads: belongs to one thread.
 */
#ifndef FC_MODEL_GATHER_H
#define FC_MODEL_GATHER_H

#include "fc_model.h"

typedef struct fc_model_rows {
    fc_buf values; /* f32, n_rows x width; of what is pooled only the rows of one slice */
    fc_buf sums;   /* f64, width: what the rows so far are pooled to */
    uint64_t n_rows, width;
    uint64_t height;     /* of a map: rows of cells in a slice */
    uint64_t slice_rows; /* rows that a whole slice has */
    fc_buf row_counts;   /* u64 of each slice */
} fc_model_rows;

#define FC_MODEL_ROWS_INIT                                \
    {                                                     \
        FC_BUF_INIT, FC_BUF_INIT, 0, 0, 0, 0, FC_BUF_INIT \
    }

void fc__model_rows_dispose(fc_model_rows *r);

/* Slice `i` of `t` (batch axis first), of which at most `keep` rows are wanted. FC_E_FORMAT: the
 * tensor has another shape than the layout, or than the slices before. */
fc_status fc__model_rows_add(fc_model_rows *r, const fc_model_output *o, const fc_tensor *t,
                             uint64_t i, uint64_t keep, fc_error *err);
/* The item, into *out; once, for the rows may be changed on the way. FC_E_FORMAT: no rows are left
 * of it. */
fc_status fc__model_rows_finish(fc_model_rows *r, const fc_model_output *o,
                                const fc_output_spec *spec, fc_tensor *out, fc_error *err);
/* Where those rows lie in time, where they do. */
fc_status fc__model_rows_times(const fc_model_rows *r, const fc_model_output *o,
                               const fc_model_sound *s, fc_time_axis *out, fc_error *err);

#endif /* FC_MODEL_GATHER_H */
