/*
 * Arrays and numbers of tests/golden/audit, and seeded rows with planted changes.
 */
#ifndef AUDIT_FIXTURE_H
#define AUDIT_FIXTURE_H

#include "fc_test.h"

#include <math.h>

#include <featcache/maintain.h>

#include "fc_pair_source.h"
#include "fc_rng.h"
#include "fc_vec.h"

static inline fc_tensor golden_load(const char *name)
{
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    char path[1024];

    snprintf(path, sizeof(path), "%s/tests/golden/audit/%s.npy", getenv("FC_SOURCE_DIR"), name);
    assert_status(FC_OK, fc_npy_read(path, UINT64_C(1) << 24, &t, &err), &err);
    assert_int_equal(t.dtype, FC_F32);
    return t;
}

/* The number of that name in values.txt. */
static inline double golden_value(const char *name)
{
    char path[1024], line[256], found[128];
    double value = 0, number;
    bool there = false;
    FILE *f;

    snprintf(path, sizeof(path), "%s/tests/golden/audit/values.txt", getenv("FC_SOURCE_DIR"));
    f = fopen(path, "r");
    assert_non_null(f);
    while (!there && fgets(line, sizeof(line), f) != NULL)
        if (sscanf(line, "%127s %lf", found, &number) == 2 && strcmp(found, name) == 0) {
            value = number;
            there = true;
        }
    fclose(f);
    if (!there)
        fail_msg("values.txt has no %s", name);
    return value;
}

/* Within `tolerance`, absolute below 1 and relative above. */
#define assert_near(want, got, tolerance)                                                        \
    do {                                                                                         \
        const double want_ = (want), got_ = (got);                                               \
        if (!(fabs(got_ - want_) <= (tolerance)*fmax(1, fabs(want_))))                           \
            fail_msg("%s: %.9g; wanted %.9g within %g", #got, got_, want_, (double)(tolerance)); \
    } while (0)

#define assert_between(low, got, high)                                                            \
    do {                                                                                          \
        const double got_ = (got);                                                                \
        if (!(got_ >= (low) && got_ <= (high)))                                                   \
            fail_msg("%s: %.9g; wanted %.9g to %.9g", #got, got_, (double)(low), (double)(high)); \
    } while (0)

/* Each element of a golden array. */
static inline void assert_golden(const char *name, const float *got, size_t n, double tolerance)
{
    fc_tensor want = golden_load(name);

    assert_int_equal(fc_tensor_count(&want), n);
    for (size_t i = 0; i < n; i++) {
        const double w = (double)((const float *)want.data)[i], g = (double)got[i];

        if (!(fabs(g - w) <= tolerance * fmax(1, fabs(w))))
            fail_msg("%s: element %zu is %.9g; wanted %.9g", name, i, g, w);
    }
    fc_tensor_dispose(&want);
}

static inline float *floats(size_t n)
{
    float *out = malloc((n > 0 ? n : 1) * sizeof(*out));

    assert_non_null(out);
    return out;
}

/* Rows whose elements are standard normal; unit: of length 1. */
static inline float *gaussian_rows(size_t n, size_t dim, bool unit, uint64_t seed)
{
    fc_rng rng = fc__rng_seed(seed);
    float *rows = floats(n * dim);

    for (size_t i = 0; i < n * dim; i++)
        rows[i] = (float)fc__rng_normal(&rng);
    for (size_t i = 0; unit && i < n; i++)
        assert_int_equal(FC_OK, fc__vec_normalise(rows + i * dim, dim));
    return rows;
}

/* x + a g, g normal of the length of unit rows, unit rows again when `unit`. */
static inline float *noisy_rows(const float *x, size_t n, size_t dim, double a, bool unit,
                                uint64_t seed)
{
    float *rows = gaussian_rows(n, dim, true, seed);

    for (size_t i = 0; i < n * dim; i++)
        rows[i] = (float)((double)x[i] + a * (double)rows[i]);
    for (size_t i = 0; unit && i < n; i++)
        assert_int_equal(FC_OK, fc__vec_normalise(rows + i * dim, dim));
    return rows;
}

/* A random orthogonal dim x dim matrix (Gram and Schmidt); its determinant is -1 where asked. */
static inline double *orthogonal_matrix(size_t dim, bool mirror, uint64_t seed)
{
    fc_rng rng = fc__rng_seed(seed);
    double *m = malloc(dim * dim * sizeof(*m));

    assert_non_null(m);
    for (size_t i = 0; i < dim; i++) {
        double *row = m + i * dim, square;

        for (size_t k = 0; k < dim; k++)
            row[k] = fc__rng_normal(&rng);
        for (size_t twice = 0; twice < 2; twice++)
            for (size_t j = 0; j < i; j++) {
                double dot = 0;

                for (size_t k = 0; k < dim; k++)
                    dot += row[k] * m[j * dim + k];
                for (size_t k = 0; k < dim; k++)
                    row[k] -= dot * m[j * dim + k];
            }
        square = 0;
        for (size_t k = 0; k < dim; k++)
            square += row[k] * row[k];
        for (size_t k = 0; k < dim; k++)
            row[k] *= (mirror && i == 0 ? -1 : 1) / sqrt(square);
    }
    return m;
}

/* Row i of the result is factor x matrix (dim_out x dim) x row i. */
static inline float *mapped_rows(const float *x, size_t n, size_t dim, const double *matrix,
                                 size_t dim_out, double factor)
{
    float *rows = floats(n * dim_out);

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < dim_out; j++) {
            double dot = 0;

            for (size_t k = 0; k < dim; k++)
                dot += matrix[j * dim + k] * (double)x[i * dim + k];
            rows[i * dim_out + j] = (float)(factor * dot);
        }
    return rows;
}

/* Content numbers 100, 101, ... */
static inline uint64_t *content_numbers(size_t n)
{
    uint64_t *out = malloc((n > 0 ? n : 1) * sizeof(*out));

    assert_non_null(out);
    for (size_t i = 0; i < n; i++)
        out[i] = 100 + i;
    return out;
}

static inline fc_pair_batch pairs_of(const uint64_t *contents, const float *x, const float *y,
                                     size_t n)
{
    return (fc_pair_batch){contents, x, y, n};
}

#endif /* AUDIT_FIXTURE_H */
