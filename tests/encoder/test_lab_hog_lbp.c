/*
 * builtin/lab-hog-lbp: what its features mean, and that they are the same bits everywhere.
 */
#include "image_rig.h"

#include <math.h>

#include "fc_labhoglbp.h"
#include "fc_vec.h"

static fc_prepared filled(uint8_t r, uint8_t g, uint8_t b)
{
    fc_prepared p = picture(3);
    uint8_t *px = p.tensor.data;

    for (size_t i = 0; i < SIZE * SIZE; i++, px += 3) {
        px[0] = r;
        px[1] = g;
        px[2] = b;
    }
    return p;
}

static void test_lab_hog_lbp__outputs_have_their_shapes_and_unit_length(void **state)
{
    static const char *const files[] = {"images/png_type2_8.png", "images/png_type0_1.png",
                                        "pictures/webp_lossy_alpha.webp", "pictures/npy_rgb.npy"};
    static const double variants[][5] = {/* bins patterns grid pyramid fit */
                                         {9, 0, 0, 3, 0},
                                         {18, 1, 1, 4, 2},
                                         {4, 1, 1, 1, 3}};

    (void)state;
    for (size_t v = 0; v < 3; v++) {
        builtin_rig r;

        builtin_rig_init(&r, "builtin/lab-hog-lbp");
        builtin_rig_set(&r, "bins", variants[v][0]);
        builtin_rig_set(&r, "patterns", variants[v][1]);
        builtin_rig_set(&r, "grid", variants[v][2]);
        builtin_rig_set(&r, "pyramid", variants[v][3]);
        builtin_rig_set(&r, "fit", variants[v][4]);
        builtin_rig_open(&r);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
            builtin_result x;

            encode_golden(&r, files[i], &x);
            builtin_check_shapes(&r, &x);
            for (size_t k = FC_CELLS_GRID; k <= FC_CELLS_POOLED; k++)
                assert_float_equal(tensor_dot(&x.outputs[k], &x.outputs[k]), 1.0, 1e-5);
            builtin_result_dispose(&x);
        }
        builtin_rig_close(&r);
    }
}

/* The bits, over all outputs, on every instruction set. A change here is a change of
 * FC_LABHOGLBP_CODE_VERSION. Only exact formats: JPEG decoders differ. */
static void test_lab_hog_lbp__bits_are_pinned(void **state)
{
    static const struct {
        const char *file, *hash;
        double patterns, radius, fit, filter, ground;
    } pins[] = {
        {"images/png_type2_8.png", "66ec25c2e7d16a3d8c0f71efbf4f881c", 0, 1, 0, 2, 0},
        {"images/png_type0_8.png", "65b3901e22a420d2fde336b213c908ec", 0, 2, 2, 0, 0},
        {"images/png_type6_8.png", "d5e8e3e80918857cad079a70dcda6e91", 1, 4, 3, 1, 1},
        {"pictures/npy_rgb.npy", "0f406d77766621d0ac5f4a0a39368c1f", 1, 1, 1, 3, 0},
        {"images/png_type2_8.png", "36a36819b2146d62bb0fb16fb31138ec", 0, 1, 0, 4, 0},
        {"pictures/png_exif6.png", "872fffcb6c5d365b415d184b4419b5d0", 0, 1, 0, 2, 0},
    };
    static const char *const versions[] = {"plain", "avx2", "avx512"};

    (void)state;
    for (size_t i = 0; i < 3 * sizeof(pins) / sizeof(pins[0]); i++) {
        const size_t k = i / 3;
        char hex[FC_U128_HEX_BYTES];
        builtin_result x;
        builtin_rig r;

        if (!fc__simd_force(versions[i % 3]))
            continue;
        builtin_rig_init(&r, "builtin/lab-hog-lbp");
        builtin_rig_set(&r, "patterns", pins[k].patterns);
        builtin_rig_set(&r, "radius", pins[k].radius);
        builtin_rig_set(&r, "fit", pins[k].fit);
        builtin_rig_set(&r, "filter", pins[k].filter);
        builtin_rig_set(&r, "ground", pins[k].ground);
        builtin_rig_open(&r);
        encode_golden(&r, pins[k].file, &x);
        builtin_hash(&r, &x, hex);
        if (strcmp(hex, pins[k].hash) != 0)
            fail_msg("%s, %s: %s", pins[k].file, versions[i % 3], hex);
        builtin_result_dispose(&x);
        builtin_rig_close(&r);
    }
    assert_true(fc__simd_force(NULL));
}

