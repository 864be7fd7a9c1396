/*
 * Rows of a manifest: ids, groups, paths beneath the manifest's folder, spans, rows, modalities.
 * Given as JSON lines; CSV reaches the same code.
 */
#include "dataset_fixture.h"

#define NAME "m/rows.jsonl"

/* A manifest of one line, beside m/a.png and m/sub/a.ogg. */
static fc_dataset_reader *open_line(const char *line, const char *pattern)
{
    const fc_dataset_options opts = {.group_pattern = pattern};
    fc_dataset_reader *r = NULL;
    fc_error err = FC_ERROR_INIT;

    put_text("m/a.png", "png");
    put_text("m/sub/a.ogg", "ogg!");
    put_text(NAME, line);
    assert_status(FC_OK, open_named(&r, NAME, &opts, &err), &err);
    return r;
}

static void test_row__a_file_is_looked_at(void **state)
{
    fc_dataset_reader *r = open_line("{\"path\": \"sub/a.ogg\", \"modality\": \"audio\"}", NULL);
    const fc_source_sample *s = next_ok(r);
    char *folder = fc_test_path("m"), *path = fc_test_path("m/sub/a.ogg");
    char real[4096];
    struct stat st;

    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_true(s->has_file);
    assert_int_equal(s->file.size, 4);
    assert_int_equal(s->file.inode, st.st_ino);
    assert_int_equal(s->file.device, st.st_dev);
    assert_int_equal(s->file.mtime_ns, st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec);
    assert_int_equal(s->file.ctime_ns, st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec);
    assert_string_equal(s->path, "sub/a.ogg");
    assert_null(s->text);
    assert_int_equal(s->modality, FC_AUDIO);
    assert_non_null(realpath(folder, real));
    assert_string_equal(fc__dataset_root(r), real);
    assert_true(faccessat(fc__dataset_root_fd(r), s->path, R_OK, 0) == 0);
    free(folder);
    free(path);
    expect_end(r);
}

