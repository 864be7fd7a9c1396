/*
 * A map from 16-byte hashes to numbers: open addressing, at most two thirds full. The keys are
 * hashes already; their first word is where they go.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_store_internal.h"

#define FIRST_CAPACITY 64

static fc_idmap_slot *place(const fc_idmap *m, const uint8_t key[16])
{
    size_t at = (size_t)fc_get_le64(key) & (m->capacity - 1);

    while (m->slots[at].used && memcmp(m->slots[at].key, key, 16) != 0)
        at = (at + 1) & (m->capacity - 1);
    return &m->slots[at];
}

uint64_t *fc__idmap_find(const fc_idmap *m, const uint8_t key[16])
{
    fc_idmap_slot *slot;

    if (m->n == 0)
        return NULL;
    slot = place(m, key);
    return slot->used ? &slot->value : NULL;
}

static fc_status grow(fc_idmap *m, fc_error *err)
{
    const size_t capacity = m->capacity > 0 ? m->capacity * 2 : FIRST_CAPACITY;
    fc_idmap larger = {fc__alloc_array(capacity, sizeof(fc_idmap_slot)), capacity, m->n};

    if (larger.slots == NULL)
        return fc__nomem(err, capacity * sizeof(fc_idmap_slot), "a table of ids");
    for (size_t i = 0; i < m->capacity; i++)
        if (m->slots[i].used)
            *place(&larger, m->slots[i].key) = m->slots[i];
    free(m->slots);
    *m = larger;
    return FC_OK;
}

fc_status fc__idmap_put(fc_idmap *m, const uint8_t key[16], uint64_t value, fc_error *err)
{
    fc_idmap_slot *slot;
    fc_status st = FC_OK;

    if ((m->n + 1) * 3 > m->capacity * 2)
        st = grow(m, err);
    if (st != FC_OK)
        return st;
    slot = place(m, key);
    if (!slot->used) {
        memcpy(slot->key, key, 16);
        slot->used = true;
        m->n++;
    }
    slot->value = value;
    return FC_OK;
}

void fc__idmap_clear(fc_idmap *m)
{
    if (m->n > 0)
        memset(m->slots, 0, m->capacity * sizeof(*m->slots));
    m->n = 0;
}

void fc__idmap_dispose(fc_idmap *m)
{
    free(m->slots);
    *m = (fc_idmap){NULL, 0, 0};
}
