/*
 * The resizer gives Pillow's numbers exactly, with and without the white around the image.
 */
#include "decode/golden_files.h"

#include "fc_resize.h"

#define SOURCE_W 37
#define SOURCE_H 23
#define WHITE              \
    {                      \
        255, 255, 255, 255 \
    }
/* tests/golden/make_image_goldens.py: 4 filters, 4 plain sizes and 2 padded ones. */
#define N_GOLDENS 24

static const char *const filter_names[] = {"box", "bilinear", "bicubic", "lanczos"};

static uint8_t *read_source(void)
{
    char *path = golden_file("tests/golden/resize/source.rgb");
    size_t n;
    uint8_t *bytes = fc_test_read_file(path, &n);

    assert_int_equal(n, SOURCE_W * SOURCE_H * 3);
    free(path);
    return bytes;
}

static fc_canvas plain_canvas(const uint8_t *pixels)
{
    return (fc_canvas){pixels, SOURCE_W, SOURCE_H, 3, SOURCE_W, SOURCE_H, 0, 0, WHITE, false};
}

static fc_canvas padded_canvas(const uint8_t *pixels)
{
    return (fc_canvas){pixels,   SOURCE_W, SOURCE_H, 3,
                       SOURCE_W, SOURCE_W, 0,        (SOURCE_W - SOURCE_H) / 2,
                       WHITE,    false};
}

static void check_golden(const fc_canvas *canvas, fc_resize_filter filter, uint32_t w, uint32_t h,
                         const char *path)
{
    fc_error err = FC_ERROR_INIT;
    size_t n;
    uint8_t *golden = fc_test_read_file(path, &n);
    uint8_t *out = malloc(n);
    int worst;

    assert_non_null(out);
    assert_int_equal(n, (size_t)w * h * 3);
    assert_status(FC_OK, fc__resize(canvas, filter, w, h, out, &err), &err);
    worst = golden_difference(out, golden, n);
    if (worst != 0)
        fail_msg("%s: a pixel differs by %d", path, worst);
    free(out);
    free(golden);
}

static void test_resize__equals_pillow_for_every_filter(void **state)
{
    uint8_t *source = read_source();
    size_t checked = 0;

    (void)state;
    for (int f = 0; f < 4; f++) {
        glob_t files;
        char pattern[64];

        snprintf(pattern, sizeof(pattern), "resize/*%s_*.rgb", filter_names[f]);
        golden_glob(pattern, &files);
        for (size_t i = 0; i < files.gl_pathc; i++, checked++) {
            const char *name = strrchr(files.gl_pathv[i], '/') + 1;
            const bool padded = strncmp(name, "pad_", 4) == 0;
            const fc_canvas canvas = padded ? padded_canvas(source) : plain_canvas(source);
            unsigned w = 0, h = 0;
            const int n = sscanf(strrchr(name, '_') + 1, "%ux%u", &w, &h);

            assert_int_equal(n, padded ? 1 : 2);
            check_golden(&canvas, (fc_resize_filter)f, w, padded ? w : h, files.gl_pathv[i]);
        }
        globfree(&files);
    }
    assert_int_equal(checked, N_GOLDENS);
    free(source);
}

/* The white that is never made counts as if it were: the same canvas, really padded. */
static void test_resize__virtual_white_equals_real_white(void **state)
{
    enum { SIDE = 61, LEFT = 3, TOP = 30, OUT = 17 };
    uint8_t *source = read_source();
    uint8_t *square = malloc(SIDE * SIDE * 3);
    uint8_t virtual_out[OUT * OUT * 3], real_out[OUT * OUT * 3];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_non_null(square);
    memset(square, 255, SIDE * SIDE * 3);
    for (size_t y = 0; y < SOURCE_H; y++)
        memcpy(square + ((y + TOP) * SIDE + LEFT) * 3, source + y * SOURCE_W * 3, SOURCE_W * 3);
    for (int f = 0; f < 4; f++) {
        const fc_canvas part = {source, SOURCE_W, SOURCE_H, 3, SIDE, SIDE, LEFT, TOP, WHITE, false};
        const fc_canvas whole = {square, SIDE, SIDE, 3, SIDE, SIDE, 0, 0, WHITE, false};

        assert_status(FC_OK, fc__resize(&part, (fc_resize_filter)f, OUT, OUT, virtual_out, &err),
                      &err);
        assert_status(FC_OK, fc__resize(&whole, (fc_resize_filter)f, OUT, OUT, real_out, &err),
                      &err);
        assert_memory_equal(virtual_out, real_out, sizeof(real_out));
    }
    free(square);
    free(source);
}

