/*
 * A .npy as a source: its header says what its rows are, each is a sample with its number as the
 * id. Only the header is read here; rows are fetched by their path ("digits.npy/12").
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_dataset_impl.h"
#include "fc_npy_header.h"

struct fc_npy_rows {
    char *name;
    fc_file_id file;
    fc_npy_header header;
    uint64_t at;
};

/* Why the rows are no samples, or NULL. */
static const char *check_shape(const fc_npy_header *h)
{
    const uint64_t last = h->rank > 0 ? h->shape[h->rank - 1] : 0;

    if (h->kind == 'f') {
        if (h->rank == 2 || (h->rank == 3 && (last == 3 || last == 6)))
            return NULL;
        return "floats are wanted as N x D vectors, or N x P x 3 or 6 points";
    }
    if (h->kind != 'u' || h->width != 1)
        return "wanted uint8 images or float vectors";
    if (h->rank == 3 && (last == 1 || last == 3 || last == 4))
        return "this is one image; put it into a folder or a manifest, or add an axis in front";
    if (h->rank == 3 || (h->rank == 4 && (last == 1 || last == 3 || last == 4)))
        return NULL;
    return "images are wanted as N x H x W or N x H x W x 1, 3 or 4";
}

fc_status fc__npy_rows_open(fc_npy_rows **out, int fd, const char *name, fc_error *err)
{
    fc_npy_rows *rows = fc__alloc_array(1, sizeof(*rows));
    fc_buf head = FC_BUF_INIT;
    const char *problem;
    fc_status st;
    ssize_t n;

    *out = NULL;
    if (rows == NULL)
        return fc__nomem(err, sizeof(*rows), "rows");
    rows->name = fc__strdup(name);
    st = rows->name != NULL ? fc_buf_reserve(&head, FC_NPY_HEADER_MAX, err)
                            : fc__nomem(err, strlen(name), "a name");
    if (st == FC_OK)
        st = fc__file_identify_fd(fd, name, &rows->file, err);
    if (st != FC_OK)
        goto done;
    n = pread(fd, head.data, FC_NPY_HEADER_MAX, 0);
    st = n >= 0 ? fc__npy_header_read(head.data, (size_t)n, name, &rows->header, err)
                : fc__io_error(err, errno, "cannot read", name);
    if (st != FC_OK)
        goto done;
    problem = check_shape(&rows->header);
    if (problem != NULL)
        st = fc_error_set(err, FC_E_INVALID, "%s is no array of samples: %s", name, problem);
    else if (rows->file.size -
                 (rows->header.data_at < rows->file.size ? rows->header.data_at : rows->file.size) <
             rows->header.n_bytes)
        st = fc_error_set(err, FC_E_FORMAT, "%s is cut off: %llu bytes of %llu", name,
                          (unsigned long long)rows->file.size,
                          (unsigned long long)(rows->header.data_at + rows->header.n_bytes));

done:
    fc_buf_dispose(&head);
    if (st != FC_OK)
        fc__npy_rows_close(rows);
    else
        *out = rows;
    return st;
}

fc_status fc__npy_rows_next(fc_dataset_reader *r, fc_error *err)
{
    fc_npy_rows *rows = r->rows;
    const unsigned long long row = rows->at;
    fc_source_sample *s = &r->sample;
    fc_status st;

    if (rows->at == rows->header.shape[0])
        return FC_E_NOT_FOUND;
    rows->at++;
    fc__sample_reset(r);
    fc_buf_clear(&r->id);
    fc_buf_clear(&r->path);
    st = fc_buf_append_fmt(&r->id, err, "%llu", row);
    if (st == FC_OK)
        st = fc_buf_append_fmt(&r->path, err, "%s/%llu", rows->name, row);
    if (st == FC_OK)
        st = fc__group_rule_apply(&r->group_rule, (const char *)r->id.data,
                                  strlen((const char *)r->id.data), &r->group, err);
    if (st != FC_OK)
        return st;
    s->id = (const char *)r->id.data;
    s->path = (const char *)r->path.data;
    s->group = (const char *)r->group.data;
    s->has_file = true;
    s->file = rows->file;
    return FC_OK;
}

double fc__npy_rows_fraction(const fc_npy_rows *rows)
{
    const uint64_t n = rows->header.shape[0];

    return n == 0 ? 1.0 : (double)rows->at / (double)n;
}

uint64_t fc__npy_rows_vector_dim(const fc_npy_rows *rows)
{
    return rows->header.kind == 'f' && rows->header.rank == 2 ? rows->header.shape[1] : 0;
}

void fc__npy_rows_close(fc_npy_rows *rows)
{
    if (rows == NULL)
        return;
    free(rows->name);
    free(rows);
}
