/*
 * One pass over the samples; members sorted by value, so that each group is one run.
 */
#include "audit_groups.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

typedef struct reading {
    fc_audit_groups *out;
    const fc_audit_pairs *pairs;
} reading;

static fc_status add_column(fc_audit_groups *g, const char *name, fc_error *err)
{
    for (size_t i = 0; i < g->n_columns; i++)
        if (strcmp(g->columns[i].name, name) == 0)
            return FC_OK;
    if (g->n_columns == FC_AUDIT_COLUMNS_MAX)
        return fc_error_set(err, FC_E_INVALID, "at most %d columns, dataset and split among them",
                            FC_AUDIT_COLUMNS_MAX);
    g->columns[g->n_columns++].name = name;
    return FC_OK;
}

static fc_status add_sample(void *context, const fc_sample *sample, fc_error *err)
{
    const reading *r = context;
    const size_t pair = fc__audit_pairs_find(r->pairs, sample->content);
    fc_status st = FC_OK;

    if (pair == r->pairs->n)
        return FC_OK;
    for (size_t i = 0; i < r->out->n_columns && st == FC_OK; i++) {
        fc_audit_column *c = &r->out->columns[i];
        const char *value = fc__sample_column(sample, c->name);
        uint32_t number;

        if (value == NULL || value[0] == '\0')
            continue;
        st = fc__name_list_number(&c->values, value, &number, err);
        if (st == FC_OK)
            st = fc__grow_array(&c->members, &c->room, c->n + 1, sizeof(*c->members), err);
        if (st == FC_OK)
            c->members[c->n++] = (fc_audit_member){number, (uint32_t)pair};
    }
    return st;
}

static int by_value_and_pair(const void *a, const void *b)
{
    const fc_audit_member *x = a, *y = b;

    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

/* Sorted, each once. */
static void tidy(fc_audit_column *c)
{
    size_t n = 0;

    if (c->n > 1)
        qsort(c->members, c->n, sizeof(*c->members), by_value_and_pair);
    for (size_t i = 0; i < c->n; i++)
        if (n == 0 || by_value_and_pair(&c->members[n - 1], &c->members[i]) != 0)
            c->members[n++] = c->members[i];
    c->n = n;
}

fc_status fc__audit_groups_read(fc_audit_groups *out, const fc_audit_pairs *pairs,
                                const fc_live_filter *filter, const char *const *by, size_t n_by,
                                fc_error *err)
{
    reading r = {out, pairs};
    fc_status st;

    *out = (fc_audit_groups){.n_columns = 0};
    if (pairs->n > UINT32_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%zu pairs; at most %u have groups", pairs->n,
                            UINT32_MAX);
    st = add_column(out, "dataset", err);
    if (st == FC_OK)
        st = add_column(out, "split", err);
    for (size_t i = 0; i < n_by && st == FC_OK; i++)
        st = add_column(out, by[i], err);
    if (st == FC_OK)
        st = fc__live_scan(pairs->snapshot, filter, add_sample, &r, err);
    for (size_t i = 0; i < out->n_columns && st == FC_OK; i++) {
        tidy(&out->columns[i]);
        /* That there are no splits is no fault. */
        if (i >= 2 && out->columns[i].n == 0)
            st = fc_error_set(err, FC_E_INVALID, "no sample has a value in column '%.80s'",
                              out->columns[i].name);
    }
    return st;
}

void fc__audit_groups_dispose(fc_audit_groups *g)
{
    for (size_t i = 0; i < g->n_columns; i++) {
        fc__name_list_dispose(&g->columns[i].values);
        free(g->columns[i].members);
    }
    *g = (fc_audit_groups){.n_columns = 0};
}

bool fc__audit_group_next(const fc_audit_column *c, size_t *at, size_t *end)
{
    size_t e = *at;

    if (*at >= c->n)
        return false;
    while (e < c->n && c->members[e].value == c->members[*at].value)
        e++;
    *end = e;
    return true;
}
