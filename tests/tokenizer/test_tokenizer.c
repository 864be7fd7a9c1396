/*
 * What a tokenizer.json may hold and what is refused, with the place in the message; lengths,
 * padding and types; text that is not UTF-8; what one thread's memory keeps.
 */
#include "fc_test.h"

#include <pthread.h>

#include "fc_tokenizer.h"

#define VOCAB                                                                                    \
    "{\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"he\":4,\"##llo\":5,\"world\":6,\"a\":7," \
    "\"##a\":8}"
#define MODEL "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"vocab\":" VOCAB "}"
#define AROUND \
    "\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",3],\"cls\":[\"[CLS]\",2]}"
#define CUT "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}"
#define BPE "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":"

static fc_tokenizer *made(const char *json)
{
    fc_error err = FC_ERROR_INIT;
    fc_tokenizer *t = NULL;

    assert_status(FC_OK, fc__tokenizer_create(&t, json, strlen(json), &err), &err);
    return t;
}

static void assert_text(const fc_tokenizer *t, uint32_t id, const char *wanted)
{
    fc_buf text = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc_buf_append_text(&text, "<", &err), &err); /* is appended to */
    assert_status(wanted != NULL ? FC_OK : FC_E_NOT_FOUND, fc__tokenizer_text(t, id, &text, &err),
                  &err);
    assert_int_equal(text.data[0], '<');
    assert_string_equal((const char *)text.data + 1, wanted != NULL ? wanted : "");
    fc_buf_dispose(&text);
}

/* The ids of a text as one string. */
static void assert_tokens(const fc_tokenizer *t, const char *text, const fc_token_options *options,
                          const char *wanted)
{
    fc_token_scratch *s = NULL;
    fc_tokens tokens = FC_TOKENS_INIT;
    fc_error err = FC_ERROR_INIT;
    char got[512] = "";
    size_t at = 0;

    assert_status(FC_OK, fc__token_scratch_create(&s, t, &err), &err);
    assert_status(FC_OK, fc__tokenizer_encode(t, s, text, strlen(text), options, &tokens, &err),
                  &err);
    for (size_t i = 0; i < tokens.n; i++)
        at += (size_t)snprintf(got + at, sizeof(got) - at, "%s%u%s", i > 0 ? " " : "",
                               tokens.ids[i], tokens.mask[i] != 0 ? "" : "p");
    assert_string_equal(got, wanted);
    fc__tokens_dispose(&tokens);
    fc__token_scratch_destroy(s);
}

static void assert_made(const char *json, const char *text, const char *wanted)
{
    fc_tokenizer *t = made(json);

    assert_tokens(t, text, NULL, wanted);
    fc__tokenizer_destroy(t);
}

static void assert_refused(const char *json, fc_status status, const char *word)
{
    fc_error err = FC_ERROR_INIT;
    fc_tokenizer *t = NULL;
    const fc_status st = fc__tokenizer_create(&t, json, strlen(json), &err);

    if (st != status || strstr(err.message, word) == NULL)
        fail_msg("%s: wanted '%s' with '%s', got '%s' (%s)", json, fc_status_string(status), word,
                 fc_status_string(st), err.message);
    assert_null(t);
}

