/*
 * The kinds that come into question for so many rows of such a dimension. Figures: tests/bench.
 */
#include <stdio.h>

#include "fc_choose.h"

#define LISTS_MIN 256u
#define LISTS_MAX 32768u

unsigned fc__choose_lists(uint64_t count)
{
    unsigned lists = LISTS_MIN;

    while ((uint64_t)lists * lists < 2 * count && lists < LISTS_MAX)
        lists *= 2;
    return lists;
}

typedef struct kind_list {
    char (*kinds)[32];
    size_t n;
} kind_list;

/* FRONT, IVF<lists>, CODE; without lists: FRONT, CODE. */
static void add(kind_list *l, const char *front, unsigned lists, const char *code)
{
    char *to = l->kinds[l->n];
    int n;

    if (l->n == FC_TRIED_MAX)
        return;
    if (lists > 0)
        n = snprintf(to, 32, "%sIVF%u,%s", front, lists, code);
    else
        n = snprintf(to, 32, "%s%s", front, code);
    l->n += n > 0 && n < 32;
}

/* Fast scan over 2 dimensions in 4 bits after PCA with a random rotation, which shares the variance
 * out among the codes: at nprobe 8 and 80 candidates .965 on Fashion-MNIST where PCA alone has
 * .951. */
static void add_fast_scan(kind_list *l, const char *front, uint32_t to, unsigned lists)
{
    char map[24], code[24];

    snprintf(map, sizeof(map), "%sPCAR%u,", front, to);
    snprintf(code, sizeof(code), "PQ%ux4fs", to / 2);
    add(l, map, lists, code);
}

static void add_reduced(kind_list *l, const char *front, uint32_t to, unsigned lists,
                        const char *code)
{
    char map[24];

    snprintf(map, sizeof(map), "%sPCAR%u,", front, to);
    add(l, map, lists, code);
}

size_t fc__choose_kinds(char kinds[FC_TRIED_MAX][32], uint32_t dim, unsigned lists)
{
    kind_list l = {kinds, 0};
    char code[40];
    /* The eigenvectors of PCA cost dim^3: at 1764, 12 s of one core. A random rotation to 512 in
     * front keeps recall (.985 for .990 at the same effort) and the whole build takes 3 s. */
    const char *front = dim > 1024 ? "RR512," : "";

    if (dim < 16) {
        add(&l, "", 0, "HNSW32");
        add(&l, "", lists, "Flat");
        return l.n;
    }
    if (dim < 128) {
        add_fast_scan(&l, "", dim / 2 * 2, lists);
        /* No OPQ: learning its rotation takes some fifty rounds, longer than all the rest. */
        snprintf(code, sizeof(code), "PQ%ux4fs", dim / 2);
        if (dim % 2 == 0)
            add(&l, "", lists, code);
        add(&l, "", lists, "SQ8");
        add(&l, "", lists, "SQfp16");
        add(&l, "", 0, "HNSW16_SQfp16");
        return l.n;
    }
    add_fast_scan(&l, front, 128, lists);
    add_fast_scan(&l, front, 64, lists);
    add_reduced(&l, front, 64, lists, "SQ8");
    add_reduced(&l, front, 64, 0, "HNSW16_SQfp16");
    if (dim <= 512) {
        add(&l, "", lists, "SQfp16");
        add(&l, "", 0, "HNSW16_SQfp16");
    }
    return l.n;
}
