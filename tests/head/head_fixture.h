/*
 * The head of the goldens: three inputs, a unit vector of 5, rows of 4 by mean, rows of 6 by
 * attention with two queries.
 */
#ifndef HEAD_FIXTURE_H
#define HEAD_FIXTURE_H

#include "head_goldens.h"

#include "fc_head.h"

#define FIXTURE_DIM 7

static inline float *golden_array(const char *name, int i)
{
    char whole[64];
    fc_tensor t;
    float *out;

    snprintf(whole, sizeof(whole), "head_%s%d", name, i);
    t = golden_load(whole);
    out = malloc(fc_tensor_count(&t) * sizeof(*out));
    assert_non_null(out);
    memcpy(out, t.data, fc_tensor_count(&t) * sizeof(*out));
    fc_tensor_dispose(&t);
    return out;
}

/* Inputs `first` to `last` of the goldens. */
static inline fc_head golden_head(int first, int last, fc_fuse fuse)
{
    static const float logits[] = {0.25f, -0.5f, 0.75f};
    static const uint32_t dims[] = {5, 4, 6};
    static const fc_pooling poolings[] = {
        {.kind = FC_POOLING_NONE},
        {.kind = FC_POOLING_MEAN},
        {.kind = FC_POOLING_ATTENTION, .n_queries = 2},
    };
    fc_head h = FC_HEAD_INIT;

    h.dim = FIXTURE_DIM;
    h.fuse = fuse;
    for (int i = first; i <= last; i++) {
        fc_head_input *in = &h.inputs[h.n_inputs++];

        in->pooling = poolings[i];
        in->dim = dims[i];
        in->unit = i == 0;
        in->mean = golden_array("mean", i);
        in->scale = golden_array("scale", i);
        in->weight = golden_array("weight", i);
        in->bias = golden_array("bias", i);
        in->gate_bias = logits[i];
        if (fuse == FC_FUSE_ATTENTION)
            in->gate = golden_array("gate", i);
        if (i == 2)
            in->queries = golden_array("queries", i);
    }
    return h;
}

/* The items of the goldens; dispose of the three tensors. */
static inline void golden_items(fc_head_item items[3], fc_tensor tensors[3])
{
    for (int i = 0; i < 3; i++) {
        char name[16];

        snprintf(name, sizeof(name), "head_x%d", i);
        tensors[i] = golden_load(name);
        items[i] = (fc_head_item){tensors[i].data, (size_t)tensors[i].shape[0]};
    }
}

static inline void dispose_items(fc_tensor tensors[3])
{
    for (int i = 0; i < 3; i++)
        fc_tensor_dispose(&tensors[i]);
}

#endif /* HEAD_FIXTURE_H */
