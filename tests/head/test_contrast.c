/*
 * The parts of training by contrast: the loss and Adam against NumPy, every gradient against finite
 * differences, and the pass against heads as they are applied.
 */
#include "contrast_fixture.h"

/* Central differences in double: the error falls as the square of the step until rounding, about
 * 1e-10, takes over. */
#define STEP      1e-5
#define TOLERANCE 1e-6

static fc_tensor load(const char *name)
{
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    char path[1024];

    snprintf(path, sizeof(path), "%s/tests/golden/contrast/%s.npy", getenv("FC_SOURCE_DIR"), name);
    assert_status(FC_OK, fc_npy_read(path, UINT64_C(1) << 20, &t, &err), &err);
    return t;
}

static double *load_doubles(const char *name, size_t *n)
{
    fc_tensor t = load(name);
    double *out = malloc(fc_tensor_count(&t) * sizeof(*out));

    assert_non_null(out);
    *n = fc_tensor_count(&t);
    for (size_t i = 0; i < *n; i++)
        out[i] = (double)((const float *)t.data)[i];
    fc_tensor_dispose(&t);
    return out;
}

/* Within what single precision leaves of the golden. */
static void assert_near(const double *got, const double *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(got[i] - want[i]) <= 2e-7 * (1 + fabs(want[i]))))
            fail_msg("element %zu is %.9g; wanted %.9g", i, got[i], want[i]);
}

static void check_infonce(const char *golden, bool masked)
{
    enum { N = 9, DIM = 5 };
    size_t n, n_mask, n_golden;
    double *a = load_doubles("infonce_a", &n), *b = load_doubles("infonce_b", &n);
    double *mask = load_doubles("infonce_apart", &n_mask), *want = load_doubles(golden, &n_golden);
    double got[2 + 2 * N * DIM] = {0}, room[N * (N + 2)];
    bool apart[N * N];

    assert_int_equal(n, N * DIM);
    assert_int_equal(n_golden, 2 + 2 * N * DIM);
    for (size_t i = 0; i < N * N; i++)
        apart[i] = masked ? mask[i] != 0 : i % (N + 1) != 0;
    got[0] = fc__contrast_infonce(a, b, N, DIM, 12.5, apart, 1, got + 2, got + 2 + N * DIM, got + 1,
                                  room);
    assert_near(got, want, n_golden);
    free(want);
    free(mask);
    free(b);
    free(a);
}

static void test_contrast__infonce_is_that_of_numpy(void **state)
{
    (void)state;
    check_infonce("infonce_plain", false);
    check_infonce("infonce_masked", true);
}

static void test_contrast__adam_is_that_of_numpy(void **state)
{
    const fc_contrast_part parts[] = {{.at = 0, .n = 4, .unit = 1, .decayed = true},
                                      {.at = 4, .n = 3, .unit = 0.25}};
    size_t n, n_gradients, n_path;
    double *theta = load_doubles("adam_start", &n);
    double *gradients = load_doubles("adam_gradients", &n_gradients);
    double *path = load_doubles("adam_path", &n_path);
    fc_contrast_adam adam;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_int_equal(n, 7);
    assert_int_equal(n_gradients, 20 * 7);
    assert_int_equal(n_path, 20 * 7);
    assert_status(FC_OK, fc__contrast_adam_create(&adam, n, 0.05, 0.1, &err), &err);
    for (size_t t = 0; t < 20; t++) {
        fc__contrast_adam_step(&adam, theta, gradients + t * n, parts, 2);
        assert_near(theta, path + t * n, n);
    }
    fc__contrast_adam_dispose(&adam);
    free(path);
    free(gradients);
    free(theta);
}

/* Of each part: |difference| over |gradient|. */
static void check_part(contrast_fixture *c, const fc_contrast_part *part, double *theta,
                       const double *gradient)
{
    double error = 0, size = 0;

    for (size_t i = part->at; i < part->at + part->n; i++) {
        const double at = theta[i];
        double up, down, slope;

        theta[i] = at + STEP;
        up = contrast_loss(c, theta, NULL, 1);
        theta[i] = at - STEP;
        down = contrast_loss(c, theta, NULL, 1);
        theta[i] = at;
        slope = (up - down) / (2 * STEP);
        error += (slope - gradient[i]) * (slope - gradient[i]);
        size += gradient[i] * gradient[i];
    }
    if (!(size > 1e-12 && sqrt(error) <= TOLERANCE * sqrt(size)))
        fail_msg("parameters %zu to %zu: gradient %g, off by %g", part->at, part->at + part->n,
                 sqrt(size), sqrt(error));
}

