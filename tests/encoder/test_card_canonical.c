/*
 * Unit tests of src/encoder/fc_card_canonical.c: the JSON that a store keeps, pinned byte for byte,
 * comes back whole, and whatever is not exactly such a text is refused.
 */
#include "fc_test.h"

#include "fake_builtin.h"

/* Stores hold this text: it may only change together with the number in its schema. */
static const char golden[] =
    "{\"name\":\"fake\",\"outputs\":["
    "{\"name\":\"map\",\"precision\":\"f16\",\"searchable\":false,\"shape\":[2,2,4]},"
    "{\"name\":\"seq\",\"precision\":\"int8\",\"searchable\":false,\"shape\":[0,4]},"
    "{\"name\":\"pooled\",\"precision\":\"f32\",\"searchable\":true,\"shape\":[4]}],"
    "\"parts\":{\"code_version\":\"7\",\"encoder\":\"builtin/fake\",\"modality\":\"text\","
    "\"params.clip\":\"0.1\",\"params.mode\":\"good\",\"params.signed\":\"true\","
    "\"params.size\":\"4\",\"variant\":\"\"},\"schema\":\"featcache.card/1\"}";

/* Read a copy of its exact size, so that ASan sees any overread. */
static fc_status read_card(fc_card **out, const char *json, size_t n, fc_error *err)
{
    char *exact = malloc(n > 0 ? n : 1);
    fc_status st;

    assert_non_null(exact);
    memcpy(exact, json, n);
    st = fc__card_from_canonical(out, exact, n, err);
    free(exact);
    if (st != FC_OK)
        assert_null(*out);
    return st;
}

static void test_canonical__is_the_pinned_text(void **state)
{
    fc_card_draft draft = fake_draft();
    fc_card *card = fake_card(&draft);

    (void)state;
    assert_string_equal(card->canonical, golden);
    fc__card_destroy(card);
}

static void test_canonical__comes_back_whole(void **state)
{
    fc_card_draft draft = fake_draft();
    fc_error err = FC_ERROR_INIT;
    fc_card *made, *read = NULL;

    (void)state;
    draft.variant = "cuda-12.1+x";
    draft.name = "my.fake_2";
    draft.values[2] = 1.0 / 3;
    draft.chosen[0] = false;
    draft.precisions[1] = FC_BF16;
    made = fake_card(&draft);
    assert_status(FC_OK, read_card(&read, made->canonical, strlen(made->canonical), &err), &err);
    assert_string_equal(read->canonical, made->canonical);
    assert_memory_equal(&read->fingerprint, &made->fingerprint, sizeof(read->fingerprint));
    assert_string_equal(read->name, "my.fake_2");
    assert_string_equal(read->variant, "cuda-12.1+x");
    assert_string_equal(read->encoder, "builtin/fake");
    assert_string_equal(read->origin, "the store");
    assert_int_equal(read->modality, FC_TEXT);
    assert_int_equal(read->n_parts, made->n_parts);
    assert_int_equal(read->n_outputs, 2);
    assert_string_equal(read->outputs[0].name, "seq");
    assert_int_equal(read->outputs[0].precision, FC_BF16);
    assert_int_equal(read->outputs[0].rank, 2);
    assert_int_equal(read->outputs[0].shape[0], 0);
    assert_true(read->outputs[1].searchable);
    fc__card_destroy(made);
    fc__card_destroy(read);
}

static void test_canonical__refuses_every_truncation(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < sizeof(golden) - 1; cut++) {
        fc_error err = FC_ERROR_INIT;
        fc_card *card = NULL;

        assert_status(FC_E_CORRUPT, read_card(&card, golden, cut, &err), &err);
    }
}

/* A changed byte is refused, or makes another valid card whose own text is what was read: nothing
 * is ever dropped or repaired. (The store's checksum is what finds the second kind.) */
static void test_canonical__never_repairs_a_changed_byte(void **state)
{
    size_t n_refused = 0;

    (void)state;
    for (size_t at = 0; at < sizeof(golden) - 1; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            char json[sizeof(golden)];
            fc_error err = FC_ERROR_INIT;
            fc_card *card = NULL;
            fc_status st;

            memcpy(json, golden, sizeof(golden));
            json[at] = (char)((unsigned char)json[at] ^ (1u << bit));
            st = read_card(&card, json, sizeof(golden) - 1, &err);
            if (st == FC_OK)
                assert_memory_equal(card->canonical, json, sizeof(golden) - 1);
            else
                n_refused++;
            fc__card_destroy(card);
        }
    /* Structure, quotes and fixed words are most of the text. */
    assert_true(n_refused > (sizeof(golden) - 1) * 8 / 2);
}

