/*
 * Queries as a caller makes them: what each kind of input finds, what is left out, what an error
 * says; what an unfinished ingest has put is not seen.
 */
#include "query_fixture.h"

#include <sys/wait.h>

static void test_query__each_input_finds_its_own(void **state)
{
    char file[1200], copy[1200];
    uint8_t *bytes;
    size_t size;
    fc_query q = FC_QUERY_INIT;
    asking a;

    (void)state;
    begin(&a, "inputs");
    q.k = 1;
    q.text = "the fish in the sea";
    expect_hits(&a, &q, "fish.txt");
    assert_int_equal(a.result->query_modality, FC_TEXT);
    assert_string_equal(a.result->encoder, "hashtext");
    assert_int_equal(a.result->count, 4);
    assert_false(a.result->via_groups);
    q.text = NULL;
    q.id = "set/fish.txt";
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_null(strstr(a.hits, "fish.txt")); /* itself left out, one other found */
    assert_int_equal(a.result->n_hits, 1);
    q.include_self = true;
    expect_hits(&a, &q, "fish.txt");
    assert_true(a.result->hits[0].score > 0.999);
    q.include_self = false;
    q.k = 50; /* more than there are */
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_int_equal(a.result->n_hits, 3);
    q.id = NULL;
    flow_path(&a.flow, "bird.jpg", file); /* a file: whatever its name, it is what it holds */
    snprintf(copy, sizeof(copy), "%s-copy", a.flow.source);
    bytes = fc_test_read_file(file, &size);
    fc_test_write_file(copy, bytes, size);
    q.file = copy;
    q.k = 5;
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_int_equal(a.result->n_hits, 2);
    assert_null(strstr(a.hits, "bird.jpg"));
    q.include_self = true;
    q.k = 1;
    expect_hits(&a, &q, "bird.jpg");
    q.file = "/no/such/file"; /* its content in memory: the path is a name, and nothing is opened */
    q.file_bytes = bytes;
    q.n_file_bytes = size;
    expect_hits(&a, &q, "bird.jpg");
    q.include_self = false;
    q.k = 5;
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_int_equal(a.result->n_hits, 2);
    q.max_file_bytes = size - 1;
    expect_error(&a, &q, FC_E_LIMIT, "--max-file-bytes");
    q.max_file_bytes = 0;
    q.n_file_bytes = 0;
    expect_error(&a, &q, FC_E_FORMAT, "/no/such/file");
    free(bytes);
    end(&a);
}

static void test_query__filters(void **state)
{
    fc_query q = FC_QUERY_INIT;
    asking a;

    (void)state;
    begin(&a, "filters");
    q.text = "a fish";
    q.where = "id = 'bird.txt' or id = 'stone.txt'";
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_int_equal(a.result->n_hits, 2);
    assert_null(strstr(a.hits, "fish"));
    q.where = "id = 'stone.txt'"; /* another filter, the same searcher */
    expect_hits(&a, &q, "stone.txt");
    expect_hits(&a, &q, "stone.txt");
    q.where = "id = 'nothing'";
    expect_hits(&a, &q, "");
    q.where = "id = ";
    expect_error(&a, &q, FC_E_INVALID, "column");
    q.where = NULL;
    q.modalities = "text";
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_int_equal(a.result->n_hits, 4);
    q.modalities = "sounds";
    expect_error(&a, &q, FC_E_INVALID, "sounds");
    q.modalities = NULL;
    q.dataset = "other";
    expect_error(&a, &q, FC_E_NOT_FOUND, "other");
    q.dataset = "set@7";
    expect_error(&a, &q, FC_E_NOT_FOUND, "7");
    end(&a);
}

/* A pinned version is searched as it was, also through groups: what has gone since is found. */
static void test_query__a_pinned_version(void **state)
{
    fc_query q = FC_QUERY_INIT;
    asking a;

    (void)state;
    begin(&a, "pinned");
    flow_remove(&a.flow, "fish.jpg");
    flow_remove(&a.flow, "fish.txt");
    flow_settle();
    assert_status(FC_OK, flow_run(&a.flow), &a.flow.err);
    assert_int_equal(a.flow.report.version, 2);
    q.text = "a blue fish";
    q.k = 1;
    q.dataset = "set@1";
    expect_hits(&a, &q, "fish.txt");
    q.modalities = "image";
    expect_hits(&a, &q, "fish.jpg");
    assert_true(a.result->via_groups);
    assert_string_equal(a.result->hits[0].via_id, "fish.txt");
    q.dataset = "set@2";
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_null(strstr(a.hits, "fish"));
    q.dataset = NULL;
    q.modalities = NULL;
    q.k = 10;
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_null(strstr(a.hits, "fish"));
    q.where = "group = 'frog'"; /* through groups the filter is for what is shown */
    q.modalities = "image";
    expect_hits(&a, &q, "frog.jpg");
    end(&a);
}

