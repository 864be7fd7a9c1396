/*
 * Maps in front of indexes and codes behind them: against the definition of principal components,
 * and cosines in double.
 */
#include "index_fixture.h"

#include "fc_codes.h"

#define N    ((size_t)600)
#define DIM  ((size_t)24)
#define RANK ((size_t)5)

typedef struct fixture {
    char *folder, *path;
    fc_vec_file vec;
    data d;
    fc_front_pool pool;
    float *rows; /* N x DIM: as they are stored */
    fc_error err;
} fixture;

/* Unit vectors in RANK dimensions of DIM, around a mean, and a little noise. */
static void make_rows(data *d, double noise)
{
    fc_rng rng = fc__rng_seed(5);
    double basis[RANK][DIM];

    for (size_t r = 0; r < RANK; r++)
        for (size_t j = 0; j < DIM; j++)
            basis[r][j] = fc__rng_normal(&rng);
    for (size_t i = 0; i < N; i++) {
        double weights[RANK];

        for (size_t r = 0; r < RANK; r++)
            weights[r] = fc__rng_normal(&rng) + (r == 0 ? 2.0 : 0.0);
        for (size_t j = 0; j < DIM; j++) {
            double x = noise * fc__rng_normal(&rng);

            for (size_t r = 0; r < RANK; r++)
                x += weights[r] * basis[r][j];
            d->rows[i * DIM + j] = (float)x;
        }
        assert_int_equal(fc__vec_normalise(d->rows + i * DIM, DIM), FC_OK);
    }
}

static int setup(void **state)
{
    const fc_segment_options opts = {.f32 = true};
    fixture *fx = calloc(1, sizeof(*fx));
    fc_vec_header h;
    fc_buf table = FC_BUF_INIT;

    if (fx == NULL)
        return -1;
    fx->folder = fresh_folder("codes");
    data_init(&fx->d, N, DIM);
    make_rows(&fx->d, 0.02);
    if (asprintf(&fx->path, "%s/rows.vec", fx->folder) < 0)
        return -1;
    assert_status(
        FC_OK,
        fc__vec_write(fx->path, &identity_a, data_source(&fx->d), &opts, &h, &table, &fx->err),
        &fx->err);
    assert_status(FC_OK, fc__vec_map(&fx->vec, fx->path, &h, &fx->err), &fx->err);
    fx->rows = calloc(N * DIM, sizeof(float));
    assert_status(FC_OK, fc__vec_rows(&fx->vec, 0, N, fx->rows, &fx->err), &fx->err);
    fx->pool.from = &fx->vec;
    fc_buf_dispose(&table);
    *state = fx;
    return 0;
}

static int teardown(void **state)
{
    fixture *fx = *state;

    fc__front_pool_dispose(&fx->pool);
    fc__vec_dispose(&fx->vec);
    data_dispose(&fx->d);
    free(fx->rows);
    free(fx->path);
    free(fx->folder);
    free(fx);
    return 0;
}

static void assert_orthonormal(const fc_front *f)
{
    for (size_t i = 0; i < f->out; i++)
        for (size_t j = 0; j <= i; j++) {
            const double dot = dot_double(f->map + i * f->in, f->map + j * f->in, f->in);

            assert_true(fabs(dot - (i == j ? 1.0 : 0.0)) < 1e-4);
        }
}

/* The variance of component i of the rows, in double. */
static double variance(const fixture *fx, const float *component)
{
    double sum = 0.0, squares = 0.0;

    for (size_t i = 0; i < N; i++) {
        const double x = dot_double(component, fx->rows + i * DIM, DIM);

        sum += x;
        squares += x * x;
    }
    return squares / (double)N - sum / (double)N * (sum / (double)N);
}

/* Components are orthonormal, centred, uncorrelated and sorted by variance, which they have all of
 * but the noise: that defines them. */
static void test_front__is_the_principal_components(void **state)
{
    fixture *fx = *state;
    double mean[DIM] = {0}, total = 0.0, kept = 0.0, last = INFINITY;
    float reduced[N * RANK];
    fc_front f;

    assert_status(FC_OK, fc__front_make(&f, "PCA5,IVF2,Flat", &fx->pool, N, &fx->err), &fx->err);
    assert_int_equal(f.out, RANK);
    assert_orthonormal(&f);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < DIM; j++)
            mean[j] += (double)fx->rows[i * DIM + j] / (double)N;
    for (size_t j = 0; j < DIM; j++) {
        float axis[DIM] = {0};

        assert_true(fabs((double)f.mean[j] - mean[j]) < 1e-6);
        axis[j] = 1.0f;
        total += variance(fx, axis);
    }
    for (size_t r = 0; r < RANK; r++) {
        const double v = variance(fx, f.map + r * DIM);

        assert_true(v <= last * (1.0 + 1e-6));
        kept += v;
        last = v;
    }
    assert_true(kept > 0.999 * total);
    fc__front_apply(&f, fx->rows, N, reduced);
    for (size_t a = 0; a < RANK; a++) {
        double sum = 0.0;

        for (size_t i = 0; i < N; i++)
            sum += (double)reduced[i * RANK + a];
        assert_true(fabs(sum / (double)N) < 1e-5);
        for (size_t b = 0; b < a; b++) {
            double product = 0.0;

            for (size_t i = 0; i < N; i++)
                product += (double)reduced[i * RANK + a] * (double)reduced[i * RANK + b];
            assert_true(fabs(product / (double)N) < 1e-5);
        }
    }
    fc__front_dispose(&f);
}

