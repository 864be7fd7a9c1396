/*
 * Measures segments: building, opening, the exact scan, and the kind that `auto` takes, with its
 * recall against the exact scan.
 *
 *   bench_index [DIM [ROWS [QUERIES]]]            made-up features: clusters, 24 directions in each
 *   bench_index --idx TRAIN-IMAGES TEST-IMAGES    unpacked IDX files, such as Fashion-MNIST's
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_rows.h"
#include "fc_index.h"
#include "fc_queue.h"
#include "fc_rng.h"
#include "fc_vec.h"

#define K         ((size_t)10)
#define LATENT    ((size_t)24)
#define CLUSTERS  ((size_t)50)
#define IDX_BYTES 16

static fc_error err;

static void must(fc_status st, const char *what)
{
    if (st == FC_OK)
        return;
    fprintf(stderr, "bench_index: %s: %s\n", what, err.message);
    exit(3);
}

static void *allocate(size_t n, size_t size)
{
    void *p = calloc(n, size);

    if (p == NULL) {
        fprintf(stderr, "bench_index: out of memory\n");
        exit(3);
    }
    return p;
}

static double since(uint64_t begin)
{
    return (double)(fc__now_ns() - begin) * 1e-9;
}

/* ReLU(centre + latent x directions + a little noise): dense clusters, exact zeros. */
static float *make_rows(size_t n, size_t dim, uint64_t seed)
{
    fc_rng shared = fc__rng_seed(1), rng = fc__rng_seed(seed);
    float *basis = allocate((CLUSTERS + LATENT) * dim, sizeof(float));
    float *rows = allocate(n * dim, sizeof(float));

    for (size_t i = 0; i < (CLUSTERS + LATENT) * dim; i++)
        basis[i] = (float)fc__rng_normal(&shared);
    for (size_t i = 0; i < n; i++) {
        float *row = rows + i * dim;
        const float *centre = basis + fc__rng_below(&rng, CLUSTERS) * dim;

        for (size_t j = 0; j < dim; j++)
            row[j] = 1.5f * centre[j] + 0.1f * (float)(fc__rng_unit(&rng) - 0.5);
        for (size_t l = 0; l < LATENT; l++) {
            const float weight = 0.3f * (float)fc__rng_normal(&rng);
            const float *direction = basis + (CLUSTERS + l) * dim;

            for (size_t j = 0; j < dim; j++)
                row[j] += weight * direction[j];
        }
        for (size_t j = 0; j < dim; j++)
            row[j] = row[j] > 0.0f ? row[j] : 0.0f;
    }
    free(basis);
    return rows;
}

static float *read_idx(const char *path, size_t *n, size_t *dim)
{
    FILE *file = fopen(path, "rb");
    uint8_t h[IDX_BYTES], *pixels;
    float *rows;

    if (file == NULL || fread(h, 1, IDX_BYTES, file) != IDX_BYTES) {
        perror(path);
        exit(3);
    }
    *n = (size_t)h[4] << 24 | (size_t)h[5] << 16 | (size_t)h[6] << 8 | h[7];
    *dim = ((size_t)h[10] << 8 | h[11]) * ((size_t)h[14] << 8 | h[15]);
    pixels = allocate(*n * *dim, 1);
    rows = allocate(*n * *dim, sizeof(float));
    if (fread(pixels, *dim, *n, file) != *n) {
        perror(path);
        exit(3);
    }
    for (size_t i = 0; i < *n * *dim; i++)
        rows[i] = pixels[i];
    free(pixels);
    fclose(file);
    return rows;
}

typedef struct bench {
    char folder[64];
    float *rows, *queries;
    size_t n, n_queries, dim;
    fc_hit *hits, *truth;
    size_t *n_hits;
} bench;

static const fc_segment_identity identity = {.version = 1, .output = 1};

static fc_segment *build(bench *b, const char *kind, uint32_t n_threads)
{
    bench_rows held = {.rows = b->rows, .dim = b->dim, .n = b->n};
    const fc_row_source rows = bench_row_source(&held);
    const fc_segment_options opts = {.kind = kind, .n_threads = n_threads};
    uint64_t begin = fc__now_ns();
    fc_segment *segment;
    fc_segment_info info;
    bool degraded;
    double seconds;

    must(fc__segment_build(b->folder, &identity, &rows, &opts, &info, &err), "build");
    seconds = since(begin);
    begin = fc__now_ns();
    must(fc__segment_open(&segment, b->folder, info.hash, &identity, &degraded, &err), "open");
    printf("build %-24s %u threads %8.2f s, open %.1f ms\n", info.kind, n_threads, seconds,
           since(begin) * 1e3);
    return segment;
}

