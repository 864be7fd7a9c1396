/*
 * Pairs by groups.
 */
#include "audit_space_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

fc_status fc__space_pairs_groups(const fc_space_audit_run *run, fc_space_groups *out, fc_error *err)
{
    const fc_split_wish wish = {.dataset = run->opts->dataset, .hashed = true};
    fc_error inner = FC_ERROR_INIT;
    const fc_status st = fc__space_groups_read(out, run->snapshot, &wish, &inner);

    return st == FC_OK || st == FC_E_INVALID ? FC_OK : fc_error_set(err, st, "%s", inner.message);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Place in the sample of the first item of a group that is in it and not used; n_asked: none. */
static size_t find_unused(const fc_space_items *items, const fc_space_groups *groups, size_t group,
                          const bool *used)
{
    const fc_group_sample *first;
    const size_t n = fc__space_group_items(groups, group, items->modality, &first);

    for (size_t i = 0; i < n; i++) {
        const uint64_t *found = bsearch(&first[i].content, items->asked, items->n_asked,
                                        sizeof(*items->asked), by_number);

        if (found != NULL && !used[found - items->asked])
            return (size_t)(found - items->asked);
    }
    return items->n_asked;
}

fc_status fc__space_pairs_make(fc_space_pairs *out, const fc_space_audit_run *run,
                               const fc_space_groups *groups, size_t a, size_t b, fc_error *err)
{
    const fc_space_items *x = &run->items[a], *y = &run->items[b];
    const size_t most = x->n_asked < y->n_asked ? x->n_asked : y->n_asked, dim = run->dim;
    bool *used_x = fc__alloc_array(x->n_asked, sizeof(*used_x));
    bool *used_y = fc__alloc_array(y->n_asked, sizeof(*used_y));
    fc_status st = FC_OK;

    *out = (fc_space_pairs){NULL, NULL, 0};
    out->x = fc__alloc_bare(most, dim * sizeof(*out->x));
    out->y = fc__alloc_bare(most, dim * sizeof(*out->y));
    if (used_x == NULL || used_y == NULL || out->x == NULL || out->y == NULL)
        st = fc__nomem(err, 2 * most * dim * sizeof(*out->x), "pairs");
    for (size_t g = 0; g < groups->n_groups && out->n < most && st == FC_OK; g++) {
        const size_t i = find_unused(x, groups, g, used_x), j = find_unused(y, groups, g, used_y);

        if (i == x->n_asked || j == y->n_asked)
            continue;
        used_x[i] = used_y[j] = true;
        memcpy(out->x + out->n * dim, x->rows + i * dim, dim * sizeof(*out->x));
        memcpy(out->y + out->n * dim, y->rows + j * dim, dim * sizeof(*out->y));
        out->n++;
    }
    free(used_x);
    free(used_y);
    return st;
}

void fc__space_pairs_dispose(fc_space_pairs *p)
{
    free(p->x);
    free(p->y);
    *p = (fc_space_pairs){NULL, NULL, 0};
}
