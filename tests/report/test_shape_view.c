/*
 * Pictures of shapes: what is nearer hides what is behind, outlines lie where geometry puts them,
 * colours and the upright are kept, and no shape takes long or has other pixels on another machine.
 */
#include "fc_test.h"

#include <math.h>

#include "fc_alloc.h"
#include "fc_hash.h"
#include "fc_shape_view.h"

#define SIDE 192u

/* The axis from the camera into the scene, z up: cos 20 (-sin 30, cos 30), -sin 20. */
static const float away[3] = {-0.469846f, 0.813798f, -0.342020f};
/* Right and up on the picture. */
static const float right[3] = {0.866025f, 0.5f, 0};
static const float upwards[3] = {-0.171010f, 0.296198f, 0.939693f};

static fc_image draw(const fc_cloud *c, fc_up up)
{
    fc_image im = FC_IMAGE_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__shape_view(c, up, SIDE, &im, &err), &err);
    assert_int_equal(im.width, SIDE);
    assert_int_equal(im.height, SIDE);
    return im;
}

static const uint8_t *pixel(const fc_image *im, uint32_t x, uint32_t y)
{
    return im->pixels + ((size_t)y * im->width + x) * 3;
}

static bool is_white(const uint8_t *p)
{
    return p[0] == 255 && p[1] == 255 && p[2] == 255;
}

static size_t count_drawn(const fc_image *im)
{
    size_t n = 0;

    for (uint32_t i = 0; i < SIDE * SIDE; i++)
        n += !is_white(im->pixels + (size_t)i * 3);
    return n;
}

static void box_of_drawn(const fc_image *im, uint32_t *width, uint32_t *height)
{
    uint32_t x0 = SIDE, x1 = 0, y0 = SIDE, y1 = 0;

    for (uint32_t y = 0; y < SIDE; y++)
        for (uint32_t x = 0; x < SIDE; x++)
            if (!is_white(pixel(im, x, y))) {
                x0 = x < x0 ? x : x0;
                x1 = x > x1 ? x : x1;
                y0 = y < y0 ? y : y0;
                y1 = y > y1 ? y : y1;
            }
    *width = x1 - x0 + 1;
    *height = y1 - y0 + 1;
}

/* Two squares across the view, one behind the other: corner k of the square at depth d. */
static void put_square(float *points, float *colours, float d, float half, size_t channel)
{
    for (size_t k = 0; k < 4; k++) {
        const float a = k == 0 || k == 3 ? -half : half, b = k < 2 ? -half : half;

        for (size_t i = 0; i < 3; i++)
            points[3 * k + i] = a * right[i] + b * upwards[i] + d * away[i];
        colours[3 * k + channel] = 1;
    }
}

static void test_shape_view__the_nearer_hides_whatever_the_order(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        float points[24], colours[24] = {0};
        uint32_t triangles[12] = {0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7};
        const fc_cloud c = {.n_points = 8,
                            .points = points,
                            .colours = colours,
                            .n_triangles = 4,
                            .triangles = triangles};
        fc_image im;

        put_square(points + 12 * order, colours + 12 * order, -0.5f, 0.5f, 0); /* red */
        put_square(points + 12 * (1 - order), colours + 12 * (1 - order), 0.5f, 1.0f,
                   1); /* green */
        im = draw(&c, FC_UP_Z);
        assert_true(pixel(&im, SIDE / 2, SIDE / 2)[0] > 80);
        assert_int_equal(pixel(&im, SIDE / 2, SIDE / 2)[1], 0);
        /* A tenth of the way in from the edge the larger one behind shows. */
        assert_int_equal(pixel(&im, SIDE / 8, SIDE / 2)[0], 0);
        assert_true(pixel(&im, SIDE / 8, SIDE / 2)[1] > 80);
        assert_true(is_white(pixel(&im, 0, 0)));
        fc__image_dispose(&im);
    }
}

