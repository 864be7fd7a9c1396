/*
 * Through the branch's head; without one the outputs beside the vector are tried.
 */
#include "explain_rows.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_vec.h"

/* A pooled output is stored in a precision of its own. */
#define SAME_COSINE 0.9995f

/* An output of a member. */
typedef struct output {
    const char *name;
    uint32_t rank;
    const uint64_t *shape;
    fc_output_id id; /* stored */
    size_t index;    /* of the encoder */
} output;

static size_t count_outputs(const fc_row_origin *from, size_t member)
{
    return from->embedders[0] != NULL ? fc__encoder_n_outputs(from->embedders[member]->encoder)
                                      : from->branch->stored[member].encoder->n_outputs;
}

static output output_at(const fc_row_origin *from, size_t member, size_t i)
{
    const fc_output_info *info;

    if (from->embedders[0] != NULL) {
        const fc_output_spec *s = &fc__encoder_outputs(from->embedders[member]->encoder)[i];

        return (output){s->name, s->rank, s->shape, 0, i};
    }
    info = &from->branch->stored[member].encoder->outputs[i];
    return (output){info->name, info->rank, info->shape, info->id, i};
}

static fc_status fetch(const fc_row_origin *from, size_t member, const output *o, fc_tensor *out,
                       fc_error *err)
{
    const char *loss;

    if (from->embedders[0] != NULL)
        return fc__embedder_run(from->embedders[member], from->input, o->index, out, &loss, err);
    return fc_snapshot_get_item(from->snapshot, from->branch->stored[member].encoder->id, o->id,
                                from->content, out, err);
}

/* The output that the branch takes of a member. */
static fc_status fetch_own(const fc_row_origin *from, size_t member, fc_tensor *out, fc_error *err)
{
    if (from->embedders[0] == NULL && from->branch->stored[member].encoder == NULL)
        return FC_E_NOT_FOUND;
    for (size_t i = 0; i < count_outputs(from, member); i++) {
        const output o = output_at(from, member, i);

        if (strcmp(o.name, from->outputs[member]) == 0)
            return fetch(from, member, &o, out, err);
    }
    return FC_E_NOT_FOUND;
}

static fc_head_item item_of(const fc_tensor *t, size_t dim)
{
    const size_t n = fc_tensor_count(t);

    return n > 0 && dim > 0 && n % dim == 0 ? (fc_head_item){t->data, n / dim}
                                            : (fc_head_item){NULL, 0};
}

static fc_status explain(const fc_head *head, const fc_head_item *items, size_t input,
                         const float *query, fc_explained_rows *out, fc_error *err)
{
    fc_status st;

    out->n = items[input].n_rows;
    out->rows = fc__alloc_array(out->n, sizeof(*out->rows));
    if (out->rows == NULL)
        return fc__nomem(err, out->n * sizeof(*out->rows), "an explanation");
    st = fc__head_explain(head, items, input, query, out->rows, &out->rest, err);
    for (size_t i = 0; st == FC_OK && i < out->n; i++)
        out->cosine += out->rows[i];
    out->cosine += out->rest;
    if (st != FC_OK) {
        free(out->rows);
        out->rows = NULL;
    }
    return st;
}

static void set_shape(const fc_tensor *t, fc_explained_rows *out)
{
    if (t->rank == 3) {
        out->height = (uint32_t)t->shape[0];
        out->width = (uint32_t)t->shape[1];
    }
}

/* Inputs whose rows explain. What a pooling of one does not let it explain is passed over where
 * another does. */
static fc_status explain_inputs(const fc_row_origin *from, const fc_tensor *tensors,
                                const fc_head_item *items, const float *query, fc_explained *out,
                                fc_error *err)
{
    const fc_space_branch *b = from->branch;
    fc_error why = FC_ERROR_INIT;
    fc_status st = fc_error_set(&why, FC_E_UNSUPPORTED,
                                "the head of this modality takes a vector, which has no rows");

    for (size_t i = 0; i < b->n_members; i++) {
        fc_explained_rows *one = &out->list[out->n];

        if (items[i].n_rows < 2)
            continue;
        st = explain(b->head, items, i, query, one, &why);
        if (st != FC_OK && st != FC_E_UNSUPPORTED)
            break;
        if (st != FC_OK)
            continue;
        one->member = i;
        one->output = from->outputs[i];
        set_shape(&tensors[i], one);
        out->n++;
    }
    return out->n > 0 && (st == FC_OK || st == FC_E_UNSUPPORTED)
               ? FC_OK
               : fc_error_set(err, st, "%s", why.message);
}

