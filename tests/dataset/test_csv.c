/*
 * CSV manifests: RFC 4180, the header, and broken records that do not stop the stream.
 */
#include "dataset_fixture.h"

static const char *meta_text(const fc_source_sample *s, const char *key)
{
    const fc_meta_entry *e = fc__meta_find(s->meta, key);

    return e != NULL ? e->text : NULL;
}

static void test_csv__quotes_newlines_and_commas_are_read(void **state)
{
    const fc_source_sample *s;
    fc_dataset_reader *r;

    (void)state;
    put_text("q.csv", "id,text,note\r\n"
                      "a,\"one, two\",\"say \"\"hi\"\"\"\r\n"
                      "b,\"line 1\r\nline 2\n\",\"\"\r\n"
                      "\r\n"
                      "c,plain,\"\"\"\"\r\n"
                      "d,\" kept \",x");
    r = open_ok("q.csv");
    s = next_ok(r);
    assert_string_equal(s->id, "a");
    assert_string_equal(s->text, "one, two");
    assert_int_equal(s->text_n, 8);
    assert_string_equal(meta_text(s, "note"), "say \"hi\"");
    assert_int_equal(s->line, 2);
    s = next_ok(r);
    assert_string_equal(s->text, "line 1\r\nline 2\n");
    assert_null(meta_text(s, "note")); /* empty is absent */
    assert_int_equal(s->line, 3);
    s = next_ok(r);
    assert_string_equal(meta_text(s, "note"), "\"");
    assert_int_equal(s->line, 7);
    s = next_ok(r);
    assert_string_equal(s->text, " kept ");
    assert_string_equal(meta_text(s, "note"), "x");
    assert_int_equal(s->line, 8);
    expect_end(r);
}

static void test_csv__a_byte_order_mark_is_no_part_of_the_first_name(void **state)
{
    fc_dataset_reader *r;

    (void)state;
    put_text("bom.csv", "\xEF\xBB\xBFid,text\nx,y\n");
    r = open_ok("bom.csv");
    assert_string_equal(next_ok(r)->id, "x");
    expect_end(r);
}

static void test_csv__cells_that_are_numbers_keep_their_text(void **state)
{
    const fc_source_sample *s;
    fc_dataset_reader *r;

    (void)state;
    put_text("n.csv", "id,text,a,b,c,d\n1,t,12.50,1e999, 7,007\n");
    r = open_ok("n.csv");
    s = next_ok(r);
    assert_int_equal(s->meta->n, 4);
    assert_int_equal(fc__meta_find(s->meta, "a")->kind, FC_META_NUMBER);
    assert_string_equal(meta_text(s, "a"), "12.50");
    assert_int_equal(fc__meta_find(s->meta, "b")->kind, FC_META_STRING);
    assert_int_equal(fc__meta_find(s->meta, "c")->kind, FC_META_STRING);
    assert_int_equal(fc__meta_find(s->meta, "d")->kind, FC_META_NUMBER);
    assert_string_equal(meta_text(s, "d"), "007");
    expect_end(r);
}

static void test_csv__a_bad_record_is_told_and_the_next_one_read(void **state)
{
    fc_dataset_reader *r;

    (void)state;
    put_text("bad.csv", "id,text\n"
                        "a,1,2\n"
                        "b\n"
                        "c,in\"side\n"
                        "d,\"x\"y\n"
                        "e,caf\xE9\n"
                        "good,\"1\n2\"\n"
                        "f,\"1\n2\"z\n"
                        "last,ok\n");
    r = open_ok("bad.csv");
    expect_bad(r, FC_E_FORMAT, "line:2",
               "bad.csv:2: 3 fields where the header has 2; a field with a comma needs quotes");
    expect_bad(r, FC_E_FORMAT, "line:3",
               "bad.csv:3: 1 fields where the header has 2; a field with a comma needs quotes");
    expect_bad(r, FC_E_FORMAT, "line:4",
               "bad.csv:4: a quote inside a field; put the field in quotes and write it \"\"");
    expect_bad(r, FC_E_FORMAT, "line:5",
               "bad.csv:5: a quote inside a field; put the field in quotes and write it \"\"");
    expect_bad(r, FC_E_FORMAT, "line:6",
               "bad.csv:6: column 'text' is not valid UTF-8 text; save the file as UTF-8");
    assert_string_equal(next_ok(r)->text, "1\n2");
    expect_bad(r, FC_E_FORMAT, "line:9",
               "bad.csv:9: a quote inside a field; put the field in quotes and write it \"\"");
    /* The broken record's second line is read by itself. */
    expect_bad(r, FC_E_FORMAT, "line:10",
               "bad.csv:10: a quote inside a field; put the field in quotes and write it \"\"");
    assert_string_equal(next_ok(r)->id, "last");
    expect_end(r);
}

