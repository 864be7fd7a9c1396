/*
 * Items of a lane by content number.
 */
#include "search_rows.h"

#include <stdlib.h>
#include <string.h>

#include "fc_store_read.h"
#include "fc_vec.h"

fc_status fc__lane_contents(fc_snapshot *s, const fc_picked *picked, const fc_live_filter *filter,
                            uint64_t **contents, size_t *n, fc_error *err)
{
    fc_live_filter f = *filter;
    fc_live_set live = {0};
    size_t n_items = 0;
    fc_status st;

    *contents = NULL;
    *n = 0;
    f.covered_version = picked->encoder->id;
    f.covered_output = picked->output->id;
    st = fc__live_contents(s, &f, &live, err);
    if (st == FC_OK)
        st = fc__snapshot_item_contents(s, picked->encoder->id, picked->output->id, contents,
                                        &n_items, err);
    for (size_t i = 0; st == FC_OK && i < n_items; i++)
        if (fc__content_set_has(&live.set, (*contents)[i]))
            (*contents)[(*n)++] = (*contents)[i];
    fc__live_set_dispose(&live);
    if (st != FC_OK) {
        free(*contents);
        *contents = NULL;
    }
    return st;
}

fc_status fc__lane_rows(fc_snapshot *s, const fc_picked *picked, const uint64_t *contents, size_t n,
                        float *out, bool *ok, fc_error *err)
{
    const size_t dim = (size_t)picked->output->shape[0];
    const uint64_t shape[2] = {n, dim};
    fc_tensor rows = fc_tensor_view(out, FC_F32, 2, shape);
    fc_status st;

    st = fc_snapshot_get_rows(s, picked->encoder->id, picked->output->id, contents, n, &rows, ok,
                              err);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        ok[i] = ok[i] && fc__vec_normalise(out + i * dim, dim) == FC_OK;
        if (!ok[i])
            memset(out + i * dim, 0, dim * sizeof(*out));
    }
    return st;
}
