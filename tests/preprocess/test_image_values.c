/*
 * The numbers that a neural encoder is fed with: numpy's, and the tensors of the model pack where
 * it is beside the checkout.
 */
#include "decode/golden_files.h"

#include <math.h>

#include "fc_image_prep.h"
#include "fc_npy_header.h"

static const fc_image_scale imagenet = {.mean = {123.675f, 116.28f, 103.53f},
                                        .deviation = {58.395f, 57.12f, 57.375f}};

/* The golden picture that the numbers are made of. */
static void short_side_picture(fc_tensor *out)
{
    const uint64_t shape[] = {16, 16, 3};
    char *path = golden_file("tests/golden/fits/short_bicubic_16_wide.u8");
    fc_error err = FC_ERROR_INIT;
    size_t n;
    uint8_t *pixels = fc_test_read_file(path, &n);

    assert_int_equal(n, 16 * 16 * 3);
    assert_status(FC_OK, fc_tensor_alloc(out, FC_U8, 3, shape, &err), &err);
    memcpy(out->data, pixels, n);
    free(pixels);
    free(path);
}

static void test_image_values__equal_numpys_in_both_layouts(void **state)
{
    static const char *const names[] = {"chw", "hwc"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fc_image_scale scale = imagenet;
        fc_tensor pixels = FC_TENSOR_INIT, got = FC_TENSOR_INIT;
        fc_error err = FC_ERROR_INIT;
        char name[64], *path;
        uint8_t *golden;
        size_t n;

        snprintf(name, sizeof(name), "tests/golden/fits/values.%s.f32", names[i]);
        path = golden_file(name);
        golden = fc_test_read_file(path, &n);
        short_side_picture(&pixels);
        scale.channels_last = i == 1;
        assert_status(FC_OK, fc__image_values(&scale, &pixels, &got, &err), &err);
        assert_int_equal(got.shape[i == 1 ? 2 : 0], 3);
        assert_int_equal(got.shape[1], 16);
        assert_int_equal(n, fc_tensor_count(&got) * sizeof(float));
        assert_memory_equal(got.data, golden, n);
        fc_tensor_dispose(&got);
        fc_tensor_dispose(&pixels);
        free(golden);
        free(path);
    }
}

static void test_image_values__grey_stands_for_three_channels(void **state)
{
    uint8_t grey[] = {0, 100, 200, 255};
    fc_tensor pixels = {.dtype = FC_U8, .rank = 3, .shape = {2, 2, 1}, .data = grey};
    fc_tensor got = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__image_values(&imagenet, &pixels, &got, &err), &err);
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < 4; i++) {
            const float want = ((float)grey[i] - imagenet.mean[c]) / imagenet.deviation[c];

            assert_memory_equal((float *)got.data + 4 * c + i, &want, sizeof(want));
        }
    fc_tensor_dispose(&got);
}

static void test_image_values__refuses_what_cannot_be_divided(void **state)
{
    static const float wrong[] = {0, -1, INFINITY, NAN};
    uint8_t grey[] = {0, 100, 200, 255};
    fc_tensor pixels = {.dtype = FC_U8, .rank = 3, .shape = {2, 2, 1}, .data = grey};
    fc_tensor got = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        fc_image_scale scale = imagenet;

        scale.deviation[1] = wrong[i];
        assert_status(FC_E_INVALID, fc__image_values(&scale, &pixels, &got, &err), &err);
        assert_null(got.data);
    }
    pixels.shape[2] = 4;
    assert_status(FC_E_INVALID, fc__image_values(&imagenet, &pixels, &got, &err), &err);
}

/* image[:, :, ::8, ::8] of the tensor that the model was fed with. */
static float worst_of_pack(const char *base, const char *model, const char *name,
                           const fc_tensor *values)
{
    char path[1400];
    fc_npy_header h;
    fc_error err = FC_ERROR_INIT;
    const float *got = values->data;
    float worst = 0;
    uint8_t *bytes;
    size_t n;

    snprintf(path, sizeof(path), "%s/%s/%.*s.tensor_s8.npy", base, model,
             (int)(strrchr(name, '.') - name), name);
    bytes = fc_test_read_file(path, &n);
    assert_status(FC_OK, fc__npy_header_read(bytes, n, path, &h, &err), &err);
    assert_int_equal(h.n_elements, 3 * 28 * 28);
    for (size_t i = 0; i < 3 * 28 * 28; i++) {
        const size_t c = i / (28 * 28), y = i / 28 % 28, x = i % 28;
        float want, d;

        memcpy(&want, bytes + h.data_at + i * sizeof(want), sizeof(want));
        d = fabsf(got[(c * 224 + 8 * y) * 224 + 8 * x] - want);
        worst = d > worst ? d : worst;
    }
    free(bytes);
    return worst;
}

/* From the file to the tensor. PNG to the last bits; the JPEG within the level that decoders of
 * different versions differ by. */
static void test_image_values__give_the_model_packs_tensors(void **state)
{
    static const char *const names[] = {"banana.png",           "elephant.png",
                                        "hand_gray_alpha.png",  "penguin.png",
                                        "roadsign_palette.png", "trumpet.jpg"};
    static const fc_image_scale lite = {.mean = {127, 127, 127}, .deviation = {128, 128, 128}};
    const fc_image_rule rule = {
        .size = 224, .fit = FC_FIT_PAD, .filter = FC_FILTER_BICUBIC, .ground = {255, 255, 255}};
    char *base = golden_path("FC_SHARED_DIR", "models/goldens");

    (void)state;
    if (base == NULL || access(base, R_OK) != 0) {
        free(base);
        fc_test_skip("no model pack beside the checkout: its tensors are not compared");
    }
    for (size_t i = 0; i < 2 * sizeof(names) / sizeof(names[0]); i++) {
        const bool vit = i % 2 == 1, jpeg = strstr(names[i / 2], ".jpg") != NULL;
        fc_tensor pixels = FC_TENSOR_INIT, values = FC_TENSOR_INIT;
        fc_error err = FC_ERROR_INIT;
        char path[1400];
        uint8_t *bytes;
        float worst;
        size_t n;

        snprintf(path, sizeof(path), "%s/inputs/images/%s", base, names[i / 2]);
        bytes = fc_test_read_file(path, &n);
        assert_status(FC_OK, fc__image_prepare(&rule, NULL, bytes, n, &pixels, &err), &err);
        assert_status(FC_OK, fc__image_values(vit ? &imagenet : &lite, &pixels, &values, &err),
                      &err);
        worst = worst_of_pack(base, vit ? "image_vit" : "image_cnn", names[i / 2], &values);
        print_message("%-24s %s largest difference %g\n", names[i / 2], vit ? "vit" : "cnn",
                      (double)worst);
        if (!(worst < (jpeg ? 1.1f / 57.12f : 1e-5f)))
            fail_msg("%s: a value differs by %g", names[i / 2], (double)worst);
        fc_tensor_dispose(&values);
        fc_tensor_dispose(&pixels);
        free(bytes);
    }
    free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_values__equal_numpys_in_both_layouts),
        cmocka_unit_test(test_image_values__grey_stands_for_three_channels),
        cmocka_unit_test(test_image_values__refuses_what_cannot_be_divided),
        cmocka_unit_test(test_image_values__give_the_model_packs_tensors),
    };

    return cmocka_run_group_tests_name("image_values", tests, NULL, NULL);
}
