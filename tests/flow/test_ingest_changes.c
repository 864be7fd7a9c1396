/*
 * What an ingest makes of a source that has changed since the last one. After each change the store
 * must hold what an ingest into a new store would: the same digests, whatever the way there.
 */
#include "flow_fixture.h"

static void three_texts(flow *f)
{
    flow_text(f, "a.txt", "a red bird sings");
    flow_text(f, "b.txt", "a blue fish swims");
    flow_text(f, "c.txt", "a green frog jumps");
    f->opts.encoders = flow_text_only;
    f->opts.n_encoders = 1;
    flow_settle();
}

static void test_ingest__unchanged_files_are_not_opened(void **state)
{
    flow f;
    int watch;

    (void)state;
    flow_begin(&f, "unchanged");
    three_texts(&f);
    flow_jpeg(&f, "d.jpg", 1);
    f.opts.n_encoders = 0;
    flow_settle();
    watch = flow_watch(f.source);
    flow_expect(&f, 4, 0, 4, 0, 0);
    assert_true(flow_opened(watch, ".")); /* the watch works */
    assert_true(f.report.sealed);
    assert_int_equal(f.report.version, 1);
    flow_expect(&f, 4, 4, 0, 4, 0);
    assert_false(flow_opened(watch, "."));
    assert_false(f.report.sealed);
    assert_int_equal(f.report.version, 1);
    f.opts.rehash = true;
    flow_expect(&f, 4, 0, 0, 4, 0);
    assert_true(flow_opened(watch, "."));
    assert_false(f.report.sealed);
    close(watch);
    flow_end(&f);
}

static void test_ingest__changed_touched_renamed_gone_and_new(void **state)
{
    char from[1200], to[1200];
    flow f;

    (void)state;
    flow_begin(&f, "changes");
    three_texts(&f);
    flow_expect(&f, 3, 0, 3, 0, 0);

    flow_text(&f, "a.txt", "a red bird sleeps"); /* changed */
    flow_settle();
    flow_expect(&f, 3, 2, 1, 2, 0);
    assert_int_equal(f.report.version, 2);
    flow_equals_fresh(&f);

    flow_text(&f, "b.txt", "a blue fish swims"); /* touched: the same bytes, other times */
    flow_settle();
    flow_expect(&f, 3, 2, 0, 3, 0);
    assert_false(f.report.sealed);
    flow_expect(&f, 3, 3, 0, 3, 0); /* and its new times are known now */

    flow_path(&f, "c.txt", from); /* renamed: the content is there */
    flow_path(&f, "z.txt", to);
    assert_int_equal(rename(from, to), 0);
    flow_settle();
    flow_expect(&f, 3, 2, 0, 3, 0);
    assert_int_equal(f.report.gone, 1);
    assert_int_equal(f.report.version, 3);
    flow_equals_fresh(&f);

    flow_remove(&f, "z.txt"); /* gone, and a new one */
    flow_text(&f, "n.txt", "something new");
    flow_settle();
    flow_expect(&f, 3, 2, 1, 2, 0);
    assert_int_equal(f.report.gone, 1);
    flow_equals_fresh(&f);

    flow_text(&f, "twin.txt", "something new"); /* the same content under a second name */
    flow_settle();
    flow_expect(&f, 4, 3, 0, 4, 0);
    flow_equals_fresh(&f);
    flow_remove(&f, "n.txt");
    flow_settle();
    flow_expect(&f, 3, 3, 0, 3, 0);
    flow_equals_fresh(&f);
    flow_end(&f);
}

/* Size and modification time put back: the change still shows in the inode's change time. */
static void test_ingest__an_edit_that_hides_its_time_is_found(void **state)
{
    char path[1200];
    struct timespec times[2];
    struct stat st;
    flow f;

    (void)state;
    flow_begin(&f, "hidden");
    three_texts(&f);
    flow_expect(&f, 3, 0, 3, 0, 0);
    flow_path(&f, "a.txt", path);
    assert_int_equal(stat(path, &st), 0);
    times[0] = st.st_atim;
    times[1] = st.st_mtim;
    flow_text(&f, "a.txt", "a mad bird sings");
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    flow_expect(&f, 3, 2, 1, 2, 0);
    flow_equals_fresh(&f);
    flow_end(&f);
}

/* Written in the tick in which the scan begins, and again after it was read: nothing but reading it
 * again can tell. So a file that was fresh at the scan is read by the next one. */
static void test_ingest__a_file_as_new_as_the_scan_is_read_again(void **state)
{
    flow f;

    (void)state;
    flow_begin(&f, "tick");
    f.opts.encoders = flow_text_only;
    f.opts.n_encoders = 1;
    flow_text(&f, "a.txt", "one"); /* no pause */
    flow_expect(&f, 1, 0, 1, 0, 0);
    flow_settle();
    flow_expect(&f, 1, 0, 0, 1, 0);
    flow_expect(&f, 1, 1, 0, 1, 0);
    flow_end(&f);
}

/* A good file whose content can no longer be taken leaves the version (its features would be of
 * something that is not there), stays in the ledger, and comes back mended. */
