/*
 * Data to fit, in memory: items of branches, sorted by group.
 */
#ifndef FIT_FIXTURE_H
#define FIT_FIXTURE_H

#include "head_goldens.h"

#include "fc_fit.h"
#include "fc_rng.h"

#define FIT_GROUPS_MAX 20000

typedef struct fit_branch {
    size_t n;                                /* items */
    const float *rows[FC_HEAD_INPUTS_MAX];   /* n x (n_rows x dim) */
    const bool *missing[FC_HEAD_INPUTS_MAX]; /* n; NULL: none */
    size_t n_rows[FC_HEAD_INPUTS_MAX];       /* of an item; 0: 1 */
    size_t first[FIT_GROUPS_MAX + 1];        /* items of group g: first[g] to first[g + 1] */
} fit_branch;

typedef struct fit_fixture {
    fc_fit_data data;
    uint64_t keys[FIT_GROUPS_MAX];
    fit_branch branches[FC_FIT_BRANCHES_MAX];
} fit_fixture;

static inline size_t fit_n_items(void *self, size_t group, size_t branch)
{
    const fit_branch *b = &((fit_fixture *)self)->branches[branch];

    return b->first[group + 1] - b->first[group];
}

static inline fc_status fit_item(void *self, size_t group, size_t branch, size_t index,
                                 fc_head_item *items, fc_error *err)
{
    fit_fixture *f = self;
    const fit_branch *b = &f->branches[branch];
    const size_t at = b->first[group] + index;

    (void)err;
    for (size_t i = 0; i < f->data.branches[branch].n_inputs; i++) {
        const size_t n = b->n_rows[i] > 0 ? b->n_rows[i] : 1;
        const bool missing = b->missing[i] != NULL && b->missing[i][at];

        items[i] = (fc_head_item){
            missing ? NULL : b->rows[i] + at * n * f->data.branches[branch].inputs[i].dim, n};
    }
    return FC_OK;
}

static inline fit_fixture *fit_create(size_t n_groups)
{
    fit_fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    assert_true(n_groups <= FIT_GROUPS_MAX);
    for (size_t g = 0; g < n_groups; g++)
        f->keys[g] = g * UINT64_C(0x9E3779B97F4A7C15) + 1;
    f->data = (fc_fit_data){
        .self = f, .n_groups = n_groups, .keys = f->keys, .n_items = fit_n_items, .item = fit_item};
    return f;
}

/* A branch of one vector an item; groups[i] is that of item i, ascending (NULL: one a group). */
static inline void fit_add(fit_fixture *f, fc_modality modality, const float *rows, size_t n,
                           uint32_t dim, const float *groups)
{
    const size_t b = f->data.n_branches++;
    fit_branch *branch = &f->branches[b];

    f->data.branches[b] = (fc_fit_branch){.modality = modality, .n_inputs = 1};
    f->data.branches[b].inputs[0] = (fc_fit_input){.dim = dim, .is_vector = true};
    branch->rows[0] = rows;
    branch->n = n;
    for (size_t g = 0, i = 0; g <= f->data.n_groups; g++) {
        while (i < n && (groups != NULL ? (size_t)groups[i] : i) < g)
            i++;
        branch->first[g] = i;
    }
}

/* n x dim: a fixed random linear map of `latent` (n x k), plus noise. The caller frees it. */
static inline float *fit_view(fc_rng *rng, const float *latent, size_t n, size_t k, size_t dim,
                              double noise)
{
    float *map = malloc(k * dim * sizeof(*map)), *out = malloc(n * dim * sizeof(*out));

    assert_true(map != NULL && out != NULL);
    for (size_t i = 0; i < k * dim; i++)
        map[i] = (float)fc__rng_normal(rng);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < dim; j++) {
            double sum = noise * fc__rng_normal(rng);

            for (size_t l = 0; l < k; l++)
                sum += (double)latent[i * k + l] * (double)map[l * dim + j];
            out[i * dim + j] = (float)sum;
        }
    free(map);
    return out;
}

static inline float *fit_normals(fc_rng *rng, size_t n)
{
    float *out = malloc(n * sizeof(*out));

    assert_non_null(out);
    for (size_t i = 0; i < n; i++)
        out[i] = (float)fc__rng_normal(rng);
    return out;
}

/* The n rows of `rows` embedded, each with a direction; the caller frees it. */
static inline float *fit_embed(const fc_head *h, const float *rows, size_t n)
{
    float *out = malloc(n * h->dim * sizeof(*out));
    bool *ok = malloc(n);
    fc_error err = FC_ERROR_INIT;

    assert_true(out != NULL && ok != NULL);
    assert_status(FC_OK, fc__head_apply_vectors(h, rows, n, out, ok, &err), &err);
    for (size_t i = 0; i < n; i++)
        assert_true(ok[i]);
    free(ok);
    return out;
}

/* Part of the n embedded rows of x whose nearest row of y is their own. */
static inline double fit_share_found(const float *x, const float *y, size_t n, size_t dim)
{
    size_t hits = 0;

    for (size_t i = 0; i < n; i++) {
        size_t best = 0;
        float most = -2;

        for (size_t j = 0; j < n; j++) {
            float s = 0;

            for (size_t k = 0; k < dim; k++)
                s += x[i * dim + k] * y[j * dim + k];
            best = s > most ? j : best;
            most = s > most ? s : most;
        }
        hits += best == i;
    }
    return (double)hits / (double)n;
}

/* The same of rows that are to be embedded. */
static inline double fit_recall(const fc_head *ha, const float *a, const fc_head *hb,
                                const float *b, size_t n)
{
    float *x = fit_embed(ha, a, n), *y = fit_embed(hb, b, n);
    double share;

    assert_int_equal(ha->dim, hb->dim);
    share = fit_share_found(x, y, n, ha->dim);
    free(x);
    free(y);
    return share;
}

#endif /* FIT_FIXTURE_H */
