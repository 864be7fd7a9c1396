/*
 * Differences along principal components: projections once, then labels permuted over the sorted
 * values.
 */
#include "fc_component_shift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_sort.h"
#include "fc_spectrum.h"

/* |F_x - F_y| over the values of both in order. */
static double wasserstein_sorted(const double *x, size_t n_x, const double *y, size_t n_y)
{
    double area = 0, at = x[0] < y[0] ? x[0] : y[0];
    size_t i = 0, j = 0;

    while (i < n_x || j < n_y) {
        const bool from_x = j >= n_y || (i < n_x && x[i] <= y[j]);
        const double next = from_x ? x[i] : y[j];

        area += fabs((double)i / (double)n_x - (double)j / (double)n_y) * (next - at);
        at = next;
        i += from_x;
        j += !from_x;
    }
    return area;
}

static double psi_sorted(const double *x, size_t n_x, const double *y, size_t n_y)
{
    size_t i = 0, j = 0;
    double sum = 0;

    for (uint32_t bin = 1; bin <= FC_PSI_BINS; bin++) {
        const double edge =
            bin < FC_PSI_BINS ? fc__quantile(x, n_x, (double)bin / FC_PSI_BINS) : INFINITY;
        const size_t from_x = i, from_y = j;
        double a, b;

        while (i < n_x && x[i] <= edge)
            i++;
        while (j < n_y && y[j] <= edge)
            j++;
        a = fmax(FC_PSI_LEAST, (double)(i - from_x) / (double)n_x);
        b = fmax(FC_PSI_LEAST, (double)(j - from_y) / (double)n_y);
        sum += (b - a) * log(b / a);
    }
    return sum;
}

double fc__wasserstein1(double *x, size_t n_x, double *y, size_t n_y)
{
    qsort(x, n_x, sizeof(*x), fc__by_f64);
    qsort(y, n_y, sizeof(*y), fc__by_f64);
    return wasserstein_sorted(x, n_x, y, n_y);
}

double fc__psi(double *x, size_t n_x, double *y, size_t n_y)
{
    qsort(x, n_x, sizeof(*x), fc__by_f64);
    qsort(y, n_y, sizeof(*y), fc__by_f64);
    return psi_sorted(x, n_x, y, n_y);
}

typedef struct projected {
    double value;
    size_t row; /* of x, then of y */
} projected;

static int by_projection(const void *a, const void *b)
{
    const projected *x = a, *y = b;

    return x->value != y->value ? (x->value > y->value) - (x->value < y->value)
                                : (x->row > y->row) - (x->row < y->row);
}

typedef struct shift {
    const fc_two_samples *samples;
    size_t n, dim, n_components;
    uint32_t n_permutations;
    double *components; /* dim x dim */
    projected *along;   /* n_components x n, each in order */
    bool *labels;
    double *x, *y;             /* values of both sets, in order */
    double *wasserstein, *psi; /* n_components x n_permutations */
} shift;

static void dispose(shift *s)
{
    free(s->components);
    free(s->along);
    free(s->labels);
    free(s->x);
    free(s->y);
    free(s->wasserstein);
    free(s->psi);
}

static fc_status init(shift *s, size_t n_components, const fc_two_samples *samples,
                      const fc_test_options *opts, fc_error *err)
{
    *s = (shift){.samples = samples,
                 .n = samples->n_x + samples->n_y,
                 .dim = samples->dim,
                 .n_components = n_components < samples->dim ? n_components : samples->dim,
                 .n_permutations = fc__n_permutations(opts)};
    s->components = fc__alloc_array(s->dim * s->dim, sizeof(*s->components));
    s->along = fc__alloc_array(s->n_components * s->n, sizeof(*s->along));
    s->labels = fc__alloc_array(s->n, sizeof(*s->labels));
    s->x = fc__alloc_array(samples->n_x, sizeof(*s->x));
    s->y = fc__alloc_array(samples->n_y, sizeof(*s->y));
    s->wasserstein = fc__alloc_array(s->n_components * s->n_permutations, sizeof(*s->wasserstein));
    s->psi = fc__alloc_array(s->n_components * s->n_permutations, sizeof(*s->psi));
    if (s->components == NULL || s->along == NULL || s->labels == NULL || s->x == NULL ||
        s->y == NULL || s->wasserstein == NULL || s->psi == NULL)
        return fc__nomem(err, s->dim * s->dim * sizeof(*s->components), "components");
    return FC_OK;
}

/* Components of both sets together, by the moments of one side. */
static fc_status find_components(shift *s, const fc_test_options *opts, fc_spectrum *spectrum,
                                 fc_error *err)
{
    const fc_pair_batch x = {NULL, s->samples->x, NULL, s->samples->n_x};
    const fc_pair_batch y = {NULL, s->samples->y, NULL, s->samples->n_y};
    fc_cross_moments m;
    fc_status st = fc__cross_moments_init(&m, s->dim, 0, 0, opts->n_threads, err);

    if (st != FC_OK)
        return st;
    fc__cross_moments_add(&m, &x);
    fc__cross_moments_add(&m, &y);
    st = fc__spectrum(spectrum, &m, false, s->components, err);
    fc__cross_moments_dispose(&m);
    return st;
}

/* A component has no direction of its own, but bins are closed on one side: its largest element is
 * made positive. */
