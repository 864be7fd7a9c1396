/*
 * The two ceilings of an ingest with a model, over the files named on stdin: all of them prepared
 * (decoded, resized, cut into tokens) and nothing else, then all of them run and nothing else, each
 * on all cores:
 *
 *     find DIR -name '*.png' | bench_neural CARD [--onnxruntime FILE] [--threads N] [--rounds N]
 *
 * Files are read first and are not part of the time. Prints a line of JSON a round: seconds, by the
 * clock and on the processors, for `prepare` (N threads take files by turns), for `narrow` runs (N
 * threads that each run batches with one thread of the runtime) and for `wide` ones (one thread
 * that runs batches with N of them).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench_files.h"

#include "fc_alloc.h"
#include "fc_card.h"
#include "fc_encoder.h"
#include "fc_queue.h"

#define MAX_FILE_BYTES ((size_t)256 << 20)
#define MAX_THREADS    64
#define MAX_HINT       256

typedef struct bench {
    bench_files files;
    const char *card, *library;
    uint32_t threads, rounds;
    fc_encoder *narrow, *wide, *now;
    fc_prepared *prepared; /* one a file */
    bool runs;             /* or prepares */
    atomic_size_t next;
    atomic_int failed;
} bench;

static fc_status prepare_one(bench *b, fc_encoder_worker *w, size_t i, fc_error *err)
{
    const fc_input in = {.modality = fc__encoder_modality(b->now),
                         .bytes = b->files.list[i].data,
                         .n_bytes = b->files.list[i].size,
                         .name = b->files.names[i]};

    return fc__encoder_prepare(w, &in, &b->prepared[i], err);
}

static fc_status run_some(bench *b, fc_encoder_worker *w, size_t at, size_t n, fc_error *err)
{
    const fc_prepared *in[MAX_HINT] = {NULL};
    fc_features features[MAX_HINT], *out[MAX_HINT] = {NULL};
    fc_status st;

    for (size_t i = 0; i < n; i++) {
        features[i] = (fc_features)FC_FEATURES_INIT;
        in[i] = &b->prepared[at + i];
        out[i] = &features[i];
    }
    st = fc__encoder_run(w, in, n, NULL, out, err);
    for (size_t i = 0; i < n; i++)
        fc__features_dispose(&features[i]);
    return st;
}

static void *work(void *arg)
{
    bench *b = arg;
    const size_t hint = fc__encoder_batch_hint(b->now);
    const size_t step = !b->runs ? 1 : hint < MAX_HINT ? hint : MAX_HINT;
    fc_encoder_worker *w = NULL;
    fc_error err = FC_ERROR_INIT;
    fc_status st = fc__encoder_worker_create(&w, b->now, &err);
    size_t at;

    while (st == FC_OK && (at = atomic_fetch_add(&b->next, step)) < b->files.n)
        st = b->runs ? run_some(b, w, at, b->files.n - at < step ? b->files.n - at : step, &err)
                     : prepare_one(b, w, at, &err);
    if (st != FC_OK) {
        fprintf(stderr, "bench_neural: %s\n", err.message);
        atomic_store(&b->failed, 1);
    }
    fc__encoder_worker_destroy(w);
    return NULL;
}

/* All files with n_threads: prints `"NAME":S,"NAME cpu":S`, the second on the processor. */
static void measure(bench *b, const char *name, fc_encoder *e, bool runs, uint32_t n_threads)
{
    pthread_t threads[MAX_THREADS];
    const uint64_t begin = fc__now_ns();
    const clock_t cpu = clock();
    uint32_t n = 0;

    b->now = e;
    b->runs = runs;
    atomic_store(&b->next, 0);
    while (n + 1 < n_threads && pthread_create(&threads[n], NULL, work, b) == 0)
        n++;
    work(b);
    while (n > 0)
        pthread_join(threads[--n], NULL);
    printf(",\"%s\":%.6f,\"%s cpu\":%.6f", name, (double)(fc__now_ns() - begin) * 1e-9, name,
           (double)(clock() - cpu) / CLOCKS_PER_SEC);
}

static fc_status load(fc_encoder **out, const bench *b, uint32_t n_threads, fc_error *err)
{
    fc_neural_options neural = FC_NEURAL_OPTIONS_INIT;
    fc_card *card = NULL;
    fc_status st;

    neural.library = b->library;
    neural.n_threads = n_threads;
    st = fc__card_load_on(&card, b->card, &neural, NULL, err);
    if (st == FC_OK)
        st = fc__encoder_create_on(out, card, &neural, err);
    fc__card_destroy(card);
    return st;
}

static bool parse(bench *b, int argc, char **argv)
{
    if (argc < 2 || argc % 2 == 1)
        return false;
    b->card = argv[1];
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--threads") == 0)
            b->threads = (uint32_t)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--rounds") == 0)
            b->rounds = (uint32_t)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--onnxruntime") == 0)
            b->library = argv[i + 1];
        else
            return false;
    }
    return b->threads >= 1 && b->threads <= MAX_THREADS;
}

int main(int argc, char **argv)
{
    bench b = {.threads = fc__cpu_count(), .rounds = 3};
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    if (!parse(&b, argc, argv)) {
        fputs("usage: find DIR -name '*.png' | bench_neural CARD [--onnxruntime FILE] "
              "[--threads N] [--rounds N]\n",
              stderr);
        return 2;
    }
    st = bench_files_read(&b.files, MAX_FILE_BYTES, &err);
    if (st == FC_OK) {
        b.prepared = fc__alloc_array(b.files.n, sizeof(*b.prepared)); /* zeroed: empty */
        st = b.prepared != NULL ? FC_OK : fc__nomem(&err, b.files.n, "what is prepared");
    }
    if (st == FC_OK)
        st = load(&b.narrow, &b, 1, &err);
    if (st == FC_OK)
        st = load(&b.wide, &b, b.threads, &err);
    for (uint32_t r = 0; st == FC_OK && r < b.rounds && atomic_load(&b.failed) == 0; r++) {
        printf("{\"files\":%zu,\"threads\":%u", b.files.n, b.threads);
        measure(&b, "prepare", b.narrow, false, b.threads);
        measure(&b, "narrow", b.narrow, true, b.threads);
        measure(&b, "wide", b.wide, true, 1);
        puts("}");
        fflush(stdout);
    }
    if (st != FC_OK)
        fprintf(stderr, "bench_neural: %s\n", err.message);
    for (size_t i = 0; b.prepared != NULL && i < b.files.n; i++)
        fc__prepared_dispose(&b.prepared[i]);
    free(b.prepared);
    fc__encoder_destroy(b.narrow);
    fc__encoder_destroy(b.wide);
    bench_files_dispose(&b.files);
    return st == FC_OK && atomic_load(&b.failed) == 0 ? 0 : 3;
}