static fc_status through_head(const fc_row_origin *from, const float *query, fc_explained *out,
                              fc_error *err)
{
    const fc_space_branch *b = from->branch;
    fc_tensor tensors[FC_HEAD_INPUTS_MAX];
    fc_head_item items[FC_HEAD_INPUTS_MAX] = {{NULL, 0}};
    fc_status st = FC_OK;

    for (size_t i = 0; i < FC_HEAD_INPUTS_MAX; i++)
        tensors[i] = (fc_tensor)FC_TENSOR_INIT;
    for (size_t i = 0; i < b->n_members && st == FC_OK; i++) {
        st = fetch_own(from, i, &tensors[i], err);
        if (st == FC_E_NOT_FOUND && i > 0)
            st = FC_OK;
        items[i] = item_of(&tensors[i], b->head->inputs[i].dim);
    }
    if (st == FC_OK)
        st = explain_inputs(from, tensors, items, query, out, err);
    for (size_t i = 0; i < b->n_members; i++)
        fc_tensor_dispose(&tensors[i]);
    return st;
}

/* Whether `vector` (unit) is what a pooling makes of the rows; then *out explains it. */
static fc_status try_pooling(const fc_pooling *pooling, const fc_head_item *item,
                             const float *vector, size_t dim, const float *query,
                             fc_explained_rows *out, fc_error *err)
{
    const fc_head head = {.dim = (uint32_t)dim,
                          .fuse = FC_FUSE_ONE,
                          .n_inputs = 1,
                          .inputs = {{.pooling = *pooling, .dim = (uint32_t)dim}}};
    float *made = fc__alloc_array(dim, sizeof(*made));
    fc_error ignored = FC_ERROR_INIT;
    bool same;

    if (made == NULL)
        return fc__nomem(err, dim * sizeof(*made), "an explanation");
    same = fc__head_apply(&head, item, made, &ignored) == FC_OK &&
           fc__dot(made, vector, dim) >= SAME_COSINE;
    free(made);
    return same ? explain(&head, item, 0, query, out, err) : FC_E_NOT_FOUND;
}

static fc_status try_output(const fc_row_origin *from, const output *o, const float *vector,
                            size_t dim, const float *query, fc_explained_rows *out, fc_error *err)
{
    static const fc_pooling poolings[] = {
        {.kind = FC_POOLING_MEAN},
        {.kind = FC_POOLING_FIRST},
        {.kind = FC_POOLING_LAST},
        {.kind = FC_POOLING_MEAN, .skip_first = 1},
        {.kind = FC_POOLING_MEAN, .skip_first = 1, .skip_last = 1},
    };
    fc_tensor rows = FC_TENSOR_INIT;
    fc_head_item item;
    fc_status st = fetch(from, 0, o, &rows, err);

    item = item_of(&rows, dim);
    if (st == FC_OK && item.n_rows < 2)
        st = FC_E_NOT_FOUND;
    if (st == FC_OK) {
        st = FC_E_NOT_FOUND;
        for (size_t i = 0; i < sizeof(poolings) / sizeof(poolings[0]) && st == FC_E_NOT_FOUND; i++)
            st = try_pooling(&poolings[i], &item, vector, dim, query, out, err);
    }
    if (st == FC_OK) {
        out->output = o->name;
        set_shape(&rows, out);
    }
    fc_tensor_dispose(&rows);
    return st;
}

/* A vector as it is: is it pooled out of another output? */
static fc_status beside_vector(const fc_row_origin *from, const float *query,
                               fc_explained_rows *out, fc_error *err)
{
    const size_t dim = from->branch->dim;
    fc_tensor vector = FC_TENSOR_INIT;
    fc_status st = fetch_own(from, 0, &vector, err), tried = FC_E_NOT_FOUND;

    if (st == FC_OK &&
        (fc_tensor_count(&vector) != dim || fc__vec_normalise(vector.data, dim) != FC_OK))
        st = fc_error_set(err, FC_E_UNSUPPORTED, "the vector has no direction");
    for (size_t i = 0; st == FC_OK && tried == FC_E_NOT_FOUND && i < count_outputs(from, 0); i++) {
        const output o = output_at(from, 0, i);

        if (o.rank > 1 && o.shape[o.rank - 1] == dim)
            tried = try_output(from, &o, vector.data, dim, query, out, err);
    }
    fc_tensor_dispose(&vector);
    if (st != FC_OK || tried != FC_E_NOT_FOUND)
        return st != FC_OK ? st : tried;
    return fc_error_set(err, FC_E_UNSUPPORTED,
                        "output '%s' is a vector, and no output with rows is stored beside it "
                        "whose mean, first or last row it is",
                        from->outputs[0]);
}

fc_status fc__explain_rows(const fc_row_origin *from, const float *query, fc_explained *out,
                           fc_error *err)
{
    fc_status st;

    *out = (fc_explained){.n = 0};
    if (from->branch->head != NULL)
        return through_head(from, query, out, err);
    st = beside_vector(from, query, &out->list[0], err);
    out->n = st == FC_OK;
    return st;
}

void fc__explained_dispose(fc_explained *e)
{
    for (size_t i = 0; i < e->n; i++)
        free(e->list[i].rows);
    *e = (fc_explained){.n = 0};
}
