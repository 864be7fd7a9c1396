/*
 * A canary's inputs encoded, and compared.
 */
#include "canary_encode.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

/* --- encoding ----------------------------------------------------------------------------------
 */

fc_status fc__canary_run(fc_encoder_worker *w, const fc_canary_input *in,
                         const fc_decode_limits *limits, fc_features *out, fc_error *err)
{
    const fc_input input = {.modality = in->modality,
                            .bytes = in->bytes.data,
                            .n_bytes = in->bytes.size,
                            .start_s = in->start_s,
                            .end_s = in->end_s,
                            .name = in->name,
                            .limits = limits};
    fc_prepared prepared = FC_PREPARED_INIT;
    const fc_prepared *const one[1] = {&prepared};
    fc_features *const to[1] = {out};
    fc_status st = fc__encoder_prepare(w, &input, &prepared, err);

    if (st == FC_OK)
        st = fc__encoder_run(w, one, 1, NULL, to, err);
    fc__prepared_dispose(&prepared);
    return st;
}

/* --- what is kept ------------------------------------------------------------------------------
 */

static size_t width(const fc_tensor *t)
{
    return t->rank > 0 ? (size_t)t->shape[t->rank - 1] : 0;
}

/* Vector i of those kept, of `n_kept` spread over all. */
static const float *kept_vector(const fc_tensor *t, size_t n_kept, size_t i)
{
    const size_t dim = width(t), n = fc_tensor_count(t) / dim;

    return (const float *)t->data + i * n / n_kept * dim;
}

fc_status fc__canary_keep(fc_canary_output *out, const char *name, const fc_tensor *t,
                          fc_error *err)
{
    const size_t n_all = fc_tensor_count(t), dim = width(t), n = dim > 0 ? n_all / dim : 0;
    const size_t n_each = dim < FC_CANARY_NUMBERS_MAX ? dim : FC_CANARY_NUMBERS_MAX;
    size_t n_kept = n_each > 0 ? FC_CANARY_NUMBERS_MAX / n_each : 0;

    n_kept = n_kept < FC_CANARY_VECTORS_MAX ? n_kept : FC_CANARY_VECTORS_MAX;
    n_kept = n_kept < n ? n_kept : n;
    *out = (fc_canary_output){.name = fc__strdup(name),
                              .rank = t->rank,
                              .digest = fc__xxh128(t->data, n_all * sizeof(float)),
                              .n_kept = (uint32_t)n_kept,
                              .n_each = (uint32_t)n_each,
                              .kept = fc__alloc_array(n_kept * n_each, sizeof(float))};
    if (out->name == NULL || out->kept == NULL) {
        fc__canary_output_dispose(out);
        return fc__nomem(err, n_kept * n_each * sizeof(float), "a canary");
    }
    memcpy(out->shape, t->shape, t->rank * sizeof(t->shape[0]));
    for (size_t i = 0; i < n_kept; i++)
        memcpy(out->kept + i * n_each, kept_vector(t, n_kept, i), n_each * sizeof(float));
    return FC_OK;
}

fc_canary_output *fc__canary_find_output(const fc_canary_input *in, const char *name)
{
    for (size_t k = 0; k < in->n_outputs; k++)
        if (strcmp(in->outputs[k].name, name) == 0)
            return &in->outputs[k];
    return NULL;
}

fc_status fc__canary_take(fc_canary_input *in, const fc_encoder *e, const fc_features *features,
                          bool anew, size_t *added, fc_error *err)
{
    const fc_output_spec *specs = fc__encoder_outputs(e);
    size_t capacity = in->n_outputs;
    fc_status st = FC_OK;

    *added = 0;
    for (size_t k = 0; k < fc__encoder_n_outputs(e) && st == FC_OK; k++) {
        fc_canary_output *there = fc__canary_find_output(in, specs[k].name), made;

        if (there != NULL && !anew)
            continue;
        st = fc__canary_keep(&made, specs[k].name, &features->outputs[k], err);
        if (st == FC_OK && there == NULL) {
            st = fc__grow_array(&in->outputs, &capacity, in->n_outputs + 1, sizeof(*in->outputs),
                                err);
            if (st != FC_OK)
                fc__canary_output_dispose(&made);
            else
                in->outputs[in->n_outputs++] = made;
        } else if (st == FC_OK) {
            fc__canary_output_dispose(there);
            *there = made;
        }
        *added += st == FC_OK;
    }
    return st;
}

/* --- comparing ---------------------------------------------------------------------------------
 */

fc_status fc__canary_compare(const fc_canary_output *then, const fc_tensor *now,
                             fc_canary_measure *m, bool *same, fc_error *err)
{
    fc_canary_output made;
    fc_status st;

    *same = false;
    if (then->rank != now->rank ||
        memcmp(then->shape, now->shape, now->rank * sizeof(now->shape[0])) != 0) {
        m->reshaped = true;
        return FC_OK;
    }
    st = fc__canary_keep(&made, then->name, now, err);
    if (st != FC_OK)
        return st;
    *same = fc__u128_equal(made.digest, then->digest);
    m->differs = m->differs || !*same;
    /* One shape, one choice of vectors; a canary that was kept otherwise can only be told by bits.
     */
    if (!*same && made.n_kept == then->n_kept && made.n_each == then->n_each)
        fc__canary_measure(m, then->kept, made.kept, made.n_kept, made.n_each);
    fc__canary_output_dispose(&made);
    return FC_OK;
}

/* --- inputs ------------------------------------------------------------------------------------
 */

fc_status fc__canary_input_of(fc_canary_input *out, const fc_sha256 *content, fc_modality modality,
                              double start_s, double end_s, const char *name, const void *bytes,
                              size_t n, fc_error *err)
{
    fc_status st;

    *out = (fc_canary_input){.content = *content,
                             .modality = modality,
                             .start_s = start_s,
                             .end_s = end_s,
                             .name = fc__strdup(name)};
    if (out->name == NULL)
        return fc__nomem(err, strlen(name), "a canary");
    st = fc_buf_append(&out->bytes, bytes, n, err);
    if (st != FC_OK)
        fc__canary_input_dispose(out);
    return st;
}

fc_status fc__canary_add_input(fc_canary *c, fc_canary_input *in, fc_error *err)
{
    const fc_status st =
        fc__grow_array(&c->inputs, &c->capacity, c->n_inputs + 1, sizeof(*c->inputs), err);

    if (st == FC_OK) {
        c->inputs[c->n_inputs++] = *in;
        *in = (fc_canary_input){.name = NULL};
    }
    fc__canary_input_dispose(in);
    return st;
}

bool fc__canary_has(const fc_canary *c, const fc_sha256 *content)
{
    for (size_t i = 0; i < c->n_inputs; i++)
        if (memcmp(&c->inputs[i].content, content, sizeof(*content)) == 0)
            return true;
    return false;
}

size_t fc__canary_bytes(const fc_canary *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_inputs; i++)
        n += c->inputs[i].bytes.size;
    return n;
}

/* 0 up to 64 KiB, then one more for each factor of four. */
static int size_class(size_t n)
{
    int k = 0;

    for (size_t most = (size_t)64 << 10; n > most; most <<= 2)
        k++;
    return k;
}

int fc__canary_order(const fc_sha256 *a, size_t n_a, const fc_sha256 *b, size_t n_b)
{
    const int x = size_class(n_a), y = size_class(n_b);

    return x != y ? (x < y ? -1 : 1) : memcmp(a, b, sizeof(*a));
}