static void test_canonical__says_what_is_wrong(void **state)
{
    static const struct {
        const char *from, *to;
        fc_status status;
        const char *message;
    } cases[] = {
        {"card/1", "card/2", FC_E_VERSION,
         "the card in the store has schema featcache.card/2; this program reads "
         "featcache.card/1: use the newer program that wrote it"},
        {"featcache.card/1", "other/1", FC_E_CORRUPT, "the card in the store: another schema"},
        {"\"schema\"", "\"scheme\"", FC_E_CORRUPT, "the card in the store: no schema"},
        {"\"name\":\"fake\"", "\"name\":\"Fake\"", FC_E_CORRUPT,
         "the card in the store: no valid name"},
        {"\"name\":\"fake\"", "\"name\":\"../x\"", FC_E_CORRUPT,
         "the card in the store: no valid name"},
        {"\"encoder\":\"builtin/fake\",", "", FC_E_CORRUPT, "the card in the store: no encoder"},
        {"\"variant\":\"\"", "\"variant\":\" \"", FC_E_CORRUPT,
         "the card in the store: no valid variant"},
        {"\"modality\":\"text\"", "\"modality\":\"smell\"", FC_E_CORRUPT,
         "the card in the store: no modality"},
        {"\"code_version\":\"7\"", "\"code_version\":\"-7\"", FC_E_CORRUPT,
         "the card in the store: no code version"},
        {"\"params.size\":\"4\"", "\"params.size\":4", FC_E_CORRUPT,
         "the card in the store: a part that is no name with a text"},
        {"\"params.size\"", "\"params size\"", FC_E_CORRUPT,
         "the card in the store: a part that is no name with a text"},
        {"\"name\":\"map\"", "\"name\":\"seq\"", FC_E_CORRUPT,
         "the card in the store: an output twice"},
        {"\"f16\"", "\"u8\"", FC_E_CORRUPT,
         "the card in the store: an output without a valid precision"},
        {"[2,2,4]", "[2,0,4]", FC_E_CORRUPT,
         "the card in the store: an output without a valid shape"},
        {"[2,2,4]", "[1,1,1,1,1]", FC_E_CORRUPT,
         "the card in the store: an output without a valid shape"},
        {"[2,2,4]", "[4294967296,4294967296,4294967296]", FC_E_CORRUPT,
         "the card in the store: an output without a valid shape"},
        {"[2,2,4]", "[2,2,1073741824]", FC_E_CORRUPT,
         "the card in the store: an output without a valid shape"},
        {"[2,2,4]", "[2,2,-4]", FC_E_CORRUPT,
         "the card in the store: an output without a valid shape"},
        {"[2,2,4]", "[]", FC_E_CORRUPT, "the card in the store: an output without a valid shape"},
        {"\"searchable\":false", "\"searchable\":true", FC_E_CORRUPT,
         "the card in the store: an output that says searchable and is no vector"},
        {"{\"name\"", "{ \"name\"", FC_E_CORRUPT, "the card in the store: not in canonical form"},
        {"\"variant\":\"\"", "\"variant\":\"\",\"zero\":\"\"", FC_OK, NULL},
        {"\"schema\"", "\"more\":1,\"schema\"", FC_E_CORRUPT,
         "the card in the store: not in canonical form"},
        {"\"params.size\":\"4\"", "\"params.size\":\"4\",\"params.size\":\"4\"", FC_E_CORRUPT,
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *at = strstr(golden, cases[i].from);
        fc_error err = FC_ERROR_INIT;
        fc_card *card = NULL;
        char *json = NULL;

        assert_non_null(at);
        assert_true(asprintf(&json, "%.*s%s%s", (int)(at - golden), golden, cases[i].to,
                             at + strlen(cases[i].from)) > 0);
        assert_status(cases[i].status, read_card(&card, json, strlen(json), &err), &err);
        if (cases[i].message != NULL)
            assert_string_equal(err.message, cases[i].message);
        fc__card_destroy(card);
        free(json);
    }
}

static void test_canonical__holds_its_caps(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_buf json = FC_BUF_INIT;
    fc_card *card = NULL;

    (void)state;
    for (size_t i = 0; i < 65537; i++)
        assert_int_equal(fc_buf_append_u8(&json, '[', NULL), FC_OK);
    assert_status(FC_E_CORRUPT, read_card(&card, (char *)json.data, json.size, &err), &err);
    assert_string_equal(err.message, "the card in the store: more than 64 KiB");
    assert_status(FC_E_CORRUPT, read_card(&card, (char *)json.data, 65536, &err), &err);

    fc_buf_clear(&json);
    assert_int_equal(fc_buf_append_text(&json, "{\"parts\":{", NULL), FC_OK);
    for (int i = 0; i < 65; i++)
        assert_int_equal(fc_buf_append_fmt(&json, NULL, "%s\"p%d\":\"\"", i > 0 ? "," : "", i),
                         FC_OK);
    assert_int_equal(fc_buf_append_text(&json, "},\"schema\":\"featcache.card/1\"}", NULL), FC_OK);
    assert_status(FC_E_CORRUPT, read_card(&card, (char *)json.data, json.size, &err), &err);
    assert_string_equal(err.message, "the card in the store: no parts, or more than 64");
    fc_buf_dispose(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canonical__is_the_pinned_text),
        cmocka_unit_test(test_canonical__comes_back_whole),
        cmocka_unit_test(test_canonical__refuses_every_truncation),
        cmocka_unit_test(test_canonical__never_repairs_a_changed_byte),
        cmocka_unit_test(test_canonical__says_what_is_wrong),
        cmocka_unit_test(test_canonical__holds_its_caps),
    };

    return cmocka_run_group_tests_name("card_canonical", tests, NULL, NULL);
}
