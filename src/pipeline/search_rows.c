/*
 * Items of a lane by content number.
 */
#include "search_rows.h"

#include <stdlib.h>

#include "fc_store_read.h"

fc_status fc__lane_contents_in(fc_snapshot *s, const fc_picked *picked, const fc_content_set *set,
                               uint64_t **contents, size_t *n, fc_error *err)
{
    size_t n_items = 0;
    fc_status st;

    *contents = NULL;
    *n = 0;
    st = fc__snapshot_item_contents(s, picked->encoder->id, picked->output->id, contents, &n_items,
                                    err);
    for (size_t i = 0; st == FC_OK && i < n_items; i++)
        if (fc__content_set_has(set, (*contents)[i]))
            (*contents)[(*n)++] = (*contents)[i];
    if (st != FC_OK) {
        free(*contents);
        *contents = NULL;
    }
    return st;
}

fc_status fc__lane_contents(fc_snapshot *s, const fc_picked *picked, const fc_live_filter *filter,
                            uint64_t **contents, size_t *n, fc_error *err)
{
    fc_live_filter f = *filter;
    fc_live_set live = {0};
    fc_status st;

    *contents = NULL;
    *n = 0;
    f.covered_version = picked->encoder->id;
    f.covered_output = picked->output->id;
    st = fc__live_contents(s, &f, &live, err);
    if (st == FC_OK)
        st = fc__lane_contents_in(s, picked, &live.set, contents, n, err);
    fc__live_set_dispose(&live);
    return st;
}

size_t fc__common_contents(uint64_t *a, size_t n_a, const uint64_t *b, size_t n_b)
{
    size_t n = 0, at = 0;

    for (size_t i = 0; i < n_a; i++) {
        while (at < n_b && b[at] < a[i])
            at++;
        if (at < n_b && b[at] == a[i])
            a[n++] = a[i];
    }
    return n;
}
