/*
 * JSON-lines manifests: kinds of values, and lines that cannot be taken.
 */
#include "dataset_fixture.h"

static void test_jsonl__values_keep_their_kinds(void **state)
{
    const fc_source_sample *s;
    fc_dataset_reader *r;

    (void)state;
    put_text("k.jsonl",
             "\xEF\xBB\xBF{\"id\": \"a\", \"text\": \"h\\u00e9\\n\", \"n\": 5, \"x\": 0.1,"
             " \"big\": 9007199254740993, \"b\": true, \"z\": null, \"s\": \"12\","
             " \"e\": \"\", \"group\": \"g\", \"split\": \"test\"}\r\n"
             "  \n"
             "{\"id\": 12, \"text\": 7}");
    r = open_ok("k.jsonl");
    s = next_ok(r);
    assert_string_equal(s->id, "a");
    assert_string_equal(s->text, "h\xC3\xA9\n");
    assert_int_equal(s->modality, FC_TEXT);
    assert_string_equal(s->group, "g");
    assert_string_equal(s->split, "test");
    assert_int_equal(s->meta->n, 6);
    assert_int_equal(fc__meta_find(s->meta, "n")->kind, FC_META_NUMBER);
    assert_string_equal(fc__meta_find(s->meta, "x")->text, "0.1");
    assert_string_equal(fc__meta_find(s->meta, "big")->text, "9007199254740993");
    assert_int_equal(fc__meta_find(s->meta, "b")->kind, FC_META_BOOL);
    assert_int_equal(fc__meta_find(s->meta, "s")->kind, FC_META_STRING);
    assert_string_equal(fc__meta_find(s->meta, "e")->text, "");
    s = next_ok(r);
    assert_string_equal(s->id, "12");
    assert_string_equal(s->text, "7");
    assert_int_equal(s->line, 3);
    expect_end(r);
}

static void test_jsonl__a_bad_line_is_told_and_the_next_one_read(void **state)
{
    static const struct {
        const char *line, *problem;
    } cases[] = {
        {"{\"text\": \"a\"", "1: not a JSON object: '}' expected near end of file"},
        {"[1, 2]", "1: not a JSON object; wanted {\"path\": ...} or {\"text\": ...}"},
        {"7", "1: not a JSON object; wanted {\"path\": ...} or {\"text\": ...}"},
        {"{} x", "1: not a JSON object: end of file expected near 'x'"},
        {"{\"text\": \"a\", \"k\": [1]}",
         "1: 'k' is an array; wanted a string, a number, true, false or null"},
        {"{\"text\": \"a\", \"k\": {\"x\": 1}}",
         "1: 'k' is an object; wanted a string, a number, true, false or null"},
        {"{\"text\": true}", "1: 'text' is true or false; wanted a string or a number"},
        {"{\"text\": \"a\", \"text\": \"b\"}",
         "1: not a JSON object: duplicate object key near '\"text\"'"},
        {"{\"text\": \"a\\u0000b\"}", "1: \\u0000 cannot stand in a text"},
        {"{\"text\": \"a\", \"\": 1}", "1: metadata: a name is empty"},
        {"{\"text\": \"caf\xE9\"}",
         "1: not a JSON object: unable to decode byte 0xe9 near '\"caf'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_dataset_reader *r;
        char file[512];

        snprintf(file, sizeof(file), "%s\n{\"id\": \"next\", \"text\": \"t\"}\n", cases[i].line);
        put_text("bad.jsonl", file);
        r = open_ok("bad.jsonl");
        expect_bad(r, FC_E_FORMAT, "line:1", cases[i].problem);
        assert_string_equal(next_ok(r)->id, "next");
        expect_end(r);
    }
}

/* A hundred thousand brackets must cost a message, not a stack. */
static void test_jsonl__deep_nesting_is_refused(void **state)
{
    const size_t n = 100000;
    char *text = malloc(n + 2);
    fc_dataset_reader *r;

    (void)state;
    assert_non_null(text);
    memset(text, '[', n);
    strcpy(text + n, "\n");
    put_text("deep.jsonl", text);
    free(text);
    r = open_ok("deep.jsonl");
    expect_bad(r, FC_E_FORMAT, "line:1", "maximum parsing depth reached near '['");
    expect_end(r);
}

static void test_jsonl__a_line_over_the_cap_is_skipped_whole(void **state)
{
    const size_t n = FC_MANIFEST_LINE_MAX + (1u << 20);
    char *text = malloc(n + 64);
    fc_dataset_reader *r;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', n);
    strcpy(text + n, "\n{\"id\": \"next\", \"text\": \"t\"}\n");
    put_text("long.jsonl", text);
    free(text);
    r = open_ok("long.jsonl");
    expect_bad(r, FC_E_LIMIT, "line:1", "long.jsonl:1: the line is longer than 16 MiB");
    assert_string_equal(next_ok(r)->id, "next");
    expect_end(r);
}

static void test_jsonl__too_many_values_are_refused(void **state)
{
    char file[8192] = "{\"text\": \"t\"";
    fc_dataset_reader *r;

    (void)state;
    for (int i = 0; i <= FC_META_ENTRIES_MAX; i++)
        sprintf(file + strlen(file), ", \"k%d\": %d", i, i);
    strcat(file, "}\n");
    put_text("many.jsonl", file);
    r = open_ok("many.jsonl");
    expect_bad(r, FC_E_LIMIT, "line:1", "1: metadata: more than 256 values");
    expect_end(r);
}

static void test_jsonl__an_empty_file_has_no_samples(void **state)
{
    (void)state;
    put_text("empty.jsonl", "");
    expect_end(open_ok("empty.jsonl"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jsonl__values_keep_their_kinds),
        cmocka_unit_test(test_jsonl__a_bad_line_is_told_and_the_next_one_read),
        cmocka_unit_test(test_jsonl__deep_nesting_is_refused),
        cmocka_unit_test(test_jsonl__a_line_over_the_cap_is_skipped_whole),
        cmocka_unit_test(test_jsonl__too_many_values_are_refused),
        cmocka_unit_test(test_jsonl__an_empty_file_has_no_samples),
    };

    return cmocka_run_group_tests_name("jsonl", tests, NULL, NULL);
}