static void test_tokenizer__lengths_and_padding_are_the_callers(void **state)
{
    fc_tokenizer *t = made("{" MODEL "," CUT "," AROUND "}");
    fc_token_options o = {.max_length = 4};
    fc_token_scratch *s = NULL;
    fc_tokens tokens = FC_TOKENS_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_tokens(t, "hello world a", NULL, "2 4 5 6 7 3");
    assert_tokens(t, "hello world a", &o, "2 4 5 3");
    o.cut_left = true;
    assert_tokens(t, "hello world a", &o, "2 6 7 3");
    o = (fc_token_options){.bare = true, .max_length = 2};
    assert_tokens(t, "hello world a", &o, "4 5");
    o = (fc_token_options){.pad_length = 6, .pad_id = 9};
    assert_tokens(t, "a", &o, "2 7 3 9p 9p 9p");
    o.pad_left = true;
    assert_tokens(t, "a", &o, "9p 9p 9p 2 7 3");
    o = (fc_token_options){.pad_multiple = 4};
    assert_tokens(t, "a a a", &o, "2 7 7 7 3 0p 0p 0p");
    assert_tokens(t, "a a", &o, "2 7 7 3");
    o = (fc_token_options){.max_length = 2};
    assert_tokens(t, "a", &o, "2 3");
    o.max_length = 1;
    assert_status(FC_OK, fc__token_scratch_create(&s, t, &err), &err);
    assert_status(FC_E_INVALID, fc__tokenizer_encode(t, s, "a", 1, &o, &tokens, &err), &err);
    assert_non_null(strstr(err.message, "special"));
    fc__token_scratch_destroy(s);
    fc__tokens_dispose(&tokens);
    fc__tokenizer_destroy(t);
}

static void assert_cut(const fc_tokenizer *t, const char *text, const fc_token_options *o, bool cut)
{
    fc_token_scratch *s = NULL;
    fc_tokens tokens = FC_TOKENS_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__token_scratch_create(&s, t, &err), &err);
    assert_status(FC_OK, fc__tokenizer_encode(t, s, text, strlen(text), o, &tokens, &err), &err);
    if (tokens.cut != cut)
        fail_msg("'%s' is %s", text, tokens.cut ? "cut" : "not cut");
    fc__token_scratch_destroy(s);
    fc__tokens_dispose(&tokens);
}

/* Also where what is cut off was not even looked at. */
static void test_tokenizer__a_cut_is_told(void **state)
{
    fc_tokenizer *t = made("{" MODEL "," CUT "," AROUND "}");
    fc_token_options o = {.max_length = 5};

    (void)state;
    assert_cut(t, "hello world a", NULL, false);
    assert_cut(t, "hello a", &o, false);
    assert_cut(t, "a a a", &o, false);
    assert_cut(t, "hello world", &o, false);
    assert_cut(t, "a a a a", &o, true);
    assert_cut(t, "hello world a", &o, true);
    assert_cut(t, "a a a a a a a a a a a a", &o, true);
    o.cut_left = true;
    assert_cut(t, "a a a", &o, false);
    assert_cut(t, "a a a a", &o, true);
    o = (fc_token_options){.bare = true, .max_length = 3};
    assert_cut(t, "a a a", &o, false);
    assert_cut(t, "a a a ", &o, false);
    assert_cut(t, "a a a a", &o, true);
    fc__tokenizer_destroy(t);
}

static void test_tokenizer__text_that_is_no_utf8_is_refused(void **state)
{
    fc_tokenizer *t = made("{" MODEL "}");
    fc_token_scratch *s = NULL;
    fc_tokens tokens = FC_TOKENS_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__token_scratch_create(&s, t, &err), &err);
    assert_status(FC_E_FORMAT, fc__tokenizer_encode(t, s, "ab\xff", 3, NULL, &tokens, &err), &err);
    assert_non_null(strstr(err.message, "0xff at 2"));
    assert_status(FC_OK, fc__tokenizer_encode(t, s, "", 0, NULL, &tokens, &err), &err);
    assert_int_equal(tokens.n, 0);
    fc__token_scratch_destroy(s);
    fc__tokens_dispose(&tokens);
    fc__tokenizer_destroy(t);
}

