/*
 * Centre, unit sphere, up axis and choice of points: against numpy, and against what PointNet was
 * given for the shared models.
 */
#include "prep_golden.h"

#include <math.h>

#include "fc_bytes.h"
#include "fc_cloud.h"
#include "fc_cloud_prep.h"
#include "fc_npy_header.h"

static void test_points__unit_sphere_is_that_of_numpy(void **state)
{
    float *p = prep_golden("points.f32", GOLDEN_POINTS * 12);
    float *want = prep_golden("unit.f32", GOLDEN_POINTS * 12);
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__points_to_unit_sphere(p, GOLDEN_POINTS, FC_CENTRE_MEAN, &err), &err);
    for (size_t i = 0; i < 3 * GOLDEN_POINTS; i++)
        assert_float_equal(p[i], want[i], 1e-7);
    free(want);
    free(p);
}

static void test_points__the_box_has_its_own_centre(void **state)
{
    float p[] = {0, 0, 0, 4, 0, 0, 1, 2, 0, 1, 1, 0};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__points_to_unit_sphere(p, 4, FC_CENTRE_BOX, &err), &err);
    /* The middle is (2, 1, 0); the corner farthest from it sqrt(5) away. */
    assert_float_equal(p[0], -0.8944272f, 1e-6);
    assert_float_equal(p[10], 0, 1e-7);
    assert_float_equal(p[4], -0.4472136f, 1e-6);
}

static void test_points__one_place_has_no_size(void **state)
{
    float p[300];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < 300; i++)
        p[i] = 0.1f;
    for (size_t n = 1; n <= 100; n += 99)
        for (int centre = 0; centre < 2; centre++) {
            assert_status(FC_E_FORMAT, fc__points_to_unit_sphere(p, n, (fc_centre)centre, &err),
                          &err);
            assert_non_null(strstr(err.message, "the same"));
        }
}

