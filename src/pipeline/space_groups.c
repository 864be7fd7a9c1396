/*
 * Groups out of one pass over the sealed samples.
 */
#include "space_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_hash.h"

/* A group while it is gathered. */
typedef struct gathered {
    uint64_t key, least; /* smallest content number */
    uint32_t split;      /* index among the names + 1; 0: none yet */
    bool mixed;
} gathered;

typedef struct gathering {
    fc_space_groups *out;
    size_t sample_capacity;
    gathered *list;
    size_t n, capacity;
    uint32_t *slots; /* index + 1, open addressing */
    size_t n_slots;
    char **splits;
    size_t n_splits, split_capacity;
} gathering;

static void dispose(gathering *g)
{
    for (size_t i = 0; i < g->n_splits; i++)
        free(g->splits[i]);
    free(g->splits);
    free(g->list);
    free(g->slots);
}

void fc__space_groups_dispose(fc_space_groups *g)
{
    free(g->samples);
    free(g->groups);
    *g = (fc_space_groups){.n_samples = 0};
}

static uint64_t key_of(const fc_sample *sample)
{
    const fc_u128 a = fc__xxh128(sample->dataset, strlen(sample->dataset)),
                  b = fc__xxh128(sample->group, strlen(sample->group));
    const uint64_t both[3] = {a.low, b.low, b.high};

    return fc__xxh128(both, sizeof(both)).low;
}

static uint32_t *slot_of(const gathering *g, uint64_t key)
{
    size_t at = (size_t)key & (g->n_slots - 1);

    while (g->slots[at] != 0 && g->list[g->slots[at] - 1].key != key)
        at = (at + 1) & (g->n_slots - 1);
    return &g->slots[at];
}

static fc_status grow_slots(gathering *g, fc_error *err)
{
    const size_t n = g->n_slots == 0 ? 1024 : g->n_slots * 2;

    free(g->slots);
    g->slots = fc__alloc_array(n, sizeof(*g->slots));
    g->n_slots = g->slots != NULL ? n : 0;
    if (g->slots == NULL)
        return fc__nomem(err, n * sizeof(*g->slots), "groups");
    for (size_t i = 0; i < g->n; i++)
        *slot_of(g, g->list[i].key) = (uint32_t)i + 1;
    return FC_OK;
}

static fc_status find_group(gathering *g, uint64_t key, uint32_t *out, fc_error *err)
{
    fc_status st = FC_OK;
    uint32_t *slot;

    if (g->n >= UINT32_MAX / 2)
        return fc_error_set(err, FC_E_LIMIT, "more than %u groups", UINT32_MAX / 2);
    if ((g->n + 1) * 2 > g->n_slots)
        st = grow_slots(g, err);
    if (st == FC_OK)
        st = fc__grow_array(&g->list, &g->capacity, g->n + 1, sizeof(*g->list), err);
    if (st != FC_OK)
        return st;
    slot = slot_of(g, key);
    if (*slot == 0) {
        g->list[g->n] = (gathered){.key = key, .least = UINT64_MAX};
        *slot = (uint32_t)++g->n;
    }
    *out = *slot - 1;
    return FC_OK;
}

static fc_status note_split(gathering *g, gathered *group, const char *split, fc_error *err)
{
    uint32_t number = 0;
    fc_status st = FC_OK;

    if (split[0] == '\0')
        return FC_OK;
    while (number < g->n_splits && strcmp(g->splits[number], split) != 0)
        number++;
    if (number == g->n_splits) {
        st = fc__grow_array(&g->splits, &g->split_capacity, g->n_splits + 1, sizeof(*g->splits),
                            err);
        if (st == FC_OK && (g->splits[g->n_splits] = fc__strdup(split)) == NULL)
            st = fc__nomem(err, strlen(split), "splits");
        if (st != FC_OK)
            return st;
        g->n_splits++;
    }
    group->mixed = group->mixed || (group->split != 0 && group->split != number + 1);
    group->split = number + 1;
    return FC_OK;
}

static fc_status take(void *context, const fc_sample *sample, fc_error *err)
{
    gathering *g = context;
    fc_space_groups *out = g->out;
    uint32_t number = 0;
    fc_status st;

    if (sample->group[0] == '\0') {
        out->n_without++;
        return FC_OK;
    }
    st = find_group(g, key_of(sample), &number, err);
    if (st == FC_OK)
        st = fc__grow_array(&out->samples, &g->sample_capacity, out->n_samples + 1,
                            sizeof(*out->samples), err);
    if (st != FC_OK)
        return st;
    out->samples[out->n_samples++] = (fc_group_sample){
        .content = sample->content, .group = number, .modality = (uint8_t)sample->modality};
    if (sample->content < g->list[number].least)
        g->list[number].least = sample->content;
    return note_split(g, &g->list[number], sample->split, err);
}

static int by_least(const void *a, const void *b)
{
    const gathered *x = *(const gathered *const *)a, *y = *(const gathered *const *)b;

    if (x->least != y->least)
        return x->least > y->least ? 1 : -1;
    return (x->key > y->key) - (x->key < y->key);
}

static int by_group(const void *a, const void *b)
{
    const fc_group_sample *x = a, *y = b;

    if (x->group != y->group)
        return x->group > y->group ? 1 : -1;
    if (x->modality != y->modality)
        return x->modality > y->modality ? 1 : -1;
    return (x->content > y->content) - (x->content < y->content);
}

static bool is_named(const gathering *g, uint32_t split, const char *name)
{
    return split != 0 && strcmp(g->splits[split - 1], name) == 0;
}

