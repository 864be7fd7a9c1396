/*
 * Heads as bytes: read back, refused when damaged, and what a head may be at all.
 */
#include "head_fixture.h"

#include "fc_hash.h"

static void test_head_file__reads_back_the_same(void **state)
{
    static const fc_fuse fuses[] = {FC_FUSE_MIX, FC_FUSE_ATTENTION, FC_FUSE_SUM};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        fc_head h = golden_head(0, 2, fuses[i]), again = FC_HEAD_INIT, copy = FC_HEAD_INIT;
        fc_buf bytes = FC_BUF_INIT, second = FC_BUF_INIT;
        fc_tensor tensors[3];
        fc_head_item items[3];
        float out[2][FIXTURE_DIM];

        golden_items(items, tensors);
        assert_status(FC_OK, fc__head_write(&h, &bytes, &err), &err);
        assert_status(FC_OK, fc__head_read(&again, bytes.data, bytes.size, &err), &err);
        assert_status(FC_OK, fc__head_copy(&copy, &again, &err), &err);
        fc__head_dispose(&again);
        assert_status(FC_OK, fc__head_write(&copy, &second, &err), &err);
        assert_int_equal(bytes.size, second.size);
        assert_memory_equal(bytes.data, second.data, bytes.size);
        assert_status(FC_OK, fc__head_apply(&h, items, out[0], &err), &err);
        assert_status(FC_OK, fc__head_apply(&copy, items, out[1], &err), &err);
        assert_memory_equal(out[0], out[1], sizeof(out[0]));
        fc__head_dispose(&copy);
        fc__head_dispose(&h);
        fc_buf_dispose(&second);
        fc_buf_dispose(&bytes);
        dispose_items(tensors);
    }
}

/* The example of schemas/head.md, byte for byte. */
static void test_head_file__is_laid_out_as_written_down(void **state)
{
    static const uint8_t want[] = {'F', 'C', 'H', 'E', 'A', 'D', 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0,
                                   1, 0, 0, 0, 0, 0,
                                   /* input 0 */
                                   2, 0, 0x30 | 0x01, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                   /* weight 1, -2; bias 0.5 */
                                   0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F,
                                   /* CRC-32C */
                                   0, 0, 0, 0};
    float weight[] = {1, -2}, bias[] = {0.5f};
    fc_head h = {.dim = 1, .fuse = FC_FUSE_ONE, .n_inputs = 1};
    fc_buf bytes = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    h.inputs[0] = (fc_head_input){.pooling = {.kind = FC_POOLING_MEAN, .skip_first = 1},
                                  .dim = 2,
                                  .unit = true,
                                  .weight = weight,
                                  .bias = bias};
    assert_status(FC_OK, fc__head_write(&h, &bytes, &err), &err);
    assert_int_equal(bytes.size, sizeof(want));
    assert_memory_equal(bytes.data, want, sizeof(want) - 4);
    fc_buf_dispose(&bytes);
}

static void seal(uint8_t *bytes, size_t n)
{
    const uint32_t crc = fc__crc32c(0, bytes, n - 4);

    for (size_t i = 0; i < 4; i++)
        bytes[n - 4 + i] = (uint8_t)(crc >> 8 * i);
}

static fc_buf sample(void)
{
    fc_head h = golden_head(0, 2, FC_FUSE_ATTENTION);
    fc_buf bytes = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__head_write(&h, &bytes, &err), &err);
    fc__head_dispose(&h);
    return bytes;
}

static void test_head_file__refuses_every_truncation_and_flip(void **state)
{
    fc_buf whole = sample();
    fc_error err = FC_ERROR_INIT;
    fc_head h;

    (void)state;
    for (size_t n = 0; n < whole.size; n++) {
        uint8_t *cut = malloc(n > 0 ? n : 1);

        assert_non_null(cut);
        memcpy(cut, whole.data, n);
        assert_status(FC_E_CORRUPT, fc__head_read(&h, cut, n, &err), &err);
        if (n >= 8) {
            seal(cut, n);
            assert_true(fc__head_read(&h, cut, n, &err) != FC_OK);
        }
        free(cut);
    }
    for (size_t i = 0; i < whole.size; i++) {
        whole.data[i] ^= 0x10;
        assert_status(FC_E_CORRUPT, fc__head_read(&h, whole.data, whole.size, &err), &err);
        whole.data[i] ^= 0x10;
    }
    fc_buf_dispose(&whole);
}

