/*
 * Checks of two sets of rows, and random orders.
 */
#include "fc_two_samples.h"

#include "fc_vec.h"

static fc_status check_finite(const float *rows, size_t n, size_t dim, const char *set,
                              fc_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!fc__all_finite(rows + i * dim, dim))
            return fc_error_set(err, FC_E_INVALID, "row %zu of the %s set is not finite", i, set);
    return FC_OK;
}

fc_status fc__two_samples_check(const fc_two_samples *s, const fc_test_options *opts, fc_error *err)
{
    fc_status st;

    if (s->n_x < FC_AUDIT_LEAST || s->n_y < FC_AUDIT_LEAST || s->dim == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "sets of %zu and %zu rows of %zu elements; at least %u rows are needed",
                            s->n_x, s->n_y, s->dim, FC_AUDIT_LEAST);
    if (s->paired && s->n_x != s->n_y)
        return fc_error_set(err, FC_E_INVALID, "paired sets of %zu and %zu rows", s->n_x, s->n_y);
    if (s->n_x > FC_TWO_SAMPLES_MAX || s->n_y > FC_TWO_SAMPLES_MAX - s->n_x)
        return fc_error_set(err, FC_E_LIMIT, "sets of %zu and %zu rows; at most %u together",
                            s->n_x, s->n_y, FC_TWO_SAMPLES_MAX);
    if (opts->n_permutations > FC_PERMUTATIONS_MAX)
        return fc_error_set(err, FC_E_INVALID, "%u permutations; at most %u", opts->n_permutations,
                            FC_PERMUTATIONS_MAX);
    st = check_finite(s->x, s->n_x, s->dim, "first", err);
    return st == FC_OK ? check_finite(s->y, s->n_y, s->dim, "second", err) : st;
}

void fc__labels_draw(bool *labels, size_t n_x, size_t n_y, bool paired, fc_rng *rng)
{
    if (paired) {
        uint64_t bits = 0;

        for (size_t i = 0; i < n_x; i++, bits >>= 1) {
            if (i % 64 == 0)
                bits = fc__rng_u64(rng);
            labels[i] = (bits & 1) == 1;
            labels[n_x + i] = !labels[i];
        }
        return;
    }
    for (size_t i = 0; i < n_x + n_y; i++)
        labels[i] = i >= n_x;
    for (size_t i = n_x + n_y; i > 1; i--) {
        const size_t j = (size_t)fc__rng_below(rng, i);
        const bool label = labels[j];

        labels[j] = labels[i - 1];
        labels[i - 1] = label;
    }
}

void fc__order_draw(size_t *order, size_t n, fc_rng *rng)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)fc__rng_below(rng, i), other = order[j];

        order[j] = order[i - 1];
        order[i - 1] = other;
    }
}
