/*
 * Comparisons for qsort(): numbers, ascending. They are to be finite: NaN has no place in an order.
 */
#ifndef FC_SORT_H
#define FC_SORT_H

static inline int fc__by_f64(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static inline int fc__by_f32(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

#endif /* FC_SORT_H */
