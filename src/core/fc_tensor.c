/*
 * Tensors: a dense array that owns its data or borrows it.
 */
#include <assert.h>
#include <stdlib.h>

#include "fc_alloc.h"

/* Elements of `shape`; false when the product leaves size_t. Rank 0 is no elements. */
static bool count_elements(uint32_t rank, const uint64_t *shape, size_t *count)
{
    size_t n = rank > 0 ? 1 : 0;
    bool zero = false;

    for (uint32_t i = 0; i < rank; i++) {
        if (shape[i] == 0)
            zero = true;
        else if (shape[i] > SIZE_MAX || !fc__mul(n, (size_t)shape[i], &n))
            return false;
    }
    *count = zero ? 0 : n;
    return true;
}

fc_status fc_tensor_alloc(fc_tensor *t, fc_dtype dtype, uint32_t rank, const uint64_t *shape,
                          fc_error *err)
{
    const size_t size = fc_dtype_size(dtype);
    size_t count, bytes;

    fc_tensor_dispose(t);
    if (size == 0)
        return fc_error_set(err, FC_E_INVALID, "tensor: %d is no element type", (int)dtype);
    if (rank > FC_MAX_RANK)
        return fc_error_set(err, FC_E_INVALID, "tensor: rank is %u; at most %d", (unsigned)rank,
                            FC_MAX_RANK);
    if (!count_elements(rank, shape, &count) || !fc__mul(count, size, &bytes) ||
        bytes > PTRDIFF_MAX)
        return fc_error_set(err, FC_E_LIMIT, "tensor: the shape has more bytes than memory can");
    t->data = fc__alloc_array(bytes, 1);
    if (t->data == NULL)
        return fc__nomem(err, bytes, "a tensor");
    t->dtype = dtype;
    t->rank = rank;
    t->owned = true;
    for (uint32_t i = 0; i < rank; i++)
        t->shape[i] = shape[i];
    return FC_OK;
}

fc_tensor fc_tensor_view(void *data, fc_dtype dtype, uint32_t rank, const uint64_t *shape)
{
    fc_tensor t = FC_TENSOR_INIT;

    assert(rank <= FC_MAX_RANK && fc_dtype_size(dtype) > 0);
    t.dtype = dtype;
    t.rank = rank;
    t.data = data;
    for (uint32_t i = 0; i < rank && i < FC_MAX_RANK; i++)
        t.shape[i] = shape[i];
    return t;
}

size_t fc_tensor_count(const fc_tensor *t)
{
    size_t count = 0;

    /* A view's shape is its maker's promise; one that does not fit counts as empty. */
    return count_elements(t->rank, t->shape, &count) ? count : 0;
}

void fc_tensor_dispose(fc_tensor *t)
{
    if (t == NULL)
        return;
    if (t->owned)
        free(t->data);
    *t = (fc_tensor)FC_TENSOR_INIT;
}
