/*
 * CRC-32C against RFC 3720, and the CPU's instruction against plain C and against the definition.
 */
#include "fc_test.h"

#include "fc_dispatch.h"
#include "fc_hash.h"
#include "fc_rng.h"

/* The definition, bit by bit. */
static uint32_t by_bits(uint32_t crc, const uint8_t *p, size_t n)
{
    crc = ~crc;
    for (; n > 0; p++, n--) {
        crc ^= *p;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
    }
    return ~crc;
}

static void assert_crc(uint32_t want, const void *bytes, size_t n)
{
    assert_int_equal(fc__crc32c(0, bytes, n), want);
    assert_int_equal(fc__crc32c_plain(0, bytes, n), want);
    assert_int_equal(by_bits(0, bytes, n), want);
}

/* RFC 3720, B.4, and the check value of the catalogue of CRCs. */
static void test_crc32c__known_values(void **state)
{
    static const uint8_t read_pdu[48] = {0x01, 0xC0, 0, 0,    0,    0, 0, 0,    0,    0, 0,    0,
                                         0,    0,    0, 0,    0x14, 0, 0, 0,    0,    0, 0x04, 0,
                                         0,    0,    0, 0x14, 0,    0, 0, 0x18, 0x28, 0, 0,    0,
                                         0,    0,    0, 0,    0x02, 0, 0, 0,    0,    0, 0,    0};
    uint8_t bytes[32];

    (void)state;
    assert_crc(0, "", 0);
    assert_crc(0xE3069283, "123456789", 9);
    memset(bytes, 0, sizeof(bytes));
    assert_crc(0x8A9136AA, bytes, 32);
    memset(bytes, 0xFF, sizeof(bytes));
    assert_crc(0x62A8AB43, bytes, 32);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    assert_crc(0x46DD794E, bytes, 32);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    assert_crc(0x113FDB5C, bytes, 32);
    assert_crc(0xD9963A56, read_pdu, 48);
}

/* Every length past the longest of the inner runs (3 x 2048), at every alignment in turn. */
static void test_crc32c__instruction_agrees_at_every_length(void **state)
{
    enum { LONGEST = 7000 };
    fc_rng rng = fc__rng_seed(7);
    uint8_t *data = malloc(LONGEST + 8);

    (void)state;
    if (fc__crc32c_native() == NULL)
        print_message("this CPU has no instruction for CRC-32C: plain against plain\n");
    assert_non_null(data);
    for (size_t i = 0; i < LONGEST + 8; i++)
        data[i] = (uint8_t)fc__rng_u64(&rng);
    for (size_t n = 0; n <= LONGEST; n++) {
        const uint32_t start = (uint32_t)fc__rng_u64(&rng);

        assert_int_equal(fc__crc32c(start, data + n % 8, n),
                         fc__crc32c_plain(start, data + n % 8, n));
    }
    assert_int_equal(fc__crc32c(5, data, LONGEST), by_bits(5, data, LONGEST));
    free(data);
}

static void test_crc32c__goes_on_where_it_stopped(void **state)
{
    fc_rng rng = fc__rng_seed(8);
    uint8_t data[20000];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)fc__rng_u64(&rng);
    for (int i = 0; i < 500; i++) {
        const size_t cut = (size_t)fc__rng_below(&rng, sizeof(data) + 1);
        const uint32_t first = fc__crc32c(0, data, cut);

        assert_int_equal(fc__crc32c(first, data + cut, sizeof(data) - cut),
                         fc__crc32c(0, data, sizeof(data)));
    }
}

/* What it is for: each flipped bit of a small record shows. */
static void test_crc32c__every_flip_shows(void **state)
{
    uint8_t data[300];
    uint32_t right;

    (void)state;
    memset(data, 0x5A, sizeof(data));
    right = fc__crc32c(0, data, sizeof(data));
    for (size_t bit = 0; bit < 8 * sizeof(data); bit++) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(fc__crc32c(0, data, sizeof(data)), right);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc32c__known_values),
        cmocka_unit_test(test_crc32c__instruction_agrees_at_every_length),
        cmocka_unit_test(test_crc32c__goes_on_where_it_stopped),
        cmocka_unit_test(test_crc32c__every_flip_shows),
    };

    return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
