/*
 * The golden files of tests/golden/retrieval, line by line.
 */
#ifndef RETRIEVAL_GOLDEN_H
#define RETRIEVAL_GOLDEN_H

#include "fc_test.h"

/* The bytes of a file of the folder, with a NUL behind them; the caller frees them. */
static inline char *retrieval_golden(const char *name, size_t *n)
{
    const char *base = getenv("FC_SOURCE_DIR");
    char path[1200], *text;
    uint8_t *bytes;

    if (base == NULL)
        fail_msg("FC_SOURCE_DIR is not set: run the test through ctest");
    snprintf(path, sizeof(path), "%s/tests/golden/retrieval/%s", base, name);
    bytes = fc_test_read_file(path, n);
    text = realloc(bytes, *n + 1);
    assert_non_null(text);
    text[*n] = '\0';
    return text;
}

/* The line at *at without its end, and *at behind it; NULL at the end of the text. */
static inline char *retrieval_line(char **at)
{
    char *line = *at, *end = strchr(line, '\n');

    if (*line == '\0')
        return NULL;
    if (end == NULL) {
        *at = line + strlen(line);
    } else {
        *end = '\0';
        *at = end + 1;
    }
    return line;
}

#endif /* RETRIEVAL_GOLDEN_H */
