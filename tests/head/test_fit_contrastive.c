/*
 * Fitting by contrast: the non-linear case that no linear map of means can see, stopping, repeating
 * itself to the bit, and data that is too little, broken, repeated or flat.
 */
#include "fit_fixture.h"

typedef struct world {
    fc_rng rng;
    fit_fixture *f;
    float *a, *b;
    size_t dim_a, dim_b;
    fc_head heads[FC_FIT_BRANCHES_MAX];
    fc_fit_report report;
    fc_error err;
} world;

/* Two linear views of one latent vector, `noise` beside it. */
static world *linear_world(size_t n, size_t dim_a, size_t dim_b, double noise)
{
    world *w = calloc(1, sizeof(*w));
    float *latent;

    assert_non_null(w);
    w->rng = fc__rng_seed(7);
    w->dim_a = dim_a;
    w->dim_b = dim_b;
    latent = fit_normals(&w->rng, n * 4);
    w->a = fit_view(&w->rng, latent, n, 4, dim_a, noise);
    w->b = fit_view(&w->rng, latent, n, 4, dim_b, noise);
    w->f = fit_create(n);
    fit_add(w->f, FC_IMAGE, w->a, n, (uint32_t)dim_a, NULL);
    fit_add(w->f, FC_TEXT, w->b, n, (uint32_t)dim_b, NULL);
    free(latent);
    return w;
}

static void clear(world *w)
{
    for (size_t b = 0; b < FC_FIT_BRANCHES_MAX; b++)
        fc__head_dispose(&w->heads[b]);
    free(w->report.tried_json);
    w->report.tried_json = NULL;
}

static void destroy(world *w)
{
    clear(w);
    free(w->f);
    free(w->a);
    free(w->b);
    free(w);
}

static fc_status fit(world *w, const fc_fit_options *opts)
{
    clear(w);
    w->err = (fc_error)FC_ERROR_INIT;
    return fc__fit(&w->f->data, opts, w->heads, &w->report, &w->err);
}

static fc_fit_options options(fc_fit_method method)
{
    return (fc_fit_options){.method = method, .penalty = 0.1, .seed = 5, .epochs = 5};
}

#define TOKENS    12
#define KEY_DIM   4
#define WORD_DIM  12
#define TOKEN_DIM (KEY_DIM + WORD_DIM)
#define LEARNT    600
#define ASKED     200

/* Twelve tokens an item, one of which is marked by its first elements and says what the other branch
 * says; the others say something else. Where it stands differs, and the mean drowns it. */
static world *marked_world(void)
{
    const size_t n = LEARNT + ASKED;
    world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    w->rng = fc__rng_seed(17);
    w->dim_b = WORD_DIM;
    w->a = fit_normals(&w->rng, n * TOKENS * TOKEN_DIM);
    w->b = fit_normals(&w->rng, n * WORD_DIM);
    for (size_t i = 0; i < n; i++) {
        const size_t marked = (size_t)fc__rng_below(&w->rng, TOKENS);

        for (size_t t = 0; t < TOKENS; t++) {
            float *token = w->a + (i * TOKENS + t) * TOKEN_DIM;

            for (size_t k = 0; k < KEY_DIM; k++)
                token[k] = 0.3f * token[k] + (t == marked ? 2.0f : 0.0f);
            for (size_t k = 0; k < WORD_DIM && t == marked; k++)
                token[KEY_DIM + k] =
                    w->b[i * WORD_DIM + k] + 0.2f * (float)fc__rng_normal(&w->rng);
        }
    }
    w->f = fit_create(n);
    fit_add(w->f, FC_IMAGE, w->a, n, TOKEN_DIM, NULL);
    fit_add(w->f, FC_TEXT, w->b, n, WORD_DIM, NULL);
    w->f->data.branches[0].inputs[0].is_vector = false;
    w->f->branches[0].n_rows[0] = TOKENS;
    w->f->data.n_groups = LEARNT;
    return w;
}

/* Of the groups that were not learnt from, how many find their own first among those. */
static double recall_of_asked(world *w)
{
    const size_t dim = w->heads[0].dim;
    float *x = calloc(ASKED, 2 * dim * sizeof(*x)), *y = x + ASKED * dim;
    size_t hits = 0;

    assert_non_null(x);
    for (size_t i = 0; i < ASKED; i++) {
        fc_head_item items[FC_HEAD_INPUTS_MAX];

        fit_item(w->f, LEARNT + i, 0, 0, items, &w->err);
        assert_status(FC_OK, fc__head_apply(&w->heads[0], items, x + i * dim, &w->err), &w->err);
        fit_item(w->f, LEARNT + i, 1, 0, items, &w->err);
        assert_status(FC_OK, fc__head_apply(&w->heads[1], items, y + i * dim, &w->err), &w->err);
    }
    for (size_t i = 0; i < ASKED; i++) {
        size_t best = 0;
        float most = -2;

        for (size_t j = 0; j < ASKED; j++) {
            float s = 0;

            for (size_t k = 0; k < dim; k++)
                s += x[i * dim + k] * y[j * dim + k];
            best = s > most ? j : best;
            most = s > most ? s : most;
        }
        hits += best == i;
    }
    free(x);
    return (double)hits / ASKED;
}

static void test_fit_contrastive__attention_sees_what_means_hide(void **state)
{
    fc_fit_options opts = {.method = FC_FIT_RIDGE, .seed = 3};
    world *w = marked_world();
    double ridge, cca, attention;

    (void)state;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    ridge = recall_of_asked(w);
    opts.method = FC_FIT_CCA;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    cca = recall_of_asked(w);
    opts.method = FC_FIT_CONTRASTIVE;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    attention = recall_of_asked(w);
    print_message("recall@1 of %d: ridge %.3f, cca %.3f, contrastive %.3f in %.1f s\n", ASKED, ridge,
                  cca, attention, w->report.seconds);
    assert_int_equal(w->heads[0].inputs[0].pooling.kind, FC_POOLING_ATTENTION);
    assert_true(attention > 0.9);
    assert_true(ridge < 0.4 && cca < 0.4);
    destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit_contrastive__attention_sees_what_means_hide),
    };

    return cmocka_run_group_tests_name("fit_contrastive", tests, NULL, NULL);
}
