/*
 * From components of contents to sets of samples: one pass over the samples counts who holds the
 * contents, a second copies those of sets with more than one.
 */
#include <stdlib.h>
#include <string.h>

#include "duplicates_run.h"
#include "fc_alloc.h"
#include "fc_store_read.h"

/* A sample of a set, on the way into it. */
typedef struct member {
    size_t root, node; /* of its component, of its content */
    fc_duplicate_sample sample;
} member;

typedef struct naming {
    fc_duplicates_run *run;
    size_t *n_samples; /* of each component, at its root */
    member *members;
    size_t n_members, room;
} naming;

static fc_status count_sample(void *context, const fc_sample *sample, fc_error *err)
{
    naming *n = context;
    const size_t node = fc__duplicates_node(n->run, sample->content);

    (void)err;
    if (node < n->run->n_nodes)
        n->n_samples[fc__components_find(&n->run->components, node)]++;
    return FC_OK;
}

static fc_status copy_sample(void *context, const fc_sample *sample, fc_error *err)
{
    naming *n = context;
    const size_t node = fc__duplicates_node(n->run, sample->content);
    fc_duplicate_sample copy;
    fc_status st;

    if (node == n->run->n_nodes || n->n_samples[fc__components_find(&n->run->components, node)] < 2)
        return FC_OK;
    st = fc__grow_array(&n->members, &n->room, n->n_members + 1, sizeof(*n->members), err);
    if (st != FC_OK)
        return st;
    copy = (fc_duplicate_sample){.dataset = fc__strdup(sample->dataset),
                                 .id = fc__strdup(sample->id),
                                 .group = fc__strdup(sample->group),
                                 .split = fc__strdup(sample->split),
                                 .path = fc__strdup(sample->path),
                                 .modality = sample->modality,
                                 .content = sample->content};
    n->members[n->n_members++] =
        (member){fc__components_find(&n->run->components, node), node, copy};
    return copy.dataset == NULL || copy.id == NULL || copy.group == NULL || copy.split == NULL ||
                   copy.path == NULL
               ? fc__nomem(err, 256, "a sample")
               : FC_OK;
}

static int compare_names(const fc_duplicate_sample *x, const fc_duplicate_sample *y)
{
    const int order = strcmp(x->dataset, y->dataset);

    return order != 0 ? order : strcmp(x->id, y->id);
}

static int by_component(const void *a, const void *b)
{
    const member *x = a, *y = b;

    if (x->root != y->root)
        return x->root < y->root ? -1 : 1;
    return compare_names(&x->sample, &y->sample);
}

static int by_size(const void *a, const void *b)
{
    const fc_duplicate_set *x = a, *y = b;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return compare_names(&x->samples[0], &y->samples[0]);
}

/* Samples outside a split say nothing of leakage. */
static bool crosses_splits(const fc_duplicate_sample *samples, size_t n)
{
    const char *split = NULL;

    for (size_t i = 0; i < n; i++) {
        if (samples[i].split[0] == '\0')
            continue;
        if (split != NULL && strcmp(split, samples[i].split) != 0)
            return true;
        split = samples[i].split;
    }
    return false;
}

static fc_duplicate_set make_set(const naming *n, size_t first, size_t end,
                                 const fc_duplicate_sample *samples)
{
    const fc_duplicates_run *r = n->run;
    const size_t root = n->members[first].root;
    float low = 1;

    for (size_t i = first; i < end; i++)
        low = r->lows[n->members[i].node] < low ? r->lows[n->members[i].node] : low;
    return (fc_duplicate_set){.samples = samples + first,
                              .n = end - first,
                              .n_contents = r->components.sizes[root],
                              .low = (double)low,
                              .crosses_splits = crosses_splits(samples + first, end - first)};
}

