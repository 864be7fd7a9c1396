/*
 * Linear CKA out of moments: norms of centred products, HSIC_1 by sums, intervals by what each row
 * of a sample contributes.
 */
#include "fc_cka.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_sample_tile.h"

/* Squares that centring leaves of the whole, where nothing is left: rounding of f32 rows. */
#define CONSTANT 1e-12

/* |S - a b' less|_F^2 of a matrix of sums; `upper`: of a symmetric one, of which half is there. */
static double centred_square(const double *sums, const double *a, size_t dim_a, const double *b,
                             size_t dim_b, bool upper, double less)
{
    double total = 0;

    for (size_t i = 0; i < dim_a; i++)
        for (size_t j = upper ? i : 0; j < dim_b; j++) {
            const double value = sums[i * dim_b + j] - less * a[i] * b[j];

            total += (upper && j > i ? 2 : 1) * value * value;
        }
    return total;
}

/* a' S b; `upper` as above. */
static double form(const double *sums, const double *a, size_t dim_a, const double *b, size_t dim_b,
                   bool upper)
{
    double total = 0;

    for (size_t i = 0; i < dim_a; i++)
        for (size_t j = upper ? i : 0; j < dim_b; j++)
            total +=
                sums[i * dim_b + j] * (upper && j > i ? a[i] * b[j] + a[j] * b[i] : a[i] * b[j]);
    return total;
}

/* What HSIC_1 of two sides is made of: |A'B|_F^2 and sums over rows. */
typedef struct hsic_sums {
    const double *ab, *a, *b; /* sums of a b', a and b */
    size_t dim_a, dim_b;
    bool upper;
    const double *bb_a, *aa_b; /* sums of |b|^2 a and |a|^2 b */
    double aa1, bb1, aabb;     /* sums of |a|^2, |b|^2, |a|^2 |b|^2 */
} hsic_sums;

/* Kernels lose their diagonals, then their means (Song et al. 2012, eq. 5): n times n (n - 3). */
static double hsic_unbiased(const hsic_sums *s, double n)
{
    const double traces =
        centred_square(s->ab, s->a, s->dim_a, s->b, s->dim_b, s->upper, 0) - s->aabb;
    double a1 = -s->aa1, b1 = -s->bb1;
    double ab1 = form(s->ab, s->a, s->dim_a, s->b, s->dim_b, s->upper) + s->aabb;

    for (size_t i = 0; i < s->dim_a; i++) {
        a1 += s->a[i] * s->a[i];
        ab1 -= s->a[i] * s->bb_a[i];
    }
    for (size_t j = 0; j < s->dim_b; j++) {
        b1 += s->b[j] * s->b[j];
        ab1 -= s->b[j] * s->aa_b[j];
    }
    return traces + a1 * b1 / ((n - 1) * (n - 2)) - 2 * ab1 / (n - 2);
}

static double unbiased(const fc_cross_moments *m)
{
    const hsic_sums xy = {m->xy,   m->x,    m->y,   m->p,   m->q,   false,
                          m->yy_x, m->xx_y, m->xx1, m->yy1, m->xxyy};
    const hsic_sums xx = {m->xx,   m->x,    m->x,   m->p,   m->p,   true,
                          m->xx_x, m->xx_x, m->xx1, m->xx1, m->xxxx};
    const hsic_sums yy = {m->yy,   m->y,    m->y,   m->q,   m->q,   true,
                          m->yy_y, m->yy_y, m->yy1, m->yy1, m->yyyy};
    const double n = (double)m->n;

    return hsic_unbiased(&xy, n) / sqrt(hsic_unbiased(&xx, n) * hsic_unbiased(&yy, n));
}

/* Squared norms of the centred products. */
typedef struct norms {
    double xx, yy, xy;
} norms;

/* What one row adds to the value: the derivative of CKA when the row gets a little more weight.
 * u' Mxy v is that of |Mxy|^2 / 2, M = S / n, and so on. */
