/*
 * The set of ids: what comes twice is noticed, within the memory given.
 */
#include "fc_test.h"

#include "fc_hash.h"
#include "ingest_ids.h"

static void hash_of(unsigned i, uint8_t out[16])
{
    const fc_u128 h = fc__xxh128(&i, sizeof(i));

    memcpy(out, &h, 16);
}

static void test_ids__each_once_then_twice(void **state)
{
    fc_ids *ids;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__ids_create(&ids, 64 << 20, &err), &err);
    for (int pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < 50000; i++) {
            uint8_t hash[16];
            bool twice;

            hash_of(i, hash);
            assert_status(FC_OK, fc__ids_add(ids, hash, &twice, &err), &err);
            assert_int_equal(twice, pass == 1);
        }
    assert_false(fc__ids_full(ids));
    fc__ids_destroy(ids);
}

/* When the memory is used up, what is in it still counts, and nothing is ever taken for a twin that
 * is none. */
static void test_ids__full(void **state)
{
    fc_ids *ids;
    unsigned n_twice = 0;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__ids_create(&ids, 256 << 10, &err), &err);
    for (int pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < 50000; i++) {
            uint8_t hash[16];
            bool twice;

            hash_of(i, hash);
            assert_status(FC_OK, fc__ids_add(ids, hash, &twice, &err), &err);
            assert_true(!twice || pass == 1);
            n_twice += twice;
        }
    assert_true(fc__ids_full(ids));
    assert_true(n_twice >= 4096); /* half of the table at least */
    fc__ids_destroy(ids);
    assert_status(FC_OK, fc__ids_create(&ids, 0, &err), &err); /* no memory: nothing is noticed */
    for (int pass = 0; pass < 2; pass++) {
        uint8_t hash[16];
        bool twice;

        hash_of(1, hash);
        assert_status(FC_OK, fc__ids_add(ids, hash, &twice, &err), &err);
        assert_false(twice);
    }
    fc__ids_destroy(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids__each_once_then_twice),
        cmocka_unit_test(test_ids__full),
    };

    return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