/* Each axis comes to +z, and no turn is a mirror. */
static void test_points__up_turns_and_does_not_mirror(void **state)
{
    (void)state;
    for (int up = FC_UP_X; up <= FC_UP_MINUS_Z; up++) {
        float p[4][3] = {{0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
        float det;

        p[0][up % 3] = up < FC_UP_MINUS_X ? 1 : -1;
        fc__points_turn_up(&p[0][0], 4, (fc_up)up);
        assert_true(p[0][0] == 0 && p[0][1] == 0 && p[0][2] == 1);
        det = p[1][0] * (p[2][1] * p[3][2] - p[2][2] * p[3][1]) -
              p[1][1] * (p[2][0] * p[3][2] - p[2][2] * p[3][0]) +
              p[1][2] * (p[2][0] * p[3][1] - p[2][1] * p[3][0]);
        assert_true(det == 1);
    }
}

static void test_points__a_choice_is_even_and_keeps_the_order(void **state)
{
    int counts[20] = {0};

    (void)state;
    for (uint64_t seed = 0; seed < 4000; seed++) {
        float p[60];

        for (int i = 0; i < 20; i++)
            p[3 * i] = p[3 * i + 1] = p[3 * i + 2] = (float)i;
        assert_int_equal(fc__points_subset(p, 20, 5, seed), 5);
        for (int i = 0; i < 5; i++) {
            assert_true(i == 0 || p[3 * i] > p[3 * i - 3]);
            counts[(int)p[3 * i]]++;
        }
    }
    for (int i = 0; i < 20; i++)
        assert_true(abs(counts[i] - 1000) < 120); /* over four deviations */
}

/* The values of a .npy of n x 3 f32. */
static const float *npy_values(const uint8_t *bytes, size_t n, uint64_t *rows)
{
    fc_error err = FC_ERROR_INIT;
    fc_npy_header h;

    assert_status(FC_OK, fc__npy_header_read(bytes, n, "golden", &h, &err), &err);
    assert_true(h.kind == 'f' && h.width == 4 && h.rank == 2 && h.shape[1] == 3);
    assert_int_equal(h.n_bytes, n - h.data_at);
    *rows = h.shape[0];
    return (const float *)(const void *)(bytes + h.data_at);
}

/* The points that PointNet was given: all of the file, in its order. */
static void test_points__pointnet_inputs_of_the_shared_models(void **state)
{
    static const char *const names[][2] = {{"wardrobe.ply", "wardrobe"},
                                           {"bedside_table.xyz", "bedside_table"},
                                           {"deck_chair.ply", "deck_chair"},
                                           {"desk.obj", "desk"}};
    char *folder = golden_path("FC_SHARED_DIR", "models/goldens");

    (void)state;
    if (folder == NULL || access(folder, R_OK) != 0) {
        free(folder);
        fc_test_skip("no models/goldens in FC_SHARED_DIR");
    }
    for (size_t i = 0; i < 4; i++) {
        char *input = NULL, *golden = NULL;
        fc_error err = FC_ERROR_INIT;
        uint8_t *bytes, *want;
        uint64_t rows;
        const float *values;
        fc_cloud c;
        size_t n, n_want;

        assert_true(asprintf(&input, "%s/inputs/points/%s", folder, names[i][0]) > 0);
        assert_true(asprintf(&golden, "%s/points/%s.points.npy", folder, names[i][1]) > 0);
        bytes = fc_test_read_file(input, &n);
        want = fc_test_read_file(golden, &n_want);
        values = npy_values(want, n_want, &rows);
        assert_status(FC_OK, fc__decode_cloud(bytes, n, input, NULL, &c, &err), &err);
        assert_int_equal(c.n_points, rows);
        assert_status(FC_OK, fc__points_to_unit_sphere(c.points, rows, FC_CENTRE_MEAN, &err), &err);
        for (size_t k = 0; k < 3 * rows; k++)
            assert_float_equal(c.points[k], values[k], 1e-6); /* theirs is in float32 */
        fc__cloud_dispose(&c);
        free(want);
        free(bytes);
        free(golden);
        free(input);
    }
    free(folder);
}

/* A mesh gives n_points of its surface, a cloud its own, and one without area its points. */
static void test_cloud_prep__takes_surface_or_points(void **state)
{
    static const struct {
        const char *text;
        uint64_t rows;
    } files[] = {{"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", 100},
                 {"v 0 0 0\nv 1 0 0\nv 0 1 0\n", 3},
                 {"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 1 2\n", 3}};
    const fc_cloud_rule rule = {100, FC_UP_Y, FC_CENTRE_MEAN, 1, false, false, 0};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *bytes = (const uint8_t *)files[i].text;
        fc_error err = FC_ERROR_INIT;
        fc_tensor t = FC_TENSOR_INIT;
        double most = 0;
        const float *p;

        assert_status(
            FC_OK, fc__cloud_prepare(&rule, bytes, strlen(files[i].text), "a.obj", NULL, &t, &err),
            &err);
        assert_int_equal(t.shape[0], files[i].rows);
        p = t.data;
        for (size_t k = 0; k < t.shape[0]; k++) {
            const double square = (double)(p[3 * k] * p[3 * k] + p[3 * k + 1] * p[3 * k + 1] +
                                           p[3 * k + 2] * p[3 * k + 2]);

            most = square > most ? square : most;
            assert_float_equal(p[3 * k], 0,
                               1e-6); /* y is up, so that the file's z, which is 0, is x */
        }
        assert_float_equal(most, 1, 1e-5);
        fc_tensor_dispose(&t);
    }
}

/* Point i lies at x = i and has red 10 i: which points were chosen shows in both. */
static void test_cloud_prep__colours_stay_with_their_points(void **state)
{
    const fc_cloud_rule rule = {.n_points = 4,
                                .up = FC_UP_Z,
                                .centre = FC_CENTRE_BOX,
                                .seed = 3,
                                .colours = true,
                                .no_colour = 0.4f};
    static const char plain[] = "v 0 0 0\nv 1 0 0\nv 0 1 0\n";
    char text[1024] =
        "ply\nformat ascii 1.0\nelement vertex 20\nproperty float x\nproperty float y\n"
        "property float z\nproperty uchar red\nproperty uchar green\n"
        "property uchar blue\nend_header\n";
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    size_t at = strlen(text);
    const float *p;
    float first, last;

    (void)state;
    for (int i = 0; i < 20; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%d 0 0 %d 255 0\n", i, 10 * i);
    assert_status(
        FC_OK, fc__cloud_prepare(&rule, (const uint8_t *)text, at, "a.ply", NULL, &t, &err), &err);
    assert_int_equal(t.rank, 2);
    assert_int_equal(t.shape[0], 4);
    assert_int_equal(t.shape[1], 6);
    p = t.data;
    first = p[3] * 25.5f;
    last = p[6 * 3 + 3] * 25.5f;
    assert_true(first < last);
    for (size_t k = 0; k < 4; k++, p += 6) {
        /* The box's middle at 0 and its ends at -1 and 1. */
        assert_float_equal(p[0], 2 * (p[3] * 25.5f - first) / (last - first) - 1, 1e-5);
        assert_float_equal(p[4], 1, 1e-6);
        assert_float_equal(p[5], 0, 1e-6);
    }

    assert_status(FC_OK,
                  fc__cloud_prepare(&rule, (const uint8_t *)plain, sizeof(plain) - 1, "a.obj", NULL,
                                    &t, &err),
                  &err);
    assert_int_equal(t.shape[0], 3);
    p = t.data;
    for (size_t k = 0; k < 3; k++)
        for (size_t c = 3; c < 6; c++)
            assert_float_equal(p[6 * k + c], 0.4f, 0);
    fc_tensor_dispose(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points__unit_sphere_is_that_of_numpy),
        cmocka_unit_test(test_points__the_box_has_its_own_centre),
        cmocka_unit_test(test_points__one_place_has_no_size),
        cmocka_unit_test(test_points__up_turns_and_does_not_mirror),
        cmocka_unit_test(test_points__a_choice_is_even_and_keeps_the_order),
        cmocka_unit_test(test_points__pointnet_inputs_of_the_shared_models),
        cmocka_unit_test(test_cloud_prep__takes_surface_or_points),
        cmocka_unit_test(test_cloud_prep__colours_stay_with_their_points),
    };

    return cmocka_run_group_tests_name("points", tests, NULL, NULL);
}
