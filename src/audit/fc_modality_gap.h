/*
 * The gap between two modalities in one space (Liang et al., "Mind the gap", NeurIPS 2022): how far
 * apart the means of unit rows are, and what still tells the sides apart when these are subtracted.
 */
#ifndef FC_MODALITY_GAP_H
#define FC_MODALITY_GAP_H

#include "fc_domain_auc.h"

typedef struct fc_modality_gap {
    double length;     /* of mean(x^) - mean(y^) over unit rows, 0 to 2 */
    double null_value; /* expected of two random halves of the pooled rows: noise of the means */
    double mean_cosine_x, mean_cosine_y, mean_cosine_xy; /* within and between */
    fc_domain_result separability;                       /* a classifier on the unit rows */
    fc_domain_result residual; /* on unit rows after each side's mean is subtracted, unit again:
                                  what the means alone do not tell */
} fc_modality_gap;

/* Rows as they are; those without a direction are FC_E_INVALID. Codes as fc__domain_auc(). */
fc_status fc__modality_gap(fc_modality_gap *out, const fc_two_samples *samples,
                           const fc_test_options *opts, fc_error *err);

#endif /* FC_MODALITY_GAP_H */
