/*
 * Prepared inputs through a model: their slices into batches, the tensors back to the inputs.
 */
#include "fc_model_run.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_model_stream.h"
#include "fc_model_text.h"

const fc_model_sound *fc__model_run_sound(const fc_model_run *r, size_t i)
{
    if (r->m->modality != FC_AUDIO)
        return NULL;
    return (const fc_model_sound *)(const void *)r->in[i]->bytes.data;
}

/* The shape of one slice, and how many there are. A wave (rank 1) is cut here. */
static uint64_t slice_shape(const fc_model_run *r, size_t i, uint64_t shape[FC_MAX_RANK],
                            uint32_t *rank)
{
    const fc_tensor *t = &r->in[i]->tensor;
    const fc_model_sound *s = fc__model_run_sound(r, i);

    memset(shape, 0, FC_MAX_RANK * sizeof(shape[0]));
    if (t->rank == 1) {
        *rank = 1;
        shape[0] = s->window > 0 ? s->window : t->shape[0];
        return s->n_slices;
    }
    *rank = t->rank - 1;
    memcpy(shape, t->shape + 1, *rank * sizeof(shape[0]));
    return t->shape[0];
}

static void fill_slice(const fc_model_run *r, const fc_model_slice *at, size_t n, float *to)
{
    const fc_tensor *t = &r->in[at->input]->tensor;
    const float *from = t->data;

    if (t->rank == 1) {
        const fc_model_sound *s = fc__model_run_sound(r, at->input);
        const size_t have = (size_t)fc__model_slice_samples(s, at->index);

        memcpy(to, from + at->index * s->hop, have * sizeof(*to));
        memset(to + have, 0, (n - have) * sizeof(*to));
    } else {
        memcpy(to, from + at->index * n, n * sizeof(*to));
    }
}

uint64_t fc__model_real_rows(const fc_model_sound *s, uint64_t n)
{
    if (s == NULL || s->window == 0 || s->row_hop == 0)
        return UINT64_MAX;
    return (n + s->row_hop - 1) / s->row_hop;
}

/* Rows of one input are kept until it has them all: there is an end to it. */
static fc_status check_room(const fc_model_run *r, size_t i, fc_error *err)
{
    const fc_model_rows *rows = &r->rows[i * r->m->n_outputs];
    uint64_t bytes = 0;

    for (size_t k = 0; k < r->m->n_outputs; k++)
        bytes += rows[k].values.size;
    if (r->m->features_max == 0 || bytes <= r->m->features_max)
        return FC_OK;
    return fc_error_set(err, FC_E_LIMIT,
                        "its features take more than %llu MB, a fourth of the memory to keep to: "
                        "raise --memory, leave outputs out, pool them, or take spans",
                        (unsigned long long)(r->m->features_max >> 20));
}

/* Hand out the tensors of a batch. */
static fc_status gather(fc_model_run *r, const fc_model_slice *slices, size_t n,
                        const fc_tensor *tensors, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t b = 0; b < n && st == FC_OK; b++)
        for (size_t k = 0; k < r->m->n_outputs && st == FC_OK; k++)
            if (r->wanted[k])
                st = fc__model_rows_add(&r->rows[slices[b].input * r->m->n_outputs + k],
                                        &r->m->outputs[k], &tensors[r->name_of[k]], b,
                                        slices[b].keep, err);
    for (size_t b = 0; b < n && st == FC_OK; b++)
        st = check_room(r, slices[b].input, err);
    return st;
}

fc_status fc__model_run_batch(fc_model_run *r, const fc_model_slice *slices, size_t n,
                              const fc_feed *feeds, size_t n_feeds, fc_error *err)
{
    fc_tensor tensors[FC_MODEL_OUTPUTS_MAX];
    fc_status st;

    for (size_t k = 0; k < FC_MODEL_OUTPUTS_MAX; k++)
        tensors[k] = (fc_tensor)FC_TENSOR_INIT;
    st = fc__session_run(r->m->session, feeds, n_feeds, r->names, r->n_names, tensors, err);
    if (st == FC_OK)
        st = gather(r, slices, n, tensors, err);
    for (size_t k = 0; k < FC_MODEL_OUTPUTS_MAX; k++)
        fc_tensor_dispose(&tensors[k]);
    return st;
}

static fc_status run_slices(fc_model_run *r, const fc_model_slice *slices, size_t n,
                            const uint64_t *shape, uint32_t rank, fc_error *err)
{
    const fc_feed feed = {r->m->input, &r->batch};
    uint64_t whole[FC_MAX_RANK] = {n};
    size_t count;
    fc_status st;

    memcpy(whole + 1, shape, rank * sizeof(shape[0]));
    st = fc_tensor_alloc(&r->batch, FC_F32, rank + 1, whole, err);
    count = st == FC_OK ? fc_tensor_count(&r->batch) / n : 0;
    for (size_t b = 0; b < n && st == FC_OK; b++)
        fill_slice(r, &slices[b], count, (float *)r->batch.data + b * count);
    return st == FC_OK ? fc__model_run_batch(r, slices, n, &feed, 1, err) : st;
}

