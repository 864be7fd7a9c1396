/*
 * What an adapter would keep: new queries turned into the old space by orthogonal Procrustes. It is
 * fitted to one half of the sample and asked about queries of the other half: a content is in the
 * same half everywhere, by a hash of its number and the seed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_view.h"
#include "fc_alloc.h"
#include "fc_hash.h"
#include "fc_procrustes.h"
#include "fc_vec.h"

#define HALF_LEAST 20u /* rows to fit to, and queries held out */

static bool is_held(const fc_drift_state *s, uint64_t content)
{
    const uint64_t key[2] = {s->opts->seed, content};

    return (fc__xxh128(key, sizeof(key)).low & 1) != 0;
}

static fc_status list_held(fc_drift_state *s, fc_adapted_queries *a, fc_error *err)
{
    s->held = fc__alloc_array(s->queries.n, sizeof(*s->held));
    a->contents = fc__alloc_array(s->queries.n, sizeof(*a->contents));
    if (s->held == NULL || a->contents == NULL)
        return fc__nomem(err, s->queries.n * 16, "queries");
    for (size_t i = 0; i < s->queries.n; i++)
        if (is_held(s, s->queries.contents[i])) {
            a->contents[s->n_held] = s->queries.contents[i];
            s->held[s->n_held++] = i;
        }
    return FC_OK;
}

/* Unit rows of the half that is fitted to, the first *n of x and y. */
static void fit_rows(const fc_drift_state *s, float *x, float *y, size_t *n)
{
    const fc_pair_sample *a = &s->sample;
    bool ok[2];

    *n = 0;
    for (size_t i = 0; i < a->n; i++) {
        if (is_held(s, a->contents[i]))
            continue;
        memcpy(x + *n * s->p, a->x + i * s->p, s->p * sizeof(float));
        memcpy(y + *n * s->q, a->y + i * s->q, s->q * sizeof(float));
        fc__drift_unit_rows(x + *n * s->p, 1, s->p, &ok[0]);
        fc__drift_unit_rows(y + *n * s->q, 1, s->q, &ok[1]);
        *n += ok[0] && ok[1];
    }
}

/* Where there are fewer rows than dimensions a turn is free in what no row reaches. Old and new are
 * taken to be alike there: so much of no turn at all is added to the sums, over their size. */
#define STAY 1e-6

static void lean_to_none(double *xy, size_t dim)
{
    double sum = 0;

    for (size_t i = 0; i < dim * dim; i++)
        sum += xy[i] * xy[i];
    for (size_t i = 0; i < dim; i++)
        xy[i * dim + i] += STAY * sqrt(sum / (double)dim);
}

/* W (q x p), y about W x, of n unit rows. */
static fc_status fit(const fc_drift_state *s, const float *x, const float *y, size_t n, double *w,
                     fc_error *err)
{
    const fc_pair_batch b = {s->sample.contents, x, y, n};
    fc_cross_moments m = {.p = 0};
    fc_status st =
        fc__cross_moments_init(&m, s->p, s->q, s->opts->memory_bytes, s->opts->n_threads, err);

    if (st == FC_OK) {
        fc__cross_moments_add(&m, &b);
        if (s->p == s->q)
            lean_to_none(m.xy, s->p);
        st = fc__procrustes(m.xy, s->p, s->q, w, NULL, err);
    }
    fc__cross_moments_dispose(&m);
    return st;
}

/* Queries held out, as unit rows W' y. */
static fc_status turn(const fc_drift_state *s, const double *w, float *out, fc_error *err)
{
    float *turned = fc__alloc_array(s->p * s->q, sizeof(*turned)); /* W', p x q */
    bool *ok = fc__alloc_array(s->n_held, sizeof(*ok));
    fc_status st = FC_OK;

    if (turned == NULL || ok == NULL) {
        st = fc__nomem(err, s->p * s->q * sizeof(float), "an adapter");
    } else {
        for (size_t i = 0; i < s->q; i++)
            for (size_t k = 0; k < s->p; k++)
                turned[k * s->q + i] = (float)w[i * s->p + k];
        for (size_t i = 0; i < s->n_held; i++)
            fc__dot_rows_f32(s->queries.y + s->held[i] * s->q, turned, s->q, s->p, s->q,
                             out + i * s->p);
        fc__drift_unit_rows(out, s->n_held, s->p, ok);
    }
    free(turned);
    free(ok);
    return st;
}

static fc_status fit_and_turn(fc_drift_state *s, fc_adapted_queries *a, fc_error *err)
{
    float *x = fc__alloc_bare(s->sample.n * s->p, sizeof(*x));
    float *y = fc__alloc_bare(s->sample.n * s->q, sizeof(*y));
    double *w = fc__alloc_bare(s->p * s->q, sizeof(*w));
    size_t n = 0;
    fc_status st = FC_OK;

    a->rows = fc__alloc_array(s->n_held * s->p, sizeof(*a->rows));
    if (x == NULL || y == NULL || w == NULL || a->rows == NULL)
        st = fc__nomem(err, s->sample.n * (s->p + s->q) * sizeof(*x), "the rows of an adapter");
    if (st == FC_OK)
        fit_rows(s, x, y, &n);
    if (st == FC_OK && n < HALF_LEAST)
        s->no_adapter = "too few samples to fit to one half of them";
    if (st == FC_OK && s->no_adapter == NULL)
        st = fit(s, x, y, n, w, err);
    if (st == FC_OK && s->no_adapter == NULL)
        st = turn(s, w, a->rows, err);
    free(w);
    free(y);
    free(x);
    return st;
}

fc_status fc__drift_adapt(fc_drift_state *s, fc_adapted_queries *out, fc_error *err)
{
    const fc_status st = list_held(s, out, err);

    if (st == FC_OK && s->n_held < HALF_LEAST)
        s->no_adapter = "too few queries to hold a half of them out";
    return st == FC_OK && s->no_adapter == NULL ? fit_and_turn(s, out, err) : st;
}
