/*
 * The steps below a frame: planes, the zero mask, predicted signs and the coding of one plane, each
 * against its inverse and against a plain statement of what it must do.
 */
#include "codec_fixture.h"

#include "fc_spread.h"

#define N 1027

static const fc_dtype floats[] = {FC_F32, FC_F16, FC_BF16};

/* n elements of random bits, about a third of them zero, some with the sign alone. */
static void random_elements(size_t size, uint8_t *out)
{
    fc_rng rng = fc__rng_seed(31);

    for (size_t i = 0; i < N; i++) {
        const uint64_t dice = fc__rng_below(&rng, 9);
        const uint64_t bits = dice < 3   ? 0
                              : dice < 4 ? UINT64_C(1) << (8 * size - 1)
                                         : fc__rng_u64(&rng);

        memcpy(out + i * size, &bits, size);
    }
}

static void test_planes__split_puts_exponent_first_and_sign_last(void **state)
{
    const float x[] = {1.0f, -1.0f, 0.0f, -0.0f, 3.5f};
    uint8_t planes[4 * 5];
    static const uint8_t exponents[] = {127, 127, 0, 0, 128}, signs[] = {0, 1, 0, 1, 0};

    (void)state;
    fc__planes_split(FC_F32, (const uint8_t *)x, 5, planes);
    assert_memory_equal(planes, exponents, 5);
    assert_memory_equal(planes + 15, signs, 5);
    assert_int_equal(planes[5 + 4], 0xc0); /* the mantissa of 3.5 is .11 */
}

static void test_planes__join_is_the_inverse_of_split(void **state)
{
    static const fc_dtype all[] = {FC_F32, FC_F16, FC_BF16, FC_I8};
    static uint8_t in[4 * N], planes[4 * N], out[4 * N];

    (void)state;
    for (size_t t = 0; t < 4; t++)
        for (size_t n = 0; n < N; n += 1 + n / 7) {
            const size_t size = fc_dtype_size(all[t]);
            const uint8_t *p[4] = {planes, planes + n, planes + 2 * n, planes + 3 * n};

            random_elements(size, in);
            memset(out, 0xee, sizeof(out));
            fc__planes_split(all[t], in, n, planes);
            fc__planes_join(all[t], p, n, out);
            assert_memory_equal(out, in, n * size);
            assert_int_equal(out[n * size], 0xee);
        }
}

static void test_zero_mask__keeps_each_nonzero_element_in_order(void **state)
{
    static uint8_t in[4 * N], mask[N / 8 + 1], kept[4 * N + FC_SPREAD_SLACK], out[4 * N];

    (void)state;
    for (size_t t = 0; t < 4; t++)
        for (size_t n = 0; n < N; n += 1 + n / 7) {
            const fc_dtype dtype = t < 3 ? floats[t] : FC_I8;
            const size_t size = fc_dtype_size(dtype);
            static const uint8_t zero[4];
            size_t count, ones = 0, want = 0;
            fc_error err = FC_ERROR_INIT;

            random_elements(size, in);
            count = fc__zeros_squeeze(dtype, in, n, mask, kept);
            for (size_t i = 0; i < n; i++) {
                const bool is_zero = memcmp(in + i * size, zero, size) == 0;

                assert_int_equal(mask[i / 8] >> i % 8 & 1, !is_zero);
                if (!is_zero)
                    assert_memory_equal(kept + want++ * size, in + i * size, size);
            }
            assert_int_equal(count, want);
            assert_int_equal(fc__zeros_count(dtype, in, n), n - want);
            assert_status(FC_OK, fc__mask_count(mask, n, &ones, &err), &err);
            assert_int_equal(ones, want);
            fc__zeros_expand(dtype, kept, mask, n, out);
            assert_memory_equal(out, in, n * size);
        }
}

static void test_zero_mask__a_bit_past_the_end_is_damage(void **state)
{
    const uint8_t mask[] = {0xff, 0x08};
    fc_error err = FC_ERROR_INIT;
    size_t ones = 0;

    (void)state;
    assert_status(FC_OK, fc__mask_count(mask, 12, &ones, &err), &err);
    assert_int_equal(ones, 9);
    assert_status(FC_E_CORRUPT, fc__mask_count(mask, 11, &ones, &err), &err);
}

