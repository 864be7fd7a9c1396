/*
 * fc_seen: the external sort answers as a plain set would, with and without spilling to a file.
 */
#include "fc_test.h"

#include <stdlib.h>
#include <string.h>

#include "fc_rng.h"
#include "fc_seen.h"

#define N 20000u /* 320 kB of hashes: several runs at the least memory, 64 KiB */

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, FC_SEEN_HASH_BYTES);
}

/* Every 7th hash repeats an earlier one. */
static void fill(uint8_t (*hashes)[FC_SEEN_HASH_BYTES])
{
    fc_rng r = fc__rng_seed(11);

    for (size_t i = 0; i < N; i++) {
        const uint64_t a = fc__rng_u64(&r), b = fc__rng_u64(&r);

        if (i % 7 == 6) {
            memcpy(hashes[i], hashes[fc__rng_below(&r, i)], FC_SEEN_HASH_BYTES);
            continue;
        }
        memcpy(hashes[i], &a, 8);
        memcpy(hashes[i] + 8, &b, 8);
    }
}

static void check(size_t memory_bytes)
{
    uint8_t(*hashes)[FC_SEEN_HASH_BYTES] = malloc(N * sizeof(*hashes));
    uint64_t n_repeats = 0;
    fc_error err = FC_ERROR_INIT;
    fc_seen *s = NULL;

    assert_non_null(hashes);
    fill(hashes);
    assert_status(FC_OK, fc__seen_create(&s, fc_test_tmpdir(), memory_bytes, &err), &err);
    for (size_t i = 0; i < N; i++)
        assert_status(FC_OK, fc__seen_add(s, hashes[i], &err), &err);
    assert_int_equal(fc__seen_count(s), N);
    assert_status(FC_OK, fc__seen_sort(s, &err), &err);
    qsort(hashes, N, sizeof(*hashes), compare);
    for (size_t i = 0; i < N; i++) {
        uint8_t absent[FC_SEEN_HASH_BYTES];

        assert_true(fc__seen_has(s, hashes[i]));
        n_repeats += i > 0 && compare(hashes[i], hashes[i - 1]) == 0;
        /* The next number up is not in the set, but for a repeat's twin, which comes equal. */
        memcpy(absent, hashes[i], sizeof(absent));
        if (i + 1 < N && absent[15] < 255 && compare(hashes[i], hashes[i + 1]) != 0) {
            absent[15]++;
            if (compare(absent, hashes[i + 1]) < 0)
                assert_false(fc__seen_has(s, absent));
        }
    }
    assert_status(FC_OK, fc__seen_status(s, &err), &err);
    assert_int_equal(fc__seen_duplicates(s), n_repeats);
    fc__seen_destroy(s);
    free(hashes);
}

static void test_seen__answers_as_a_set_in_memory(void **state)
{
    (void)state;
    check((size_t)64 << 20);
}

static void test_seen__answers_as_a_set_out_of_a_file(void **state)
{
    (void)state;
    check(0);
}

static void test_seen__an_empty_set_has_nothing(void **state)
{
    const uint8_t hash[FC_SEEN_HASH_BYTES] = {1};
    fc_error err = FC_ERROR_INIT;
    fc_seen *s = NULL;

    (void)state;
    assert_status(FC_OK, fc__seen_create(&s, fc_test_tmpdir(), 0, &err), &err);
    assert_status(FC_OK, fc__seen_sort(s, &err), &err);
    assert_false(fc__seen_has(s, hash));
    fc__seen_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seen__answers_as_a_set_in_memory),
        cmocka_unit_test(test_seen__answers_as_a_set_out_of_a_file),
        cmocka_unit_test(test_seen__an_empty_set_has_nothing),
    };

    return cmocka_run_group_tests_name("seen", tests, NULL, NULL);
}
