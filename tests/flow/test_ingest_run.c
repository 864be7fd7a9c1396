/*
 * How a run goes: any number of workers and any batch gives the same store; a run that is limited,
 * stopped or fails half-way is completed by the next; what may not write writes nothing.
 */
#include "flow_fixture.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define N_TEXTS 60

static void many_texts(flow *f, int n)
{
    for (int i = 0; i < n; i++) {
        char name[32], text[64];

        snprintf(name, sizeof(name), "%03d.txt", i);
        snprintf(text, sizeof(text), "thing %d is like thing %d", i % 50, i % 50 % 7);
        flow_text(f, name, text);
    }
}

static void test_run__workers_and_batches_do_not_matter(void **state)
{
    static const uint32_t jobs[] = {1, 2, 7}, batches[] = {1, 16, 333};
    char *first = NULL, *next;
    flow f;

    (void)state;
    flow_begin(&f, "same");
    many_texts(&f, N_TEXTS); /* ten of them twice */
    for (unsigned i = 0; i < 6; i++) {
        char name[32];

        snprintf(name, sizeof(name), "p%u.jpg", i);
        flow_jpeg(&f, name, i % 4);
    }
    for (size_t j = 0; j < 3; j++)
        for (size_t b = 0; b < 3; b++) {
            fc_test_remove_tree(f.store);
            f.opts.jobs = jobs[j];
            f.opts.batch = batches[b];
            flow_expect(&f, N_TEXTS + 6, 0, 54, 12, 0);
            next = flow_state(f.store, "set");
            if (first == NULL)
                first = strdup(next);
            assert_string_equal(first, next);
            free(next);
        }
    free(first);
    flow_end(&f);
}

static void test_run__a_limit_seals_a_part(void **state)
{
    char *text;
    flow f;

    (void)state;
    flow_begin(&f, "limit");
    many_texts(&f, 20);
    flow_settle();
    f.opts.limit = 7;
    f.opts.encoders = flow_text_only;
    f.opts.n_encoders = 1;
    flow_expect(&f, 7, 0, 7, 0, 0);
    text = flow_state(f.store, "set");
    assert_non_null(strstr(text, "n7 partial"));
    free(text);
    f.opts.limit = 0;
    flow_expect(&f, 20, 7, 13, 7, 0);
    flow_equals_fresh(&f);
    f.opts.limit = 3; /* and does not take the others away */
    flow_expect(&f, 3, 3, 0, 3, 0);
    assert_false(f.report.sealed);
    assert_int_equal(f.report.gone, 0);
    f.opts.limit = 20; /* as many as there are: all of them */
    fc_test_remove_tree(f.store);
    flow_expect(&f, 20, 0, 20, 0, 0);
    text = flow_state(f.store, "set");
    assert_null(strstr(text, "partial"));
    free(text);
    flow_end(&f);
}

typedef struct stopper {
    _Atomic int asked;
    int after;
} stopper;

static bool stop_after(void *context)
{
    stopper *s = context;

    return ++s->asked > s->after;
}

static void test_run__stopped_and_run_again(void **state)
{
    flow f;
    stopper s = {.after = 5};
    fc_status st;
    int n_stops = 0;

    (void)state;
    flow_begin(&f, "stop");
    many_texts(&f, N_TEXTS);
    flow_settle();
    f.opts.encoders = flow_text_only;
    f.opts.n_encoders = 1;
    f.opts.batch = 2;
    f.opts.failure = NULL;
    f.opts.notice = NULL;
    f.opts.cancelled = stop_after;
    f.opts.context = &s;
    while ((st = flow_run(&f)) == FC_E_CANCELLED) {
        assert_true(f.report.cancelled);
        assert_false(f.report.sealed);
        assert_non_null(strstr(f.err.message, "run it again"));
        s = (stopper){.after = s.after + 9};
        n_stops++;
    }
    assert_status(FC_OK, st, &f.err);
    assert_true(n_stops > 2);
    f.opts.cancelled = NULL;
    flow_equals_fresh(&f);
    flow_end(&f);
}

/* Every file beneath a folder with its size and times; but readers sign in to the lock file. */
static char *listing(const char *folder)
{
    char command[1200], *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size), *from;
    int c;

    snprintf(command, sizeof(command),
             "cd '%s' && find . ! -name lock.mdb -printf '%%p %%s %%T@\\n' | sort", folder);
    from = popen(command, "r");
    assert_non_null(from);
    while ((c = getc(from)) != EOF)
        putc(c, out);
    assert_int_equal(pclose(from), 0);
    fclose(out);
    return text;
}

