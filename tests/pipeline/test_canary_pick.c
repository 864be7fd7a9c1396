/*
 * Unit tests of src/pipeline/canary_pick.c and canary_encode.c: which contents are chosen, in any
 * order of arrival; what is kept of a tensor, and found changed in it.
 */
#include "fc_test.h"

#include "canary_encode.h"
#include "canary_pick.h"
#include "fc_rng.h"

#define N 200

static fc_sha256 hash_of(unsigned i)
{
    fc_sha256 h;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__sha256(&i, sizeof(i), &h, &err), &err);
    return h;
}

/* Some are small, some of a larger class. */
static size_t size_of(unsigned i)
{
    return i % 5 == 0 ? 70000 + i : 10 + i;
}

/* Offer all N from `at` on, going round; twice each third. */
static fc_canary_pick *offer_all(unsigned at, unsigned step, size_t max_bytes)
{
    static const uint8_t bytes[70000 + N];
    fc_error err = FC_ERROR_INIT;
    fc_canary_pick *p;

    assert_status(FC_OK, fc__canary_pick_create(&p, 1u << FC_TEXT, max_bytes, &err), &err);
    for (unsigned k = 0; k < N; k++) {
        const unsigned i = (at + k * step) % N;
        const fc_sha256 h = hash_of(i);

        for (unsigned twice = 0; twice < 1 + (i % 3 == 0); twice++)
            fc__canary_pick_offer(p, &h, FC_TEXT, 0, 0, "id", bytes, size_of(i));
        fc__canary_pick_offer(p, &h, FC_IMAGE, 0, 0, "id", bytes, 5); /* nobody wants images */
    }
    return p;
}

static void test_pick__does_not_depend_on_the_order(void **state)
{
    static const unsigned steps[] = {1, 7, 199, 77};
    fc_canary_pick *first = offer_all(0, 1, 1 << 20);
    const fc_canary_input *want, *got;
    size_t n_want, n;

    (void)state;
    want = fc__canary_pick_list(first, FC_TEXT, &n_want);
    assert_int_equal(n_want, 3 * FC_CANARY_INPUTS);
    for (size_t i = 0; i < n_want; i++) {
        assert_true(want[i].bytes.size < 1000); /* small ones are enough */
        assert_true(i == 0 || fc__canary_order(&want[i - 1].content, 5, &want[i].content, 5) < 0);
    }
    for (unsigned s = 0; s < 4; s++) {
        fc_canary_pick *p = offer_all(s * 31, steps[s], 1 << 20);

        got = fc__canary_pick_list(p, FC_TEXT, &n);
        assert_int_equal(n, n_want);
        for (size_t i = 0; i < n; i++)
            assert_memory_equal(&got[i].content, &want[i].content, sizeof(want[i].content));
        fc__canary_pick_list(p, FC_IMAGE, &n);
        assert_int_equal(n, 0);
        fc__canary_pick_destroy(p);
    }
    fc__canary_pick_destroy(first);
}

static void test_pick__keeps_to_its_bytes(void **state)
{
    fc_canary_pick *p = offer_all(0, 7, 600), *q = offer_all(3, 13, 600);
    const fc_canary_input *a, *b;
    size_t n, n_b, bytes = 0;

    (void)state;
    a = fc__canary_pick_list(p, FC_TEXT, &n);
    b = fc__canary_pick_list(q, FC_TEXT, &n_b);
    for (size_t i = 0; i < n; i++)
        bytes += a[i].bytes.size;
    assert_true(n > 1 && n < 3 * FC_CANARY_INPUTS && bytes <= 600);
    assert_int_equal(n, n_b);
    for (size_t i = 0; i < n; i++)
        assert_memory_equal(&a[i].content, &b[i].content, sizeof(a[i].content));
    fc__canary_pick_destroy(p);
    fc__canary_pick_destroy(q);
    fc__canary_pick_offer(NULL, &(fc_sha256){{0}}, FC_TEXT, 0, 0, "id", "x", 1);
}

/* A sequence of 40 tokens of 32 numbers: 16 of them are kept, and a change in any is seen. */
static void test_keep__sees_a_change_that_it_has_not_kept(void **state)
{
    const uint64_t shape[] = {40, 32}, shorter[] = {39, 32};
    fc_error err = FC_ERROR_INIT;
    fc_tensor t = FC_TENSOR_INIT, less;
    fc_rng rng = fc__rng_seed(3);
    fc_canary_output kept;
    fc_canary_measure m;
    float *x;
    bool same;

    (void)state;
    assert_status(FC_OK, fc_tensor_alloc(&t, FC_F32, 2, shape, &err), &err);
    x = t.data;
    for (size_t i = 0; i < 40 * 32; i++)
        x[i] = (float)fc__rng_unit(&rng);
    assert_status(FC_OK, fc__canary_keep(&kept, "tokens", &t, &err), &err);
    assert_int_equal(kept.n_kept, 16);
    assert_int_equal(kept.n_each, 32);
    for (size_t i = 0; i < 16; i++)
        assert_memory_equal(kept.kept + i * 32, x + i * 40 / 16 * 32, 32 * sizeof(float));

    m = (fc_canary_measure){0};
    assert_status(FC_OK, fc__canary_compare(&kept, &t, &m, &same, &err), &err);
    assert_true(same && fc__canary_level(&m) == FC_CANARY_SAME);
    x[32] += 0.5f; /* token 1 is not among them */
    assert_status(FC_OK, fc__canary_compare(&kept, &t, &m, &same, &err), &err);
    assert_true(!same && fc__canary_level(&m) == FC_CANARY_ROUNDING);
    x[2 * 32] = -x[2 * 32] - 3; /* token 2 is */
    assert_status(FC_OK, fc__canary_compare(&kept, &t, &m, &same, &err), &err);
    assert_int_equal(fc__canary_level(&m), FC_CANARY_BROKEN);
    m = (fc_canary_measure){0};
    less = fc_tensor_view(x, FC_F32, 2, shorter);
    assert_status(FC_OK, fc__canary_compare(&kept, &less, &m, &same, &err), &err);
    assert_true(!same && m.reshaped && fc__canary_level(&m) == FC_CANARY_BROKEN);
    fc__canary_output_dispose(&kept);
    fc_tensor_dispose(&t);
}

/* Long vectors are kept in part, short ones whole. */
static void test_keep__is_bounded(void **state)
{
    static const uint64_t widths[] = {1, 300, 5000, 16384, 100000};
    static const uint32_t want[][2] = {{3, 1}, {3, 300}, {3, 5000}, {1, 16384}, {1, 16384}};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        const uint64_t shape[] = {3, widths[i]};
        fc_tensor t = FC_TENSOR_INIT;
        fc_canary_output kept;

        assert_status(FC_OK, fc_tensor_alloc(&t, FC_F32, 2, shape, &err), &err);
        assert_status(FC_OK, fc__canary_keep(&kept, "x", &t, &err), &err);
        assert_int_equal(kept.n_kept, want[i][0]);
        assert_int_equal(kept.n_each, want[i][1]);
        fc__canary_output_dispose(&kept);
        fc_tensor_dispose(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pick__does_not_depend_on_the_order),
        cmocka_unit_test(test_pick__keeps_to_its_bytes),
        cmocka_unit_test(test_keep__sees_a_change_that_it_has_not_kept),
        cmocka_unit_test(test_keep__is_bounded),
    };

    return cmocka_run_group_tests_name("canary_pick", tests, NULL, NULL);
}
