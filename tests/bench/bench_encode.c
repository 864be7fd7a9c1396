/*
 * Samples a second of each built-in encoder, on one thread, over the files named on stdin:
 *
 *     find DIR -name '*.png' | bench_encode builtin/hog [SECONDS]
 *     find DIR -name '*.txt' | bench_encode builtin/hashtext [SECONDS]
 *     find DIR -name '*.obj' | bench_encode builtin/fpfh [SECONDS]
 *
 * The files are read first and are not part of the time. Rounds over all of them are repeated until
 * SECONDS (2) have passed; the best round counts, so that a busy neighbour does not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_files.h"

#include "fc_builtin.h"
#include "fc_queue.h"

#define MAX_FILE_BYTES ((size_t)64 << 20)

typedef struct bench {
    const fc_builtin *builtin;
    void *self, *worker;
    bench_files files;
    size_t failed;
    double prepare_s, run_s; /* of the best round */
} bench;

static double seconds_since(uint64_t begin)
{
    return (double)(fc__now_ns() - begin) * 1e-9;
}

static fc_status open_encoder(bench *b, const char *name, fc_error *err)
{
    double values[FC_BUILTIN_MAX_PARAMS];
    fc_status st;

    b->builtin = fc__builtin_find(name);
    if (b->builtin == NULL)
        return fc_error_set(err, FC_E_INVALID, "no built-in encoder '%s'", name);
    fc__builtin_defaults(b->builtin, values);
    st = b->builtin->create(&b->self, values, err);
    return st == FC_OK ? fc__builtin_worker_create(b->builtin, b->self, &b->worker, err) : st;
}

/* One file through both steps; a file that is refused counts as failed, with its time. */
static void encode_one(bench *b, size_t i, double *prepare_s, double *run_s)
{
    static const bool wanted[FC_BUILTIN_MAX_OUTPUTS] = {true, true, true, true};
    const fc_buf *file = &b->files.list[i];
    const fc_input in = {b->builtin->modality, file->data, file->size, 0, 0,
                         b->files.names[i],    NULL};
    fc_prepared prepared = {.tensor = FC_TENSOR_INIT, .bytes = FC_BUF_INIT};
    const fc_prepared *batch[] = {&prepared};
    fc_tensor outputs[FC_BUILTIN_MAX_OUTPUTS];
    fc_time_axis times[FC_BUILTIN_MAX_OUTPUTS] = {{.kind = FC_TIME_NONE}};
    fc_features features = {.outputs = outputs, .times = times, .n_outputs = b->builtin->n_outputs};
    fc_features *out[] = {&features};
    uint64_t begin = fc__now_ns();
    fc_status st = b->builtin->ops->prepare(b->self, b->worker, &in, &prepared, NULL);

    memset(outputs, 0, sizeof(outputs));
    *prepare_s += seconds_since(begin);
    begin = fc__now_ns();
    if (st == FC_OK)
        st = b->builtin->ops->run(b->self, b->worker, batch, 1, wanted, out, NULL);
    *run_s += seconds_since(begin);
    b->failed += st != FC_OK;
    for (size_t k = 0; k < FC_BUILTIN_MAX_OUTPUTS; k++)
        fc_tensor_dispose(&outputs[k]);
    fc_tensor_dispose(&prepared.tensor);
    fc_buf_dispose(&prepared.bytes);
}

static void run_rounds(bench *b, double seconds)
{
    const uint64_t begin = fc__now_ns();
    double best = 0;

    do {
        double prepare_s = 0, run_s = 0;

        b->failed = 0;
        for (size_t i = 0; i < b->files.n; i++)
            encode_one(b, i, &prepare_s, &run_s);
        if (best == 0 || prepare_s + run_s < best) {
            best = prepare_s + run_s;
            b->prepare_s = prepare_s;
            b->run_s = run_s;
        }
    } while (seconds_since(begin) < seconds);
}

static void report(const bench *b)
{
    const double n = (double)b->files.n, total = b->prepare_s + b->run_s;

    printf("%s: %zu files (%zu refused), %.1f KiB each, one thread\n", b->builtin->name, b->files.n,
           b->failed, (double)b->files.bytes / n / 1024);
    printf("  prepare %8.1f us   run %8.1f us   %8.0f a second\n", b->prepare_s / n * 1e6,
           b->run_s / n * 1e6, n / total);
}

int main(int argc, char **argv)
{
    bench b = {0};
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    if (argc < 2) {
        fputs("usage: find DIR -name '*.png' | bench_encode BUILTIN [SECONDS]\n", stderr);
        return 2;
    }
    st = open_encoder(&b, argv[1], &err);
    if (st == FC_OK)
        st = bench_files_read(&b.files, MAX_FILE_BYTES, &err);
    if (st == FC_OK) {
        run_rounds(&b, argc > 2 ? atof(argv[2]) : 2);
        report(&b);
    } else {
        fprintf(stderr, "bench_encode: %s\n", err.message);
    }
    bench_files_dispose(&b.files);
    if (b.worker != NULL)
        b.builtin->ops->worker_destroy(b.worker);
    if (b.self != NULL)
        b.builtin->ops->destroy(b.self);
    return st == FC_OK ? 0 : 3;
}