static fc_side side_of(const gathering *g, const gathered *one, const fc_split_wish *wish)
{
    const char *train = wish->train != NULL ? wish->train : "train";
    const char *test = wish->test != NULL ? wish->test : "test";

    return one->mixed                       ? FC_SIDE_NONE
           : is_named(g, one->split, train) ? FC_SIDE_TRAIN
           : is_named(g, one->split, test)  ? FC_SIDE_TEST
                                            : FC_SIDE_NONE;
}

/* Numbers in the order of the smallest contents, so that a fit reads blocks in theirs. */
static fc_status number_groups(gathering *g, const fc_split_wish *wish, fc_error *err)
{
    fc_space_groups *out = g->out;
    const gathered **order = fc__alloc_array(g->n, sizeof(*order));
    uint32_t *number = fc__alloc_array(g->n, sizeof(*number));
    fc_status st = FC_OK;

    out->groups = fc__alloc_array(g->n, sizeof(*out->groups));
    if (order == NULL || number == NULL || out->groups == NULL) {
        st = fc__nomem(err, g->n * sizeof(*out->groups), "groups");
        goto done;
    }
    for (size_t i = 0; i < g->n; i++)
        order[i] = &g->list[i];
    qsort(order, g->n, sizeof(*order), by_least);
    for (size_t i = 0; i < g->n; i++) {
        number[order[i] - g->list] = (uint32_t)i;
        out->groups[i] = (fc_group){.key = order[i]->key, .side = side_of(g, order[i], wish)};
        out->n_mixed += order[i]->mixed;
    }
    out->n_groups = g->n;
    for (size_t i = 0; i < out->n_samples; i++)
        out->samples[i].group = number[out->samples[i].group];

done:
    free(order);
    free(number);
    return st;
}

/* Sort the samples, each once, and let each group find its own. */
static void index_samples(fc_space_groups *out)
{
    size_t n = 0;

    qsort(out->samples, out->n_samples, sizeof(*out->samples), by_group);
    for (size_t i = 0; i < out->n_samples; i++)
        if (n == 0 || by_group(&out->samples[n - 1], &out->samples[i]) != 0)
            out->samples[n++] = out->samples[i];
    out->n_samples = n;
    for (size_t i = 0; i < n; i++) {
        fc_group *group = &out->groups[out->samples[i].group];

        if (group->n++ == 0)
            group->first = i;
    }
}

static void split_by_hash(fc_space_groups *g, uint64_t seed, double share)
{
    g->by_name = false;
    for (size_t i = 0; i < g->n_groups; i++) {
        const uint64_t both[2] = {seed, g->groups[i].key};
        const uint64_t h = fc__xxh128(both, sizeof(both)).low;

        g->groups[i].side = (double)(h >> 11) * 0x1p-53 < share ? FC_SIDE_TEST : FC_SIDE_TRAIN;
    }
}

void fc__space_groups_split(fc_space_groups *g, uint64_t seed, double test_share)
{
    split_by_hash(g, seed, test_share > 0 ? test_share : FC_TEST_SHARE);
}

static void list_splits(const gathering *g)
{
    char *to = g->out->splits;
    size_t used = 0;

    for (size_t i = 0; i < g->n_splits && used + 1 < sizeof(g->out->splits); i++)
        used += (size_t)snprintf(to + used, sizeof(g->out->splits) - used, "%s%s",
                                 i > 0 ? ", " : "", g->splits[i]);
}

static bool has_side(const fc_space_groups *g, fc_side side)
{
    for (size_t i = 0; i < g->n_groups; i++)
        if (g->groups[i].side == side)
            return true;
    return false;
}

static fc_status finish(gathering *g, const fc_split_wish *wish, fc_error *err)
{
    fc_space_groups *out = g->out;
    fc_status st;

    if (g->n == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "no sample of %s has a group: groups say what belongs together (files "
                            "of one folder that share a stem, or the column `group` of a manifest)",
                            wish->dataset != NULL ? wish->dataset : "the store");
    st = number_groups(g, wish, err);
    if (st != FC_OK)
        return st;
    index_samples(out);
    list_splits(g);
    out->by_name = g->n_splits > 0 && !wish->hashed;
    if (!out->by_name && wish->keep_none)
        split_by_hash(out, wish->seed, 0);
    else if (!out->by_name)
        fc__space_groups_split(out, wish->seed, wish->test_share);
    else if (!has_side(out, FC_SIDE_TRAIN))
        return fc_error_set(err, FC_E_INVALID, "no group is of split '%.64s'; there are %s",
                            wish->train != NULL ? wish->train : "train", out->splits);
    return FC_OK;
}

fc_status fc__space_groups_read(fc_space_groups *out, fc_snapshot *s, const fc_split_wish *wish,
                                fc_error *err)
{
    gathering g = {.out = out};
    fc_live_filter filter = {.modalities = 0};
    fc_status st = FC_OK;

    *out = (fc_space_groups){.n_samples = 0};
    if (wish->dataset != NULL)
        st = fc_snapshot_find_dataset(s, wish->dataset, &filter.dataset, &filter.version, err);
    if (st == FC_OK)
        st = fc__live_scan(s, &filter, take, &g, err);
    if (st == FC_OK)
        st = finish(&g, wish, err);
    dispose(&g);
    return st;
}

size_t fc__space_group_items(const fc_space_groups *g, size_t group, fc_modality modality,
                             const fc_group_sample **first)
{
    const fc_group *one = &g->groups[group];
    size_t n = 0;

    *first = NULL;
    for (size_t i = one->first; i < one->first + one->n; i++)
        if (g->samples[i].modality == modality) {
            if (n++ == 0)
                *first = &g->samples[i];
        }
    return n;
}
