/*
 * Data and heads of every kind that is trained: a branch of three inputs (a vector that is made a
 * unit vector, rows by mean, rows by attention) of which some are missing, one of attention, one
 * linear; and groups without a branch.
 */
#ifndef CONTRAST_FIXTURE_H
#define CONTRAST_FIXTURE_H

#include "fit_fixture.h"

#include "fc_contrast.h"

#define CONTRAST_GROUPS 7
#define CONTRAST_DIM    5

typedef struct contrast_fixture {
    fit_fixture *f;
    fc_rng rng;
    float *rows[5];
    bool missing[3][CONTRAST_GROUPS];
    fc_head heads[3];
    fc_contrast_model model;
    fc_contrast_batch batch;
    size_t groups[CONTRAST_GROUPS];
    fc_error err;
} contrast_fixture;

static inline void contrast_input(contrast_fixture *c, size_t b, size_t i, uint32_t dim,
                                  size_t n_rows, fc_pooling pooling)
{
    const size_t n = CONTRAST_GROUPS * n_rows * dim, at = b == 0 ? i : 2 + b;
    fc_head_input *in = &c->heads[b].inputs[i];
    size_t pooled;

    c->rows[at] = fit_normals(&c->rng, n);
    c->f->branches[b].rows[i] = c->rows[at];
    c->f->branches[b].n_rows[i] = n_rows;
    c->f->data.branches[b].inputs[i] = (fc_fit_input){.dim = dim, .pooling = pooling};
    c->f->data.branches[b].n_inputs = i + 1;
    in->pooling = pooling;
    in->dim = dim;
    pooled = fc__head_pooled_dim(in);
    in->mean = fit_normals(&c->rng, pooled);
    in->scale = fit_normals(&c->rng, pooled);
    in->weight = fit_normals(&c->rng, pooled * CONTRAST_DIM);
    in->bias = fit_normals(&c->rng, CONTRAST_DIM);
    in->gate = fit_normals(&c->rng, pooled);
    in->gate_bias = (float)fc__rng_normal(&c->rng);
    if (pooling.kind == FC_POOLING_ATTENTION)
        in->queries = fit_normals(&c->rng, pooled);
    c->heads[b].n_inputs = (uint32_t)i + 1;
}

static inline void contrast_branch(contrast_fixture *c, fc_modality modality, fc_fuse fuse)
{
    const size_t b = c->f->data.n_branches++;

    c->f->data.branches[b].modality = modality;
    c->heads[b].dim = CONTRAST_DIM;
    c->heads[b].fuse = fuse;
    for (size_t g = 0; g <= CONTRAST_GROUPS; g++)
        c->f->branches[b].first[g] = g;
}

static inline contrast_fixture *contrast_create(fc_fuse fuse)
{
    contrast_fixture *c = calloc(1, sizeof(*c));

    assert_non_null(c);
    c->rng = fc__rng_seed(31);
    c->f = fit_create(CONTRAST_GROUPS);
    contrast_branch(c, FC_IMAGE, fuse);
    contrast_input(c, 0, 0, 4, 1, (fc_pooling){.kind = FC_POOLING_NONE});
    contrast_input(c, 0, 1, 3, 4, (fc_pooling){.kind = FC_POOLING_MEAN});
    contrast_input(c, 0, 2, 3, 6,
                   (fc_pooling){.kind = FC_POOLING_ATTENTION, .n_queries = 2, .skip_first = 1});
    c->heads[0].inputs[0].unit = true;
    c->missing[0][2] = c->missing[2][4] = c->missing[1][4] = true;
    for (size_t i = 0; i < 3; i++)
        c->f->branches[0].missing[i] = c->missing[i];
    contrast_branch(c, FC_TEXT, FC_FUSE_ONE);
    contrast_input(c, 1, 0, 4, 5, (fc_pooling){.kind = FC_POOLING_ATTENTION, .n_queries = 3});
    contrast_branch(c, FC_AUDIO, FC_FUSE_ONE);
    contrast_input(c, 2, 0, 6, 1, (fc_pooling){.kind = FC_POOLING_NONE});
    /* Group 3 has no text, two groups have one sound in common. */
    for (size_t g = 4; g <= CONTRAST_GROUPS; g++)
        c->f->branches[1].first[g]--;
    memcpy(c->rows[4] + 6, c->rows[4] + 5 * 6, 6 * sizeof(float));
    assert_status(FC_OK, fc__contrast_model_create(&c->model, c->heads, 3, 0.2, &c->err), &c->err);
    for (size_t g = 0; g < CONTRAST_GROUPS; g++)
        c->groups[g] = g;
    assert_status(FC_OK,
                  fc__contrast_batch_create(&c->batch, &c->model, CONTRAST_GROUPS,
                                            UINT64_C(1) << 24, &c->err),
                  &c->err);
    assert_status(FC_OK,
                  fc__contrast_batch_read(&c->batch, &c->model, &c->f->data, c->groups,
                                          CONTRAST_GROUPS, NULL, &c->err),
                  &c->err);
    return c;
}

static inline void contrast_destroy(contrast_fixture *c)
{
    fc__contrast_batch_dispose(&c->batch, &c->model);
    fc__contrast_model_dispose(&c->model);
    for (size_t b = 0; b < 3; b++)
        fc__head_dispose(&c->heads[b]);
    for (size_t i = 0; i < 5; i++)
        free(c->rows[i]);
    free(c->f);
    free(c);
}

/* Loss, and the whole gradient where it is wanted. */
static inline double contrast_loss(contrast_fixture *c, const double *theta, double *gradient,
                                   uint32_t n_threads)
{
    double loss, slope;
    size_t n_pairs;

    fc__contrast_forward(&c->model, theta, &c->batch, n_threads);
    assert_status(FC_OK,
                  fc__contrast_loss(&c->model, theta, &c->batch, &loss, &slope, &n_pairs, &c->err),
                  &c->err);
    assert_int_equal(n_pairs, 6 + 7 + 6);
    if (gradient != NULL) {
        fc__contrast_backward(&c->model, theta, &c->batch, gradient, n_threads);
        gradient[c->model.log_scale] = slope;
    }
    return loss;
}

#endif /* CONTRAST_FIXTURE_H */