size_t fc__model_run_most(const fc_model_encoder *m, const uint64_t *shape, uint32_t rank)
{
    uint64_t values = 1;

    for (uint32_t a = 0; a < rank; a++)
        values *= shape[a] > 0 ? shape[a] : 1; /* of a tensor that there is: no overflow */
    values = m->values_max / values;
    return (size_t)(values < 1 ? 1 : values < m->batch_max ? values : m->batch_max);
}

/* Whether an input is decoded while it runs, by itself. */
static bool is_stream(const fc_model_run *r, size_t i)
{
    const fc_model_sound *s = fc__model_run_sound(r, i);

    return s != NULL && s->source != NULL;
}

/* All slices of all inputs in their order, as many at once as agree in shape. */
static fc_status run_all(fc_model_run *r, fc_error *err)
{
    size_t most = (size_t)r->m->batch_max;
    fc_model_slice *slices = fc__alloc_array(most, sizeof(*slices));
    uint64_t shape[FC_MAX_RANK], next[FC_MAX_RANK];
    uint32_t rank = 0, next_rank = 0;
    size_t n = 0;
    fc_status st = FC_OK;

    if (slices == NULL)
        return fc__nomem(err, most * sizeof(*slices), "a batch");
    for (size_t i = 0; i < r->n_inputs && st == FC_OK; i++) {
        const fc_model_sound *s = fc__model_run_sound(r, i);
        uint64_t n_slices;

        if (is_stream(r, i))
            continue;
        n_slices = slice_shape(r, i, next, &next_rank);
        for (uint64_t k = 0; k < n_slices && st == FC_OK; k++) {
            if (n == most ||
                (n > 0 && (rank != next_rank || memcmp(shape, next, sizeof(shape)) != 0))) {
                st = run_slices(r, slices, n, shape, rank, err);
                n = 0;
            }
            memcpy(shape, next, sizeof(shape));
            rank = next_rank;
            most = fc__model_run_most(r->m, shape, rank);
            slices[n] = (fc_model_slice){i, k, 0};
            slices[n].keep = fc__model_real_rows(s, s != NULL ? fc__model_slice_samples(s, k) : 0);
            n++;
        }
    }
    if (st == FC_OK && n > 0)
        st = run_slices(r, slices, n, shape, rank, err);
    for (size_t i = 0; i < r->n_inputs && st == FC_OK; i++) {
        if (is_stream(r, i))
            st = fc__model_run_stream(r, i, err);
        if (st == FC_OK)
            st = fc__model_run_finish(r, i, err);
    }
    free(slices);
    return st;
}

/* The tensors that are wanted, each once. */
static void pick_names(fc_model_run *r)
{
    for (size_t k = 0; k < r->m->n_outputs; k++) {
        size_t at = 0;

        if (!r->wanted[k])
            continue;
        while (at < r->n_names && strcmp(r->names[at], r->m->outputs[k].tensor) != 0)
            at++;
        if (at == r->n_names)
            r->names[r->n_names++] = r->m->outputs[k].tensor;
        r->name_of[k] = at;
    }
}

fc_status fc__model_run_finish(fc_model_run *r, size_t i, fc_error *err)
{
    const fc_model_sound *s = fc__model_run_sound(r, i);
    fc_features *out = r->out[i];
    fc_status st = FC_OK;

    for (size_t k = 0; k < r->m->n_outputs && st == FC_OK; k++) {
        fc_model_rows *rows = &r->rows[i * r->m->n_outputs + k];

        if (!r->wanted[k])
            continue;
        st = fc__model_rows_finish(rows, &r->m->outputs[k], &r->m->specs[k], &out->outputs[k], err);
        if (st == FC_OK && s != NULL && r->m->specs[k].rank > 1)
            st = fc__model_rows_times(rows, &r->m->outputs[k], s, &out->times[k], err);
        fc__model_rows_dispose(rows);
    }
    return st;
}

fc_status fc__model_run(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                        const bool *wanted, fc_features *const *out, fc_error *err)
{
    fc_model_run r = {
        .m = self, .in = in, .n_inputs = n, .wanted = wanted, .out = out, .batch = FC_TENSOR_INIT};
    const size_t n_rows = n * r.m->n_outputs;
    fc_status st;

    (void)worker;
    r.rows = fc__alloc_array(n_rows, sizeof(*r.rows)); /* zeroed: FC_MODEL_ROWS_INIT */
    if (r.rows == NULL)
        return fc__nomem(err, n_rows * sizeof(*r.rows), "features");
    pick_names(&r);
    if (r.n_names == 0)
        st = FC_OK;
    else
        st = r.m->texts != NULL ? fc__model_run_texts(&r, err) : run_all(&r, err);
    for (size_t i = 0; i < n_rows; i++)
        fc__model_rows_dispose(&r.rows[i]);
    free(r.rows);
    fc_tensor_dispose(&r.batch);
    return st;
}
