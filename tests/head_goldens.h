/*
 * Arrays of tests/golden, for the tests of pooling, heads and adapters: loaded whole, and compared.
 */
#ifndef HEAD_GOLDENS_H
#define HEAD_GOLDENS_H

#include "fc_test.h"

#include <math.h>

#include <featcache/maintain.h>

static inline fc_tensor golden_load_of(const char *folder, const char *name)
{
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    char path[1024];

    snprintf(path, sizeof(path), "%s/tests/golden/%s/%s.npy", getenv("FC_SOURCE_DIR"), folder,
             name);
    assert_status(FC_OK, fc_npy_read(path, UINT64_C(1) << 30, &t, &err), &err);
    assert_int_equal(t.dtype, FC_F32);
    return t;
}

static inline fc_tensor golden_load(const char *name)
{
    return golden_load_of("heads", name);
}

/* Each element within `tolerance`, relative to the largest of the golden. */
static inline void assert_close(const char *name, const float *want, const float *got, size_t n,
                                double tolerance)
{
    double largest = 0;

    for (size_t i = 0; i < n; i++)
        largest = fabs((double)want[i]) > largest ? fabs((double)want[i]) : largest;
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)want[i]) <= tolerance * largest))
            fail_msg("%s: element %zu is %.9g; wanted %.9g within %g of %g", name, i,
                     (double)got[i], (double)want[i], tolerance, largest);
}

static inline void assert_golden(const char *name, const float *got, size_t n, double tolerance)
{
    fc_tensor want = golden_load(name);

    assert_int_equal(fc_tensor_count(&want), n);
    assert_close(name, want.data, got, n, tolerance);
    fc_tensor_dispose(&want);
}

#endif /* HEAD_GOLDENS_H */
