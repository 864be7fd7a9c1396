/*
 * builtin/fpfh: its histograms against Open3D, what its features mean, what becomes of clouds
 * without a shape, and that the bits are the same everywhere.
 */
#include "builtin_rig.h"
#include "preprocess/prep_golden.h"

#include <math.h>

#include "fc_fpfh.h"
#include "fc_kdtree.h"
#include "fc_rng.h"
#include "fc_vec.h"

#define N_MAX 3000

/* Bytes of an OBJ or XYZ text to all outputs; the caller disposes. */
static fc_status encode_text(builtin_rig *r, const char *text, const char *name,
                             builtin_result *out)
{
    const fc_input in = {FC_POINTS, (const uint8_t *)text, strlen(text), 0, 0, name, NULL};
    fc_prepared prepared = FC_PREPARED_INIT;
    fc_status st = r->builtin->ops->prepare(r->self, r->worker, &in, &prepared, &r->err);

    memset(out, 0, sizeof(*out));
    if (st == FC_OK)
        st = builtin_run(r, &prepared, NULL, out);
    fc__prepared_dispose(&prepared);
    return st;
}

/* A line a point. */
static char *xyz_text(const float *p, size_t n)
{
    char *text = malloc(n * 64 + 1), *at = text;

    assert_non_null(text);
    *at = '\0';
    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%.9g %.9g %.9g\n", (double)p[3 * i], (double)p[3 * i + 1],
                      (double)p[3 * i + 2]);
    return text;
}

static void open_default(builtin_rig *r)
{
    builtin_rig_init(r, "builtin/fpfh");
    builtin_rig_open(r);
}

/* Open3D's compute_fpfh_feature over the same normals and neighbours: within 1e-4 of the value, or
 * of the 200 that a third sums to, where there is none. */
static void test_fpfh__histograms_are_those_of_open3d(void **state)
{
    float *p = prep_golden("points.f32", GOLDEN_POINTS * 12);
    double *normals = prep_golden("normals12.f64", GOLDEN_POINTS * 24);
    float *want = prep_golden("fpfh12.f32", GOLDEN_POINTS * FC_FPFH_VALUES * 4);
    fc_fpfh_cloud c = {.points = p, .n = GOLDEN_POINTS, .k = GOLDEN_NEAR};
    fc_error err = FC_ERROR_INIT;
    fc_kdtree *t = NULL;
    double worst = 0;

    (void)state;
    c.index = calloc(c.n * c.k, sizeof(*c.index));
    c.square = calloc(c.n * c.k, sizeof(*c.square));
    c.normals = calloc(c.n, 3 * sizeof(*c.normals));
    c.spfh = calloc(c.n, FC_FPFH_VALUES * sizeof(*c.spfh));
    assert_true(c.index != NULL && c.square != NULL && c.normals != NULL && c.spfh != NULL);
    assert_status(FC_OK, fc__kdtree_create(&t, p, c.n, &err), &err);
    for (size_t i = 0; i < c.n; i++) {
        fc__kdtree_nearest(t, p + 3 * i, c.k, c.index + i * c.k, c.square + i * c.k);
        for (size_t a = 0; a < 3; a++)
            c.normals[3 * i + a] = (float)normals[3 * i + a];
    }
    fc__fpfh_simple(&c);
    for (size_t i = 0; i < c.n; i++) {
        float got[FC_FPFH_VALUES];

        fc__fpfh_at(&c, i, got);
        for (size_t b = 0; b < FC_FPFH_VALUES; b++) {
            const double w = (double)want[i * FC_FPFH_VALUES + b];
            const double d = fabs((double)got[b] - w) / (w > 1 ? w : 1);

            worst = d > worst ? d : worst;
        }
    }
    print_message("largest difference from Open3D %.2g\n", worst);
    assert_true(worst <= 1e-4);
    fc__kdtree_destroy(t);
    fc__fpfh_dispose(&c);
    free(want);
    free(normals);
    free(p);
}

