/*
 * Unit rows added up, in one pass: the mean direction, and how narrow a cone the rows lie in.
 */
#ifndef FC_UNIT_SUM_H
#define FC_UNIT_SUM_H

#include <featcache/types.h>

typedef struct fc_unit_sum {
    size_t dim;
    uint64_t n;
    double *sum;        /* dim */
    uint64_t n_refused; /* rows without a direction: zero or not finite */
} fc_unit_sum;

fc_status fc__unit_sum_init(fc_unit_sum *s, size_t dim, fc_error *err);
void fc__unit_sum_dispose(fc_unit_sum *s);
/* Rows (n x dim) of any length; each is scaled to unit length first. */
void fc__unit_sum_add(fc_unit_sum *s, const float *rows, size_t n);
/* Mean cosine of two different rows, (|sum|^2 - n) / (n (n - 1)): 0 for rows in all directions,
 * near 1 in a narrow cone (anisotropy: Ethayarajh, EMNLP 2019). NAN for fewer than two rows. */
double fc__anisotropy(const fc_unit_sum *s);

#endif /* FC_UNIT_SUM_H */
