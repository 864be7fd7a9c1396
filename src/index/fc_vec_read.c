/*
 * Reading a .vec file through a map: checked whole at open but for the vectors, whose pages are
 * checked on first touch, once, so that a query over a large segment does not pay for all of it.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_vec.h"
#include "fc_vec_file.h"

static fc_status check_page(const fc_vec_file *v, uint64_t page, fc_error *err)
{
    const uint64_t at = page * FC_VEC_PAGE_BYTES;
    const uint64_t left = fc__vec_data_bytes(&v->h) - at;
    const size_t n = left < FC_VEC_PAGE_BYTES ? (size_t)left : FC_VEC_PAGE_BYTES;

    if (fc__crc32c(0, v->rows + at, n) != fc_get_le32(v->table + 4 * page))
        return fc_error_set(err, FC_E_CORRUPT,
                            "%s: page %llu of %u fails its checksum; rebuild the index", v->path,
                            (unsigned long long)page, v->h.n_pages);
    atomic_fetch_or_explicit(&v->checked[page / 64], UINT64_C(1) << (page % 64),
                             memory_order_release);
    return FC_OK;
}

/* Pages under n bytes from offset `at` of the data. */
static fc_status check_bytes(const fc_vec_file *v, uint64_t at, uint64_t n, fc_error *err)
{
    const uint64_t last = (at + n - 1) / FC_VEC_PAGE_BYTES;

    for (uint64_t page = at / FC_VEC_PAGE_BYTES; page <= last; page++) {
        const uint64_t word = atomic_load_explicit(&v->checked[page / 64], memory_order_acquire);

        if (((word >> (page % 64)) & 1u) == 0) {
            fc_status st = check_page(v, page, err);

            if (st != FC_OK)
                return st;
        }
    }
    return FC_OK;
}

fc_status fc__vec_check_rows(const fc_vec_file *v, uint64_t row, uint64_t n, fc_error *err)
{
    return n == 0 ? FC_OK : check_bytes(v, row * v->h.stride, n * v->h.stride, err);
}

/* From the bytes as they are now, whatever was checked before: this is what verify promises. */
fc_status fc__vec_check_all(const fc_vec_file *v, fc_error *err)
{
    fc_status st = FC_OK;

    for (uint64_t page = 0; page < v->h.n_pages && st == FC_OK; page++)
        st = check_page(v, page, err);
    return st;
}

fc_status fc__vec_rows(const fc_vec_file *v, uint64_t row, size_t n, float *out, fc_error *err)
{
    const size_t dim = v->h.dim;
    fc_status st = fc__vec_check_rows(v, row, n, err);

    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        if (v->h.dtype == FC_F16)
            fc__f16_to_f32(fc__vec_at(v, row + i), out + i * dim, dim);
        else
            memcpy(out + i * dim, fc__vec_at(v, row + i), dim * sizeof(float));
    return FC_OK;
}

/* The content numbers onto the heap; searches depend on their order, so it is checked here. */
static fc_status load_contents(fc_vec_file *v, fc_error *err)
{
    const uint64_t at = v->h.count * v->h.stride;
    fc_status st = check_bytes(v, at, v->h.count * sizeof(uint64_t), err);

    if (st != FC_OK)
        return st;
    v->contents = fc__alloc_array(v->h.count, sizeof(*v->contents));
    if (v->contents == NULL)
        return fc__nomem(err, v->h.count * sizeof(*v->contents), "the content numbers");
    for (uint64_t i = 0; i < v->h.count; i++) {
        v->contents[i] = fc_get_le64(v->rows + at + i * sizeof(uint64_t));
        if (i > 0 && v->contents[i] <= v->contents[i - 1])
            return fc_error_set(err, FC_E_CORRUPT, "%s: content numbers out of order at row %llu",
                                v->path, (unsigned long long)i);
    }
    if (v->contents[0] != v->h.first_content || v->contents[v->h.count - 1] != v->h.last_content)
        return fc_error_set(err, FC_E_CORRUPT, "%s: content numbers differ from the header",
                            v->path);
    return FC_OK;
}

/* The page table against the header: its CRC, and the hash that is the name of the segment. */
static fc_status check_table(const fc_vec_file *v, fc_error *err)
{
    fc_vec_header again = v->h;
    fc_status st;

    if (fc__crc32c(0, v->table, (size_t)v->h.n_pages * 4) != v->h.table_crc)
        return fc_error_set(err, FC_E_CORRUPT, "%s: the page table fails its checksum", v->path);
    st = fc__vec_header_hash(&again, v->table, err);
    if (st == FC_OK && !fc__u128_equal(again.hash, v->h.hash))
        st = fc_error_set(err, FC_E_CORRUPT, "%s: the header does not match its hash", v->path);
    return st;
}

fc_status fc__vec_map(fc_vec_file *v, const char *path, const fc_vec_header *expect, fc_error *err)
{
    fc_status st;

    v->path = fc__strdup(path);
    if (v->path == NULL)
        return fc__nomem(err, strlen(path), "a path");
    st = fc__map_file(&v->map, path, err);
    if (st != FC_OK)
        return st;
    if (expect != NULL)
        v->h = *expect;
    else
        st = fc__vec_header_decode(&v->h, v->map.data, v->map.size, path, err);
    if (st != FC_OK)
        return st;
    if (v->map.size != fc__vec_file_bytes(&v->h))
        return fc_error_set(err, FC_E_CORRUPT, "%s: %zu bytes where the header says %llu", path,
                            v->map.size, (unsigned long long)fc__vec_file_bytes(&v->h));
    v->rows = v->map.data + FC_VEC_HEADER_BYTES;
    v->table = v->rows + fc__vec_data_bytes(&v->h);
    v->checked = fc__alloc_array(v->h.n_pages / 64 + 1, sizeof(*v->checked));
    if (v->checked == NULL)
        return fc__nomem(err, v->h.n_pages / 8, "the map of checked pages");
    if (expect == NULL)
        st = check_table(v, err);
    return st == FC_OK ? load_contents(v, err) : st;
}

void fc__vec_dispose(fc_vec_file *v)
{
    fc__map_dispose(&v->map);
    free(v->contents);
    free((void *)v->checked);
    free(v->path);
    *v = (fc_vec_file){0};
}
