/*
 * Writing a .vec file: rows are normalised, rounded and streamed out page by page, so that memory
 * does not grow with the segment but by eight bytes a row (its content numbers).
 *
 * The header comes last, by a call of its own: until then the file fails its magic.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_vec.h"
#include "fc_vec_file.h"

typedef struct writer {
    fc_safe_file *file;
    uint8_t *page; /* FC_VEC_PAGE_BYTES, filled up to `fill` */
    size_t fill;
    fc_buf contents; /* as on disk, to follow the vectors */
    fc_buf *table;
    float *row;    /* dim: the normalised row */
    uint8_t *cell; /* stride: the row as it is stored */
} writer;

static fc_status end_page(writer *w, fc_error *err)
{
    fc_status st;

    if (w->fill == 0)
        return FC_OK;
    st = fc_buf_append_u32(w->table, fc__crc32c(0, w->page, w->fill), err);
    if (st == FC_OK)
        st = fc__safe_file_write(w->file, w->page, w->fill, err);
    w->fill = 0;
    return st;
}

static fc_status append(writer *w, const uint8_t *bytes, size_t n, fc_error *err)
{
    while (n > 0) {
        const size_t room = FC_VEC_PAGE_BYTES - w->fill;
        const size_t part = n < room ? n : room;

        memcpy(w->page + w->fill, bytes, part);
        w->fill += part;
        bytes += part;
        n -= part;
        if (w->fill == FC_VEC_PAGE_BYTES) {
            fc_status st = end_page(w, err);

            if (st != FC_OK)
                return st;
        }
    }
    return FC_OK;
}

static fc_status append_row(writer *w, fc_vec_header *h, uint64_t content, const float *row,
                            fc_error *err)
{
    fc_status st;

    if (h->count > 0 && content <= h->last_content)
        return fc_error_set(err, FC_E_INVALID,
                            "segment: content %llu came after %llu; rows must ascend",
                            (unsigned long long)content, (unsigned long long)h->last_content);
    memcpy(w->row, row, h->dim * sizeof(float));
    if (fc__vec_normalise(w->row, h->dim) != FC_OK)
        return fc_error_set(err, FC_E_FORMAT,
                            "the vector of content %llu is zero or not finite: it has no direction",
                            (unsigned long long)content);
    if (h->dtype == FC_F16)
        fc__f32_to_f16(w->row, (uint16_t *)(void *)w->cell, h->dim);
    else
        memcpy(w->cell, w->row, h->dim * sizeof(float));
    st = append(w, w->cell, h->stride, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(&w->contents, content, err);
    if (h->count == 0)
        h->first_content = content;
    h->last_content = content;
    h->count++;
    return st;
}

/* All batches of the source, with progress and the cap on memory. */
static fc_status append_source(writer *w, fc_vec_header *h, const fc_row_source *rows,
                               const fc_segment_options *opts, fc_error *err)
{
    const uint64_t cap = fc__segment_memory(opts);
    fc_row_batch batch;
    fc_status st;

    while ((st = rows->next(rows->self, &batch, err)) == FC_OK) {
        if (opts->cancelled != NULL && opts->cancelled(opts->context))
            return fc_error_set(err, FC_E_CANCELLED, "stopped while writing a segment");
        if ((h->count + batch.n) * sizeof(uint64_t) > cap)
            return fc_error_set(err, FC_E_LIMIT,
                                "a segment of more than %llu rows needs more than the %llu MiB of "
                                "memory allowed; raise --memory",
                                (unsigned long long)h->count, (unsigned long long)(cap >> 20));
        for (size_t i = 0; i < batch.n; i++) {
            st = append_row(w, h, batch.contents[i], batch.rows + i * h->dim, err);
            if (st != FC_OK)
                return st;
        }
        if (opts->progress != NULL)
            opts->progress(opts->context, h->count, rows->n_rows);
    }
    if (st != FC_E_NOT_FOUND)
        return st;
    return h->count > 0 ? FC_OK : FC_E_NOT_FOUND;
}

/* The content numbers after the vectors, in the same run of pages; then the page table. */
static fc_status append_tail(writer *w, fc_vec_header *h, fc_error *err)
{
    fc_status st = append(w, w->contents.data, w->contents.size, err);

    if (st == FC_OK)
        st = end_page(w, err);
    if (st != FC_OK)
        return st;
    if (w->table->size / 4 > UINT32_MAX)
        return fc_error_set(err, FC_E_LIMIT, "a segment of %llu rows is too large",
                            (unsigned long long)h->count);
    h->n_pages = (uint32_t)(w->table->size / 4);
    h->table_crc = fc__crc32c(0, w->table->data, w->table->size);
    return fc__safe_file_write(w->file, w->table->data, w->table->size, err);
}

static fc_status writer_open(writer *w, const char *path, const fc_vec_header *h, fc_error *err)
{
    static const uint8_t no_header[FC_VEC_HEADER_BYTES];
    fc_status st;

    w->page = fc__alloc_array(FC_VEC_PAGE_BYTES, 1);
    w->row = fc__alloc_array(h->dim, sizeof(float));
    w->cell = fc__alloc_array(h->stride, 1);
    if (w->page == NULL || w->row == NULL || w->cell == NULL)
        return fc__nomem(err, FC_VEC_PAGE_BYTES + 2 * (size_t)h->stride, "writing a segment");
    st = fc__safe_file_begin(&w->file, path, err);
    if (st == FC_OK)
        st = fc__safe_file_write(w->file, no_header, sizeof(no_header), err);
    return st;
}

fc_status fc__vec_write(const char *path, const fc_segment_identity *identity,
                        const fc_row_source *rows, const fc_segment_options *opts, fc_vec_header *h,
                        fc_buf *table, fc_error *err)
{
    writer w = {.table = table};
    fc_status st;

    if (rows->dim == 0 || rows->dim > FC_VEC_MAX_DIM)
        return fc_error_set(err, FC_E_INVALID, "vectors of %zu dimensions; 1 to %u can be indexed",
                            rows->dim, FC_VEC_MAX_DIM);
    *h = (fc_vec_header){.identity = *identity, .dim = (uint32_t)rows->dim};
    h->dtype = opts->f32 ? FC_F32 : FC_F16;
    h->stride = fc__vec_stride(h->dtype, h->dim);

    st = writer_open(&w, path, h, err);
    if (st == FC_OK)
        st = append_source(&w, h, rows, opts, err);
    if (st == FC_OK)
        st = append_tail(&w, h, err);
    if (st == FC_OK) {
        st = fc__safe_file_commit(w.file, err);
        w.file = NULL;
    }

    fc__safe_file_abort(w.file);
    fc_buf_dispose(&w.contents);
    free(w.page);
    free(w.row);
    free(w.cell);
    return st;
}

fc_status fc__vec_write_header(const char *path, const fc_vec_header *h, fc_error *err)
{
    uint8_t bytes[FC_VEC_HEADER_BYTES];
    size_t done = 0;
    fc_status st = FC_OK;
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return fc__io_error(err, errno, "cannot open", path);
    fc__vec_header_encode(h, bytes);
    while (done < sizeof(bytes)) {
        ssize_t n = pwrite(fd, bytes + done, sizeof(bytes) - done, (off_t)done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            st = fc__io_error(err, n < 0 ? errno : EIO, "cannot write", path);
            goto done;
        }
        done += (size_t)n;
    }
    if (fsync(fd) != 0)
        st = fc__io_error(err, errno, "cannot sync", path);

done:
    if (close(fd) != 0 && st == FC_OK)
        st = fc__io_error(err, errno, "cannot close", path);
    return st;
}
