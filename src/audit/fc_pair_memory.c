/*
 * Pairs of rows that lie in memory as a source.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_pair_source.h"

#define BATCH 1024

typedef struct pair_memory {
    fc_pair_batch all;
    size_t dim_x, dim_y, batch, at;
} pair_memory;

static fc_status memory_next(void *self, fc_pair_batch *batch, fc_error *err)
{
    pair_memory *m = self;
    const size_t left = m->all.n - m->at, n = left < m->batch ? left : m->batch;

    (void)err;
    if (n == 0)
        return FC_E_NOT_FOUND;
    *batch = (fc_pair_batch){m->all.contents + m->at, m->all.x + m->at * m->dim_x,
                             m->all.y + m->at * m->dim_y, n};
    m->at += n;
    return FC_OK;
}

static fc_status memory_rewind(void *self, fc_error *err)
{
    pair_memory *m = self;

    (void)err;
    m->at = 0;
    return FC_OK;
}

fc_status fc__pair_memory_create(fc_pair_source *out, const fc_pair_batch *pairs, size_t dim_x,
                                 size_t dim_y, size_t batch, fc_error *err)
{
    pair_memory *m = fc__alloc_array(1, sizeof(*m));

    *out = (fc_pair_source){0};
    if (m == NULL)
        return fc__nomem(err, sizeof(*m), "pairs in memory");
    *m = (pair_memory){*pairs, dim_x, dim_y, batch > 0 ? batch : BATCH, 0};
    *out = (fc_pair_source){m, dim_x, dim_y, pairs->n, memory_next, memory_rewind, free};
    return FC_OK;
}