/* The bin told by cross products is the bin of atan2, but on the edges themselves. */
static void test_fpfh__angle_bins_are_those_of_atan2(void **state)
{
    fc_rng r = fc__rng_seed(5);

    (void)state;
    for (size_t i = 0; i < 100000; i++) {
        const double y = fc__rng_normal(&r), x = fc__rng_normal(&r);
        const double at =
            11 * (atan2(y, x) + 3.14159265358979323846) / (2 * 3.14159265358979323846);

        if (fabs(at - round(at)) > 1e-9)
            assert_int_equal(fc__fpfh_angle_bin(y, x), (size_t)at);
    }
    assert_int_equal(fc__fpfh_angle_bin(0, 0), 5);
    assert_int_equal(fc__fpfh_angle_bin(0, 1), 5);
    assert_int_equal(fc__fpfh_angle_bin(0, -1), 10);
}

static void test_fpfh__covariance_features_are_those_of_weinmann(void **state)
{
    static const double values[] = {5, 3, 2}, zero[3] = {0}, line[] = {2, 0, 0};
    /* Of 0.5, 0.3, 0.2 by hand: (.5-.3)/.5, (.3-.2)/.5, .2/.5, cbrt(.03), (.5-.2)/.5,
     * -(.5 ln .5 + .3 ln .3 + .2 ln .2), sum, .2, 1 - |nz|. */
    static const double want[] = {0.4, 0.2, 0.4, 0.310723251, 0.6, 1.029653014, 10, 0.2, 0.25};
    float got[FC_FPFH_SHAPE];

    (void)state;
    fc__covariance_features(values, -0.75, got);
    for (size_t i = 0; i < FC_FPFH_SHAPE; i++)
        assert_float_equal(got[i], (float)want[i], 1e-6f);
    fc__covariance_features(line, 0, got);
    assert_true(got[0] == 1 && got[1] == 0 && got[2] == 0 && got[3] == 0 && got[5] == 0);
    fc__covariance_features(zero, 1, got);
    for (size_t i = 0; i < FC_FPFH_SHAPE; i++)
        assert_true(got[i] == 0);
}

/* A slab with four legs, y up, moved and scaled. */
static void table_text(char *out, size_t size, double leg, double scale, double dx, double dz)
{
    static const double boxes[5][6] = {{0, 1, 0.9, 1, 0, 0.6},
                                       {0, 0.1, 0, 0.9, 0, 0.1},
                                       {0.9, 1, 0, 0.9, 0, 0.1},
                                       {0, 0.1, 0, 0.9, 0.5, 0.6},
                                       {0.9, 1, 0, 0.9, 0.5, 0.6}};
    static const int faces[6][4] = {{1, 2, 4, 3}, {5, 7, 8, 6}, {1, 5, 6, 2},
                                    {3, 4, 8, 7}, {1, 3, 7, 5}, {2, 6, 8, 4}};
    size_t at = 0;

    for (int b = 0; b < 5; b++)
        for (int i = 0; i < 8; i++) {
            const double y = boxes[b][2 + (i >> 1 & 1)];

            at += (size_t)snprintf(out + at, size - at, "v %.9g %.9g %.9g\n",
                                   boxes[b][i & 1] * scale + dx, y * leg * scale,
                                   boxes[b][4 + (i >> 2)] * scale + dz);
        }
    for (int b = 0; b < 5; b++)
        for (int f = 0; f < 6; f++)
            at += (size_t)snprintf(out + at, size - at, "f %d %d %d %d\n", 8 * b + faces[f][0],
                                   8 * b + faces[f][1], 8 * b + faces[f][2], 8 * b + faces[f][3]);
    assert_true(at < size);
}

static void encode_table(builtin_rig *r, double leg, double scale, double dx, builtin_result *out)
{
    char text[8192];

    table_text(text, sizeof(text), leg, scale, dx, dx / 2);
    assert_status(FC_OK, encode_text(r, text, "table.obj", out), &r->err);
}

static void test_fpfh__outputs_have_their_shapes_and_unit_length(void **state)
{
    static const double variants[][4] = {{2048, 64, 32, 64}, {64, 64, 64, 8}, {300, 1, 4, 200}};

    (void)state;
    for (size_t v = 0; v < 3; v++) {
        builtin_result x;
        builtin_rig r;

        builtin_rig_init(&r, "builtin/fpfh");
        builtin_rig_set(&r, "n_points", variants[v][0]);
        builtin_rig_set(&r, "patches", variants[v][1]);
        builtin_rig_set(&r, "k", variants[v][2]);
        builtin_rig_set(&r, "bins", variants[v][3]);
        builtin_rig_open(&r);
        encode_table(&r, 1, 1, 0, &x);
        builtin_check_shapes(&r, &x);
        assert_int_equal(x.outputs[FC_FPFH_PATCHES].shape[0], variants[v][1]);
        assert_float_equal(tensor_dot(&x.outputs[FC_FPFH_POOLED], &x.outputs[FC_FPFH_POOLED]), 1,
                           1e-5);
        builtin_result_dispose(&x);
        builtin_rig_close(&r);
    }
}

