/*
 * How far features are from what they were, as a level.
 */
#include "fc_canary_level.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {"same", "rounding", "batching", "resampling", "broken"};
#define N_LEVELS (sizeof(names) / sizeof(names[0]))

const char *fc_canary_level_name(fc_canary_level level)
{
    return (unsigned)level < N_LEVELS ? names[level] : "?";
}

fc_status fc_canary_level_parse(fc_canary_level *out, const char *name)
{
    for (size_t i = 0; i < N_LEVELS; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (fc_canary_level)i;
            return FC_OK;
        }
    return FC_E_INVALID;
}

const char *fc_canary_level_cause(fc_canary_level level)
{
    static const char *const causes[N_LEVELS] = {
        "nothing has changed",
        "sums in another order, as another device, instruction set or library has them",
        "lower precision, padding or other batches, as another runtime or device has them",
        "another resize or resampling, or a decoder with other rounding",
        "other preprocessing (antialiasing, colours, scale), another model, or damage",
    };

    return (unsigned)level < N_LEVELS ? causes[level] : "?";
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static void measure_one(fc_canary_measure *m, const float *then, const float *now, size_t dim)
{
    double aa = 0, bb = 0, apart = 0, most = 0, turned = 0;

    for (size_t i = 0; i < dim; i++) {
        const double d = (double)now[i] - (double)then[i];

        aa += (double)then[i] * (double)then[i];
        bb += (double)now[i] * (double)now[i];
        apart += d * d;
        most = larger(most, fabs(d));
    }
    if (!isfinite(aa) || !isfinite(bb) || !(aa > 0) || !(bb > 0)) {
        /* The bits differ. One side without a length, or with none that can be told: no likeness.
         */
        const bool both_zero = aa == 0 && bb == 0; /* 0 and -0 */

        m->one_minus_cosine = larger(m->one_minus_cosine, both_zero ? 0 : 1);
        m->distance = larger(m->distance, both_zero ? 0 : 1);
        m->difference = larger(m->difference, isfinite(most) ? most : HUGE_VAL);
        return;
    }
    /* |a/|a| - b/|b||^2 / 2 is 1 - cosine without the loss of digits near 1. */
    for (size_t i = 0; i < dim; i++) {
        const double d = (double)now[i] / sqrt(bb) - (double)then[i] / sqrt(aa);

        turned += d * d;
    }
    m->one_minus_cosine = larger(m->one_minus_cosine, turned / 2);
    m->distance = larger(m->distance, sqrt(apart / aa));
    m->difference = larger(m->difference, most);
    m->element = larger(m->element, most / sqrt(aa / (double)dim));
}

void fc__canary_measure(fc_canary_measure *m, const float *then, const float *now, size_t n,
                        size_t dim)
{
    for (size_t i = 0; i < n; i++) {
        const float *a = then + i * dim, *b = now + i * dim;

        if (memcmp(a, b, dim * sizeof(*a)) == 0)
            continue;
        m->differs = true;
        measure_one(m, a, b, dim);
    }
}

fc_canary_level fc__canary_level(const fc_canary_measure *m)
{
    const double off = larger(m->one_minus_cosine, m->distance * m->distance / 2);

    if (m->reshaped || off > FC_CANARY_RESAMPLING_MAX)
        return FC_CANARY_BROKEN;
    if (off > FC_CANARY_BATCHING_MAX || m->element > FC_CANARY_BATCHING_ELEMENT)
        return FC_CANARY_RESAMPLING;
    if (off > FC_CANARY_ROUNDING_MAX || m->element > FC_CANARY_ROUNDING_ELEMENT)
        return FC_CANARY_BATCHING;
    return m->differs ? FC_CANARY_ROUNDING : FC_CANARY_SAME;
}
