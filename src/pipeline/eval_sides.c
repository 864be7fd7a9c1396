/*
 * Samples by group, turned into contents with their groups.
 */
#include "eval_sides.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

typedef struct pair {
    uint64_t content;
    uint32_t group;
} pair;

#define NO_GROUP UINT32_MAX

void fc__eval_side_dispose(fc_eval_side *side)
{
    free(side->contents);
    free(side->first);
    free(side->groups);
    *side = (fc_eval_side){.n = 0};
}

static int by_content(const void *a, const void *b)
{
    const pair *x = a, *y = b;

    if (x->content != y->content)
        return x->content > y->content ? 1 : -1;
    return (x->group > y->group) - (x->group < y->group);
}

/* n pairs, sorted here, into lists. A content has its groups, or none. */
static fc_status make_lists(fc_eval_side *out, pair *pairs, size_t n, fc_error *err)
{
    size_t n_groups = 0;

    qsort(pairs, n, sizeof(*pairs), by_content);
    out->contents = fc__alloc_array(n, sizeof(*out->contents));
    out->first = fc__alloc_array(n + 1, sizeof(*out->first));
    out->groups = fc__alloc_array(n, sizeof(*out->groups));
    if (out->contents == NULL || out->first == NULL || out->groups == NULL)
        return fc__nomem(err, n * sizeof(*pairs), "samples to compare");
    for (size_t i = 0; i < n; i++) {
        if (out->n == 0 || out->contents[out->n - 1] != pairs[i].content)
            out->contents[out->n++] = pairs[i].content;
        else if (pairs[i].group == NO_GROUP || pairs[i].group == pairs[i - 1].group)
            continue;
        if (pairs[i].group != NO_GROUP)
            out->groups[n_groups++] = pairs[i].group;
        out->first[out->n] = n_groups;
    }
    return FC_OK;
}

fc_status fc__eval_side_take(fc_eval_side *out, const fc_space_groups *groups, fc_modality modality,
                             fc_side side, bool all, fc_error *err)
{
    pair *pairs = fc__alloc_array(groups->n_samples, sizeof(*pairs));
    size_t n = 0;
    fc_status st;

    *out = (fc_eval_side){.n = 0};
    if (pairs == NULL)
        return fc__nomem(err, groups->n_samples * sizeof(*pairs), "samples to compare");
    for (size_t i = 0; i < groups->n_samples; i++) {
        const fc_group_sample *s = &groups->samples[i];

        if (s->modality == modality && (all || groups->groups[s->group].side == side))
            pairs[n++] = (pair){s->content, s->group};
    }
    st = make_lists(out, pairs, n, err);
    free(pairs);
    return st;
}

fc_status fc__eval_side_add(fc_eval_side *side, const uint64_t *contents, size_t n, fc_error *err)
{
    const size_t n_known = side->n > 0 ? side->first[side->n] : 0;
    pair *pairs = fc__alloc_array(n_known + side->n + n, sizeof(*pairs));
    size_t n_pairs = 0;
    fc_status st;

    if (pairs == NULL)
        return fc__nomem(err, n * sizeof(*pairs), "samples to compare");
    for (size_t i = 0; i < side->n; i++) {
        for (size_t g = side->first[i]; g < side->first[i + 1]; g++)
            pairs[n_pairs++] = (pair){side->contents[i], side->groups[g]};
        if (side->first[i] == side->first[i + 1])
            pairs[n_pairs++] = (pair){side->contents[i], NO_GROUP};
    }
    for (size_t i = 0; i < n; i++)
        pairs[n_pairs++] = (pair){contents[i], NO_GROUP};
    fc__eval_side_dispose(side);
    st = make_lists(side, pairs, n_pairs, err);
    free(pairs);
    return st;
}
