/*
 * A parsed header: its lifetime and what it says.
 */
#include "codec_internal.h"

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

const char *fc__block_transform_name(const fc_block_view *v)
{
    /* By the bits 1 << fc_transform of what its frames use. */
    static const char *const names[1u << FC_N_TRANSFORMS] = {
        "none",
        "raw",
        "planes",
        "planes,raw",
        "zero+planes",
        "zero+planes,raw",
        "zero+planes,planes",
        "zero+planes,planes,raw",
        "zstd",
        "zstd,raw",
        "zstd,planes",
        "zstd,planes,raw",
        "zstd,zero+planes",
        "zstd,zero+planes,raw",
        "zstd,zero+planes,planes",
        "zstd,zero+planes,planes,raw",
        "sign+planes",
        "sign+planes,raw",
        "sign+planes,planes",
        "sign+planes,planes,raw",
        "sign+planes,zero+planes",
        "sign+planes,zero+planes,raw",
        "sign+planes,zero+planes,planes",
        "sign+planes,zero+planes,planes,raw",
        "sign+planes,zstd",
        "sign+planes,zstd,raw",
        "sign+planes,zstd,planes",
        "sign+planes,zstd,planes,raw",
        "sign+planes,zstd,zero+planes",
        "sign+planes,zstd,zero+planes,raw",
        "sign+planes,zstd,zero+planes,planes",
        "sign+planes,zstd,zero+planes,planes,raw",
    };

    return names[v->n_frames > 0 ? v->transforms : 0];
}
