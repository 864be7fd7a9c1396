/*
 * Data that is too little, broken, repeated or flat: clear errors, or a result that is defined,
 * with ridge and CCA alike.
 */
#include "fit_fixture.h"

#define GROUPS 60

typedef struct world {
    fc_rng rng;
    float *latent, *a, *b;
    fit_fixture *f;
    fc_head heads[FC_FIT_BRANCHES_MAX];
    fc_fit_report report;
    fc_error err;
} world;

static const fc_fit_method methods[] = {FC_FIT_RIDGE, FC_FIT_CCA};

static world *create(size_t dim_a, size_t dim_b)
{
    world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    w->rng = fc__rng_seed(11);
    w->latent = fit_normals(&w->rng, GROUPS * 4);
    w->a = fit_view(&w->rng, w->latent, GROUPS, 4, dim_a, 0.3);
    w->b = fit_view(&w->rng, w->latent, GROUPS, 4, dim_b, 0.3);
    w->f = fit_create(GROUPS);
    fit_add(w->f, FC_IMAGE, w->a, GROUPS, (uint32_t)dim_a, NULL);
    fit_add(w->f, FC_TEXT, w->b, GROUPS, (uint32_t)dim_b, NULL);
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
    free(w->latent);
    free(w);
}

static fc_status fit(world *w, fc_fit_method method, double penalty)
{
    const fc_fit_options opts = {.method = method, .penalty = penalty, .seed = 1};

    clear(w);
    w->err = (fc_error)FC_ERROR_INIT;
    return fc__fit(&w->f->data, &opts, w->heads, &w->report, &w->err);
}

static void must_say(world *w, fc_status want, const char *words)
{
    for (size_t i = 0; i < 2; i++) {
        assert_status(want, fit(w, methods[i], 0), &w->err);
        if (strstr(w->err.message, words) == NULL)
            fail_msg("'%s' does not say '%s'", w->err.message, words);
        assert_null(w->report.tried_json);
    }
}

static void test_fit__too_few_groups_are_refused(void **state)
{
    world *w = create(5, 4);

    (void)state;
    w->f->data.n_groups = 19;
    must_say(w, FC_E_INVALID, "19 groups with samples of two kinds or more; at least 20");
    w->f->data.n_groups = 0;
    must_say(w, FC_E_INVALID, "0 groups");
    w->f->data.n_groups = 20;
    assert_status(FC_OK, fit(w, FC_FIT_RIDGE, 0), &w->err);
    assert_status(FC_OK, fit(w, FC_FIT_CCA, 0), &w->err);
    destroy(w);
}

static void test_fit__an_empty_branch_is_named(void **state)
{
    world *w = create(5, 4);
    fit_branch *images = &w->f->branches[0];

    (void)state;
    for (size_t g = 0; g <= GROUPS; g++)
        images->first[g] = 0;
    must_say(w, FC_E_INVALID, "image: no group has a sample of it");
    for (size_t g = 0; g <= GROUPS; g++)
        images->first[g] = g < 7 ? g : 7;
    must_say(w, FC_E_INVALID, "image: 7 groups have it");
    w->f->data.n_branches = 1;
    must_say(w, FC_E_INVALID, "1 branches");
    destroy(w);
}

