/*
 * Stored items through heads.
 */
#include "space_embed.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_store_read.h"
#include "fc_vec.h"

fc_space_branch fc__branch_of_output(const fc_picked *picked)
{
    fc_space_branch b = {.modality = picked->encoder->modality,
                         .n_members = 1,
                         .dim = (uint32_t)picked->output->shape[0]};

    b.stored[0] = *picked;
    return b;
}

/* Vectors of one input that become rows by a matrix product. */
static bool is_flat(const fc_space_branch *b)
{
    return b->n_members == 1 && b->stored[0].output->rank == 1 &&
           (b->head == NULL || fc__head_takes_vectors(b->head));
}

/* n vectors to unit rows of the space; ok[i] false: no direction. */
static fc_status embed_vectors(const fc_space_branch *b, const float *rows, size_t n, float *out,
                               bool *ok, fc_error *err)
{
    if (b->head != NULL)
        return fc__head_apply_vectors(b->head, rows, n, out, ok, err);
    if (out != rows)
        memcpy(out, rows, n * b->dim * sizeof(*out));
    for (size_t i = 0; i < n; i++) {
        ok[i] = fc__vec_normalise(out + i * b->dim, b->dim) == FC_OK;
        if (!ok[i])
            memset(out + i * b->dim, 0, b->dim * sizeof(*out));
    }
    return FC_OK;
}

fc_status fc__branch_embed(const fc_space_branch *b, const fc_tensor *tensors, float *out,
                           fc_error *err)
{
    fc_head_item items[FC_HEAD_INPUTS_MAX] = {{NULL, 0}};

    if (b->head == NULL) {
        memcpy(out, tensors[0].data, b->dim * sizeof(*out));
        return fc__vec_normalise(out, b->dim) == FC_OK
                   ? FC_OK
                   : fc_error_set(err, FC_E_FORMAT,
                                  "a vector that is zero or not finite has no "
                                  "direction");
    }
    for (size_t i = 0; i < b->n_members; i++) {
        const size_t n = fc_tensor_count(&tensors[i]), dim = b->head->inputs[i].dim;

        if (n > 0 && n % dim == 0)
            items[i] = (fc_head_item){tensors[i].data, n / dim};
    }
    return fc__head_apply(b->head, items, out, err);
}

/* One content by its items. FC_E_NOT_FOUND: the first member has none; FC_E_FORMAT: no direction.
 */
static fc_status embed_content(const fc_space_branch *b, fc_snapshot *s, uint64_t content,
                               float *out, fc_error *err)
{
    fc_tensor tensors[FC_HEAD_INPUTS_MAX];
    fc_status st = FC_OK;

    for (size_t i = 0; i < FC_HEAD_INPUTS_MAX; i++)
        tensors[i] = (fc_tensor)FC_TENSOR_INIT;
    for (size_t i = 0; i < b->n_members && st == FC_OK; i++) {
        if (b->stored[i].encoder == NULL)
            continue;
        st = fc_snapshot_get_item(s, b->stored[i].encoder->id, b->stored[i].output->id, content,
                                  &tensors[i], err);
        if (st == FC_OK && i == 0 && fc_tensor_count(&tensors[i]) == 0)
            st = FC_E_NOT_FOUND; /* a text without tokens */
        if (st == FC_E_NOT_FOUND && i > 0)
            st = FC_OK;
    }
    if (st == FC_OK)
        st = fc__branch_embed(b, tensors, out, err);
    for (size_t i = 0; i < b->n_members; i++)
        fc_tensor_dispose(&tensors[i]);
    return st;
}

/* What has no direction is left out, as what is not there. */
static fc_status embed_one(const fc_space_branch *b, fc_snapshot *s, uint64_t content, float *out,
                           bool *found, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    const fc_status st = embed_content(b, s, content, out, &inner);

    *found = st == FC_OK;
    if (st != FC_OK && st != FC_E_NOT_FOUND && st != FC_E_FORMAT)
        return fc_error_set(err, st, "%s", inner.message);
    if (st != FC_OK)
        memset(out, 0, b->dim * sizeof(*out));
    return FC_OK;
}

static fc_status flat_rows(const fc_space_branch *b, fc_snapshot *s, const uint64_t *contents,
                           size_t n, float *out, bool *found, fc_error *err)
{
    const uint64_t shape[2] = {n, b->stored[0].output->shape[0]};
    fc_tensor rows = FC_TENSOR_INIT;
    bool *ok = fc__alloc_array(n, sizeof(*ok));
    fc_status st =
        ok == NULL ? fc__nomem(err, n, "rows") : fc_tensor_alloc(&rows, FC_F32, 2, shape, err);

    if (st == FC_OK)
        st = fc_snapshot_get_rows(s, b->stored[0].encoder->id, b->stored[0].output->id, contents, n,
                                  &rows, found, err);
    if (st == FC_OK)
        st = embed_vectors(b, rows.data, n, out, ok, err);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        found[i] = found[i] && ok[i];
        if (!found[i])
            memset(out + i * b->dim, 0, b->dim * sizeof(*out));
    }
    fc_tensor_dispose(&rows);
    free(ok);
    return st;
}

fc_status fc__branch_rows(const fc_space_branch *b, fc_snapshot *s, const uint64_t *contents,
                          size_t n, float *out, bool *found, fc_error *err)
{
    fc_status st = FC_OK;

    if (n == 0 || !fc__branch_is_stored(b)) {
        memset(found, 0, n * sizeof(*found));
        memset(out, 0, n * b->dim * sizeof(*out));
        return FC_OK;
    }
    if (is_flat(b))
        return flat_rows(b, s, contents, n, out, found, err);
    for (size_t i = 0; i < n && st == FC_OK; i++)
        st = embed_one(b, s, contents[i], out + i * b->dim, &found[i], err);
    return st;
}