static void test_tokenizer__types_follow_the_template(void **state)
{
    fc_tokenizer *t = made(
        "{" MODEL ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":["
        "{\"SpecialToken\":{\"id\":\"X\",\"type_id\":1}},{\"Sequence\":{\"id\":\"A\",\"type_id\":2}}],"
        "\"pair\":[],\"special_tokens\":{\"X\":{\"id\":\"X\",\"ids\":[3,2],\"tokens\":[\"a\",\"b\"]}}}}");
    fc_token_scratch *s = NULL;
    fc_tokens tokens = FC_TOKENS_INIT;
    fc_error err = FC_ERROR_INIT;
    uint32_t id;

    (void)state;
    assert_status(FC_OK, fc__token_scratch_create(&s, t, &err), &err);
    assert_status(FC_OK, fc__tokenizer_encode(t, s, "aa", 2, NULL, &tokens, &err), &err);
    assert_int_equal(tokens.n, 4);
    assert_true(tokens.ids[0] == 3 && tokens.ids[1] == 2 && tokens.ids[2] == 7 &&
                tokens.ids[3] == 8);
    assert_true(tokens.types[0] == 1 && tokens.types[1] == 1 && tokens.types[3] == 2);
    assert_int_equal(fc__tokenizer_find(t, "world", &id), FC_OK);
    assert_int_equal(id, 6);
    assert_int_equal(fc__tokenizer_find(t, "worl", &id), FC_E_NOT_FOUND);
    assert_int_equal(fc__tokenizer_size(t), 9);
    fc__token_scratch_destroy(s);
    fc__tokens_dispose(&tokens);
    fc__tokenizer_destroy(t);
}

/* In the order of the reference, which was asked for each of these. */
static void test_tokenizer__separators_go_where_the_behavior_says(void **state)
{
    static const char *const cases[][2] = {
        {"Removed", "0 1"},          {"Isolated", "0 3 3 1"}, {"MergedWithPrevious", "4 3 1"},
        {"MergedWithNext", "0 3 5"}, {"Contiguous", "0 6 1"},
    };
    char json[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(
            json, sizeof(json),
            "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"vocab\":{\"a\":0,\"b\":1,"
            "\"u\":2,\"-\":3,\"a-\":4,\"-b\":5,\"--\":6}},\"pre_tokenizer\":{\"type\":\"Split\","
            "\"pattern\":{\"Regex\":\"-\"},\"behavior\":\"%s\",\"invert\":false}}",
            cases[i][0]);
        assert_made(json, "a--b", cases[i][1]);
    }
}

static void test_tokenizer__unknown_words_are_one_token_or_an_error(void **state)
{
    const char *json = "{\"model\":{\"type\":\"BPE\",\"unk_token\":\"none\",\"vocab\":{\"a\":0},"
                       "\"merges\":[]}}";
    fc_tokenizer *t = made(json);
    fc_token_scratch *s = NULL;
    fc_tokens tokens = FC_TOKENS_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_made("{" MODEL "," CUT "}", "hello xyz", "4 5 1");
    assert_status(FC_OK, fc__token_scratch_create(&s, t, &err), &err);
    assert_status(FC_E_FORMAT, fc__tokenizer_encode(t, s, "ab", 2, NULL, &tokens, &err), &err);
    assert_non_null(strstr(err.message, "'b'"));
    fc__token_scratch_destroy(s);
    fc__tokens_dispose(&tokens);
    fc__tokenizer_destroy(t);
    /* Without an unknown token, what has none is left out. */
    assert_made("{" BPE "[\"a b\"]}}", "xabx", "2");
}

static void test_tokenizer__files_that_are_wrong_are_refused(void **state)
{
    (void)state;
    assert_refused("", FC_E_FORMAT, "no JSON");
    assert_refused("[]", FC_E_FORMAT, "");
    assert_refused("{}", FC_E_FORMAT, "model");
    assert_refused("{" MODEL ",\"more\":1}", FC_E_UNSUPPORTED, "more");
    assert_refused("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{}}}", FC_E_UNSUPPORTED,
                   "WordLevel");
    assert_refused("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{}}}", FC_E_FORMAT, "unk_token");
    assert_refused("{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"vocab\":{\"a\":-1}}}",
                   FC_E_FORMAT, "'a'");
    assert_refused("{" BPE "[\"a c\"]}}", FC_E_FORMAT, "merges[0]");
    assert_refused("{" BPE "[\"b a\"]}}", FC_E_FORMAT, "what the two become");
    assert_refused("{" BPE "[\"ab\"]}}", FC_E_FORMAT, "merges[0]");
    assert_refused("{" BPE "[],\"dropout\":0.1}}", FC_E_UNSUPPORTED, "dropout");
    assert_refused("{\"model\":{\"type\":\"Unigram\",\"unk_id\":1,\"vocab\":[[\"a\",0]]}}",
                   FC_E_FORMAT, "unk_id");
    assert_refused("{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}}", FC_E_FORMAT,
                   "vocab[0]");
}

