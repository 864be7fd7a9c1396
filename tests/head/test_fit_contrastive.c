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

/* Twelve tokens an item, one of which is marked by its first elements and says what the other
 * branch says; the others say something else. Where it stands differs, and the mean drowns it. */
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
                token[KEY_DIM + k] = w->b[i * WORD_DIM + k] + 0.2f * (float)fc__rng_normal(&w->rng);
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
    double share;

    assert_non_null(x);
    for (size_t i = 0; i < ASKED; i++) {
        fc_head_item items[FC_HEAD_INPUTS_MAX];

        fit_item(w->f, LEARNT + i, 0, 0, items, &w->err);
        assert_status(FC_OK, fc__head_apply(&w->heads[0], items, x + i * dim, &w->err), &w->err);
        fit_item(w->f, LEARNT + i, 1, 0, items, &w->err);
        assert_status(FC_OK, fc__head_apply(&w->heads[1], items, y + i * dim, &w->err), &w->err);
    }
    share = fit_share_found(x, y, ASKED, dim);
    free(x);
    return share;
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
    print_message("recall@1 of %d: ridge %.3f, cca %.3f, contrastive %.3f in %.1f s\n", ASKED,
                  ridge, cca, attention, w->report.seconds);
    assert_int_equal(w->heads[0].inputs[0].pooling.kind, FC_POOLING_ATTENTION);
    assert_true(attention > 0.9);
    assert_true(ridge < 0.4 && cca < 0.4);
    destroy(w);
}

static void assert_same_heads(const world *w, const fc_head *want)
{
    for (size_t b = 0; b < 2; b++) {
        const fc_head_input *x = &w->heads[b].inputs[0], *y = &want[b].inputs[0];

        assert_int_equal(w->heads[b].dim, want[b].dim);
        assert_memory_equal(x->weight, y->weight,
                            want[b].dim * fc__head_pooled_dim(y) * sizeof(float));
        assert_memory_equal(x->bias, y->bias, want[b].dim * sizeof(float));
    }
}

/* With several items a group and a batch smaller than the data, so that chance has a part in it. */
static void test_fit_contrastive__repeats_itself_to_the_bit(void **state)
{
    world *w = linear_world(120, 9, 6, 0.5);
    fc_fit_options opts = options(FC_FIT_CONTRASTIVE);
    fc_head first[2] = {FC_HEAD_INIT, FC_HEAD_INIT};

    (void)state;
    w->f->data.n_groups = 60;
    for (size_t g = 0; g <= 60; g++)
        for (size_t b = 0; b < 2; b++)
            w->f->branches[b].first[g] = 2 * g;
    opts.batch = 16;
    opts.penalty = 1000; /* a start that leaves something to learn */
    opts.learning_rate = 0.03;
    opts.n_threads = 1;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    for (size_t b = 0; b < 2; b++)
        assert_status(FC_OK, fc__head_copy(&first[b], &w->heads[b], &w->err), &w->err);
    opts.n_threads = 3;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    assert_same_heads(w, first);
    /* Another seed holds out other groups and takes them in another order. */
    opts.seed++;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    assert_memory_not_equal(w->heads[0].inputs[0].weight, first[0].inputs[0].weight,
                            first[0].dim * 9 * sizeof(float));
    for (size_t b = 0; b < 2; b++)
        fc__head_dispose(&first[b]);
    destroy(w);
}

/* The number behind the first `key` after `from`. */
static double number_after(const char *json, const char *from, const char *key)
{
    const char *at = strstr(json, from);
    char quoted[64];

    snprintf(quoted, sizeof(quoted), "\"%s\":", key);
    at = at != NULL ? strstr(at, quoted) : NULL;
    assert_non_null(at);
    return strtod(at + strlen(quoted), NULL);
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        n++;
    return n;
}

/* Views of noise: nothing helps, so training stops and what was best is kept. */
static void test_fit_contrastive__stops_when_nothing_gains(void **state)
{
    world *w = linear_world(150, 12, 8, 30);
    fc_fit_options opts = options(FC_FIT_CONTRASTIVE);
    double best;

    (void)state;
    opts.epochs = 200;
    opts.patience = 3;
    opts.learning_rate = 0.05;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    best = number_after(w->report.tried_json, "\"chosen\"", "epoch");
    /* Epochs 0 to best + 3 were scored. */
    assert_int_equal(count_of(w->report.tried_json, "\"epoch\":"), (size_t)best + 3 + 1 + 1);
    assert_true(best < 100);
    destroy(w);
}