/* Read all groups as training does. */
static void read_with(contrast_fixture *c, double noise, double drop, uint64_t seed)
{
    fc_rng rng = fc__rng_seed(seed);
    const fc_contrast_reading how = {&rng, noise, drop};

    assert_status(FC_OK,
                  fc__contrast_batch_read(&c->batch, &c->model, &c->f->data, c->groups,
                                          CONTRAST_GROUPS, &how, &c->err),
                  &c->err);
}

static void test_contrast__gradients_are_those_of_finite_differences(void **state)
{
    static const fc_fuse ways[] = {FC_FUSE_SUM, FC_FUSE_MIX, FC_FUSE_ATTENTION};

    (void)state;
    for (size_t w = 0; w < 3; w++) {
        contrast_fixture *c = contrast_create(ways[w]);
        double *gradient = calloc(c->model.n_theta, sizeof(*gradient));
        size_t n_theta = 0;

        assert_non_null(gradient);
        /* The last time with noise, and rows left out. */
        if (w == 2)
            read_with(c, 0.5, 0.4, 3);
        contrast_loss(c, c->model.theta, gradient, 1);
        for (size_t p = 0; p < c->model.n_parts; p++) {
            check_part(c, &c->model.parts[p], c->model.theta, gradient);
            n_theta += c->model.parts[p].n;
        }
        assert_int_equal(n_theta, c->model.n_theta);
        free(gradient);
        contrast_destroy(c);
    }
}

/* More groups than a chunk, so that threads have something to share. */
static void test_contrast__threads_change_no_bit(void **state)
{
    enum { N = 100 };
    contrast_fixture *c = contrast_create(FC_FUSE_ATTENTION);
    double *one = calloc(c->model.n_theta, sizeof(*one));
    double *four = calloc(c->model.n_theta, sizeof(*four));
    size_t groups[N], n_pairs;
    double loss[2], slope;

    (void)state;
    assert_true(one != NULL && four != NULL);
    for (size_t i = 0; i < N; i++)
        groups[i] = i % CONTRAST_GROUPS;
    fc__contrast_batch_dispose(&c->batch, &c->model);
    assert_status(FC_OK,
                  fc__contrast_batch_create(&c->batch, &c->model, N, UINT64_C(1) << 26, &c->err),
                  &c->err);
    assert_status(
        FC_OK, fc__contrast_batch_read(&c->batch, &c->model, &c->f->data, groups, N, NULL, &c->err),
        &c->err);
    for (int i = 0; i < 2; i++) {
        fc__contrast_forward(&c->model, c->model.theta, &c->batch, i == 0 ? 1 : 4);
        assert_status(FC_OK,
                      fc__contrast_loss(&c->model, c->model.theta, &c->batch, &loss[i], &slope,
                                        &n_pairs, &c->err),
                      &c->err);
        fc__contrast_backward(&c->model, c->model.theta, &c->batch, i == 0 ? one : four,
                              i == 0 ? 1 : 4);
    }
    assert_memory_equal(&loss[0], &loss[1], sizeof(loss[0]));
    assert_memory_equal(one, four, c->model.n_theta * sizeof(*one));
    free(four);
    free(one);
    contrast_destroy(c);
}

/* What is trained is what fc__head_apply() computes, and heads hold it after being stored. */
static void test_contrast__forward_is_the_head_applied(void **state)
{
    static const fc_fuse ways[] = {FC_FUSE_SUM, FC_FUSE_MIX, FC_FUSE_ATTENTION};

    (void)state;
    for (size_t w = 0; w < 3; w++) {
        contrast_fixture *c = contrast_create(ways[w]);

        for (size_t i = 0; i < c->model.n_theta; i++)
            c->model.theta[i] = (double)(float)(c->model.theta[i] + 0.1 * fc__rng_normal(&c->rng));
        fc__contrast_forward(&c->model, c->model.theta, &c->batch, 1);
        assert_status(FC_OK, fc__contrast_model_store(&c->model, c->model.theta, &c->err), &c->err);
        for (size_t b = 0; b < 3; b++)
            for (size_t g = 0; g < CONTRAST_GROUPS; g++) {
                fc_head_item items[FC_HEAD_INPUTS_MAX];
                float out[CONTRAST_DIM];

                assert_int_equal(c->batch.sides[b].there[g], b != 1 || g != 3);
                if (b == 1 && g == 3)
                    continue;
                fit_item(c->f, g, b, 0, items, &c->err);
                assert_status(FC_OK, fc__head_apply(&c->heads[b], items, out, &c->err), &c->err);
                for (size_t k = 0; k < CONTRAST_DIM; k++)
                    assert_float_equal(out[k], (float)c->batch.sides[b].unit[g * CONTRAST_DIM + k],
                                       2e-5f);
            }
        contrast_destroy(c);
    }
}

