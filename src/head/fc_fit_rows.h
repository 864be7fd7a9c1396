/*
 * One item of a fit as one row: its inputs pooled and put end to end, each with a column behind it
 * that says whether it is there, and a last column that is always 1. Not for other folders.
 */
#ifndef FC_FIT_ROWS_H
#define FC_FIT_ROWS_H

#include "fc_fit.h"

/* Where the inputs of a branch lie in its rows. */
typedef struct fc_fit_layout {
    size_t n_inputs;
    size_t at[FC_HEAD_INPUTS_MAX];     /* first column */
    size_t pooled[FC_HEAD_INPUTS_MAX]; /* columns; the next one is 1 where the input is there */
    size_t width;                      /* columns in all */
    size_t dim;                        /* without those that say what is there and the last */
} fc_fit_layout;

void fc__fit_layout(const fc_fit_branch *branch, fc_fit_layout *out);

/* Read item `index` of a group and branch into `row` (layout width). An input that is missing is
 * zero, and so is its column. `unit`: each pooled vector is made a unit vector. *taken is false
 * where an input is zero or not finite: the item is left out. */
fc_status fc__fit_read_row(const fc_fit_data *data, const fc_fit_layout *layout, size_t group,
                           size_t branch, size_t index, bool unit, float *row, bool *taken,
                           fc_error *err);

/* 64 bits that look random, of a group's key and a seed. */
uint64_t fc__fit_hash(uint64_t key, uint64_t seed);

#endif /* FC_FIT_ROWS_H */
