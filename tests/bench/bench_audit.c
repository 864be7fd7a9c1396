/*
 * What an audit of many pairs costs: moments over all rows; neighbours of sampled queries against
 * the full gallery, streamed; two-sample tests on a seeded sample. Pairs are made on the fly, so
 * that nothing of them is kept.
 *
 *   bench_audit [PAIRS] [DIM] [QUERIES] [SAMPLE] [THREADS]      1000000, 384, 2000, 5000, 2
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "fc_cka.h"
#include "fc_component_shift.h"
#include "fc_domain_auc.h"
#include "fc_kernel_tests.h"
#include "fc_knn_compare.h"
#include "fc_pair_values.h"
#include "fc_procrustes_measure.h"
#include "fc_rng.h"
#include "fc_spectrum.h"
#include "fc_vec.h"

#define BATCH    ((size_t)2048)
#define CLUSTERS ((size_t)1000)
#define K        10

typedef struct maker {
    size_t n, dim, at;
    float *centres; /* CLUSTERS x dim */
    float *x, *y;
    uint64_t contents[BATCH];
    fc_rng rng;
    double seconds; /* of processor time in here */
} maker;

typedef struct clocks {
    double wall, cpu;
} clocks;

static double seconds_of(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static clocks now(void)
{
    return (clocks){seconds_of(CLOCK_MONOTONIC), seconds_of(CLOCK_PROCESS_CPUTIME_ID)};
}

static void need(fc_status st, const fc_error *err)
{
    if (st != FC_OK) {
        fprintf(stderr, "bench_audit: %s\n", err->message);
        exit(1);
    }
}

static float *floats(size_t n)
{
    float *out = malloc(n * sizeof(*out));

    if (out == NULL)
        exit(3);
    return out;
}

/* Two numbers in [-1, 1) of one draw: faster than normal ones, which is all that matters here. */
static void fill(fc_rng *rng, float *out, size_t n, float scale)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        const uint64_t u = fc__rng_u64(rng);

        out[i] = scale * ((float)(int32_t)(u >> 32) * 0x1p-31f);
        out[i + 1] = scale * ((float)(int32_t)u * 0x1p-31f);
    }
}

static fc_status maker_next(void *self, fc_pair_batch *batch, fc_error *err)
{
    maker *m = self;
    const size_t n = m->n - m->at < BATCH ? m->n - m->at : BATCH;
    const double start = seconds_of(CLOCK_THREAD_CPUTIME_ID);

    (void)err;
    if (n == 0)
        return FC_E_NOT_FOUND;
    fill(&m->rng, m->x, n * m->dim, 1.0f);
    fill(&m->rng, m->y, n * m->dim, 0.5f);
    for (size_t i = 0; i < n; i++) {
        const float *centre = m->centres + (m->at + i) % CLUSTERS * m->dim;
        float *x = m->x + i * m->dim, *y = m->y + i * m->dim;

        for (size_t k = 0; k < m->dim; k++) {
            x[k] += centre[k];
            y[k] += x[k];
        }
        need(fc__vec_normalise(x, m->dim), &(fc_error){FC_OK, "a zero row"});
        need(fc__vec_normalise(y, m->dim), &(fc_error){FC_OK, "a zero row"});
        m->contents[i] = m->at + i;
    }
    m->at += n;
    m->seconds += seconds_of(CLOCK_THREAD_CPUTIME_ID) - start;
    *batch = (fc_pair_batch){m->contents, m->x, m->y, n};
    return FC_OK;
}

static fc_status maker_rewind(void *self, fc_error *err)
{
    maker *m = self;

    (void)err;
    m->at = 0;
    m->rng = fc__rng_seed(7);
    return FC_OK;
}

static void report(const char *what, const clocks *since, double made)
{
    const clocks t = now();
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("%-34s %7.2f %7.2f %7.2f %7ld\n", what, t.wall - since->wall, t.cpu - since->cpu - made,
           made, usage.ru_maxrss / 1024);
    fflush(stdout);
}

typedef struct bench {
    fc_pair_source source;
    maker *maker;
    size_t dim, n_queries, n_sample;
    uint32_t threads;
    fc_pair_sample queries, sample;
} bench;

static void first_pass(bench *b)
{
    clocks start = now();
    float *cosines = floats(b->maker->n), *ratios = floats(b->maker->n);
    fc_procrustes_measure turn = FC_PROCRUSTES_MEASURE_INIT;
    fc_spectrum spectrum = FC_SPECTRUM_INIT;
    fc_cross_moments m;
    fc_summary summary;
    fc_pair_batch batch;
    fc_error err = FC_ERROR_INIT;
    size_t at = 0;
    fc_cka cka;

    need(fc__cross_moments_init(&m, b->dim, b->dim, 0, b->threads, &err), &err);
    need(fc__pair_sample_init(&b->queries, b->dim, b->dim, b->n_queries, 1, &err), &err);
    need(fc__pair_sample_init(&b->sample, b->dim, b->dim, b->n_sample, 2, &err), &err);
    while (b->source.next(b->source.self, &batch, &err) == FC_OK) {
        fc__cross_moments_add(&m, &batch);
        fc__pair_cosines(&batch, b->dim, cosines + at);
        fc__pair_norm_ratios(&batch, b->dim, b->dim, ratios + at);
        fc__pair_sample_add(&b->queries, &batch);
        fc__pair_sample_add(&b->sample, &batch);
        at += batch.n;
    }
    report("moments, cosines, samples", &start, b->maker->seconds);
    start = now();
    fc__summarise(&summary, cosines, at);
    need(fc__cka(&cka, &m, &b->sample, 0, &err), &err);
    need(fc__procrustes_measure(&turn, &m, true, &b->queries, 0, 1, 0, &err), &err);
    need(fc__spectrum(&spectrum, &m, true, NULL, &err), &err);
    report("CKA, Procrustes, spectrum", &start, 0);
    printf("  cosine %.4f, CKA %.4f (%.4f to %.4f), turned %.4f (null %.4f), effective rank %.1f\n",
           summary.mean, cka.unbiased.value, cka.unbiased.range.low, cka.unbiased.range.high,
           turn.residual.value, turn.residual.null_value, spectrum.effective_rank);
    fc__spectrum_dispose(&spectrum);
    fc__procrustes_measure_dispose(&turn);
    fc__cross_moments_dispose(&m);
    free(cosines);
    free(ratios);
}