static void test_contrast__memory_has_a_limit(void **state)
{
    contrast_fixture *c = contrast_create(FC_FUSE_MIX);

    (void)state;
    fc__contrast_batch_dispose(&c->batch, &c->model);
    assert_status(FC_E_LIMIT,
                  fc__contrast_batch_create(&c->batch, &c->model, CONTRAST_GROUPS, 1000, &c->err),
                  &c->err);
    assert_non_null(strstr(c->err.message, "fewer groups a batch"));
    /* Enough for what has a fixed size, not for the rows. */
    assert_status(FC_OK,
                  fc__contrast_batch_create(&c->batch, &c->model, CONTRAST_GROUPS, 20000, &c->err),
                  &c->err);
    c->batch.bytes_most = c->batch.bytes + 100;
    assert_status(FC_E_LIMIT,
                  fc__contrast_batch_read(&c->batch, &c->model, &c->f->data, c->groups,
                                          CONTRAST_GROUPS, NULL, &c->err),
                  &c->err);
    assert_non_null(strstr(c->err.message, "rows of a batch"));
    contrast_destroy(c);
}

/* A group that meets itself has nothing to be told from. */
static void test_contrast__equal_items_are_no_negatives(void **state)
{
    contrast_fixture *c = contrast_create(FC_FUSE_MIX);
    const size_t same[] = {0, 0, 0}, different[] = {0, 1, 2};
    double loss, slope;
    size_t n_pairs;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_status(FC_OK,
                      fc__contrast_batch_read(&c->batch, &c->model, &c->f->data,
                                              i == 0 ? same : different, 3, NULL, &c->err),
                      &c->err);
        fc__contrast_forward(&c->model, c->model.theta, &c->batch, 1);
        assert_status(FC_OK,
                      fc__contrast_loss(&c->model, c->model.theta, &c->batch, &loss, &slope,
                                        &n_pairs, &c->err),
                      &c->err);
        assert_int_equal(n_pairs, 9);
        assert_true(i == 0 ? fabs(loss) < 1e-12 : loss > 0.1);
    }
    contrast_destroy(c);
}

static void test_contrast__items_without_direction_are_not_there(void **state)
{
    contrast_fixture *c = contrast_create(FC_FUSE_MIX);

    (void)state;
    c->rows[3][5 * 4 * 2] = NAN;                  /* a token of text 2 */
    memset(c->rows[3], 0, 5 * 4 * sizeof(float)); /* all tokens of text 0 */
    memset(c->rows[4] + 6, 0, 6 * sizeof(float)); /* sound 1 */
    c->rows[0][4 * 5 + 1] = INFINITY;             /* one input of image 5 */
    assert_status(FC_OK,
                  fc__contrast_batch_read(&c->batch, &c->model, &c->f->data, c->groups,
                                          CONTRAST_GROUPS, NULL, &c->err),
                  &c->err);
    for (size_t g = 0; g < CONTRAST_GROUPS; g++) {
        assert_int_equal(c->batch.sides[0].there[g], g != 5);
        assert_int_equal(c->batch.sides[1].there[g], g != 0 && g != 2 && g != 3);
        assert_int_equal(c->batch.sides[2].there[g], g != 1);
    }
    contrast_destroy(c);
}

