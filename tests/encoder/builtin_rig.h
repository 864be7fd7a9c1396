/*
 * A built-in encoder ready to run, straight through its table of functions: for tests of what the
 * encoders themselves do, without cards.
 */
#ifndef BUILTIN_RIG_H
#define BUILTIN_RIG_H

#include "decode/golden_files.h"

#include "fc_builtin.h"
#include "fc_hash.h"

typedef struct builtin_rig {
    const fc_builtin *builtin;
    double values[FC_BUILTIN_MAX_PARAMS];
    void *self, *worker;
    fc_error err;
} builtin_rig;

/* A rig with default parameters; change `values`, then builtin_rig_open. */
static inline void builtin_rig_init(builtin_rig *r, const char *name)
{
    memset(r, 0, sizeof(*r));
    r->builtin = fc__builtin_find(name);
    assert_non_null(r->builtin);
    fc__builtin_defaults(r->builtin, r->values);
}

static inline void builtin_rig_set(builtin_rig *r, const char *param, double value)
{
    const size_t at = fc__builtin_param(r->builtin, param);

    assert_true(at < r->builtin->n_params);
    r->values[at] = value;
}

static inline void builtin_rig_open(builtin_rig *r)
{
    assert_status(FC_OK, r->builtin->create(&r->self, r->values, &r->err), &r->err);
    assert_status(FC_OK, fc__builtin_worker_create(r->builtin, r->self, &r->worker, &r->err),
                  &r->err);
}

static inline void builtin_rig_close(builtin_rig *r)
{
    fc__builtin_worker_destroy(r->builtin, r->worker);
    r->builtin->ops->destroy(r->self);
}

typedef struct builtin_result {
    fc_tensor outputs[FC_BUILTIN_MAX_OUTPUTS];
    fc_time_axis times[FC_BUILTIN_MAX_OUTPUTS];
} builtin_result;

static inline void builtin_result_dispose(builtin_result *x)
{
    for (size_t k = 0; k < FC_BUILTIN_MAX_OUTPUTS; k++) {
        fc_tensor_dispose(&x->outputs[k]);
        free((void *)x->times[k].intervals);
    }
}

static inline fc_status builtin_run(builtin_rig *r, const fc_prepared *prepared, const bool *wanted,
                                    builtin_result *out)
{
    static const bool all[FC_BUILTIN_MAX_OUTPUTS] = {true, true, true, true};
    fc_features features = {
        .outputs = out->outputs, .times = out->times, .n_outputs = r->builtin->n_outputs};
    fc_features *to[] = {&features};

    memset(out, 0, sizeof(*out));
    return r->builtin->ops->run(r->self, r->worker, &prepared, 1, wanted != NULL ? wanted : all, to,
                                &r->err);
}

/* Bytes of a file or a text to all outputs. */
static inline void builtin_encode(builtin_rig *r, const void *bytes, size_t n, builtin_result *out)
{
    const fc_input in = {r->builtin->modality, bytes, n, 0, 0, "test", NULL};
    fc_prepared prepared = {.tensor = FC_TENSOR_INIT, .bytes = FC_BUF_INIT};

    assert_status(FC_OK, r->builtin->ops->prepare(r->self, r->worker, &in, &prepared, &r->err),
                  &r->err);
    assert_status(FC_OK, builtin_run(r, &prepared, NULL, out), &r->err);
    fc_tensor_dispose(&prepared.tensor);
    fc_buf_dispose(&prepared.bytes);
}

/* Each output has the shape its specification promises. */
static inline void builtin_check_shapes(const builtin_rig *r, const builtin_result *x)
{
    fc_builtin_output specs[FC_BUILTIN_MAX_OUTPUTS];

    r->builtin->outputs(r->values, specs);
    for (size_t k = 0; k < r->builtin->n_outputs; k++) {
        const fc_tensor *t = &x->outputs[k];

        assert_int_equal(t->dtype, FC_F32);
        assert_int_equal(t->rank, specs[k].rank);
        for (uint32_t d = 0; d < t->rank; d++)
            if (d > 0 || specs[k].shape[0] != 0)
                assert_int_equal(t->shape[d], specs[k].shape[d]);
    }
}

static inline double tensor_dot(const fc_tensor *a, const fc_tensor *b)
{
    const float *x = a->data, *y = b->data;
    double sum = 0;

    assert_int_equal(fc_tensor_count(a), fc_tensor_count(b));
    for (size_t i = 0; i < fc_tensor_count(a); i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

/* The outputs' bits as a hash: what "bit-identical everywhere" is pinned by. */
static inline void builtin_hash(const builtin_rig *r, const builtin_result *x,
                                char hex[FC_U128_HEX_BYTES])
{
    fc_xxh128 *h = NULL;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__xxh128_create(&h, &err), &err);
    for (size_t k = 0; k < r->builtin->n_outputs; k++)
        fc__xxh128_update(h, x->outputs[k].data, fc_tensor_count(&x->outputs[k]) * sizeof(float));
    fc__u128_hex(fc__xxh128_final(h), hex);
    fc__xxh128_destroy(h);
}

#endif /* BUILTIN_RIG_H */
