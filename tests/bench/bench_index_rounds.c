/*
 * One index of ours beside those of others: builds a segment over the rows of a .npy, says what it
 * is, and then answers all queries of another .npy once for each line "go" on its input, so that
 * peer_index.py can take turns between it and its peers. Other lines: "exact" scans. After each it
 * prints a line of JSON with CPU seconds, and writes the row numbers found (int64, queries x 10).
 *
 *   bench_index_rounds ROWS.npy QUERIES.npy FOUND KIND RECALL     arrays: little-endian f32, C
 * order
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench_rows.h"
#include "fc_bytes.h"
#include "fc_index.h"
#include "fc_queue.h"

#define K ((size_t)10)

static fc_error err;

static void must(fc_status st, const char *what)
{
    if (st == FC_OK)
        return;
    fprintf(stderr, "bench_index_rounds: %s: %s\n", what, err.message);
    exit(3);
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static float *read_npy(const char *path, size_t *n, size_t *dim)
{
    FILE *file = fopen(path, "rb");
    uint8_t front[10];
    char words[65537] = "";
    const char *shape;
    size_t n_words = 0;
    float *rows;

    if (file != NULL && fread(front, 1, 10, file) == 10)
        n_words = fc_get_le16(front + 8);
    if (n_words == 0 || memcmp(front, "\x93NUMPY\x01", 7) != 0 ||
        fread(words, 1, n_words, file) != n_words || strstr(words, "'<f4'") == NULL ||
        strstr(words, "False") == NULL || (shape = strstr(words, "'shape': (")) == NULL ||
        sscanf(shape + 10, "%zu, %zu", n, dim) != 2 || *n == 0 || *dim == 0 ||
        (rows = calloc(*n * *dim, sizeof(float))) == NULL ||
        fread(rows, *dim * sizeof(float), *n, file) != *n) {
        fprintf(stderr, "bench_index_rounds: %s: not a .npy of f32 rows\n", path);
        exit(3);
    }
    fclose(file);
    return rows;
}

static const fc_segment_identity identity = {.version = 1, .output = 1};

static void print_measure(const fc_segment_info *info, const fc_segment_measure *m, double seconds)
{
    static const char *const outcomes[] = {"slower", "chosen", "misses", "large", "failed"};
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("{\"kind\": \"%s\", \"build_cpu\": %.3f, \"peak_kib\": %ld, \"recall\": %.4f, \"us\": "
           "%.1f, \"tried\": [",
           info->kind, seconds, usage.ru_maxrss, (double)m->recall, (double)m->microseconds);
    for (size_t i = 0; i < m->n_tried; i++)
        printf("%s[\"%s\", \"%s\", %.4f, %.1f, %.2f]", i > 0 ? ", " : "", m->tried[i].kind,
               outcomes[m->tried[i].outcome], (double)m->tried[i].recall,
               (double)m->tried[i].microseconds, (double)m->tried[i].seconds);
    printf("], \"curve\": [");
    for (size_t i = 0; i < m->n_curve; i++)
        printf("%s[\"%s\", %u, %.4f, %.4f, %.1f]", i > 0 ? ", " : "", m->curve[i].parameters,
               m->curve[i].times, (double)(m->curve[i].slack > 9.0f ? 9.0f : m->curve[i].slack),
               (double)m->curve[i].recall, (double)m->curve[i].microseconds);
    printf("]}\n");
    fflush(stdout);
}

static void round_of(fc_segment *s, const float *queries, size_t n, size_t dim, const char *found,
                     bool exact)
{
    const fc_search_options opts = {.k = K, .n_threads = 1, .exact = exact};
    fc_hit *hits = calloc(n * K, sizeof(*hits));
    size_t *n_hits = calloc(n, sizeof(*n_hits));
    FILE *file = fopen(found, "wb");
    fc_search_report report;
    double begin;

    if (hits == NULL || n_hits == NULL || file == NULL)
        exit(3);
    begin = cpu_seconds();
    must(fc__segments_search(&s, 1, queries, n, dim, &opts, hits, n_hits, &report, &err), "search");
    begin = cpu_seconds() - begin;
    for (size_t i = 0; i < n * K; i++) {
        uint8_t number[8];

        fc_put_le64(number, hits[i].content);
        if (fwrite(number, 1, 8, file) != 8)
            exit(3);
    }
    if (fclose(file) != 0)
        exit(3);
    printf("{\"cpu\": %.6f, \"compared\": %.1f}\n", begin, (double)report.n_scanned / (double)n);
    fflush(stdout);
    free(hits);
    free(n_hits);
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
    char folder[] = "/tmp/bench-index-XXXXXX", line[64];
    fc_segment_measure measure;
    fc_segment_options opts = {
        .n_threads = 1, .memory_bytes = UINT64_C(4) << 30, .measure = &measure};
    size_t n, dim, n_queries, query_dim;
    fc_segment_info info;
    fc_segment *segment;
    bool degraded;
    double begin;

    if (argc != 6 || mkdtemp(folder) == NULL) {
        fprintf(stderr, "usage: bench_index_rounds ROWS.npy QUERIES.npy FOUND KIND RECALL\n");
        return 2;
    }
    float *held = read_npy(argv[1], &n, &dim);
    float *queries = read_npy(argv[2], &n_queries, &query_dim);
    bench_rows batches = {.rows = held, .dim = dim, .n = n};
    const fc_row_source rows = bench_row_source(&batches);
    if (query_dim != dim)
        return 4;
    opts.kind = argv[4];
    opts.target_recall = strtod(argv[5], NULL);
    begin = cpu_seconds();
    must(fc__segment_build(folder, &identity, &rows, &opts, &info, &err), "build");
    begin = cpu_seconds() - begin;
    free(held);
    must(fc__segment_open(&segment, folder, info.hash, &identity, &degraded, &err), "open");
    must(fc__segment_verify(segment, &err), "verify"); /* every page touched: outside the timing */
    print_measure(&info, &measure, begin);
    while (fgets(line, sizeof(line), stdin) != NULL)
        round_of(segment, queries, n_queries, dim, argv[3], strncmp(line, "exact", 5) == 0);
    fc__segment_close(segment);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(queries);
    return 0;
}
