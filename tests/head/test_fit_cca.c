/*
 * Canonical correlations of two views and of three against SciPy and scikit-learn, their search,
 * and views that groups lack.
 */
#include "fit_fixture.h"

#define TOLERANCE 2e-5 /* heads are single precision */

static float *embed(const fc_head *h, const fc_tensor *t)
{
    return fit_embed(h, t->data, (size_t)t->shape[0]);
}

/* Cosines of all rows of two views. */
static void assert_cosines(const char *golden, const fc_head *ha, const fc_tensor *a,
                           const fc_head *hb, const fc_tensor *b)
{
    const size_t n = (size_t)a->shape[0], m = (size_t)b->shape[0];
    float *x = embed(ha, a), *y = embed(hb, b), *out = malloc(n * m * sizeof(*out));

    assert_non_null(out);
    assert_int_equal(ha->dim, hb->dim);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            double sum = 0;

            for (size_t k = 0; k < ha->dim; k++)
                sum += (double)x[i * ha->dim + k] * (double)y[j * ha->dim + k];
            out[i * m + j] = (float)sum;
        }
    assert_golden(golden, out, n * m, TOLERANCE);
    free(out);
    free(y);
    free(x);
}

static void heads_dispose(fc_head *heads, fc_fit_report *report)
{
    for (size_t b = 0; b < FC_FIT_BRANCHES_MAX; b++)
        fc__head_dispose(&heads[b]);
    free(report->tried_json);
    report->tried_json = NULL;
}

typedef struct golden {
    fc_tensor x, y, z, gx, gy, gz;
    fit_fixture *f;
} golden;

static golden golden_data(bool three)
{
    golden g = {golden_load("fit_x"),  golden_load("fit_y"),  golden_load("fit_z"),
                golden_load("fit_gx"), golden_load("fit_gy"), golden_load("fit_gz"),
                fit_create(70)};

    fit_add(g.f, FC_IMAGE, g.x.data, (size_t)g.x.shape[0], 6, g.gx.data);
    fit_add(g.f, FC_TEXT, g.y.data, (size_t)g.y.shape[0], 4, g.gy.data);
    if (three)
        fit_add(g.f, FC_AUDIO, g.z.data, (size_t)g.z.shape[0], 5, g.gz.data);
    return g;
}

static void golden_dispose(golden *g)
{
    fc_tensor *all[] = {&g->x, &g->y, &g->z, &g->gx, &g->gy, &g->gz};

    for (size_t i = 0; i < 6; i++)
        fc_tensor_dispose(all[i]);
    free(g->f);
}

static void test_fit_cca__of_two_is_that_of_scipy(void **state)
{
    static const struct {
        const char *name;
        double penalty;
        uint32_t dim;
    } cases[] = {{"cca_weak", 0.05, 4}, {"cca_strong", 2, 4}};
    golden g = golden_data(false);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fc_head heads[FC_FIT_BRANCHES_MAX] = {FC_HEAD_INIT};
        fc_fit_options opts = {.method = FC_FIT_CCA, .penalty = cases[i].penalty};
        fc_fit_report report;
        fc_error err = FC_ERROR_INIT;

        assert_status(FC_OK, fc__fit(&g.f->data, &opts, heads, &report, &err), &err);
        assert_int_equal(report.dim, cases[i].dim);
        assert_string_equal(report.dim_why, "the rank of the data");
        assert_cosines(cases[i].name, &heads[0], &g.x, &heads[1], &g.y);
        heads_dispose(heads, &report);
    }
    golden_dispose(&g);
}

static void test_fit_cca__of_three_is_that_of_scipy(void **state)
{
    golden g = golden_data(true);
    fc_tensor r = golden_load("gcca_r");
    fc_head heads[FC_FIT_BRANCHES_MAX] = {FC_HEAD_INIT};
    fc_fit_options opts = {.method = FC_FIT_CCA, .penalty = 0.5};
    fc_fit_report report;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__fit(&g.f->data, &opts, heads, &report, &err), &err);
    assert_int_equal(report.dim, r.shape[0]);
    assert_cosines("gcca_xy", &heads[0], &g.x, &heads[1], &g.y);
    assert_cosines("gcca_xz", &heads[0], &g.x, &heads[2], &g.z);
    heads_dispose(heads, &report);
    fc_tensor_dispose(&r);
    golden_dispose(&g);
}

