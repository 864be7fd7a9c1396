/*
 * The .vec file of a segment: unit vectors at a fixed stride, their content numbers, and a checksum
 * a page; layout in schemas/segment.md. Shared by the files of this folder only.
 *
 * Threads: an open file may be read by many threads; the map of checked pages is atomic.
 */
#ifndef FC_VEC_FILE_H
#define FC_VEC_FILE_H

#include <stdatomic.h>

#include "fc_file.h"
#include "fc_hash.h"
#include "fc_index.h"

#define FC_VEC_HEADER_BYTES 4096
#define FC_VEC_PAGE_BYTES   65536
#define FC_VEC_ALIGN        64
#define FC_VEC_MAX_DIM      (UINT32_C(1) << 20)

typedef struct fc_vec_header {
    fc_segment_identity identity;
    fc_dtype dtype; /* FC_F16 or FC_F32 */
    uint32_t dim;
    uint32_t stride; /* bytes from row to row, a multiple of FC_VEC_ALIGN */
    uint64_t count;
    uint64_t first_content, last_content;
    char kind[32]; /* "Flat", or what the .faiss beside it is */
    uint32_t n_pages;
    uint32_t table_crc; /* CRC-32C of the page table */
    fc_u128 hash;       /* over the header before this field, then the page table */
} fc_vec_header;

typedef struct fc_vec_file {
    fc_vec_header h;
    fc_map map;
    const uint8_t *rows;       /* in the map */
    const uint8_t *table;      /* in the map: n_pages CRCs, little-endian */
    uint64_t *contents;        /* on the heap, checked: count, strictly ascending */
    _Atomic uint64_t *checked; /* one bit a page whose CRC was right */
    char *path;
} fc_vec_file;

/* The cap on memory that the options stand for. */
static inline uint64_t fc__segment_memory(const fc_segment_options *opts)
{
    return opts->memory_bytes != 0 ? opts->memory_bytes : UINT64_C(1) << 30;
}

/* The recall that the options stand for. */
static inline double fc__segment_target(const fc_segment_options *opts)
{
    return opts->target_recall > 0.0 ? opts->target_recall : FC_RECALL_DEFAULT;
}

/* Bytes from row to row for `dim` elements of `dtype`. */
uint32_t fc__vec_stride(fc_dtype dtype, uint32_t dim);
uint64_t fc__vec_data_bytes(const fc_vec_header *h); /* vectors and content numbers */
uint64_t fc__vec_file_bytes(const fc_vec_header *h);
/* Set h->hash from the other fields and the page table (n_pages x 4 bytes, as on disk). */
fc_status fc__vec_header_hash(fc_vec_header *h, const uint8_t *table, fc_error *err);
void fc__vec_header_encode(const fc_vec_header *h, uint8_t out[FC_VEC_HEADER_BYTES]);
/* FC_E_CORRUPT, FC_E_VERSION. `path` is for the message. */
fc_status fc__vec_header_decode(fc_vec_header *h, const uint8_t *bytes, size_t n, const char *path,
                                fc_error *err);

/* Write everything but the header to `path` (a temporary name), whole and synced; *h gets all
 * fields but kind and hash, *table the page table. */
fc_status fc__vec_write(const char *path, const fc_segment_identity *identity,
                        const fc_row_source *rows, const fc_segment_options *opts, fc_vec_header *h,
                        fc_buf *table, fc_error *err);
/* Put the header in front of what fc__vec_write() wrote, and sync: only now is the file valid. */
fc_status fc__vec_write_header(const char *path, const fc_vec_header *h, fc_error *err);

/* Map `path`. Given `expect` (a header not yet in the file), believe it; else read and check the
 * header, the table and the content numbers. v must be zeroed; dispose it also on failure. */
fc_status fc__vec_map(fc_vec_file *v, const char *path, const fc_vec_header *expect, fc_error *err);
void fc__vec_dispose(fc_vec_file *v);

/* Make sure that the pages under rows [row, row + n) are as they were written. */
fc_status fc__vec_check_rows(const fc_vec_file *v, uint64_t row, uint64_t n, fc_error *err);
fc_status fc__vec_check_all(const fc_vec_file *v, fc_error *err);
/* Rows [row, row + n) as f32, densely packed: n x dim. Checks their pages. */
fc_status fc__vec_rows(const fc_vec_file *v, uint64_t row, size_t n, float *out, fc_error *err);

/* A row where it lies; its pages must have been checked. */
static inline const void *fc__vec_at(const fc_vec_file *v, uint64_t row)
{
    return v->rows + row * v->h.stride;
}

#endif /* FC_VEC_FILE_H */
