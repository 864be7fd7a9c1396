/*
 * A parsed header: its lifetime and what it says.
 */
#include "column_code.h"

#include <stdio.h>
#include <stdlib.h>

#include "fc_alloc.h"

fc_status fc__block_view_create(fc_block_view **out, const uint8_t *bytes, size_t n, uint32_t seed,
                                fc_error *err)
{
    fc_block_view *v = calloc(1, sizeof(*v));
    fc_status st;

    *out = NULL;
    if (v == NULL)
        return fc__nomem(err, sizeof(*v), "a block view");
    st = fc__block_view_reset(v, bytes, n, seed, err);
    if (st != FC_OK) {
        fc__block_view_destroy(v);
        return st;
    }
    *out = v;
    return FC_OK;
}

void fc__block_view_destroy(fc_block_view *v)
{
    if (v == NULL)
        return;
    free(v->entries);
    free(v->frames);
    free(v->intervals);
    if (v->columns != NULL)
        fc__columns_dispose(v->columns);
    free(v->columns);
    free(v);
}

const fc_item_layout *fc__block_layout(const fc_block_view *v)
{
    return &v->layout;
}

size_t fc__block_n_items(const fc_block_view *v)
{
    return v->n_items;
}

const fc_block_entry *fc__block_entries(const fc_block_view *v)
{
    return v->entries;
}

uint64_t fc__block_n_rows(const fc_block_view *v)
{
    return v->n_rows;
}

uint64_t fc__block_raw_bytes(const fc_block_view *v)
{
    return v->n_rows * v->row_bytes;
}

const fc_quant_error *fc__block_error(const fc_block_view *v)
{
    return &v->error;
}

const fc_block_entry *fc__block_find(const fc_block_view *v, uint64_t content)
{
    size_t low = 0, high = v->n_items;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (v->entries[middle].content < content)
            low = middle + 1;
        else
            high = middle;
    }
    return low < v->n_items && v->entries[low].content == content ? &v->entries[low] : NULL;
}

void fc__block_transform_name(const fc_block_view *v, char out[FC_TRANSFORM_NAME_BYTES])
{
    /* Joined from the last to the first, so that what says most about the data stands in front. */
    static const char *const names[FC_N_TRANSFORMS] = {"raw",  "planes",      "zero+planes",
                                                       "zstd", "sign+planes", "column+planes"};
    size_t n = 0;

    for (unsigned t = FC_N_TRANSFORMS; t-- > 0;)
        if (v->n_frames > 0 && (v->transforms & 1u << t) != 0)
            n += (size_t)snprintf(out + n, FC_TRANSFORM_NAME_BYTES - n, "%s%s", n > 0 ? "," : "",
                                  names[t]);
    if (n == 0)
        snprintf(out, FC_TRANSFORM_NAME_BYTES, "none");
}
