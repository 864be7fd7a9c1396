/*
 * Where the rows of an item lie in time, as its block says.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

static void fill(const fc_time_axis *t, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const int64_t begin = t->kind == FC_TIME_EXPLICIT ? t->intervals[2 * i]
                                                          : t->start_ns + (int64_t)i * t->hop_ns;
        const int64_t end =
            t->kind == FC_TIME_EXPLICIT ? t->intervals[2 * i + 1] : begin + t->length_ns;

        out[2 * i] = (double)begin * 1e-9;
        out[2 * i + 1] = (double)end * 1e-9;
    }
}

fc_status fc__snapshot_item_times(fc_snapshot *snapshot, fc_version_id version, fc_output_id output,
                                  uint64_t content, double **times, size_t *n_rows, fc_error *err)
{
    fc_blocks blocks = FC_BLOCKS_INIT;
    const fc_output_info *info;
    const fc_block_entry *e = NULL;
    fc_status st = fc__snapshot_output(snapshot, version, output, &info, err);

    *times = NULL;
    *n_rows = 0;
    if (st == FC_OK)
        st = fc__blocks_open(&blocks, &snapshot->txn, version, info, err);
    if (st == FC_OK)
        st = fc__blocks_find(&blocks, content, &e, err);
    /* Of an item in several chunks each has its own axis: then there are none here. */
    if (st == FC_OK && e->time.kind != FC_TIME_NONE && e->n_rows == e->total_rows) {
        *times = fc__alloc_array((size_t)e->n_rows, 2 * sizeof(**times));
        if (*times == NULL) {
            st = fc__nomem(err, (size_t)e->n_rows * 2 * sizeof(**times), "times");
        } else {
            *n_rows = (size_t)e->n_rows;
            fill(&e->time, *n_rows, *times);
        }
    }
    fc__blocks_close(&blocks);
    return st;
}