/* Groups that lack views, against the matrix that is as large as the groups are many. */
static void test_fit_cca__of_groups_that_lack_views(void **state)
{
    static const fc_modality modalities[] = {FC_IMAGE, FC_TEXT, FC_AUDIO, FC_POINTS};
    fc_tensor x[4], g[4], r = golden_load("missing_r");
    fit_fixture *f = fit_create(80);
    fc_head heads[FC_FIT_BRANCHES_MAX] = {FC_HEAD_INIT};
    fc_fit_options opts = {.method = FC_FIT_CCA, .penalty = 0.4};
    fc_fit_report report;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t k = 0; k < 4; k++) {
        char name[32];

        snprintf(name, sizeof(name), "missing_x%zu", k);
        x[k] = golden_load(name);
        snprintf(name, sizeof(name), "missing_g%zu", k);
        g[k] = golden_load(name);
        fit_add(f, modalities[k], x[k].data, (size_t)x[k].shape[0], (uint32_t)x[k].shape[1],
                g[k].data);
    }
    assert_status(FC_OK, fc__fit(&f->data, &opts, heads, &report, &err), &err);
    assert_int_equal(report.dim, r.shape[0]);
    assert_cosines("missing_01", &heads[0], &x[0], &heads[1], &x[1]);
    assert_cosines("missing_23", &heads[2], &x[2], &heads[3], &x[3]);
    heads_dispose(heads, &report);
    for (size_t k = 0; k < 4; k++) {
        fc_tensor_dispose(&x[k]);
        fc_tensor_dispose(&g[k]);
    }
    fc_tensor_dispose(&r);
    free(f);
}

/* z of a row before it is made a unit vector: W (x - mean) scale. */
static double component(const fc_head *h, size_t k, const float *row)
{
    const fc_head_input *in = &h->inputs[0];
    double sum = 0;

    for (size_t i = 0; i < in->dim; i++)
        sum += (double)in->weight[k * in->dim + i] * ((double)row[i] - (double)in->mean[i]) *
               (double)in->scale[i];
    return sum;
}

static void test_fit_cca__correlations_are_those_of_scikit_learn(void **state)
{
    fc_tensor a = golden_load("cca_sklearn_a"), b = golden_load("cca_sklearn_b");
    fit_fixture *f = fit_create(70);
    fc_head heads[FC_FIT_BRANCHES_MAX] = {FC_HEAD_INIT};
    fc_fit_options opts = {.method = FC_FIT_CCA, .penalty = 1e-9};
    fc_fit_report report;
    fc_error err = FC_ERROR_INIT;
    float r[4];

    (void)state;
    fit_add(f, FC_IMAGE, a.data, 70, 4, NULL);
    fit_add(f, FC_TEXT, b.data, 70, 4, NULL);
    assert_status(FC_OK, fc__fit(&f->data, &opts, heads, &report, &err), &err);
    assert_int_equal(report.dim, 4);
    for (size_t k = 0; k < 4; k++) {
        double xx = 0, yy = 0, xy = 0;

        for (size_t i = 0; i < 70; i++) {
            const double x = component(&heads[0], k, (float *)a.data + 4 * i);
            const double y = component(&heads[1], k, (float *)b.data + 4 * i);

            xx += x * x;
            yy += y * y;
            xy += x * y;
        }
        r[k] = (float)(xy / sqrt(xx * yy));
    }
    assert_golden("cca_sklearn_r", r, 4, TOLERANCE);
    heads_dispose(heads, &report);
    free(f);
    fc_tensor_dispose(&a);
    fc_tensor_dispose(&b);
}

/* Strong features that have nothing to do with the other view, and few groups: the search finds
 * penalties with which new groups are found again, three views at once, some groups without the
 * third. */
