/*
 * builtin/hog: what its features mean, and that they are the same bits everywhere.
 */
#include "image_rig.h"

#include <math.h>

#include "fc_hog.h"
#include "fc_npy_header.h"

/* White with a dark triangle whose corner is at (left, top). */
static fc_prepared triangle(int left, int top)
{
    fc_prepared p = picture(1);
    uint8_t *px = p.tensor.data;

    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++) {
            const int u = x - left, v = y - top;

            px[y * SIZE + x] = u >= 0 && v >= 0 && v < 50 && u < v ? 30 : 255;
        }
    return p;
}

static void test_hog__outputs_have_their_shapes_and_unit_length(void **state)
{
    static const char *const files[] = {"images/png_type2_8.png", "images/png_type0_1.png",
                                        "images/png_type6_16.png", "images/jpeg_420.jpg"};
    static const double variants[][3] = {{9, 0, 3}, {18, 1, 4}, {4, 1, 1}}; /* bins grid pyramid */

    (void)state;
    for (size_t v = 0; v < 3; v++) {
        builtin_rig r;

        builtin_rig_init(&r, "builtin/hog");
        builtin_rig_set(&r, "bins", variants[v][0]);
        builtin_rig_set(&r, "grid", variants[v][1]);
        builtin_rig_set(&r, "pyramid", variants[v][2]);
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

/* The bits, over all outputs. A change here is a change of FC_HOG_CODE_VERSION. Only PNG: JPEG
 * decoders differ. */
static void test_hog__bits_are_pinned(void **state)
{
    static const struct {
        const char *file, *hash;
        double is_signed, size;
    } pins[] = {
        {"images/png_type2_8.png", "391583f870e52a86f40bf72a7cd086c9", 0, 112},
        {"images/png_type0_8.png", "299cbe5a6ec0006acd43b9305b14e661", 0, 112},
        {"images/png_type6_8.png", "4c392ff5189277505d1ef70d60cc5fd5", 1, 224},
        {"images/png_type3_8_clear.png", "93781518a997ca2b042456f8f2fa9d16", 1, 56},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
        char hex[FC_U128_HEX_BYTES];
        builtin_result x;
        builtin_rig r;

        builtin_rig_init(&r, "builtin/hog");
        builtin_rig_set(&r, "signed", pins[i].is_signed);
        builtin_rig_set(&r, "size", pins[i].size);
        builtin_rig_open(&r);
        encode_golden(&r, pins[i].file, &x);
        builtin_hash(&r, &x, hex);
        assert_string_equal(hex, pins[i].hash);
        builtin_result_dispose(&x);
        builtin_rig_close(&r);
    }
}

/* A .npy picture of the pixels that another reader gave for the turned one, upright. */
static uint8_t *upright_twin(size_t *n)
{
    static const uint64_t shape[] = {24, 17, 3};
    uint8_t *pixels = golden_read("pictures/png_exif6.rgb", n);
    uint8_t *npy = malloc(FC_NPY_HEADER_BYTES + *n);

    assert_non_null(npy);
    assert_int_equal(*n, shape[0] * shape[1] * shape[2]);
    assert_int_equal(fc__npy_header_write(FC_U8, 3, shape, npy, NULL), FC_OK);
    memcpy(npy + FC_NPY_HEADER_BYTES, pixels, *n);
    *n += FC_NPY_HEADER_BYTES;
    free(pixels);
    return npy;
}

/* A picture stored on its side is its upright twin where that is asked for, and only there. */
static void test_hog__upright_applies_the_orientation(void **state)
{
    (void)state;
    for (int upright = 0; upright < 2; upright++) {
        char turned[FC_U128_HEX_BYTES], twin[FC_U128_HEX_BYTES];
        size_t n;
        uint8_t *npy = upright_twin(&n);
        builtin_result x;
        builtin_rig r;

        builtin_rig_init(&r, "builtin/hog");
        builtin_rig_set(&r, "upright", upright);
        builtin_rig_open(&r);
        encode_golden(&r, "pictures/png_exif6.png", &x);
        builtin_hash(&r, &x, turned);
        builtin_result_dispose(&x);
        builtin_encode(&r, npy, n, &x);
        builtin_hash(&r, &x, twin);
        builtin_result_dispose(&x);
        builtin_rig_close(&r);
        free(npy);
        assert_int_equal(strcmp(turned, twin) == 0, upright);
    }
}

static void test_hog__a_worker_remembers_nothing(void **state)
{
    char first[FC_U128_HEX_BYTES], again[FC_U128_HEX_BYTES];
    fc_prepared p;
    builtin_result x;
    builtin_rig r;

    (void)state;
    builtin_rig_init(&r, "builtin/hog");
    builtin_rig_open(&r);
    p = triangle(20, 20);
    encode(&r, &p, &x);
    builtin_hash(&r, &x, first);
    builtin_result_dispose(&x);
    p = ring(60, 50);
    encode(&r, &p, &x);
    builtin_result_dispose(&x);
    p = triangle(20, 20);
    encode(&r, &p, &x);
    builtin_hash(&r, &x, again);
    builtin_result_dispose(&x);
    assert_string_equal(first, again);
    builtin_rig_close(&r);
}

/* A grey picture in three channels and in one: the same bits. */
static void test_hog__grey_as_colour_is_the_same(void **state)
{
    char one[FC_U128_HEX_BYTES], three[FC_U128_HEX_BYTES];
    fc_prepared grey = ring(50, 60), colour = picture(3);
    const uint8_t *from = grey.tensor.data;
    uint8_t *to = colour.tensor.data;
    builtin_result x;
    builtin_rig r;

    (void)state;
    for (size_t i = 0; i < SIZE * SIZE; i++)
        memset(to + 3 * i, from[i], 3);
    builtin_rig_init(&r, "builtin/hog");
    builtin_rig_open(&r);
    encode(&r, &grey, &x);
    builtin_hash(&r, &x, one);
    builtin_result_dispose(&x);
    encode(&r, &colour, &x);
    builtin_hash(&r, &x, three);
    builtin_result_dispose(&x);
    assert_string_equal(one, three);
    builtin_rig_close(&r);
}

/* Energy of each orientation over the whole map of a picture with one straight edge. */
static void edge_energy(builtin_rig *r, int dx, int dy, int dark, int light, float *energy)
{
    fc_prepared p = picture(1);
    uint8_t *px = p.tensor.data;
    const fc_tensor *map;
    builtin_result x;

    for (int v = 0; v < SIZE; v++)
        for (int u = 0; u < SIZE; u++)
            px[v * SIZE + u] =
                (uint8_t)((u - SIZE / 2) * dx + (v - SIZE / 2) * dy < 0 ? dark : light);
    encode(r, &p, &x);
    map = &x.outputs[FC_CELLS_MAP];
    memset(energy, 0, FC_HOG_MAX_BINS * sizeof(*energy));
    for (size_t i = 0; i < FC_HOG_N_CELLS; i++)
        for (size_t k = 0; k < (size_t)map->shape[2] - FC_HOG_EXTRA_CHANNELS; k++)
            energy[k] += ((const float *)map->data)[i * (size_t)map->shape[2] + k];
    builtin_result_dispose(&x);
}

static size_t strongest(const float *energy)
{
    size_t best = 0;

    for (size_t k = 1; k < FC_HOG_MAX_BINS; k++)
        best = energy[k] > energy[best] ? k : best;
    return best;
}

/* Eight signed bins, 45 degrees apart: a gradient towards each direction falls into its own. */
static void test_hog__bins_follow_the_direction(void **state)
{
    static const int directions[8][2] = {{1, 0},  {1, 1},   {0, 1},  {-1, 1},
                                         {-1, 0}, {-1, -1}, {0, -1}, {1, -1}};
    float energy[FC_HOG_MAX_BINS];
    builtin_rig r;

    (void)state;
    builtin_rig_init(&r, "builtin/hog");
    builtin_rig_set(&r, "bins", 8);
    builtin_rig_set(&r, "signed", 1);
    builtin_rig_open(&r);
    for (size_t k = 0; k < 8; k++) {
        edge_energy(&r, directions[k][0], directions[k][1], 0, 255, energy);
        assert_int_equal(strongest(energy), k);
    }
    builtin_rig_close(&r);
}

static void test_hog__unsigned_bins_do_not_see_which_side_is_dark(void **state)
{
    float there[FC_HOG_MAX_BINS], back[FC_HOG_MAX_BINS];
    builtin_rig r;

    (void)state;
    builtin_rig_init(&r, "builtin/hog");
    builtin_rig_open(&r);
    edge_energy(&r, 2, 1, 10, 200, there);
    edge_energy(&r, 2, 1, 200, 10, back);
    for (size_t k = 0; k < 9; k++)
        assert_float_equal(there[k], back[k], 1e-4f);
    assert_true(there[strongest(there)] > 1.0f);
    builtin_rig_close(&r);
}

/* A third of the contrast, the same edges: the block norm takes it out. */
static void test_hog__edges_do_not_depend_on_contrast(void **state)
{
    float strong[FC_HOG_MAX_BINS], weak[FC_HOG_MAX_BINS];
    builtin_rig r;

    (void)state;
    builtin_rig_init(&r, "builtin/hog");
    builtin_rig_open(&r);
    edge_energy(&r, 2, 1, 0, 240, strong);
    edge_energy(&r, 2, 1, 80, 160, weak);
    for (size_t k = 0; k < 9; k++)
        assert_float_equal(strong[k], weak[k], 0.2f * strong[strongest(strong)]);
    builtin_rig_close(&r);
}

/* One cell to the right and down: pooled hardly moves, and stays nearer than another shape does;
 * the grid, whose cells keep their place, moves more. */
static void test_hog__pooled_forgives_a_shift(void **state)
{
    fc_prepared here = triangle(30, 30), shifted = triangle(38, 38), other = ring(55, 55);
    double pooled_shift, grid_shift, pooled_other;
    builtin_result a, b, c;
    builtin_rig r;

    (void)state;
    builtin_rig_init(&r, "builtin/hog");
    builtin_rig_open(&r);
    encode(&r, &here, &a);
    encode(&r, &shifted, &b);
    encode(&r, &other, &c);
    pooled_shift = tensor_dot(&a.outputs[FC_CELLS_POOLED], &b.outputs[FC_CELLS_POOLED]);
    pooled_other = tensor_dot(&a.outputs[FC_CELLS_POOLED], &c.outputs[FC_CELLS_POOLED]);
    grid_shift = tensor_dot(&a.outputs[FC_CELLS_GRID], &b.outputs[FC_CELLS_GRID]);
    print_message("cosine after a shift: pooled %.3f, grid %.3f; of another shape: pooled %.3f\n",
                  pooled_shift, grid_shift, pooled_other);
    assert_true(pooled_shift > 0.9);
    assert_true(pooled_shift > grid_shift + 0.1);
    assert_true(pooled_shift > pooled_other + 0.1);
    builtin_result_dispose(&c);
    builtin_result_dispose(&b);
    builtin_result_dispose(&a);
    builtin_rig_close(&r);
}

/* No edge, no contrast, no colour: still a direction, and the same one for every grey. */
static void test_hog__a_blank_picture_has_a_direction(void **state)
{
    builtin_result x[3];
    builtin_rig r;

    (void)state;
    builtin_rig_init(&r, "builtin/hog");
    builtin_rig_open(&r);
    for (int i = 0; i < 3; i++) {
        fc_prepared p = picture(1);

        memset(p.tensor.data, i * 127, SIZE * SIZE);
        encode(&r, &p, &x[i]);
        for (size_t k = FC_CELLS_GRID; k <= FC_CELLS_POOLED; k++)
            assert_float_equal(tensor_dot(&x[i].outputs[k], &x[0].outputs[k]), 1.0, 1e-5);
    }
    for (int i = 0; i < 3; i++)
        builtin_result_dispose(&x[i]);
    builtin_rig_close(&r);
}

/* Red and blue of the same luminance differ by colour alone. */
static void test_hog__colour_tells_apart_what_luminance_cannot(void **state)
{
    fc_prepared red = picture(3), blue = picture(3);
    builtin_result a, b;
    builtin_rig r;

    (void)state;
    for (size_t i = 0; i < SIZE * SIZE; i++) {
        const bool inside = i % SIZE > 30 && i % SIZE < 80 && i / SIZE > 30 && i / SIZE < 80;

        memcpy((uint8_t *)red.tensor.data + 3 * i, inside ? "\x80\x00\x00" : "\xff\xff\xff", 3);
        memcpy((uint8_t *)blue.tensor.data + 3 * i, inside ? "\x12\x00\xff" : "\xff\xff\xff", 3);
    }
    builtin_rig_init(&r, "builtin/hog");
    builtin_rig_open(&r);
    encode(&r, &red, &a);
    encode(&r, &blue, &b);
    assert_true(tensor_dot(&a.outputs[FC_CELLS_POOLED], &b.outputs[FC_CELLS_POOLED]) < 0.95);
    builtin_result_dispose(&b);
    builtin_result_dispose(&a);
    builtin_rig_close(&r);
}

static void test_hog__fills_only_what_is_wanted(void **state)
{
    static const bool wanted[FC_BUILTIN_MAX_OUTPUTS] = {[FC_CELLS_POOLED] = true};
    fc_prepared p = ring(50, 50);
    builtin_result x;
    builtin_rig r;

    (void)state;
    builtin_rig_init(&r, "builtin/hog");
    builtin_rig_open(&r);
    assert_status(FC_OK, builtin_run(&r, &p, wanted, &x), &r.err);
    assert_int_equal(x.outputs[FC_CELLS_MAP].rank, 0);
    assert_int_equal(x.outputs[FC_CELLS_GRID].rank, 0);
    assert_int_equal(x.outputs[FC_CELLS_POOLED].rank, 1);
    builtin_result_dispose(&x);
    fc_tensor_dispose(&p.tensor);
    builtin_rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hog__outputs_have_their_shapes_and_unit_length),
        cmocka_unit_test(test_hog__bits_are_pinned),
        cmocka_unit_test(test_hog__upright_applies_the_orientation),
        cmocka_unit_test(test_hog__a_worker_remembers_nothing),
        cmocka_unit_test(test_hog__grey_as_colour_is_the_same),
        cmocka_unit_test(test_hog__bins_follow_the_direction),
        cmocka_unit_test(test_hog__unsigned_bins_do_not_see_which_side_is_dark),
        cmocka_unit_test(test_hog__edges_do_not_depend_on_contrast),
        cmocka_unit_test(test_hog__pooled_forgives_a_shift),
        cmocka_unit_test(test_hog__a_blank_picture_has_a_direction),
        cmocka_unit_test(test_hog__colour_tells_apart_what_luminance_cannot),
        cmocka_unit_test(test_hog__fills_only_what_is_wanted),
    };

    return cmocka_run_group_tests_name("hog", tests, NULL, NULL);
}