/* A sphere as n x 2n quads. */
static fc_cloud sphere(uint32_t n)
{
    fc_cloud c = {.n_points = (uint64_t)(n + 1) * 2 * n, .n_triangles = (uint64_t)n * n * 4};
    size_t t = 0;

    c.points = fc__alloc_array(c.n_points, 3 * sizeof(float));
    c.triangles = fc__alloc_array(c.n_triangles, 3 * sizeof(uint32_t));
    assert_non_null(c.points);
    assert_non_null(c.triangles);
    for (uint32_t i = 0; i <= n; i++)
        for (uint32_t k = 0; k < 2 * n; k++) {
            const double a = M_PI * i / n, b = M_PI * k / n;
            float *p = c.points + 3 * ((size_t)i * 2 * n + k);

            p[0] = (float)(sin(a) * cos(b));
            p[1] = (float)(sin(a) * sin(b));
            p[2] = (float)cos(a);
        }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < 2 * n; k++) {
            const uint32_t a = i * 2 * n + k, b = i * 2 * n + (k + 1) % (2 * n);
            const uint32_t quad[6] = {a, b, a + 2 * n, b, b + 2 * n, a + 2 * n};

            memcpy(c.triangles + t, quad, sizeof(quad));
            t += 6;
        }
    return c;
}

/* Without perspective a sphere is a disc, whose area we know; it is lit from above and the left. */
static void test_shape_view__a_sphere_is_a_disc(void **state)
{
    const double radius = SIDE * 0.92 / 2, area = M_PI * radius * radius;
    fc_cloud c = sphere(64);
    fc_image im;
    uint32_t w, h;

    (void)state;
    im = draw(&c, FC_UP_Y);
    box_of_drawn(&im, &w, &h);
    assert_true(w >= 176 && w <= 178 && h >= 176 && h <= 178);
    /* Edges that are drawn in part count whole: half a pixel around. */
    assert_true(fabs((double)count_drawn(&im) - area) < 0.03 * area);
    assert_true(pixel(&im, 60, 50)[0] > pixel(&im, 130, 150)[0] + 60);
    fc__image_dispose(&im);
    fc__cloud_dispose(&c);
}

/* The same points without triangles: about the same disc, the far side hidden behind dots. */
static void test_shape_view__points_make_the_same_disc(void **state)
{
    const double radius = SIDE * 0.92 / 2, area = M_PI * radius * radius;
    fc_cloud c = sphere(64);
    fc_image im;
    double n;

    (void)state;
    c.n_triangles = 0;
    im = draw(&c, FC_UP_Y);
    n = (double)count_drawn(&im);
    assert_true(n > 0.9 * area && n < 1.1 * area);
    fc__image_dispose(&im);
    fc__cloud_dispose(&c);
}

static void test_shape_view__the_upright_stands(void **state)
{
    float points[24];
    fc_cloud c = {.n_points = 8, .points = points};
    uint32_t w, h;
    fc_image im;

    (void)state;
    for (size_t i = 0; i < 8; i++) { /* ten times as long along y */
        points[3 * i] = i & 1 ? 1.0f : 0.0f;
        points[3 * i + 1] = i & 2 ? 10.0f : 0.0f;
        points[3 * i + 2] = i & 4 ? 1.0f : 0.0f;
    }
    im = draw(&c, FC_UP_Y);
    box_of_drawn(&im, &w, &h);
    assert_true(h > 4 * w);
    fc__image_dispose(&im);
    im = draw(&c, FC_UP_X);
    box_of_drawn(&im, &w, &h);
    assert_true(w > h);
    fc__image_dispose(&im);

    assert_int_equal(fc__shape_up("a/chair.obj"), FC_UP_Y);
    assert_int_equal(fc__shape_up("bunny.PLY"), FC_UP_Y);
    assert_int_equal(fc__shape_up("part.STL"), FC_UP_Z);
    assert_int_equal(fc__shape_up("scan.xyz"), FC_UP_Z);
    assert_int_equal(fc__shape_up("scans.npy/12"), FC_UP_Z);
    assert_int_equal(fc__shape_up("scans.npy"), FC_UP_Z);
    assert_int_equal(fc__shape_up("x.zip/my.npyfiles/a.obj"), FC_UP_Y);
    assert_int_equal(fc__shape_up(NULL), FC_UP_Y);
}

static void test_shape_view__colours_of_points_show(void **state)
{
    float points[6] = {-1, 0, 0, 1, 0, 0}, colours[6] = {1, 0, 0, 0, 0, 1};
    const fc_cloud c = {.n_points = 2, .points = points, .colours = colours};
    size_t red = 0, blue = 0;
    fc_image im;

    (void)state;
    im = draw(&c, FC_UP_Y);
    for (uint32_t i = 0; i < SIDE * SIDE; i++) {
        const uint8_t *p = im.pixels + (size_t)i * 3;

        red += p[0] > 100 && p[1] < 50 && p[2] < 50;
        blue += p[2] > 80 && p[1] < 50 && p[0] < 50;
    }
    assert_true(red > 4 && blue > 4);
    fc__image_dispose(&im);
}

