/*
 * Unit rows added up.
 */
#include "fc_unit_sum.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_vec.h"

fc_status fc__unit_sum_init(fc_unit_sum *s, size_t dim, fc_error *err)
{
    *s = (fc_unit_sum){.dim = dim, .sum = fc__alloc_array(dim, sizeof(*s->sum))};
    return s->sum != NULL ? FC_OK : fc__nomem(err, dim * sizeof(*s->sum), "a mean direction");
}

void fc__unit_sum_dispose(fc_unit_sum *s)
{
    free(s->sum);
    *s = (fc_unit_sum){0};
}

void fc__unit_sum_add(fc_unit_sum *s, const float *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = rows + i * s->dim;
        const double length = sqrt(fc__dot_ordered(row, row, s->dim));

        if (!(length > 0) || !isfinite(length)) {
            s->n_refused++;
            continue;
        }
        for (size_t k = 0; k < s->dim; k++)
            s->sum[k] += (double)row[k] / length;
        s->n++;
    }
}

double fc__anisotropy(const fc_unit_sum *s)
{
    const double n = (double)s->n;
    double square = 0;

    for (size_t k = 0; k < s->dim; k++)
        square += s->sum[k] * s->sum[k];
    return s->n < 2 ? NAN : (square - n) / (n * (n - 1));
}