static void test_ingest__a_file_that_breaks_leaves_and_comes_back(void **state)
{
    flow f;
    char *before, *broken, *after;

    (void)state;
    flow_begin(&f, "breaks");
    three_texts(&f);
    flow_expect(&f, 3, 0, 3, 0, 0);
    before = flow_state(f.store, "set");
    flow_text(&f, "a.txt",
              "\x7f"
              "ELF\x01\x02\x03 no text, no picture \xff\xfe\xfd");
    flow_settle();
    flow_expect(&f, 3, 2, 0, 2, 1);
    assert_int_equal(f.report.gone, 0);
    broken = flow_state(f.store, "set");
    assert_non_null(strstr(broken, "n2 "));
    assert_non_null(strstr(broken, "failures=1"));
    assert_non_null(strstr(f.failures, "a.txt: "));
    /* Known to be bad and as it was: not read again, still counted, still in the ledger. */
    flow_expect(&f, 3, 2, 0, 2, 1);
    assert_string_equal(f.failures, "");
    free(broken);
    broken = flow_state(f.store, "set");
    assert_non_null(strstr(broken, "failures=1"));
    f.opts.retry_failed = true;
    flow_expect(&f, 3, 2, 0, 2, 1);
    assert_non_null(strstr(f.failures, "a.txt: "));
    f.opts.retry_failed = false;
    flow_text(&f, "a.txt", "a red bird sings");
    flow_settle();
    flow_expect(&f, 3, 2, 0, 3, 0);
    after = flow_state(f.store, "set");
    assert_string_equal(before, after);
    flow_remove(&f, "b.txt"); /* and a failure goes with its file */
    flow_text(&f, "c.txt",
              "\x7f"
              "ELF\x01\x02\x03 \xff\xfe\xfd");
    flow_settle();
    flow_expect(&f, 2, 1, 0, 1, 1);
    flow_remove(&f, "c.txt");
    flow_settle();
    flow_expect(&f, 1, 1, 0, 1, 0);
    flow_equals_fresh(&f);
    free(before);
    free(broken);
    free(after);
    flow_end(&f);
}

/* Unreadable for a while: a link that leads nowhere stands for EACCES, which root does not get. */
static void test_ingest__a_file_that_cannot_be_opened_is_retried(void **state)
{
    char path[1200], away[1200];
    char *text;
    flow f;

    (void)state;
    flow_begin(&f, "unreadable");
    three_texts(&f);
    flow_expect(&f, 3, 0, 3, 0, 0);
    flow_path(&f, "a.txt", path);
    snprintf(away, sizeof(away), "%s.away", f.source);
    assert_int_equal(rename(path, away), 0);
    assert_int_equal(symlink("/nowhere/at/all", path), 0);
    flow_expect(&f, 3, 2, 0, 2, 1);
    text = flow_state(f.store, "set");
    assert_non_null(strstr(text, "failures=1"));
    assert_non_null(strstr(text, "n2 "));
    free(text);
    flow_remove(&f, "a.txt");
    assert_int_equal(rename(away, path), 0);
    flow_expect(&f, 3, 2, 0, 3, 0);
    flow_equals_fresh(&f);
    flow_end(&f);
}

/* A picture that sniffs well and decodes badly: its encoder has failed, the sample is known. When
 * it becomes a text, the picture encoder's failure is a thing of the past. */
static void test_ingest__an_encoder_failure_ends_with_the_content(void **state)
{
    char *text;
    flow f;

    (void)state;
    flow_begin(&f, "modality");
    flow_text(&f, "p", "\x89PNG\r\n\x1a\n and no more than that");
    flow_settle();
    flow_expect(&f, 1, 0, 0, 0, 1);
    text = flow_state(f.store, "set");
    assert_non_null(strstr(text, "failures=1"));
    free(text);
    flow_expect(&f, 1, 1, 0, 0, 1);
    assert_string_equal(f.failures, ""); /* not tried again */
    flow_text(&f, "p", "now it is a text");
    flow_settle();
    flow_expect(&f, 1, 0, 1, 0, 0);
    flow_equals_fresh(&f);
    flow_end(&f);
}

static void test_ingest__an_empty_folder_is_said(void **state)
{
    flow f;

    (void)state;
    flow_begin(&f, "empty");
    f.opts.encoders = flow_text_only;
    f.opts.n_encoders = 1;
    flow_expect(&f, 0, 0, 0, 0, 0);
    assert_non_null(strstr(f.notices, "no samples"));
    flow_text(&f, "a.txt", "one");
    flow_expect(&f, 1, 0, 1, 0, 0);
    assert_string_equal(f.notices, "");
    flow_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ingest__unchanged_files_are_not_opened),
        cmocka_unit_test(test_ingest__changed_touched_renamed_gone_and_new),
        cmocka_unit_test(test_ingest__an_edit_that_hides_its_time_is_found),
        cmocka_unit_test(test_ingest__a_file_as_new_as_the_scan_is_read_again),
        cmocka_unit_test(test_ingest__a_file_that_breaks_leaves_and_comes_back),
        cmocka_unit_test(test_ingest__a_file_that_cannot_be_opened_is_retried),
        cmocka_unit_test(test_ingest__an_encoder_failure_ends_with_the_content),
        cmocka_unit_test(test_ingest__an_empty_folder_is_said),
    };

    return cmocka_run_group_tests_name("ingest changes", tests, NULL, NULL);
}
