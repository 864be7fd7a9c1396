/*
 * Surface sampling: areas as trimesh has them, as many points on a triangle as its area says, and
 * normals and colours between the corners.
 */
#include "prep_golden.h"

#include <math.h>

#include "fc_surface.h"

#define MESH_POINTS    50
#define MESH_TRIANGLES 96

static fc_cloud golden_mesh(void)
{
    return (fc_cloud){.n_points = MESH_POINTS,
                      .points = prep_golden("mesh_points.f32", MESH_POINTS * 12),
                      .n_triangles = MESH_TRIANGLES,
                      .triangles = prep_golden("mesh_triangles.u32", MESH_TRIANGLES * 12)};
}

static void test_surface__areas_are_those_of_trimesh(void **state)
{
    double *want = prep_golden("mesh_areas.f64", MESH_TRIANGLES * 8), got[MESH_TRIANGLES], sum = 0;
    fc_cloud c = golden_mesh();

    (void)state;
    assert_true(fc__surface_areas(&c, got) > 0);
    for (size_t i = 0; i < MESH_TRIANGLES; i++) {
        assert_true(fabs(got[i] - want[i]) <= 1e-12 * want[i]);
        sum += want[i];
    }
    assert_true(fabs(fc__surface_areas(&c, NULL) - sum) <= 1e-12 * sum);
    fc__cloud_dispose(&c);
    free(want);
}

/* Chi-square over the triangles with 95 degrees of freedom: 98.3 is passed once in a thousand
 * draws, and the draw is fixed. Points within a triangle have its middle as their mean. */
static void test_surface__points_fall_by_area(void **state)
{
    enum { N = 60000 };
    double *areas = prep_golden("mesh_areas.f64", MESH_TRIANGLES * 8);
    double total = 0, chi = 0, off[3] = {0};
    size_t counts[MESH_TRIANGLES] = {0};
    fc_error err = FC_ERROR_INIT;
    fc_surface s = FC_SURFACE_INIT;
    fc_cloud c = golden_mesh();

    (void)state;
    for (size_t i = 0; i < MESH_TRIANGLES; i++)
        total += areas[i];
    assert_status(FC_OK, fc__surface_sample(&c, N, 1, &s, &err), &err);
    assert_int_equal(s.n, N);
    for (size_t i = 0; i < N; i++) {
        const uint32_t *t = c.triangles + 3 * (size_t)s.triangle[i];

        counts[s.triangle[i]]++;
        for (size_t a = 0; a < 3; a++) {
            const double middle = ((double)c.points[3 * t[0] + a] + (double)c.points[3 * t[1] + a] +
                                   (double)c.points[3 * t[2] + a]) /
                                  3;

            off[a] += ((double)s.points[3 * i + a] - middle) / N;
        }
    }
    for (size_t i = 0; i < MESH_TRIANGLES; i++) {
        const double expected = N * areas[i] / total, d = (double)counts[i] - expected;

        assert_true(expected > 5);
        chi += d * d / expected;
    }
    print_message("chi-square %.1f, 95 degrees of freedom\n", chi);
    assert_true(chi < 143.3 && chi > 50.0);
    for (size_t a = 0; a < 3; a++)
        assert_true(fabs(off[a]) < 0.005); /* of triangles half a unit wide */
    fc__surface_dispose(&s);
    fc__cloud_dispose(&c);
    free(areas);
}

/* A triangle of one square unit beside one without area. */
static float corners[] = {0, 0, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0};
static float normals[] = {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1};
static float colours[] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0};
static uint32_t triangles[] = {0, 1, 3, 0, 1, 2, 1, 1, 1};

static void test_surface__normals_and_colours_lie_between_the_corners(void **state)
{
    const fc_cloud c = {4, corners, normals, colours, 3, triangles};
    fc_error err = FC_ERROR_INIT;
    fc_surface s = FC_SURFACE_INIT;

    (void)state;
    assert_status(FC_OK, fc__surface_sample(&c, 500, 4, &s, &err), &err);
    for (size_t i = 0; i < s.n; i++) {
        /* The colours are the weights of the corners. */
        const float *w = s.colours + 3 * i, *p = s.points + 3 * i, *n = s.normals + 3 * i;
        const float length = sqrtf(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);

        assert_int_equal(s.triangle[i], 1);
        assert_float_equal(w[0] + w[1] + w[2], 1, 1e-6);
        assert_true(w[0] >= 0 && w[1] >= 0 && w[2] >= 0);
        assert_float_equal(p[0], 2 * w[1], 1e-6);
        assert_float_equal(p[1], w[2], 1e-6);
        assert_float_equal(n[0], w[1] / length, 1e-5);
        assert_float_equal(n[1], w[2] / length, 1e-5);
        assert_float_equal(n[2], w[0] / length, 1e-5);
    }
    fc__surface_dispose(&s);
}

/* Without normals of its own, and where they are all zero, a point has the triangle's. */
static void test_surface__falls_back_to_the_triangles_normal(void **state)
{
    static float none[12];
    const fc_cloud c[] = {{4, corners, NULL, NULL, 3, triangles},
                          {4, corners, none, NULL, 3, triangles}};
    static const float up[] = {0, 0, 1};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        fc_error err = FC_ERROR_INIT;
        fc_surface s = FC_SURFACE_INIT;

        assert_status(FC_OK, fc__surface_sample(&c[k], 50, 4, &s, &err), &err);
        assert_null(s.colours);
        for (size_t i = 0; i < s.n; i++)
            assert_memory_equal(s.normals + 3 * i, up, sizeof(up));
        fc__surface_dispose(&s);
    }
}

static void test_surface__a_seed_is_a_draw(void **state)
{
    const fc_cloud c = {4, corners, NULL, NULL, 3, triangles};
    const uint64_t seeds[] = {1, 1, 2};
    fc_surface s[3] = {FC_SURFACE_INIT, FC_SURFACE_INIT, FC_SURFACE_INIT};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t k = 0; k < 3; k++)
        assert_status(FC_OK, fc__surface_sample(&c, 20, seeds[k], &s[k], &err), &err);
    assert_memory_equal(s[0].points, s[1].points, 20 * 12);
    assert_memory_not_equal(s[0].points, s[2].points, 20 * 12);
    for (size_t k = 0; k < 3; k++)
        fc__surface_dispose(&s[k]);
}

static void test_surface__no_area_is_refused(void **state)
{
    static uint32_t flat[] = {0, 1, 3, 2, 2, 2};
    const fc_cloud c = {4, corners, NULL, NULL, 2, flat};
    fc_error err = FC_ERROR_INIT;
    fc_surface s = FC_SURFACE_INIT;

    (void)state;
    assert_status(FC_E_FORMAT, fc__surface_sample(&c, 20, 1, &s, &err), &err);
    assert_non_null(strstr(err.message, "none of 2 triangles"));
    assert_null(s.points);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_surface__areas_are_those_of_trimesh),
        cmocka_unit_test(test_surface__points_fall_by_area),
        cmocka_unit_test(test_surface__normals_and_colours_lie_between_the_corners),
        cmocka_unit_test(test_surface__falls_back_to_the_triangles_normal),
        cmocka_unit_test(test_surface__a_seed_is_a_draw),
        cmocka_unit_test(test_surface__no_area_is_refused),
    };

    return cmocka_run_group_tests_name("surface", tests, NULL, NULL);
}