/* One channel alone gives what it gives among three: grey images take the short way. */
static void test_resize__channels_do_not_meet(void **state)
{
    enum { OUT = 20 };
    uint8_t *source = read_source();
    uint8_t one[SOURCE_W * SOURCE_H], out_one[OUT * OUT], out_three[OUT * OUT * 3];
    fc_canvas canvas = plain_canvas(source);
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__resize(&canvas, FC_FILTER_BICUBIC, OUT, OUT, out_three, &err), &err);
    canvas.pixels = one;
    canvas.channels = 1;
    for (size_t c = 0; c < 3; c++) {
        for (size_t i = 0; i < sizeof(one); i++)
            one[i] = source[3 * i + c];
        assert_status(FC_OK, fc__resize(&canvas, FC_FILTER_BICUBIC, OUT, OUT, out_one, &err), &err);
        for (size_t i = 0; i < OUT * OUT; i++)
            assert_int_equal(out_one[i], out_three[3 * i + c]);
    }
    free(source);
}

/* A strip of 60000 x 2 pixels padded to a square would be 10 GB. */
static void test_resize__a_strip_costs_no_square(void **state)
{
    enum { LONG = 60000, OUT = 28 };
    uint8_t *strip = calloc(LONG * 2, 3);
    uint8_t out[OUT * OUT * 3];
    const fc_canvas canvas = {strip, LONG, 2, 3, LONG, LONG, 0, LONG / 2 - 1, WHITE, false};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_non_null(strip);
    assert_status(FC_OK, fc__resize(&canvas, FC_FILTER_BICUBIC, OUT, OUT, out, &err), &err);
    for (size_t i = 0; i < sizeof(out); i++)
        assert_int_equal(out[i], 255); /* 2 of 60000 lines: less than half a level */
    free(strip);
}

/* 4 x 37 to 4 x 9 and then 3 x 9 is the order of Pillow 13; the other way round the one before. */
static void test_resize__both_orders_of_the_passes(void **state)
{
    enum { IN_W = 6, IN_H = 137, W = 5, H = 9 };
    uint8_t *source = read_source(), lines[IN_W * IN_H * 3], want[W * H * 3], got[W * H * 3];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_true(IN_W * IN_H < SOURCE_W * SOURCE_H);
    for (int across_first = 0; across_first < 2; across_first++) {
        const uint32_t w = across_first ? W : IN_W, h = across_first ? IN_H : H;
        const fc_canvas whole = {source, IN_W, IN_H, 3, IN_W, IN_H, 0, 0, WHITE, across_first != 0};
        const fc_canvas half = {lines, w, h, 3, w, h, 0, 0, WHITE, false};

        assert_status(FC_OK, fc__resize(&whole, FC_FILTER_BICUBIC, w, h, lines, &err), &err);
        assert_status(FC_OK, fc__resize(&half, FC_FILTER_BICUBIC, W, H, want, &err), &err);
        assert_status(FC_OK, fc__resize(&whole, FC_FILTER_BICUBIC, W, H, got, &err), &err);
        assert_memory_equal(got, want, sizeof(want));
        if (across_first == 1) { /* the orders differ on this picture, so the test can fail */
            const fc_canvas other = {source, IN_W, IN_H, 3, IN_W, IN_H, 0, 0, WHITE, false};

            assert_status(FC_OK, fc__resize(&other, FC_FILTER_BICUBIC, W, H, want, &err), &err);
            assert_memory_not_equal(got, want, sizeof(want));
        }
    }
    free(source);
}

static void test_resize__refuses_an_image_outside_its_canvas(void **state)
{
    uint8_t pixel[3] = {1, 2, 3}, out[3];
    static const fc_canvas wrong[] = {
        {NULL, 1, 1, 3, 1, 1, 1, 0, WHITE, false},
        {NULL, 2, 1, 3, 1, 1, 0, 0, WHITE, false},
        {NULL, 1, 1, 3, 4, 4, 0, 4, WHITE, false},
        {NULL, 0, 1, 3, 4, 4, 0, 0, WHITE, false},
        {NULL, 1, 1, 3, 4, 4, UINT32_MAX, 0, WHITE, false},
        {NULL, 1, 1, 5, 4, 4, 0, 0, WHITE, false},
    };
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        fc_canvas canvas = wrong[i];

        canvas.pixels = pixel;
        assert_status(FC_E_INVALID, fc__resize(&canvas, FC_FILTER_BOX, 1, 1, out, &err), &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resize__equals_pillow_for_every_filter),
        cmocka_unit_test(test_resize__virtual_white_equals_real_white),
        cmocka_unit_test(test_resize__channels_do_not_meet),
        cmocka_unit_test(test_resize__a_strip_costs_no_square),
        cmocka_unit_test(test_resize__both_orders_of_the_passes),
        cmocka_unit_test(test_resize__refuses_an_image_outside_its_canvas),
    };

    return cmocka_run_group_tests_name("resize", tests, NULL, NULL);
}