static void test_row__ids_and_groups_are_derived(void **state)
{
    static const struct {
        const char *line, *pattern, *id, *group;
    } cases[] = {
        {"{\"path\": \"a.png\"}", NULL, "a.png", "a"},
        {"{\"path\": \"sub/a.ogg\"}", NULL, "sub/a.ogg", "sub/a"},
        {"{\"path\": \"a.png\", \"id\": \"v1.x\"}", NULL, "v1.x", "v1"},
        {"{\"path\": \"a.png\", \"row\": 7}", NULL, "a.png#7", "a#7"},
        {"{\"path\": \"a.png\", \"row\": \"18446744073709551615\"}", NULL,
         "a.png#18446744073709551615", "a#18446744073709551615"},
        {"{\"path\": \"sub/a.ogg\", \"start_s\": 0.50, \"end_s\": 10}", NULL, "sub/a.ogg#0.5-10",
         "sub/a#0.5-10"},
        {"{\"path\": \"sub/a.ogg\", \"start_s\": \"0.5\"}", NULL, "sub/a.ogg#0.5-", "sub/a#0.5-"},
        {"{\"path\": \"sub/a.ogg\", \"end_s\": 0.1}", NULL, "sub/a.ogg#0-0.1", "sub/a#0-0.1"},
        {"{\"path\": \"sub/a.ogg\", \"start_s\": 0}", NULL, "sub/a.ogg", "sub/a"},
        {"{\"path\": \"a.png\", \"group\": \"birds\"}", "^(.)", "a.png", "birds"},
        {"{\"path\": \"sub/a.ogg\"}", "^([^/]*)/", "sub/a.ogg", "sub"},
        {"{\"path\": \"sub/a.ogg\"}", "[a-z]+$", "sub/a.ogg", "ogg"},
        {"{\"path\": \"sub/a.ogg\"}", "^nothing", "sub/a.ogg", "sub/a"},
        {"{\"path\": \"a.png\"}", "^(x*)", "a.png", "a"}, /* a match of nothing is none */
        {"{\"id\": \"\xC3\xA9\", \"text\": \"t\"}", "^(.)", "\xC3\xA9", "\xC3\xA9"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_dataset_reader *r = open_line(cases[i].line, cases[i].pattern);
        const fc_source_sample *s = next_ok(r);

        assert_string_equal(s->id, cases[i].id);
        assert_string_equal(s->group, cases[i].group);
        assert_string_equal(s->split, "");
        expect_end(r);
    }
}

/* A line put in front must not rename the texts behind it. */
static void test_row__the_id_of_a_text_is_its_content(void **state)
{
    fc_dataset_reader *r;
    char id[64];

    (void)state;
    r = open_line("{\"text\": \"a red bird\"}\n", NULL);
    snprintf(id, sizeof(id), "%s", next_ok(r)->id);
    expect_end(r);
    assert_int_equal(strlen(id), strlen("text:") + 16);
    assert_memory_equal(id, "text:", 5);
    r = open_line("{\"text\": \"new\"}\n{\"text\": \"a red bird\"}\n{\"text\": \"a red bird\"}",
                  NULL);
    assert_string_not_equal(next_ok(r)->id, id);
    assert_string_equal(next_ok(r)->id, id);
    assert_string_equal(next_ok(r)->id, id);
    expect_end(r);
}

static void test_row__spans_and_rows_are_handed_on(void **state)
{
    fc_dataset_reader *r = open_line("{\"path\": \"a.png\", \"start_s\": 1.5, \"end_s\": 2}\n"
                                     "{\"path\": \"a.png\", \"row\": 3}\n"
                                     "{\"path\": \"a.png\"}",
                                     NULL);
    const fc_source_sample *s = next_ok(r);

    (void)state;
    assert_float_equal(s->start_s, 1.5, 0.0);
    assert_float_equal(s->end_s, 2.0, 0.0);
    assert_false(s->has_row);
    s = next_ok(r);
    assert_true(s->has_row);
    assert_int_equal(s->row, 3);
    assert_float_equal(s->end_s, 0.0, 0.0);
    s = next_ok(r);
    assert_false(s->has_row);
    expect_end(r);
}

static void test_row__what_is_wrong_is_told_with_id_and_line(void **state)
{
    static const struct {
        const char *line;
        fc_status status;
        const char *id, *problem;
    } cases[] = {
        {"{\"id\": \"x\"}", FC_E_FORMAT, "x", "1: neither path nor text is given"},
        {"{\"path\": \"\", \"text\": null}", FC_E_FORMAT, "line:1",
         "1: neither path nor text is given"},
        {"{\"path\": \"a.png\", \"text\": \"t\"}", FC_E_FORMAT, "line:1",
         "1: both path and text are given; wanted one"},
        {"{\"id\": \"x\", \"path\": \"/etc/hostname\"}", FC_E_FORMAT, "x",
         "1: path '/etc/hostname' is absolute; paths are relative to the manifest's folder"},
        {"{\"path\": \"../a.png\"}", FC_E_FORMAT, "line:1",
         "1: path '../a.png' has '..'; paths stay beneath the manifest's folder"},
        {"{\"path\": \"sub/..\"}", FC_E_FORMAT, "line:1",
         "1: path 'sub/..' has '..'; paths stay beneath the manifest's folder"},
        {"{\"path\": \"a.png\", \"row\": -1}", FC_E_FORMAT, "line:1",
         "1: row '-1' is not a row number (0 is the first)"},
        {"{\"path\": \"a.png\", \"row\": \"1.5\"}", FC_E_FORMAT, "line:1",
         "1: row '1.5' is not a row number (0 is the first)"},
        {"{\"path\": \"a.png\", \"row\": \"18446744073709551616\"}", FC_E_FORMAT, "line:1",
         "1: row '18446744073709551616' is not a row number (0 is the first)"},
        {"{\"id\": \"x\", \"path\": \"a.png\", \"end_s\": \"x\"}", FC_E_FORMAT, "x",
         "1: end_s 'x' is not a number of seconds from the start"},
        {"{\"path\": \"a.png\", \"start_s\": -1}", FC_E_FORMAT, "line:1",
         "1: start_s '-1' is not a number of seconds from the start"},
        {"{\"path\": \"a.png\", \"start_s\": 2, \"end_s\": 2}", FC_E_FORMAT, "line:1",
         "1: end_s '2' is not after start_s"},
        {"{\"path\": \"a.png\", \"row\": 0, \"end_s\": 2}", FC_E_FORMAT, "line:1",
         "1: both row and a time span are given; wanted one"},
        {"{\"text\": \"a\", \"row\": 0}", FC_E_FORMAT, "line:1",
         "1: row, start_s and end_s need a path; this row has text"},
        {"{\"text\": \"a\", \"modality\": \"image\"}", FC_E_FORMAT, "line:1",
         "1: inline text cannot be of modality 'image'"},
        {"{\"path\": \"a.png\", \"modality\": \"Image\\u001b[31m\"}", FC_E_FORMAT, "line:1",
         "1: modality 'Image\\x1B[31m' is none; wanted image, text, audio, points or vector, or "
         "nothing to decide by content"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_dataset_reader *r = open_line(cases[i].line, NULL);

        expect_bad(r, cases[i].status, cases[i].id, cases[i].problem);
        expect_end(r);
    }
}

static void test_row__a_file_that_cannot_be_had_is_told(void **state)
{
    fc_dataset_reader *r = open_line("{\"path\": \"gone.png\"}\n"
                                     "{\"path\": \"gone.png\", \"row\": 1}\n"
                                     "{\"path\": \"sub\"}\n"
                                     "{\"path\": \"a.png\"}",
                                     NULL);
    const fc_source_sample *s;

    (void)state;
    s = next_any(r);
    assert_int_equal(s->status, FC_E_NOT_FOUND);
    assert_string_equal(s->id, "gone.png");
    assert_non_null(strstr(s->problem, "rows.jsonl:1: "));
    assert_false(s->has_file);
    s = next_any(r); /* answered from the one before */
    assert_int_equal(s->status, FC_E_NOT_FOUND);
    assert_string_equal(s->id, "gone.png#1");
    assert_non_null(strstr(s->problem, "rows.jsonl:2: "));
    s = next_any(r);
    assert_int_not_equal(s->status, FC_OK);
    assert_string_equal(s->id, "sub");
    assert_string_equal(next_ok(r)->id, "a.png");
    expect_end(r);
}

static void make_link(const char *target, const char *name)
{
    char *path = fc_test_path(name);

    unlink(path);
    assert_int_equal(symlink(target, path), 0);
    free(path);
}

/* A link out of the manifest's folder is no way to read other files, as a file or on the way. */
static void test_row__a_link_out_is_not_followed(void **state)
{
    static const char *const lines[] = {"{\"path\": \"leak.txt\"}",
                                        "{\"path\": \"up/outside.txt\"}",
                                        "{\"path\": \"root/etc/hostname\"}"};

    (void)state;
    put_text("outside.txt", "secret");
    put_text("m/x", "");
    make_link("../outside.txt", "m/leak.txt");
    make_link("..", "m/up");
    make_link("/", "m/root");
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        fc_dataset_reader *r = open_line(lines[i], NULL);
        const fc_source_sample *s = next_any(r);

        assert_int_not_equal(s->status, FC_OK);
        assert_false(s->has_file);
        expect_end(r);
    }
}

/* Rows jump between folders; each is answered from its own. */
static void test_row__folders_do_not_get_mixed_up(void **state)
{
    static const struct {
        const char *path;
        uint64_t size;
    } want[] = {{"one/f", 1}, {"two/f", 2}, {"f", 3},         {"one/f", 1}, {"one//f", 1},
                {"./f", 3},   {"f", 3},     {"one/sub/f", 4}, {"one/f", 1}};
    char manifest[1024] = "path\n";
    fc_dataset_reader *r;

    (void)state;
    put_text("j/one/f", "1");
    put_text("j/two/f", "22");
    put_text("j/f", "333");
    put_text("j/one/sub/f", "4444");
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        sprintf(manifest + strlen(manifest), "%s\n", want[i].path);
    put_text("j/m.csv", manifest);
    r = open_ok("j/m.csv");
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        const fc_source_sample *s = next_ok(r);

        assert_string_equal(s->path, want[i].path);
        assert_int_equal(s->file.size, want[i].size);
    }
    expect_end(r);
}

