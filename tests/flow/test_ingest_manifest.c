/*
 * Manifests: ids that come twice, rows that cannot be taken, labels that change without the
 * content; several sources in one data set, and one content in several data sets.
 */
#include "flow_fixture.h"

static fc_status run_manifest(flow *f, const char *name, const char *text)
{
    char path[1200];
    const char *const sources[] = {path};

    flow_text(f, name, text);
    flow_path(f, name, path);
    f->opts.encoders = flow_text_only;
    f->opts.n_encoders = 1;
    return flow_run_sources(f, sources, 1);
}

#define expect_manifest(f, name, text, a, b, c, d, e)                 \
    do {                                                              \
        assert_status(FC_OK, run_manifest(f, name, text), &(f)->err); \
        flow_counts(f, a, b, c, d, e);                                \
    } while (0)

/* The first of two samples with one id is taken, the second told under its line; the runs after it
 * change nothing. */
static void test_manifest__an_id_twice(void **state)
{
    static const char twins[] = "id,text\na,hello\nb,other\na,world\n";
    char *first, *again;
    flow f;

    (void)state;
    flow_begin(&f, "twins");
    expect_manifest(&f, "m.csv", twins, 3, 0, 2, 0, 1);
    assert_int_equal(f.report.duplicate_ids, 1);
    assert_non_null(strstr(f.failures, ":4: another sample has the id 'a'"));
    assert_null(strstr(f.failures, "line:4: line 4:"));
    first = flow_state(f.store, "set");
    for (int i = 0; i < 3; i++) {
        expect_manifest(&f, "m.csv", twins, 3, 2, 0, 2, 1);
        assert_false(f.report.sealed);
        assert_int_equal(f.report.version, 1);
        again = flow_state(f.store, "set");
        assert_string_equal(first, again);
        free(again);
    }
    assert_non_null(strstr(first, "failures=1"));
    /* Mended, the ledger is empty. */
    expect_manifest(&f, "m.csv", "id,text\na,hello\nb,other\nc,world\n", 3, 2, 1, 2, 0);
    again = flow_state(f.store, "set");
    assert_non_null(strstr(again, "failures=0"));
    free(first);
    free(again);
    flow_end(&f);
}

static void test_manifest__rows_that_cannot_be_taken(void **state)
{
    char *text;
    flow f;

    (void)state;
    flow_begin(&f, "rows");
    flow_text(&f, "good.txt", "a good file");
    expect_manifest(&f, "m.jsonl",
                    "{\"id\": \"1\", \"path\": \"good.txt\"}\n"
                    "{\"id\": \"2\", \"path\": \"../outside\"}\n"
                    "not json\n"
                    "{\"id\": \"3\", \"path\": \"missing.txt\"}\n"
                    "{\"id\": \"4\", \"path\": \"good.txt\", \"row\": 7}\n"
                    "{\"id\": \"5\", \"path\": \"good.txt\", \"modality\": \"image\"}\n"
                    "{\"id\": \"6\", \"text\": \"said\", \"modality\": \"audio\"}\n"
                    "{\"id\": \"7\", \"text\": \"a good text\"}\n",
                    8, 0, 2, 0, 6);
    assert_non_null(strstr(f.failures, "good.txt is a file, neither an archive nor an array"));
    assert_non_null(strstr(f.failures, "the manifest says image, the content is text"));
    text = flow_state(f.store, "set");
    assert_non_null(strstr(text, "n2 "));
    assert_non_null(strstr(text, "failures=6"));
    free(text);
    flow_end(&f);
}

/* Other labels, the same bytes: the row is new, the file is not opened. */
static void test_manifest__labels_change_without_reading(void **state)
{
    char *before, *after;
    int watch;
    flow f;

    (void)state;
    flow_begin(&f, "labels");
    flow_text(&f, "a.txt", "a thing");
    flow_settle();
    watch = flow_watch(f.source);
    expect_manifest(&f, "m.csv", "id,path,split,colour\na,a.txt,train,red\n", 1, 0, 1, 0, 0);
    assert_true(flow_opened(watch, "a.txt"));
    before = flow_state(f.store, "set");
    expect_manifest(&f, "m.csv", "id,path,split,colour\na,a.txt,test,blue\n", 1, 0, 0, 1, 0);
    assert_false(flow_opened(watch, "a.txt"));
    assert_true(f.report.sealed);
    assert_int_equal(f.report.version, 2);
    after = flow_state(f.store, "set");
    assert_string_not_equal(before, after); /* the digest of the samples covers labels */
    free(after);
    expect_manifest(&f, "m.csv", "id,path,split,colour\na,a.txt,train,red\n", 1, 0, 0, 1, 0);
    after = flow_state(f.store, "set");
    assert_string_equal(before, after);
    close(watch);
    free(before);
    free(after);
    flow_end(&f);
}

