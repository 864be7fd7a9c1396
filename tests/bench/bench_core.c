/*
 * Speed of what every byte passes through: CRC-32C, conversions, dot products of a query with rows,
 * normalising, SHA-256 and XXH3-128, by instruction set, in one run of a few seconds.
 *
 *   bench_core            one table on stdout; best of five, GB/s of what is read
 *
 * "cache" works on 256 KiB again and again, as a decoded block is; "memory" on 256 MiB once, as an
 * exact scan does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_hash.h"
#include "fc_queue.h"
#include "fc_rng.h"
#include "fc_vec.h"

#define CACHE_BYTES  ((size_t)256 << 10)
#define MEMORY_BYTES ((size_t)256 << 20)
#define TOTAL_BYTES  ((size_t)64 << 20) /* read in one measurement of "cache" */
#define DIM          384
#define N_TRIES      5

typedef struct workload {
    float *f32; /* MEMORY_BYTES of each, the same numbers */
    uint16_t *f16;
    float *out;
    float query[DIM];
    volatile uint32_t sink; /* keeps results alive */
} workload;

/* One pass over the first `bytes` of its input. */
typedef void pass(workload *w, size_t bytes);

static void crc(workload *w, size_t bytes)
{
    w->sink = fc__crc32c(w->sink, w->f32, bytes);
}

static void crc_plain(workload *w, size_t bytes)
{
    w->sink = fc__crc32c_plain(w->sink, w->f32, bytes);
}

static void xxh(workload *w, size_t bytes)
{
    w->sink = (uint32_t)fc__xxh128(w->f32, bytes).low;
}

static void sha256(workload *w, size_t bytes)
{
    fc_sha256 h;

    if (fc__sha256(w->f32, bytes, &h, NULL) == FC_OK)
        w->sink = h.bytes[0];
}

static void to_f16(workload *w, size_t bytes)
{
    fc__f32_to_f16(w->f32, w->f16, bytes / sizeof(float));
}

static void from_f16(workload *w, size_t bytes)
{
    fc__f16_to_f32(w->f16, w->out, bytes / sizeof(uint16_t));
}

static void to_i8(workload *w, size_t bytes)
{
    float scale;

    for (size_t i = 0; i + DIM <= bytes / sizeof(float); i += DIM)
        fc__f32_to_i8(w->f32 + i, (int8_t *)w->out, &scale, DIM);
}

static void from_i8(workload *w, size_t bytes)
{
    for (size_t i = 0; i + DIM <= bytes; i += DIM)
        fc__i8_to_f32((const int8_t *)w->f32 + i, 0.01f, w->out, DIM);
}

static void finite(workload *w, size_t bytes)
{
    w->sink = fc__all_finite(w->f32, bytes / sizeof(float));
}

static void dot_f32(workload *w, size_t bytes)
{
    fc__dot_rows_f32(w->query, w->f32, DIM, bytes / sizeof(float) / DIM, DIM, w->out);
}

static void dot_f16(workload *w, size_t bytes)
{
    fc__dot_rows_f16(w->query, w->f16, DIM, bytes / sizeof(uint16_t) / DIM, DIM, w->out);
}

static void normalise(workload *w, size_t bytes)
{
    for (size_t i = 0; i + DIM <= bytes / sizeof(float); i += DIM) {
        memcpy(w->out, w->f32 + i, DIM * sizeof(float));
        w->sink = (uint32_t)fc__vec_normalise(w->out, DIM);
    }
}

static double gigabytes_a_second(pass *fn, workload *w, size_t bytes, size_t n_passes)
{
    double best = 0;

    for (int try = 0; try < N_TRIES; try++) {
        const uint64_t start = fc__now_ns();
        double rate;

        for (size_t i = 0; i < n_passes; i++)
            fn(w, bytes);
        rate = (double)bytes * (double)n_passes / (double)(fc__now_ns() - start);
        best = rate > best ? rate : best;
    }
    return best;
}

typedef struct measure {
    const char *name;
    pass *fn;
    size_t slow; /* passes over the cache are divided by this */
    bool memory;
    bool by_set; /* depends on the instruction set */
} measure;

static const measure measures[] = {
    {"crc32c", crc, 1, true, false},          {"crc32c plain", crc_plain, 8, false, false},
    {"xxh3-128", xxh, 1, false, false},       {"sha-256", sha256, 8, false, false},
    {"f32 to f16", to_f16, 1, false, true},   {"f16 to f32", from_f16, 1, false, true},
    {"f32 to int8", to_i8, 2, false, true},   {"all finite", finite, 1, false, true},
    {"int8 to f32", from_i8, 2, false, true}, {"dot rows f32", dot_f32, 1, true, true},
    {"dot rows f16", dot_f16, 1, true, true}, {"normalise", normalise, 8, false, true},
};

static void print_row(const measure *m, const char *set, workload *w)
{
    const size_t n = TOTAL_BYTES / CACHE_BYTES / m->slow;

    printf("%-14s %-8s %9.2f", m->name, set, gigabytes_a_second(m->fn, w, CACHE_BYTES, n));
    if (m->memory)
        printf(" %9.2f", gigabytes_a_second(m->fn, w, MEMORY_BYTES, 1));
    putchar('\n');
    fflush(stdout);
}

static bool prepare(workload *w)
{
    fc_rng rng = fc__rng_seed(1);
    const size_t n = MEMORY_BYTES / sizeof(float), period = CACHE_BYTES / sizeof(float);

    w->f32 = malloc(MEMORY_BYTES);
    w->f16 = malloc(MEMORY_BYTES);
    w->out = malloc(2 * MEMORY_BYTES / DIM + 2 * CACHE_BYTES); /* a score a row; f32 of f16 */
    if (w->f32 == NULL || w->f16 == NULL || w->out == NULL)
        return false;
    for (size_t i = 0; i < DIM; i++)
        w->query[i] = (float)fc__rng_normal(&rng);
    for (size_t i = 0; i < period; i++)
        w->f32[i] = (float)fc__rng_normal(&rng);
    for (size_t i = period; i < n; i++)
        w->f32[i] = w->f32[i - period];
    fc__f32_to_f16(w->f32, w->f16, n);
    memcpy(w->f16 + n, w->f16, n * sizeof(*w->f16));
    return true;
}

int main(void)
{
    static const char *const sets[] = {"plain", "avx2", "avx512"};
    workload w = {0};
    int rc = 1;

    if (!prepare(&w)) {
        fputs("bench_core: no memory for 512 MiB\n", stderr);
        goto done;
    }
    printf("%-14s %-8s %9s %9s   GB/s, %d dimensions\n", "what", "by", "cache", "memory", DIM);
    for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
        if (!measures[i].by_set) {
            print_row(&measures[i], "-", &w);
            continue;
        }
        for (size_t s = 0; s < sizeof(sets) / sizeof(sets[0]); s++)
            if (fc__simd_force(sets[s]))
                print_row(&measures[i], sets[s], &w);
        fc__simd_force(NULL);
    }
    rc = 0;

done:
    free(w.out);
    free(w.f16);
    free(w.f32);
    return rc;
}