static void test_row__an_id_over_the_cap_is_refused(void **state)
{
    char line[FC_SAMPLE_ID_MAX + 128];
    fc_dataset_reader *r;

    (void)state;
    snprintf(line, sizeof(line), "{\"text\": \"t\", \"id\": \"%0*d\"}", FC_SAMPLE_ID_MAX + 1, 0);
    r = open_line(line, NULL);
    expect_bad(r, FC_E_LIMIT, "line:1", "1: the id has 4097 bytes; at most 4096");
    expect_end(r);
}

static void test_row__a_pattern_that_is_none_is_refused(void **state)
{
    const fc_dataset_options opts = {.group_pattern = "a(b"};
    fc_dataset_reader *r = NULL;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    put_text(NAME, "");
    assert_status(FC_E_INVALID, open_named(&r, NAME, &opts, &err), &err);
    assert_null(r);
    assert_non_null(strstr(err.message, "group pattern 'a(b'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row__a_file_is_looked_at),
        cmocka_unit_test(test_row__ids_and_groups_are_derived),
        cmocka_unit_test(test_row__the_id_of_a_text_is_its_content),
        cmocka_unit_test(test_row__spans_and_rows_are_handed_on),
        cmocka_unit_test(test_row__what_is_wrong_is_told_with_id_and_line),
        cmocka_unit_test(test_row__a_file_that_cannot_be_had_is_told),
        cmocka_unit_test(test_row__a_link_out_is_not_followed),
        cmocka_unit_test(test_row__folders_do_not_get_mixed_up),
        cmocka_unit_test(test_row__an_id_over_the_cap_is_refused),
        cmocka_unit_test(test_row__a_pattern_that_is_none_is_refused),
    };

    return cmocka_run_group_tests_name("manifest row", tests, NULL, NULL);
}
