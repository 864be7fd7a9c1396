/*
 * Unit tests of src/encoder/fc_fingerprint.c: values pinned from an independent computation, and
 * what does and does not change a card's fingerprint.
 */
#include "fc_test.h"

#include "fake_builtin.h"
#include "fc_fingerprint.h"

static void assert_fingerprint(const fc_card_part *parts, size_t n, const char *want)
{
    char hex[FC_SHA256_HEX_BYTES];
    fc_error err = FC_ERROR_INIT;
    fc_sha256 got;

    assert_status(FC_OK, fc__fingerprint(parts, n, &got, &err), &err);
    fc__sha256_hex(&got, hex);
    assert_string_equal(hex, want);
}

/* Computed with Python's hashlib from the rule in fc_fingerprint.h; a change here splits every
 * store in two. The last has a value of 300 bytes: a length of two varint bytes. */
static void test_fingerprint__is_the_pinned_hash_of_the_parts(void **state)
{
    static char long_value[301];
    fc_card_part card[] = {
        {(char *)"code_version", (char *)"1"},  {(char *)"encoder", (char *)"builtin/hog"},
        {(char *)"modality", (char *)"image"},  {(char *)"params.sigma", (char *)"0.5"},
        {(char *)"params.size", (char *)"224"}, {(char *)"variant", (char *)""},
    };
    fc_card_part one[] = {{(char *)"a", long_value}};

    (void)state;
    memset(long_value, 'b', 300);
    assert_fingerprint(NULL, 0, "a13a5ec30d445842f8d2138f165bd799243dcc4ae5eac6d04a9a079ec39169b9");
    assert_fingerprint(card, 6, "01832e0319ae0cec89245f889b284173d01137ec240c97b9449ed4c86aca4639");
    assert_fingerprint(one, 1, "f96175e27de4f4b2e1ee07430ad195ba29977b9c53113b6687c7f1fda2749141");
}

/* Computed from the tables of schemas/card.md by the rule written there. A default that changes, a
 * parameter that comes or a code version that is raised makes another version of these encoders:
 * whoever changes a value here has told every user to encode anew. */
static void test_fingerprint__of_the_built_in_cards_is_pinned(void **state)
{
    static const char *const pinned[][2] = {
        {"builtin/hog", "d37b1a483e977c688a79c89ea199026af450afba27677d9bd0bc04395ff6e751"},
        {"builtin/hashtext", "bc82f4a81c7d02a51aa2593754cf3436e2946df4e0c8ad0b331d4a771961d986"},
        {"builtin/mfcc", "553b00d20db724f74429f667cf121e93bc0fff27ed935c154c41ee9424f811da"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pinned) / sizeof(pinned[0]); i++) {
        char hex[FC_SHA256_HEX_BYTES];
        fc_error err = FC_ERROR_INIT;
        fc_card *card = NULL;

        assert_status(FC_OK, fc__card_load(&card, pinned[i][0], NULL, &err), &err);
        fc__sha256_hex(&card->fingerprint, hex);
        assert_string_equal(hex, pinned[i][1]);
        fc__card_destroy(card);
    }
}

static void fingerprint_of(const fc_card_draft *draft, fc_sha256 *out)
{
    fc_card *card = fake_card(draft);

    *out = card->fingerprint;
    fc__card_destroy(card);
}

static bool equal(const fc_sha256 *a, const fc_sha256 *b)
{
    return memcmp(a->bytes, b->bytes, FC_SHA256_BYTES) == 0;
}

static void test_fingerprint__changes_with_all_that_can_change_a_number(void **state)
{
    fc_builtin newer = fake_builtin, renamed = fake_builtin;
    fc_card_draft draft = fake_draft();
    fc_sha256 base, changed;

    (void)state;
    fingerprint_of(&draft, &base);
    for (size_t i = 0; i < fake_builtin.n_params; i++) {
        static const double other[] = {8, FAKE_ZERO, 0.10000000000000002, 0};

        draft = fake_draft();
        draft.values[i] = other[i];
        fingerprint_of(&draft, &changed);
        if (equal(&base, &changed))
            fail_msg("%s is not in the fingerprint", fake_params[i].name);
    }
    draft = fake_draft();
    draft.variant = "gpu";
    fingerprint_of(&draft, &changed);
    assert_false(equal(&base, &changed));
    newer.code_version++;
    fc__card_draft_init(&draft, &newer, "fake", "fake.yaml");
    fingerprint_of(&draft, &changed);
    assert_false(equal(&base, &changed));
    renamed.name = "builtin/other";
    fc__card_draft_init(&draft, &renamed, "fake", "fake.yaml");
    fingerprint_of(&draft, &changed);
    assert_false(equal(&base, &changed));
}

static void test_fingerprint__ignores_names_precision_and_the_choice_of_outputs(void **state)
{
    fc_card_draft draft = fake_draft();
    fc_sha256 base, same;

    (void)state;
    fingerprint_of(&draft, &base);
    draft.name = "another";
    draft.origin = "elsewhere.yaml";
    draft.precisions[0] = FC_BF16;
    draft.chosen[1] = false;
    fingerprint_of(&draft, &same);
    assert_true(equal(&base, &same));
}

/* Lengths in front: no two lists of parts give the same bytes. */
static void test_fingerprint__keeps_keys_and_values_apart(void **state)
{
    fc_card_part lists[][2] = {
        {{(char *)"ab", (char *)"c"}, {(char *)"d", (char *)"e"}},
        {{(char *)"a", (char *)"bc"}, {(char *)"d", (char *)"e"}},
        {{(char *)"a", (char *)"b"}, {(char *)"cd", (char *)"e"}},
        {{(char *)"abcde", (char *)""}, {(char *)"b", (char *)""}},
    };
    fc_sha256 seen[5];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_status(FC_OK, fc__fingerprint(lists[i], 2, &seen[i], &err), &err);
    assert_status(FC_OK, fc__fingerprint(lists[0], 1, &seen[4], &err), &err);
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < i; k++)
            assert_false(equal(&seen[i], &seen[k]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fingerprint__is_the_pinned_hash_of_the_parts),
        cmocka_unit_test(test_fingerprint__of_the_built_in_cards_is_pinned),
        cmocka_unit_test(test_fingerprint__changes_with_all_that_can_change_a_number),
        cmocka_unit_test(test_fingerprint__ignores_names_precision_and_the_choice_of_outputs),
        cmocka_unit_test(test_fingerprint__keeps_keys_and_values_apart),
    };

    return cmocka_run_group_tests_name("card_fingerprint", tests, NULL, NULL);
}
