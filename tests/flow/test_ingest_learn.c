/*
 * What an encoder learns before it encodes: the same wherever the run was stopped, whatever the
 * threads and the container.
 */
#include "flow_fixture.h"

#define N_TEXTS 60

/* A card that weighs by idf, in the folder of the test; the caller frees its path. */
static char *write_card(void)
{
    char *path = fc_test_path("rare.yaml");

    fc_test_write_text(path, "name: rare\nmodality: text\nencoder: builtin/hashtext\n"
                             "params: { idf: true }\n");
    return path;
}

static void write_texts(const flow *f)
{
    for (int i = 0; i < N_TEXTS; i++) {
        char name[32], text[96];

        snprintf(name, sizeof(name), "t%02d.txt", i);
        snprintf(text, sizeof(text), "a text with number %d of %d and word%d", i, i % 7, i % 3);
        flow_text(f, name, text);
    }
}

typedef struct stopper {
    int asked, after;
} stopper;

static bool stop_after(void *context)
{
    stopper *s = context;

    return ++s->asked > s->after;
}

/* Stopped at first while it counts, later while it encodes: run to its end, the store is as if it
 * had never been stopped. */
static void test_learn__stopped_and_run_again(void **state)
{
    char *card = write_card();
    const char *cards[] = {card};
    stopper s = {.after = 20};
    fc_status st;
    int n_stops = 0;
    flow f;

    (void)state;
    flow_begin(&f, "learn-stop");
    write_texts(&f);
    flow_settle();
    f.opts.encoders = cards;
    f.opts.n_encoders = 1;
    f.opts.batch = 2;
    f.opts.failure = NULL;
    f.opts.notice = NULL;
    f.opts.cancelled = stop_after;
    f.opts.context = &s;
    while ((st = flow_run(&f)) == FC_E_CANCELLED) {
        assert_true(f.report.cancelled);
        assert_false(f.report.sealed);
        if (n_stops == 0)
            assert_int_equal(f.report.encoded, 0); /* it was still counting */
        s = (stopper){.after = s.after + 17};
        n_stops++;
    }
    assert_status(FC_OK, st, &f.err);
    assert_true(n_stops > 3);
    f.opts.cancelled = NULL;
    flow_equals_fresh(&f);
    flow_end(&f);
    free(card);
}

/* The fingerprint holds the counts: equal ones are one version. */
static void test_learn__counts_do_not_depend_on_threads_or_batches(void **state)
{
    static const struct {
        uint32_t jobs, batch;
    } ways[] = {{1, 1}, {4, 3}, {2, 64}};
    char *card = write_card(), first[65] = "";
    const char *cards[] = {card};

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        char name[32];
        flow f;

        snprintf(name, sizeof(name), "learn-way%zu", i);
        flow_begin(&f, name);
        write_texts(&f);
        f.opts.encoders = cards;
        f.opts.n_encoders = 1;
        f.opts.jobs = ways[i].jobs;
        f.opts.batch = ways[i].batch;
        assert_status(FC_OK, flow_run(&f), &f.err);
        assert_non_null(strstr(f.notices, "idf is counted in 60 samples"));
        if (i == 0)
            strcpy(first, f.report.encoders[0].fingerprint);
        assert_string_equal(f.report.encoders[0].fingerprint, first);
        assert_int_equal(f.report.samples, N_TEXTS); /* counted once, though read twice */
        flow_end(&f);
    }
    free(card);
}

static void test_learn__refit_without_a_learner_is_refused(void **state)
{
    flow f;

    (void)state;
    flow_begin(&f, "learn-none");
    write_texts(&f);
    f.opts.encoders = flow_text_only;
    f.opts.n_encoders = 1;
    f.opts.refit = true;
    assert_status(FC_E_INVALID, flow_run(&f), &f.err);
    assert_non_null(strstr(f.err.message, "none of the encoders learns"));
    flow_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learn__stopped_and_run_again),
        cmocka_unit_test(test_learn__counts_do_not_depend_on_threads_or_batches),
        cmocka_unit_test(test_learn__refit_without_a_learner_is_refused),
    };

    return cmocka_run_group_tests_name("ingest_learn", tests, NULL, NULL);
}
