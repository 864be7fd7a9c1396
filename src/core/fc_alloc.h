/*
 * Checked allocation: every size that is a product goes through here.
 */
#ifndef FC_ALLOC_H
#define FC_ALLOC_H

#include <featcache/types.h>

/* n * size bytes, zeroed; NULL on overflow or out of memory. n == 0 gives a valid 1-byte block. */
void *fc__alloc_array(size_t n, size_t size);

/* The same, not zeroed: for large arrays of which every byte is written before it is read. */
void *fc__alloc_bare(size_t n, size_t size);

/* Grow *array (of elements of `size` bytes) so that it holds at least `need`; doubles.
 * On failure *array and *capacity are unchanged. */
fc_status fc__grow_array(void *array, size_t *capacity, size_t need, size_t size, fc_error *err);

/* A copy of n bytes of s plus a NUL; NULL when out of memory. */
char *fc__strndup(const char *s, size_t n);
char *fc__strdup(const char *s);

/* The one message for out of memory: `bytes` wanted for `what`. Returns FC_E_NOMEM. */
fc_status fc__nomem(fc_error *err, size_t bytes, const char *what);

/* *out = a * b, or a + b; false on overflow. */
static inline bool fc__mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static inline bool fc__add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

#endif /* FC_ALLOC_H */