static void test_run__a_dry_run_writes_nothing(void **state)
{
    char *before, *after;
    struct stat st;
    flow f;

    (void)state;
    flow_begin(&f, "dry");
    many_texts(&f, 20);
    flow_text(&f, "x.bin",
              "\x7f"
              "ELF\x01\x02\x03 \xff\xfe\xfd");
    flow_settle();
    for (int estimate = 0; estimate < 2; estimate++) {
        f.opts.dry_run = estimate == 0;
        f.opts.estimate = estimate == 1;
        flow_expect(&f, 21, 0, 20, 0, 1);
        assert_int_not_equal(stat(f.store, &st), 0);
    }
    assert_true(f.report.estimated_seconds > 0);
    assert_true(f.report.estimated_bytes > 0);
    assert_true(f.report.disk_free_bytes > 0);
    f.opts.dry_run = f.opts.estimate = false;
    flow_expect(&f, 21, 0, 20, 0, 1);
    flow_text(&f, "000.txt", "changed");
    flow_text(&f, "new.txt", "new");
    flow_remove(&f, "003.txt");
    flow_settle();
    before = listing(f.store);
    for (int estimate = 0; estimate < 2; estimate++) {
        f.opts.dry_run = estimate == 0;
        f.opts.estimate = estimate == 1;
        flow_expect(&f, 21, 18, 2, 18, 1);
        assert_int_equal(f.report.gone, 1);
        assert_int_equal(f.report.version, 1);
        after = listing(f.store);
        assert_string_equal(before, after);
        free(after);
    }
    free(before);
    f.opts.dry_run = f.opts.estimate = false;
    flow_expect(&f, 21, 18, 2, 18, 1);
    flow_equals_fresh(&f);
    flow_end(&f);
}

/* Another encoder, and another output of the same encoder: only that is computed. */
static void test_run__encoders_and_outputs_are_added(void **state)
{
    char card[1200], *few, *all;
    const char *cards[2] = {card, FLOW_TEXT};
    flow f;

    (void)state;
    flow_begin(&f, "added");
    many_texts(&f, 10);
    flow_settle();
    snprintf(card, sizeof(card), "%s.yaml", f.source);
    fc_test_write_text(card, "name: mine\nmodality: text\nencoder: builtin/hashtext\n"
                             "outputs:\n  - { name: pooled }\n");
    f.opts.encoders = cards;
    f.opts.n_encoders = 1;
    flow_expect(&f, 10, 0, 10, 0, 0);
    few = flow_state(f.store, "set");
    fc_test_write_text(card, "name: mine\nmodality: text\nencoder: builtin/hashtext\n"
                             "outputs:\n  - { name: tokens }\n  - { name: pooled }\n");
    flow_expect(&f, 10, 0, 10, 0, 0);
    assert_false(f.report.sealed); /* the data set is what it was; its coverage grew */
    all = flow_state(f.store, "set");
    assert_int_equal(strncmp(few, all, 60), 0);
    assert_true(strlen(all) > strlen(few));
    flow_expect(&f, 10, 10, 0, 10, 0);
    f.opts.n_encoders = 2;
    flow_expect(&f, 10, 0, 10, 10, 0);
    assert_int_equal(f.report.encoders[0].reused, 10);
    assert_int_equal(f.report.encoders[1].encoded, 10);
    flow_expect(&f, 10, 10, 0, 20, 0);
    free(few);
    free(all);
    flow_end(&f);
}

static void test_run__a_store_in_the_source_is_refused(void **state)
{
    char inside[1200], link[1200];
    const char *sources[1] = {inside};
    flow f;

    (void)state;
    flow_begin(&f, "inside");
    many_texts(&f, 3);
    flow_path(&f, "store", inside);
    snprintf(f.store, sizeof(f.store), "%.1000s", inside);
    assert_status(FC_E_INVALID, flow_run(&f), &f.err);
    assert_non_null(strstr(f.err.message, "inside the source"));
    assert_int_equal(mkdir(inside, 0755), 0); /* also through a link from elsewhere */
    snprintf(link, sizeof(link), "%s-link", f.source);
    assert_int_equal(symlink(inside, link), 0);
    snprintf(f.store, sizeof(f.store), "%.1000s", link);
    assert_status(FC_E_INVALID, flow_run(&f), &f.err);
    assert_int_equal(rmdir(inside), 0);
    assert_int_equal(unlink(link), 0);
    /* And the other way round: the store's own files are no source. */
    snprintf(f.store, sizeof(f.store), "%.1000s-store", f.source);
    assert_status(FC_OK, flow_run(&f), &f.err);
    snprintf(inside, sizeof(inside), "%.1000s/segments", f.store);
    assert_status(FC_E_INVALID, flow_run_sources(&f, sources, 1), &f.err);
    assert_non_null(strstr(f.err.message, "inside the store"));
    flow_end(&f);
}

/* A child holds the run open until it hears from us. */
static bool wait_for_byte(void *context)
{
    int *pipes = context;
    char byte;

    if (pipes[0] >= 0 && write(pipes[1], "x", 1) == 1) {
        (void)!read(pipes[0], &byte, 1);
        pipes[0] = -1;
    }
    return false;
}