static void test_fit_contrastive__reports_what_it_did(void **state)
{
    world *w = linear_world(100, 9, 6, 0.5);
    fc_fit_options opts = options(FC_FIT_CONTRASTIVE);

    (void)state;
    opts.temperature = 0.5;
    opts.fixed_temperature = true;
    opts.penalty = 1000; /* a start that leaves something to learn */
    opts.learning_rate = 0.03;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    assert_int_equal(w->report.dim, 6);
    assert_int_equal(w->report.n_groups, 100);
    assert_non_null(strstr(w->report.tried_json, "\"method\":\"contrastive\""));
    assert_non_null(strstr(w->report.tried_json, "\"start\":{\"method\":\"cca\""));
    assert_true(number_after(w->report.tried_json, "\"method\"", "held_out") == 10);
    assert_true(fabs(number_after(w->report.tried_json, "\"chosen\"", "temperature") - 0.5) < 1e-6);
    assert_true(number_after(w->report.tried_json, "\"chosen\"", "epoch") > 0);
    opts.fixed_temperature = false;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    assert_true(number_after(w->report.tried_json, "\"chosen\"", "temperature") < 0.499);
    destroy(w);
}

/* Linear data: no worse than the correlations that it begins with. */
static void test_fit_contrastive__keeps_what_cca_finds(void **state)
{
    world *w = linear_world(400, 12, 10, 0.6);
    fc_fit_options opts = options(FC_FIT_CCA);
    double cca, contrastive;

    (void)state;
    opts.epochs = 0; /* cca has no epochs */
    w->f->data.n_groups = 300;
    opts.epochs = 0; /* which CCA has not */
    assert_status(FC_OK, fit(w, &opts), &w->err);
    cca = fit_recall(&w->heads[0], w->a + 300 * 12, &w->heads[1], w->b + 300 * 10, 100);
    opts.method = FC_FIT_CONTRASTIVE;
    opts.epochs = 50;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    contrastive = fit_recall(&w->heads[0], w->a + 300 * 12, &w->heads[1], w->b + 300 * 10, 100);
    assert_true(cca > 0.1);
    if (contrastive < cca - 0.03)
        fail_msg("recall %.2f, of canonical correlations alone %.2f", contrastive, cca);
    destroy(w);
}

static void test_fit_contrastive__too_few_groups_are_refused(void **state)
{
    world *w = linear_world(60, 5, 4, 0.3);
    fc_fit_options opts = options(FC_FIT_CONTRASTIVE);

    (void)state;
    w->f->data.n_groups = 24;
    assert_status(FC_E_INVALID, fit(w, &opts), &w->err);
    assert_non_null(strstr(w->err.message, "24 groups are too few to learn by contrast"));
    assert_null(w->report.tried_json);
    /* Far fewer than a batch. */
    w->f->data.n_groups = 25;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    destroy(w);
}

static void assert_finite(const world *w)
{
    for (size_t b = 0; b < w->f->data.n_branches; b++)
        assert_status(FC_OK, fc__head_check(&w->heads[b], NULL), &w->err);
}

static void test_fit_contrastive__equal_vectors_are_no_negatives(void **state)
{
    world *w = linear_world(60, 5, 4, 0.3);
    fc_fit_options opts = options(FC_FIT_CONTRASTIVE);

    (void)state;
    /* A third are one pair; with all others' texts equal as well, every pair is right for another.
     */
    for (size_t i = 1; i < 20; i++) {
        memcpy(w->a + i * 5, w->a, 5 * sizeof(float));
        memcpy(w->b + i * 4, w->b, 4 * sizeof(float));
    }
    assert_status(FC_OK, fit(w, &opts), &w->err);
    assert_finite(w);
    for (size_t i = 21; i < 60; i++)
        memcpy(w->b + i * 4, w->b + 20 * 4, 4 * sizeof(float));
    assert_status(FC_OK, fit(w, &opts), &w->err);
    assert_finite(w);
    destroy(w);
}

static void test_fit_contrastive__constant_features_weigh_nothing(void **state)
{
    world *w = linear_world(60, 5, 4, 0.3);
    fc_fit_options opts = options(FC_FIT_CONTRASTIVE);
    float probe[5], before[4], after[4];
    const fc_head_item item = {probe, 1};

    (void)state;
    for (size_t i = 0; i < 60; i++)
        w->a[i * 5 + 2] = 1e6f;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    assert_finite(w);
    memcpy(probe, w->a, sizeof(probe));
    assert_status(FC_OK, fc__head_apply(&w->heads[0], &item, before, &w->err), &w->err);
    probe[2] = -1e6f;
    assert_status(FC_OK, fc__head_apply(&w->heads[0], &item, after, &w->err), &w->err);
    assert_memory_equal(before, after, w->heads[0].dim * sizeof(float));
    destroy(w);
}

/* They are left out, and counted. */
static void test_fit_contrastive__items_that_are_not_finite_are_skipped(void **state)
{
    world *w = linear_world(60, 5, 4, 0.3);
    fc_fit_options opts = options(FC_FIT_CONTRASTIVE);

    (void)state;
    w->a[7 * 5 + 1] = NAN;
    w->b[9 * 4] = INFINITY;
    memset(w->b + 11 * 4, 0, 4 * sizeof(float));
    assert_status(FC_OK, fit(w, &opts), &w->err);
    assert_int_equal(w->report.n_skipped, 3);
    assert_finite(w);
    destroy(w);
}

