/*
 * How long fitting takes, and how much memory: seeded views of a common latent vector, so that
 * nothing has to be downloaded.
 *
 *   bench_fit [METHOD] [GROUPS] [DIM_A] [DIM_B]      ridge, 7400, 1280, 384
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "fc_fit.h"
#include "fc_rng.h"

#define LATENT 64

typedef struct views {
    float *rows[2];
    size_t dim[2];
} views;

static size_t n_items(void *self, size_t group, size_t branch)
{
    (void)self;
    (void)group;
    (void)branch;
    return 1;
}

static fc_status item(void *self, size_t group, size_t branch, size_t index, fc_head_item *items,
                      fc_error *err)
{
    const views *v = self;

    (void)index;
    (void)err;
    items[0] = (fc_head_item){v->rows[branch] + group * v->dim[branch], 1};
    return FC_OK;
}

static void make(views *v, size_t n, fc_rng *rng)
{
    float *map[2], z[LATENT];

    for (int b = 0; b < 2; b++) {
        v->rows[b] = malloc(n * v->dim[b] * sizeof(float));
        map[b] = malloc(LATENT * v->dim[b] * sizeof(float));
        if (v->rows[b] == NULL || map[b] == NULL)
            exit(3);
        for (size_t i = 0; i < LATENT * v->dim[b]; i++)
            map[b][i] = (float)fc__rng_normal(rng) / 8;
    }
    for (size_t i = 0; i < n; i++) {
        for (int l = 0; l < LATENT; l++)
            z[l] = (float)fc__rng_normal(rng);
        for (int b = 0; b < 2; b++)
            for (size_t k = 0; k < v->dim[b]; k++) {
                float sum = (float)fc__rng_normal(rng);

                for (size_t l = 0; l < LATENT; l++)
                    sum += z[l] * map[b][l * v->dim[b] + k];
                v->rows[b][i * v->dim[b] + k] = sum;
            }
    }
    free(map[0]);
    free(map[1]);
}

int main(int argc, char **argv)
{
    const char *method = argc > 1 ? argv[1] : "ridge";
    const size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 7400;
    views v = {.dim = {argc > 3 ? strtoul(argv[3], NULL, 10) : 1280,
                       argc > 4 ? strtoul(argv[4], NULL, 10) : 384}};
    fc_fit_data data = {
        .self = &v, .n_branches = 2, .n_groups = n, .n_items = n_items, .item = item};
    fc_fit_options opts = {.method = strcmp(method, "cca") == 0           ? FC_FIT_CCA
                                     : strcmp(method, "contrastive") == 0 ? FC_FIT_CONTRASTIVE
                                                                          : FC_FIT_RIDGE};
    fc_head heads[2] = {FC_HEAD_INIT, FC_HEAD_INIT};
    uint64_t *keys = malloc(n * sizeof(*keys));
    fc_rng rng = fc__rng_seed(1);
    fc_fit_report report;
    fc_error err = FC_ERROR_INIT;
    struct rusage usage;
    clock_t start;
    fc_status st;

    if (keys == NULL)
        return 3;
    for (size_t i = 0; i < n; i++)
        keys[i] = i;
    data.keys = keys;
    for (int b = 0; b < 2; b++) {
        data.branches[b] = (fc_fit_branch){.modality = b == 0 ? FC_IMAGE : FC_TEXT, .n_inputs = 1};
        data.branches[b].inputs[0] = (fc_fit_input){.dim = (uint32_t)v.dim[b], .is_vector = true};
    }
    make(&v, n, &rng);
    start = clock();
    st = fc__fit(&data, &opts, heads, &report, &err);
    if (st != FC_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 3;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%s: %zu groups, %zu and %zu to %u: %.2f s of one core, %.2f s; peak %ld MiB, %zu of it "
           "the data\n%s\n",
           method, n, v.dim[0], v.dim[1], report.dim, (double)(clock() - start) / CLOCKS_PER_SEC,
           report.seconds, usage.ru_maxrss >> 10, n * (v.dim[0] + v.dim[1]) * sizeof(float) >> 20,
           report.tried_json);
    free(report.tried_json);
    for (int b = 0; b < 2; b++) {
        fc__head_dispose(&heads[b]);
        free(v.rows[b]);
    }
    free(keys);
    return 0;
}