static void test_signs__restore_is_the_inverse_of_predict(void **state)
{
    static const size_t lags[] = {1, 2, 7, 64, 1000, 5000};
    static uint8_t in[4 * N], out[4 * N];

    (void)state;
    for (size_t t = 0; t < 3; t++)
        for (size_t k = 0; k < sizeof(lags) / sizeof(lags[0]); k++)
            for (size_t n = 0; n < N; n += 1 + n / 3) {
                const size_t size = fc_dtype_size(floats[t]), top = size - 1;
                size_t changed = 0;

                random_elements(size, in);
                fc__signs_predict(floats[t], in, n, lags[k], out);
                for (size_t i = lags[k]; i < n; i++) {
                    const int flips = (in[i * size + top] ^ in[(i - lags[k]) * size + top]) & 0x80;

                    assert_int_equal(out[i * size + top] & 0x80, flips);
                    changed += flips != 0;
                }
                assert_int_equal(fc__signs_changed(floats[t], in, n, lags[k]), changed);
                fc__signs_restore(floats[t], out, n, lags[k]);
                assert_memory_equal(out, in, n * size);
            }
}

static void test_seven_bits__unpack_is_the_inverse_of_pack(void **state)
{
    uint8_t plane[67], packed[67], out[67];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t n = 0; n < 67; n++)
        for (unsigned low = 0; low < 2; low++) {
            const size_t bytes = fc__seven_bytes(n);

            assert_int_equal(bytes, (7 * n + 7) / 8);
            for (size_t i = 0; i < n; i++)
                plane[i] = (uint8_t)((37 * i + n) << 1 | low);
            memset(packed, 0xee, sizeof(packed));
            fc__seven_pack(plane, n, packed);
            assert_int_equal(packed[bytes], 0xee);
            for (size_t bit = 0; bit < 7 * n; bit++)
                assert_int_equal(packed[bit / 8] >> bit % 8 & 1,
                                 plane[bit / 7] >> (1 + bit % 7) & 1);
            assert_status(FC_OK, fc__seven_unpack(packed, n, (uint8_t)low, out, &err), &err);
            assert_memory_equal(out, plane, n);
            if (n % 8 != 0) {
                packed[bytes - 1] |= 0x80;
                assert_status(FC_E_CORRUPT, fc__seven_unpack(packed, n, 0, out, &err), &err);
            }
        }
}

/* Encode one plane, decode it, and give the coding that was chosen. */
static int plane_coding(const uint8_t *plane, size_t n, size_t *stored)
{
    fc_codec *c = make_codec();
    uint8_t *scratch = malloc(n + 1);
    const uint8_t *back = NULL;
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_reader r;
    int coding;

    assert_non_null(scratch);
    assert_status(FC_OK, fc__plane_encode(c, plane, n, &out, &err), &err);
    r = fc_reader_over(out.data, out.size);
    assert_status(FC_OK, fc__plane_decode(c, &r, n, scratch, &back, &err), &err);
    assert_int_equal(fc_reader_left(&r), 0);
    if (n > 0)
        assert_memory_equal(back, plane, n);
    coding = out.data[0];
    *stored = out.size;
    fc_buf_dispose(&out);
    free(scratch);
    fc__codec_destroy(c);
    return coding;
}

static void test_plane__coding_is_what_pays(void **state)
{
    static uint8_t plane[8192];
    fc_rng rng = fc__rng_seed(8);
    size_t stored;

    (void)state;
    for (size_t i = 0; i < sizeof(plane); i++)
        plane[i] = (uint8_t)fc__rng_u64(&rng);
    assert_int_equal(plane_coding(plane, sizeof(plane), &stored), FC_PLANE_RAW);
    assert_int_equal(stored, sizeof(plane) + 1);
    assert_int_equal(plane_coding(plane, 0, &stored), FC_PLANE_RAW);
    assert_int_equal(plane_coding(plane, 1, &stored), FC_PLANE_RAW);

    /* A constant sign leaves seven bits of noise. */
    for (size_t i = 0; i < sizeof(plane); i++)
        plane[i] |= 1;
    assert_int_equal(plane_coding(plane, sizeof(plane), &stored), FC_PLANE_SEVEN);
    assert_int_equal(stored, sizeof(plane) / 8 * 7 + 2);
    for (size_t i = 0; i < sizeof(plane); i++)
        plane[i] &= 0xfe;
    assert_int_equal(plane_coding(plane, sizeof(plane), &stored), FC_PLANE_SEVEN);

    /* Seven bits, of which two are not noise either, go to Huffman. */
    for (size_t i = 0; i < sizeof(plane); i++)
        plane[i] &= 0x3e;
    assert_int_equal(plane_coding(plane, sizeof(plane), &stored), FC_PLANE_ZSTD);
    assert_in_range(stored, sizeof(plane) / 8 * 5, sizeof(plane) / 8 * 5 + 120);

    /* Exponents of a Gaussian: 2.6 bits. */
    for (size_t i = 0; i < sizeof(plane); i++)
        plane[i] = (uint8_t)(127 + ilogb(fc__rng_normal(&rng) + 1e-9));
    assert_int_equal(plane_coding(plane, sizeof(plane), &stored), FC_PLANE_ZSTD);
    assert_in_range(stored, sizeof(plane) * 25 / 80, sizeof(plane) * 27 / 80);

    /* One byte in a hundred: 570 bytes by entropy coding alone, 181 with real matches. */
    memset(plane, 3, sizeof(plane));
    for (size_t i = 0; i < sizeof(plane); i++)
        if (fc__rng_below(&rng, 100) == 0)
            plane[i] = (uint8_t)(4 + fc__rng_below(&rng, 5));
    assert_int_equal(plane_coding(plane, sizeof(plane), &stored), FC_PLANE_ZSTD);
    assert_in_range(stored, 10, 300);
    memset(plane, 3, sizeof(plane));
    assert_int_equal(plane_coding(plane, sizeof(plane), &stored), FC_PLANE_CONSTANT);
    assert_int_equal(stored, 2);
}

