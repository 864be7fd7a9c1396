/*
 * Running an encoder: one worker a thread, inputs refused before any work, every result checked.
 */
#include <assert.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_encoder_internal.h"

void fc__prepared_dispose(fc_prepared *p)
{
    if (p == NULL)
        return;
    fc_tensor_dispose(&p->tensor);
    fc_buf_dispose(&p->bytes);
    p->borrows = false;
    p->loss = NULL;
}

size_t fc__prepared_bytes(const fc_prepared *p)
{
    const size_t values =
        p->tensor.data != NULL ? fc_tensor_count(&p->tensor) * fc_dtype_size(p->tensor.dtype) : 0;

    return values + p->bytes.capacity;
}

void fc__features_dispose(fc_features *f)
{
    if (f == NULL)
        return;
    for (size_t k = 0; k < f->n_outputs; k++) {
        fc_tensor_dispose(&f->outputs[k]);
        free((void *)f->times[k].intervals);
    }
    free(f->times);
    free(f->outputs);
    *f = (fc_features)FC_FEATURES_INIT;
}

fc_status fc__encoder_worker_create(fc_encoder_worker **out, const fc_encoder *e, fc_error *err)
{
    fc_encoder_worker *w = fc__alloc_array(1, sizeof(*w));
    fc_status st;

    *out = NULL;
    if (w == NULL)
        return fc__nomem(err, sizeof(*w), "a worker of an encoder");
    w->encoder = e;
    st = fc__builtin_worker_create(e->builtin, e->self, &w->state, err);
    if (st != FC_OK) {
        free(w);
        return st;
    }
    *out = w;
    return FC_OK;
}

void fc__encoder_worker_destroy(fc_encoder_worker *w)
{
    if (w == NULL)
        return;
    fc__builtin_worker_destroy(w->encoder->builtin, w->state);
    free(w);
}

static fc_status check_input(const fc_encoder *e, const fc_input *in, fc_error *err)
{
    const fc_modality modality = e->builtin->modality;

    if (in->modality != modality)
        return fc_error_set(err, FC_E_INVALID, "%s: %s takes %s, not %s", in->name,
                            e->builtin->name, fc_modality_name(modality),
                            fc_modality_name(in->modality));
    if ((in->start_s != 0.0 || in->end_s != 0.0) && modality != FC_AUDIO)
        return fc_error_set(err, FC_E_INVALID, "%s: a time span of %s; leave start_s and end_s out",
                            in->name, fc_modality_name(modality));
    if (in->n_bytes == 0)
        return fc_error_set(err, FC_E_FORMAT, "%s: empty; there is nothing to encode", in->name);
    return FC_OK;
}

fc_status fc__encoder_prepare(fc_encoder_worker *w, const fc_input *in, fc_prepared *out,
                              fc_error *err)
{
    const fc_encoder *e = w->encoder;
    fc_status st;

    fc__prepared_dispose(out);
    st = check_input(e, in, err);
    if (st != FC_OK)
        return st;
    st = e->builtin->ops->prepare(e->self, w->state, in, out, err);
    if (st != FC_OK)
        fc__prepared_dispose(out);
    return st;
}

fc_status fc__encoder_name_row(fc_encoder_worker *w, const fc_prepared *in, size_t row, fc_buf *out,
                               fc_error *err)
{
    const fc_encoder_ops *ops = w->encoder->builtin->ops;

    return ops->name_row != NULL ? ops->name_row(w->encoder->self, in, row, out, err)
                                 : FC_E_NOT_FOUND;
}

fc_status fc__encoder_note(fc_encoder_worker *w, const fc_prepared *in, fc_buf *out, fc_error *err)
{
    const fc_encoder *e = w->encoder;

    return e->builtin->learning->note(e->self, w->state, in, out, err);
}

/* From one tensor for each output of the built-in to one for each output of the card. */
static void keep_chosen(const fc_encoder *e, const bool *asked, fc_features *f)
{
    for (size_t k = 0; k < f->n_outputs; k++)
        if (!asked[k])
            fc_tensor_dispose(&f->outputs[k]);
    for (size_t k = 0; k < e->n_outputs; k++) {
        const size_t from = e->index[k];

        if (from == k)
            continue;
        assert(from > k); /* ascending: what stood at k has moved, or was not asked for */
        f->outputs[k] = f->outputs[from];
        f->outputs[from] = (fc_tensor)FC_TENSOR_INIT;
        f->times[k] = f->times[from];
        f->times[from] = (fc_time_axis){.kind = FC_TIME_NONE};
    }
    f->n_outputs = e->n_outputs;
}

static fc_status check_features(const fc_encoder *e, const bool *wanted, const fc_features *f,
                                fc_error *err)
{
    for (size_t k = 0; k < e->n_outputs; k++) {
        fc_status st;

        if (wanted != NULL && !wanted[k])
            continue;
        st = fc__encoder_check_output(&e->outputs[k], &f->outputs[k], err);
        if (st != FC_OK)
            return st;
        /* A vector stands for all of the input; only rows lie in time. */
        assert(f->times[k].kind == FC_TIME_NONE || e->outputs[k].rank > 1);
    }
    return FC_OK;
}

static fc_status make_room(const fc_encoder *e, fc_features *f, fc_error *err)
{
    const size_t n = e->n_made;

    f->outputs = fc__alloc_array(n, sizeof(*f->outputs));
    f->times = fc__alloc_array(n, sizeof(*f->times)); /* zeroed: no time */
    if (f->outputs == NULL || f->times == NULL) {
        fc__features_dispose(f);
        return fc__nomem(err, n * sizeof(*f->outputs), "features");
    }
    f->n_outputs = n;
    for (size_t k = 0; k < n; k++)
        f->outputs[k] = (fc_tensor)FC_TENSOR_INIT;
    return FC_OK;
}

fc_status fc__encoder_run(fc_encoder_worker *w, const fc_prepared *const *in, size_t n,
                          const bool *wanted, fc_features *const *out, fc_error *err)
{
    const fc_encoder *e = w->encoder;
    bool asked[FC_MODEL_OUTPUTS_MAX] = {false}; /* of the outputs that are made */
    fc_status st = FC_OK;

    for (size_t k = 0; k < e->n_outputs; k++)
        asked[e->index[k]] = wanted == NULL || wanted[k];
    for (size_t i = 0; i < n; i++)
        fc__features_dispose(out[i]);
    for (size_t i = 0; i < n && st == FC_OK; i++)
        st = make_room(e, out[i], err);
    if (st != FC_OK)
        goto done;
    st = e->builtin->ops->run(e->self, w->state, in, n, asked, out, err);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        keep_chosen(e, asked, out[i]);
        st = check_features(e, wanted, out[i], err);
    }

done:
    for (size_t i = 0; i < n && st != FC_OK; i++)
        fc__features_dispose(out[i]);
    return st;
}
