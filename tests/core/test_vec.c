/*
 * Dot products against double sums, normalising bit by bit, and the choice of instruction set.
 */
#include "fc_test.h"

#include <float.h>
#include <math.h>
#include <sys/mman.h>

#include "fc_rng.h"
#include "fc_vec.h"

static const char *const versions[] = {"plain", "avx2", "avx512"};

#define N_VERSIONS (sizeof(versions) / sizeof(versions[0]))

static int restore(void **state)
{
    (void)state;
    return fc__simd_force(NULL) ? 0 : -1;
}

/* Memory that ends where a page without access begins: reading one element more dies. (ASan does
 * not see what masked instructions read.) */
typedef struct guarded {
    unsigned char *map;
    size_t map_bytes;
    void *data;
} guarded;

static guarded exact(size_t n, size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = n * size;
    guarded g = {.map_bytes = (bytes + page - 1) / page * page + page};

    g.map = mmap(NULL, g.map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(g.map != MAP_FAILED);
    assert_int_equal(mprotect(g.map + g.map_bytes - page, page, PROT_NONE), 0);
    g.data = g.map + g.map_bytes - page - bytes;
    return g;
}

static void release(guarded *g)
{
    munmap(g->map, g->map_bytes);
}

/* Rows without the gap behind the last one that the stride leaves between them. */
typedef struct rows {
    size_t n, dim, stride;
    float *query, *f32, *f32_of_f16;
    uint16_t *f16;
    guarded memory[4];
} rows;

static rows make_rows(fc_rng *rng, size_t n, size_t dim, size_t gap, bool whole_numbers)
{
    const size_t stride = dim + gap, count = n > 0 ? (n - 1) * stride + dim : 0;
    rows r = {.n = n, .dim = dim, .stride = stride};

    r.memory[0] = exact(dim, sizeof(float));
    r.memory[1] = exact(count, sizeof(float));
    r.memory[2] = exact(count, sizeof(uint16_t));
    r.memory[3] = exact(count, sizeof(float));
    r.query = r.memory[0].data;
    r.f32 = r.memory[1].data;
    r.f16 = r.memory[2].data;
    r.f32_of_f16 = r.memory[3].data;
    for (size_t i = 0; i < dim; i++)
        r.query[i] =
            whole_numbers ? (float)((int)fc__rng_below(rng, 9) - 4) : (float)fc__rng_normal(rng);
    for (size_t i = 0; i < count; i++)
        r.f32[i] =
            whole_numbers ? (float)((int)fc__rng_below(rng, 9) - 4) : (float)fc__rng_normal(rng);
    fc__f32_to_f16_plain(r.f32, r.f16, count);
    fc__f16_to_f32_plain(r.f16, r.f32_of_f16, count);
    return r;
}

static void free_rows(rows *r)
{
    for (size_t i = 0; i < 4; i++)
        release(&r->memory[i]);
}

/* |float sum - true sum| <= (n + 1) eps sum |a b| for any order (Higham). */
static void assert_near(float got, const float *a, const float *b, size_t n, const char *version)
{
    double sum = 0, magnitude = 0;

    for (size_t i = 0; i < n; i++) {
        sum += (double)a[i] * (double)b[i];
        magnitude += fabs((double)a[i] * (double)b[i]);
    }
    if (!(fabs((double)got - sum) <= (double)(n + 1) * FLT_EPSILON / 2 * magnitude))
        fail_msg("%s, dim %zu: %.9g, not %.9g", version, n, (double)got, sum);
}

static void check_rows(const rows *r, const char *version)
{
    guarded f32_memory = exact(r->n, sizeof(float)), f16_memory = exact(r->n, sizeof(float));
    float *f32 = f32_memory.data, *f16 = f16_memory.data, alone;

    fc__dot_rows_f32(r->query, r->f32, r->stride, r->n, r->dim, f32);
    fc__dot_rows_f16(r->query, r->f16, r->stride, r->n, r->dim, f16);
    for (size_t i = 0; i < r->n; i++) {
        const float *row = r->f32 + i * r->stride;

        assert_near(f32[i], r->query, row, r->dim, version);
        assert_near(f16[i], r->query, r->f32_of_f16 + i * r->stride, r->dim, version);
        assert_near(fc__dot(r->query, row, r->dim), r->query, row, r->dim, version);
        /* Doubled rows must tie: a score does not depend on the rows around it. */
        fc__dot_rows_f32(r->query, row, r->stride, 1, r->dim, &alone);
        assert_memory_equal(&alone, &f32[i], sizeof(alone));
        fc__dot_rows_f16(r->query, r->f16 + i * r->stride, r->stride, 1, r->dim, &alone);
        assert_memory_equal(&alone, &f16[i], sizeof(alone));
    }
    release(&f16_memory);
    release(&f32_memory);
}

static void test_dot__rows_are_near_the_double_sum(void **state)
{
    static const size_t large[] = {128, 255, 256, 257, 384, 513, 784, 1000, 2048};
    fc_rng rng = fc__rng_seed(21);

    (void)state;
    for (size_t dim = 0; dim < 110; dim++) {
        const size_t d = dim < 100 ? dim : large[(dim - 100) % (sizeof(large) / sizeof(large[0]))];
        rows r = make_rows(&rng, dim % 10, d, dim % 3, false);

        for (size_t v = 0; v < N_VERSIONS; v++)
            if (fc__simd_force(versions[v]))
                check_rows(&r, versions[v]);
        free_rows(&r);
    }
}

/* Sums of small whole numbers are exact in any order: here all versions agree to the bit. */
static void test_dot__whole_numbers_are_exact(void **state)
{
    fc_rng rng = fc__rng_seed(22);

    (void)state;
    for (size_t dim = 1; dim < 200; dim += 3) {
        rows r = make_rows(&rng, 9, dim, 1, true);
        float want[9], got[9];

        fc__dot_rows_f32_plain(r.query, r.f32, r.stride, r.n, dim, want);
        for (size_t v = 0; v < N_VERSIONS; v++) {
            if (!fc__simd_force(versions[v]))
                continue;
            fc__dot_rows_f32(r.query, r.f32, r.stride, r.n, dim, got);
            assert_memory_equal(got, want, sizeof(want));
            fc__dot_rows_f16(r.query, r.f16, r.stride, r.n, dim, got);
            assert_memory_equal(got, want, sizeof(want));
        }
        fc__dot_rows_f16_plain(r.query, r.f16, r.stride, r.n, dim, got);
        assert_memory_equal(got, want, sizeof(want));
        free_rows(&r);
    }
}

static void test_finite__finds_one_bad_element_anywhere(void **state)
{
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    enum { N = 2100 };
    guarded memory = exact(N, sizeof(float));
    float *x = memory.data;

    (void)state;
    for (size_t v = 0; v < N_VERSIONS; v++) {
        if (!fc__simd_force(versions[v]))
            continue;
        for (size_t i = 0; i < N; i++)
            x[i] = i % 2 == 0 ? FLT_MAX : -1e-45f;
        assert_true(fc__all_finite(x, N));
        assert_true(fc__all_finite(x, 0));
        for (size_t i = 0; i < N; i += i < 70 ? 1 : 61) {
            const float was = x[i];

            x[i] = bad[i % 3];
            assert_false(fc__all_finite(x, N));
            assert_true(fc__all_finite(x, i)); /* what is behind the end does not count */
            x[i] = was;
        }
    }
    release(&memory);
}

/* What is stored is the same bits everywhere: the sum in index order, in double, rounded once. */
static void test_normalise__is_the_ordered_double_sum_to_the_bit(void **state)
{
    fc_rng rng = fc__rng_seed(23);

    (void)state;
    for (size_t n = 1; n < 900; n += 7) {
        float in[900], want[900], got[900];
        volatile double sum = 0; /* no vector, no contraction */
        double length = 0;

        for (size_t i = 0; i < n; i++) {
            in[i] = (float)(fc__rng_normal(&rng) * exp2((double)fc__rng_below(&rng, 20)));
            sum = sum + (double)in[i] * (double)in[i];
        }
        assert_true(fc__dot_ordered(in, in, n) == sum);
        for (size_t i = 0; i < n; i++)
            want[i] = (float)((double)in[i] / sqrt(sum));
        for (size_t v = 0; v < N_VERSIONS; v++) {
            if (!fc__simd_force(versions[v]))
                continue;
            memcpy(got, in, sizeof(in));
            assert_int_equal(fc__vec_normalise(got, n), FC_OK);
            assert_memory_equal(got, want, n * sizeof(float));
        }
        for (size_t i = 0; i < n; i++)
            length += (double)want[i] * (double)want[i];
        assert_true(fabs(length - 1) < 1e-6);
    }
}

static void test_normalise__refuses_what_has_no_direction(void **state)
{
    float zero[3] = {0, -0.0f, 0}, nan[2] = {1, NAN}, inf[2] = {INFINITY, 1}, bare = 0;
    float huge[2] = {FLT_MAX, FLT_MAX}, tiny[2] = {0, 1e-45f};

    (void)state;
    assert_int_equal(fc__vec_normalise(zero, 3), FC_E_FORMAT);
    assert_int_equal(fc__vec_normalise(nan, 2), FC_E_FORMAT);
    assert_int_equal(fc__vec_normalise(inf, 2), FC_E_FORMAT);
    assert_int_equal(fc__vec_normalise(&bare, 0), FC_E_FORMAT);
    assert_true(nan[0] == 1 && inf[1] == 1); /* unchanged */
    assert_int_equal(fc__vec_normalise(huge, 2), FC_OK);
    assert_true(fabsf(huge[0] - 0.70710678f) < 1e-7f);
    assert_int_equal(fc__vec_normalise(tiny, 2), FC_OK);
    assert_true(tiny[1] == 1.0f);
}

static void test_simd__force_takes_what_the_cpu_has(void **state)
{
    const char *best = fc__simd_name();

    (void)state;
    print_message("instruction set: %s\n", best);
    assert_true(fc__simd_force("plain"));
    assert_string_equal(fc__simd_name(), "plain");
    assert_false(fc__simd_force("mmx"));
    assert_string_equal(fc__simd_name(), "plain");
    assert_true(fc__simd_force(NULL));
    assert_string_equal(fc__simd_name(), best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_dot__rows_are_near_the_double_sum, restore),
        cmocka_unit_test_teardown(test_dot__whole_numbers_are_exact, restore),
        cmocka_unit_test_teardown(test_finite__finds_one_bad_element_anywhere, restore),
        cmocka_unit_test_teardown(test_normalise__is_the_ordered_double_sum_to_the_bit, restore),
        cmocka_unit_test_teardown(test_normalise__refuses_what_has_no_direction, restore),
        cmocka_unit_test_teardown(test_simd__force_takes_what_the_cpu_has, restore),
    };

    return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}
