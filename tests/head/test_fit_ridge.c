/*
 * Ridge against scikit-learn, its penalty by cross-validation, and what it makes of odd data.
 */
#include "fit_fixture.h"

#define TOLERANCE 2e-5 /* heads are single precision */

/* Images and texts of the goldens. */
typedef struct golden {
    fc_tensor x, y, gx, gy;
    fit_fixture *f;
} golden;

static golden golden_data(void)
{
    golden g = {golden_load("fit_x"), golden_load("fit_y"), golden_load("fit_gx"),
                golden_load("fit_gy"), fit_create(70)};

    fit_add(g.f, FC_IMAGE, g.x.data, (size_t)g.x.shape[0], 6, g.gx.data);
    fit_add(g.f, FC_TEXT, g.y.data, (size_t)g.y.shape[0], 4, g.gy.data);
    return g;
}

static void golden_dispose(golden *g)
{
    fc_tensor_dispose(&g->x);
    fc_tensor_dispose(&g->y);
    fc_tensor_dispose(&g->gx);
    fc_tensor_dispose(&g->gy);
    free(g->f);
}

static float *embed(const fc_head *h, const fc_tensor *t)
{
    return fit_embed(h, t->data, (size_t)t->shape[0]);
}

static void heads_dispose(fc_head *heads, fc_fit_report *report)
{
    for (size_t b = 0; b < FC_FIT_BRANCHES_MAX; b++)
        fc__head_dispose(&heads[b]);
    free(report->tried_json);
    report->tried_json = NULL;
}

static void matches_golden(const char *name, double penalty)
{
    golden g = golden_data();
    fc_head heads[FC_FIT_BRANCHES_MAX] = {FC_HEAD_INIT};
    fc_fit_options opts = {.method = FC_FIT_RIDGE, .penalty = penalty};
    fc_fit_report report;
    fc_error err = FC_ERROR_INIT;
    float *x, *y;

    assert_status(FC_OK, fc__fit(&g.f->data, &opts, heads, &report, &err), &err);
    assert_int_equal(report.dim, 4);
    assert_string_equal(report.dim_why, "the anchor's");
    assert_int_equal(report.n_groups, 70);
    assert_int_equal(report.n_items, g.x.shape[0] + g.y.shape[0]);
    assert_int_equal(report.n_skipped, 0);
    x = embed(&heads[0], &g.x);
    y = embed(&heads[1], &g.y);
    assert_golden(name, x, (size_t)g.x.shape[0] * 4, TOLERANCE);
    assert_golden("ridge_y", y, (size_t)g.y.shape[0] * 4, TOLERANCE);
    /* The constant feature has no weight. */
    assert_true(heads[0].inputs[0].scale[5] == 0);
    free(y);
    free(x);
    heads_dispose(heads, &report);
    golden_dispose(&g);
}

static void test_fit_ridge__is_that_of_scikit_learn(void **state)
{
    (void)state;
    matches_golden("ridge_weak_x", 0.01);
    matches_golden("ridge_strong_x", 3);
}

/* Cosines between all rows of both, which no sign of a direction changes. */
static void cosines_match(const char *name, fc_fit_options opts, const char *why)
{
    golden g = golden_data();
    fc_head heads[FC_FIT_BRANCHES_MAX] = {FC_HEAD_INIT};
    const size_t nx = (size_t)g.x.shape[0], ny = (size_t)g.y.shape[0];
    float *x, *y, *products = calloc(nx * ny, sizeof(*products));
    fc_fit_report report;
    fc_error err = FC_ERROR_INIT;

    assert_non_null(products);
    assert_status(FC_OK, fc__fit(&g.f->data, &opts, heads, &report, &err), &err);
    assert_non_null(strstr(report.dim_why, why));
    x = embed(&heads[0], &g.x);
    y = embed(&heads[1], &g.y);
    for (size_t i = 0; i < nx; i++)
        for (size_t j = 0; j < ny; j++)
            for (size_t k = 0; k < report.dim; k++)
                products[i * ny + j] += x[report.dim * i + k] * y[report.dim * j + k];
    assert_golden(name, products, nx * ny, TOLERANCE);
    free(y);
    free(x);
    free(products);
    heads_dispose(heads, &report);
    golden_dispose(&g);
}

static void test_fit_ridge__keeps_the_widest_directions_of_the_anchor(void **state)
{
    (void)state;
    cosines_match("ridge_two_products",
                  (fc_fit_options){.method = FC_FIT_RIDGE, .penalty = 3, .dim = 2},
                  "the anchor has 4");
}

static void test_fit_ridge__whitening_is_that_of_scikit_learn(void **state)
{
    (void)state;
    cosines_match("ridge_white_products",
                  (fc_fit_options){.method = FC_FIT_RIDGE, .penalty = 3, .whiten = true},
                  "the anchor's");
}

/* 300 groups of two noisy views: well found again in groups that were not learnt from, the same on
 * every run, and the report says which penalties were tried. */