/* One group of a thousand items among those of one: it counts once, so the heads hardly change. */
static void test_fit__a_group_of_many_counts_once(void **state)
{
    enum { MANY = 1000 };
    world *w = create(5, 4);
    float *rows = malloc((GROUPS + MANY) * 5 * sizeof(*rows)), before[5], after[5];
    const fc_head_item probe = {w->a + 17 * 5, 1};

    (void)state;
    assert_non_null(rows);
    memcpy(rows, w->a, GROUPS * 5 * sizeof(*rows));
    for (size_t i = GROUPS; i < GROUPS + MANY; i++) /* the last group's row again and again */
        memcpy(rows + i * 5, w->a + (GROUPS - 1) * 5, 5 * sizeof(*rows));
    for (size_t m = 0; m < 2; m++) {
        w->f->branches[0].rows[0] = w->a;
        w->f->branches[0].first[GROUPS] = GROUPS;
        assert_status(FC_OK, fit(w, methods[m], 0.1), &w->err);
        assert_status(FC_OK, fc__head_apply(&w->heads[0], &probe, before, &w->err), &w->err);
        w->f->branches[0].rows[0] = rows;
        w->f->branches[0].first[GROUPS] = GROUPS + MANY;
        assert_status(FC_OK, fit(w, methods[m], 0.1), &w->err);
        assert_int_equal(w->report.n_items, 2 * GROUPS + MANY);
        assert_status(FC_OK, fc__head_apply(&w->heads[0], &probe, after, &w->err), &w->err);
        /* Signs of CCA's components may turn. */
        for (uint32_t k = 0; k < w->heads[0].dim; k++)
            assert_float_equal(fabsf(after[k]), fabsf(before[k]), 1e-4f);
    }
    free(rows);
    destroy(w);
}

static void test_fit__equal_vectors_are_allowed(void **state)
{
    world *w = create(5, 4);

    (void)state;
    /* A third of the texts and all images of them are one and the same. */
    for (size_t i = 1; i < GROUPS / 3; i++) {
        memcpy(w->a + i * 5, w->a, 5 * sizeof(float));
        memcpy(w->b + i * 4, w->b, 4 * sizeof(float));
    }
    for (size_t m = 0; m < 2; m++)
        assert_status(FC_OK, fit(w, methods[m], 0), &w->err);
    /* All of them: nothing varies. */
    for (size_t i = 1; i < GROUPS; i++) {
        memcpy(w->a + i * 5, w->a, 5 * sizeof(float));
        memcpy(w->b + i * 4, w->b, 4 * sizeof(float));
    }
    must_say(w, FC_E_INVALID, "constant");
    destroy(w);
}

static void test_fit__constant_features_weigh_nothing(void **state)
{
    world *w = create(5, 4);
    float with[5], without[5], moved[5];

    (void)state;
    for (size_t i = 0; i < GROUPS; i++) {
        w->a[i * 5 + 1] = 1e6f;
        w->a[i * 5 + 3] = 0;
        w->b[i * 4 + 2] = -3;
    }
    for (size_t m = 0; m < 2; m++) {
        const fc_head_item probe = {w->a, 1}, other = {moved, 1};

        assert_status(FC_OK, fit(w, methods[m], 0), &w->err);
        assert_true(w->heads[0].inputs[0].scale[1] == 0 && w->heads[0].inputs[0].scale[3] == 0);
        memcpy(moved, w->a, sizeof(moved));
        moved[1] = 5;
        moved[3] = -7;
        assert_status(FC_OK, fc__head_apply(&w->heads[0], &probe, with, &w->err), &w->err);
        assert_status(FC_OK, fc__head_apply(&w->heads[0], &other, without, &w->err), &w->err);
        for (uint32_t k = 0; k < w->heads[0].dim; k++)
            assert_float_equal(with[k], without[k], 1e-6f);
    }
    destroy(w);
}

static void test_fit__bad_rows_are_left_out_and_counted(void **state)
{
    world *w = create(5, 4);

    (void)state;
    w->a[7] = NAN;
    w->a[5 * 20 + 1] = INFINITY;
    memset(w->a + 5 * 30, 0, 5 * sizeof(float));
    w->b[4 * 40] = -INFINITY;
    for (size_t m = 0; m < 2; m++) {
        assert_status(FC_OK, fit(w, methods[m], 0), &w->err);
        assert_int_equal(w->report.n_skipped, methods[m] == FC_FIT_RIDGE ? 4 : 4);
        assert_status(FC_OK, fc__head_check(&w->heads[0], &w->err), &w->err);
    }
    for (size_t i = 10; i < GROUPS; i++)
        w->a[i * 5] = NAN;
    for (size_t m = 0; m < 2; m++)
        assert_status(FC_E_INVALID, fit(w, methods[m], 0), &w->err);
    assert_non_null(strstr(w->err.message, "not zero and finite"));
    destroy(w);
}

