/*
 * The layout that all items of one output share: its sizes and its checks.
 */
#include "codec_internal.h"

#include "fc_alloc.h"

#define ROW_ELEMENTS_MAX (UINT64_C(1) << 31)
#define SCALE_BYTES      4u

size_t fc__layout_row_elements(const fc_item_layout *layout)
{
    uint64_t n = 1;

    if (layout->row_rank < 1 || layout->row_rank > FC_MAX_RANK)
        return 0;
    for (uint32_t i = 0; i < layout->row_rank; i++) {
        if (layout->row_shape[i] == 0 || layout->row_shape[i] > ROW_ELEMENTS_MAX)
            return 0;
        n *= layout->row_shape[i]; /* at most 2^62: both factors are at most 2^31 */
        if (n > ROW_ELEMENTS_MAX)
            return 0;
    }
    return (size_t)n;
}

size_t fc__layout_row_bytes(const fc_item_layout *layout)
{
    const size_t elements = fc__layout_row_elements(layout);

    if (elements == 0)
        return 0;
    return elements * fc_dtype_size(layout->dtype) + (layout->dtype == FC_I8 ? SCALE_BYTES : 0);
}

fc_status fc__layout_check(const fc_item_layout *layout, fc_error *err)
{
    if (layout->dtype < FC_F32 || layout->dtype > FC_I8)
        return fc_error_set(err, FC_E_INVALID,
                            "layout: dtype %d cannot be stored; use f32, f16, bf16 or int8",
                            (int)layout->dtype);
    if (layout->item_rank < 1 || layout->item_rank > FC_MAX_RANK)
        return fc_error_set(err, FC_E_INVALID, "layout: item rank %u is not in 1 to %d",
                            layout->item_rank, FC_MAX_RANK);
    if (layout->row_rank != (layout->item_rank == 1 ? 1 : layout->item_rank - 1))
        return fc_error_set(err, FC_E_INVALID, "layout: row rank %u does not fit item rank %u",
                            layout->row_rank, layout->item_rank);
    if (fc__layout_row_elements(layout) == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "layout: a row of %u axes has a zero axis or more than 2^31 elements",
                            layout->row_rank);
    if (fc__layout_row_bytes(layout) > FC_BLOCK_RAW_MAX)
        return fc_error_set(err, FC_E_LIMIT, "layout: a row of %zu bytes is over the cap of %u",
                            fc__layout_row_bytes(layout), FC_BLOCK_RAW_MAX);
    return FC_OK;
}