/* Hand-made stored planes that are almost right. */
static void test_plane__damaged_codings_are_refused(void **state)
{
    static uint8_t plane[400], scratch[400], stored[1024];
    fc_codec *c = make_codec();
    const uint8_t *back, *packed;
    fc_buf good = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    size_t packed_bytes;
    fc_reader r;

    (void)state;
    for (size_t i = 0; i < sizeof(plane); i++)
        plane[i] = (uint8_t)(i * i % 11);
    stored[0] = 4; /* no such coding */
    r = fc_reader_over(stored, sizeof(stored));
    assert_status(FC_E_CORRUPT, fc__plane_decode(c, &r, 400, scratch, &back, &err), &err);
    stored[0] = FC_PLANE_RAW;
    r = fc_reader_over(stored, 400);
    assert_status(FC_E_CORRUPT, fc__plane_decode(c, &r, 400, scratch, &back, &err), &err);
    stored[0] = FC_PLANE_SEVEN;
    stored[1] = 2; /* not a bit */
    r = fc_reader_over(stored, sizeof(stored));
    assert_status(FC_E_CORRUPT, fc__plane_decode(c, &r, 400, scratch, &back, &err), &err);
    stored[1] = 1;
    r = fc_reader_over(stored, 2 + 349);
    assert_status(FC_E_CORRUPT, fc__plane_decode(c, &r, 400, scratch, &back, &err), &err);
    stored[0] = FC_PLANE_CONSTANT;
    r = fc_reader_over(stored, 1);
    assert_status(FC_E_CORRUPT, fc__plane_decode(c, &r, 400, scratch, &back, &err), &err);

    /* zstd: one byte too few or too many wanted; and a second frame behind the first. */
    assert_status(FC_OK, fc__plane_encode(c, plane, 400, &good, &err), &err);
    assert_int_equal(good.data[0], FC_PLANE_ZSTD);
    r = fc_reader_over(good.data, good.size);
    assert_status(FC_E_CORRUPT, fc__plane_decode(c, &r, 399, scratch, &back, &err), &err);
    r = fc_reader_over(good.data, good.size);
    assert_status(FC_E_CORRUPT, fc__plane_decode(c, &r, 401, scratch, &back, &err), &err);
    assert_status(FC_OK, fc__zstd_pack(c, plane, 400, false, &packed, &packed_bytes, &err), &err);
    memcpy(stored, packed, packed_bytes);
    assert_status(FC_OK, fc__zstd_unpack(c, stored, packed_bytes, scratch, 400, &err), &err);
    /* An empty frame: magic, descriptor, window, last raw block of no bytes. */
    memcpy(stored + packed_bytes, "\x28\xb5\x2f\xfd\x00\x58\x01\x00\x00", 9);
    assert_status(FC_E_CORRUPT, fc__zstd_unpack(c, stored, packed_bytes + 9, scratch, 400, &err),
                  &err);
    assert_status(FC_E_CORRUPT, fc__zstd_unpack(c, stored, 0, scratch, 400, &err), &err);
    fc_buf_dispose(&good);
    fc__codec_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planes__split_puts_exponent_first_and_sign_last),
        cmocka_unit_test(test_planes__join_is_the_inverse_of_split),
        cmocka_unit_test(test_zero_mask__keeps_each_nonzero_element_in_order),
        cmocka_unit_test(test_zero_mask__a_bit_past_the_end_is_damage),
        cmocka_unit_test(test_signs__restore_is_the_inverse_of_predict),
        cmocka_unit_test(test_seven_bits__unpack_is_the_inverse_of_pack),
        cmocka_unit_test(test_plane__coding_is_what_pays),
        cmocka_unit_test(test_plane__damaged_codings_are_refused),
    };

    return cmocka_run_group_tests_name("planes", tests, NULL, NULL);
}
