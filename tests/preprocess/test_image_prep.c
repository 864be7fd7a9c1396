/*
 * The whole way from a file to the square: against the golden pictures of the model pack, where it
 * is there, and against our own.
 */
#include "decode/golden_files.h"

#include "fc_decode.h"
#include "fc_image_prep.h"
#include "fc_npy_header.h"

#define SIZE 224

static void prepare(const fc_image_rule *rule, const char *path, fc_tensor *out)
{
    fc_error err = FC_ERROR_INIT;
    size_t n;
    uint8_t *bytes = fc_test_read_file(path, &n);

    assert_status(FC_OK, fc__image_prepare(rule, NULL, bytes, n, out, &err), &err);
    free(bytes);
}

/* The largest difference to the RGB pixels; a grey result stands for three equal channels. */
static int compare(const fc_tensor *t, const uint8_t *rgb)
{
    const uint8_t *got = t->data;
    const size_t channels = (size_t)t->shape[2], n = (size_t)(t->shape[0] * t->shape[1] * 3);
    int worst = 0;

    for (size_t i = 0; i < n; i++) {
        const int d = abs(got[channels == 3 ? i : i / 3] - rgb[i]);

        worst = d > worst ? d : worst;
    }
    return worst;
}

/* One picture of the pack against what its rule (white, square, bicubic, 224) made of it. */
static void check_pack_image(const char *folder, const char *name, int tolerance)
{
    const fc_image_rule rule = {
        .size = SIZE, .fit = FC_FIT_PAD, .filter = FC_FILTER_BICUBIC, .ground = {255, 255, 255}};
    fc_tensor got = FC_TENSOR_INIT;
    fc_image golden = FC_IMAGE_INIT;
    fc_error err = FC_ERROR_INIT;
    char path[1200], golden_name[1200];
    uint8_t *bytes;
    size_t n;
    int worst;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    snprintf(golden_name, sizeof(golden_name), "%s/%.*s.224.png", folder,
             (int)(strrchr(name, '.') - name), name);
    prepare(&rule, path, &got);
    bytes = fc_test_read_file(golden_name, &n);
    assert_status(FC_OK, fc__decode_image(bytes, n, NULL, &golden, &err), &err);
    assert_int_equal(golden.width, SIZE);
    worst = compare(&got, golden.pixels);
    print_message("%-24s largest difference %d of 255\n", name, worst);
    if (worst > tolerance)
        fail_msg("%s: a pixel differs by %d", name, worst);
    fc__image_dispose(&golden);
    fc_tensor_dispose(&got);
    free(bytes);
}