/* All at one place, on a line, as far out as a float goes: a picture, and no trap. */
static void test_shape_view__odd_shapes(void **state)
{
    float far_points[9] = {-3e38f, -3e38f, -3e38f, 3e38f, 3e38f, 3e38f, 3e38f, -3e38f, 0};
    float tiny[9] = {1e-45f, 0, 0, 0, 1e-45f, 0, 0, 0, 1e-45f},
          line[9] = {0, 0, 0, 1, 1, 1, 2, 2, 2};
    float *const all[] = {far_points, tiny, line};
    uint32_t triangle[3] = {0, 1, 2};
    const size_t n = 100000;
    fc_cloud c = {.n_points = n, .points = fc__alloc_array(n, 3 * sizeof(float))};
    fc_image im;

    (void)state;
    assert_non_null(c.points);
    im = draw(&c, FC_UP_Y); /* quickly */
    assert_true(count_drawn(&im) > 0 && count_drawn(&im) < 100);
    fc__image_dispose(&im);
    free(c.points);
    for (size_t i = 0; i < 3; i++)
        for (uint64_t n_triangles = 0; n_triangles < 2; n_triangles++) {
            c = (fc_cloud){
                .n_points = 3, .points = all[i], .n_triangles = n_triangles, .triangles = triangle};
            im = draw(&c, FC_UP_Z);
            assert_true(count_drawn(&im) > 0);
            fc__image_dispose(&im);
        }
}

/* Ten thousand triangles across all of the picture would be 1.5 thousand million pixels. */
static void test_shape_view__the_work_is_bounded(void **state)
{
    const uint64_t n = 10000;
    fc_cloud c = {.n_points = 3 * n, .n_triangles = n};
    fc_image im;

    (void)state;
    c.points = fc__alloc_array(3 * n, 3 * sizeof(float));
    c.triangles = fc__alloc_array(n, 3 * sizeof(uint32_t));
    assert_non_null(c.points);
    assert_non_null(c.triangles);
    for (uint32_t i = 0; i < 3 * n; i++) {
        const float a = i % 3 == 1 ? 1.0f : -1.0f, b = i % 3 == 2 ? 1.0f : -1.0f,
                    d = (float)i * 3e-5f;

        for (size_t k = 0; k < 3; k++)
            c.points[3 * i + k] = a * right[k] + b * upwards[k] + d * away[k];
        c.triangles[i] = i;
    }
    im = draw(&c, FC_UP_Z);
    assert_true(count_drawn(&im) > SIDE * SIDE / 3);
    fc__image_dispose(&im);
    fc__cloud_dispose(&c);
}

/* One picture by its bytes: the same on every machine and with every compiler. */
static void test_shape_view__the_same_bits_everywhere(void **state)
{
    fc_cloud c = sphere(16);
    char hex[FC_U128_HEX_BYTES];
    fc_image im;

    (void)state;
    for (uint64_t i = 0; i < c.n_points; i++) /* whole numbers: sin and cos may differ */
        for (size_t k = 0; k < 3; k++)
            c.points[3 * i + k] =
                (float)nearbyint((double)c.points[3 * i + k] * 100) * (float)(k + 1);
    im = draw(&c, FC_UP_Y);
    fc__u128_hex(fc__xxh128(im.pixels, (size_t)SIDE * SIDE * 3), hex);
    assert_string_equal(hex, "90ca297f327f86946304ee2223e456bd");
    fc__image_dispose(&im);
    fc__cloud_dispose(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape_view__the_nearer_hides_whatever_the_order),
        cmocka_unit_test(test_shape_view__a_sphere_is_a_disc),
        cmocka_unit_test(test_shape_view__points_make_the_same_disc),
        cmocka_unit_test(test_shape_view__the_upright_stands),
        cmocka_unit_test(test_shape_view__colours_of_points_show),
        cmocka_unit_test(test_shape_view__odd_shapes),
        cmocka_unit_test(test_shape_view__the_work_is_bounded),
        cmocka_unit_test(test_shape_view__the_same_bits_everywhere),
    };

    return cmocka_run_group_tests_name("shape_view", tests, NULL, NULL);
}
