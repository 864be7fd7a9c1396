/*
 * Fuzzes the --where language: any text parses or is refused with a column, and what parses
 * evaluates the same twice and opposite under `not`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static fc_meta meta;

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void make_meta(void)
{
    check(fc__meta_add(&meta, "year", 4, FC_META_NUMBER, "1990", 4, NULL) == FC_OK);
    check(fc__meta_add(&meta, "kind", 4, FC_META_STRING, "bird", 4, NULL) == FC_OK);
    check(fc__meta_add(&meta, "draft", 5, FC_META_BOOL, "true", 4, NULL) == FC_OK);
}

/* The filter "not (TEXT)"; NULL when that nests too deep. */
static fc_filter *negation_of(const char *text)
{
    fc_filter *f = NULL;
    fc_error err = FC_ERROR_INIT;
    char *negated = NULL;

    check(asprintf(&negated, "not (%s)", text) > 0);
    if (fc__filter_parse(&f, negated, &err) != FC_OK)
        check(strstr(err.message, "more than") != NULL || strstr(err.message, "at most") != NULL);
    free(negated);
    return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const fc_filter_row row = {.id = "a/b.png", .dataset = "d", .group = "a/b", .meta = &meta};
    fc_filter *f = NULL, *negated;
    fc_error err = FC_ERROR_INIT;
    char *text = malloc(size + 1);
    bool matches;

    if (meta.n == 0)
        make_meta();
    check(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (fc__filter_parse(&f, text, &err) != FC_OK) {
        check(f == NULL && strncmp(err.message, "where: ", 7) == 0);
    } else {
        matches = fc__filter_matches(f, &row);
        check(fc__filter_matches(f, &row) == matches);
        negated = negation_of(text);
        check(negated == NULL || fc__filter_matches(negated, &row) == !matches);
        fc__filter_destroy(negated);
    }
    fc__filter_destroy(f);
    free(text);
    return 0;
}