static void test_image_prep__equals_the_model_packs_pictures(void **state)
{
    static const char *const names[] = {"banana.png",           "elephant.png",
                                        "hand_gray_alpha.png",  "penguin.png",
                                        "roadsign_palette.png", "trumpet.jpg"};
    char *folder = golden_path("FC_SHARED_DIR", "models/goldens/inputs/images");

    (void)state;
    if (folder == NULL || access(folder, R_OK) != 0) {
        free(folder);
        fc_test_skip("no model pack beside the checkout: its pictures are not compared");
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        check_pack_image(folder, names[i], 1);
    free(folder);
}

static void test_image_prep__a_grey_picture_has_one_channel(void **state)
{
    const fc_image_rule rule = {
        .size = 14, .fit = FC_FIT_STRETCH, .filter = FC_FILTER_BOX, .ground = {255, 255, 255}};
    static const struct {
        const char *name;
        uint64_t channels;
    } cases[] = {{"tests/golden/images/png_type0_8.png", 1},
                 {"tests/golden/images/png_type4_16.png", 1},
                 {"tests/golden/images/jpeg_grey.jpg", 1},
                 {"tests/golden/images/png_type2_8.png", 3},
                 {"tests/golden/images/jpeg_420.jpg", 3}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_tensor got = FC_TENSOR_INIT;
        char *path = golden_file(cases[i].name);

        prepare(&rule, path, &got);
        assert_int_equal(got.rank, 3);
        assert_int_equal(got.shape[0], 14);
        assert_int_equal(got.shape[2], cases[i].channels);
        fc_tensor_dispose(&got);
        free(path);
    }
}

/* 9 x 7 to a square of 9: one white line above, one below. Size 9 leaves the rest as it is. */
static void test_image_prep__pads_with_white_in_the_middle(void **state)
{
    const fc_image_rule rule = {
        .size = 9, .fit = FC_FIT_PAD, .filter = FC_FILTER_BICUBIC, .ground = {255, 255, 255}};
    char *path = golden_file("tests/golden/images/png_type2_8.png");
    char *rgb_path = golden_sibling(path, ".rgb");
    fc_tensor got = FC_TENSOR_INIT;
    size_t n;
    uint8_t *rgb = fc_test_read_file(rgb_path, &n);
    const uint8_t *out;

    (void)state;
    prepare(&rule, path, &got);
    out = got.data;
    for (size_t i = 0; i < 9 * 3; i++) {
        assert_int_equal(out[i], 255);
        assert_int_equal(out[8 * 9 * 3 + i], 255);
    }
    assert_memory_equal(out + 9 * 3, rgb, n);
    fc_tensor_dispose(&got);
    free(rgb);
    free(rgb_path);
    free(path);
}

#define SOURCE_W 37
#define SOURCE_H 23
#define N_FITS   120 /* four modes, five filters, three sizes, wide and tall */

/* resize/source.rgb as a .npy file, or turned a quarter to the left. */
static void source_npy(bool tall, uint8_t out[FC_NPY_HEADER_BYTES + SOURCE_W * SOURCE_H * 3])
{
    const uint64_t wide_shape[] = {SOURCE_H, SOURCE_W, 3}, tall_shape[] = {SOURCE_W, SOURCE_H, 3};
    char *path = golden_file("tests/golden/resize/source.rgb");
    fc_error err = FC_ERROR_INIT;
    size_t n;
    uint8_t *rgb = fc_test_read_file(path, &n), *to = out + FC_NPY_HEADER_BYTES;

    assert_int_equal(n, SOURCE_W * SOURCE_H * 3);
    assert_status(FC_OK, fc__npy_header_write(FC_U8, 3, tall ? tall_shape : wide_shape, out, &err),
                  &err);
    if (!tall)
        memcpy(to, rgb, n);
    for (size_t y = 0; tall && y < SOURCE_W; y++)
        for (size_t x = 0; x < SOURCE_H; x++, to += 3)
            memcpy(to, rgb + (x * SOURCE_W + SOURCE_W - 1 - y) * 3, 3);
    free(rgb);
    free(path);
}

static int position(const char *word, const char *const *words, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    fail_msg("no '%s'", word);
    return 0;
}

/* Every mode, filter and direction exactly as Pillow does it. */
static void test_image_prep__fits_as_pillow_does(void **state)
{
    static const char *const fits[] = {"pad", "stretch", "short", "long"};
    static const char *const filters[] = {"box", "bilinear", "bicubic", "lanczos", "nearest"};
    uint8_t npy[FC_NPY_HEADER_BYTES + SOURCE_W * SOURCE_H * 3];
    glob_t files;

    (void)state;
    golden_glob("fits/*.u8", &files);
    assert_int_equal(files.gl_pathc, N_FITS);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *name = strrchr(files.gl_pathv[i], '/') + 1;
        char fit[16], filter[16], shape[16];
        fc_image_rule rule = {0};
        fc_tensor got = FC_TENSOR_INIT;
        fc_error err = FC_ERROR_INIT;
        size_t n;
        uint8_t *golden = fc_test_read_file(files.gl_pathv[i], &n);

        assert_int_equal(
            sscanf(name, "%15[a-z]_%15[a-z]_%u_%15[a-z]", fit, filter, &rule.size, shape), 4);
        rule.fit = (fc_fit)position(fit, fits, 4);
        rule.filter = (fc_resize_filter)position(filter, filters, 5);
        source_npy(strcmp(shape, "tall") == 0, npy);
        assert_status(FC_OK, fc__image_prepare(&rule, NULL, npy, sizeof(npy), &got, &err), &err);
        assert_int_equal(fc_tensor_count(&got), n);
        if (memcmp(got.data, golden, n) != 0)
            fail_msg("%s: a pixel differs by %d", name, golden_difference(got.data, golden, n));
        fc_tensor_dispose(&got);
        free(golden);
    }
    globfree(&files);
}

