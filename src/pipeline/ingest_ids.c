/*
 * Open addressing, at most half full. A slot of zeros is free: the hash of no id.
 */
#include "ingest_ids.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"

#define HASH           16u
#define FIRST_CAPACITY 1024u

struct fc_ids {
    uint8_t (*slots)[HASH];
    size_t n, capacity, capacity_max;
    bool full;
};

fc_status fc__ids_create(fc_ids **out, uint64_t memory_bytes, fc_error *err)
{
    fc_ids *ids = calloc(1, sizeof(*ids));

    *out = ids;
    if (ids == NULL)
        return fc__nomem(err, sizeof(*ids), "a set of ids");
    /* While it grows the old table is there too. */
    ids->capacity_max = (size_t)(memory_bytes / (HASH * 3 / 2));
    return FC_OK;
}

void fc__ids_destroy(fc_ids *ids)
{
    if (ids == NULL)
        return;
    free(ids->slots);
    free(ids);
}

static uint8_t *slot_of(uint8_t (*slots)[HASH], size_t capacity, const uint8_t hash[HASH])
{
    static const uint8_t zero[HASH] = {0};
    size_t at = (size_t)fc_get_le64(hash) & (capacity - 1);

    while (memcmp(slots[at], zero, HASH) != 0 && memcmp(slots[at], hash, HASH) != 0)
        at = (at + 1) & (capacity - 1);
    return slots[at];
}

static size_t next_capacity(const fc_ids *ids)
{
    return ids->capacity == 0 ? FIRST_CAPACITY : ids->capacity * 2;
}

static fc_status grow(fc_ids *ids, fc_error *err)
{
    static const uint8_t zero[HASH] = {0};
    const size_t capacity = next_capacity(ids);
    uint8_t(*slots)[HASH] = fc__alloc_array(capacity, HASH);

    if (slots == NULL)
        return fc__nomem(err, capacity * HASH, "a set of ids");
    for (size_t i = 0; i < ids->capacity; i++)
        if (memcmp(ids->slots[i], zero, HASH) != 0)
            memcpy(slot_of(slots, capacity, ids->slots[i]), ids->slots[i], HASH);
    free(ids->slots);
    ids->slots = slots;
    ids->capacity = capacity;
    return FC_OK;
}

fc_status fc__ids_add(fc_ids *ids, const uint8_t hash[HASH], bool *twice, fc_error *err)
{
    uint8_t *slot;

    *twice = false;
    if ((ids->n + 1) * 2 > ids->capacity && !ids->full) {
        ids->full = next_capacity(ids) > ids->capacity_max;
        if (!ids->full) {
            const fc_status st = grow(ids, err);

            if (st != FC_OK)
                return st;
        }
    }
    if (ids->capacity == 0)
        return FC_OK;
    slot = slot_of(ids->slots, ids->capacity, hash);
    *twice = memcmp(slot, hash, HASH) == 0;
    if (!*twice && !ids->full) {
        memcpy(slot, hash, HASH);
        ids->n++;
    }
    return FC_OK;
}

bool fc__ids_full(const fc_ids *ids)
{
    return ids->full;
}
