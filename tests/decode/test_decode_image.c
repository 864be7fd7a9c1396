/*
 * Decoding gives the pixels that Pillow gives: every PNG type, and the JPEG kinds.
 */
#include "picture_check.h"

/* tests/golden/make_image_goldens.py makes 41 PNG and 5 JPEG files. */
#define N_PNG  41
#define N_JPEG 5

/* Exactly: filters, packing, palettes, transparency and compositing leave no freedom. */
static void test_decode_image__every_png_type_gives_the_golden_pixels(void **state)
{
    (void)state;
    check_files("images/*.png", N_PNG, ".rgb", NULL, 0);
}

/* The inverse DCT and the colour conversion may differ by 1 between versions of libjpeg-turbo;
 * through the product with black, CMYK by 2. */
static void test_decode_image__jpeg_kinds_give_the_golden_pixels(void **state)
{
    (void)state;
    check_files("images/*.jpg", N_JPEG, ".rgb", NULL, 2);
}

static void test_decode_image__size_limit_is_inclusive(void **state)
{
    char *path = golden_file("tests/golden/images/png_type2_8.png");
    fc_error err = FC_ERROR_INIT;
    fc_image im = FC_IMAGE_INIT;
    size_t n;
    uint8_t *bytes = fc_test_read_file(path, &n);

    (void)state;
    assert_status(
        FC_OK,
        fc__decode_image(bytes, n,
                         &(fc_image_options){.limits = &(fc_decode_limits){.max_pixels = 9 * 7}},
                         &im, &err),
        &err);
    fc__image_dispose(&im);
    assert_status(FC_E_LIMIT,
                  fc__decode_image(
                      bytes, n,
                      &(fc_image_options){.limits = &(fc_decode_limits){.max_pixels = 9 * 7 - 1}},
                      &im, &err),
                  &err);
    assert_null(im.pixels);
    assert_non_null(strstr(err.message, "9 x 7"));
    free(bytes);
    free(path);
}

static void test_decode_image__other_formats_are_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        fc_status want;
        const char *word;
    } cases[] = {
        {"GIF89a..........", 16, FC_E_UNSUPPORTED, "GIF"},
        {"BM..............", 16, FC_E_UNSUPPORTED, "BMP"},
        {"II*\0............", 16, FC_E_UNSUPPORTED, "TIFF"},
        {"hello", 5, FC_E_UNSUPPORTED, "68 65 6c 6c 6f"},
        {"<html><svg/>", 12, FC_E_UNSUPPORTED, "3c 68 74 6d"},
        {"\x1f\x8b\x08.....", 8, FC_E_UNSUPPORTED, "gzip"},
        {"\xff\xd8", 2, FC_E_UNSUPPORTED, "ff d8"},
        {"", 0, FC_E_FORMAT, "empty"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_image im = FC_IMAGE_INIT;

        assert_status(
            cases[i].want,
            fc__decode_image((const uint8_t *)cases[i].bytes, cases[i].n, NULL, &im, &err), &err);
        if (strstr(err.message, cases[i].word) == NULL)
            fail_msg("'%s' does not name '%s'", err.message, cases[i].word);
    }
}

static void test_decode_image__versions_name_the_libraries(void **state)
{
    (void)state;
    assert_non_null(strstr(fc__decode_versions(), "libjpeg"));
    assert_non_null(strstr(fc__decode_versions(), "libpng 1."));
    assert_non_null(strstr(fc__decode_versions(), "libwebp 1."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_image__every_png_type_gives_the_golden_pixels),
        cmocka_unit_test(test_decode_image__jpeg_kinds_give_the_golden_pixels),
        cmocka_unit_test(test_decode_image__size_limit_is_inclusive),
        cmocka_unit_test(test_decode_image__other_formats_are_named),
        cmocka_unit_test(test_decode_image__versions_name_the_libraries),
    };

    return cmocka_run_group_tests_name("decode_image", tests, NULL, NULL);
}