/* Another ground than white, seen at the edge, and grey only where the ground is grey. */
static void test_image_prep__the_room_has_the_colour_of_the_ground(void **state)
{
    static const fc_fit fits[] = {FC_FIT_PAD, FC_FIT_LONG_SIDE};
    char *path = golden_file("tests/golden/images/png_type0_8.png");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fc_image_rule rule = {.size = 18, .fit = fits[i], .filter = FC_FILTER_BOX};
        fc_tensor got = FC_TENSOR_INIT;

        rule.ground[1] = 200;
        prepare(&rule, path, &got);
        assert_int_equal(got.shape[2], 3);
        assert_memory_equal(got.data, "\0\xc8\0\0\xc8\0", 6);
        fc_tensor_dispose(&got);
        rule.ground[0] = rule.ground[2] = 200;
        prepare(&rule, path, &got);
        assert_int_equal(got.shape[2], 1);
        assert_int_equal(((uint8_t *)got.data)[0], 200);
        fc_tensor_dispose(&got);
    }
    free(path);
}

/* 1 x 20000 with the shorter side at 4000 would be 4000 x 80 million. */
static void test_image_prep__a_strip_is_not_blown_up_to_be_cut(void **state)
{
    const fc_image_rule rule = {.size = 4000, .fit = FC_FIT_SHORT_SIDE, .filter = FC_FILTER_BOX};
    const uint64_t shape[] = {1, 20000};
    uint8_t *npy = calloc(1, FC_NPY_HEADER_BYTES + 20000);
    fc_tensor out = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_non_null(npy);
    assert_status(FC_OK, fc__npy_header_write(FC_U8, 2, shape, npy, &err), &err);
    assert_status(FC_E_LIMIT,
                  fc__image_prepare(&rule, NULL, npy, FC_NPY_HEADER_BYTES + 20000, &out, &err),
                  &err);
    assert_non_null(strstr(err.message, "80000000 x 4000"));
    assert_null(out.data);
    free(npy);
}

/* 8 x 5 with the shorter side kept: the middle begins at column 1.5, which is 2 to even, 1 down. */
static void test_image_prep__half_a_pixel_is_rounded_as_asked(void **state)
{
    fc_image_rule rule = {.size = 5, .fit = FC_FIT_SHORT_SIDE, .filter = FC_FILTER_BOX};
    const uint64_t shape[] = {5, 8};
    uint8_t npy[FC_NPY_HEADER_BYTES + 40];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__npy_header_write(FC_U8, 2, shape, npy, &err), &err);
    for (size_t i = 0; i < 40; i++)
        npy[FC_NPY_HEADER_BYTES + i] = (uint8_t)(10 * (i % 8));
    for (int down = 0; down < 2; down++) {
        fc_tensor out = FC_TENSOR_INIT;

        rule.cut_down = down != 0;
        assert_status(FC_OK, fc__image_prepare(&rule, NULL, npy, sizeof(npy), &out, &err), &err);
        for (size_t i = 0; i < 25; i++)
            assert_int_equal(((uint8_t *)out.data)[i * out.shape[2]],
                             10 * (i % 5 + (down != 0 ? 1 : 2)));
        fc_tensor_dispose(&out);
    }
}

static void test_image_prep__a_broken_file_leaves_nothing(void **state)
{
    const fc_image_rule rule = {
        .size = 14, .fit = FC_FIT_PAD, .filter = FC_FILTER_BICUBIC, .ground = {255, 255, 255}};
    fc_tensor out = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(
        FC_E_FORMAT,
        fc__image_prepare(&rule, NULL, (const uint8_t *)"\x89PNG\r\n\x1a\n", 8, &out, &err), &err);
    assert_null(out.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_prep__equals_the_model_packs_pictures),
        cmocka_unit_test(test_image_prep__a_grey_picture_has_one_channel),
        cmocka_unit_test(test_image_prep__pads_with_white_in_the_middle),
        cmocka_unit_test(test_image_prep__fits_as_pillow_does),
        cmocka_unit_test(test_image_prep__the_room_has_the_colour_of_the_ground),
        cmocka_unit_test(test_image_prep__a_strip_is_not_blown_up_to_be_cut),
        cmocka_unit_test(test_image_prep__half_a_pixel_is_rounded_as_asked),
        cmocka_unit_test(test_image_prep__a_broken_file_leaves_nothing),
    };

    return cmocka_run_group_tests_name("image_prep", tests, NULL, NULL);
}
