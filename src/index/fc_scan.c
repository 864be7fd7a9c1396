/*
 * The exact scan. A few queries read the mapped rows as they are; more of them share one conversion
 * of each tile of rows and one matrix product (OpenBLAS), which is bound by arithmetic, not memory.
 */
#include "fc_scan.h"

#include <cblas.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_vec.h"

/* From this many queries on the matrix product is faster: 60,000 x 1,024 took 6 ms a query one by
 * one, and 51 to 54 ms as a product of 2 to 6 queries, 256 of which take 1 ms each. */
#define PRODUCT_QUERIES 8
/* A tile stays in the second-level cache, or nearly. */
#define TILE_BYTES    (2u << 20)
#define TILE_ROWS_MAX 512
#define TILE_ROWS_MIN 16

fc_status fc__scan_scratch_init(fc_scan_scratch *s, size_t dim, size_t max_queries, fc_error *err)
{
    size_t rows = TILE_BYTES / (dim * sizeof(float));

    rows = rows > TILE_ROWS_MAX ? TILE_ROWS_MAX : rows < TILE_ROWS_MIN ? TILE_ROWS_MIN : rows;
    *s = (fc_scan_scratch){.dim = dim, .max_queries = max_queries, .tile_rows = rows};
    /* Up to 2 MiB, filled before they are read: clearing them took a fifth of a small query. */
    s->tile = fc__alloc_bare(rows * dim, sizeof(float));
    s->numbers = fc__alloc_array(rows, sizeof(*s->numbers));
    s->scores = fc__alloc_array(rows * max_queries, sizeof(float));
    if (s->tile == NULL || s->numbers == NULL || s->scores == NULL) {
        fc__scan_scratch_dispose(s);
        return fc__nomem(err, rows * (dim + max_queries) * sizeof(float), "an exact scan");
    }
    return FC_OK;
}

void fc__scan_scratch_dispose(fc_scan_scratch *s)
{
    free(s->tile);
    free(s->numbers);
    free(s->scores);
    *s = (fc_scan_scratch){0};
}

/* Neighbouring rows against each query, straight from the map. */
static void scan_span(fc_scan_scratch *s, const fc_vec_file *vec, uint64_t first, size_t n_rows,
                      const float *queries, size_t n, fc_select *const *selects)
{
    const void *rows = fc__vec_at(vec, first);

    for (size_t q = 0; q < n; q++) {
        const float *query = queries + q * s->dim;

        if (vec->h.dtype == FC_F16)
            fc__dot_rows_f16(query, rows, vec->h.stride / sizeof(uint16_t), n_rows, s->dim,
                             s->scores);
        else
            fc__dot_rows_f32(query, rows, vec->h.stride / sizeof(float), n_rows, s->dim, s->scores);
        fc__select_offer(selects[q], vec, query, NULL, first, s->scores, n_rows);
    }
}

/* A full tile against all queries at once. */
static void scan_tile(fc_scan_scratch *s, const fc_vec_file *vec, size_t n_rows,
                      const float *queries, size_t n, fc_select *const *selects)
{
    if (n_rows == 0)
        return;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n, (blasint)n_rows,
                (blasint)s->dim, 1.0f, queries, (blasint)s->dim, s->tile, (blasint)s->dim, 0.0f,
                s->scores, (blasint)s->tile_rows);
    for (size_t q = 0; q < n; q++)
        fc__select_offer(selects[q], vec, queries + q * s->dim, s->numbers, 0,
                         s->scores + q * s->tile_rows, n_rows);
}

fc_status fc__scan(fc_scan_scratch *s, const fc_vec_file *vec, const fc_row_runs *runs,
                   const float *queries, size_t n, fc_select *const *selects, fc_error *err)
{
    const bool product = n >= PRODUCT_QUERIES;
    size_t filled = 0;
    fc_status st = FC_OK;

    for (size_t r = 0; r < runs->n_runs; r++) {
        const uint64_t end = runs->runs[r].first + runs->runs[r].n;

        for (uint64_t row = runs->runs[r].first; row < end;) {
            const size_t room = s->tile_rows - (product ? filled : 0);
            const size_t part = end - row < room ? (size_t)(end - row) : room;

            if (!product) {
                st = fc__vec_check_rows(vec, row, part, err);
                if (st == FC_OK)
                    scan_span(s, vec, row, part, queries, n, selects);
            } else {
                st = fc__vec_rows(vec, row, part, s->tile + filled * s->dim, err);
                for (size_t i = 0; i < part; i++)
                    s->numbers[filled + i] = row + i;
                filled += part;
            }
            if (st != FC_OK)
                return st;
            if (filled == s->tile_rows) {
                scan_tile(s, vec, filled, queries, n, selects);
                filled = 0;
            }
            row += part;
        }
    }
    if (product)
        scan_tile(s, vec, filled, queries, n, selects);
    for (size_t q = 0; q < n; q++)
        fc__select_flush(selects[q], vec, queries + q * s->dim);
    return FC_OK;
}