static double influence(const norms *of, double n, double cka, double uxyv, double uxxu,
                        double vyyv)
{
    return 2 * (n * uxyv - of->xy) / sqrt(of->xx * of->yy) -
           cka * (n * uxxu / of->xx + n * vyyv / of->yy - 2);
}

/* Standard error: the deviation of influences over the root of the number of pairs. */
static fc_status error_of(double *error, const fc_cross_moments *m, const fc_pair_sample *sample,
                          const norms *of, double cka, fc_error *err)
{
    fc_sample_tile t = FC_SAMPLE_TILE_INIT;
    double sum = 0, squares = 0, count = 0;
    fc_status st = fc__sample_tile_init(&t, m, true, err);

    for (size_t at = 0; st == FC_OK && fc__sample_tile_next(&t, sample, &at);) {
        fc__sample_tile_form(&t, m, FC_FORM_XY, t.form_xy);
        fc__sample_tile_form(&t, m, FC_FORM_XX, t.form_xx);
        fc__sample_tile_form(&t, m, FC_FORM_YY, t.form_yy);
        for (size_t i = 0; i < t.n; i++) {
            const double part =
                influence(of, (double)m->n, cka, t.form_xy[i], t.form_xx[i], t.form_yy[i]);

            sum += part;
            squares += part * part;
            count++;
        }
    }
    fc__sample_tile_dispose(&t);
    *error =
        count > 1 ? sqrt(fmax(0, squares / count - sum / count * sum / count) / (double)m->n) : NAN;
    return st;
}

static fc_status check(const fc_cross_moments *m, double var_x, double var_y, fc_error *err)
{
    if (m->n < FC_AUDIT_LEAST)
        return fc_error_set(err, FC_E_INVALID, "%llu pairs of rows; at least %u are needed",
                            (unsigned long long)m->n, FC_AUDIT_LEAST);
    if (var_x <= CONSTANT * m->xx1 || var_y <= CONSTANT * m->yy1)
        return fc_error_set(
            err, FC_E_INVALID,
            "all rows of the %s side are the same: nothing can be aligned with them",
            var_x <= CONSTANT * m->xx1 ? "first" : "second");
    return FC_OK;
}

fc_status fc__cka(fc_cka *out, const fc_cross_moments *m, const fc_pair_sample *sample,
                  double level, fc_error *err)
{
    const double n = (double)m->n, less = n > 0 ? 1 / n : 0;
    const fc_interval none = {NAN, NAN};
    double var_x, var_y, error = NAN;
    norms of;
    fc_status st;

    *out = (fc_cka){{NAN, NAN, none}, {NAN, NAN, none}};
    var_x = m->xx1 - less * cblas_ddot((blasint)m->p, m->x, 1, m->x, 1);
    var_y = m->yy1 - less * cblas_ddot((blasint)m->q, m->y, 1, m->y, 1);
    st = check(m, var_x, var_y, err);
    if (st != FC_OK)
        return st;
    of.xx = centred_square(m->xx, m->x, m->p, m->x, m->p, true, less);
    of.yy = centred_square(m->yy, m->y, m->q, m->y, m->q, true, less);
    of.xy = centred_square(m->xy, m->x, m->p, m->y, m->q, false, less);
    out->biased.value = of.xy / sqrt(of.xx * of.yy);
    out->biased.null_value = var_x * var_y / ((n - 1) * sqrt(of.xx * of.yy));
    out->unbiased.value = unbiased(m);
    out->unbiased.null_value = 0;
    if (sample != NULL)
        st = error_of(&error, m, sample, &of, out->biased.value, err);
    if (st != FC_OK || isnan(error))
        return st;
    out->biased.range = fc__normal_interval(out->biased.value, error, level);
    out->unbiased.range = fc__normal_interval(out->unbiased.value, error, level);
    out->biased.range.high = fmin(1, out->biased.range.high);
    out->unbiased.range.high = fmin(1, out->unbiased.range.high);
    return FC_OK;
}
