/*
 * Eigenvalues of a covariance, and what their entropy and sums say.
 */
#include "fc_spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_lapack.h"
#include "fc_measured.h"

/* Of the largest eigenvalue: rounding of sums of f32 rows. */
#define RANK_LEAST 1e-12

static size_t components_for(const fc_spectrum *s, double share)
{
    double sum = 0;
    size_t n = 0;

    while (n < s->dim && sum < share * s->total * (1 - 1e-12))
        sum += s->values[n++];
    return n;
}

/* exp of the entropy of singular values, the roots of eigenvalues, over their sum. */
static double effective_rank(const fc_spectrum *s)
{
    double sum = 0, entropy = 0;

    for (size_t i = 0; i < s->rank; i++)
        sum += sqrt(s->values[i]);
    for (size_t i = 0; i < s->rank; i++) {
        const double share = sqrt(s->values[i]) / sum;

        entropy -= share * log(share);
    }
    return exp(entropy);
}

static void describe(fc_spectrum *s)
{
    double squares = 0;

    for (size_t i = 0; i < s->dim; i++) {
        s->values[i] = fmax(0, s->values[i]);
        s->total += s->values[i];
        squares += s->values[i] * s->values[i];
        s->rank += s->values[i] > RANK_LEAST * s->values[0];
    }
    s->effective_rank = effective_rank(s);
    s->participation_ratio = s->total * s->total / squares;
    s->n_for_50 = components_for(s, 0.5);
    s->n_for_90 = components_for(s, 0.9);
    s->n_for_99 = components_for(s, 0.99);
}

/* Rows of `vectors` and values from ascending to descending. */
static void reverse(double *values, double *vectors, size_t dim)
{
    for (size_t i = 0; i < dim / 2; i++) {
        const size_t j = dim - 1 - i;
        const double value = values[i];

        values[i] = values[j];
        values[j] = value;
        for (size_t k = 0; k < dim; k++) {
            const double x = vectors[i * dim + k];

            vectors[i * dim + k] = vectors[j * dim + k];
            vectors[j * dim + k] = x;
        }
    }
}

fc_status fc__spectrum(fc_spectrum *out, const fc_cross_moments *m, bool of_y, double *components,
                       fc_error *err)
{
    const size_t dim = of_y ? m->q : m->p;
    const double squares = of_y ? m->yy1 : m->xx1;
    double *work, trace = 0;
    fc_status st = FC_OK;

    *out = (fc_spectrum){.dim = dim};
    if (m->n < FC_AUDIT_LEAST || dim == 0)
        return fc_error_set(err, FC_E_INVALID, "%llu rows of %zu elements; at least %u are needed",
                            (unsigned long long)m->n, dim, FC_AUDIT_LEAST);
    work = components != NULL ? components : fc__alloc_bare(dim * dim, sizeof(*work));
    out->values = fc__alloc_array(dim, sizeof(*out->values));
    if (work == NULL || out->values == NULL)
        st = fc__nomem(err, dim * dim * sizeof(*work), "a covariance");
    if (st == FC_OK) {
        fc__cross_moments_whole(m, true, of_y ? NULL : work, of_y ? work : NULL, NULL);
        for (size_t i = 0; i < dim * dim; i++)
            work[i] /= (double)m->n - 1;
        for (size_t i = 0; i < dim; i++)
            trace += work[i * dim + i];
        if (trace * ((double)m->n - 1) <= RANK_LEAST * squares)
            st = fc_error_set(err, FC_E_INVALID, "all rows are the same: they have no components");
    }
    if (st == FC_OK)
        st = fc__eigen_f64(work, dim, out->values, err);
    if (st == FC_OK) {
        reverse(out->values, work, dim);
        describe(out);
    } else {
        fc__spectrum_dispose(out);
    }
    if (components == NULL)
        free(work);
    return st;
}

void fc__spectrum_dispose(fc_spectrum *s)
{
    free(s->values);
    *s = (fc_spectrum)FC_SPECTRUM_INIT;
}