/* --- as a row source ----------------------------------------------------------------------------
 */

/* Batches of embedded rows: of whole batches of vectors, or of contents one by one. */
typedef struct stream {
    const fc_space_branch *branch;
    fc_snapshot *snapshot;
    fc_row_source vectors; /* flat: the encoder's own rows */
    bool flat;
    uint64_t *contents; /* else: what is to come */
    size_t n, at;
    float *rows;
    uint64_t *kept;
    bool *ok;
    size_t room; /* rows that fit */
} stream;

#define STREAM_BATCH 256u

static fc_status make_room(stream *s, size_t n, fc_error *err)
{
    if (n <= s->room)
        return FC_OK;
    free(s->rows);
    free(s->kept);
    free(s->ok);
    s->room = 0;
    s->rows = fc__alloc_array(n * s->branch->dim, sizeof(*s->rows));
    s->kept = fc__alloc_array(n, sizeof(*s->kept));
    s->ok = fc__alloc_array(n, sizeof(*s->ok));
    if (s->rows == NULL || s->kept == NULL || s->ok == NULL)
        return fc__nomem(err, n * s->branch->dim * sizeof(*s->rows), "rows of a space");
    s->room = n;
    return FC_OK;
}

/* Rows that have a direction move to the front. */
static size_t keep(stream *s, const uint64_t *contents, size_t n)
{
    const size_t dim = s->branch->dim;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (!s->ok[i])
            continue;
        if (kept != i)
            memmove(s->rows + kept * dim, s->rows + i * dim, dim * sizeof(*s->rows));
        s->kept[kept++] = contents[i];
    }
    return kept;
}

static fc_status next_flat(stream *s, size_t *n, fc_error *err)
{
    fc_row_batch b;
    fc_status st = s->vectors.next(s->vectors.self, &b, err);

    if (st == FC_OK)
        st = make_room(s, b.n, err);
    if (st == FC_OK)
        st = embed_vectors(s->branch, b.rows, b.n, s->rows, s->ok, err);
    *n = st == FC_OK ? keep(s, b.contents, b.n) : 0;
    return st;
}

static fc_status next_listed(stream *s, size_t *n, fc_error *err)
{
    const size_t left = s->n - s->at, count = left < STREAM_BATCH ? left : STREAM_BATCH;
    fc_status st;

    if (count == 0)
        return FC_E_NOT_FOUND;
    st = make_room(s, count, err);
    if (st == FC_OK)
        st = fc__branch_rows(s->branch, s->snapshot, s->contents + s->at, count, s->rows, s->ok,
                             err);
    *n = st == FC_OK ? keep(s, s->contents + s->at, count) : 0;
    s->at += count;
    return st;
}

static fc_status stream_next(void *self, fc_row_batch *batch, fc_error *err)
{
    stream *s = self;
    size_t n = 0;
    fc_status st = FC_OK;

    while (n == 0 && st == FC_OK)
        st = s->flat ? next_flat(s, &n, err) : next_listed(s, &n, err);
    *batch = (fc_row_batch){s->kept, s->rows, n};
    return st;
}

static fc_status stream_rewind(void *self, fc_error *err)
{
    stream *s = self;

    s->at = 0;
    return s->flat ? s->vectors.rewind(s->vectors.self, err) : FC_OK;
}

static void stream_destroy(void *self)
{
    stream *s = self;

    if (s == NULL)
        return;
    if (s->vectors.destroy != NULL)
        s->vectors.destroy(s->vectors.self);
    free(s->contents);
    free(s->rows);
    free(s->kept);
    free(s->ok);
    free(s);
}

/* The contents in the range, but those to skip. */
static fc_status list_contents(stream *s, uint64_t first, uint64_t last, const uint64_t *skip,
                               size_t n_skip, fc_error *err)
{
    const fc_picked *p = &s->branch->stored[0];
    size_t n = 0, at = 0;
    fc_status st = fc__snapshot_item_contents(s->snapshot, p->encoder->id, p->output->id,
                                              &s->contents, &n, err);

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        const uint64_t content = s->contents[i];

        while (at < n_skip && skip[at] < content)
            at++;
        if (content >= first && content <= last && (at == n_skip || skip[at] != content))
            s->contents[s->n++] = content;
    }
    return st;
}

fc_status fc__branch_row_source(const fc_space_branch *b, fc_snapshot *snapshot, uint64_t first,
                                uint64_t last, const uint64_t *skip, size_t n_skip,
                                fc_row_source *out, fc_error *err)
{
    stream *s = calloc(1, sizeof(*s));
    fc_status st;

    *out = (fc_row_source){NULL, 0, 0, NULL, NULL, NULL};
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "rows of a space");
    *s = (stream){.branch = b, .snapshot = snapshot, .flat = is_flat(b)};
    st = s->flat
             ? fc__snapshot_row_source(snapshot, b->stored[0].encoder->id, b->stored[0].output->id,
                                       first, last, skip, n_skip, &s->vectors, err)
             : list_contents(s, first, last, skip, n_skip, err);
    if (st != FC_OK) {
        stream_destroy(s);
        return st;
    }
    *out = (fc_row_source){.self = s,
                           .dim = b->dim,
                           .n_rows = s->flat ? s->vectors.n_rows : s->n,
                           .next = stream_next,
                           .rewind = stream_rewind,
                           .destroy = stream_destroy};
    return FC_OK;
}
