/*
 * The --where language: what matches, and where a wrong text is told to be wrong.
 */
#include "fc_test.h"

#include "fc_filter.h"

typedef struct fixture {
    fc_meta meta;
    fc_filter_row row;
} fixture;

static void add(fc_meta *m, const char *key, fc_meta_kind kind, const char *text)
{
    assert_int_equal(fc__meta_add(m, key, strlen(key), kind, text, strlen(text), NULL), FC_OK);
}

static int setup(void **state)
{
    fixture *fx = calloc(1, sizeof(*fx));

    if (fx == NULL)
        return -1;
    add(&fx->meta, "year", FC_META_NUMBER, "1990");
    add(&fx->meta, "price", FC_META_NUMBER, "12.50");
    add(&fx->meta, "kind", FC_META_STRING, "bird");
    add(&fx->meta, "draft", FC_META_BOOL, "false");
    add(&fx->meta, "seen", FC_META_BOOL, "true");
    add(&fx->meta, "empty", FC_META_STRING, "");
    add(&fx->meta, "zero", FC_META_NUMBER, "0");
    add(&fx->meta, "code", FC_META_STRING, "007");
    add(&fx->meta, "big", FC_META_NUMBER, "9007199254740993");
    add(&fx->meta, "low", FC_META_NUMBER, "-9007199254740993");
    add(&fx->meta, "odd name", FC_META_STRING, "x");
    add(&fx->meta, "tick`ed", FC_META_STRING, "y");
    add(&fx->meta,
        "Gr\xC3\xB6\xC3\x9F"
        "e",
        FC_META_STRING, "\xE2\x82\xAC 5");
    add(&fx->meta, "id", FC_META_STRING, "shadowed");
    add(&fx->meta, "quote", FC_META_STRING, "it's \"so\" \\");
    fx->row = (fc_filter_row){.id = "a/owl.png",
                              .dataset = "stamps",
                              .modality = "image",
                              .group = "a/owl",
                              .split = "",
                              .path = NULL,
                              .meta = &fx->meta};
    *state = fx;
    return 0;
}

static int teardown(void **state)
{
    fixture *fx = *state;

    fc__meta_dispose(&fx->meta);
    free(fx);
    return 0;
}

typedef struct match_case {
    const char *text;
    bool want;
} match_case;

static void check_all(const fixture *fx, const match_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fc_filter *f = NULL;
        fc_error err = FC_ERROR_INIT;

        assert_status(FC_OK, fc__filter_parse(&f, cases[i].text, &err), &err);
        if (fc__filter_matches(f, &fx->row) != cases[i].want)
            fail_msg("%s: wanted %s", cases[i].text, cases[i].want ? "a match" : "no match");
        fc__filter_destroy(f);
    }
}

#define CHECK_ALL(cases) check_all(*state, cases, sizeof(cases) / sizeof((cases)[0]))

static void test_filter__compares(void **state)
{
    static const match_case cases[] = {
        {"year = 1990", true},
        {"year == 1990.0", true},
        {"year != 1990", false},
        {"year < 1991", true},
        {"year <= 1990", true},
        {"year > 1990", false},
        {"year >= 1990", true},
        {"1990 <= year", true},
        {"price = 12.5", true},
        {"price < 9", false}, /* as text, "12.50" would be below "9" */
        {"price < '9'", true},
        {"price = '12.5'", false},
        {"kind = \"bird\"", true},
        {"kind = 'bird'", true},
        {"kind='bird'and year=1990", true},
        {"kind < 'c' and kind > 'a'", true},
        {"code = 7", false}, /* text: only the same digits are the same */
        {"code = 007", true},
        {"draft = false", true},
        {"draft = FALSE", true},
        {"draft = 'false'", true},
        {"seen != draft", true},
        {"id = 'a/owl.png' and dataset = 'stamps' and modality = 'image'", true},
        {"group = 'a/owl'", true},
        {"meta.id = 'shadowed'", true},
        {"meta.year = 1990", true},
        {"meta.group = 'a/owl'", false},
        {"year = year", true},
    };

    CHECK_ALL(cases);
}

