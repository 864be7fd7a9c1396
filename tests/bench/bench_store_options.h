/*
 * The command line of bench_store.
 */
#ifndef BENCH_STORE_OPTIONS_H
#define BENCH_STORE_OPTIONS_H

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <featcache/types.h>

#define STORE_MAX_RUNS 32

typedef struct store_options {
    const char *dir, *save;
    fc_dtype precision; /* 0: f32 and f16 */
    uint32_t threads;
    size_t runs;
    uint64_t scale;
    double seconds;
    bool json;
} store_options;

static inline void store_usage(void)
{
    fputs(
        "usage: bench_store [--precision f32|f16|bf16|int8] [--dir DIR] [--runs N] [--seconds S]\n"
        "                   [--threads N] [--scale N] [--json] [--save DIR] [FILE.npy ...]\n",
        stderr);
    exit(2);
}

static inline store_options store_read_options(int argc, char **argv)
{
    static const struct option known[] = {{"precision", required_argument, NULL, 'p'},
                                          {"dir", required_argument, NULL, 'd'},
                                          {"runs", required_argument, NULL, 'r'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"scale", required_argument, NULL, 'x'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"save", required_argument, NULL, 'o'},
                                          {NULL, 0, NULL, 0}};
    store_options o = {.dir = ".", .threads = 1, .runs = 5, .scale = 4, .seconds = 1.0};
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 'p' && fc_dtype_parse(&o.precision, optarg) != FC_OK)
            store_usage();
        else if (c == 'd')
            o.dir = optarg;
        else if (c == 'r')
            o.runs = strtoul(optarg, NULL, 10);
        else if (c == 's')
            o.seconds = strtod(optarg, NULL);
        else if (c == 't')
            o.threads = (uint32_t)strtoul(optarg, NULL, 10);
        else if (c == 'x')
            o.scale = strtoul(optarg, NULL, 10);
        else if (c == 'j')
            o.json = true;
        else if (c == 'o')
            o.save = optarg;
        else if (c == '?')
            store_usage();
    }
    if (o.runs == 0 || o.runs > STORE_MAX_RUNS || o.threads == 0 || o.scale == 0 || o.scale > 1024)
        store_usage();
    return o;
}

#endif /* BENCH_STORE_OPTIONS_H */
