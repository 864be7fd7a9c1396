/*
 * Sums by modality and fold.
 */
#include "audit_space_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_spectrum.h"
#include "fc_unit_sum.h"

#define BATCH_ROWS ((size_t)256)

static double *unit_of(const fc_space_sums *s, size_t at, size_t fold)
{
    return s->unit + (at * FC_AUDIT_FOLDS + fold) * s->run->dim;
}

/* How many of n items are of a fold. */
static size_t n_of_fold(size_t n, size_t fold)
{
    return fold >= FC_AUDIT_FOLDS ? 0 : (n + FC_AUDIT_FOLDS - 1 - fold) / FC_AUDIT_FOLDS;
}

static void add_units(const fc_space_sums *s, size_t at)
{
    const fc_space_items *items = &s->run->items[at];
    const size_t dim = s->run->dim;

    for (size_t i = 0; i < items->n_asked; i++) {
        double *sum = unit_of(s, at, i % FC_AUDIT_FOLDS);

        for (size_t d = 0; d < dim; d++)
            sum[d] += (double)items->rows[i * dim + d];
    }
}

/* Rows of one fold, gathered into batches. */
static void add_moments(fc_space_sums *s, size_t at, size_t fold, float *batch)
{
    const fc_space_items *items = &s->run->items[at];
    const size_t dim = s->run->dim, step = s->n_folds;
    fc_pair_batch pairs = {.x = batch};

    for (size_t i = fold; i < items->n_asked; i += step) {
        memcpy(batch + pairs.n++ * dim, items->rows + i * dim, dim * sizeof(*batch));
        if (pairs.n == BATCH_ROWS || i + step >= items->n_asked) {
            fc__cross_moments_add(&s->moments[at * s->n_folds + fold], &pairs);
            pairs.n = 0;
        }
    }
}

fc_status fc__space_sums_make(fc_space_sums *out, const fc_space_audit_run *run, fc_error *err)
{
    const size_t dim = run->dim;
    float *batch = fc__alloc_bare(BATCH_ROWS, dim * sizeof(*batch));
    fc_status st = FC_OK;

    *out = (fc_space_sums){.run = run};
    out->n_folds = dim <= FC_AUDIT_FOLDED_DIM ? FC_AUDIT_FOLDS : dim <= FC_AUDIT_RANKED_DIM ? 1 : 0;
    out->unit = fc__alloc_array(run->n_items * FC_AUDIT_FOLDS, dim * sizeof(*out->unit));
    out->moments = fc__alloc_array(run->n_items * out->n_folds, sizeof(*out->moments));
    if (batch == NULL || out->unit == NULL || out->moments == NULL)
        st = fc__nomem(err, run->n_items * FC_AUDIT_FOLDS * dim * sizeof(*out->unit), "sums");
    for (size_t i = 0; i < run->n_items && st == FC_OK; i++) {
        add_units(out, i);
        for (size_t f = 0; f < out->n_folds && st == FC_OK; f++) {
            st = fc__space_audit_step(run, "sums", i * out->n_folds + f,
                                      run->n_items * out->n_folds, err);
            if (st == FC_OK)
                st = fc__cross_moments_init(&out->moments[i * out->n_folds + f], dim, 0,
                                            run->opts->memory_bytes, run->opts->n_threads, err);
            if (st == FC_OK)
                add_moments(out, i, f, batch);
        }
    }
    free(batch);
    return st;
}

void fc__space_sums_dispose(fc_space_sums *s)
{
    for (size_t i = 0; s->moments != NULL && i < s->run->n_items * s->n_folds; i++)
        fc__cross_moments_dispose(&s->moments[i]);
    free(s->moments);
    free(s->unit);
    *s = (fc_space_sums){.n_folds = 0};
}

/* Adds the sum of one modality without a fold; returns of how many rows it is. */
static size_t add_modality(const fc_space_sums *s, size_t at, size_t without, double *sum)
{
    const size_t n = s->run->items[at].n_asked;

    for (size_t f = 0; f < FC_AUDIT_FOLDS; f++)
        for (size_t d = 0; f != without && d < s->run->dim; d++)
            sum[d] += unit_of(s, at, f)[d];
    return n - n_of_fold(n, without);
}

fc_status fc__space_sums_cosine(const fc_space_sums *s, uint32_t mask, size_t without, double *out,
                                fc_error *err)
{
    fc_unit_sum sum;
    fc_status st = fc__unit_sum_init(&sum, s->run->dim, err);

    *out = NAN;
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < s->run->n_items; i++)
        if (mask >> i & 1)
            sum.n += add_modality(s, i, without, sum.sum);
    *out = fc__anisotropy(&sum);
    fc__unit_sum_dispose(&sum);
    return FC_OK;
}

double fc__space_sums_gap(const fc_space_sums *s, size_t a, size_t b, size_t without)
{
    const size_t n_a = s->run->items[a].n_asked - n_of_fold(s->run->items[a].n_asked, without);
    const size_t n_b = s->run->items[b].n_asked - n_of_fold(s->run->items[b].n_asked, without);
    double square = 0;

    for (size_t d = 0; d < s->run->dim; d++) {
        double x = 0, y = 0;

        for (size_t f = 0; f < FC_AUDIT_FOLDS; f++) {
            x += f != without ? unit_of(s, a, f)[d] : 0;
            y += f != without ? unit_of(s, b, f)[d] : 0;
        }
        x = x / (double)n_a - y / (double)n_b;
        square += x * x;
    }
    return sqrt(square);
}

/* Rows that are all one have no spectrum; that is an answer here. */
static fc_status rank_of(const fc_cross_moments *m, double *out, fc_error *err)
{
    fc_spectrum spectrum = FC_SPECTRUM_INIT;
    fc_error inner = FC_ERROR_INIT;
    const fc_status st = fc__spectrum(&spectrum, m, false, NULL, &inner);

    *out = st == FC_OK ? spectrum.effective_rank : NAN;
    fc__spectrum_dispose(&spectrum);
    return st == FC_OK || st == FC_E_INVALID ? FC_OK : fc_error_set(err, st, "%s", inner.message);
}

fc_status fc__space_sums_rank(const fc_space_sums *s, uint32_t mask, size_t without, double *out,
                              fc_error *err)
{
    fc_cross_moments all;
    fc_status st;

    *out = NAN;
    if (s->n_folds == 0 || (s->n_folds == 1 && without != FC_AUDIT_NO_FOLD))
        return FC_OK;
    st = fc__cross_moments_init(&all, s->run->dim, 0, s->run->opts->memory_bytes,
                                s->run->opts->n_threads, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < s->run->n_items; i++)
        for (size_t f = 0; f < s->n_folds && (mask >> i & 1); f++)
            if (f != without)
                fc__cross_moments_merge(&all, &s->moments[i * s->n_folds + f]);
    st = rank_of(&all, out, err);
    fc__cross_moments_dispose(&all);
    return st;
}

fc_interval fc__jackknife(double value, const double without[FC_AUDIT_FOLDS])
{
    double mean = 0, squares = 0;

    for (size_t f = 0; f < FC_AUDIT_FOLDS; f++)
        mean += without[f] / FC_AUDIT_FOLDS;
    for (size_t f = 0; f < FC_AUDIT_FOLDS; f++)
        squares += (without[f] - mean) * (without[f] - mean);
    if (isnan(squares))
        return (fc_interval){NAN, NAN};
    return fc__normal_interval(value, sqrt(squares * (FC_AUDIT_FOLDS - 1) / FC_AUDIT_FOLDS), 0);
}