/* Identifiers of 64 bits differ where doubles no longer do. */
static void test_filter__tells_large_whole_numbers_apart(void **state)
{
    static const match_case cases[] = {
        {"big = 9007199254740993", true},   {"big = 9007199254740992", false},
        {"big > 9007199254740992", true},   {"big < 9007199254740992", false},
        {"low = -9007199254740993", true},  {"low < -9007199254740992", true},
        {"low > -9007199254740992", false}, {"big = 9007199254740992.0", true},
    };

    CHECK_ALL(cases);
}

static void test_filter__not_binds_tighter_than_and_than_or(void **state)
{
    static const match_case cases[] = {
        {"seen or seen and draft", true},
        {"(seen or seen) and draft", false},
        {"not draft and seen", true},
        {"not (draft and seen)", true},
        {"not seen or seen", true},
        {"not (seen or seen)", false},
        {"draft or draft or seen", true},
        {"seen and seen and draft", false},
        {"not not seen", true},
        {"not not not seen", false},
        {"SEEN", false}, /* names keep their case, words of the language do not */
        {"seen AND Not draft", true},
        {"true", true},
        {"not false", true},
        {"((((seen))))", true},
    };

    CHECK_ALL(cases);
}

static void test_filter__null_fails_every_comparison(void **state)
{
    static const match_case cases[] = {
        {"nothing = 1", false},
        {"nothing != 1", false},
        {"nothing < 1", false},
        {"nothing >= 1", false},
        {"nothing = nothing", false},
        {"not nothing = 1", true},
        {"not nothing != 1", true},
        {"nothing in (1, 2)", false},
        {"nothing not in (1, 2)", true},
        {"not nothing", true},
        {"nothing", false},
        {"split", false}, /* empty: the sample has none */
        {"split = ''", false},
        {"path != 'x'", false},
        {"empty = ''", true}, /* metadata that is there and empty */
    };

    CHECK_ALL(cases);
}

static void test_filter__bare_names_test_presence_and_truth(void **state)
{
    static const match_case cases[] = {
        {"year", true},  {"kind", true},  {"seen", true},    {"draft", false}, {"empty", false},
        {"zero", false}, {"group", true}, {"meta.id", true}, {"code", true},
    };

    CHECK_ALL(cases);
}

static void test_filter__in_takes_any_of_a_list(void **state)
{
    static const match_case cases[] = {
        {"kind in ('owl', \"bird\")", true},
        {"kind in ('owl')", false},
        {"kind not in ('owl')", true},
        {"not kind in ('bird')", false},
        {"year in (1989, 1990.0, 'x')", true},
        {"year in ('1990')", true},
        {"year in ('1990.0')", false},
        {"draft in (true, false)", true},
        {"kind in ('a') or year in (1990)", true},
    };

    CHECK_ALL(cases);
}

static void test_filter__quoting_reaches_every_name_and_text(void **state)
{
    static const match_case cases[] = {
        {"`odd name` = 'x'", true},
        {"meta.`odd name` = 'x'", true},
        {"`tick``ed` = 'y'", true},
        {"`and` = 'x'", false},
        {"Gr\xC3\xB6\xC3\x9F"
         "e = '\xE2\x82\xAC 5'",
         true},
        {"`id` = 'a/owl.png'", true},
        {"quote = 'it''s \"so\" \\\\'", true},
        {"quote = \"it's \"\"so\"\" \\\\\"", true},
        {"quote = 'it\\'s \\\"so\\\" \\\\'", true},
    };

    CHECK_ALL(cases);
}

static void test_filter__a_row_without_metadata_is_all_null(void **state)
{
    fc_filter_row bare = {.id = "x"};
    fc_error err = FC_ERROR_INIT;
    fc_filter *f = NULL;

    (void)state;
    assert_status(FC_OK, fc__filter_parse(&f, "id = 'x' and not year and not group", &err), &err);
    assert_true(fc__filter_matches(f, &bare));
    fc__filter_destroy(f);
    fc__filter_destroy(NULL);
}

