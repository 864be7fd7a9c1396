/*
 * A built-in encoder for tests whose features are as wrong as its parameter `mode` says: what the
 * checks around an encoder are tried on.
 */
#ifndef FAKE_BUILTIN_H
#define FAKE_BUILTIN_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_builtin.h"
#include "fc_card_build.h"

typedef enum fake_mode {
    FAKE_GOOD,
    FAKE_NAN,   /* in `pooled` */
    FAKE_INF,   /* in `map` */
    FAKE_ZERO,  /* all outputs are zero */
    FAKE_WIDE,  /* `pooled` has one element too many */
    FAKE_EMPTY, /* `seq` has no rows */
    FAKE_LAZY,  /* nothing is filled in */
    FAKE_FAILS
} fake_mode;

static const char *const fake_modes[] = {"good",  "nan",  "inf",   "zero", "wide",
                                         "empty", "lazy", "fails", NULL};
static const fc_param_spec fake_params[] = {
    {"size", FC_PARAM_INT, 2, 64, 4, NULL, "elements of a vector"},
    {"mode", FC_PARAM_CHOICE, 0, 0, FAKE_GOOD, fake_modes, "what is wrong"},
    {"clip", FC_PARAM_REAL, 0, 1, 0.1, NULL, "a number"},
    {"signed", FC_PARAM_FLAG, 0, 1, 1, NULL, "a flag"},
};

typedef struct fake_self {
    uint64_t size;
    fake_mode mode;
} fake_self;

/* How often what is made was released: both must be equal at the end. */
static int fake_made, fake_released;

static fc_status fake_check(const double *values, fc_error *err)
{
    if (values[0] == 13.0)
        return fc_error_set(err, FC_E_INVALID, "size 13 brings bad luck; take 12 or 14");
    return FC_OK;
}

static void fake_outputs(const double *values, fc_builtin_output *out)
{
    const uint64_t size = (uint64_t)values[0];

    out[0] = (fc_builtin_output){"map", FC_F16, 3, {2, 2, size}, false};
    out[1] = (fc_builtin_output){"seq", FC_I8, 2, {0, size}, false};
    out[2] = (fc_builtin_output){"pooled", FC_F32, 1, {size}, true};
}

static fc_status fake_create(void **self, const double *values, fc_error *err)
{
    fake_self *made = malloc(sizeof(*made));

    (void)err;
    assert_non_null(made);
    *made = (fake_self){(uint64_t)values[0], (fake_mode)values[1]};
    *self = made;
    fake_made++;
    return FC_OK;
}

static void fake_destroy(void *self)
{
    free(self);
    fake_released++;
}

static fc_status fake_worker_create(const void *self, void **worker, fc_error *err)
{
    (void)self;
    (void)err;
    *worker = malloc(1);
    assert_non_null(*worker);
    fake_made++;
    return FC_OK;
}

static void fake_worker_destroy(void *worker)
{
    free(worker);
    fake_released++;
}

/* The first byte of the input is the value of every feature; '!' cannot be prepared. */
static fc_status fake_prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                              fc_error *err)
{
    fc_status st = fc_buf_append(&out->bytes, in->bytes, 1, err);

    (void)self;
    (void)worker;
    if (st == FC_OK && in->bytes[0] == '!')
        st = fc_error_set(err, FC_E_FORMAT, "%s: cannot be read", in->name);
    return st;
}

static fc_status fake_fill(fc_tensor *t, uint32_t rank, const uint64_t *shape, float value)
{
    const fc_status st = fc_tensor_alloc(t, FC_F32, rank, shape, NULL);

    for (size_t i = 0; st == FC_OK && i < fc_tensor_count(t); i++)
        ((float *)t->data)[i] = value;
    return st;
}

static fc_status fake_run_one(const fake_self *s, const fc_prepared *in, const bool *wanted,
                              fc_features *out)
{
    const float value = s->mode == FAKE_ZERO ? 0.0f : (float)in->bytes.data[0];
    const uint64_t map[] = {2, 2, s->size}, seq[] = {3, s->size};
    const uint64_t pooled[] = {s->size + (s->mode == FAKE_WIDE)};

    if (s->mode == FAKE_LAZY)
        return FC_OK;
    if (wanted[0] && fake_fill(&out->outputs[0], 3, map, value) != FC_OK)
        return FC_E_NOMEM;
    if (wanted[1] && fake_fill(&out->outputs[1], 2, seq, value) != FC_OK)
        return FC_E_NOMEM;
    if (wanted[2] && fake_fill(&out->outputs[2], 1, pooled, value) != FC_OK)
        return FC_E_NOMEM;
    if (wanted[2] && s->mode == FAKE_NAN)
        ((float *)out->outputs[2].data)[1] = NAN;
    if (wanted[0] && s->mode == FAKE_INF)
        ((float *)out->outputs[0].data)[5] = -INFINITY;
    if (wanted[1] && s->mode == FAKE_EMPTY)
        out->outputs[1].shape[0] = 0;
    return FC_OK;
}

static fc_status fake_run(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                          const bool *wanted, fc_features *const *out, fc_error *err)
{
    (void)worker;
    for (size_t i = 0; i < n; i++) {
        const fc_status st = fake_run_one(self, in[i], wanted, out[i]);

        if (st != FC_OK)
            return st;
    }
    if (((const fake_self *)self)->mode == FAKE_FAILS)
        return fc_error_set(err, FC_E_FORMAT, "the fake failed");
    return FC_OK;
}

static const char *fake_versions(void)
{
    return "libfake 1.2";
}

static const fc_encoder_ops fake_ops = {
    "fake", fake_destroy, fake_worker_create, fake_worker_destroy, fake_prepare, fake_run, NULL};

static const fc_builtin fake_builtin = {
    .name = "builtin/fake",
    .modality = FC_TEXT,
    .code_version = 7,
    .params = fake_params,
    .n_params = 4,
    .n_outputs = 3,
    .batch_hint = 5,
    .check = fake_check,
    .outputs = fake_outputs,
    .create = fake_create,
    .ops = &fake_ops,
    .versions = fake_versions,
};

/* A card of the fake; chosen and values as `draft` has them. */
static inline fc_card *fake_card(const fc_card_draft *draft)
{
    fc_error err = FC_ERROR_INIT;
    fc_card *card = NULL;

    assert_status(FC_OK, fc__card_build(&card, draft, &err), &err);
    return card;
}

static inline fc_card_draft fake_draft(void)
{
    fc_card_draft draft;

    fc__card_draft_init(&draft, &fake_builtin, "fake", "fake.yaml");
    return draft;
}

#endif /* FAKE_BUILTIN_H */