static void test_tokenizer__parts_that_are_not_known_are_named(void **state)
{
    (void)state;
    assert_refused("{" MODEL
                   ",\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},"
                   "{\"type\":\"Odd\"}]}}",
                   FC_E_UNSUPPORTED, "normalizer[1]: the normalizer 'Odd'");
    assert_refused("{" MODEL ",\"normalizer\":{\"type\":\"NFC\",\"deep\":1}}", FC_E_UNSUPPORTED,
                   "deep");
    assert_refused("{" MODEL ",\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"}}", FC_E_UNSUPPORTED,
                   "UnicodeScripts");
    assert_refused("{" MODEL ",\"post_processor\":{\"type\":\"Odd\"}}", FC_E_UNSUPPORTED, "Odd");
    assert_refused("{" MODEL ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},"
                   "\"behavior\":\"Removed\"}}",
                   FC_E_FORMAT, "regular expression");
    assert_refused("{" MODEL
                   ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[a&&b]\"},"
                   "\"behavior\":\"Removed\"}}",
                   FC_E_UNSUPPORTED, "&&");
    assert_refused("{" MODEL ",\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":"
                   "\"AAAA\"}}",
                   FC_E_FORMAT, "charsmap");
    assert_refused("{" MODEL ",\"added_tokens\":[{\"id\":4,\"content\":\"new\"}]}", FC_E_FORMAT,
                   "numbered 4");
    assert_refused("{" MODEL ",\"truncation\":{\"max_length\":3,\"direction\":\"Up\"}}",
                   FC_E_FORMAT, "direction");
    assert_refused("{" MODEL ",\"padding\":{\"strategy\":\"Some\",\"pad_id\":0,\"pad_type_id\":0}}",
                   FC_E_FORMAT, "strategy");
}

static void test_tokenizer__added_tokens_take_their_blanks_along(void **state)
{
    (void)state;
    assert_made("{" MODEL "," CUT
                ",\"added_tokens\":[{\"id\":9,\"content\":\"<m>\",\"lstrip\":true,"
                "\"rstrip\":true,\"normalized\":false,\"special\":true}]}",
                "a  <m>  a", "7 9 7");
    assert_made("{" MODEL "," CUT
                ",\"added_tokens\":[{\"id\":9,\"content\":\"wor\",\"single_word\":true,"
                "\"normalized\":false}]}",
                "world wor a", "6 9 7");
    /* The longest of those that begin in one place. */
    assert_made("{" MODEL "," CUT ",\"added_tokens\":[{\"id\":9,\"content\":\"<x\"},{\"id\":10,"
                "\"content\":\"<x>\"}]}",
                "<x><x", "10 9");
}

static void test_tokenizer__tokens_have_their_texts(void **state)
{
    static const char *const texts[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "he",
                                        "##llo", "world", "a",     "##a"};
    fc_tokenizer *t = made(
        "{" MODEL "," CUT ",\"added_tokens\":[{\"id\":9,\"content\":\"<new one>\",\"single_word\":"
        "false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}]}");

    (void)state;
    for (uint32_t i = 0; i < 9; i++)
        assert_text(t, i, texts[i]);
    assert_text(t, 9, "<new one>");
    assert_text(t, 10, NULL);
    assert_text(t, UINT32_MAX, NULL);
    fc__tokenizer_destroy(t);
}

