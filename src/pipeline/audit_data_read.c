/*
 * The two sides of a comparison: what is selected, a seeded sample of it, and its rows.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit_data_run.h"
#include "audit_draw.h"
#include "fc_alloc.h"
#include "fc_vec.h"

/* --- one of each group --- */

typedef struct grouped {
    uint64_t group, key, content;
} grouped;

typedef struct grouping {
    const fc_data_side *side;
    uint64_t seed;
    grouped *list;
    size_t n, room;
} grouping;

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static bool has(const uint64_t *list, size_t n, uint64_t content)
{
    return n > 0 && bsearch(&content, list, n, sizeof(content), by_number) != NULL;
}

/* What has no group is one of its own. */
static fc_status take_group(void *context, const fc_sample *sample, fc_error *err)
{
    grouping *g = context;
    const uint64_t both[2] = {g->seed, sample->content};
    uint64_t names[2];
    fc_status st;

    if (!has(g->side->contents, g->side->n, sample->content))
        return FC_OK;
    st = fc__grow_array(&g->list, &g->room, g->n + 1, sizeof(*g->list), err);
    if (st != FC_OK)
        return st;
    names[0] = fc__xxh128(sample->dataset, strlen(sample->dataset)).low;
    names[1] = sample->group[0] != '\0' ? fc__xxh128(sample->group, strlen(sample->group)).low
                                        : fc__xxh128(both, sizeof(both)).high;
    g->list[g->n++] = (grouped){fc__xxh128(names, sizeof(names)).low,
                                fc__xxh128(both, sizeof(both)).low, sample->content};
    return FC_OK;
}

static int by_group(const void *a, const void *b)
{
    const grouped *x = a, *y = b;

    if (x->group != y->group)
        return x->group > y->group ? 1 : -1;
    if (x->key != y->key)
        return x->key > y->key ? 1 : -1;
    return (x->content > y->content) - (x->content < y->content);
}

static fc_status one_of_each(fc_data_audit_run *run, fc_data_side *side, fc_error *err)
{
    grouping g = {.side = side, .seed = run->opts->seed};
    size_t n = 0;
    fc_status st = fc__selection_scan(&side->selection, run->snapshot, take_group, &g, err);

    if (st == FC_OK && g.n > 1)
        qsort(g.list, g.n, sizeof(*g.list), by_group);
    for (size_t i = 0; i < g.n && st == FC_OK; i++)
        if (i == 0 || g.list[i - 1].group != g.list[i].group)
            side->contents[n++] = g.list[i].content;
    if (st == FC_OK)
        side->n = fc__audit_unique(side->contents, n);
    free(g.list);
    return st;
}

/* --- what both have --- */

/* Takes what the reference has out of the current side, or counts it. */
static uint64_t take_shared(const fc_data_side *reference, fc_data_side *current, bool take_out)
{
    uint64_t n_shared = 0;
    size_t kept = 0;

    for (size_t i = 0; i < current->n; i++) {
        const bool shared = has(reference->contents, reference->n, current->contents[i]);

        n_shared += shared;
        if (!shared || !take_out)
            current->contents[kept++] = current->contents[i];
    }
    current->n = kept;
    return n_shared;
}

static fc_status check_overlap(fc_data_audit_run *run, fc_error *err)
{
    const bool take_out = run->opts->new_only;
    const size_t n = run->current.n;

    run->out->public.shared = take_shared(&run->reference, &run->current, take_out);
    if (run->out->public.shared == 0 || take_out)
        return FC_OK;
    return fc_error_set(err, FC_E_INVALID,
                        "'%.100s' and '%.100s' share %" PRIu64 " of the %zu contents of the "
                        "current: select them apart, or leave out of the current what the "
                        "reference has (--new-only)",
                        run->opts->reference, run->opts->current, run->out->public.shared, n);
}

static fc_status check_size(const fc_data_audit_run *run, const fc_data_side *side, size_t n,
                            fc_error *err)
{
    if (n >= FC_AUDIT_LEAST)
        return FC_OK;
    return fc_error_set(
        err, FC_E_INVALID,
        "%s '%.100s': %zu contents with %.60s of %.60s%s; %u are the least that a "
        "test is made with",
        side->name, side->selection.text, n, run->picked.output->name, run->picked.encoder->name,
        run->opts->new_only && side == &run->current ? " that the reference has not" : "",
        FC_AUDIT_LEAST);
}

