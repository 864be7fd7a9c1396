/*
 * f16, bf16 and int8: exact against a reference of its own, and bit-identical in every version.
 */
#include "fc_test.h"

#include <math.h>

#include "fc_rng.h"
#include "fc_vec.h"

static const char *const versions[] = {"plain", "avx2", "avx512"};

#define N_VERSIONS (sizeof(versions) / sizeof(versions[0]))

static float float_of(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof(x));
    return x;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

/* The value of a finite f16 by its definition. */
static double f16_value(uint16_t h)
{
    const int exponent = h >> 10 & 31, mantissa = h & 0x3FF;
    const double magnitude =
        exponent == 0 ? ldexp(mantissa, -24) : ldexp(mantissa + 1024, exponent - 25);

    return (h & 0x8000) != 0 ? -magnitude : magnitude;
}

static bool f16_is_nan(uint16_t h)
{
    return (h & 0x7C00) == 0x7C00 && (h & 0x3FF) != 0;
}

static uint16_t half_of(float x)
{
    uint16_t h;

    fc__f32_to_f16(&x, &h, 1);
    return h;
}

static int restore(void **state)
{
    (void)state;
    return fc__simd_force(NULL) ? 0 : -1;
}

static void test_half__all_65536_values_are_what_they_mean(void **state)
{
    uint16_t *in = malloc(65536 * sizeof(*in)), *back = malloc(65536 * sizeof(*back));
    float *out = malloc(65536 * sizeof(*out));

    (void)state;
    assert_true(in != NULL && back != NULL && out != NULL);
    for (uint32_t h = 0; h < 65536; h++)
        in[h] = (uint16_t)h;
    for (size_t v = 0; v < N_VERSIONS; v++) {
        if (!fc__simd_force(versions[v]))
            continue;
        fc__f16_to_f32(in, out, 65536);
        fc__f32_to_f16(out, back, 65536);
        for (uint32_t h = 0; h < 65536; h++) {
            const uint32_t sign = (h & 0x8000) << 16;

            if (f16_is_nan((uint16_t)h)) /* payload above, made quiet, as the hardware does */
                assert_int_equal(bits_of(out[h]), sign | 0x7FC00000 | (uint32_t)(h & 0x3FF) << 13);
            else if ((h & 0x7FFF) == 0x7C00)
                assert_int_equal(bits_of(out[h]), sign | 0x7F800000);
            else if ((double)out[h] != f16_value((uint16_t)h) ||
                     (bits_of(out[h]) & 0x80000000) != sign)
                fail_msg("%s: f16 %04x is %g, not %g", versions[v], (unsigned)h, (double)out[h],
                         f16_value((uint16_t)h));
            assert_int_equal(back[h], f16_is_nan((uint16_t)h) ? h | 0x200 : h);
        }
    }
    free(out);
    free(back);
    free(in);
}

/* Between each two neighbours: the middle goes to the even one, and a hair beside it to the near.
 */
static void test_half__rounds_to_nearest_even_everywhere(void **state)
{
    (void)state;
    for (size_t v = 0; v < N_VERSIONS; v++) {
        if (!fc__simd_force(versions[v]))
            continue;
        for (uint16_t h = 0; h < 0x7C00; h++) {
            const double low = f16_value(h),
                         high = h < 0x7BFF ? f16_value((uint16_t)(h + 1)) : 65536;
            const float middle = (float)((low + high) / 2); /* exact: 12 bits */
            const uint16_t even = (uint16_t)(h + (h & 1)), up = (uint16_t)(h + 1);

            if (half_of(middle) != even || half_of(nextafterf(middle, 0)) != h ||
                half_of(nextafterf(middle, INFINITY)) != up || half_of(-middle) != (even | 0x8000))
                fail_msg("%s: around %a", versions[v], (double)middle);
        }
        assert_int_equal(half_of(65519.996f), 0x7BFF);
        assert_int_equal(half_of(65520.0f), 0x7C00);
        assert_int_equal(half_of(-3e38f), 0xFC00);
        assert_int_equal(half_of(INFINITY), 0x7C00);
        assert_int_equal(half_of(1e-45f), 0);
        assert_int_equal(half_of(-1e-45f), 0x8000);
        assert_true(f16_is_nan(half_of(float_of(0x7F800001)))); /* a payload that f16 cannot hold */
    }
}

/* Any bits, at any length and alignment: the versions agree with plain, NaN payloads included, and
 * write nothing behind the end. */
static void test_half__versions_agree_on_any_bits(void **state)
{
    enum { N = 4099, ROUNDS = 300 };
    fc_rng rng = fc__rng_seed(2);
    float *in = malloc(N * sizeof(*in)), *wide = malloc((N + 1) * sizeof(*wide)),
          *want_wide = malloc(N * sizeof(*want_wide));
    uint16_t *out = malloc((N + 1) * sizeof(*out)), *want = malloc(N * sizeof(*want));

    (void)state;
    assert_true(in != NULL && wide != NULL && want_wide != NULL && out != NULL && want != NULL);
    for (int round = 0; round < ROUNDS; round++) {
        const size_t n = round < 80 ? (size_t)round : N - (size_t)fc__rng_below(&rng, 64);

        for (size_t i = 0; i < n; i++) {
            uint32_t bits = (uint32_t)fc__rng_u64(&rng);

            if (round % 2 == 1) /* exponents around those that f16 has: denormals and overflow */
                bits = (bits & 0x807FFFFF) | (uint32_t)(98 + fc__rng_below(&rng, 48)) << 23;
            in[i] = float_of(bits);
        }
        fc__f32_to_f16_plain(in, want, n);
        fc__f16_to_f32_plain(want, want_wide, n);
        for (size_t v = 0; v < N_VERSIONS; v++) {
            if (!fc__simd_force(versions[v]))
                continue;
            out[n] = 0xABCD;
            wide[n] = 7.0f;
            fc__f32_to_f16(in, out, n);
            fc__f16_to_f32(want, wide, n);
            assert_memory_equal(out, want, n * sizeof(*out));
            assert_memory_equal(wide, want_wide, n * sizeof(*wide));
            assert_int_equal(out[n], 0xABCD);
            assert_true(wide[n] == 7.0f);
        }
    }
    free(want);
    free(out);
    free(want_wide);
    free(wide);
    free(in);
}

