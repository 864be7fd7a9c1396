/*
 * The speed of a tokenizer on one thread, or its ids for a comparison.
 *
 *     bench_tokenizer TOKENIZER.json LINES.txt          seconds of the best of 5 passes and of the
 *                                                     first, and a sum
 *     bench_tokenizer --ids TOKENIZER.json LINES.txt    the ids of each line
 *
 * peer_tokenizer.py does the same with the Python package `tokenizers`; the sums must be equal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fc_file.h"
#include "fc_tokenizer.h"

#define PASSES 5

typedef struct bench {
    fc_tokenizer *t;
    fc_token_scratch *scratch;
    fc_tokens tokens;
    fc_buf lines;
    size_t n_lines;
} bench;

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static void print_ids(const fc_tokens *tokens)
{
    for (size_t i = 0; i < tokens->n; i++)
        printf(i > 0 ? " %u" : "%u", tokens->ids[i]);
    putchar('\n');
}

/* All lines once; the sum of their ids, each times its place, into *sum. */
static fc_status pass(bench *b, bool ids, uint64_t *sum, fc_error *err)
{
    const char *text = (const char *)b->lines.data;
    fc_status st = FC_OK;

    *sum = 0;
    b->n_lines = 0;
    for (size_t at = 0; at < b->lines.size && st == FC_OK;) {
        const char *end = memchr(text + at, '\n', b->lines.size - at);
        const size_t n = end != NULL ? (size_t)(end - (text + at)) : b->lines.size - at;

        st = fc__tokenizer_encode(b->t, b->scratch, text + at, n, NULL, &b->tokens, err);
        for (size_t i = 0; i < b->tokens.n && st == FC_OK; i++)
            *sum += b->tokens.ids[i] * (uint64_t)(i + 1);
        if (ids && st == FC_OK)
            print_ids(&b->tokens);
        b->n_lines++;
        at += n + 1;
    }
    return st;
}

static fc_status measure(bench *b, fc_error *err)
{
    double best = 1e9, first = 0;
    uint64_t sum = 0;
    fc_status st = FC_OK;

    for (int i = 0; i < PASSES && st == FC_OK; i++) {
        const double start = now();

        st = pass(b, false, &sum, err);
        if (now() - start < best)
            best = now() - start;
        if (i == 0)
            first = now() - start;
    }
    if (st == FC_OK)
        printf("%zu lines, %zu bytes: %.4f s, %.1f MB/s, sum %llu; the first %.4f s\n", b->n_lines,
               b->lines.size, best, (double)b->lines.size / best / 1e6, (unsigned long long)sum,
               first);
    return st;
}

int main(int argc, char **argv)
{
    const bool ids = argc == 4 && strcmp(argv[1], "--ids") == 0;
    bench b = {.tokens = FC_TOKENS_INIT};
    fc_error err = FC_ERROR_INIT;
    uint64_t sum;
    fc_status st;

    if (argc != 3 && !ids) {
        fprintf(stderr, "usage: bench_tokenizer [--ids] TOKENIZER.json LINES.txt\n");
        return 2;
    }
    st = fc__tokenizer_open(&b.t, argv[argc - 2], &err);
    if (st == FC_OK)
        st = fc__token_scratch_create(&b.scratch, b.t, &err);
    if (st == FC_OK)
        st = fc__file_read(argv[argc - 1], SIZE_MAX / 2, &b.lines, &err);
    if (st == FC_OK)
        st = ids ? pass(&b, true, &sum, &err) : measure(&b, &err);
    if (st != FC_OK)
        fprintf(stderr, "bench_tokenizer: %s\n", err.message);
    fc_buf_dispose(&b.lines);
    fc__tokens_dispose(&b.tokens);
    fc__token_scratch_destroy(b.scratch);
    fc__tokenizer_destroy(b.t);
    return st == FC_OK ? 0 : 1;
}