/* Moved and scaled (by numbers that are not powers of two) it is the same shape; with legs a third
 * as long it is another. */
static void test_fpfh__neither_place_nor_size_matters(void **state)
{
    builtin_result here, there, low;
    double same, other;
    builtin_rig r;

    (void)state;
    open_default(&r);
    encode_table(&r, 1, 1, 0, &here);
    encode_table(&r, 1, 37.3, 210, &there);
    encode_table(&r, 0.3, 1, 0, &low);
    same = tensor_dot(&here.outputs[FC_FPFH_POOLED], &there.outputs[FC_FPFH_POOLED]);
    other = tensor_dot(&here.outputs[FC_FPFH_POOLED], &low.outputs[FC_FPFH_POOLED]);
    print_message("cosine of the same table %.5f, of a low one %.5f\n", same, other);
    assert_true(same > 0.999);
    assert_true(other < 0.98);
    builtin_result_dispose(&low);
    builtin_result_dispose(&there);
    builtin_result_dispose(&here);
    builtin_rig_close(&r);
}

/* The upright axis: y of the file by default, and with z up the same mesh lies on its side. */
static void test_fpfh__up_is_what_the_card_says(void **state)
{
    builtin_result x;
    builtin_rig r;

    (void)state;
    for (int up = FC_UP_X; up <= FC_UP_Z; up++) {
        const float *row;
        double mean_z = 0;

        builtin_rig_init(&r, "builtin/fpfh");
        builtin_rig_set(&r, "up", up);
        builtin_rig_open(&r);
        encode_table(&r, 1, 1, 0, &x);
        row = x.outputs[FC_FPFH_POOLED].data;
        row += fc_tensor_count(&x.outputs[FC_FPFH_POOLED]) - 1; /* the height */
        mean_z = (double)row[0] / (double)row[-2];
        /* Sides 1, 1 and 0.6: the height is the longest, one of two longest, or the shortest. */
        assert_true(fabs(mean_z - (up == FC_UP_Z ? 0.6 : 1)) < 0.02);
        builtin_result_dispose(&x);
        builtin_rig_close(&r);
    }
}

/* All in one place: refused. On a line, in a plane, two points: features, finite, the same again.
 */
static void test_fpfh__clouds_without_a_shape_are_defined(void **state)
{
    float p[3 * 500] = {0};
    fc_rng rng = fc__rng_seed(8);
    builtin_rig r;

    (void)state;
    open_default(&r);
    for (int kind = 0; kind < 6; kind++) {
        static const size_t sizes[] = {1, 500, 2, 500, 500, 3};
        const size_t n = sizes[kind];
        fc_status st;
        builtin_result x;
        char *text;

        for (size_t i = 0; i < n; i++) {
            p[3 * i] = kind < 2 ? 0.1f : kind == 2 ? (float)i : (float)fc__rng_unit(&rng);
            p[3 * i + 1] = kind == 4 || kind == 5 ? (float)fc__rng_unit(&rng) : p[3 * i] * 2;
            p[3 * i + 2] = kind == 4 ? 7 : p[3 * i];
        }
        text = xyz_text(p, n);
        st = encode_text(&r, text, "a.xyz", &x);
        if (kind < 2) {
            assert_status(FC_E_FORMAT, st, &r.err);
            assert_non_null(strstr(r.err.message, "the same"));
        } else {
            assert_status(FC_OK, st, &r.err);
            for (size_t k = 0; k < FC_FPFH_N_OUTPUTS; k++)
                assert_true(fc__all_finite(x.outputs[k].data, fc_tensor_count(&x.outputs[k])));
            assert_int_equal(x.outputs[FC_FPFH_PATCHES].shape[0], n < 64 ? n : 64);
        }
        builtin_result_dispose(&x);
        free(text);
    }
    builtin_rig_close(&r);
}