static void test_csv__a_forgotten_quote_costs_one_line(void **state)
{
    fc_dataset_reader *r;

    (void)state;
    put_text("open.csv", "id,text\na,\"never closed\nb,1\nc,2\n");
    r = open_ok("open.csv");
    expect_bad(r, FC_E_FORMAT, "line:2", "open.csv:2: a quoted field does not end");
    assert_string_equal(next_ok(r)->id, "b");
    assert_string_equal(next_ok(r)->id, "c");
    expect_end(r);
}

static void test_csv__a_nul_byte_is_told(void **state)
{
    static const char bytes[] = "id,text\na,x\0y\nb,1\n";
    fc_dataset_reader *r;

    (void)state;
    put_bytes("nul.csv", bytes, sizeof(bytes) - 1);
    r = open_ok("nul.csv");
    expect_bad(r, FC_E_FORMAT, "line:2",
               "nul.csv:2: column 'text' is not valid UTF-8 text; save the file as UTF-8");
    assert_string_equal(next_ok(r)->id, "b");
    expect_end(r);
}

static void test_csv__the_header_is_checked(void **state)
{
    char wide[2048] = "path";

    (void)state;
    put_text("h.csv", "");
    expect_refused("h.csv", FC_E_FORMAT,
                   "h.csv:1: no header; the first line names the columns, such as id,path,group");
    put_text("h.csv", "\npath\n");
    expect_refused("h.csv", FC_E_FORMAT,
                   "h.csv:1: no header; the first line names the columns, such as id,path,group");
    put_text("h.csv", "path,,x\n");
    expect_refused("h.csv", FC_E_FORMAT, "h.csv:1: column 2 has no name; name it or leave it out");
    put_text("h.csv", "path,x,y,x\n");
    expect_refused("h.csv", FC_E_FORMAT, "h.csv:1: column 'x' is there twice (columns 2 and 4)");
    put_text("h.csv", "file;kind\na.png;bird\n");
    expect_refused("h.csv", FC_E_FORMAT,
                   "h.csv:1: no column 'path' or 'text' among 1, the first is 'file;kind'; the "
                   "first line names the columns, separated by commas");
    put_text("h.csv", "\"path\n");
    expect_refused("h.csv", FC_E_FORMAT, "h.csv:1: a quoted field does not end");
    put_text("h.csv", "path,\xFF\n");
    expect_refused("h.csv", FC_E_FORMAT,
                   "h.csv:1: the name of column 2 is not valid UTF-8; save the file as UTF-8");
    for (int i = 0; i < 256; i++)
        sprintf(wide + strlen(wide), ",c%d", i);
    put_text("h.csv", wide);
    expect_refused("h.csv", FC_E_FORMAT, "h.csv:1: 257 columns; at most 256");
}

/* Records larger than one read of the file, and across its edges. */
static void test_csv__large_fields_cross_reads(void **state)
{
    const size_t n = 3u << 18;
    char *text = malloc(n + 64);
    fc_dataset_reader *r;
    char *at = text;

    (void)state;
    assert_non_null(text);
    at += sprintf(at, "id,text\na,\"");
    memset(at, 'x', n);
    sprintf(at + n, "\"\"\"\nb,short\n");
    put_text("large.csv", text);
    free(text);
    r = open_ok("large.csv");
    assert_int_equal(next_ok(r)->text_n, n + 1);
    assert_string_equal(next_ok(r)->text, "short");
    expect_end(r);
}

/* Every way to cut the file ends in samples or problems, never in a read past the end (ASan). */
static void test_csv__every_truncation_is_survived(void **state)
{
    static const char whole[] = "id,text,n\r\n1,\"a \"\"b\"\"\r\n\",2\r\n\"x\"\"\",y,\"\"\r\n3,,";

    (void)state;
    for (size_t cut = 0; cut < sizeof(whole); cut++) {
        fc_dataset_reader *r = NULL;
        const fc_source_sample *s;
        fc_error err = FC_ERROR_INIT;
        size_t count = 0;

        put_bytes("cut.csv", whole, cut);
        if (open_named(&r, "cut.csv", NULL, &err) == FC_OK) {
            while (fc__dataset_next(r, &s, &err) == FC_OK)
                count++;
            /* Three records, and one more where a cut leaves a quote open. */
            assert_true(count <= 4);
        }
        fc__dataset_close(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv__quotes_newlines_and_commas_are_read),
        cmocka_unit_test(test_csv__a_byte_order_mark_is_no_part_of_the_first_name),
        cmocka_unit_test(test_csv__cells_that_are_numbers_keep_their_text),
        cmocka_unit_test(test_csv__a_bad_record_is_told_and_the_next_one_read),
        cmocka_unit_test(test_csv__a_forgotten_quote_costs_one_line),
        cmocka_unit_test(test_csv__a_nul_byte_is_told),
        cmocka_unit_test(test_csv__the_header_is_checked),
        cmocka_unit_test(test_csv__large_fields_cross_reads),
        cmocka_unit_test(test_csv__every_truncation_is_survived),
    };

    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
