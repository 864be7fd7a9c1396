/*
 * Values of columns, and a hash table that numbers them.
 */
#include "sample_columns.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_hash.h"

#define SLOTS_FIRST ((size_t)256)

const char *fc__sample_column(const fc_sample *sample, const char *column)
{
    for (size_t i = 0; i < sample->n_meta; i++)
        if (strcmp(sample->meta[i].key, column) == 0)
            return sample->meta[i].text;
    if (strcmp(column, "dataset") == 0)
        return sample->dataset;
    if (strcmp(column, "group") == 0)
        return sample->group;
    if (strcmp(column, "split") == 0)
        return sample->split;
    if (strcmp(column, "modality") == 0)
        return fc_modality_name(sample->modality);
    return NULL;
}

static uint64_t *slot_of(const fc_name_list *l, const char *name)
{
    size_t at = (size_t)fc__xxh128(name, strlen(name)).low % l->n_slots;

    while (l->slots[at] != 0 && strcmp(l->names[l->slots[at] - 1], name) != 0)
        at = (at + 1) % l->n_slots;
    return &l->slots[at];
}

static fc_status grow_slots(fc_name_list *l, fc_error *err)
{
    const size_t n = l->n_slots == 0 ? SLOTS_FIRST : l->n_slots * 2;
    uint64_t *slots = fc__alloc_array(n, sizeof(*slots));

    if (slots == NULL)
        return fc__nomem(err, n * sizeof(*slots), "labels");
    free(l->slots);
    l->slots = slots;
    l->n_slots = n;
    for (uint32_t i = 0; i < l->n; i++)
        *slot_of(l, l->names[i]) = i + 1;
    return FC_OK;
}

fc_status fc__name_list_number(fc_name_list *l, const char *name, uint32_t *out, fc_error *err)
{
    uint64_t *slot;
    fc_status st = FC_OK;

    if (((size_t)l->n + 1) * 2 > l->n_slots)
        st = grow_slots(l, err);
    if (st != FC_OK)
        return st;
    slot = slot_of(l, name);
    if (*slot == 0) {
        st = fc__grow_array(&l->names, &l->capacity, (size_t)l->n + 1, sizeof(*l->names), err);
        if (st == FC_OK && (l->names[l->n] = fc__strdup(name)) == NULL)
            st = fc__nomem(err, strlen(name), "a label");
        if (st != FC_OK)
            return st;
        *slot = ++l->n;
    }
    *out = (uint32_t)(*slot - 1);
    return FC_OK;
}

void fc__name_list_dispose(fc_name_list *l)
{
    for (uint32_t i = 0; i < l->n; i++)
        free(l->names[i]);
    free(l->names);
    free(l->slots);
    *l = (fc_name_list){.n = 0};
}
