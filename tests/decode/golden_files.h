/*
 * Walking over tests/golden and the shared golden files: who includes this gets their paths.
 */
#ifndef GOLDEN_FILES_H
#define GOLDEN_FILES_H

#include "fc_test.h"

#include <glob.h>

/* The path of `name` under the folder that the environment variable names; the caller frees it.
 * NULL when the variable is not set. */
static inline char *golden_path(const char *variable, const char *name)
{
    const char *base = getenv(variable);
    char *path = NULL;

    if (base == NULL || base[0] == '\0')
        return NULL;
    assert_true(asprintf(&path, "%s/%s", base, name) > 0);
    return path;
}

static inline char *golden_file(const char *name)
{
    char *path = golden_path("FC_SOURCE_DIR", name);

    if (path == NULL)
        fail_msg("FC_SOURCE_DIR is not set: run the test through ctest");
    return path;
}

/* The bytes of `name` below tests/golden; the caller frees them. */
static inline uint8_t *golden_read(const char *name, size_t *n)
{
    char *base = golden_file("tests/golden"), *path = NULL;
    uint8_t *bytes;

    assert_true(asprintf(&path, "%s/%s", base, name) > 0);
    bytes = fc_test_read_file(path, n);
    free(path);
    free(base);
    return bytes;
}

/* The files that match `pattern` below tests/golden; globfree() is the caller's. */
static inline void golden_glob(const char *pattern, glob_t *out)
{
    char *path = NULL, *base = golden_file("tests/golden");

    assert_true(asprintf(&path, "%s/%s", base, pattern) > 0);
    assert_int_equal(glob(path, 0, NULL, out), 0);
    free(path);
    free(base);
}

/* `path` with its extension replaced; the caller frees it. */
static inline char *golden_sibling(const char *path, const char *extension)
{
    const char *dot = strrchr(path, '.');
    char *out = NULL;

    assert_non_null(dot);
    assert_true(asprintf(&out, "%.*s%s", (int)(dot - path), path, extension) > 0);
    return out;
}

/* The largest difference of two byte arrays. */
static inline int golden_difference(const uint8_t *a, const uint8_t *b, size_t n)
{
    int worst = 0;

    for (size_t i = 0; i < n; i++) {
        const int d = abs(a[i] - b[i]);

        worst = d > worst ? d : worst;
    }
    return worst;
}

#endif /* GOLDEN_FILES_H */