static void test_contrast__of_several_items_chance_takes_one(void **state)
{
    contrast_fixture *c = contrast_create(FC_FUSE_MIX);
    fc_rng rng = fc__rng_seed(1);
    const fc_contrast_reading how = {.rng = &rng};
    fc_u128 first;
    size_t n_first = 0;

    (void)state;
    c->f->branches[2].first[1] = 2; /* group 0 has sounds 0 and 1 */
    for (int i = 0; i < 101; i++) {
        assert_status(FC_OK,
                      fc__contrast_batch_read(&c->batch, &c->model, &c->f->data, c->groups, 1,
                                              i == 0 ? NULL : &how, &c->err),
                      &c->err);
        if (i == 0)
            first = c->batch.sides[2].digest[0];
        else
            n_first += fc__u128_equal(first, c->batch.sides[2].digest[0]);
    }
    assert_in_range(n_first, 30, 70);
    contrast_destroy(c);
}

/* Text has five rows of four, standardised by one mean and scale: group 0's with one more noise. */
static void test_contrast__noise_is_one_an_item_and_seeded(void **state)
{
    contrast_fixture *c = contrast_create(FC_FUSE_MIX);
    fc_contrast_block *text = &c->batch.sides[1].blocks[0], *sound = &c->batch.sides[2].blocks[0];
    double plain[20], first[20], plain_sound[6];

    (void)state;
    memcpy(plain, text->rows, sizeof(plain));
    memcpy(plain_sound, sound->h, sizeof(plain_sound));
    c->heads[1].inputs[0].scale[2] = 0; /* a constant feature */
    read_with(c, 0.5, 0, 3);
    memcpy(first, text->rows, sizeof(first));
    for (size_t d = 0; d < 4; d++)
        for (size_t r = 0; r < 5; r++) {
            const double one = first[d] - plain[d], other = first[r * 4 + d] - plain[r * 4 + d];

            if (d == 2)
                assert_true(first[r * 4 + d] == 0);
            else
                assert_true(one != 0 && fabs(one) < 2.5 && fabs(one - other) < 1e-12);
        }
    for (size_t d = 0; d < 6; d++)
        assert_true(sound->h[d] != plain_sound[d]);
    read_with(c, 0.5, 0, 3);
    assert_memory_equal(first, text->rows, sizeof(first));
    read_with(c, 0.5, 0, 4);
    assert_memory_not_equal(first, text->rows, sizeof(first));
    contrast_destroy(c);
}

static void test_contrast__rows_are_dropped_but_never_all(void **state)
{
    contrast_fixture *c = contrast_create(FC_FUSE_MIX);
    const fc_contrast_block *text = &c->batch.sides[1].blocks[0];
    double plain[20];
    size_t n = 0;

    (void)state;
    memcpy(plain, text->rows, sizeof(plain));
    for (uint64_t seed = 0; seed < 400; seed++) {
        const size_t before = n;

        read_with(c, 0, 0.5, seed);
        assert_true(text->first[0] == 0 && text->first[1] >= 1 && text->first[1] <= 5);
        n += text->first[1];
        /* What is left is in its order: each of them one of those that were there. */
        for (size_t r = 0, at = 0; r < n - before; r++, at++) {
            while (at < 5 && memcmp(text->rows + r * 4, plain + at * 4, 4 * sizeof(double)) != 0)
                at++;
            assert_true(at < 5);
        }
    }
    /* Half of five, and all where none was left: 2.5 + 5 / 32 rows. */
    assert_true(fabs((double)n / 400 - 2.656) < 0.2);
    read_with(c, 0, 1, 1);
    assert_int_equal(text->first[1], 5);
    contrast_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contrast__infonce_is_that_of_numpy),
        cmocka_unit_test(test_contrast__adam_is_that_of_numpy),
        cmocka_unit_test(test_contrast__gradients_are_those_of_finite_differences),
        cmocka_unit_test(test_contrast__threads_change_no_bit),
        cmocka_unit_test(test_contrast__forward_is_the_head_applied),
        cmocka_unit_test(test_contrast__equal_items_are_no_negatives),
        cmocka_unit_test(test_contrast__items_without_direction_are_not_there),
        cmocka_unit_test(test_contrast__of_several_items_chance_takes_one),
        cmocka_unit_test(test_contrast__noise_is_one_an_item_and_seeded),
        cmocka_unit_test(test_contrast__rows_are_dropped_but_never_all),
        cmocka_unit_test(test_contrast__memory_has_a_limit),
    };

    return cmocka_run_group_tests_name("contrast", tests, NULL, NULL);
}