static void test_fit__more_dimensions_than_rows_are_fine(void **state)
{
    world *w = create(200, 90);

    (void)state;
    for (size_t m = 0; m < 2; m++) {
        assert_status(FC_OK, fit(w, methods[m], 0), &w->err);
        /* Of 60 centred rows 59 directions are left. */
        assert_int_equal(w->report.dim, methods[m] == FC_FIT_RIDGE ? 90 : w->heads[0].dim);
        assert_true(methods[m] == FC_FIT_RIDGE || w->report.dim <= GROUPS - 1);
        if (fit_recall(&w->heads[0], w->a, &w->heads[1], w->b, GROUPS) < 0.9)
            fail_msg("its own groups are not found again");
    }
    destroy(w);
}

static void test_fit__features_of_one_number_are_fine(void **state)
{
    world *w = create(1, 1);

    (void)state;
    assert_status(FC_OK, fit(w, FC_FIT_CCA, 0), &w->err);
    assert_int_equal(w->report.dim, 1);
    assert_status(FC_OK, fit(w, FC_FIT_RIDGE, 0), &w->err);
    assert_int_equal(w->report.dim, 1);
    destroy(w);
}

static void test_fit__memory_is_bounded(void **state)
{
    world *w = create(200, 90);
    fc_fit_options opts = {.memory_bytes = 1 << 20};

    (void)state;
    for (size_t m = 0; m < 2; m++) {
        opts.method = methods[m];
        assert_status(FC_E_LIMIT, fc__fit(&w->f->data, &opts, w->heads, &w->report, &w->err),
                      &w->err);
        assert_non_null(strstr(w->err.message, "MiB of memory, 1 are allowed"));
    }
    destroy(w);
}

static bool stop(void *context)
{
    return ++*(int *)context > 1;
}

static void test_fit__stops_when_asked(void **state)
{
    world *w = create(50, 40);

    (void)state;
    for (size_t m = 0; m < 2; m++) {
        int n = 0;
        const fc_fit_options opts = {.method = methods[m], .cancelled = stop, .context = &n};

        assert_status(FC_E_CANCELLED, fc__fit(&w->f->data, &opts, w->heads, &w->report, &w->err),
                      &w->err);
    }
    destroy(w);
}

static fc_status broken_item(void *self, size_t group, size_t branch, size_t index,
                             fc_head_item *items, fc_error *err)
{
    if (group == 33)
        return fc_error_set(err, FC_E_CORRUPT, "block 7 fails its checksum");
    return fit_item(self, group, branch, index, items, err);
}

static void test_fit__what_the_data_says_is_passed_on(void **state)
{
    world *w = create(5, 4);

    (void)state;
    w->f->data.item = broken_item;
    must_say(w, FC_E_CORRUPT, "block 7");
    destroy(w);
}

static void refuse(world *w, fc_fit_options opts, const char *words)
{
    assert_status(FC_E_INVALID, fc__fit(&w->f->data, &opts, w->heads, &w->report, &w->err),
                  &w->err);
    if (strstr(w->err.message, words) == NULL)
        fail_msg("'%s' does not say '%s'", w->err.message, words);
}

static void test_fit__options_out_of_range_are_refused(void **state)
{
    world *w = create(5, 4);

    (void)state;
    refuse(w, (fc_fit_options){.method = (fc_fit_method)9}, "method");
    refuse(w, (fc_fit_options){.method = FC_FIT_RIDGE, .penalty = -1}, "penalty");
    refuse(w, (fc_fit_options){.method = FC_FIT_RIDGE, .penalty = NAN}, "penalty");
    refuse(w, (fc_fit_options){.method = FC_FIT_RIDGE, .folds = 1}, "folds");
    refuse(w, (fc_fit_options){.method = FC_FIT_RIDGE, .folds = 21}, "folds");
    refuse(w, (fc_fit_options){.method = FC_FIT_RIDGE, .anchor = 3}, "anchor");
    refuse(w, (fc_fit_options){.method = FC_FIT_RIDGE, .anchor = -1}, "anchor");
    refuse(w, (fc_fit_options){.method = FC_FIT_RIDGE, .dim = 20000}, "dimensions");
    refuse(w, (fc_fit_options){.method = FC_FIT_CONTRASTIVE, .n_queries = 65}, "queries");
    refuse(w, (fc_fit_options){.method = FC_FIT_CONTRASTIVE, .validation_share = 0.9}, "share");
    refuse(w, (fc_fit_options){.method = FC_FIT_RIDGE, .fuse = (fc_fuse)9}, "fuse");
    w->f->data.branches[0].inputs[0].pooling.kind = FC_POOLING_ATTENTION;
    refuse(w, (fc_fit_options){.method = FC_FIT_CCA}, "attention is learnt by");
    w->f->data.branches[0].inputs[0].pooling.kind = FC_POOLING_NONE;
    w->f->data.branches[0].inputs[0].is_vector = false;
    refuse(w, (fc_fit_options){.method = FC_FIT_CCA}, "want a pooling");
    destroy(w);
}