/* A part of what was learnt is that of fewer components, turned or not, and nothing is learnt
 * again: distances are the same, and the pool is. */
static void test_front__parts_are_shared(void **state)
{
    fixture *fx = *state;
    float plain[2 * 3], turned[2 * 3];
    const float *learnt;
    fc_front a, b, none;

    assert_status(FC_OK, fc__front_make(&a, "PCAR8,Flat", &fx->pool, N, &fx->err), &fx->err);
    assert_orthonormal(&a);
    fc__front_dispose(&a);
    learnt = fx->pool.learnt.map;
    assert_int_equal(fx->pool.learnt.out, 8);
    assert_status(FC_OK, fc__front_make(&a, "PCA3,Flat", &fx->pool, N, &fx->err), &fx->err);
    assert_status(FC_OK, fc__front_make(&b, "PCAR3,Flat", &fx->pool, N, &fx->err), &fx->err);
    assert_ptr_equal(fx->pool.learnt.map, learnt);
    assert_memory_equal(a.map, learnt, 3 * DIM * sizeof(float));
    fc__front_apply(&a, fx->rows, 2, plain);
    fc__front_apply(&b, fx->rows, 2, turned);
    assert_true(fabs(dot_double(plain, plain + 3, 3) - dot_double(turned, turned + 3, 3)) < 1e-5);
    assert_true(fabs((double)plain[0] - (double)turned[0]) > 1e-4);
    fc__front_dispose(&a);
    fc__front_dispose(&b);

    assert_status(FC_OK, fc__front_make(&none, "IVF2,Flat", &fx->pool, N, &fx->err), &fx->err);
    assert_int_equal(none.out, 0);
    assert_int_equal(fc__front_make(&none, "PCA25,Flat", &fx->pool, N, &fx->err), FC_E_INVALID);
    assert_non_null(strstr(fx->err.message, "24"));
}

static void test_front__is_told_from_the_kind(void **state)
{
    const struct {
        const char *kind;
        size_t length;
        bool codes;
    } cases[] = {{"PCA64,IVF100,PQ32x4fs", 6, true},
                 {"PCAR128,IVF512,PQ64x4fs", 8, true},
                 {"PCAR64,IVF512,SQ8", 7, false},
                 {"RR512,PCAR128,IVF512,PQ64x4fs", 14, false},
                 {"PCAW64,IVF512,PQ32x4fs", 0, false},
                 {"PCAWR64,Flat", 0, false},
                 {"RR64,IVF100,Flat", 0, false},
                 {"OPQ16_64,IVF100,PQ16", 0, false},
                 {"IVF100,PQ16", 0, false},
                 {"PCA,Flat", 0, false},
                 {"PCA0,Flat", 0, false},
                 {"PCA-1,Flat", 0, false},
                 {"PCA64", 0, false},
                 {"RR99999999999999999999,PCA8,Flat", 0, false},
                 {"", 0, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(fc__front_length(cases[i].kind), cases[i].length);
        assert_int_equal(fc__codes_wanted(cases[i].kind), cases[i].codes);
    }
}

/* With all dimensions kept, an estimate errs by rounding to eight bits alone. With fewer, by what
 * was left out as well: a share of the product of both remainders is allowed for. */
static void test_codes__estimate_the_cosine(void **state)
{
    const struct {
        const char *kind;
        double most;
    } cases[] = {{"PCAR24,PQ12x4fs", 0.01}, {"PCAR5,PQ4x4fs", 0.02}};
    fixture *fx = *state;

    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        float reduced[N * DIM];
        double worst = 0.0;
        fc_codes codes;
        fc_front f;

        assert_status(FC_OK, fc__front_make(&f, cases[c].kind, &fx->pool, N, &fx->err), &fx->err);
        assert_status(FC_OK, fc__codes_init(&codes, f.out, N, &fx->err), &fx->err);
        assert_int_equal(codes.stride, f.out + 12);
        fc__front_apply(&f, fx->rows, N, reduced);
        fc__codes_encode(&f, fx->rows, reduced, N, codes.rows);
        for (size_t q = 0; q < 20; q++)
            for (size_t i = 0; i < N; i++) {
                const double want = dot_double(fx->rows + q * DIM, fx->rows + i * DIM, DIM);
                const double got = (double)fc__codes_cosine(&codes, fc__codes_at(&codes, q), i);

                worst = fmax(worst, fabs(got - want));
            }
        if (worst > cases[c].most)
            fail_msg("%s: an estimate is off by %g", cases[c].kind, worst);
        fc__codes_dispose(&codes);
        fc__front_dispose(&f);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_front__is_the_principal_components),
        T(test_front__parts_are_shared),
        cmocka_unit_test(test_front__is_told_from_the_kind),
        T(test_codes__estimate_the_cosine),
    };

    return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}