static void test_query__errors_say_what_to_do(void **state)
{
    const float zero[1024] = {0}, short_one[3] = {1, 2, 3};
    fc_query q = FC_QUERY_INIT;
    char file[1200];
    asking a;

    (void)state;
    begin(&a, "errors");
    expect_error(&a, &q, FC_E_INVALID, "exactly one");
    q.text = "a";
    q.id = "set/bird.txt";
    expect_error(&a, &q, FC_E_INVALID, "2 are given");
    q.id = NULL;
    q.text = "";
    expect_error(&a, &q, FC_E_FORMAT, "");
    q.text = NULL;
    q.id = "set/nothing.txt";
    expect_error(&a, &q, FC_E_NOT_FOUND, "nothing.txt");
    q.id = "bird.txt";
    expect_error(&a, &q, FC_E_INVALID, "DATASET/ID");
    q.id = NULL;
    q.vector = zero;
    q.vector_dim = 1024;
    expect_error(&a, &q, FC_E_INVALID, "--encoder");
    use(&a, "hashtext", NULL);
    expect_error(&a, &q, FC_E_FORMAT, "no direction");
    q.vector = short_one;
    q.vector_dim = 3;
    expect_error(&a, &q, FC_E_INVALID, "3 elements");
    q.vector = NULL;
    flow_path(&a.flow, "bird.jpg", file);
    q.file = file;
    expect_error(&a, &q, FC_E_INVALID, "takes text");
    q.file = "/no/such/file";
    expect_error(&a, &q, FC_E_NOT_FOUND, "/no/such/file");
    flow_text(&a.flow, "odd",
              "\x7f"
              "ELF \xff\xfe");
    flow_path(&a.flow, "odd", file);
    q.file = file;
    expect_error(&a, &q, FC_E_FORMAT, "odd");
    q.file = NULL;
    q.text = "a";
    use(&a, "hashtext", "nothing");
    expect_error(&a, &q, FC_E_NOT_FOUND, "pooled");
    use(&a, "hashtext", "tokens"); /* there, but a sequence */
    expect_error(&a, &q, FC_E_NOT_FOUND, "pooled");
    use(&a, "nobody", NULL);
    expect_error(&a, &q, FC_E_NOT_FOUND, "nobody");
    end(&a);
}

/* Slow to ask, so that workers have done something by then. */
static bool stop_now(void *context)
{
    const struct timespec pause = {0, 40000000};

    nanosleep(&pause, NULL);
    return ++*(_Atomic int *)context > 6;
}

/* An ingest with a new encoder is stopped half-way: what it has put is not searched, and the
 * encoder that the data was sealed with stays the one that is chosen. */
static void test_query__what_is_building_is_not_seen(void **state)
{
    char card[1200], *before, *after;
    const char *cards[] = {card};
    _Atomic int asked = 0;
    fc_query q = FC_QUERY_INIT;
    asking a;

    (void)state;
    begin(&a, "building");
    before = flow_state(a.flow.store, "set");
    snprintf(card, sizeof(card), "%s.yaml", a.flow.source);
    fc_test_write_text(card, "name: other\nmodality: text\nencoder: builtin/hashtext\n"
                             "variant: other\n");
    a.flow.opts.encoders = cards;
    a.flow.opts.n_encoders = 1;
    a.flow.opts.batch = 1;
    a.flow.opts.cancelled = stop_now;
    a.flow.opts.failure = NULL;
    a.flow.opts.notice = NULL;
    a.flow.opts.context = &asked;
    assert_status(FC_E_CANCELLED, flow_run(&a.flow), &a.flow.err);
    assert_true(a.flow.report.encoded > 0);
    after = flow_state(a.flow.store, "set");
    assert_string_equal(before, after);
    q.text = "a red bird";
    q.k = 1;
    expect_hits(&a, &q, "bird.txt");
    assert_string_equal(a.result->encoder, "hashtext");
    use(&a, "other", NULL);
    expect_hits(&a, &q, "");
    {
        fc_index_options opts = FC_INDEX_OPTIONS_INIT;
        fc_index_report report;

        assert_status(FC_OK, fc_index_update(a.store, &opts, &report, &a.flow.err), &a.flow.err);
        expect_hits(&a, &q, "");
    }
    a.flow.opts.cancelled = NULL;
    assert_status(FC_OK, flow_run(&a.flow), &a.flow.err);
    expect_hits(&a, &q, "bird.txt");
    use(&a, NULL, NULL);
    expect_hits(&a, &q, "bird.txt");
    assert_string_equal(a.result->encoder, "other");
    free(before);
    free(after);
    end(&a);
}

