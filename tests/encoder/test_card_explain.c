/* Unit tests of src/encoder/fc_card_explain.c: what differs between two cards, word for word. */
#include "fc_test.h"

#include "fake_builtin.h"

static void assert_explained(const fc_card_draft *a, const fc_card_draft *b, size_t want_n,
                             const char *want)
{
    fc_card *mine = fake_card(a), *stored = fake_card(b);
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;
    size_t n = 99;

    assert_status(FC_OK, fc__card_explain(mine, stored, &out, &n, &err), &err);
    assert_string_equal((const char *)out.data, want);
    assert_int_equal(n, want_n);
    fc_buf_dispose(&out);
    fc__card_destroy(mine);
    fc__card_destroy(stored);
}

static void test_explain__names_each_part_with_both_values(void **state)
{
    fc_card_draft a = fake_draft(), b = fake_draft();

    (void)state;
    b.origin = "the store";
    a.values[0] = 8;
    a.values[2] = 0.25;
    b.variant = "gpu";
    assert_explained(&a, &b, 3,
                     "params.clip: 0.25 in fake.yaml, 0.1 in the store\n"
                     "params.size: 8 in fake.yaml, 4 in the store\n"
                     "variant: empty in fake.yaml, gpu in the store\n");
}

static void test_explain__says_when_it_is_the_same_version(void **state)
{
    fc_card_draft a = fake_draft(), b = fake_draft();
    char want[128], hex[FC_SHA256_HEX_BYTES];
    fc_card *card = fake_card(&a);

    (void)state;
    fc__sha256_hex(&card->fingerprint, hex);
    snprintf(want, sizeof(want), "the same encoder version: fake %.12s\n", hex);
    assert_explained(&a, &b, 0, want);
    fc__card_destroy(card);
}

/* Same numbers under another name are another version: the name is half of it. */
static void test_explain__counts_another_name(void **state)
{
    fc_card_draft a = fake_draft(), b = fake_draft();

    (void)state;
    b.origin = "the store";
    b.name = "fake2";
    assert_explained(&a, &b, 1, "name: fake in fake.yaml, fake2 in the store\n");
}

static void test_explain__keeps_storage_apart(void **state)
{
    fc_card_draft a = fake_draft(), b = fake_draft();
    fc_card *mine, *stored;
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;
    size_t n = 99;

    (void)state;
    b.origin = "the store";
    a.chosen[1] = false;
    b.chosen[0] = false;
    a.precisions[2] = FC_BF16;
    mine = fake_card(&a);
    stored = fake_card(&b);
    assert_status(FC_OK, fc__card_explain(mine, stored, &out, &n, &err), &err);
    assert_int_equal(n, 0);
    assert_non_null(strstr((const char *)out.data, "the same encoder version: fake "));
    assert_non_null(strstr(
        (const char *)out.data,
        "  output pooled: precision bf16 in fake.yaml, f32 in the store (how it is stored is not "
        "part of the version)\n"
        "  output map: in fake.yaml, not in the store (the choice of outputs is not part of the "
        "version)\n"
        "  output seq: in the store, not in fake.yaml (the choice of outputs is not part of the "
        "version)\n"));
    fc_buf_dispose(&out);
    fc__card_destroy(mine);
    fc__card_destroy(stored);
}

/* A newer code version may have parameters the older one did not know. */
static void test_explain__shows_parts_only_one_side_has(void **state)
{
    fc_builtin older = fake_builtin;
    fc_card_draft a = fake_draft(), b;

    (void)state;
    older.code_version = 6;
    older.n_params = 2;
    fc__card_draft_init(&b, &older, "fake", "the store");
    a.origin = "a\x1B[2J.yaml";
    assert_explained(&a, &b, 3,
                     "code_version: 7 in a\\x1B[2J.yaml, 6 in the store\n"
                     "params.clip: 0.1 in a\\x1B[2J.yaml, not there in the store\n"
                     "params.signed: true in a\\x1B[2J.yaml, not there in the store\n");
    assert_explained(&b, &a, 3,
                     "code_version: 6 in the store, 7 in a\\x1B[2J.yaml\n"
                     "params.clip: not there in the store, 0.1 in a\\x1B[2J.yaml\n"
                     "params.signed: not there in the store, true in a\\x1B[2J.yaml\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explain__names_each_part_with_both_values),
        cmocka_unit_test(test_explain__says_when_it_is_the_same_version),
        cmocka_unit_test(test_explain__counts_another_name),
        cmocka_unit_test(test_explain__keeps_storage_apart),
        cmocka_unit_test(test_explain__shows_parts_only_one_side_has),
    };

    return cmocka_run_group_tests_name("card_explain", tests, NULL, NULL);
}
