/*
 * Random expressions against what an independent evaluator gave: where_cases.txt, written by
 * make_where_cases.py from trees that this parser has never seen.
 */
#include "fc_test.h"

#include "fc_filter.h"

#define N_ROWS 4

static void add(fc_meta *m, const char *key, fc_meta_kind kind, const char *text)
{
    assert_int_equal(fc__meta_add(m, key, strlen(key), kind, text, strlen(text), NULL), FC_OK);
}

/* ROWS of make_where_cases.py. */
static void make_rows(fc_filter_row rows[N_ROWS], fc_meta meta[N_ROWS])
{
    memset(meta, 0, N_ROWS * sizeof(*meta));
    rows[0] =
        (fc_filter_row){"a/owl.png", "stamps", "image", "a/owl", "train", "a/owl.png", &meta[0]};
    add(&meta[0], "year", FC_META_NUMBER, "1990");
    add(&meta[0], "kind", FC_META_STRING, "bird");
    add(&meta[0], "draft", FC_META_BOOL, "false");
    add(&meta[0], "w", FC_META_NUMBER, "12.50");
    rows[1] = (fc_filter_row){"b", "stamps", "text", "", "test", NULL, &meta[1]};
    add(&meta[1], "year", FC_META_NUMBER, "2005");
    add(&meta[1], "kind", FC_META_STRING, "");
    add(&meta[1], "draft", FC_META_BOOL, "true");
    add(&meta[1], "w", FC_META_STRING, "12.50");
    rows[2] = (fc_filter_row){"c#0-5", "other", "audio", "c", "", "c", &meta[2]};
    add(&meta[2], "year", FC_META_STRING, "1990");
    add(&meta[2], "kind", FC_META_STRING, "owl's \"x\" \\");
    add(&meta[2], "w", FC_META_NUMBER, "-3");
    rows[3] = (fc_filter_row){"d", "other", "image", "a/owl", "train", "", NULL};
}

static void check_line(const char *line, const fc_filter_row rows[N_ROWS])
{
    fc_filter *f = NULL;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__filter_parse(&f, line + N_ROWS + 1, &err), &err);
    for (size_t i = 0; i < N_ROWS; i++)
        if (fc__filter_matches(f, &rows[i]) != (line[i] == '1'))
            fail_msg("row %zu, wanted %c: %s", i, line[i], line + N_ROWS + 1);
    fc__filter_destroy(f);
}

static void test_filter__agrees_with_an_independent_evaluator(void **state)
{
    const char *source = getenv("FC_SOURCE_DIR");
    fc_filter_row rows[N_ROWS];
    fc_meta meta[N_ROWS];
    char path[4096], line[1024];
    size_t n = 0;
    FILE *file;

    (void)state;
    snprintf(path, sizeof(path), "%s/tests/filter/where_cases.txt", source != NULL ? source : ".");
    file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s: %s (FC_SOURCE_DIR is the checkout)", path, strerror(errno));
    make_rows(rows, meta);
    for (; fgets(line, sizeof(line), file) != NULL; n++) {
        line[strcspn(line, "\n")] = '\0';
        check_line(line, rows);
    }
    fclose(file);
    /* A file that is cut short would be a test that cannot fail. */
    assert_int_equal(n, 600);
    for (size_t i = 0; i < N_ROWS; i++)
        fc__meta_dispose(&meta[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter__agrees_with_an_independent_evaluator),
    };

    return cmocka_run_group_tests_name("filter cases", tests, NULL, NULL);
}
