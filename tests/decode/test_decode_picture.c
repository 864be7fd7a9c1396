/*
 * WebP, .npy, EXIF orientation, colour profiles and grounds: the pixels that Pillow gives.
 */
#include "picture_check.h"

/* tests/golden/make_picture_goldens.py: how many files of each kind. */
#define N_EXIF_JPEG 8
#define N_PNG       3
#define N_WEBP      6
#define N_NPY       4

static void decode_golden(const char *name, const fc_image_options *opts, fc_image *out)
{
    char *base = golden_file("tests/golden/pictures"), *path = NULL;

    assert_true(asprintf(&path, "%s/%s", base, name) > 0);
    decode_file(path, opts, out);
    free(path);
    free(base);
}

/* Lossy WebP is exact by its specification; only the conversion to RGB is free, and libwebp's is
 * the same everywhere. */
static void test_decode_picture__webp_and_npy_give_the_golden_pixels(void **state)
{
    (void)state;
    check_files("pictures/*.webp", N_WEBP, ".rgb", NULL, 0);
    check_files("pictures/*.npy", N_NPY, ".rgb", NULL, 0);
}

static void test_decode_picture__alpha_lies_on_the_ground_that_is_asked_for(void **state)
{
    const fc_image_options black = {.black_ground = true};

    (void)state;
    check_files("pictures/*_alpha.webp", 2, ".black.rgb", &black, 0);
    check_files("pictures/*_alpha.png", 1, ".black.rgb", &black, 0);
}

static void test_decode_picture__every_orientation_comes_out_upright(void **state)
{
    (void)state;
    check_files("pictures/jpeg_exif*.jpg", N_EXIF_JPEG, ".rgb", NULL, 1);
    check_files("pictures/*.png", N_PNG, ".rgb", NULL, 0);
}

static void test_decode_picture__orientation_can_be_left_alone(void **state)
{
    static const char *const names[] = {"jpeg_exif6.jpg", "png_exif6.png", "webp_exif8.webp"};
    static const uint8_t stored[] = {6, 6, 8};
    const fc_image_options as_stored = {.ignore_orientation = true};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        fc_image im = FC_IMAGE_INIT;

        decode_golden(names[i], &as_stored, &im);
        assert_int_equal(im.width, 24);
        assert_int_equal(im.height, 17);
        assert_int_equal(im.orientation, stored[i]);
        fc__image_dispose(&im);
        decode_golden(names[i], NULL, &im);
        assert_int_equal(im.width, 17);
        assert_int_equal(im.height, 24);
        assert_int_equal(im.orientation, stored[i]);
        fc__image_dispose(&im);
    }
}

static void test_decode_picture__a_profile_is_stated(void **state)
{
    static const struct {
        const char *name, *format;
        uint32_t at_least, at_most;
    } cases[] = {
        {"jpeg_icc.jpg", "JPEG", 588, 588}, /* the whole profile */
        {"webp_icc.webp", "WebP", 588, 588}, {"png_icc.png", "PNG", 100, 588}, /* compressed */
        {"jpeg_exif1.jpg", "JPEG", 0, 0},    {"png_alpha.png", "PNG", 0, 0},
        {"webp_lossy.webp", "WebP", 0, 0},   {"npy_rgb.npy", "NPY", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_image im = FC_IMAGE_INIT;

        decode_golden(cases[i].name, NULL, &im);
        assert_string_equal(im.format, cases[i].format);
        assert_in_range(im.profile_bytes, cases[i].at_least, cases[i].at_most);
        fc__image_dispose(&im);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_picture__webp_and_npy_give_the_golden_pixels),
        cmocka_unit_test(test_decode_picture__alpha_lies_on_the_ground_that_is_asked_for),
        cmocka_unit_test(test_decode_picture__every_orientation_comes_out_upright),
        cmocka_unit_test(test_decode_picture__orientation_can_be_left_alone),
        cmocka_unit_test(test_decode_picture__a_profile_is_stated),
    };

    return cmocka_run_group_tests_name("decode_picture", tests, NULL, NULL);
}
