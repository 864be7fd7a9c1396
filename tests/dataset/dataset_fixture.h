/*
 * For tests of data-set readers: files in the temporary folder, and a reader's samples one by one.
 */
#ifndef DATASET_FIXTURE_H
#define DATASET_FIXTURE_H

#include "fc_test.h"

#include <sys/stat.h>

#include "fc_dataset.h"

/* Write TEXT to the file NAME of the temporary folder, whose parents are made. */
static inline void put_bytes(const char *name, const void *bytes, size_t n)
{
    char *path = fc_test_path(name);

    for (size_t i = 1; path[i] != '\0'; i++) {
        if (path[i] != '/')
            continue;
        path[i] = '\0';
        assert_true(mkdir(path, 0777) == 0 || errno == EEXIST);
        path[i] = '/';
    }
    fc_test_write_file(path, bytes, n);
    free(path);
}

static inline void put_text(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}

static inline fc_status open_named(fc_dataset_reader **out, const char *name,
                                   const fc_dataset_options *opts, fc_error *err)
{
    char *path = fc_test_path(name);
    const fc_status st = fc__dataset_open(out, path, opts, err);

    free(path);
    return st;
}

/* Open the source NAME; it must open. */
static inline fc_dataset_reader *open_ok(const char *name)
{
    fc_dataset_reader *r = NULL;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, open_named(&r, name, NULL, &err), &err);
    return r;
}

static inline const fc_source_sample *next_any(fc_dataset_reader *r)
{
    const fc_source_sample *s = NULL;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__dataset_next(r, &s, &err), &err);
    return s;
}

/* The next sample, which must be a good one. */
static inline const fc_source_sample *next_ok(fc_dataset_reader *r)
{
    const fc_source_sample *s = next_any(r);

    if (s->status != FC_OK)
        fail_msg("sample '%s': %s", s->id, s->problem);
    return s;
}

/* The next sample must be a bad one, with ID and a problem that ends in PROBLEM (a manifest's
 * begins with its path and the line) and does not begin with ID, which is shown before it. */
static inline void expect_bad(fc_dataset_reader *r, fc_status status, const char *id,
                              const char *problem)
{
    const fc_source_sample *s = next_any(r);
    size_t n, m;

    if (s->status == FC_OK)
        fail_msg("sample '%s' should be bad: %s", s->id, problem);
    assert_string_equal(s->id, id);
    n = strlen(s->problem);
    m = strlen(problem);
    if (strncmp(s->problem, id, strlen(id)) == 0)
        fail_msg("'%s' repeats the id", s->problem);
    if (n < m || strcmp(s->problem + n - m, problem) != 0)
        fail_msg("wanted a problem that ends in '%s', got '%s'", problem, s->problem);
    assert_int_equal(s->status, status);
}

/* No more samples; closes the reader. */
static inline void expect_end(fc_dataset_reader *r)
{
    const fc_source_sample *s = NULL;
    fc_error err = FC_ERROR_INIT;

    for (int again = 0; again < 2; again++) {
        const fc_status st = fc__dataset_next(r, &s, &err);

        if (st == FC_OK)
            fail_msg("one sample too many: '%s'", s->id);
        assert_status(FC_E_NOT_FOUND, st, &err);
    }
    assert_float_equal(fc__dataset_fraction(r), 1.0, 0.0);
    fc__dataset_close(r);
}

/* Opening the file NAME must fail with STATUS and a message that ends in MESSAGE. */
static inline void expect_refused(const char *name, fc_status status, const char *message)
{
    fc_dataset_reader *r = NULL;
    fc_error err = FC_ERROR_INIT;
    size_t n, m = strlen(message);

    assert_status(status, open_named(&r, name, NULL, &err), &err);
    assert_null(r);
    n = strlen(err.message);
    if (n < m || strcmp(err.message + n - m, message) != 0)
        fail_msg("wanted a message that ends in '%s', got '%s'", message, err.message);
}

#endif /* DATASET_FIXTURE_H */
