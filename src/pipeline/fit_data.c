/*
 * Groups with stored items, and the items themselves while there is room for them.
 */
#include "fit_data.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_store_read.h"

/* An item that is kept; `known` also where it is not there. */
struct fc_kept_item {
    float *rows;
    size_t n_rows;
    bool known;
};

void fc__fit_store_dispose(fc_fit_store *f)
{
    for (size_t i = 0; f->kept != NULL && i < f->n_contents * FC_HEAD_INPUTS_MAX; i++)
        free(f->kept[i].rows);
    for (size_t i = 0; i < FC_HEAD_INPUTS_MAX; i++)
        fc_tensor_dispose(&f->scratch[i]);
    free(f->kept);
    free(f->keys);
    free(f->first);
    free(f->contents);
    *f = (fc_fit_store){.n_contents = 0};
}

/* ---- which items there are ---- */

/* Contents with an item of a branch's first input, ascending. */
typedef struct stored_list {
    uint64_t *contents;
    size_t n;
} stored_list;

static bool is_there(const stored_list *l, uint64_t content)
{
    size_t low = 0, high = l->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (l->contents[middle] == content)
            return true;
        if (l->contents[middle] < content)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* The stored items of one group: appended to f->contents. Returns how many branches have some. */
static size_t list_group(fc_fit_store *f, const fc_space_groups *groups, size_t group,
                         const stored_list *stored, size_t *first)
{
    size_t n_with = 0;

    for (size_t b = 0; b < f->plan->n_branches; b++) {
        const fc_group_sample *sample;
        const size_t n =
            fc__space_group_items(groups, group, f->plan->branches[b].modality, &sample);
        const size_t before = f->n_contents;

        first[b] = before;
        for (size_t i = 0; i < n; i++)
            if (is_there(&stored[b], sample[i].content))
                f->contents[f->n_contents++] = sample[i].content;
        n_with += f->n_contents > before;
    }
    return n_with;
}

static fc_status list_groups(fc_fit_store *f, const fc_space_groups *groups, fc_side side,
                             const stored_list *stored, fc_error *err)
{
    const size_t n_branches = f->plan->n_branches;
    size_t n = 0;

    f->keys = fc__alloc_array(groups->n_groups, sizeof(*f->keys));
    f->first = fc__alloc_array(groups->n_groups * n_branches + 1, sizeof(*f->first));
    f->contents = fc__alloc_array(groups->n_samples, sizeof(*f->contents));
    if (f->keys == NULL || f->first == NULL || f->contents == NULL)
        return fc__nomem(err, groups->n_samples * sizeof(*f->contents), "groups");
    for (size_t g = 0; g < groups->n_groups; g++) {
        const size_t before = f->n_contents;

        if (groups->groups[g].side != side)
            continue;
        if (list_group(f, groups, g, stored, f->first + n * n_branches) >= 2) {
            f->keys[n++] = groups->groups[g].key;
        } else {
            f->n_contents = before;
            f->n_unpaired++;
        }
    }
    f->first[n * n_branches] = f->n_contents;
    f->data.n_groups = n;
    f->data.keys = f->keys;
    return FC_OK;
}

/* ---- reading them ---- */

static size_t n_items(void *self, size_t group, size_t branch)
{
    const fc_fit_store *f = self;
    const size_t at = group * f->plan->n_branches + branch;

    return f->first[at + 1] - f->first[at];
}

static fc_status read_item(fc_fit_store *f, size_t branch, size_t input, uint64_t content,
                           fc_error *err)
{
    const fc_picked *p = &f->plan->picked[branch][input];
    fc_status st;

    fc_tensor_dispose(&f->scratch[input]);
    st = fc_snapshot_get_item(f->snapshot, p->encoder->id, p->output->id, content,
                              &f->scratch[input], err);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

/* Take the item over from the scratch tensor while the budget lasts. */
static void keep_item(fc_fit_store *f, struct fc_kept_item *k, size_t input, size_t dim)
{
    fc_tensor *t = &f->scratch[input];
    const uint64_t bytes = fc_tensor_count(t) * sizeof(float);

    if (bytes > f->budget - f->used)
        return;
    *k = (struct fc_kept_item){t->data, fc_tensor_count(t) / dim, true};
    f->used += bytes;
    t->owned = false;
    *t = (fc_tensor)FC_TENSOR_INIT;
}

static fc_status get_item(void *self, size_t group, size_t branch, size_t index,
                          fc_head_item *items, fc_error *err)
{
    fc_fit_store *f = self;
    const size_t at = f->first[group * f->plan->n_branches + branch] + index;
    const fc_fit_branch *b = &f->plan->branches[branch];

    for (size_t i = 0; i < b->n_inputs; i++) {
        struct fc_kept_item *k = &f->kept[at * FC_HEAD_INPUTS_MAX + i];
        fc_status st = FC_OK;

        if (!k->known) {
            st = read_item(f, branch, i, f->contents[at], err);
            if (st != FC_OK)
                return st;
            keep_item(f, k, i, b->inputs[i].dim);
        }
        /* An item without rows is as one that is not there. */
        items[i] = k->known ? (fc_head_item){k->rows, k->n_rows}
                            : (fc_head_item){f->scratch[i].data,
                                             fc_tensor_count(&f->scratch[i]) / b->inputs[i].dim};
        if (items[i].n_rows == 0)
            items[i].rows = NULL;
    }
    return FC_OK;
}

fc_status fc__fit_store_open(fc_fit_store *out, fc_snapshot *s, const fc_fit_plan *plan,
                             const fc_space_groups *groups, fc_side side, uint64_t budget,
                             fc_error *err)
{
    stored_list stored[FC_FIT_BRANCHES_MAX] = {{NULL, 0}};
    fc_status st = FC_OK;

    *out = (fc_fit_store){.snapshot = s, .plan = plan, .budget = budget};
    for (size_t b = 0; b < plan->n_branches && st == FC_OK; b++) {
        const fc_picked *p = &plan->picked[b][0];

        st = fc__snapshot_item_contents(s, p->encoder->id, p->output->id, &stored[b].contents,
                                        &stored[b].n, err);
    }
    if (st == FC_OK)
        st = list_groups(out, groups, side, stored, err);
    if (st == FC_OK) {
        out->kept = fc__alloc_array(out->n_contents * FC_HEAD_INPUTS_MAX, sizeof(*out->kept));
        if (out->kept == NULL)
            st = fc__nomem(err, out->n_contents * FC_HEAD_INPUTS_MAX * sizeof(*out->kept), "items");
    }
    out->data.self = out;
    out->data.n_branches = plan->n_branches;
    memcpy(out->data.branches, plan->branches, sizeof(plan->branches));
    out->data.n_items = n_items;
    out->data.item = get_item;
    for (size_t b = 0; b < plan->n_branches; b++)
        free(stored[b].contents);
    return st;
}