static void test_lab_hog_lbp__a_worker_remembers_nothing(void **state)
{
    char first[FC_U128_HEX_BYTES], again[FC_U128_HEX_BYTES];
    builtin_result x;
    builtin_rig r;
    fc_prepared p;

    (void)state;
    builtin_rig_init(&r, "builtin/lab-hog-lbp");
    builtin_rig_open(&r);
    for (int i = 0; i < 3; i++) {
        p = i == 1 ? filled(200, 10, 90) : ring(40, 60);
        encode(&r, &p, &x);
        builtin_hash(&r, &x, i == 0 ? first : again);
        builtin_result_dispose(&x);
    }
    assert_string_equal(first, again);
    builtin_rig_close(&r);
}

/* A red picture: L 53.24, a 80.09, b 67.20 in every cell, nothing deviates, no edges, one code. */
static void test_lab_hog_lbp__the_map_says_what_it_says(void **state)
{
    const float *map;
    builtin_result x;
    builtin_rig r;
    fc_prepared p;

    (void)state;
    builtin_rig_init(&r, "builtin/lab-hog-lbp");
    builtin_rig_set(&r, "luminance", 1);
    builtin_rig_set(&r, "colour", 2);
    builtin_rig_set(&r, "texture", 0.5);
    builtin_rig_open(&r);
    p = filled(255, 0, 0);
    encode(&r, &p, &x);
    map = x.outputs[FC_CELLS_MAP].data;
    for (size_t i = 0; i < FC_MAP_N_CELLS; i++, map += 25) {
        assert_float_equal(map[0], 1.0 / 64, 1e-5); /* against the picture's own mean */
        assert_float_equal(map[1], 2 * 0.8009f, 1e-3f);
        assert_float_equal(map[2], 2 * 0.6720f, 1e-3f);
        for (size_t k = 3; k < 25; k++)
            assert_float_equal(map[k], k == 15 + 8 ? 0.5 : 0.0, 1e-4);
    }
    builtin_result_dispose(&x);
    builtin_rig_close(&r);
}

/* A colour sets the pictures apart that differ in nothing else, a shift does less to `pooled` than
 * to `grid`. */
static void test_lab_hog_lbp__grid_keeps_places_and_pooled_forgives(void **state)
{
    builtin_result here, there, red, green;
    builtin_rig r;
    fc_prepared p;

    (void)state;
    builtin_rig_init(&r, "builtin/lab-hog-lbp");
    builtin_rig_open(&r);
    p = ring(40, 40);
    encode(&r, &p, &here);
    p = ring(64, 56);
    encode(&r, &p, &there);
    p = filled(220, 40, 40);
    encode(&r, &p, &red);
    p = filled(40, 140, 40);
    encode(&r, &p, &green);
    assert_true(tensor_dot(&here.outputs[FC_CELLS_POOLED], &there.outputs[FC_CELLS_POOLED]) >
                tensor_dot(&here.outputs[FC_CELLS_GRID], &there.outputs[FC_CELLS_GRID]) + 0.1);
    assert_true(tensor_dot(&red.outputs[FC_CELLS_GRID], &green.outputs[FC_CELLS_GRID]) < 0.5);
    builtin_result_dispose(&here);
    builtin_result_dispose(&there);
    builtin_result_dispose(&red);
    builtin_result_dispose(&green);
    builtin_rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lab_hog_lbp__outputs_have_their_shapes_and_unit_length),
        cmocka_unit_test(test_lab_hog_lbp__bits_are_pinned),
        cmocka_unit_test(test_lab_hog_lbp__a_worker_remembers_nothing),
        cmocka_unit_test(test_lab_hog_lbp__the_map_says_what_it_says),
        cmocka_unit_test(test_lab_hog_lbp__grid_keeps_places_and_pooled_forgives),
    };

    return cmocka_run_group_tests_name("lab_hog_lbp", tests, NULL, NULL);
}