static void search(bench *b, fc_segment *s, size_t n, const fc_search_options *opts, fc_hit *hits)
{
    must(fc__segments_search(&s, 1, b->queries, n, b->dim, opts, hits, b->n_hits, NULL, &err),
         "search");
}

/* Time a query when n come at once, and when they come one by one. */
static void measure(bench *b, fc_segment *s, const char *name, const fc_search_options *opts,
                    size_t n_single, fc_hit *hits)
{
    uint64_t begin = fc__now_ns();
    double batch, single;
    fc_hit one[K];

    search(b, s, b->n_queries, opts, hits);
    batch = since(begin);
    begin = fc__now_ns();
    for (size_t q = 0; q < n_single; q++) {
        fc_segment *const segments[] = {s};

        must(fc__segments_search(segments, 1, b->queries + q * b->dim, 1, b->dim, opts, one,
                                 b->n_hits, NULL, &err),
             "search");
    }
    single = since(begin) / (double)n_single;
    printf("%-14s %u threads: %zu queries in %.2f s = %.0f us each; one by one %.0f us each\n",
           name, opts->n_threads, b->n_queries, batch, batch * 1e6 / (double)b->n_queries,
           single * 1e6);
}

static double recall(const bench *b)
{
    size_t right = 0;

    for (size_t q = 0; q < b->n_queries; q++)
        for (size_t t = 0; t < K; t++)
            for (size_t h = 0; h < K; h++)
                right += b->hits[q * K + h].content == b->truth[q * K + t].content;
    return (double)right / (double)(b->n_queries * K);
}

static void run(bench *b)
{
    fc_search_options exact = {.k = K, .exact = true, .n_threads = 1},
                      fast = {.k = K, .n_threads = 1};
    uint64_t *bits = allocate(b->n / 64 + 1, sizeof(*bits));
    const fc_content_set tenth = {0, b->n, bits, (b->n + 9) / 10};
    fc_search_options filtered = {.k = K, .n_threads = 1, .allowed = &tenth};
    fc_segment *flat, *index;

    for (size_t i = 0; i < b->n; i += 10)
        bits[i / 64] |= UINT64_C(1) << (i % 64);
    flat = build(b, "flat", 1);
    search(b, flat, 1, &exact, b->truth); /* checksums of pages once, outside the timing */
    measure(b, flat, "exact", &exact, 100, b->truth);
    exact.n_threads = 2;
    measure(b, flat, "exact", &exact, 1, b->truth);
    fc__segment_close(build(b, "auto", 2));
    index = build(b, "auto", 1);
    search(b, index, 1, &exact, b->hits);
    measure(b, index, "auto", &fast, 1000, b->hits);
    printf("               recall@10 %.4f\n", recall(b));
    measure(b, index, "auto, tenth", &filtered, 100, b->hits);
    exact.allowed = &tenth;
    search(b, index, b->n_queries, &exact, b->truth);
    printf("               recall@10 %.4f among the tenth of the rows that is allowed\n",
           recall(b));
    fc__segment_close(flat);
    fc__segment_close(index);
    free(bits);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int main(int argc, char **argv)
{
    bench b = {.folder = "/tmp/bench-index-XXXXXX"};

    if (argc == 4 && strcmp(argv[1], "--idx") == 0) {
        size_t dim;

        b.rows = read_idx(argv[2], &b.n, &b.dim);
        b.queries = read_idx(argv[3], &b.n_queries, &dim);
        if (dim != b.dim)
            return 4;
    } else {
        b.dim = argc > 1 ? strtoul(argv[1], NULL, 10) : 1024;
        b.n = argc > 2 ? strtoul(argv[2], NULL, 10) : 60000;
        b.n_queries = argc > 3 ? strtoul(argv[3], NULL, 10) : 1000;
        if (b.dim == 0 || b.n < K || b.n_queries < 1000) {
            fprintf(stderr, "usage: bench_index [DIM [ROWS [QUERIES >= 1000]]]\n");
            return 2;
        }
        b.rows = make_rows(b.n, b.dim, 2);
        b.queries = make_rows(b.n_queries, b.dim, 3);
    }
    if (mkdtemp(b.folder) == NULL) {
        perror(b.folder);
        return 3;
    }
    b.hits = allocate(b.n_queries * K, sizeof(fc_hit));
    b.truth = allocate(b.n_queries * K, sizeof(fc_hit));
    b.n_hits = allocate(b.n_queries, sizeof(size_t));
    printf("%zu rows x %zu, f16, %zu queries, k %zu, %s\n", b.n, b.dim, b.n_queries, K,
           fc__simd_name());
    run(&b);
    nftw(b.folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(b.rows);
    free(b.queries);
    free(b.hits);
    free(b.truth);
    free(b.n_hits);
    return 0;
}
