/*
 * Pictures decoded and resized a second, over the files named on stdin:
 *
 *     find DIR -name '*.jpg' | bench_image [--threads N] [--rounds N] [--size N] [--out FILE]
 *
 * Files are read first and are not part of the time. Each round decodes every file and resizes it
 * (bicubic, stretched to a square of 224); the threads take files by turns. Prints a line of JSON a
 * round. --out writes the pixels of all, size x size x 3 each, for image_peers.py to compare.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_files.h"

#include "fc_alloc.h"
#include "fc_decode.h"
#include "fc_queue.h"
#include "fc_resize.h"
#include "fc_vec.h"

#define MAX_FILE_BYTES ((size_t)256 << 20)
#define MAX_THREADS    64

typedef struct bench {
    bench_files files;
    uint32_t size, threads, rounds;
    uint8_t *out; /* n x size x size x 3 */
    atomic_size_t next;
    atomic_ullong decode_ns, pixels;
    atomic_int failed;
} bench;

static void do_file(bench *b, size_t i)
{
    const uint64_t begin = fc__now_ns();
    fc_image im = FC_IMAGE_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_status st = fc__decode_image(b->files.list[i].data, b->files.list[i].size, NULL, &im, &err);

    atomic_fetch_add(&b->decode_ns, fc__now_ns() - begin);
    if (st == FC_OK) {
        const fc_canvas canvas = {.pixels = im.pixels,
                                  .image_width = im.width,
                                  .image_height = im.height,
                                  .channels = 3,
                                  .width = im.width,
                                  .height = im.height};

        atomic_fetch_add(&b->pixels, (uint64_t)im.width * im.height);
        st = fc__resize(&canvas, FC_FILTER_BICUBIC, b->size, b->size,
                        b->out + i * b->size * b->size * 3, &err);
    }
    if (st != FC_OK) {
        fprintf(stderr, "bench_image: file %zu: %s\n", i, err.message);
        atomic_store(&b->failed, 1);
    }
    fc__image_dispose(&im);
}

static void *work(void *arg)
{
    bench *b = arg;
    size_t i;

    while ((i = atomic_fetch_add(&b->next, 1)) < b->files.n)
        do_file(b, i);
    return NULL;
}

static void run_round(bench *b)
{
    pthread_t threads[MAX_THREADS];
    const uint64_t begin = fc__now_ns();
    uint32_t n = 0;
    double seconds;

    atomic_store(&b->next, 0);
    atomic_store(&b->decode_ns, 0);
    atomic_store(&b->pixels, 0);
    while (n + 1 < b->threads && pthread_create(&threads[n], NULL, work, b) == 0)
        n++;
    work(b);
    while (n > 0)
        pthread_join(threads[--n], NULL);
    seconds = (double)(fc__now_ns() - begin) * 1e-9;
    printf("{\"files\":%zu,\"threads\":%u,\"seconds\":%.6f,\"decode_seconds\":%.6f,"
           "\"megapixels\":%.3f,\"simd\":\"%s\"}\n",
           b->files.n, b->threads, seconds, (double)atomic_load(&b->decode_ns) * 1e-9,
           (double)atomic_load(&b->pixels) * 1e-6, fc__simd_name());
    fflush(stdout);
}

static bool parse(bench *b, int argc, char **argv, const char **out)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--threads") == 0)
            b->threads = (uint32_t)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--rounds") == 0)
            b->rounds = (uint32_t)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--size") == 0)
            b->size = (uint32_t)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--out") == 0)
            *out = argv[i + 1];
        else
            return false;
    }
    return argc % 2 == 1 && b->threads >= 1 && b->threads <= MAX_THREADS && b->size >= 1 &&
           b->size <= 4096;
}

int main(int argc, char **argv)
{
    bench b = {.size = 224, .threads = 1, .rounds = 5};
    const char *out = NULL;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20); /* as the program does (tools/featcache.c) */
    (void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
    if (!parse(&b, argc, argv, &out)) {
        fputs("usage: find DIR -name '*.jpg' | bench_image [--threads N] [--rounds N] [--size N] "
              "[--out FILE]\n",
              stderr);
        return 2;
    }
    st = bench_files_read(&b.files, MAX_FILE_BYTES, &err);
    if (st == FC_OK) {
        b.out = fc__alloc_array(b.files.n * 3, (size_t)b.size * b.size);
        st = b.out != NULL ? FC_OK : fc__nomem(&err, b.files.n, "the results");
    }
    for (uint32_t r = 0; st == FC_OK && r < b.rounds; r++)
        run_round(&b);
    if (st == FC_OK && out != NULL) {
        FILE *f = fopen(out, "wb");

        if (f == NULL || fwrite(b.out, (size_t)b.size * b.size * 3, b.files.n, f) != b.files.n ||
            fclose(f) != 0)
            st = fc_error_set(&err, FC_E_IO, "cannot write %s", out);
    }
    if (st != FC_OK)
        fprintf(stderr, "bench_image: %s\n", err.message);
    bench_files_dispose(&b.files);
    free(b.out);
    return st == FC_OK && atomic_load(&b.failed) == 0 ? 0 : 3;
}