/* What killed updates left goes with the next one; what is not ours stays. */
static void test_query__leftovers_of_the_index_go(void **state)
{
    static const char *const names[] = {"building-1-2.vec", ".fc-tmp-x",
                                        "0123456789abcdef0123456789abcdef.vec", "README"};
    fc_index_options opts = FC_INDEX_OPTIONS_INIT;
    fc_index_report report;
    fc_query q = FC_QUERY_INIT;
    char path[1200];
    asking a;

    (void)state;
    begin(&a, "leftovers");
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/segments/%s", a.flow.store, names[i]);
        fc_test_write_text(path, "x");
    }
    assert_status(FC_OK, fc_index_update(a.store, &opts, &report, &a.flow.err), &a.flow.err);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/segments/%s", a.flow.store, names[i]);
        assert_int_equal(access(path, F_OK), i == 3 ? 0 : -1);
    }
    q.text = "a red bird";
    q.k = 1;
    expect_hits(&a, &q, "bird.txt");
    assert_string_equal(a.result->index_kinds, "Flat"); /* its segment is still there */
    end(&a);
}

/* Many processes bring the index up to date at once, while one ingests. */
static void test_query__updates_of_the_index_at_once(void **state)
{
    pid_t children[4];
    fc_query q = FC_QUERY_INIT;
    asking a;

    (void)state;
    memset(&a, 0, sizeof(a));
    flow_begin(&a.flow, "atonce");
    make_source(&a.flow);
    for (int c = 0; c < 4; c++) {
        children[c] = fork();
        if (children[c] == 0) {
            fc_store_options store_opts = FC_STORE_OPTIONS_INIT;
            fc_index_options opts = FC_INDEX_OPTIONS_INIT;
            fc_index_report report;
            fc_store *store = NULL;
            fc_status st = FC_OK;

            alarm(100);
            opts.rebuild = c % 2 == 0;
            for (int i = 0; i < 10 && st == FC_OK; i++) {
                if (c == 3) {
                    char name[32];

                    snprintf(name, sizeof(name), "more%d.txt", i);
                    flow_text(&a.flow, name, name);
                    st = flow_run(&a.flow);
                    continue;
                }
                st = fc_store_open(&store, a.flow.store, &store_opts, &a.flow.err);
                if (st == FC_OK)
                    st = fc_index_update(store, &opts, &report, &a.flow.err);
                fc_store_close(store);
            }
            if (st != FC_OK)
                fprintf(stderr, "child %d: %s\n", c, a.flow.err.message);
            _exit(st == FC_OK ? 0 : 1);
        }
    }
    for (int c = 0; c < 4; c++) {
        int status;

        assert_int_equal(waitpid(children[c], &status, 0), children[c]);
        assert_int_equal(status, 0);
    }
    {
        fc_store_options opts = FC_STORE_OPTIONS_INIT;

        assert_status(FC_OK, fc_store_open(&a.store, a.flow.store, &opts, &a.flow.err),
                      &a.flow.err);
    }
    q.text = "more7.txt";
    q.k = 20;
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_int_equal(a.result->n_hits, 14);
    assert_string_equal(a.result->index_kinds, "Flat"); /* all of it in segments */
    end(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query__each_input_finds_its_own),
        cmocka_unit_test(test_query__filters),
        cmocka_unit_test(test_query__a_pinned_version),
        cmocka_unit_test(test_query__errors_say_what_to_do),
        cmocka_unit_test(test_query__what_is_building_is_not_seen),
        cmocka_unit_test(test_query__leftovers_of_the_index_go),
        cmocka_unit_test(test_query__updates_of_the_index_at_once),
    };

    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
