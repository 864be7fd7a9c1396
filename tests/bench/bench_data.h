/*
 * What benches are run over: features from a .npy file, or seeded synthetic ones, as f32 items of
 * one shape; and the clocks that they are timed with.
 */
#ifndef BENCH_DATA_H
#define BENCH_DATA_H

#include <featcache/maintain.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fc_codec.h"
#include "fc_rng.h"
#include "fc_vec.h"

#define BENCH_NPY_MAX (UINT64_C(8) << 30)

/* One data set: axis 0 of `values` counts items. */
typedef struct bench_data {
    char name[64];
    fc_tensor values;
} bench_data;

static inline void bench_die(const char *what, const fc_error *err)
{
    fprintf(stderr, "bench: %s%s%s\n", what, err != NULL ? ": " : "",
            err != NULL ? err->message : "");
    exit(1);
}

static inline void bench_need(fc_status st, const char *what, const fc_error *err)
{
    if (st != FC_OK)
        bench_die(what, err);
}

static inline double bench_seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Time on the processor: what one core does, also when others use the machine. */
static inline double bench_cpu(void)
{
    return bench_seconds(CLOCK_THREAD_CPUTIME_ID);
}

static inline double bench_wall(void)
{
    return bench_seconds(CLOCK_MONOTONIC);
}

static inline int bench_by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The value below which the share q of x lies; sorts x. */
static inline double bench_quantile(double *x, size_t n, double q)
{
    qsort(x, n, sizeof(*x), bench_by_value);
    return x[(size_t)(q * (double)(n - 1) + 0.5)];
}

static inline size_t bench_items(const bench_data *d)
{
    return (size_t)d->values.shape[0];
}

static inline size_t bench_item_elements(const bench_data *d)
{
    return fc_tensor_count(&d->values) / bench_items(d);
}

/* A vector is one row; a map or a sequence has the rows of its first axis. */
static inline uint64_t bench_rows_per_item(const bench_data *d)
{
    return d->values.rank == 2 ? 1 : d->values.shape[1];
}

static inline fc_item_layout bench_layout(const bench_data *d, fc_dtype dtype)
{
    const uint32_t skip = d->values.rank == 2 ? 1 : 2;
    fc_item_layout l = {.dtype = dtype, .item_rank = d->values.rank - 1};

    l.row_rank = d->values.rank - skip;
    for (uint32_t i = 0; i < l.row_rank; i++)
        l.row_shape[i] = d->values.shape[skip + i];
    return l;
}

/* Items along axis 0 of a .npy file of floats. */
static inline bench_data bench_read(const char *path)
{
    const char *slash = strrchr(path, '/');
    bench_data d = {.values = FC_TENSOR_INIT};
    fc_error err = FC_ERROR_INIT;

    bench_need(fc_npy_read(path, BENCH_NPY_MAX, &d.values, &err), path, &err);
    if (d.values.rank < 2 || fc_tensor_count(&d.values) == 0)
        bench_die(path, &(fc_error){.message = "wanted items along axis 0, and some of them"});
    snprintf(d.name, sizeof(d.name), "%s", slash != NULL ? slash + 1 : path);
    if (strlen(d.name) > 4 && strcmp(d.name + strlen(d.name) - 4, ".npy") == 0)
        d.name[strlen(d.name) - 4] = '\0';
    return d;
}

typedef enum bench_kind { BENCH_DENSE, BENCH_RELU, BENCH_MAPS, BENCH_KINDS } bench_kind;

#define BENCH_CHANNELS 112

/* Seeded: unit Gaussian rows; ReLU rows with half zeros; maps whose neighbours are alike and whose
 * channels differ in size. `scale` times the number of items that is quick to measure. */
static inline bench_data bench_make(bench_kind kind, uint64_t scale)
{
    static const char *const names[] = {"gaussian384", "relu1280", "maps14x14x112"};
    static const uint32_t ranks[] = {2, 2, 4};
    uint64_t shapes[][FC_MAX_RANK] = {{8192, 384}, {2048, 1280}, {128, 14, 14, BENCH_CHANNELS}};
    fc_rng rng = fc__rng_seed(20 + (uint64_t)kind);
    bench_data d = {.values = FC_TENSOR_INIT};
    fc_error err = FC_ERROR_INIT;
    size_t n;

    shapes[kind][0] *= scale;
    snprintf(d.name, sizeof(d.name), "%s", names[kind]);
    bench_need(fc_tensor_alloc(&d.values, FC_F32, ranks[kind], shapes[kind], &err), "data", &err);
    n = bench_item_elements(&d);
    for (size_t i = 0; i < bench_items(&d); i++) {
        float *x = (float *)d.values.data + i * n;

        for (size_t k = 0; k < n; k++) {
            x[k] = (float)fc__rng_normal(&rng);
            if (kind == BENCH_RELU && x[k] < 0)
                x[k] = 0.0f;
            if (kind == BENCH_MAPS)
                x[k] = (k >= BENCH_CHANNELS ? 0.7f * x[k - BENCH_CHANNELS] : 0.0f) +
                       x[k] * (float)(1 + k % 7);
        }
        if (kind == BENCH_DENSE)
            bench_need(fc__vec_normalise(x, n), "a zero row", NULL);
    }
    return d;
}

#endif /* BENCH_DATA_H */