/* An expression that never ends on some texts is stopped. */
static void test_tokenizer__a_hostile_expression_is_stopped(void **state)
{
    fc_tokenizer *t =
        made("{" MODEL ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":"
             "\"(a+)+(b+)+c\\\\1\"},\"behavior\":\"Removed\"}}");
    fc_token_scratch *s = NULL;
    fc_tokens tokens = FC_TOKENS_INIT;
    fc_error err = FC_ERROR_INIT;
    char text[64];

    (void)state;
    memset(text, 'a', sizeof(text));
    memset(text + 40, 'b', 23);
    text[63] = 'c';
    assert_status(FC_OK, fc__token_scratch_create(&s, t, &err), &err);
    assert_status(FC_E_LIMIT, fc__tokenizer_encode(t, s, text, sizeof(text), NULL, &tokens, &err),
                  &err);
    assert_non_null(strstr(err.message, "regular expression"));
    fc__token_scratch_destroy(s);
    fc__tokens_dispose(&tokens);
    fc__tokenizer_destroy(t);
}

/* A word of a million letters, and a million words. */
static void test_tokenizer__large_texts_come_to_an_end(void **state)
{
    fc_tokenizer *bpe = made("{" BPE "[\"a b\"]}}");
    fc_tokenizer *words = made("{" MODEL "," CUT "}");
    const size_t n = 2000000;
    char *text = malloc(n);
    fc_token_scratch *s = NULL;
    fc_tokens tokens = FC_TOKENS_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        text[i] = "ab"[i % 2];
    assert_status(FC_OK, fc__token_scratch_create(&s, bpe, &err), &err);
    assert_status(FC_OK, fc__tokenizer_encode(bpe, s, text, n, NULL, &tokens, &err), &err);
    assert_int_equal(tokens.n, n / 2);
    fc__token_scratch_destroy(s);
    for (size_t i = 0; i < n; i++)
        text[i] = "a "[i % 2];
    assert_status(FC_OK, fc__token_scratch_create(&s, words, &err), &err);
    assert_status(FC_OK, fc__tokenizer_encode(words, s, text, n, NULL, &tokens, &err), &err);
    assert_int_equal(tokens.n, n / 2);
    fc__token_scratch_destroy(s);
    fc__tokens_dispose(&tokens);
    free(text);
    fc__tokenizer_destroy(words);
    fc__tokenizer_destroy(bpe);
}

static void *encode_often(void *shared)
{
    for (int i = 0; i < 200; i++)
        assert_tokens(shared, i % 2 == 0 ? "hello world a" : "a aa hello", NULL,
                      i % 2 == 0 ? "2 4 5 6 7 3" : "2 7 7 8 4 5 3");
    return NULL;
}

static void test_tokenizer__threads_share_one_tokenizer(void **state)
{
    fc_tokenizer *t = made("{" MODEL "," CUT "," AROUND "}");
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, encode_often, t), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    fc__tokenizer_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokenizer__lengths_and_padding_are_the_callers),
        cmocka_unit_test(test_tokenizer__a_cut_is_told),
        cmocka_unit_test(test_tokenizer__text_that_is_no_utf8_is_refused),
        cmocka_unit_test(test_tokenizer__types_follow_the_template),
        cmocka_unit_test(test_tokenizer__separators_go_where_the_behavior_says),
        cmocka_unit_test(test_tokenizer__unknown_words_are_one_token_or_an_error),
        cmocka_unit_test(test_tokenizer__files_that_are_wrong_are_refused),
        cmocka_unit_test(test_tokenizer__parts_that_are_not_known_are_named),
        cmocka_unit_test(test_tokenizer__added_tokens_take_their_blanks_along),
        cmocka_unit_test(test_tokenizer__tokens_have_their_texts),
        cmocka_unit_test(test_tokenizer__a_hostile_expression_is_stopped),
        cmocka_unit_test(test_tokenizer__large_texts_come_to_an_end),
        cmocka_unit_test(test_tokenizer__threads_share_one_tokenizer),
    };

    return cmocka_run_group_tests_name("tokenizer", tests, NULL, NULL);
}
