/*
 * Hashes against published values, streaming against one shot, and sums of 128 bits.
 */
#include "fc_test.h"

#include "fc_hash.h"
#include "fc_rng.h"

static void assert_sha256(const void *bytes, size_t n, const char *want)
{
    fc_error err = FC_ERROR_INIT;
    fc_sha256 h;
    char hex[FC_SHA256_HEX_BYTES];

    assert_status(FC_OK, fc__sha256(bytes, n, &h, &err), &err);
    fc__sha256_hex(&h, hex);
    assert_string_equal(hex, want);
}

/* FIPS 180-4 and NIST's examples. */
static void test_sha256__known_values(void **state)
{
    char *million = malloc(1000000);

    (void)state;
    assert_non_null(million);
    memset(million, 'a', 1000000);
    assert_sha256(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_sha256("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_sha256(million, 1000000,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

static void test_sha256__pieces_give_the_hash_of_the_whole(void **state)
{
    fc_rng rng = fc__rng_seed(1);
    fc_error err = FC_ERROR_INIT;
    uint8_t data[1000];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)fc__rng_u64(&rng);
    for (int round = 0; round < 100; round++) {
        fc_sha256_stream *s = NULL;
        fc_sha256 whole, pieces;

        assert_status(FC_OK, fc__sha256_create(&s, &err), &err);
        for (size_t at = 0; at < sizeof(data);) {
            size_t n = (size_t)fc__rng_below(&rng, 200);

            n = n < sizeof(data) - at ? n : sizeof(data) - at;
            assert_status(FC_OK, fc__sha256_update(s, data + at, n, &err), &err);
            at += n;
        }
        assert_status(FC_OK, fc__sha256_final(s, &pieces, &err), &err);
        fc__sha256_destroy(s);
        assert_status(FC_OK, fc__sha256(data, sizeof(data), &whole, &err), &err);
        assert_memory_equal(&pieces, &whole, sizeof(whole));
    }
    fc__sha256_destroy(NULL);
}

/* Values and buffer of xxHash's own sanity check (XXH3_128bits, seed 0). */
static void test_xxh128__published_values(void **state)
{
    static const struct {
        size_t n;
        uint64_t low, high;
    } known[] = {
        {0, UINT64_C(0x6001C324468D497F), UINT64_C(0x99AA06D3014798D8)},
        {1, UINT64_C(0xC44BDFF4074EECDB), UINT64_C(0xA6CD5E9392000F6A)},
        {6, UINT64_C(0x3E7039BDDA43CFC6), UINT64_C(0x082AFE0B8162D12A)},
        {12, UINT64_C(0x061A192713F69AD9), UINT64_C(0x6E3EFD8FC7802B18)},
        {24, UINT64_C(0x1E7044D28B1B901D), UINT64_C(0x0CE966E4678D3761)},
        {48, UINT64_C(0xF942219AED80F67B), UINT64_C(0xA002AC4E5478227E)},
        {81, UINT64_C(0x5E8BAFB9F95FB803), UINT64_C(0x4952F58181AB0042)},
        {222, UINT64_C(0xF1AEBD597CEC6B3A), UINT64_C(0x337E09641B948717)},
        {403, UINT64_C(0xCDEB804D65C6DEA4), UINT64_C(0x1B6DE21E332DD73D)},
        {512, UINT64_C(0x617E49599013CB6B), UINT64_C(0x18D2D110DCC9BCA1)},
        {2048, UINT64_C(0xDD59E2C3A5F038E0), UINT64_C(0xF736557FD47073A5)},
        {2240, UINT64_C(0x6E73A90539CF2948), UINT64_C(0xCCB134FBFA7CE49D)},
        {2367, UINT64_C(0xCB37AEB9E5D361ED), UINT64_C(0xE89C0F6FF369B427)},
    };
    uint8_t buffer[2367];
    uint64_t generator = 2654435761u;
    fc_error err = FC_ERROR_INIT;
    fc_xxh128 *s = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(buffer); i++) {
        buffer[i] = (uint8_t)(generator >> 56);
        generator *= UINT64_C(11400714785074694797);
    }
    assert_status(FC_OK, fc__xxh128_create(&s, &err), &err);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const fc_u128 want = {.low = known[i].low, .high = known[i].high};

        assert_true(fc__u128_equal(fc__xxh128(buffer, known[i].n), want));
        fc__xxh128_reset(s);
        for (size_t at = 0; at < known[i].n; at += 100)
            fc__xxh128_update(s, buffer + at, known[i].n - at < 100 ? known[i].n - at : 100);
        assert_true(fc__u128_equal(fc__xxh128_final(s), want));
    }
    fc__xxh128_destroy(s);
    fc__xxh128_destroy(NULL);
}

static void test_u128__carries_and_borrows(void **state)
{
    const fc_u128 ones = {.low = UINT64_MAX, .high = 0}, one = {.low = 1, .high = 0};
    const fc_u128 all = {.low = UINT64_MAX, .high = UINT64_MAX};
    const fc_u128 two64 = {.low = 0, .high = 1}, zero = {.low = 0, .high = 0};
    char hex[FC_U128_HEX_BYTES];

    (void)state;
    assert_true(fc__u128_equal(fc__u128_add(ones, one), two64));
    assert_true(fc__u128_equal(fc__u128_sub(two64, one), ones));
    assert_true(fc__u128_equal(fc__u128_add(all, one), zero)); /* modulo 2^128 */
    assert_true(fc__u128_equal(fc__u128_sub(zero, one), all));
    assert_false(fc__u128_equal(two64, one));
    fc__u128_hex(two64, hex);
    assert_string_equal(hex, "00000000000000010000000000000000");
    fc__u128_hex((fc_u128){.low = UINT64_C(0xFEDCBA9876543210), .high = 0xAB}, hex);
    assert_string_equal(hex, "00000000000000abfedcba9876543210");
}

/* The digest of a data set is a sum: no order, and taking off undoes adding. */
static void test_u128__sum_is_free_of_order(void **state)
{
    fc_rng rng = fc__rng_seed(3);
    fc_u128 up = {0, 0}, down = {0, 0}, terms[100];

    (void)state;
    for (size_t i = 0; i < 100; i++)
        terms[i] = (fc_u128){.low = fc__rng_u64(&rng), .high = fc__rng_u64(&rng)};
    for (size_t i = 0; i < 100; i++) {
        up = fc__u128_add(up, terms[i]);
        down = fc__u128_add(down, terms[99 - i]);
    }
    assert_true(fc__u128_equal(up, down));
    for (size_t i = 0; i < 100; i++)
        up = fc__u128_sub(up, terms[(i * 37) % 100]);
    assert_true(up.low == 0 && up.high == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256__known_values),
        cmocka_unit_test(test_sha256__pieces_give_the_hash_of_the_whole),
        cmocka_unit_test(test_xxh128__published_values),
        cmocka_unit_test(test_u128__carries_and_borrows),
        cmocka_unit_test(test_u128__sum_is_free_of_order),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
