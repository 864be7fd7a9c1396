/*
 * fc_duplicates_find(): what is compared, then the comparison, then the names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duplicates_run.h"
#include "fc_alloc.h"
#include "fc_queue.h"
#include "search_rows.h"
#include "search_space.h"

#define THRESHOLD    0.95
#define PAIRS        ((size_t)1000)
#define MEMORY_BYTES (UINT64_C(256) << 20)

static fc_status check(const fc_duplicates_options *o, fc_error *err)
{
    if (o->struct_size != sizeof(*o))
        return fc_error_set(err, FC_E_INVALID,
                            "duplicates options: struct_size is %zu; start from "
                            "FC_DUPLICATES_OPTIONS_INIT",
                            o->struct_size);
    if (!(o->threshold >= 0) || o->threshold > 1)
        return fc_error_set(err, FC_E_INVALID, "the threshold is %g; give one above 0, at most 1",
                            o->threshold);
    if (o->space != NULL && (o->encoder != NULL || o->output != NULL))
        return fc_error_set(err, FC_E_INVALID,
                            "a space has its encoders and outputs: give one of space and encoder");
    return FC_OK;
}

/* Whether a data set that is looked at has sealed features of it. */
static bool is_used(const fc_encoder_info *e, const fc_dataset_info *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < e->n_outputs; k++)
            if (e->outputs[k].searchable &&
                fc__dataset_covers(&list[i], NULL, e->id, e->outputs[k].id))
                return true;
    return false;
}

/* Without a name: the only encoder there is something to compare of. */
static fc_status only_encoder(fc_snapshot *s, char name[32], fc_error *err)
{
    const fc_encoder_info *list;
    const fc_dataset_info *sets;
    fc_buf names = FC_BUF_INIT;
    size_t n = 0, n_sets = 0, n_used = 0;
    fc_status st;

    st = fc_snapshot_encoders(s, &list, &n, err);
    if (st == FC_OK)
        st = fc_snapshot_datasets(s, &sets, &n_sets, err);
    for (size_t i = 0; st == FC_OK && i < n; i++) {
        if (!is_used(&list[i], sets, n_sets))
            continue;
        snprintf(name, 32, "#%u", (unsigned)list[i].id);
        st = fc_buf_append_fmt(&names, err, "%s%s@%.8s", n_used++ > 0 ? ", " : "", list[i].name,
                               list[i].fingerprint);
    }
    if (st == FC_OK && n_used == 0)
        st = fc_error_set(err, FC_E_INVALID, "nothing in this store can be compared yet");
    else if (st == FC_OK && n_used > 1)
        st = fc_error_set(err, FC_E_INVALID,
                          "say what to compare, by --encoder or --space; the store has %.*s",
                          (int)names.size, (const char *)names.data);
    fc_buf_dispose(&names);
    return st;
}

static fc_status pick_output(fc_duplicates_run *r, fc_duplicates_result *out, fc_error *err)
{
    fc_picked picked;
    fc_pick_wish wish = {.encoder = r->opts->encoder,
                         .output = r->opts->output,
                         .dataset = r->filter.dataset,
                         .version = r->filter.version};
    char name[32];
    fc_status st = FC_OK;

    if (wish.encoder == NULL) {
        st = only_encoder(r->snapshot, name, err);
        wish.encoder = name;
    }
    if (st == FC_OK)
        st = fc__pick_output(r->snapshot, &wish, &picked, err);
    if (st != FC_OK)
        return st;
    r->n_lanes = 1;
    r->dim = (size_t)picked.output->shape[0];
    r->lanes[0] = fc__branch_of_output(&picked);
    out->encoder = fc__strdup(picked.encoder->name);
    out->output = fc__strdup(picked.output->name);
    snprintf(out->fingerprint, sizeof(out->fingerprint), "%s", picked.encoder->fingerprint);
    return out->encoder == NULL || out->output == NULL ? fc__nomem(err, 64, "a result") : FC_OK;
}

