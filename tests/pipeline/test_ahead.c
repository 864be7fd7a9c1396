/*
 * fc_ahead: what is read ahead is what the sources give, in order and to the last field; it can be
 * stopped anywhere.
 */
#include "fc_test.h"

#include <stdlib.h>
#include <string.h>

#include "ingest_ahead.h"

/* Several packets, by number of samples and by bytes, and a text larger than a packet. */
#define N         1500
#define LONG_LINE 1000
#define LONG_TEXT ((size_t)300 << 10)

static const char *manifest(void)
{
    static char path[1200];
    FILE *f;

    snprintf(path, sizeof(path), "%s/m.jsonl", fc_test_tmpdir());
    f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < N; i++) {
        if (i % 100 == 99)
            fprintf(f, "{\"id\": \"bad%d\", \"start_s\": \"x\", \"text\": \"t\"}\n", i);
        else if (i % 3 == 0)
            fprintf(f, "{\"text\": \"no id %d\", \"split\": \"test\"}\n", i);
        else
            fprintf(f,
                    "{\"id\": \"id%d\", \"text\": \"text %d\", \"group\": \"g%d\", \"n\": %d.50, "
                    "\"ok\": true, \"kind\": \"k\"}\n",
                    i, i, i / 4, i);
        if (i == LONG_LINE) {
            fprintf(f, "{\"id\": \"long\", \"text\": \"");
            for (size_t k = 0; k < LONG_TEXT; k++)
                fputc('a' + (int)(k % 26), f);
            fprintf(f, "\"}\n");
        }
    }
    assert_int_equal(fclose(f), 0);
    return path;
}

static fc_sources *open_sources(const char *path)
{
    fc_error err = FC_ERROR_INIT;
    fc_sources *s;

    assert_status(FC_OK, fc__sources_open(&s, &path, 1, NULL, &err), &err);
    return s;
}

static void assert_text(const char *want, const char *got)
{
    if (want == NULL || got == NULL)
        assert_true(want == got);
    else
        assert_string_equal(want, got);
}

static void assert_same(const fc_source_sample *want, const fc_source_sample *got)
{
    assert_int_equal(want->status, got->status);
    assert_text(want->problem, got->problem);
    assert_text(want->id, got->id);
    assert_text(want->path, got->path);
    assert_text(want->text, got->text);
    assert_int_equal(want->text_n, got->text_n);
    assert_text(want->group, got->group);
    assert_text(want->split, got->split);
    assert_int_equal(want->modality, got->modality);
    assert_true(want->start_s == got->start_s && want->end_s == got->end_s);
    assert_int_equal(want->has_row, got->has_row);
    assert_int_equal(want->row, got->row);
    assert_int_equal(want->has_file, got->has_file);
    if (want->has_file)
        assert_memory_equal(&want->file, &got->file, sizeof(want->file));
    assert_int_equal(want->line, got->line);
    assert_int_equal(want->meta->n, got->meta->n);
    for (size_t i = 0; i < want->meta->n; i++) {
        assert_string_equal(want->meta->entries[i].key, got->meta->entries[i].key);
        assert_string_equal(want->meta->entries[i].text, got->meta->entries[i].text);
        assert_int_equal(want->meta->entries[i].kind, got->meta->entries[i].kind);
        assert_true(want->meta->entries[i].number == got->meta->entries[i].number);
    }
}

static size_t compare(const char *path)
{
    const fc_source_sample *want, *got;
    fc_sources *plain = open_sources(path), *read = open_sources(path);
    fc_error err = FC_ERROR_INIT;
    size_t n = 0, from;
    fc_ahead *a;
    fc_status st;

    assert_status(FC_OK, fc__ahead_start(&a, read, &err), &err);
    while ((st = fc__sources_next(plain, &want, &from, &err)) == FC_OK) {
        assert_status(FC_OK, fc__ahead_next(a, &got, &from, &err), &err);
        assert_same(want, got);
        assert_int_equal(from, 0);
        n++;
    }
    assert_status(FC_E_NOT_FOUND, st, &err);
    for (int i = 0; i < 2; i++) /* the end stays the end */
        assert_status(FC_E_NOT_FOUND, fc__ahead_next(a, &got, &from, &err), &err);
    assert_float_equal(fc__ahead_fraction(a), 1.0, 0.0);
    fc__ahead_stop(a);
    fc__sources_close(plain);
    fc__sources_close(read);
    return n;
}

static void test_ahead__gives_what_the_sources_give(void **state)
{
    char folder[1100], path[1200];

    (void)state;
    assert_int_equal(compare(manifest()), N + 1);
    snprintf(folder, sizeof(folder), "%s/files", fc_test_tmpdir());
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_int_equal(compare(folder), 0);
    for (int i = 0; i < 600; i++) {
        snprintf(path, sizeof(path), "%s/%03d.txt", folder, i);
        fc_test_write_file(path, path, strlen(path));
    }
    assert_int_equal(compare(folder), 600);
}

/* Whatever the reading thread is at: filling its first packet, waiting for room, or done. */
static void test_ahead__stops_anywhere(void **state)
{
    const char *path = manifest();
    const size_t after[] = {0, 1, 255, 256, 257, 700, N};

    (void)state;
    for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
        fc_sources *s = open_sources(path);
        const fc_source_sample *sample;
        fc_error err = FC_ERROR_INIT;
        size_t source;
        fc_ahead *a;

        assert_status(FC_OK, fc__ahead_start(&a, s, &err), &err);
        for (size_t k = 0; k < after[i]; k++)
            assert_status(FC_OK, fc__ahead_next(a, &sample, &source, &err), &err);
        fc__ahead_stop(a);
        fc__sources_close(s);
    }
    fc__ahead_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ahead__gives_what_the_sources_give),
        cmocka_unit_test(test_ahead__stops_anywhere),
    };

    return cmocka_run_group_tests_name("ahead", tests, NULL, NULL);
}