static void test_bf16__rounds_to_nearest_even(void **state)
{
    static const struct {
        uint32_t in;
        uint16_t out;
    } cases[] = {
        {0x3F800000, 0x3F80}, {0x3F808000, 0x3F80}, {0x3F818000, 0x3F82}, {0x3F808001, 0x3F81},
        {0x3F807FFF, 0x3F80}, {0x7F7FFFFF, 0x7F80}, {0x7F7F7FFF, 0x7F7F}, {0x00000001, 0x0000},
        {0x00008001, 0x0001}, {0x80000000, 0x8000}, {0x7F800000, 0x7F80}, {0xFF800000, 0xFF80},
        {0x7F800001, 0x7FC0}, {0xFFFFFFFF, 0xFFFF}, {0x7FBFFFFF, 0x7FFF},
    };
    enum { N = sizeof(cases) / sizeof(cases[0]) };
    float in[N], wide[N];
    uint16_t out[N];

    (void)state;
    for (size_t i = 0; i < N; i++)
        in[i] = float_of(cases[i].in);
    for (size_t v = 0; v < N_VERSIONS; v++) {
        if (!fc__simd_force(versions[v]))
            continue;
        fc__f32_to_bf16(in, out, N);
        fc__bf16_to_f32(out, wide, N);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(out[i], cases[i].out);
            assert_int_equal(bits_of(wide[i]), (uint32_t)out[i] << 16);
        }
    }
}

static void test_i8__costs_half_a_step_in_every_version_alike(void **state)
{
    fc_rng rng = fc__rng_seed(4);

    (void)state;
    for (int round = 0; round < 200; round++) {
        float in[130], out[130];
        int8_t want[130] = {0}, got[130];
        float want_scale = 0, scale;
        const size_t n = (size_t)fc__rng_below(&rng, 131);

        for (size_t i = 0; i < n; i++)
            in[i] = (float)(fc__rng_normal(&rng) *
                            exp2(round % 4 == 3 ? -149 + round % 30 : round % 60 - 30));
        fc__simd_force("plain");
        fc__f32_to_i8(in, want, &want_scale, n);
        for (size_t v = 0; v < N_VERSIONS; v++) {
            if (!fc__simd_force(versions[v]))
                continue;
            fc__f32_to_i8(in, got, &scale, n);
            assert_true(scale == want_scale);
            assert_memory_equal(got, want, n);
            fc__i8_to_f32(got, scale, out, n);
            for (size_t i = 0; i < n; i++) /* and the last bit of the division and the product */
                assert_true(fabs((double)out[i] - (double)in[i]) <= 0.5001 * (double)scale);
        }
    }
}

static void test_i8__edges(void **state)
{
    const float ties[] = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -127};
    const int8_t want_ties[] = {127, 0, 2, 2, 0, -2, -127};
    const float zeros[3] = {0, -0.0f, 0}, tiny[2] = {1e-45f, -3e-45f};
    const float bad[3] = {INFINITY, NAN, 1};
    int8_t q[8];
    float scale;

    (void)state;
    for (size_t v = 0; v < N_VERSIONS; v++) {
        if (!fc__simd_force(versions[v]))
            continue;
        fc__f32_to_i8(ties, q, &scale, 7);
        assert_true(scale == 1.0f);
        assert_memory_equal(q, want_ties, 7);
        fc__f32_to_i8(zeros, q, &scale, 3);
        assert_true(scale == 1.0f);
        assert_memory_equal(q, "\0\0\0", 3);
        fc__f32_to_i8(tiny, q, &scale, 2); /* max / 127 would be 0 */
        assert_true(scale > 0.0f && (float)q[0] * scale == 1e-45f &&
                    (float)q[1] * scale == -3e-45f);
        fc__f32_to_i8(bad, q, &scale, 3); /* refused above; here only: no undefined behaviour */
        fc__f32_to_i8(NULL, NULL, &scale, 0);
        assert_true(scale == 1.0f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_half__all_65536_values_are_what_they_mean, restore),
        cmocka_unit_test_teardown(test_half__rounds_to_nearest_even_everywhere, restore),
        cmocka_unit_test_teardown(test_half__versions_agree_on_any_bits, restore),
        cmocka_unit_test_teardown(test_bf16__rounds_to_nearest_even, restore),
        cmocka_unit_test_teardown(test_i8__costs_half_a_step_in_every_version_alike, restore),
        cmocka_unit_test_teardown(test_i8__edges, restore),
    };

    return cmocka_run_group_tests_name("half", tests, NULL, NULL);
}
