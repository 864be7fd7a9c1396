/*
 * Kernel two-sample tests. A kernel tile (some rows against those from the first of them on) is
 * multiplied with a matrix of labels, a column a permutation, of which the first is how the rows
 * came: sums within and between both sets follow for all permutations from z'Kz, z'K1 and 1'K1.
 */
#include "fc_kernel_tests.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_pair_values.h"

#define TILE_ROWS      ((size_t)256)
#define BANDWIDTH_ROWS ((size_t)1000)
/* Labels of as many permutations as fit into this are served by one pass over the tiles. */
#define LABEL_BYTES ((size_t)32 << 20)
/* Statistics that differ by less, relative to the kernel's size, are equal: sums in single
 * precision come in other orders. */
#define TIE 1e-7

typedef struct kernel_sums {
    double *within; /* a column: z'Kz, z marks the rows of x */
    double *all;    /* a column: z'K1 */
    double *rows;   /* a row: K1 */
    double total;   /* 1'K1 */
    double *permuted;
} kernel_sums;

typedef struct kernel_test {
    const fc_two_samples *samples;
    size_t n, n_columns, n_chunk; /* rows; columns in all, and at a time */
    float *rows;                  /* n x dim, minus their mean */
    float *squares;               /* of their lengths */
    float *labels;                /* n x n_chunk of 0 and 1 */
    float *tile, *kernel, *product;
    double bandwidth;
    kernel_sums mmd, energy;
} kernel_test;

static void sums_dispose(kernel_sums *s)
{
    free(s->within);
    free(s->all);
    free(s->rows);
    free(s->permuted);
}

static bool sums_init(kernel_sums *s, const kernel_test *t)
{
    s->within = fc__alloc_array(t->n_chunk, sizeof(*s->within));
    s->all = fc__alloc_array(t->n_chunk, sizeof(*s->all));
    s->rows = fc__alloc_array(t->n, sizeof(*s->rows));
    s->permuted = fc__alloc_array(t->n_columns, sizeof(*s->permuted));
    return s->within != NULL && s->all != NULL && s->rows != NULL && s->permuted != NULL;
}

static void test_dispose(kernel_test *t)
{
    free(t->rows);
    free(t->squares);
    free(t->labels);
    free(t->tile);
    free(t->kernel);
    free(t->product);
    sums_dispose(&t->mmd);
    sums_dispose(&t->energy);
}

/* Both sets one behind the other, minus their mean: distances stay, and lose less to rounding. */
static fc_status centre_rows(kernel_test *t, fc_error *err)
{
    const fc_two_samples *s = t->samples;
    const size_t dim = s->dim;
    double *mean = fc__alloc_array(dim, sizeof(*mean)), total = 0;

    if (mean == NULL)
        return fc__nomem(err, dim * sizeof(*mean), "a mean");
    memcpy(t->rows, s->x, s->n_x * dim * sizeof(*t->rows));
    memcpy(t->rows + s->n_x * dim, s->y, s->n_y * dim * sizeof(*t->rows));
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < dim; k++)
            mean[k] += (double)t->rows[i * dim + k] / (double)t->n;
    for (size_t i = 0; i < t->n; i++) {
        double square = 0;

        for (size_t k = 0; k < dim; k++) {
            float *x = &t->rows[i * dim + k];

            *x = (float)((double)*x - mean[k]);
            square += (double)*x * (double)*x;
        }
        t->squares[i] = (float)square;
        total += square;
    }
    free(mean);
    return total > 0 ? FC_OK
                     : fc_error_set(err, FC_E_INVALID, "all rows of both sets are the same");
}

static fc_status test_init(kernel_test *t, const fc_two_samples *samples,
                           const fc_test_options *opts, fc_error *err)
{
    const size_t n = samples->n_x + samples->n_y, fit = LABEL_BYTES / (n * sizeof(float));

    *t = (kernel_test){.samples = samples, .n = n, .n_columns = fc__n_permutations(opts) + 1};
    t->n_chunk = t->n_columns < fit ? t->n_columns : fit;
    t->rows = fc__alloc_array(n * samples->dim, sizeof(float));
    t->squares = fc__alloc_array(n, sizeof(float));
    t->labels = fc__alloc_array(n * t->n_chunk, sizeof(float));
    t->tile = fc__alloc_array(TILE_ROWS * n, sizeof(float));
    t->kernel = fc__alloc_array(TILE_ROWS * n, sizeof(float));
    t->product = fc__alloc_array(TILE_ROWS * t->n_chunk, sizeof(float));
    if (t->rows == NULL || t->squares == NULL || t->labels == NULL || t->tile == NULL ||
        t->kernel == NULL || t->product == NULL || !sums_init(&t->mmd, t) ||
        !sums_init(&t->energy, t))
        return fc__nomem(err, n * (t->n_chunk + samples->dim) * sizeof(float), "kernels");
    return centre_rows(t, err);
}