static void test_fit_cca__searches_and_repeats(void **state)
{
    enum { N = 400, TRAIN = 300 };
    fc_rng rng = fc__rng_seed(9);
    float *z = fit_normals(&rng, N * 8);
    float *views[3] = {fit_view(&rng, z, N, 8, 60, 2.0), fit_view(&rng, z, N, 8, 30, 2.0),
                       fit_view(&rng, z, N, 8, 40, 2.0)};
    const uint32_t dims[] = {60, 30, 40};
    fit_fixture *f = fit_create(TRAIN);
    fc_head heads[2][FC_FIT_BRANCHES_MAX] = {{FC_HEAD_INIT}};
    fc_fit_options opts = {.method = FC_FIT_CCA, .seed = 5, .dim = 20};
    fc_fit_report report[2];
    fc_error err = FC_ERROR_INIT;
    fit_branch *third = &f->branches[2];

    (void)state;
    fit_add(f, FC_IMAGE, views[0], TRAIN, 60, NULL);
    fit_add(f, FC_TEXT, views[1], TRAIN, 30, NULL);
    fit_add(f, FC_AUDIO, views[2], TRAIN, 40, NULL);
    /* Only the first 200 groups have the third. */
    for (size_t g = 200; g <= TRAIN; g++)
        third->first[g] = 200;
    for (int i = 0; i < 2; i++)
        assert_status(FC_OK, fc__fit(&f->data, &opts, heads[i], &report[i], &err), &err);
    assert_string_equal(report[0].tried_json, report[1].tried_json);
    assert_non_null(strstr(report[0].tried_json, "\"chosen\":{\"penalty\":["));
    assert_true(report[0].dim <= 20);
    for (int a = 0; a < 3; a++) {
        const int b = (a + 1) % 3;
        const double recall = fit_recall(&heads[0][a], views[a] + TRAIN * dims[a], &heads[0][b],
                                         views[b] + TRAIN * dims[b], N - TRAIN);

        if (recall < 0.4) /* chance is 0.01 */
            fail_msg("recall@1 of 100 new groups, %d to %d: %g", a, b, recall);
    }
    heads_dispose(heads[0], &report[0]);
    heads_dispose(heads[1], &report[1]);
    for (int a = 0; a < 3; a++)
        free(views[a]);
    free(z);
    free(f);
}

static void test_fit_cca__needs_views_that_meet(void **state)
{
    fc_rng rng = fc__rng_seed(10);
    float *x = fit_normals(&rng, 60 * 3);
    fit_fixture *f = fit_create(60);
    fc_head heads[FC_FIT_BRANCHES_MAX] = {FC_HEAD_INIT};
    fc_fit_options opts = {.method = FC_FIT_CCA, .penalty = 1};
    fc_fit_report report;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fit_add(f, FC_IMAGE, x, 60, 3, NULL);
    fit_add(f, FC_TEXT, x, 60, 3, NULL);
    fit_add(f, FC_AUDIO, x, 60, 3, NULL);
    fit_add(f, FC_POINTS, x, 60, 3, NULL);
    /* Images and texts in the first 30 groups, sounds and shapes in the others. */
    for (size_t g = 0; g <= 60; g++) {
        f->branches[0].first[g] = f->branches[1].first[g] = g < 30 ? g : 30;
        f->branches[2].first[g] = f->branches[3].first[g] = g < 30 ? 0 : g - 30;
    }
    assert_status(FC_E_INVALID, fc__fit(&f->data, &opts, heads, &report, &err), &err);
    assert_non_null(strstr(err.message, "together with another"));
    /* One chain is enough: a text in each of the other groups. */
    for (size_t g = 30; g <= 60; g++)
        f->branches[1].first[g] = g;
    assert_status(FC_OK, fc__fit(&f->data, &opts, heads, &report, &err), &err);
    heads_dispose(heads, &report);
    free(f);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit_cca__of_two_is_that_of_scipy),
        cmocka_unit_test(test_fit_cca__of_three_is_that_of_scipy),
        cmocka_unit_test(test_fit_cca__of_groups_that_lack_views),
        cmocka_unit_test(test_fit_cca__correlations_are_those_of_scikit_learn),
        cmocka_unit_test(test_fit_cca__searches_and_repeats),
        cmocka_unit_test(test_fit_cca__needs_views_that_meet),
    };

    return cmocka_run_group_tests_name("fit_cca", tests, NULL, NULL);
}