static void test_fit_ridge__cross_validates_and_repeats(void **state)
{
    fc_rng rng = fc__rng_seed(7);
    float *z = fit_normals(&rng, 400 * 6);
    float *a = fit_view(&rng, z, 400, 6, 40, 0.8), *b = fit_view(&rng, z, 400, 6, 20, 0.8);
    fit_fixture *f = fit_create(300);
    fc_head heads[2][FC_FIT_BRANCHES_MAX] = {{FC_HEAD_INIT}};
    fc_fit_options opts = {.method = FC_FIT_RIDGE, .seed = 3, .anchor = 2};
    fc_fit_report report[2];
    fc_error err = FC_ERROR_INIT;
    double recall;

    (void)state;
    fit_add(f, FC_IMAGE, a, 300, 40, NULL);
    fit_add(f, FC_AUDIO, b, 300, 20, NULL);
    for (int i = 0; i < 2; i++)
        assert_status(FC_OK, fc__fit(&f->data, &opts, heads[i], &report[i], &err), &err);
    assert_string_equal(report[0].tried_json, report[1].tried_json);
    assert_non_null(strstr(report[0].tried_json, "\"method\":\"ridge\""));
    assert_non_null(strstr(report[0].tried_json, "\"penalty\":0.0001,"));
    assert_non_null(strstr(report[0].tried_json, "\"chosen\":[{\"branch\":0,\"penalty\":"));
    for (int i = 0; i < 2; i++)
        assert_memory_equal(heads[0][0].inputs[0].weight, heads[1][0].inputs[0].weight,
                            40 * 20 * sizeof(float));
    recall = fit_recall(&heads[0][0], a + 300 * 40, &heads[0][1], b + 300 * 20, 100);
    if (recall < 0.5)
        fail_msg("recall@1 of 100 new groups is %g", recall);
    heads_dispose(heads[0], &report[0]);
    heads_dispose(heads[1], &report[1]);
    free(f);
    free(b);
    free(a);
    free(z);
}

/* Two inputs of one branch, one of them missing in a third of the items, against one input with
 * both side by side where nothing is missing. */
static void test_fit_ridge__takes_several_inputs(void **state)
{
    fc_rng rng = fc__rng_seed(8);
    float *z = fit_normals(&rng, 200 * 4);
    float *a = fit_view(&rng, z, 200, 4, 7, 0.5), *b = fit_view(&rng, z, 200, 4, 5, 0.5);
    float *text = fit_view(&rng, z, 200, 4, 6, 0.5), *both = malloc(200 * 12 * sizeof(*both));
    fit_fixture *one = fit_create(200), *two = fit_create(200);
    fc_head heads[3][FC_FIT_BRANCHES_MAX] = {{FC_HEAD_INIT}};
    fc_fit_options opts = {.method = FC_FIT_RIDGE, .penalty = 0.1};
    bool *missing = calloc(200, 1);
    fc_fit_report report[3];
    fc_error err = FC_ERROR_INIT;
    float out[2][6];

    (void)state;
    assert_true(both != NULL && missing != NULL);
    for (size_t i = 0; i < 200; i++) {
        memcpy(both + i * 12, a + i * 7, 7 * sizeof(float));
        memcpy(both + i * 12 + 7, b + i * 5, 5 * sizeof(float));
    }
    fit_add(one, FC_TEXT, text, 200, 6, NULL);
    fit_add(one, FC_IMAGE, both, 200, 12, NULL);
    fit_add(two, FC_TEXT, text, 200, 6, NULL);
    fit_add(two, FC_IMAGE, a, 200, 7, NULL);
    two->data.branches[1].n_inputs = 2;
    two->data.branches[1].inputs[1] = (fc_fit_input){.dim = 5, .is_vector = true};
    two->branches[1].rows[1] = b;
    assert_status(FC_OK, fc__fit(&one->data, &opts, heads[0], &report[0], &err), &err);
    assert_status(FC_OK, fc__fit(&two->data, &opts, heads[1], &report[1], &err), &err);
    assert_int_equal(heads[1][1].fuse, FC_FUSE_SUM);
    for (size_t i = 0; i < 200; i++) {
        const fc_head_item whole = {both + i * 12, 1};
        const fc_head_item parts[2] = {{a + i * 7, 1}, {b + i * 5, 1}};

        assert_status(FC_OK, fc__head_apply(&heads[0][1], &whole, out[0], &err), &err);
        assert_status(FC_OK, fc__head_apply(&heads[1][1], parts, out[1], &err), &err);
        assert_close("parts", out[0], out[1], 6, 1e-5);
    }
    for (size_t i = 0; i < 200; i += 3)
        missing[i] = true;
    two->branches[1].missing[1] = missing;
    assert_status(FC_OK, fc__fit(&two->data, &opts, heads[2], &report[2], &err), &err);
    for (size_t i = 0; i < 2; i++) {
        const fc_head_item parts[2] = {{a, 1}, {i == 0 ? NULL : b, 1}};

        assert_status(FC_OK, fc__head_apply(&heads[2][1], parts, out[i], &err), &err);
    }
    for (int i = 0; i < 3; i++)
        heads_dispose(heads[i], &report[i]);
    /* The anchor has one input. */
    opts.anchor = 2;
    assert_status(FC_E_INVALID, fc__fit(&two->data, &opts, heads[0], &report[0], &err), &err);
    assert_non_null(strstr(err.message, "vectors of one anchor"));
    free(missing);
    free(two);
    free(one);
    free(both);
    free(text);
    free(b);
    free(a);
    free(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit_ridge__is_that_of_scikit_learn),
        cmocka_unit_test(test_fit_ridge__keeps_the_widest_directions_of_the_anchor),
        cmocka_unit_test(test_fit_ridge__whitening_is_that_of_scikit_learn),
        cmocka_unit_test(test_fit_ridge__cross_validates_and_repeats),
        cmocka_unit_test(test_fit_ridge__takes_several_inputs),
    };

    return cmocka_run_group_tests_name("fit_ridge", tests, NULL, NULL);
}