static void test_fit_contrastive__a_rate_that_is_too_large_is_told(void **state)
{
    world *w = linear_world(60, 5, 4, 0.3);
    fc_fit_options opts = options(FC_FIT_CONTRASTIVE);

    (void)state;
    opts.learning_rate = 100;
    opts.weight_decay = 1e300;
    assert_status(FC_E_FORMAT, fit(w, &opts), &w->err);
    assert_non_null(strstr(w->err.message, "take a smaller one"));
    destroy(w);
}

static bool stop(void *context)
{
    size_t *n = context;

    return ++*n > 3;
}

static void count(void *context, const char *what, uint64_t done, uint64_t total)
{
    size_t *n = context;

    assert_non_null(what);
    assert_true(done <= total);
    n[1]++;
}

static void test_fit_contrastive__can_be_watched_and_stopped(void **state)
{
    world *w = linear_world(60, 5, 4, 0.3);
    fc_fit_options opts = options(FC_FIT_CONTRASTIVE);
    size_t calls[2] = {0};

    (void)state;
    opts.context = calls;
    opts.progress = count;
    assert_status(FC_OK, fit(w, &opts), &w->err);
    assert_true(calls[1] >= 5);
    opts.cancelled = stop;
    assert_status(FC_E_CANCELLED, fit(w, &opts), &w->err);
    opts.cancelled = NULL;
    opts.memory_bytes = 40000;
    assert_status(FC_E_LIMIT, fit(w, &opts), &w->err);
    destroy(w);
}

/* Two encoders of one modality, of which one is noise: the other counts. */
static void test_fit_contrastive__fusion_joins_encoders(void **state)
{
    static const fc_fuse ways[] = {FC_FUSE_ATTENTION, FC_FUSE_MIX, FC_FUSE_SUM};
    world *w = linear_world(300, 10, 8, 0.6);
    fc_fit_options opts = options(FC_FIT_CONTRASTIVE);
    float *noise = fit_normals(&w->rng, 300 * 6);
    bool missing[300] = {false};

    (void)state;
    missing[4] = missing[250] = true;
    w->f->data.branches[0].n_inputs = 2;
    w->f->data.branches[0].inputs[1] = (fc_fit_input){.dim = 6, .is_vector = true};
    w->f->branches[0].rows[1] = noise;
    w->f->branches[0].missing[1] = missing;
    w->f->data.n_groups = 200;
    for (size_t i = 0; i < 3; i++) {
        size_t right = 0;

        opts.fuse = ways[i];
        assert_status(FC_OK, fit(w, &opts), &w->err);
        assert_int_equal(w->heads[0].fuse, ways[i]);
        assert_int_equal(w->heads[1].fuse, FC_FUSE_ONE);
        for (size_t g = 200; g < 300; g++) {
            double best = -2, own = 0;
            float x[8], y[8];
            fc_head_item items[FC_HEAD_INPUTS_MAX];

            fit_item(w->f, g, 0, 0, items, &w->err);
            assert_status(FC_OK, fc__head_apply(&w->heads[0], items, x, &w->err), &w->err);
            for (size_t h = 200; h < 300; h++) {
                double s = 0;

                fit_item(w->f, h, 1, 0, items, &w->err);
                assert_status(FC_OK, fc__head_apply(&w->heads[1], items, y, &w->err), &w->err);
                for (uint32_t k = 0; k < w->heads[0].dim; k++)
                    s += (double)x[k] * (double)y[k];
                own = g == h ? s : own;
                best = s > best ? s : best;
            }
            right += own == best;
        }
        assert_true(right > 15); /* of 100; chance is 1 */
    }
    opts.fuse = FC_FUSE_ONE;
    assert_status(FC_E_INVALID, fit(w, &opts), &w->err);
    free(noise);
    destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit_contrastive__attention_sees_what_means_hide),
        cmocka_unit_test(test_fit_contrastive__repeats_itself_to_the_bit),
        cmocka_unit_test(test_fit_contrastive__stops_when_nothing_gains),
        cmocka_unit_test(test_fit_contrastive__reports_what_it_did),
        cmocka_unit_test(test_fit_contrastive__keeps_what_cca_finds),
        cmocka_unit_test(test_fit_contrastive__too_few_groups_are_refused),
        cmocka_unit_test(test_fit_contrastive__equal_vectors_are_no_negatives),
        cmocka_unit_test(test_fit_contrastive__constant_features_weigh_nothing),
        cmocka_unit_test(test_fit_contrastive__items_that_are_not_finite_are_skipped),
        cmocka_unit_test(test_fit_contrastive__a_rate_that_is_too_large_is_told),
        cmocka_unit_test(test_fit_contrastive__can_be_watched_and_stopped),
        cmocka_unit_test(test_fit_contrastive__fusion_joins_encoders),
    };

    return cmocka_run_group_tests_name("fit_contrastive", tests, NULL, NULL);
}
