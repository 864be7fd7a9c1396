/*
 * Four readers while one ingests: each snapshot sees one sealed version throughout, whatever is
 * committed beside it, and a new snapshot sees a sealed version again, never one that is building.
 */
#include "fc_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <featcache/ingest.h>

#define N_READERS 4
#define N_FIRST   120
#define N_SECOND  700
#define N_LOOKS   25

static char source[1100], store_path[1100];

static void write_texts(int from, int to)
{
    for (int i = from; i < to; i++) {
        char path[1200];
        FILE *f;

        snprintf(path, sizeof(path), "%s/%04d.txt", source, i);
        f = fopen(path, "w");
        assert_non_null(f);
        fprintf(f, "a text about thing %d and about thing %d\n", i, i * 7 % 101);
        fclose(f);
    }
}

static fc_status ingest(fc_error *err)
{
    const char *const sources[] = {source};
    const char *const cards[] = {"builtin/hashtext"};
    fc_ingest_options opts = FC_INGEST_OPTIONS_INIT;
    fc_ingest_report report;
    fc_status st;

    opts.dataset = "texts";
    opts.encoders = cards;
    opts.n_encoders = 1;
    opts.jobs = 2;
    opts.batch = 4;
    st = fc_ingest(store_path, sources, 1, &opts, &report, err);
    fc_ingest_report_dispose(&report);
    return st;
}

/* Samples of the newest sealed version, each with its pooled vector; -1 when anything is off. */
static int count_samples(fc_snapshot *s)
{
    const fc_dataset_info *dataset;
    const fc_dataset_version *version;
    const fc_encoder_info *encoder;
    const fc_sample *sample;
    fc_output_id pooled = 0;
    fc_samples *it = NULL;
    fc_error err = FC_ERROR_INIT;
    int n = 0;

    if (fc_snapshot_find_dataset(s, "texts", &dataset, &version, &err) != FC_OK ||
        version->state != FC_SEALED ||
        fc_snapshot_find_encoder(s, "hashtext", &encoder, &err) != FC_OK)
        return -1;
    for (size_t k = 0; k < encoder->n_outputs; k++)
        if (strcmp(encoder->outputs[k].name, "pooled") == 0)
            pooled = encoder->outputs[k].id;
    if (fc_samples_open(&it, s, "texts", 0, &err) != FC_OK)
        return -1;
    while (fc_samples_next(it, &sample, &err) == FC_OK) {
        fc_tensor item = FC_TENSOR_INIT;

        if (fc_snapshot_get_item(s, encoder->id, pooled, sample->content, &item, &err) != FC_OK)
            n = -100000;
        fc_tensor_dispose(&item);
        n++;
    }
    fc_samples_close(it);
    return (uint64_t)n == version->n_samples ? n : -1;
}

/* In a child: exit 0 when every look through one snapshot sees the same sealed version. */
static int read_on(void)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    fc_snapshot *held = NULL, *fresh = NULL;
    fc_store *store = NULL;
    fc_error err = FC_ERROR_INIT;

    opts.flags = FC_STORE_READ_ONLY;
    if (fc_store_open(&store, store_path, &opts, &err) != FC_OK ||
        fc_snapshot_begin(&held, store, &err) != FC_OK)
        return 10;
    for (int look = 0; look < N_LOOKS; look++) {
        const struct timespec pause = {0, 10000000};
        int n;

        if (count_samples(held) != N_FIRST)
            return 11;
        if (fc_snapshot_begin(&fresh, store, &err) != FC_OK)
            return 12;
        n = count_samples(fresh);
        fc_snapshot_end(fresh);
        if (n != N_FIRST && n != N_SECOND)
            return 13;
        nanosleep(&pause, NULL);
    }
    fc_snapshot_end(held);
    fc_store_close(store);
    return 0;
}

static void test_readers__see_one_sealed_version_throughout(void **state)
{
    pid_t children[N_READERS];
    fc_error err = FC_ERROR_INIT;
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    fc_store *store = NULL;
    fc_snapshot *s = NULL;

    (void)state;
    snprintf(source, sizeof(source), "%s/source", fc_test_tmpdir());
    snprintf(store_path, sizeof(store_path), "%s/store", fc_test_tmpdir());
    assert_int_equal(mkdir(source, 0755), 0);
    write_texts(0, N_FIRST);
    /* In a child, so that no thread or open environment of this process meets the forks below. */
    children[0] = fork();
    if (children[0] == 0)
        _exit(ingest(&err) == FC_OK ? 0 : 1);
    for (int status; children[0] > 0; children[0] = 0) {
        assert_int_equal(waitpid(children[0], &status, 0), children[0]);
        assert_int_equal(status, 0);
    }
    write_texts(N_FIRST, N_SECOND);
    for (int i = 0; i < N_READERS; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(read_on());
        assert_true(children[i] > 0);
    }
    assert_status(FC_OK, ingest(&err), &err);
    for (int i = 0; i < N_READERS; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    assert_status(FC_OK, fc_store_open(&store, store_path, &opts, &err), &err);
    assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
    assert_int_equal(count_samples(s), N_SECOND);
    fc_snapshot_end(s);
    fc_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers__see_one_sealed_version_throughout),
    };

    return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