/* Each field out of range, with a checksum that is right. */
static void test_head_file__refuses_fields_that_do_not_fit(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
        fc_status want;
    } edits[] = {
        {8, 2, FC_E_VERSION},     {12, 0, FC_E_CORRUPT},    {15, 1, FC_E_CORRUPT},
        {16, 9, FC_E_CORRUPT},    {16, 1, FC_E_CORRUPT},    {18, 0, FC_E_CORRUPT},
        {18, 9, FC_E_CORRUPT},    {18, 2, FC_E_CORRUPT},    {20, 1, FC_E_CORRUPT},
        {24, 77, FC_E_CORRUPT},   {26, 0xFF, FC_E_CORRUPT}, {28, 0, FC_E_CORRUPT},
        {31, 0x7F, FC_E_CORRUPT}, {44, 1, FC_E_CORRUPT},    {51, 0x7F, FC_E_CORRUPT},
        {52, 1, FC_E_CORRUPT},
    };
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        fc_buf bytes = sample();
        fc_head h;

        bytes.data[edits[i].at] = edits[i].value;
        if (edits[i].at == 51)
            bytes.data[50] = 0xC0; /* a logit that is no number */
        seal(bytes.data, bytes.size);
        if (fc__head_read(&h, bytes.data, bytes.size, &err) != edits[i].want)
            fail_msg("byte %zu = %u: %s", edits[i].at, edits[i].value, err.message);
        assert_int_equal(err.status, edits[i].want);
        fc_buf_dispose(&bytes);
    }
}

static void test_head_check__says_what_does_not_fit(void **state)
{
    fc_head h = golden_head(0, 2, FC_FUSE_ATTENTION);
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;
    float *kept;

    (void)state;
    h.fuse = FC_FUSE_ONE;
    assert_status(FC_E_INVALID, fc__head_check(&h, &err), &err);
    h.fuse = FC_FUSE_MIX;
    assert_status(FC_E_INVALID, fc__head_check(&h, &err), &err);
    assert_non_null(strstr(err.message, "gate"));
    h.fuse = FC_FUSE_ATTENTION;
    h.inputs[2].unit = true;
    assert_status(FC_E_INVALID, fc__head_check(&h, &err), &err);
    h.inputs[2].unit = false;
    kept = h.inputs[2].queries;
    h.inputs[2].queries = NULL;
    assert_status(FC_E_INVALID, fc__head_check(&h, &err), &err);
    h.inputs[2].queries = kept;
    kept = h.inputs[1].weight;
    h.inputs[1].weight = NULL;
    assert_status(FC_E_INVALID, fc__head_check(&h, &err), &err);
    assert_non_null(strstr(err.message, "input 1"));
    h.inputs[1].weight = kept;
    h.inputs[1].bias[2] = NAN;
    assert_status(FC_E_INVALID, fc__head_write(&h, &out, &err), &err);
    assert_non_null(strstr(err.message, "bias"));
    assert_int_equal(out.size, 0);
    h.inputs[1].bias[2] = 0;
    assert_status(FC_OK, fc__head_check(&h, &err), &err);
    fc__head_dispose(&h);
    assert_int_equal(h.n_inputs, 0);
    fc__head_dispose(&h);
    fc__head_dispose(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head_file__reads_back_the_same),
        cmocka_unit_test(test_head_file__is_laid_out_as_written_down),
        cmocka_unit_test(test_head_file__refuses_every_truncation_and_flip),
        cmocka_unit_test(test_head_file__refuses_fields_that_do_not_fit),
        cmocka_unit_test(test_head_check__says_what_does_not_fit),
    };

    return cmocka_run_group_tests_name("head_file", tests, NULL, NULL);
}
