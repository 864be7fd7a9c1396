/*
 * Turns the groups of each item into the items of each group, by counting.
 */
#include "fc_rank_groups.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

void fc__rank_groups_dispose(fc_rank_groups *g)
{
    free(g->first);
    free(g->items);
    *g = (fc_rank_groups){NULL, NULL};
}

fc_status fc__rank_groups_init(fc_rank_groups *out, const fc_rank_side *side, size_t n_groups,
                               fc_error *err)
{
    const size_t n = side->n > 0 ? side->first[side->n] : 0;
    size_t sum = 0;

    out->first = fc__alloc_array(n_groups + 1, sizeof(*out->first));
    out->items = fc__alloc_array(n, sizeof(*out->items));
    if (out->first == NULL || out->items == NULL) {
        fc__rank_groups_dispose(out);
        return fc__nomem(err, (n_groups + 1) * sizeof(*out->first), "groups");
    }
    for (size_t i = 0; i < n; i++)
        out->first[side->groups[i]]++;
    for (size_t g = 0; g <= n_groups; g++) {
        const size_t count = out->first[g];

        out->first[g] = sum;
        sum += count;
    }
    /* Filling moves each group's begin to its end, which is where the next one begins. */
    for (size_t i = 0; i < side->n; i++)
        for (size_t k = side->first[i]; k < side->first[i + 1]; k++)
            out->items[out->first[side->groups[k]]++] = (uint32_t)i;
    memmove(out->first + 1, out->first, n_groups * sizeof(*out->first));
    out->first[0] = 0;
    return FC_OK;
}

/* The first of n ascending items that is at least `item`. */
static size_t lower_bound(const uint32_t *items, size_t n, size_t item)
{
    size_t low = 0;

    while (n > 0) {
        const size_t half = n / 2;

        if (items[low + half] < item) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

const uint32_t *fc__rank_groups_in(const fc_rank_groups *g, uint32_t group, size_t first, size_t n,
                                   size_t *n_items)
{
    const uint32_t *items = g->items + g->first[group];
    const size_t all = g->first[group + 1] - g->first[group];
    const size_t begin = lower_bound(items, all, first);

    *n_items = lower_bound(items + begin, all - begin, first + n);
    return items + begin;
}

bool fc__rank_find(const uint64_t *contents, size_t n, uint64_t content, size_t *at)
{
    size_t low = 0, high = n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (contents[middle] < content)
            low = middle + 1;
        else
            high = middle;
    }
    *at = low;
    return low < n && contents[low] == content;
}