/* Messages name the column in characters, what was wanted and what stood there. */
static void test_filter__errors_name_column_and_what_was_wanted(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "where: column 1: wanted a name, a value, 'not' or '(', got the end"},
        {"year =", "where: column 7: wanted a number, true, false, a name or a text in quotes, got "
                   "the end"},
        {"year = )", "where: column 8: wanted a number, true, false, a name or a text in quotes, "
                     "got )"},
        {"(year = 1", "where: column 10: wanted 'and', 'or' or ')', got the end"},
        {"year = 1)", "where: column 9: wanted 'and', 'or' or the end, got )"},
        {"year = 1 kind = 2", "where: column 10: wanted 'and', 'or' or the end, got kind"},
        {"year 1990", "where: column 6: wanted 'and', 'or' or the end, got 1990"},
        {"'\xC3\xA9\xC3\xA9' = a and",
         "where: column 13: wanted a name, a value, 'not' or '(', got "
         "the end"},
        {"a in 1", "where: column 6: wanted '(' after 'in', got 1"},
        {"a in ()", "where: column 7: wanted a number, true, false or a text in quotes, got )"},
        {"a in (b)", "where: column 7: wanted a number, true, false or a text in quotes, got b"},
        {"a in (1", "where: column 8: wanted ',' or ')' in the list, got the end"},
        {"a in (1 2)", "where: column 9: wanted ',' or ')' in the list, got 2"},
        {"a not = 1", "where: column 7: wanted 'in' after 'not', got ="},
        {"'text'", "where: column 7: wanted a comparison such as = or <, got the end"},
        {"7 and a", "where: column 3: wanted a comparison such as = or <, got and"},
        {"a = 'x", "where: column 5: the text that begins here does not end"},
        {"a = 'x\\", "where: column 7: a backslash stands before a quote or a backslash only"},
        {"`a = 1", "where: column 1: the name that begins here does not end"},
        {"`` = 1", "where: column 1: a name is empty"},
        {"meta. = 1", "where: column 1: wanted a name after 'meta.'"},
        {"a = 'x\\n'", "where: column 7: a backslash stands before a quote or a backslash only"},
        {"d > 2020-01-31", "where: column 5: '2020-01-31' is not a number; text stands in quotes"},
        {"a = 0x10", "where: column 5: '0x10' is not a number; text stands in quotes"},
        {"a & b", "where: column 3: '&' has no meaning here; names with other characters stand in "
                  "`backquotes`"},
        {"a = \xE2\x80\x9C"
         "b\xE2\x80\x9D",
         "where: column 5: '\xE2\x80\x9C' has no meaning here; "
         "names with other characters stand in `backquotes`"},
        {"a ! b", "where: column 3: '!' has no meaning here; names with other characters stand in "
                  "`backquotes`"},
        {"a\x1B[31m", "where: column 2: '\\x1B' has no meaning here; names with other characters "
                      "stand in `backquotes`"},
        {"ab\xFF", "where: column 3: not valid UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_filter *f = NULL;
        fc_error err = FC_ERROR_INIT;

        assert_status(FC_E_INVALID, fc__filter_parse(&f, cases[i].text, &err), &err);
        assert_null(f);
        assert_string_equal(err.message, cases[i].message);
    }
}

/* n times `unit`, then `end`. */
static char *repeat(const char *unit, size_t n, const char *end)
{
    const size_t k = strlen(unit);
    char *text = malloc(n * k + strlen(end) + 1);

    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * k, unit, k);
    strcpy(text + n * k, end);
    return text;
}

static void test_filter__caps_hold(void **state)
{
    static const struct {
        const char *unit;
        size_t n;
        const char *end;
        fc_status want;
    } cases[] = {
        {"not ", 64, "a", FC_OK},           {"not ", 65, "a", FC_E_INVALID},
        {"(", 65, "", FC_E_INVALID},        {"(", 16000, "", FC_E_INVALID},
        {"not ", 16000, "", FC_E_INVALID},  {"a or ", 2046, "a", FC_OK},
        {"a or ", 2100, "a", FC_E_INVALID}, {" ", 65536, "a", FC_E_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = repeat(cases[i].unit, cases[i].n, cases[i].end);
        fc_filter *f = NULL;
        fc_error err = FC_ERROR_INIT;

        assert_status(cases[i].want, fc__filter_parse(&f, text, &err), &err);
        fc__filter_destroy(f);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_filter__compares, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filter__tells_large_whole_numbers_apart, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_filter__not_binds_tighter_than_and_than_or, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_filter__null_fails_every_comparison, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filter__bare_names_test_presence_and_truth, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_filter__in_takes_any_of_a_list, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filter__quoting_reaches_every_name_and_text, setup,
                                        teardown),
        cmocka_unit_test(test_filter__a_row_without_metadata_is_all_null),
        cmocka_unit_test(test_filter__errors_name_column_and_what_was_wanted),
        cmocka_unit_test(test_filter__caps_hold),
    };

    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
