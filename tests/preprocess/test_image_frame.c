/*
 * Where the square that an encoder sees lies in the picture: a picture whose colours say where they
 * are is prepared, and each pixel of the square is looked up in the frame.
 */
#include "fc_test.h"

#include <math.h>
#include <stdlib.h>

#include "fc_image_prep.h"
#include "fc_npy_header.h"

#define SIZE 64

/* Red tells the column, green the row; blue is 0, and 255 in the ground. */
static uint8_t *picture(uint32_t w, uint32_t h, size_t *n)
{
    const uint64_t shape[3] = {h, w, 3};
    fc_error err = FC_ERROR_INIT;
    uint8_t *npy, *p;

    *n = FC_NPY_HEADER_BYTES + (size_t)w * h * 3;
    npy = malloc(*n);
    assert_non_null(npy);
    assert_status(FC_OK, fc__npy_header_write(FC_U8, 3, shape, npy, &err), &err);
    p = npy + FC_NPY_HEADER_BYTES;
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++, p += 3) {
            p[0] = (uint8_t)(255.0 * (x + 0.5) / w);
            p[1] = (uint8_t)(255.0 * (y + 0.5) / h);
            p[2] = 0;
        }
    return npy;
}

/* Pixel (column, row) of the middle of the square is where the frame says. */
static void check_pixel(const fc_image_frame *f, const uint8_t *pixel, uint32_t column,
                        uint32_t row, uint32_t side, const char *what)
{
    const double x = f->left + (f->right - f->left) * (column + 0.5) / side;
    const double y = f->top + (f->bottom - f->top) * (row + 0.5) / side;
    const double edge = 0.04; /* where picture and ground are blended */

    if (x < -edge || x > 1 + edge || y < -edge || y > 1 + edge) {
        if (pixel[2] < 250)
            fail_msg("%s: %u, %u is no ground", what, column, row);
    } else if (x > edge && x < 1 - edge && y > edge && y < 1 - edge) {
        /* Six levels are a fortieth of the picture: under a pixel of the square. */
        if (pixel[2] > 5 || fabs(pixel[0] - 255 * x) > 6 || fabs(pixel[1] - 255 * y) > 6)
            fail_msg("%s: %u, %u is (%u %u %u), the frame says %.1f %.1f", what, column, row,
                     pixel[0], pixel[1], pixel[2], 255 * x, 255 * y);
    }
}

static void check(fc_fit fit, uint32_t w, uint32_t h, uint32_t middle)
{
    static const char *const names[] = {"pad", "stretch", "short side", "long side"};
    const fc_image_rule rule = {
        .size = SIZE, .fit = fit, .filter = FC_FILTER_BILINEAR, .ground = {255, 255, 255}};
    const uint32_t side = middle > 0 ? middle : SIZE, corner = (SIZE - side) / 2;
    fc_tensor square = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_image_frame f;
    size_t n;
    uint8_t *npy = picture(w, h, &n);

    assert_status(FC_OK, fc__image_prepare(&rule, NULL, npy, n, &square, &err), &err);
    assert_status(FC_OK, fc__image_find_frame(&rule, middle, NULL, npy, n, &f, &err), &err);
    assert_int_equal(f.width, w);
    assert_int_equal(f.height, h);
    assert_int_equal(f.orientation, 1);
    assert_int_equal(square.shape[2], 3);
    for (uint32_t row = 0; row < side; row++)
        for (uint32_t column = 0; column < side; column++)
            check_pixel(&f,
                        (const uint8_t *)square.data +
                            (((size_t)corner + row) * SIZE + corner + column) * 3,
                        column, row, side, names[fit]);
    fc_tensor_dispose(&square);
    free(npy);
}

static void test_image_frame__tells_where_each_pixel_comes_from(void **state)
{
    static const uint32_t sides[][2] = {{200, 100}, {100, 200}, {150, 150}, {211, 97}, {40, 90}};

    (void)state;
    for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
        for (fc_fit fit = FC_FIT_PAD; fit <= FC_FIT_LONG_SIDE; fit++)
            for (uint32_t middle = 0; middle <= 48; middle += 48)
                check(fit, sides[i][0], sides[i][1], middle);
}

/* By hand, of a picture of 200 x 100. */
static void test_image_frame__of_a_wide_picture(void **state)
{
    static const double want[][4] = {
        {0, -0.5, 1, 1.5}, {0, 0, 1, 1}, {0.25, 0, 0.75, 1}, {0, -0.5, 1, 1.5}};
    fc_error err = FC_ERROR_INIT;
    fc_image_frame f;
    size_t n;
    uint8_t *npy = picture(200, 100, &n);

    (void)state;
    for (fc_fit fit = FC_FIT_PAD; fit <= FC_FIT_LONG_SIDE; fit++) {
        const fc_image_rule rule = {.size = SIZE, .fit = fit, .filter = FC_FILTER_BOX};

        assert_status(FC_OK, fc__image_find_frame(&rule, 0, NULL, npy, n, &f, &err), &err);
        assert_float_equal(f.left, want[fit][0], 1e-9);
        assert_float_equal(f.top, want[fit][1], 1e-9);
        assert_float_equal(f.right, want[fit][2], 1e-9);
        assert_float_equal(f.bottom, want[fit][3], 1e-9);
    }
    assert_int_equal(
        fc__image_find_frame(&(fc_image_rule){.size = SIZE}, 0, NULL, npy, 20, &f, &err),
        FC_E_FORMAT);
    free(npy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_frame__tells_where_each_pixel_comes_from),
        cmocka_unit_test(test_image_frame__of_a_wide_picture),
    };

    return cmocka_run_group_tests_name("image_frame", tests, NULL, NULL);
}
