/*
 * A table of wanted groups by (data set, group) with open addressing, and the list of what was
 * found in them. Targets are looked up again by id when they are given out, so that only names are
 * held.
 */
#include "search_groups.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_hash.h"

typedef struct group {
    char *dataset, *name, *via_id;
    double score;
} group;

typedef struct target {
    size_t group; /* in the order in which groups were reached */
    char *id;
} target;

struct fc_groups {
    group *groups;
    size_t n_groups, groups_capacity;
    size_t *slots; /* group index + 1; 0 is free */
    size_t n_slots;
    target *targets;
    size_t n_targets, targets_capacity;
};

fc_status fc__groups_create(fc_groups **out, fc_error *err)
{
    fc_groups *g = calloc(1, sizeof(*g));

    *out = NULL;
    if (g == NULL)
        return fc__nomem(err, sizeof(*g), "groups");
    g->n_slots = 256;
    g->slots = fc__alloc_array(g->n_slots, sizeof(*g->slots));
    if (g->slots == NULL) {
        free(g);
        return fc__nomem(err, 256 * sizeof(size_t), "groups");
    }
    *out = g;
    return FC_OK;
}

void fc__groups_destroy(fc_groups *g)
{
    if (g == NULL)
        return;
    for (size_t i = 0; i < g->n_groups; i++) {
        free(g->groups[i].dataset);
        free(g->groups[i].name);
        free(g->groups[i].via_id);
    }
    for (size_t i = 0; i < g->n_targets; i++)
        free(g->targets[i].id);
    free(g->groups);
    free(g->slots);
    free(g->targets);
    free(g);
}

/* The slot of (dataset, name): taken by it, or free. */
static size_t *find_slot(const fc_groups *g, const char *dataset, const char *name)
{
    const fc_u128 a = fc__xxh128(dataset, strlen(dataset)), b = fc__xxh128(name, strlen(name));
    size_t at = (size_t)(a.low * 3 + b.low) % g->n_slots;

    while (g->slots[at] != 0) {
        const group *one = &g->groups[g->slots[at] - 1];

        if (strcmp(one->name, name) == 0 && strcmp(one->dataset, dataset) == 0)
            break;
        at = (at + 1) % g->n_slots;
    }
    return &g->slots[at];
}

static fc_status grow_slots(fc_groups *g, fc_error *err)
{
    size_t *slots = fc__alloc_array(g->n_slots * 2, sizeof(*slots));

    if (slots == NULL)
        return fc__nomem(err, g->n_slots * 2 * sizeof(*slots), "groups");
    free(g->slots);
    g->slots = slots;
    g->n_slots *= 2;
    for (size_t i = 0; i < g->n_groups; i++)
        *find_slot(g, g->groups[i].dataset, g->groups[i].name) = i + 1;
    return FC_OK;
}

fc_status fc__groups_want(fc_groups *g, const fc_sample *found, double score, fc_error *err)
{
    size_t *slot;
    group *one;
    fc_status st = FC_OK;

    if (*find_slot(g, found->dataset, found->group) != 0)
        return FC_OK;
    if ((g->n_groups + 1) * 2 > g->n_slots)
        st = grow_slots(g, err);
    if (st == FC_OK)
        st = fc__grow_array(&g->groups, &g->groups_capacity, g->n_groups + 1, sizeof(*g->groups),
                            err);
    if (st != FC_OK)
        return st;
    slot = find_slot(g, found->dataset, found->group);
    one = &g->groups[g->n_groups++];
    *one = (group){.dataset = fc__strdup(found->dataset),
                   .name = fc__strdup(found->group),
                   .via_id = fc__strdup(found->id),
                   .score = score};
    if (one->dataset == NULL || one->name == NULL || one->via_id == NULL)
        return fc__nomem(err, strlen(found->group), "a group");
    *slot = g->n_groups;
    return FC_OK;
}

fc_status fc__groups_take(fc_groups *g, const fc_sample *sample, fc_error *err)
{
    const size_t slot = *find_slot(g, sample->dataset, sample->group);
    fc_status st;

    if (slot == 0)
        return FC_OK;
    st = fc__grow_array(&g->targets, &g->targets_capacity, g->n_targets + 1, sizeof(*g->targets),
                        err);
    if (st != FC_OK)
        return st;
    g->targets[g->n_targets] = (target){.group = slot - 1, .id = fc__strdup(sample->id)};
    if (g->targets[g->n_targets].id == NULL)
        return fc__nomem(err, strlen(sample->id), "a name");
    g->n_targets++;
    return FC_OK;
}

size_t fc__groups_n_taken(const fc_groups *g)
{
    return g->n_targets;
}

/* Groups were reached best first, so their order is the order of scores. */
static int by_group_then_id(const void *a, const void *b)
{
    const target *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return strcmp(x->id, y->id);
}

static fc_status emit_one(const fc_groups *g, const target *t, fc_snapshot *s, uint32_t version,
                          fc_result_builder *out, fc_error *err)
{
    const group *one = &g->groups[t->group];
    const fc_dataset_info *list;
    const fc_sample *sample;
    fc_samples *it = NULL;
    size_t n;
    fc_status st;

    st = fc_snapshot_datasets(s, &list, &n, err);
    if (st == FC_OK)
        st = fc_samples_open(&it, s, one->dataset, version, err);
    if (st == FC_OK)
        st = fc_samples_find(it, t->id, &sample, err);
    if (st == FC_OK)
        st = fc__result_add(out, sample, one->score, one->score,
                            fc__dataset_root_of(list, n, one->dataset), one->via_id, err);
    fc_samples_close(it);
    return st;
}

fc_status fc__groups_emit(fc_groups *g, fc_snapshot *s, uint32_t version, size_t k,
                          fc_result_builder *out, fc_error *err)
{
    fc_status st = FC_OK;

    if (g->n_targets > 1)
        qsort(g->targets, g->n_targets, sizeof(*g->targets), by_group_then_id);
    for (size_t i = 0; st == FC_OK && i < g->n_targets && fc__result_count(out) < k; i++)
        st = emit_one(g, &g->targets[i], s, version, out, err);
    return st;
}