static void test_run__another_process_writes(void **state)
{
    int to[2], from[2], status;
    char byte;
    pid_t child;
    flow f;

    (void)state;
    flow_begin(&f, "busy");
    many_texts(&f, 3);
    f.opts.encoders = flow_text_only;
    f.opts.n_encoders = 1;
    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    child = fork();
    if (child == 0) {
        int pipes[2] = {to[0], from[1]};

        f.opts.failure = NULL;
        f.opts.notice = NULL;
        f.opts.cancelled = wait_for_byte;
        f.opts.context = pipes;
        _exit(flow_run(&f) == FC_OK ? 0 : 1);
    }
    assert_int_equal(read(from[0], &byte, 1), 1);
    assert_status(FC_E_BUSY, flow_run(&f), &f.err);
    assert_int_equal(write(to[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    flow_settle();
    assert_status(FC_OK, flow_run(&f), &f.err);
    assert_int_equal(f.report.reused, 3);
    flow_end(&f);
}

/* No room in the middle of it: an error, and the next run goes on. In a child, since the limit on
 * file sizes is the process's. */
static void test_run__no_room_and_run_again(void **state)
{
    flow f;
    int n_full = 0;

    (void)state;
    flow_begin(&f, "full");
    for (unsigned i = 0; i < 40; i++) {
        char name[32];

        snprintf(name, sizeof(name), "%u.jpg", i);
        flow_jpeg(&f, name, i);
    }
    flow_settle();
    f.opts.batch = 1;
    for (rlim_t room = 100 << 10; room < 3 << 20; room += 200 << 10) {
        const struct rlimit limit = {room, room};
        const pid_t child = fork();
        int status;

        if (child == 0) {
            signal(SIGXFSZ, SIG_IGN);
            alarm(60); /* a deadlock ends too */
            if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
                _exit(9);
            f.opts.failure = NULL;
            switch (flow_run(&f)) {
            case FC_OK:
                _exit(0);
            case FC_E_FULL:
                _exit(1);
            default:
                _exit(2);
            }
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_true(WEXITSTATUS(status) <= 1);
        n_full += WEXITSTATUS(status);
    }
    assert_true(n_full > 1);
    assert_status(FC_OK, flow_run(&f), &f.err);
    flow_equals_fresh(&f);
    flow_end(&f);
}

/* The n-th thread from now on cannot be started. */
static _Atomic int threads_left = 1 << 30;

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
    typedef int (*create_fn)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    void *symbol = dlsym(RTLD_NEXT, "pthread_create");
    create_fn real;

    memcpy(&real, &symbol, sizeof(real));
    return threads_left-- > 0 ? real(thread, attr, start, arg) : EAGAIN;
}

static void count_progress(void *context, const fc_ingest_progress *progress)
{
    (void)context;
    (void)progress;
}

static void test_run__threads_that_cannot_be_had(void **state)
{
    fc_status st = FC_E_NOMEM;
    flow f;

    (void)state;
    flow_begin(&f, "threads");
    many_texts(&f, 5);
    flow_settle();
    f.opts.progress = count_progress;
    for (int n = 0; n < 40 && st != FC_OK; n++) {
        threads_left = n;
        st = flow_run(&f);
        threads_left = 1 << 30;
        assert_true(st == FC_OK || st == FC_E_NOMEM);
        assert_true(st == FC_OK ? n > 3 : strstr(f.err.message, "thread") != NULL);
    }
    assert_status(FC_OK, st, &f.err);
    flow_equals_fresh(&f);
    flow_end(&f);
}

static void test_run__options_that_cannot_be(void **state)
{
    const char *const twice[] = {FLOW_TEXT, FLOW_TEXT}, *const missing[] = {"no/such/card.yaml"};
    flow f;

    (void)state;
    flow_begin(&f, "options");
    many_texts(&f, 1);
    assert_status(FC_E_INVALID, flow_run_sources(&f, NULL, 0), &f.err);
    f.opts.encoders = twice;
    f.opts.n_encoders = 2;
    assert_status(FC_E_INVALID, flow_run(&f), &f.err);
    f.opts.encoders = missing;
    f.opts.n_encoders = 1;
    assert_status(FC_E_NOT_FOUND, flow_run(&f), &f.err);
    f.opts.n_encoders = 0;
    f.opts.memory_bytes = 1 << 20;
    assert_status(FC_E_INVALID, flow_run(&f), &f.err);
    f.opts.memory_bytes = 0;
    f.opts.batch = 1 << 20;
    assert_status(FC_E_INVALID, flow_run(&f), &f.err);
    f.opts.batch = 0;
    f.opts.struct_size = 3;
    assert_status(FC_E_INVALID, flow_run(&f), &f.err);
    flow_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run__workers_and_batches_do_not_matter),
        cmocka_unit_test(test_run__a_limit_seals_a_part),
        cmocka_unit_test(test_run__stopped_and_run_again),
        cmocka_unit_test(test_run__a_dry_run_writes_nothing),
        cmocka_unit_test(test_run__encoders_and_outputs_are_added),
        cmocka_unit_test(test_run__a_store_in_the_source_is_refused),
        cmocka_unit_test(test_run__another_process_writes),
        cmocka_unit_test(test_run__no_room_and_run_again),
        cmocka_unit_test(test_run__threads_that_cannot_be_had),
        cmocka_unit_test(test_run__options_that_cannot_be),
    };

    return cmocka_run_group_tests_name("ingest run", tests, NULL, NULL);
}
