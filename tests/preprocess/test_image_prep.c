/*
 * The whole way from a file to the square: against the golden pictures of the model pack, where it
 * is there, and against our own.
 */
#include "decode/golden_files.h"

#include "fc_decode.h"
#include "fc_image_prep.h"

#define SIZE 224

static void prepare(const fc_image_rule *rule, const char *path, fc_tensor *out)
{
    fc_error err = FC_ERROR_INIT;
    size_t n;
    uint8_t *bytes = fc_test_read_file(path, &n);

    assert_status(FC_OK, fc__image_prepare(rule, bytes, n, out, &err), &err);
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
    const fc_image_rule rule = {.size = SIZE, .fit = FC_FIT_PAD, .filter = FC_FILTER_BICUBIC};
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
    const fc_image_rule rule = {.size = 14, .fit = FC_FIT_STRETCH, .filter = FC_FILTER_BOX};
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
    const fc_image_rule rule = {.size = 9, .fit = FC_FIT_PAD, .filter = FC_FILTER_BICUBIC};
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

static void test_image_prep__a_broken_file_leaves_nothing(void **state)
{
    const fc_image_rule rule = {.size = 14, .fit = FC_FIT_PAD, .filter = FC_FILTER_BICUBIC};
    fc_tensor out = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_E_FORMAT,
                  fc__image_prepare(&rule, (const uint8_t *)"\x89PNG\r\n\x1a\n", 8, &out, &err),
                  &err);
    assert_null(out.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_prep__equals_the_model_packs_pictures),
        cmocka_unit_test(test_image_prep__a_grey_picture_has_one_channel),
        cmocka_unit_test(test_image_prep__pads_with_white_in_the_middle),
        cmocka_unit_test(test_image_prep__a_broken_file_leaves_nothing),
    };

    return cmocka_run_group_tests_name("image_prep", tests, NULL, NULL);
}