/* Linearity, planarity and sphericity of rows of patches, in the mean. */
static void shape_of_cloud(builtin_rig *r, const float *p, size_t n, double out[3])
{
    char *text = xyz_text(p, n);
    builtin_result x;

    assert_status(FC_OK, encode_text(r, text, "a.xyz", &x), &r->err);
    for (size_t a = 0; a < 3; a++) {
        const float *row = x.outputs[FC_FPFH_PATCHES].data;
        const size_t rows = x.outputs[FC_FPFH_PATCHES].shape[0];

        out[a] = 0;
        for (size_t i = 0; i < rows; i++)
            out[a] += (double)row[i * FC_FPFH_PATCH_DIM + FC_FPFH_VALUES + a] / (double)rows;
    }
    builtin_result_dispose(&x);
    free(text);
}

static void test_fpfh__lines_planes_and_balls_are_told_apart(void **state)
{
    static float p[3 * N_MAX];
    double line[3], plane[3], ball[3];
    fc_rng rng = fc__rng_seed(4);
    builtin_rig r;

    (void)state;
    open_default(&r);
    for (size_t kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < N_MAX; i++)
            for (size_t a = 0; a < 3; a++)
                p[3 * i + a] =
                    a <= kind ? (float)fc__rng_unit(&rng) : 0.001f * (float)fc__rng_unit(&rng);
        shape_of_cloud(&r, p, N_MAX, kind == 0 ? line : kind == 1 ? plane : ball);
    }
    assert_true(line[0] > 0.9 && plane[1] > 0.5 && ball[2] > 0.25);
    assert_true(line[0] > plane[0] && line[0] > ball[0]);
    assert_true(plane[1] > line[1] && plane[1] > ball[1]);
    assert_true(ball[2] > line[2] && ball[2] > plane[2]);
    builtin_rig_close(&r);
}

/* The bits, over all outputs. A change here is a change of FC_FPFH_CODE_VERSION. */
static void test_fpfh__bits_are_pinned(void **state)
{
    static const char *const pins[][2] = {
        {"bumpy.obj", "9ba3bc7a8d7d32add799341b3af2838d"},
        {"bumpy_binary.stl", "9ba3bc7a8d7d32add799341b3af2838d"},
        {"lists_binary_big_endian_int_uint.ply", "387814835d6477f0e4e2e086fdcc3f91"},
        {"rows_f8_6n.npy", "1d44f76acb1e7a7e3c0491a47f7d9823"}};
    builtin_rig r;

    (void)state;
    open_default(&r);
    for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
        char *path = NULL;
        char hex[FC_U128_HEX_BYTES];
        fc_prepared prepared = FC_PREPARED_INIT;
        fc_input in = {FC_POINTS, NULL, 0, 0, 0, pins[i][0], NULL};
        builtin_result x;
        uint8_t *bytes;

        assert_true(asprintf(&path, "clouds/formats/%s", pins[i][0]) > 0);
        bytes = golden_read(path, &in.n_bytes);
        in.bytes = bytes;
        assert_status(FC_OK, r.builtin->ops->prepare(r.self, r.worker, &in, &prepared, &r.err),
                      &r.err);
        for (int isa = 0; isa < 3; isa++) {
            static const char *const names[] = {"plain", "avx2", "avx512"};

            if (!fc__simd_force(names[isa]))
                continue;
            assert_status(FC_OK, builtin_run(&r, &prepared, NULL, &x), &r.err);
            builtin_hash(&r, &x, hex);
            if (strcmp(hex, pins[i][1]) != 0)
                fail_msg("%s on %s: %s", pins[i][0], names[isa], hex);
            builtin_result_dispose(&x);
        }
        fc__simd_force(NULL);
        fc__prepared_dispose(&prepared);
        free(bytes);
        free(path);
    }
    builtin_rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fpfh__histograms_are_those_of_open3d),
        cmocka_unit_test(test_fpfh__angle_bins_are_those_of_atan2),
        cmocka_unit_test(test_fpfh__covariance_features_are_those_of_weinmann),
        cmocka_unit_test(test_fpfh__outputs_have_their_shapes_and_unit_length),
        cmocka_unit_test(test_fpfh__neither_place_nor_size_matters),
        cmocka_unit_test(test_fpfh__up_is_what_the_card_says),
        cmocka_unit_test(test_fpfh__clouds_without_a_shape_are_defined),
        cmocka_unit_test(test_fpfh__lines_planes_and_balls_are_told_apart),
        cmocka_unit_test(test_fpfh__bits_are_pinned),
    };

    return cmocka_run_group_tests_name("fpfh", tests, NULL, NULL);
}
