/*
 * What figures of a report are drawn from: all cosines in order, and some pairs in two dimensions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_run.h"
#include "fc_alloc.h"
#include "fc_pair_values.h"
#include "fc_procrustes.h"
#include "fc_spectrum.h"

#define POINTS ((size_t)1000)

static fc_status keep_cosines(fc_drift_run *r, fc_error *err)
{
    const fc_drift_state *s = &r->overall;
    float *sorted;
    fc_summary of;

    if (s->cosines == NULL)
        return FC_OK;
    sorted = fc__drift_own(r, s->n_values, sizeof(*sorted));
    if (sorted == NULL)
        return fc__nomem(err, s->n_values * sizeof(*sorted), "cosines");
    memcpy(sorted, s->cosines, s->n_values * sizeof(*sorted));
    fc__summarise(&of, sorted, s->n_values);
    r->report->cosines = sorted;
    r->report->n_cosines = of.n;
    return FC_OK;
}

/* Two directions that a row is held against. */
typedef struct plane {
    double *axes[2]; /* of old rows, p; of new rows, q */
} plane;

/* The first two components of the old version; of the new one the same, or, where the dimensions
 * differ, what becomes of them under the rotation from old to new: W a for an axis a. */
static fc_status find_plane(const fc_drift_state *s, double *components, double *w, plane *out,
                            fc_error *err)
{
    fc_spectrum spectrum = FC_SPECTRUM_INIT;
    fc_status st = fc__spectrum(&spectrum, &s->moments, false, components, err);

    fc__spectrum_dispose(&spectrum);
    if (st != FC_OK)
        return st;
    memcpy(out->axes[0], components, 2 * s->p * sizeof(double));
    if (s->p == s->q) {
        memcpy(out->axes[1], components, 2 * s->p * sizeof(double));
        return FC_OK;
    }
    /* The components have been copied: their room takes the sums, which are overwritten. */
    fc__cross_moments_whole(&s->moments, false, NULL, NULL, components);
    st = fc__procrustes(components, s->p, s->q, w, NULL, err);
    for (size_t a = 0; a < 2 && st == FC_OK; a++)
        for (size_t i = 0; i < s->q; i++) {
            double sum = 0;

            for (size_t k = 0; k < s->p; k++)
                sum += w[i * s->p + k] * out->axes[0][a * s->p + k];
            out->axes[1][a * s->q + i] = sum;
        }
    return st;
}

static float along(const float *row, const double *axis, size_t n)
{
    double sum = 0;

    for (size_t k = 0; k < n; k++)
        sum += (double)row[k] * axis[k];
    return (float)sum;
}

/* Queries are unit rows already. */
static fc_status project(fc_drift_run *r, const plane *p, fc_error *err)
{
    const fc_drift_state *s = &r->overall;
    const size_t n = s->queries.n < POINTS ? s->queries.n : POINTS;
    float *points = fc__drift_own(r, 4 * n, sizeof(*points));

    if (points == NULL)
        return fc__nomem(err, 4 * n * sizeof(*points), "points");
    for (size_t i = 0; i < n; i++) {
        const size_t at = i * s->queries.n / n;

        for (size_t a = 0; a < 2; a++) {
            points[4 * i + a] = along(s->queries.x + at * s->p, p->axes[0] + a * s->p, s->p);
            points[4 * i + 2 + a] = along(s->queries.y + at * s->q, p->axes[1] + a * s->q, s->q);
        }
    }
    r->report->points = points;
    r->report->n_points = n;
    return FC_OK;
}

static fc_status keep_points(fc_drift_run *r, fc_error *err)
{
    const fc_drift_state *s = &r->overall;
    const size_t wide = s->p > s->q ? s->p : s->q;
    double *components = fc__alloc_array(s->p, wide * sizeof(*components));
    double *w = fc__alloc_array(s->p, s->q * sizeof(*w));
    plane of = {
        {fc__alloc_array(2 * s->p, sizeof(double)), fc__alloc_array(2 * s->q, sizeof(double))}};
    fc_status st = FC_OK;

    if (components == NULL || w == NULL || of.axes[0] == NULL || of.axes[1] == NULL)
        st = fc__nomem(err, s->p * wide * sizeof(double), "points");
    if (st == FC_OK && s->p > 1)
        st = find_plane(s, components, w, &of, err);
    if (st == FC_OK && s->p > 1)
        st = project(r, &of, err);
    free(components);
    free(w);
    free(of.axes[0]);
    free(of.axes[1]);
    return st;
}

fc_status fc__drift_plots(fc_drift_run *r, fc_error *err)
{
    const fc_status st = keep_cosines(r, err);

    return st == FC_OK ? keep_points(r, err) : st;
}
