/*
 * Counting features by key: a hash table over an array in order of first appearance, so that
 * whoever walks the array does so in the same order on every machine.
 */
#include "fc_hashtext.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

#define FIRST_INDEX_SIZE 256

void fc__feature_counts_clear(fc_feature_counts *c)
{
    c->n = 0;
    if (c->index_size > 0)
        memset(c->index, 0, c->index_size * sizeof(*c->index));
}

/* The place of `key`, or the free one where it belongs. The table is never full. */
static uint32_t *find(const fc_feature_counts *c, uint64_t key)
{
    size_t at = (size_t)key & (c->index_size - 1);

    while (c->index[at] != 0 && c->items[c->index[at] - 1].key != key)
        at = (at + 1) & (c->index_size - 1);
    return &c->index[at];
}

static fc_status grow_index(fc_feature_counts *c, fc_error *err)
{
    const size_t size = c->index_size == 0 ? FIRST_INDEX_SIZE : c->index_size * 2;
    uint32_t *index = fc__alloc_array(size, sizeof(*index));

    if (index == NULL)
        return fc__nomem(err, size * sizeof(*index), "the features of a text");
    free(c->index);
    c->index = index;
    c->index_size = size;
    for (size_t i = 0; i < c->n; i++)
        *find(c, c->items[i].key) = (uint32_t)i + 1;
    return FC_OK;
}

fc_status fc__feature_counts_add(fc_feature_counts *c, const fc_feature_count *item, fc_error *err)
{
    uint32_t *place;
    fc_status st;

    if (2 * (c->n + 1) > c->index_size && (st = grow_index(c, err)) != FC_OK)
        return st;
    place = find(c, item->key);
    if (*place != 0) {
        c->items[*place - 1].count++;
        return FC_OK;
    }
    st = fc__grow_array(&c->items, &c->capacity, c->n + 1, sizeof(*c->items), err);
    if (st != FC_OK)
        return st;
    c->items[c->n] = *item;
    c->items[c->n].count = 1;
    *place = (uint32_t)++c->n;
    return FC_OK;
}

bool fc__feature_counts_again(fc_feature_counts *c, uint64_t key)
{
    const uint32_t place = c->index_size > 0 ? *find(c, key) : 0;

    if (place != 0)
        c->items[place - 1].count++;
    return place != 0;
}

void fc__feature_counts_dispose(fc_feature_counts *c)
{
    free(c->items);
    free(c->index);
    *c = (fc_feature_counts)FC_FEATURE_COUNTS_INIT;
}
