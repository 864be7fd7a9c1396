/*
 * The tokenizers of real encoders against the ids that the Python package gave (the model pack
 * beside the checkout; skipped where there is none).
 */
#include "token_golden.h"

/* The file of the model pack; NULL after a word to the log where it is not there. The caller frees
 * it. */
static char *shared_file(const char *name)
{
    char *path = golden_path("FC_SHARED_DIR", name);

    if (path == NULL || access(path, R_OK) != 0) {
        free(path);
        path = NULL;
    }
    return path;
}

static void check_pack(const char *tokenizer, const char *lines, size_t n_lines)
{
    char *json = shared_file(tokenizer), *golden = shared_file(lines);
    token_set set;

    if (json == NULL || golden == NULL) {
        free(json);
        free(golden);
        fc_test_skip("no %s below FC_SHARED_DIR", tokenizer);
    }
    token_set_open(&set, json);
    assert_int_equal(assert_golden_lines(&set, golden), n_lines);
    /* Once more: what was remembered must be what was computed. */
    assert_int_equal(assert_golden_lines(&set, golden), n_lines);
    token_set_close(&set);
    free(golden);
    free(json);
}

static void test_tokenizer__bert_gives_the_ids_of_the_pack(void **state)
{
    (void)state;
    check_pack("models/text_bert/tokenizer.json", "models/text_bert/tokens.jsonl", 210);
}

static void test_tokenizer__gpt_gives_the_ids_of_the_pack(void **state)
{
    (void)state;
    check_pack("models/text_gpt/tokenizer.json", "models/text_gpt/tokens.jsonl", 210);
}

/* Cut to 128 and padded to 128, as that file itself asks. */
static void test_tokenizer__bert_cuts_and_pads_as_its_file_asks(void **state)
{
    char *json = shared_file("models/text_bert/tokenizer.json");
    char *golden = shared_file("models/goldens/text/bert_trunc128_pad128.json");
    fc_token_options options;
    token_set set;
    json_t *root;

    (void)state;
    if (json == NULL || golden == NULL) {
        free(json);
        free(golden);
        fc_test_skip("no model pack below FC_SHARED_DIR");
    }
    token_set_open(&set, json);
    options = fc__tokenizer_file_options(set.t);
    assert_int_equal(options.max_length, 128);
    assert_int_equal(options.pad_length, 128);
    root = json_load_file(golden, 0, NULL);
    assert_true(json_array_size(root) >= 2);
    for (size_t i = 0; i < json_array_size(root); i++) {
        const json_t *one = json_array_get(root, i), *mask = json_object_get(one, "attention_mask");
        const char *text = json_string_value(json_object_get(one, "text"));

        assert_ids(&set, text, strlen(text), &options, json_object_get(one, "ids"), "padded");
        for (size_t k = 0; k < json_array_size(mask); k++)
            assert_int_equal(set.tokens.mask[k], json_integer_value(json_array_get(mask, k)));
    }
    json_decref(root);
    token_set_close(&set);
    free(golden);
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokenizer__bert_gives_the_ids_of_the_pack),
        cmocka_unit_test(test_tokenizer__gpt_gives_the_ids_of_the_pack),
        cmocka_unit_test(test_tokenizer__bert_cuts_and_pads_as_its_file_asks),
    };

    return cmocka_run_group_tests_name("tokenizer models", tests, NULL, NULL);
}
