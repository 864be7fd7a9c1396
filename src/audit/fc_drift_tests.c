/*
 * Differences of two sides element by element of their centred moments; columns matched by
 * correlation; noise by its covariance.
 */
#include "fc_drift_tests.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_lapack.h"

#define COLUMN_MATCH 0.99
#define CONSTANT     1e-10 /* variance of a column, of the mean one */

/* Element i, j of the centred sums; of the symmetric ones the upper half is there. */
static double xx_at(const fc_cross_moments *m, size_t i, size_t j)
{
    return m->xx[i < j ? i * m->p + j : j * m->p + i] - m->x[i] * m->x[j] / (double)m->n;
}

static double yy_at(const fc_cross_moments *m, size_t i, size_t j)
{
    return m->yy[i < j ? i * m->q + j : j * m->q + i] - m->y[i] * m->y[j] / (double)m->n;
}

static double xy_at(const fc_cross_moments *m, size_t i, size_t j)
{
    return m->xy[i * m->q + j] - m->x[i] * m->y[j] / (double)m->n;
}

typedef struct traces {
    double xx, yy, xy;
} traces;

static traces traces_of(const fc_cross_moments *m)
{
    traces t = {0, 0, 0};

    for (size_t i = 0; i < m->p; i++) {
        t.xx += xx_at(m, i, i);
        t.yy += yy_at(m, i, i);
        t.xy += xy_at(m, i, i);
    }
    return t;
}

static double shift_of(const fc_cross_moments *m)
{
    double square = 0;

    for (size_t i = 0; i < m->p; i++) {
        const double off = (m->y[i] - m->x[i]) / (double)m->n;

        square += off * off;
    }
    return sqrt(square / (m->yy1 / (double)m->n));
}

/* The column of y that each column of x correlates with most, sign aside. */
static fc_status match_columns(fc_drift_tests *out, const fc_cross_moments *m, const traces *of,
                               fc_error *err)
{
    const double least_x = CONSTANT * of->xx / (double)m->p,
                 least_y = CONSTANT * of->yy / (double)m->q;
    bool *taken = fc__alloc_array(m->q, sizeof(*taken));

    if (taken == NULL)
        return fc__nomem(err, m->q, "columns");
    out->columns_matched = true;
    out->least_match = 1;
    for (size_t i = 0; i < m->p && out->columns_matched; i++) {
        const double own = xx_at(m, i, i);
        double best = 0;
        size_t at = 0;

        if (own <= least_x)
            continue;
        for (size_t j = 0; j < m->q; j++) {
            const double other = yy_at(m, j, j);
            const double correlation = other > least_y ? xy_at(m, i, j) / sqrt(own * other) : 0;

            if (fabs(correlation) > fabs(best)) {
                best = correlation;
                at = j;
            }
        }
        out->n_columns++;
        out->n_moved += at != i;
        out->n_flipped += best < 0;
        out->least_match = fmin(out->least_match, fabs(best));
        out->columns_matched = fabs(best) >= COLUMN_MATCH && !taken[at];
        taken[at] = true;
    }
    out->columns_matched = out->columns_matched && out->n_columns > 0;
    free(taken);
    return FC_OK;
}

/* Participation ratio of the covariance of E = Y - f X, and its RV coefficient with X. */
static void describe_noise(fc_drift_tests *out, const fc_cross_moments *m, const traces *of)
{
    const double f = of->xy / of->xx, n = (double)m->n, p = (double)m->p;
    double trace = 0, ee = 0, ex = 0, xx = 0, chance;

    for (size_t i = 0; i < m->p; i++)
        for (size_t j = 0; j < m->p; j++) {
            const double x = xx_at(m, i, j), xy = xy_at(m, i, j), yx = xy_at(m, j, i);
            const double e = yy_at(m, i, j) - f * (xy + yx) + f * f * x;

            trace += i == j ? e : 0;
            ee += e * e;
            ex += (xy - f * x) * (xy - f * x);
            xx += x * x;
        }
    if (!(ee > 0))
        return;
    /* n isotropic rows: p / (1 + p / n) directions. */
    out->noise_directions = trace * trace / ee / (p / (1 + p / n));
    chance = trace * of->xx / ((n - 1) * sqrt(ee * xx));
    out->noise_told = ex / sqrt(ee * xx) - chance;
}

fc_status fc__drift_tests(fc_drift_tests *out, const fc_cross_moments *m, fc_error *err)
{
    double differ = 0, xx = 0;
    traces of;

    *out = (fc_drift_tests){.unturned = NAN,
                            .unturned_scaled = 1,
                            .shift = NAN,
                            .spreads_differ = NAN,
                            .noise_told = NAN};
    if (m->p != m->q)
        return FC_OK;
    of = traces_of(m);
    out->unturned = sqrt(fmax(0, of.xx + of.yy - 2 * of.xy) / of.yy);
    out->unturned_scaled = sqrt(fmax(0, 1 - of.xy / of.xx * of.xy / of.yy));
    out->shift = shift_of(m);
    for (size_t i = 0; i < m->p; i++)
        for (size_t j = 0; j < m->p; j++) {
            const double x = xx_at(m, i, j), y = yy_at(m, i, j);

            differ += (x - y) * (x - y);
            xx += x * x;
        }
    out->spreads_differ = sqrt(differ / xx);
    describe_noise(out, m, &of);
    return match_columns(out, m, &of, err);
}

/* tr(Y'X (X'X)^-1 X'Y) / |Y|^2; a breath of a penalty where columns depend on each other. */
fc_status fc__drift_linear(const fc_cross_moments *m, double *r2, fc_error *err)
{
    double *xx = fc__alloc_bare(m->p * m->p, sizeof(*xx));
    double *map = fc__alloc_bare(m->p * m->q, sizeof(*map));
    const double n = (double)m->n;
    double trace = 0, explained = 0, total = 0;
    fc_status st = FC_OK;

    *r2 = NAN;
    if (xx == NULL || map == NULL)
        st = fc__nomem(err, m->p * (m->p + m->q) * sizeof(*xx), "a linear map");
    if (st == FC_OK) {
        fc__cross_moments_whole(m, true, xx, NULL, map);
        for (size_t i = 0; i < m->p; i++)
            trace += xx[i * m->p + i];
        for (size_t i = 0; i < m->p; i++)
            xx[i * m->p + i] += 1e-9 * trace / (double)m->p;
        if (fc__solve_positive(xx, m->p, map, m->q)) {
            for (size_t i = 0; i < m->p; i++)
                for (size_t j = 0; j < m->q; j++)
                    explained += map[i * m->q + j] * xy_at(m, i, j);
            for (size_t j = 0; j < m->q; j++)
                total += yy_at(m, j, j);
            *r2 = 1 - (1 - explained / total) * (n - 1) / (n - (double)m->p - 1);
        }
    }
    free(map);
    free(xx);
    return st;
}