/* Distances of n_rows rows from `first` on to all from there on into the tile (n_rows x wide), 0 to
 * themselves. */
static void distances(kernel_test *t, size_t first, size_t n_rows)
{
    const size_t dim = t->samples->dim, wide = t->n - first;
    const float *rows = t->rows + first * dim, *squares = t->squares + first;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n_rows, (blasint)wide,
                (blasint)dim, -2.0f, rows, (blasint)dim, rows, (blasint)dim, 0.0f, t->tile,
                (blasint)wide);
    for (size_t i = 0; i < n_rows; i++) {
        float *row = t->tile + i * wide;

        for (size_t j = 0; j < wide; j++) {
            const float d = row[j] + squares[i] + squares[j];

            row[j] = sqrtf(d > 0 ? d : 0);
        }
        row[i] = 0;
    }
}

static void gaussians(kernel_test *t, size_t n)
{
    const float by = (float)(-1 / (2 * t->bandwidth * t->bandwidth));

    for (size_t i = 0; i < n; i++)
        t->kernel[i] = expf(by * t->tile[i] * t->tile[i]);
}

/* Half of the kernel: each pair is met once, and counts twice. `kernel` loses what is left of its
 * diagonal. */
static void add_tile(kernel_test *t, kernel_sums *s, float *kernel, size_t first, size_t n_rows,
                     size_t n_columns)
{
    const size_t wide = t->n - first;
    const float *labels = t->labels + first * n_columns;

    for (size_t i = 0; i < n_rows; i++) {
        float *row = kernel + i * wide;
        double sum = 0;

        for (size_t j = 0; j < i; j++)
            row[j] = 0;
        row[i] /= 2;
        for (size_t j = i; j < wide; j++) {
            sum += (double)row[j];
            s->rows[first + j] += (double)row[j];
        }
        s->rows[first + i] += sum;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)n_rows, (blasint)n_columns,
                (blasint)wide, 1.0f, kernel, (blasint)wide, labels, (blasint)n_columns, 0.0f,
                t->product, (blasint)n_columns);
    for (size_t i = 0; i < n_rows; i++)
        for (size_t c = 0; c < n_columns; c++)
            s->within[c] += 2 * (double)(labels[i * n_columns + c] * t->product[i * n_columns + c]);
}

static void finish_sums(const kernel_test *t, kernel_sums *s, size_t n_columns)
{
    for (size_t i = 0; i < t->n; i++) {
        s->total += s->rows[i];
        for (size_t c = 0; c < n_columns; c++)
            s->all[c] += (double)t->labels[i * n_columns + c] * s->rows[i];
    }
}

static void statistics(kernel_test *t, size_t first_column, size_t n_columns)
{
    const double n_x = (double)t->samples->n_x, n_y = (double)t->samples->n_y;

    for (size_t c = 0; c < n_columns; c++) {
        double xx = t->mmd.within[c], xy = t->mmd.all[c] - xx;
        double yy = t->mmd.total - 2 * t->mmd.all[c] + xx;

        t->mmd.permuted[first_column + c] =
            (xx - n_x) / (n_x * (n_x - 1)) + (yy - n_y) / (n_y * (n_y - 1)) - 2 * xy / (n_x * n_y);
        xx = t->energy.within[c];
        xy = t->energy.all[c] - xx;
        yy = t->energy.total - 2 * t->energy.all[c] + xx;
        t->energy.permuted[first_column + c] =
            2 * xy / (n_x * n_y) - xx / (n_x * n_x) - yy / (n_y * n_y);
    }
}

static void draw_labels(kernel_test *t, size_t first_column, size_t n_columns, bool *scratch,
                        fc_rng *rng)
{
    const fc_two_samples *s = t->samples;

    for (size_t c = 0; c < n_columns; c++) {
        if (first_column + c > 0)
            fc__labels_draw(scratch, s->n_x, s->n_y, s->paired, rng);
        else
            for (size_t i = 0; i < t->n; i++)
                scratch[i] = i >= s->n_x;
        for (size_t i = 0; i < t->n; i++)
            t->labels[i * n_columns + c] = scratch[i] ? 0.0f : 1.0f;
    }
}

