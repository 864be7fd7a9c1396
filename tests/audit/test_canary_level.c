/*
 * Unit tests of src/audit/fc_canary_level.c: the rungs of the ladder, and what a cosine does not
 * see.
 */
#include "fc_test.h"

#include <math.h>

#include "fc_canary_level.h"
#include "fc_rng.h"

#define DIM 512

typedef struct pair {
    float then[DIM], now[DIM];
} pair;

static void fill(pair *p)
{
    fc_rng rng = fc__rng_seed(7);

    for (size_t i = 0; i < DIM; i++)
        p->now[i] = p->then[i] = (float)(fc__rng_unit(&rng) * 2 - 1);
}

/* Turned by the angle whose cosine is given: towards what is at right angles to it. */
static void turn(pair *p, double cosine)
{
    const double sine = sqrt(1 - cosine * cosine);

    for (size_t i = 0; i < DIM; i += 2) {
        const double a = p->then[i], b = p->then[i + 1];

        p->now[i] = (float)(cosine * a - sine * b);
        p->now[i + 1] = (float)(cosine * b + sine * a);
    }
}

static fc_canary_measure measure(const pair *p)
{
    fc_canary_measure m = {0};

    fc__canary_measure(&m, p->then, p->now, 1, DIM);
    return m;
}

static void assert_level(const pair *p, fc_canary_level want)
{
    const fc_canary_measure m = measure(p);

    if (fc__canary_level(&m) != want)
        fail_msg("wanted %s, got %s (1 - cosine %g, distance %g, element %g)",
                 fc_canary_level_name(want), fc_canary_level_name(fc__canary_level(&m)),
                 m.one_minus_cosine, m.distance, m.element);
}

/* The cosines that have been seen elsewhere, and the level that each is named after. */
static void test_level__fits_what_was_seen_elsewhere(void **state)
{
    static const struct {
        double cosine;
        fc_canary_level level;
    } seen[] = {{0.99997, FC_CANARY_BATCHING},
                {0.9998, FC_CANARY_RESAMPLING},
                {0.9991, FC_CANARY_RESAMPLING},
                {0.94, FC_CANARY_BROKEN},
                {-1, FC_CANARY_BROKEN}};
    pair p;

    (void)state;
    fill(&p);
    assert_level(&p, FC_CANARY_SAME);
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        fc_canary_measure m;

        turn(&p, seen[i].cosine);
        assert_level(&p, seen[i].level);
        m = measure(&p);
        assert_true(fabs(1 - m.one_minus_cosine - seen[i].cosine) < 1e-7); /* f32 numbers */
    }
    fill(&p);
    for (size_t i = 0; i < DIM; i++)
        p.now[i] += i % 2 == 0 ? 1e-6f : -1e-6f; /* CPU against GPU */
    assert_level(&p, FC_CANARY_ROUNDING);
}

/* Digits of 1 - cosine are not lost where it is far below the last digit of a float. */
static void test_level__tells_the_last_bit(void **state)
{
    fc_canary_measure m;
    pair p;

    (void)state;
    fill(&p);
    p.now[3] = nextafterf(p.now[3], 2);
    m = measure(&p);
    assert_true(m.differs && m.one_minus_cosine > 0 && m.one_minus_cosine < 1e-15);
    assert_level(&p, FC_CANARY_ROUNDING);
}

static void test_level__sees_what_a_cosine_does_not(void **state)
{
    pair p;

    (void)state;
    fill(&p);
    for (size_t i = 0; i < DIM; i++)
        p.now[i] = 2 * p.then[i];
    assert_true(measure(&p).one_minus_cosine < 1e-15);
    assert_level(&p, FC_CANARY_BROKEN);
    fill(&p); /* one element of 512 off by 0.12 of a root mean square: 1 - cosine 1.4e-5 */
    p.now[100] += 0.07f;
    assert_level(&p, FC_CANARY_BATCHING);
    p.now[100] += 0.18f;
    assert_true(measure(&p).one_minus_cosine < 4e-4);
    assert_level(&p, FC_CANARY_RESAMPLING);
}

static void test_level__has_an_answer_for_odd_vectors(void **state)
{
    fc_canary_measure m = {0};
    pair p;

    (void)state;
    memset(&p, 0, sizeof(p));
    assert_level(&p, FC_CANARY_SAME);
    p.now[1] = -0.0f;
    assert_level(&p, FC_CANARY_ROUNDING);
    p.now[1] = 1e-30f;
    assert_level(&p, FC_CANARY_BROKEN);
    p.then[1] = p.now[1] = NAN;
    assert_level(&p, FC_CANARY_SAME); /* the same bits */
    p.now[1] = 1;
    assert_level(&p, FC_CANARY_BROKEN);
    p.then[1] = INFINITY;
    assert_level(&p, FC_CANARY_BROKEN);
    m.reshaped = true;
    assert_int_equal(fc__canary_level(&m), FC_CANARY_BROKEN);
}

/* Many vectors: the worst counts, wherever it stands. */
static void test_level__is_that_of_the_worst_vector(void **state)
{
    float then[6] = {1, 0, 0, 1, 1, 1}, now[6] = {1, 0, 0.1f, 1, 1, 1};
    fc_canary_measure m = {0};

    (void)state;
    fc__canary_measure(&m, then, now, 3, 2);
    assert_true(fabs(m.one_minus_cosine - (1 - 1 / sqrt(1.01))) < 1e-8);
    assert_true(fabs(m.distance - 0.1) < 1e-8 && fabs(m.difference - 0.1) < 1e-8);
}

static void test_level__has_names(void **state)
{
    fc_canary_level level;

    (void)state;
    for (int i = FC_CANARY_SAME; i <= FC_CANARY_BROKEN; i++) {
        assert_int_equal(fc_canary_level_parse(&level, fc_canary_level_name((fc_canary_level)i)),
                         FC_OK);
        assert_int_equal(level, i);
        assert_true(fc_canary_level_cause(level)[0] != '?');
    }
    assert_int_equal(fc_canary_level_parse(&level, "bad"), FC_E_INVALID);
    assert_string_equal(fc_canary_level_name((fc_canary_level)9), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_level__fits_what_was_seen_elsewhere),
        cmocka_unit_test(test_level__tells_the_last_bit),
        cmocka_unit_test(test_level__sees_what_a_cosine_does_not),
        cmocka_unit_test(test_level__has_an_answer_for_odd_vectors),
        cmocka_unit_test(test_level__is_that_of_the_worst_vector),
        cmocka_unit_test(test_level__has_names),
    };

    return cmocka_run_group_tests_name("canary_level", tests, NULL, NULL);
}