static fc_status pick_space(fc_duplicates_run *r, fc_duplicates_result *out, fc_error *err)
{
    fc_query_space space;
    fc_status st = fc__query_space_open(&space, r->snapshot, r->opts->space, &r->heads, err);

    for (size_t i = 0; st == FC_OK && i < space.view.n_branches; i++)
        if (fc__branch_is_stored(&space.view.branches[i]))
            r->lanes[r->n_lanes++] = space.view.branches[i];
    r->dim = space.view.row.dim;
    fc__query_space_dispose(&space);
    out->space = fc__strdup(r->opts->space);
    out->encoder = fc__strdup("");
    out->output = fc__strdup("");
    if (st == FC_OK && (out->space == NULL || out->encoder == NULL || out->output == NULL))
        st = fc__nomem(err, 64, "a result");
    return st;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The contents of all lanes, each once, ascending. */
static fc_status make_nodes(fc_duplicates_run *r, fc_error *err)
{
    size_t n = 0;

    for (size_t l = 0; l < r->n_lanes; l++) {
        const fc_status st = fc__lane_contents(r->snapshot, &r->lanes[l].stored[0], &r->filter,
                                               &r->contents[l], &r->n_rows[l], err);

        if (st != FC_OK)
            return st;
        r->n_all_rows += r->n_rows[l];
    }
    r->nodes = fc__alloc_array(r->n_all_rows, sizeof(*r->nodes));
    r->lows = fc__alloc_array(r->n_all_rows, sizeof(*r->lows));
    r->compared = fc__alloc_array(r->n_all_rows, sizeof(*r->compared));
    if (r->nodes == NULL || r->lows == NULL || r->compared == NULL)
        return fc__nomem(err, r->n_all_rows * sizeof(*r->nodes), "the contents to compare");
    for (size_t l = 0; l < r->n_lanes; l++) {
        memcpy(r->nodes + n, r->contents[l], r->n_rows[l] * sizeof(*r->nodes));
        n += r->n_rows[l];
    }
    if (r->n_lanes > 1 && n > 1)
        qsort(r->nodes, n, sizeof(*r->nodes), by_number);
    for (size_t i = 0; i < n; i++)
        if (r->n_nodes == 0 || r->nodes[r->n_nodes - 1] != r->nodes[i])
            r->nodes[r->n_nodes++] = r->nodes[i];
    for (size_t i = 0; i < r->n_nodes; i++)
        r->lows[i] = 2;
    return fc__components_create(&r->components, r->n_nodes, err);
}

size_t fc__duplicates_node(const fc_duplicates_run *r, uint64_t content)
{
    size_t low = 0, high = r->n_nodes;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (r->nodes[middle] < content)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->n_nodes && r->nodes[low] == content ? low : r->n_nodes;
}

static fc_status find(fc_duplicates_run *r, fc_duplicates_result *out, fc_error *err)
{
    fc_filter *where = NULL;
    fc_status st = FC_OK;

    if (r->opts->where != NULL)
        st = fc__filter_parse(&where, r->opts->where, err);
    r->filter.where = where;
    if (st == FC_OK && r->opts->dataset != NULL)
        st = fc_snapshot_find_dataset(r->snapshot, r->opts->dataset, &r->filter.dataset,
                                      &r->filter.version, err);
    if (st == FC_OK)
        st = r->opts->space != NULL ? pick_space(r, out, err) : pick_output(r, out, err);
    if (st == FC_OK)
        st = make_nodes(r, err);
    if (st == FC_OK)
        st = fc__duplicates_compare(r, err);
    if (st == FC_OK)
        st = fc__duplicates_name(r, out, err);
    fc__filter_destroy(where);
    return st;
}

static void sum_up(const fc_duplicates_run *r, fc_duplicates_result *out)
{
    fc_duplicates *d = &out->public;

    d->space = out->space;
    d->encoder = out->encoder;
    d->output = out->output;
    d->fingerprint = out->fingerprint;
    d->threshold = r->opts->threshold;
    d->n_pairs = r->n_found;
    for (size_t i = 0; i < r->n_nodes; i++)
        d->n_items += r->compared[i];
    d->n_without_direction = r->n_nodes - d->n_items;
}

static void dispose(fc_duplicates_run *r)
{
    for (size_t l = 0; l < r->n_lanes; l++)
        free(r->contents[l]);
    free(r->nodes);
    free(r->lows);
    free(r->compared);
    free(r->pairs);
    fc__components_dispose(&r->components);
    fc__head_cache_dispose(&r->heads);
    fc_snapshot_end(r->snapshot);
}

fc_status fc_duplicates_find(fc_duplicates **out, fc_store *store,
                             const fc_duplicates_options *given, fc_error *err)
{
    fc_duplicates_options opts = FC_DUPLICATES_OPTIONS_INIT;
    const uint64_t start = fc__now_ns();
    fc_duplicates_run r = {.opts = &opts};
    fc_duplicates_result *all;
    fc_status st;

    *out = NULL;
    st = given != NULL ? check(given, err) : FC_OK;
    if (st != FC_OK)
        return st;
    if (given != NULL)
        opts = *given;
    opts.threshold = opts.threshold == 0 ? THRESHOLD : opts.threshold;
    opts.max_pairs = opts.max_pairs == 0 ? PAIRS : opts.max_pairs;
    opts.memory_bytes = opts.memory_bytes == 0 ? MEMORY_BYTES : opts.memory_bytes;
    opts.n_threads = opts.n_threads == 0 ? fc__cpu_count() : opts.n_threads;
    all = calloc(1, sizeof(*all));
    st = all == NULL ? fc__nomem(err, sizeof(*all), "a result")
                     : fc_snapshot_begin(&r.snapshot, store, err);
    if (st == FC_OK)
        st = find(&r, all, err);
    if (st == FC_OK) {
        sum_up(&r, all);
        all->public.seconds = (double)(fc__now_ns() - start) * 1e-9;
        *out = &all->public;
    } else if (all != NULL) {
        fc_duplicates_destroy(&all->public);
    }
    dispose(&r);
    return st;
}
