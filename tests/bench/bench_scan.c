/*
 * Files a second of the folder reader, beside `find DIR -printf '%p %s %T@\n'` of the same folder.
 *
 *     bench_scan DIR [ROUNDS]
 *
 * Rounds alternate; the best of each counts, so that a cold cache or a busy neighbour does not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fc_dataset.h"
#include "fc_queue.h"

typedef struct scan {
    uint64_t n_files, n_problems, bytes;
    double seconds;
} scan;

static double seconds_since(uint64_t begin)
{
    return (double)(fc__now_ns() - begin) * 1e-9;
}

static int scan_with_reader(const char *folder, scan *out)
{
    const uint64_t begin = fc__now_ns();
    fc_dataset_reader *r = NULL;
    const fc_source_sample *s;
    fc_error err = FC_ERROR_INIT;
    fc_status st = fc__dataset_open(&r, folder, NULL, &err);

    *out = (scan){0};
    while (st == FC_OK) {
        st = fc__dataset_next(r, &s, &err);
        if (st != FC_OK)
            break;
        out->n_problems += s->status != FC_OK;
        out->n_files += s->has_file;
        out->bytes += s->file.size;
    }
    fc__dataset_close(r);
    out->seconds = seconds_since(begin);
    if (st == FC_E_NOT_FOUND && err.message[0] == '\0')
        return 0;
    fprintf(stderr, "bench_scan: %s\n", err.message);
    return 1;
}

/* find prints; the lines are read and counted here, as a program that uses it would. */
static int scan_with_find(const char *folder, scan *out)
{
    const uint64_t begin = fc__now_ns();
    static char buffer[1 << 16];
    FILE *pipe;
    size_t n;

    *out = (scan){0};
    /* The folder by the environment, so that no shell reads its name. */
    if (setenv("FC_SCAN", folder, 1) != 0)
        return 1;
    pipe = popen("exec find \"$FC_SCAN\" -printf '%p %s %T@\\n'", "r");
    if (pipe == NULL)
        return 1;
    while ((n = fread(buffer, 1, sizeof(buffer), pipe)) > 0)
        for (size_t i = 0; i < n; i++)
            out->n_files += buffer[i] == '\n';
    if (pclose(pipe) != 0)
        return 1;
    out->seconds = seconds_since(begin);
    return 0;
}

int main(int argc, char **argv)
{
    const int rounds = argc > 2 ? atoi(argv[2]) : 5;
    scan best_reader = {0}, best_find = {0};

    if (argc < 2 || rounds < 1) {
        fprintf(stderr, "usage: bench_scan DIR [ROUNDS]\n");
        return 2;
    }
    for (int i = 0; i < rounds; i++) {
        scan reader, find;

        if (scan_with_find(argv[1], &find) != 0 || scan_with_reader(argv[1], &reader) != 0)
            return 3;
        if (i == 0 || reader.seconds < best_reader.seconds)
            best_reader = reader;
        if (i == 0 || find.seconds < best_find.seconds)
            best_find = find;
    }
    printf("find    %8llu entries  %.3f s  %9.0f entries/s\n",
           (unsigned long long)best_find.n_files, best_find.seconds,
           (double)best_find.n_files / best_find.seconds);
    printf("reader  %8llu files    %.3f s  %9.0f files/s, %llu bytes, %llu problems\n",
           (unsigned long long)best_reader.n_files, best_reader.seconds,
           (double)best_reader.n_files / best_reader.seconds, (unsigned long long)best_reader.bytes,
           (unsigned long long)best_reader.n_problems);
    printf("ratio   %.2f times the rate of find\n", best_find.seconds / best_reader.seconds);
    return 0;
}
