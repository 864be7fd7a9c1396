/*
 * Features against what the encoder promised. Checked after every run: a shape that is off would
 * be stored, and a NaN or a zero vector would be in the index and never be found.
 */
#include <math.h>
#include <stdio.h>

#include "fc_encoder_internal.h"
#include "fc_vec.h"

/* "14 x 14 x 9"; what a 0 is shown as differs: an axis that varies, or one without rows. */
static void show_shape(const uint64_t *shape, uint32_t rank, const char *zero, char *out,
                       size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (uint32_t a = 0; a < rank && a < FC_MAX_RANK && at < size; a++) {
        char number[32];
        int n;

        snprintf(number, sizeof(number), "%llu", (unsigned long long)shape[a]);
        n = snprintf(out + at, size - at, "%s%s", a > 0 ? " x " : "",
                     shape[a] == 0 ? zero : number);
        at += n > 0 ? (size_t)n : 0;
    }
}

static bool shape_fits(const fc_output_spec *spec, const fc_tensor *t)
{
    if (t->dtype != FC_F32 || t->rank != spec->rank || t->data == NULL)
        return false;
    for (uint32_t a = 0; a < spec->rank; a++) {
        if (t->shape[a] == 0)
            return false;
        if (t->shape[a] != spec->shape[a] && !(a == 0 && spec->shape[0] == 0))
            return false;
    }
    return true;
}

static bool is_zero(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0.0f)
            return false;
    return true;
}

fc_status fc__encoder_check_output(const fc_output_spec *spec, const fc_tensor *t, fc_error *err)
{
    const float *x = t->data;
    size_t n;

    if (!shape_fits(spec, t)) {
        char want[128], got[128];

        show_shape(spec->shape, spec->rank, "n", want, sizeof(want));
        show_shape(t->shape, t->rank, "0", got, sizeof(got));
        return fc_error_set(err, FC_E_FORMAT, "output '%s' is %s (%s); %s (f32) was promised",
                            spec->name, got[0] != '\0' ? got : "empty", fc_dtype_name(t->dtype),
                            want);
    }
    n = fc_tensor_count(t);
    if (!fc__all_finite(x, n))
        for (size_t i = 0; i < n; i++)
            if (!isfinite(x[i]))
                return fc_error_set(err, FC_E_FORMAT,
                                    "output '%s' has %s at element %zu of %zu; features must be "
                                    "finite",
                                    spec->name, isnan(x[i]) ? "NaN" : "infinity", i, n);
    if (spec->searchable && is_zero(x, n))
        return fc_error_set(err, FC_E_FORMAT,
                            "output '%s' is all zeros; a vector without direction cannot be "
                            "searched by cosine (is the input blank?)",
                            spec->name);
    return FC_OK;
}