/* The sample that stands for a node: the first by name. */
static fc_status name_pairs(const naming *n, fc_duplicates_result *out, fc_error *err)
{
    const fc_duplicates_run *r = n->run;
    const fc_duplicate_sample **first = fc__alloc_array(r->n_nodes, sizeof(*first));

    out->pairs = fc__alloc_array(r->n_pairs, sizeof(*out->pairs));
    out->public.pairs = out->pairs;
    if (first == NULL || out->pairs == NULL) {
        free((void *)first);
        return fc__nomem(err, r->n_nodes * sizeof(*first), "pairs");
    }
    for (size_t i = n->n_members; i-- > 0;)
        first[n->members[i].node] = &out->samples[i];
    for (size_t i = 0; i < r->n_pairs; i++) {
        const fc_node_pair *p = &r->pairs[i];

        if (first[p->a] != NULL && first[p->b] != NULL)
            out->pairs[out->public.n_kept++] =
                (fc_duplicate_pair){first[p->a], first[p->b], (double)p->score};
    }
    free((void *)first);
    return FC_OK;
}

/* Members in order become sets. Their samples go over to `out` first, so that nothing is lost. */
static fc_status make_sets(naming *n, fc_duplicates_result *out, fc_error *err)
{
    out->samples = fc__alloc_array(n->n_members, sizeof(*out->samples));
    if (out->samples == NULL)
        return fc__nomem(err, n->n_members * sizeof(*out->samples), "duplicates");
    if (n->n_members > 1)
        qsort(n->members, n->n_members, sizeof(*n->members), by_component);
    out->n_samples = n->n_members;
    for (size_t i = 0; i < n->n_members; i++)
        out->samples[i] = n->members[i].sample;
    out->sets = fc__alloc_array(n->n_members / 2 + 1, sizeof(*out->sets));
    out->public.sets = out->sets;
    if (out->sets == NULL)
        return fc__nomem(err, n->n_members * sizeof(*out->sets), "duplicates");
    for (size_t i = 0, end; i < n->n_members; i = end) {
        for (end = i + 1; end < n->n_members && n->members[end].root == n->members[i].root;)
            end++;
        out->sets[out->public.n_sets++] = make_set(n, i, end, out->samples);
    }
    if (out->public.n_sets > 1)
        qsort(out->sets, out->public.n_sets, sizeof(*out->sets), by_size);
    return FC_OK;
}

static void free_strings(const fc_duplicate_sample *s)
{
    free((void *)(uintptr_t)s->dataset);
    free((void *)(uintptr_t)s->id);
    free((void *)(uintptr_t)s->group);
    free((void *)(uintptr_t)s->split);
    free((void *)(uintptr_t)s->path);
}

fc_status fc__duplicates_name(fc_duplicates_run *r, fc_duplicates_result *out, fc_error *err)
{
    naming n = {.run = r, .n_samples = fc__alloc_array(r->n_nodes, sizeof(size_t))};
    fc_status st = FC_OK;

    if (n.n_samples == NULL)
        return fc__nomem(err, r->n_nodes * sizeof(size_t), "duplicates");
    st = fc__live_scan(r->snapshot, &r->filter, count_sample, &n, err);
    if (st == FC_OK)
        st = fc__live_scan(r->snapshot, &r->filter, copy_sample, &n, err);
    if (st == FC_OK)
        st = make_sets(&n, out, err);
    if (st == FC_OK)
        st = name_pairs(&n, out, err);
    for (size_t i = 0; out->samples == NULL && i < n.n_members; i++)
        free_strings(&n.members[i].sample);
    free(n.members);
    free(n.n_samples);
    return st;
}

void fc_duplicates_destroy(fc_duplicates *d)
{
    fc_duplicates_result *all = (fc_duplicates_result *)d;

    if (d == NULL)
        return;
    for (size_t i = 0; i < all->n_samples; i++)
        free_strings(&all->samples[i]);
    free(all->samples);
    free(all->sets);
    free(all->pairs);
    free(all->space);
    free(all->encoder);
    free(all->output);
    free(all);
}
