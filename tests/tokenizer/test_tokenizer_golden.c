/*
 * Small tokenizers in the forms of public encoders against the ids that the Python package
 * `tokenizers` gave (tests/golden/make_token_goldens.py).
 */
#include "token_golden.h"

static const char *const names[] = {"bert_cased", "clip", "roberta", "whisper",
                                    "llama",      "xlmr", "t5",      "siglip"};

static char *golden_name(const char *name, const char *end)
{
    char *relative = NULL, *path;

    assert_true(asprintf(&relative, "tests/golden/tokenizer/%s%s", name, end) > 0);
    path = golden_file(relative);
    free(relative);
    return path;
}

static void test_tokenizer__every_form_gives_the_ids_of_the_package(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *json = golden_name(names[i], ".json"), *lines = golden_name(names[i], ".jsonl");
        token_set set;
        size_t n;

        print_message("%s\n", names[i]);
        token_set_open(&set, json);
        n = assert_golden_lines(&set, lines);
        assert_true(n > 90);
        /* Once more: what was remembered must be what was computed. */
        assert_int_equal(assert_golden_lines(&set, lines), n);
        token_set_close(&set);
        free(lines);
        free(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokenizer__every_form_gives_the_ids_of_the_package),
    };

    return cmocka_run_group_tests_name("tokenizer golden", tests, NULL, NULL);
}