static void orient(double *component, size_t dim)
{
    double largest = 0;

    for (size_t k = 0; k < dim; k++)
        largest = fabs(component[k]) > fabs(largest) ? component[k] : largest;
    for (size_t k = 0; k < dim && largest < 0; k++)
        component[k] = -component[k];
}

static double project(const float *row, const double *component, size_t dim)
{
    double sum = 0;

    for (size_t k = 0; k < dim; k++)
        sum += component[k] * (double)row[k];
    return sum;
}

static void project_all(shift *s, size_t c, fc_component_shift *out)
{
    const fc_two_samples *t = s->samples;
    const double *component = s->components + c * s->dim;
    projected *along = s->along + c * s->n;

    for (size_t i = 0; i < s->n; i++) {
        const bool of_y = i >= t->n_x;
        const float *row = of_y ? t->y + (i - t->n_x) * s->dim : t->x + i * s->dim;
        const double value = project(row, component, s->dim);

        along[i] = (projected){value, i};
        if (of_y)
            out->mean_y += value / (double)t->n_y;
        else
            out->mean_x += value / (double)t->n_x;
    }
    qsort(along, s->n, sizeof(*along), by_projection);
}

/* Both distances under the labels at hand: sorted values go to their sets in order. */
static void measure(shift *s, size_t c, double *wasserstein, double *psi)
{
    const fc_two_samples *t = s->samples;
    const projected *along = s->along + c * s->n;
    size_t n_x = 0, n_y = 0;

    for (size_t i = 0; i < s->n; i++) {
        if (s->labels[along[i].row])
            s->y[n_y++] = along[i].value;
        else
            s->x[n_x++] = along[i].value;
    }
    *wasserstein = wasserstein_sorted(s->x, t->n_x, s->y, t->n_y);
    *psi = psi_sorted(s->x, t->n_x, s->y, t->n_y);
}

/* All components under the labels as they are, then under each permutation of them. */
static void measure_all(shift *s, size_t n, fc_component_shift *out, fc_rng *rng)
{
    const fc_two_samples *t = s->samples;
    const uint32_t n_permutations = s->n_permutations;

    for (size_t i = 0; i < s->n; i++)
        s->labels[i] = i >= t->n_x;
    for (size_t c = 0; c < n; c++)
        measure(s, c, &out[c].wasserstein.value, &out[c].psi.value);
    for (uint32_t p = 0; p < n_permutations; p++) {
        fc__labels_draw(s->labels, t->n_x, t->n_y, t->paired, rng);
        for (size_t c = 0; c < n; c++)
            measure(s, c, &s->wasserstein[c * n_permutations + p], &s->psi[c * n_permutations + p]);
    }
    for (size_t c = 0; c < n; c++) {
        const projected *along = s->along + c * s->n;
        const double range = along[s->n - 1].value - along[0].value;

        out[c].wasserstein =
            fc__permuted(out[c].wasserstein.value, s->wasserstein + c * n_permutations,
                         n_permutations, 1e-12 * range);
        out[c].psi =
            fc__permuted(out[c].psi.value, s->psi + c * n_permutations, n_permutations, 1e-12);
    }
}

static fc_status correct(fc_component_shift *out, size_t n, fc_error *err)
{
    double wasserstein[FC_COMPONENTS_MAX], psi[FC_COMPONENTS_MAX];
    fc_status st;

    for (size_t c = 0; c < n; c++) {
        wasserstein[c] = out[c].wasserstein.p_value;
        psi[c] = out[c].psi.p_value;
    }
    st = fc__holm(wasserstein, n, err);
    if (st == FC_OK)
        st = fc__holm(psi, n, err);
    for (size_t c = 0; c < n && st == FC_OK; c++) {
        out[c].wasserstein_holm = wasserstein[c];
        out[c].psi_holm = psi[c];
    }
    return st;
}

fc_status fc__component_shift(fc_component_shift *out, size_t n_components, size_t *n_out,
                              const fc_two_samples *samples, const fc_test_options *opts,
                              fc_error *err)
{
    fc_rng rng = fc__rng_seed(opts->seed);
    fc_spectrum spectrum = FC_SPECTRUM_INIT;
    shift s = {0};
    fc_status st = fc__two_samples_check(samples, opts, err);

    *n_out = 0;
    if (st == FC_OK && (n_components == 0 || n_components > FC_COMPONENTS_MAX))
        st = fc_error_set(err, FC_E_INVALID, "%zu components; 1 to %u are possible", n_components,
                          FC_COMPONENTS_MAX);
    if (st != FC_OK)
        return st;
    st = init(&s, n_components, samples, opts, err);
    if (st == FC_OK)
        st = find_components(&s, opts, &spectrum, err);
    if (st == FC_OK) {
        const size_t n = s.n_components < spectrum.rank ? s.n_components : spectrum.rank;

        for (size_t c = 0; c < n; c++) {
            out[c] = (fc_component_shift){.variance = spectrum.values[c]};
            orient(s.components + c * s.dim, s.dim);
            project_all(&s, c, &out[c]);
        }
        measure_all(&s, n, out, &rng);
        *n_out = n;
        st = correct(out, n, err);
    }
    fc__spectrum_dispose(&spectrum);
    dispose(&s);
    return st;
}
