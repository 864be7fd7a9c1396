/*
 * Bottom-k sampling of contents (Cohen and Kaplan 2007).
 */
#include "audit_draw.h"

#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_hash.h"

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

size_t fc__audit_unique(uint64_t *list, size_t n)
{
    size_t kept = 0;

    if (n > 1)
        qsort(list, n, sizeof(*list), by_number);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || list[kept - 1] != list[i])
            list[kept++] = list[i];
    return kept;
}

typedef struct drawn {
    uint64_t key, content;
} drawn;

static int by_key(const void *a, const void *b)
{
    const drawn *x = a, *y = b;

    if (x->key != y->key)
        return x->key > y->key ? 1 : -1;
    return (x->content > y->content) - (x->content < y->content);
}

fc_status fc__audit_draw(uint64_t *contents, size_t n, size_t wanted, uint64_t seed, size_t *kept,
                         fc_error *err)
{
    drawn *all;

    *kept = n;
    if (n <= wanted) {
        *kept = fc__audit_unique(contents, n);
        return FC_OK;
    }
    all = fc__alloc_array(n, sizeof(*all));
    if (all == NULL)
        return fc__nomem(err, n * sizeof(*all), "a sample of contents");
    for (size_t i = 0; i < n; i++) {
        const uint64_t both[2] = {seed, contents[i]};

        all[i] = (drawn){fc__xxh128(both, sizeof(both)).low, contents[i]};
    }
    qsort(all, n, sizeof(*all), by_key);
    for (size_t i = 0; i < wanted; i++)
        contents[i] = all[i].content;
    free(all);
    *kept = fc__audit_unique(contents, wanted);
    return FC_OK;
}