/* --- rows --- */

/* Drawn contents with a finite row. */
static fc_status read_rows(fc_data_audit_run *run, fc_data_side *side, fc_audit_side *public,
                           fc_error *err)
{
    const uint64_t shape[2] = {side->n, run->dim};
    fc_tensor rows = FC_TENSOR_INIT;
    bool *found = fc__alloc_array(side->n, sizeof(*found));
    size_t kept = 0;
    fc_status st = found == NULL ? fc__nomem(err, side->n, "rows")
                                 : fc_tensor_alloc(&rows, FC_F32, 2, shape, err);

    if (st == FC_OK)
        st = fc_snapshot_get_rows(run->snapshot, run->picked.encoder->id, run->picked.output->id,
                                  side->contents, side->n, &rows, found, err);
    side->rows = rows.data;
    for (size_t i = 0; i < side->n && st == FC_OK; i++) {
        if (!found[i] || !fc__all_finite(side->rows + i * run->dim, run->dim))
            continue;
        memmove(side->rows + kept * run->dim, side->rows + i * run->dim,
                run->dim * sizeof(*side->rows));
        side->contents[kept++] = side->contents[i];
    }
    free(found);
    if (st != FC_OK)
        return st;
    public->sampled = kept;
    public->without_direction = side->n - kept;
    side->n = kept;
    return check_size(run, side, kept, err);
}

static fc_status check_memory(const fc_data_audit_run *run, fc_error *err)
{
    const double n = (double)run->reference.n + (double)run->current.n, dim = (double)run->dim;
    /* The rows, what the classifier and the components make of them, tiles of permutations. */
    const double needed = n * dim * (sizeof(float) + 2 * sizeof(double)) +
                          4 * dim * dim * sizeof(double) +
                          n * (double)run->opts->n_permutations * 2 * sizeof(float);

    if (needed <= (double)run->opts->memory_bytes)
        return FC_OK;
    return fc_error_set(err, FC_E_LIMIT,
                        "samples of %zu and %zu rows of %zu elements need some %.0f MiB, and %.0f "
                        "may be used: take smaller samples, fewer permutations or more memory",
                        run->reference.n, run->current.n, run->dim, needed / 1048576,
                        (double)run->opts->memory_bytes / 1048576);
}

static fc_status select_side(fc_data_audit_run *run, fc_data_side *side, const char *text,
                             fc_audit_side *public, fc_error *err)
{
    fc_status st = fc__selection_parse(&side->selection, run->snapshot, text, err);

    if (st == FC_OK)
        st = fc__selection_contents(&side->selection, run->snapshot, &run->picked, &side->contents,
                                    &side->n, err);
    if (st == FC_OK)
        st = check_size(run, side, side->n, err);
    return st == FC_OK ? fc__audit_own_text(&run->out->owned, text, &public->selection, err) : st;
}

static fc_status draw(fc_data_audit_run *run, fc_data_side *side, fc_audit_side *public,
                      fc_error *err)
{
    fc_status st = run->opts->one_per_group ? one_of_each(run, side, err) : FC_OK;

    public->contents = side->n;
    if (st == FC_OK)
        st = check_size(run, side, side->n, err);
    return st == FC_OK ? fc__audit_draw(side->contents, side->n, run->opts->sample, run->opts->seed,
                                        &side->n, err)
                       : st;
}

fc_status fc__data_audit_read(fc_data_audit_run *run, fc_error *err)
{
    fc_audit_data_report *report = &run->out->public;
    fc_status st;

    run->reference.name = "reference";
    run->current.name = "current";
    st = fc__data_audit_step(run, "select", 0, err);
    if (st == FC_OK)
        st = select_side(run, &run->reference, run->opts->reference, &report->reference, err);
    if (st == FC_OK)
        st = select_side(run, &run->current, run->opts->current, &report->current, err);
    if (st == FC_OK)
        st = check_overlap(run, err);
    if (st == FC_OK)
        st = draw(run, &run->reference, &report->reference, err);
    if (st == FC_OK)
        st = draw(run, &run->current, &report->current, err);
    if (st == FC_OK)
        st = check_memory(run, err);
    if (st == FC_OK)
        st = fc__data_audit_step(run, "read", 0, err);
    if (st == FC_OK)
        st = read_rows(run, &run->reference, &report->reference, err);
    return st == FC_OK ? read_rows(run, &run->current, &report->current, err) : st;
}