static void test_fit__options_of_another_method_are_refused(void **state)
{
    world *w = create(5, 4);

    (void)state;
    refuse(w, (fc_fit_options){.method = FC_FIT_CCA, .epochs = 5}, "cca has no option 'epochs'");
    refuse(w, (fc_fit_options){.method = FC_FIT_RIDGE, .temperature = 0.1}, "'temperature'");
    refuse(w, (fc_fit_options){.method = FC_FIT_CCA, .anchor = 1}, "'anchor'");
    refuse(w, (fc_fit_options){.method = FC_FIT_CONTRASTIVE, .whiten = true}, "'whiten'");
    /* Two inputs, the same rows twice. */
    w->f->data.branches[0].n_inputs = 2;
    w->f->data.branches[0].inputs[1] = w->f->data.branches[0].inputs[0];
    w->f->branches[0].rows[1] = w->a;
    refuse(w, (fc_fit_options){.method = FC_FIT_CCA, .fuse = FC_FUSE_MIX}, "their sum");
    assert_status(FC_OK,
                  fc__fit(&w->f->data, &(fc_fit_options){.method = FC_FIT_CCA, .fuse = FC_FUSE_SUM},
                          w->heads, &w->report, &w->err),
                  &w->err);
    destroy(w);
}

/* The same groups with a seed are in the same fold whatever else there is; folds are of one size,
 * about. */
static void test_fit__folds_go_by_key_and_seed(void **state)
{
    size_t n[5] = {0}, moved = 0;

    (void)state;
    for (uint64_t key = 0; key < 10000; key++) {
        const uint32_t fold = fc__fit_fold(key, 1, 5);

        assert_true(fold < 5);
        assert_int_equal(fold, fc__fit_fold(key, 1, 5));
        n[fold]++;
        moved += fold != fc__fit_fold(key, 2, 5);
    }
    /* Binomial: 2000 with a deviation of 40; 8000 with 40. */
    for (size_t f = 0; f < 5; f++)
        assert_in_range(n[f], 1800, 2200);
    assert_in_range(moved, 7800, 8200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit__too_few_groups_are_refused),
        cmocka_unit_test(test_fit__an_empty_branch_is_named),
        cmocka_unit_test(test_fit__a_group_of_many_counts_once),
        cmocka_unit_test(test_fit__equal_vectors_are_allowed),
        cmocka_unit_test(test_fit__constant_features_weigh_nothing),
        cmocka_unit_test(test_fit__bad_rows_are_left_out_and_counted),
        cmocka_unit_test(test_fit__more_dimensions_than_rows_are_fine),
        cmocka_unit_test(test_fit__features_of_one_number_are_fine),
        cmocka_unit_test(test_fit__memory_is_bounded),
        cmocka_unit_test(test_fit__stops_when_asked),
        cmocka_unit_test(test_fit__what_the_data_says_is_passed_on),
        cmocka_unit_test(test_fit__options_out_of_range_are_refused),
        cmocka_unit_test(test_fit__options_of_another_method_are_refused),
        cmocka_unit_test(test_fit__folds_go_by_key_and_seed),
    };

    return cmocka_run_group_tests_name("fit_data", tests, NULL, NULL);
}
