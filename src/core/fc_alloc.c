/*
 * Checked allocation: sizes that are products, growth by doubling, copies of strings.
 */
#include "fc_alloc.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 8

void *fc__alloc_array(size_t n, size_t size)
{
    size_t bytes;

    if (!fc__mul(n, size, &bytes))
        return NULL;
    return calloc(1, bytes > 0 ? bytes : 1);
}

void *fc__alloc_bare(size_t n, size_t size)
{
    size_t bytes;

    if (!fc__mul(n, size, &bytes))
        return NULL;
    return malloc(bytes > 0 ? bytes : 1);
}

fc_status fc__grow_array(void *array, size_t *capacity, size_t need, size_t size, fc_error *err)
{
    size_t wanted = *capacity > 0 ? *capacity : FIRST_CAPACITY;
    size_t bytes;
    void *old, *grown;

    if (need <= *capacity)
        return FC_OK;
    while (wanted < need)
        if (!fc__mul(wanted, 2, &wanted))
            wanted = need;
    if (!fc__mul(wanted, size, &bytes))
        return fc_error_set(err, FC_E_NOMEM, "%zu elements of %zu bytes do not fit in memory",
                            wanted, size);
    /* The caller's pointer has another type than void *: copied, not cast, to respect aliasing. */
    memcpy(&old, array, sizeof(old));
    grown = realloc(old, bytes > 0 ? bytes : 1);
    if (grown == NULL)
        return fc__nomem(err, bytes, "a growing array");
    memcpy(array, &grown, sizeof(grown));
    *capacity = wanted;
    return FC_OK;
}

char *fc__strndup(const char *s, size_t n)
{
    size_t bytes;
    char *copy;

    if (!fc__add(n, 1, &bytes))
        return NULL;
    copy = malloc(bytes);
    if (copy == NULL)
        return NULL;
    if (n > 0)
        memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *fc__strdup(const char *s)
{
    return fc__strndup(s, strlen(s));
}

fc_status fc__nomem(fc_error *err, size_t bytes, const char *what)
{
    return fc_error_set(err, FC_E_NOMEM, "no memory: %zu bytes for %s", bytes, what);
}