/* A sample whose encoder failed keeps its failure when its labels change. */
static void test_manifest__labels_change_on_a_failure(void **state)
{
    char path[1200], *text;
    const char *const sources[] = {path};
    flow f;

    (void)state;
    flow_begin(&f, "faillabels");
    flow_text(&f, "p.png", "\x89PNG\r\n\x1a\n and no more than that");
    flow_text(&f, "m.csv", "id,path,split\na,p.png,train\n");
    flow_path(&f, "m.csv", path);
    flow_settle();
    assert_status(FC_OK, flow_run_sources(&f, sources, 1), &f.err);
    flow_counts(&f, 1, 0, 0, 0, 1);
    flow_text(&f, "m.csv", "id,path,split\na,p.png,test\n");
    assert_status(FC_OK, flow_run_sources(&f, sources, 1), &f.err);
    flow_counts(&f, 1, 0, 0, 0, 1);
    assert_string_equal(f.failures, ""); /* not tried */
    assert_true(f.report.sealed);
    text = flow_state(f.store, "set");
    assert_non_null(strstr(text, "failures=1"));
    free(text);
    assert_status(FC_OK, flow_run_sources(&f, sources, 1), &f.err);
    flow_counts(&f, 1, 1, 0, 0, 1);
    flow_end(&f);
}

/* Two folders and a manifest as one data set: ids begin with the source's name. */
static void test_manifest__several_sources(void **state)
{
    char one[1200], two[1200], three[1200];
    const char *const sources[] = {one, two, three};
    const char *const same[] = {one, one};
    flow f;

    (void)state;
    flow_begin(&f, "several");
    flow_path(&f, "one", one);
    flow_path(&f, "two", two);
    flow_path(&f, "three.csv", three);
    assert_int_equal(mkdir(one, 0755), 0);
    assert_int_equal(mkdir(two, 0755), 0);
    flow_text(&f, "one/x.txt", "text of one");
    flow_text(&f, "two/x.txt", "text of two");
    flow_text(&f, "three.csv", "id,path,text\nx.txt,two/x.txt,\ny,,said\ny,,twice\n");
    f.opts.encoders = flow_text_only;
    f.opts.n_encoders = 1;
    flow_settle();
    assert_status(FC_OK, flow_run_sources(&f, sources, 3), &f.err);
    flow_counts(&f, 5, 0, 3, 1, 1);
    assert_non_null(strstr(f.failures, "three/line:4: "));
    assert_status(FC_OK, flow_run_sources(&f, sources, 3), &f.err);
    flow_counts(&f, 5, 4, 0, 4, 1);
    assert_false(f.report.sealed);
    assert_status(FC_E_INVALID, flow_run_sources(&f, same, 2), &f.err);
    assert_non_null(strstr(f.err.message, "one"));
    flow_end(&f);
}

/* Two data sets that share a content: encoded once, counted in both. */
static void test_manifest__data_sets_share_contents(void **state)
{
    char *a, *b;
    flow f;

    (void)state;
    flow_begin(&f, "shared");
    expect_manifest(&f, "m.csv", "id,text\na,hello\nb,other\n", 2, 0, 2, 0, 0);
    a = flow_state(f.store, "set");
    f.opts.dataset = "second";
    expect_manifest(&f, "n.csv", "id,text\na,hello\nb,third\n", 2, 0, 1, 1, 0);
    b = flow_state(f.store, "set");
    assert_string_equal(a, b); /* the first is as it was */
    free(a);
    a = flow_state(f.store, "second");
    assert_non_null(strstr(a, "n2 "));
    free(a);
    free(b);
    flow_end(&f);
}

static void test_manifest__names_that_cannot_be(void **state)
{
    static const char *const bad[] = {"a/b", "a@b", "", "a\nb"};
    struct stat st;
    flow f;

    (void)state;
    flow_begin(&f, "names");
    flow_text(&f, "a.txt", "one");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        f.opts.dataset = bad[i];
        assert_status(FC_E_INVALID, flow_run(&f), &f.err);
        assert_int_not_equal(stat(f.store, &st), 0); /* no store is left behind */
    }
    flow_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manifest__an_id_twice),
        cmocka_unit_test(test_manifest__rows_that_cannot_be_taken),
        cmocka_unit_test(test_manifest__labels_change_without_reading),
        cmocka_unit_test(test_manifest__labels_change_on_a_failure),
        cmocka_unit_test(test_manifest__several_sources),
        cmocka_unit_test(test_manifest__data_sets_share_contents),
        cmocka_unit_test(test_manifest__names_that_cannot_be),
    };

    return cmocka_run_group_tests_name("ingest manifest", tests, NULL, NULL);
}
