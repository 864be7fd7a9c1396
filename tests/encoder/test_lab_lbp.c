/*
 * Colours and patterns of builtin/lab-hog-lbp against scikit-image.
 */
#include "decode/golden_files.h"

#include <math.h>

#include "fc_lab.h"
#include "fc_lbp.h"

#define N_COLOURS 1536
#define SIDE      48

static uint8_t *read_texture(const char *name, size_t expected)
{
    size_t n;
    uint8_t *bytes = golden_read(name, &n);

    assert_int_equal(n, expected);
    return bytes;
}

/* A just visible difference of colours is about 1; 16 bits of linear light leave 0.05 in the
 * dark. */
static void test_lab__equals_scikit_image(void **state)
{
    static fc_lab_table table;
    uint8_t *rgb = read_texture("texture/colours.rgb", N_COLOURS * 3);
    uint8_t *golden = read_texture("texture/colours.lab", N_COLOURS * 3 * sizeof(float));
    double worst = 0;

    (void)state;
    fc__lab_table(&table);
    for (size_t i = 0; i < N_COLOURS; i++) {
        int32_t lab[3];

        fc__lab_of(&table, rgb + 3 * i, lab);
        for (size_t k = 0; k < 3; k++) {
            float want;
            double d;

            memcpy(&want, golden + (3 * i + k) * sizeof(want), sizeof(want));
            d = fabs(lab[k] / (double)FC_LAB_ONE - (double)want);
            worst = d > worst ? d : worst;
        }
    }
    print_message("largest difference of L, a or b: %.4f\n", worst);
    assert_true(worst < 0.06);
    free(golden);
    free(rgb);
}

static void test_lab__black_and_white_are_the_ends(void **state)
{
    static const uint8_t black[3] = {0, 0, 0}, white[3] = {255, 255, 255};
    static fc_lab_table table;
    int32_t lab[3];

    (void)state;
    fc__lab_table(&table);
    fc__lab_of(&table, black, lab);
    assert_in_range(lab[0] + FC_LAB_ONE / 64, 0, FC_LAB_ONE / 32);
    fc__lab_of(&table, white, lab);
    assert_in_range(lab[0], 100 * FC_LAB_ONE - FC_LAB_ONE / 64, 100 * FC_LAB_ONE);
}

/* Inside the border, where the ground around does not matter. */
static void test_lbp__equals_scikit_image(void **state)
{
    static const char *const methods[] = {"uniform", "oriented"};
    uint8_t *grey = read_texture("texture/grey.u8", SIDE * SIDE);

    (void)state;
    for (uint32_t radius = 1; radius <= FC_LBP_MAX_RADIUS; radius++)
        for (int m = 0; m < 2; m++) {
            uint8_t codes[SIDE * SIDE], *golden;
            fc_lbp_table table;
            char name[32];

            snprintf(name, sizeof(name), "texture/%s_%u.u8", methods[m], radius);
            golden = read_texture(name, SIDE * SIDE);
            fc__lbp_table(&table, radius, m == 1);
            assert_int_equal(table.n_codes, m == 1 ? FC_LBP_ORIENTED : FC_LBP_UNIFORM);
            fc__lbp_codes(&table, grey, SIDE, codes);
            for (uint32_t y = radius; y < SIDE - radius; y++)
                for (uint32_t x = radius; x < SIDE - radius; x++)
                    if (codes[y * SIDE + x] != golden[y * SIDE + x])
                        fail_msg("%s: (%u, %u) is %u, not %u", name, x, y, codes[y * SIDE + x],
                                 golden[y * SIDE + x]);
            free(golden);
        }
    free(grey);
}

/* Every level of grey, every radius, up to the corners: no lighter or darker neighbour. */
static void test_lbp__flat_is_one_code(void **state)
{
    uint8_t grey[16 * 16], codes[16 * 16];

    (void)state;
    for (int level = 0; level < 256; level++)
        for (uint32_t radius = 1; radius <= FC_LBP_MAX_RADIUS; radius++) {
            fc_lbp_table table;

            memset(grey, level, sizeof(grey));
            fc__lbp_table(&table, radius, level % 2 == 1);
            fc__lbp_codes(&table, grey, 16, codes);
            for (size_t i = 0; i < sizeof(codes); i++)
                assert_int_equal(codes[i], level % 2 == 1 ? 57 : 8);
        }
}

static void test_lbp__weights_are_whole(void **state)
{
    (void)state;
    for (uint32_t radius = 1; radius <= FC_LBP_MAX_RADIUS; radius++) {
        fc_lbp_table table;

        fc__lbp_table(&table, radius, false);
        for (size_t p = 0; p < FC_LBP_POINTS; p++) {
            const int64_t *w = table.points[p].weight;

            assert_true(w[0] + w[1] + w[2] + w[3] == FC_LBP_WEIGHT_TOTAL);
            assert_true(w[0] >= 0 && w[1] >= 0 && w[2] >= 0 && w[3] >= 0);
            assert_int_equal(table.points[p].on_pixel, p % 2 == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lab__equals_scikit_image),
        cmocka_unit_test(test_lab__black_and_white_are_the_ends),
        cmocka_unit_test(test_lbp__equals_scikit_image),
        cmocka_unit_test(test_lbp__flat_is_one_code),
        cmocka_unit_test(test_lbp__weights_are_whole),
    };

    return cmocka_run_group_tests_name("lab_lbp", tests, NULL, NULL);
}