static void second_pass(bench *b)
{
    const clocks start = now();
    const float *rows[2] = {b->queries.x, b->queries.y};
    fc_knn_lists lists[2];
    fc_knn_scan *scans[2];
    fc_measured overlap = {0};
    fc_pair_batch batch;
    float *values = floats(b->n_queries);
    fc_error err = FC_ERROR_INIT;

    for (int i = 0; i < 2; i++) {
        const fc_knn_ask ask = {.dim = b->dim,
                                .n_queries = b->queries.n,
                                .k = K,
                                .rows = rows[i],
                                .contents = b->queries.contents,
                                .n_threads = b->threads};

        need(fc__knn_scan_create(&scans[i], &ask, &err), &err);
    }
    b->maker->seconds = 0;
    need(b->source.rewind(b->source.self, &err), &err);
    while (b->source.next(b->source.self, &batch, &err) == FC_OK) {
        fc__knn_scan_add(scans[0], batch.contents, batch.x, batch.n);
        fc__knn_scan_add(scans[1], batch.contents, batch.y, batch.n);
    }
    for (int i = 0; i < 2; i++) {
        need(fc__knn_scan_finish(scans[i], &lists[i], &err), &err);
        fc__knn_scan_destroy(scans[i]);
    }
    need(fc__knn_overlap(&lists[0], &lists[1], K, values, &err), &err);
    fc__mean_interval(&overlap, values, b->queries.n, 0, NULL);
    report("neighbours in both spaces", &start, b->maker->seconds);
    printf("  overlap@%d %.4f (%.4f to %.4f), chance %.6f\n", K, overlap.value, overlap.range.low,
           overlap.range.high, fc__knn_chance(K, b->maker->n - 1));
    fc__knn_lists_dispose(&lists[0]);
    fc__knn_lists_dispose(&lists[1]);
    free(values);
}

static void tests(const bench *b)
{
    const fc_two_samples sets = {.x = b->sample.x,
                                 .y = b->sample.y,
                                 .n_x = b->sample.n,
                                 .n_y = b->sample.n,
                                 .dim = b->dim,
                                 .paired = true};
    const fc_test_options opts = {.n_permutations = 500, .seed = 1, .n_threads = b->threads};
    fc_component_shift components[16];
    fc_kernel_result kernels;
    fc_domain_result domain;
    clocks start = now();
    fc_error err = FC_ERROR_INIT;
    size_t n;

    need(fc__kernel_tests(&kernels, &sets, &opts, &err), &err);
    report("MMD and energy, 500 permutations", &start, 0);
    start = now();
    need(fc__domain_auc(&domain, &sets, &opts, &err), &err);
    report("classifier, 500 permutations", &start, 0);
    start = now();
    need(fc__component_shift(components, 16, &n, &sets, &opts, &err), &err);
    report("16 components, 500 permutations", &start, 0);
    printf("  MMD^2 %.2e (p %.3f), energy %.2e (p %.3f), AUC %.3f (p %.3f)\n", kernels.mmd.value,
           kernels.mmd.p_value, kernels.energy.value, kernels.energy.p_value, domain.auc.value,
           domain.p_value);
}

static size_t argument(int argc, char **argv, int i, size_t otherwise)
{
    return argc > i ? strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    static maker m;
    bench b = {.dim = argument(argc, argv, 2, 384),
               .n_queries = argument(argc, argv, 3, 2000),
               .n_sample = argument(argc, argv, 4, 5000),
               .threads = (uint32_t)argument(argc, argv, 5, 2),
               .maker = &m};
    const clocks start = now();

    m = (maker){.n = argument(argc, argv, 1, 1000000), .dim = b.dim, .rng = fc__rng_seed(3)};
    m.centres = floats(CLUSTERS * b.dim);
    m.x = floats(BATCH * b.dim);
    m.y = floats(BATCH * b.dim);
    fill(&m.rng, m.centres, CLUSTERS * b.dim, 1.0f);
    maker_rewind(&m, NULL);
    b.source = (fc_pair_source){&m, b.dim, b.dim, m.n, maker_next, maker_rewind, NULL};
    printf("%zu x %zu pairs, %zu queries, %zu + %zu rows tested, %u threads, %s\n", m.n, b.dim,
           b.n_queries, b.n_sample, b.n_sample, b.threads, fc__simd_name());
    printf("%-34s %7s %7s %7s %7s\n", "", "wall s", "cpu s", "making", "MiB");
    first_pass(&b);
    second_pass(&b);
    tests(&b);
    report("all", &start, 0);
    fc__pair_sample_dispose(&b.queries);
    fc__pair_sample_dispose(&b.sample);
    free(m.centres);
    free(m.x);
    free(m.y);
    return 0;
}