static void clear_sums(const kernel_test *t, kernel_sums *s, size_t n_columns)
{
    memset(s->rows, 0, t->n * sizeof(*s->rows));
    memset(s->within, 0, n_columns * sizeof(*s->within));
    memset(s->all, 0, n_columns * sizeof(*s->all));
    s->total = 0;
}

static fc_status run(kernel_test *t, fc_rng *rng, fc_error *err)
{
    bool *scratch = fc__alloc_array(t->n, sizeof(*scratch));

    if (scratch == NULL)
        return fc__nomem(err, t->n, "labels");
    for (size_t at = 0; at < t->n_columns; at += t->n_chunk) {
        const size_t left = t->n_columns - at, columns = left < t->n_chunk ? left : t->n_chunk;

        draw_labels(t, at, columns, scratch, rng);
        clear_sums(t, &t->mmd, columns);
        clear_sums(t, &t->energy, columns);
        for (size_t first = 0; first < t->n; first += TILE_ROWS) {
            const size_t n_rows = t->n - first < TILE_ROWS ? t->n - first : TILE_ROWS;

            distances(t, first, n_rows);
            gaussians(t, n_rows * (t->n - first));
            add_tile(t, &t->energy, t->tile, first, n_rows, columns);
            add_tile(t, &t->mmd, t->kernel, first, n_rows, columns);
        }
        finish_sums(t, &t->energy, columns);
        finish_sums(t, &t->mmd, columns);
        statistics(t, at, columns);
    }
    free(scratch);
    return FC_OK;
}

/* The median distance of the first n rows in a random order. */
static fc_status median_distance(kernel_test *t, fc_rng *rng, fc_error *err)
{
    const size_t n = t->n < BANDWIDTH_ROWS ? t->n : BANDWIDTH_ROWS, n_pairs = n * (n - 1) / 2;
    const size_t dim = t->samples->dim;
    size_t *order = fc__alloc_array(t->n, sizeof(*order)), at = 0;
    float *all = fc__alloc_array(n_pairs, sizeof(*all));
    fc_summary s = {0};

    if (order == NULL || all == NULL) {
        free(order);
        free(all);
        return fc__nomem(err, n_pairs * sizeof(*all), "distances");
    }
    fc__order_draw(order, t->n, rng);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const float *x = t->rows + order[i] * dim, *y = t->rows + order[j] * dim;
            double square = 0;

            for (size_t k = 0; k < dim; k++)
                square += ((double)x[k] - (double)y[k]) * ((double)x[k] - (double)y[k]);
            all[at++] = (float)sqrt(square);
        }
    fc__summarise(&s, all, n_pairs);
    t->bandwidth = s.median > 0 ? s.median : s.mean;
    free(order);
    free(all);
    return t->bandwidth > 0 ? FC_OK
                            : fc_error_set(err, FC_E_INVALID, "nearly all rows are the same");
}

fc_status fc__kernel_tests(fc_kernel_result *out, const fc_two_samples *samples,
                           const fc_test_options *opts, fc_error *err)
{
    fc_rng rng = fc__rng_seed(opts->seed);
    kernel_test t = {0};
    fc_status st = fc__two_samples_check(samples, opts, err);

    *out = (fc_kernel_result){0};
    if (st != FC_OK)
        return st;
    openblas_set_num_threads(opts->n_threads > 0 ? (int)opts->n_threads : 1);
    st = test_init(&t, samples, opts, err);
    if (st == FC_OK)
        st = median_distance(&t, &rng, err);
    if (st == FC_OK)
        st = run(&t, &rng, err);
    if (st == FC_OK) {
        const size_t n = t.n_columns - 1;
        const double size = t.energy.total / ((double)t.n * (double)t.n);

        out->bandwidth = t.bandwidth;
        out->mmd = fc__permuted(t.mmd.permuted[0], t.mmd.permuted + 1, n, TIE);
        out->energy = fc__permuted(t.energy.permuted[0], t.energy.permuted + 1, n, TIE * size);
    }
    openblas_set_num_threads(1);
    test_dispose(&t);
    return st;
}
