/*
 * fc_audit_drift(): what is compared, the two passes over it, the figures, the verdict.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_run.h"
#include "fc_alloc.h"
#include "fc_measured.h"
#include "fc_queue.h"

#define MEMORY_BYTES (UINT64_C(1) << 30)
#define K_MAX        (FC_KNN_K_MAX - 1) /* lists across versions hold the query's own row, too */

/* A report, with what it owns. */
typedef struct owned_report {
    fc_audit_drift_report public; /* first: what the caller holds */
    fc_result_builder *own;
} owned_report;

static fc_status check(const fc_audit_drift_options *o, fc_error *err)
{
    if (o->struct_size != sizeof(*o))
        return fc_error_set(err, FC_E_INVALID,
                            "drift options: struct_size is %zu; start from "
                            "FC_AUDIT_DRIFT_OPTIONS_INIT",
                            o->struct_size);
    if (o->from == NULL || o->to == NULL)
        return fc_error_set(err, FC_E_INVALID, "two versions are needed, the old and the new one");
    if (o->k > K_MAX)
        return fc_error_set(err, FC_E_INVALID, "%u neighbours; at most %u", o->k, K_MAX);
    if (o->n_sample > FC_AUDIT_DRIFT_SAMPLE ||
        (o->n_sample > 0 && o->n_sample < 2 * FC_AUDIT_LEAST))
        return fc_error_set(err, FC_E_INVALID, "a sample of %u; take %u to %u", o->n_sample,
                            2 * FC_AUDIT_LEAST, FC_AUDIT_DRIFT_SAMPLE);
    if (o->n_queries > 0 && o->n_queries < FC_AUDIT_LEAST)
        return fc_error_set(err, FC_E_INVALID, "%u queries; take at least %u", o->n_queries,
                            FC_AUDIT_LEAST);
    return FC_OK;
}

static fc_audit_drift_options with_defaults(const fc_audit_drift_options *given)
{
    fc_audit_drift_options o = *given;

    o.k = o.k == 0 ? FC_AUDIT_DRIFT_K : o.k;
    o.n_queries = o.n_queries == 0 ? FC_AUDIT_DRIFT_QUERIES : o.n_queries;
    o.n_sample = o.n_sample == 0 ? FC_AUDIT_DRIFT_SAMPLE : o.n_sample;
    o.n_permutations = o.n_permutations == 0 ? FC_AUDIT_DRIFT_PERMUTED : o.n_permutations;
    o.n_moved = o.n_moved == 0 ? FC_AUDIT_DRIFT_MOVED : o.n_moved;
    o.n_threads = o.n_threads == 0 ? fc__cpu_count() : o.n_threads;
    o.memory_bytes = o.memory_bytes == 0 ? MEMORY_BYTES : o.memory_bytes;
    return o;
}

void *fc__drift_own(fc_drift_run *r, size_t n, size_t size)
{
    return fc__result_own(r->own, fc__alloc_array(n, size));
}

static fc_status read_policy(fc_drift_run *r, fc_buf *problems, fc_error *err)
{
    r->policy = fc__policy_built_in();
    return r->opts.policy == NULL ? FC_OK
                                  : fc__policy_load(&r->policy, r->opts.policy, problems, err);
}

/* Versions, filter, pairs and groups. */
static fc_status open_pairs(fc_drift_run *r, fc_error *err)
{
    const fc_audit_drift_options *o = &r->opts;
    fc_status st = FC_OK;

    if (o->where != NULL)
        st = fc__filter_parse(&r->where, o->where, err);
    r->filter.where = r->where;
    if (st == FC_OK && o->dataset != NULL)
        st = fc_snapshot_find_dataset(r->snapshot, o->dataset, &r->filter.dataset,
                                      &r->filter.version, err);
    if (st == FC_OK)
        st = fc__audit_pick(&r->pairs.sides[0].picked, r->snapshot, o->from, o->output, err);
    if (st == FC_OK)
        st = fc__audit_pick(&r->pairs.sides[1].picked, r->snapshot, o->to, o->output, err);
    if (st == FC_OK)
        st = fc__audit_pairs_list(&r->pairs, r->snapshot, &r->filter, o->pooling, err);
    if (st == FC_OK && r->pairs.n <= o->k)
        st = fc_error_set(err, FC_E_INVALID, "%u neighbours of %zu samples: give a smaller -k",
                          o->k, r->pairs.n);
    if (st == FC_OK)
        st = fc__audit_groups_read(&r->groups, &r->pairs, &r->filter, o->by, o->n_by, err);
    return st;
}

static fc_status measure(fc_drift_run *r, fc_drift_state *s, bool positions, fc_drift_view *out,
                         fc_error *err)
{
    fc_status st = fc__drift_state_init(s, &r->opts, &r->pairs, positions,
                                        positions ? &r->report->n_unalike : NULL, err);

    if (st == FC_OK)
        st = fc__drift_gather(s, err);
    if (st == FC_OK && !positions && s->p == s->q)
        st = fc__drift_choose_moved(s, err);
    if (st == FC_OK)
        st = fc__drift_neighbours(s, err);
    return st == FC_OK ? fc__drift_figures(s, out, err) : st;
}

static fc_status describe_side(fc_drift_run *r, size_t side, fc_drift_side *out, fc_error *err)
{
    const fc_audit_side *s = &r->pairs.sides[side];

    *out = (fc_drift_side){.encoder = fc__result_keep(r->own, s->picked.encoder->name),
                           .fingerprint = fc__result_keep(r->own, s->picked.encoder->fingerprint),
                           .output = fc__result_keep(r->own, s->picked.output->name),
                           .version = s->picked.encoder->id,
                           .n_items = s->n_items,
                           .n_alone = s->n_alone};
    return out->encoder == NULL || out->fingerprint == NULL || out->output == NULL
               ? fc__nomem(err, 128, "a report")
               : FC_OK;
}

static fc_status describe(fc_drift_run *r, fc_error *err)
{
    fc_audit_drift_report *p = r->report;
    char pooling[64] = "";
    fc_status st = describe_side(r, 0, &p->from, err);

    if (st == FC_OK)
        st = describe_side(r, 1, &p->to, err);
    if (r->pairs.pooling.kind != 0)
        fc__pooling_name(&r->pairs.pooling, pooling);
    p->pooling = pooling[0] != '\0' ? fc__result_keep(r->own, pooling) : NULL;
    p->policy = fc__result_keep(r->own, r->policy.name);
    p->fail_on = fc__policy_fail_on(&r->policy);
    p->k = r->opts.k;
    p->seed = r->opts.seed;
    return st;
}

/* Positions that cannot be compared (all items differ in their number) are no failure of the whole.
 */
static fc_status measure_positions(fc_drift_run *r, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    const fc_status st = measure(r, &r->positions, true, &r->report->positions, &inner);

    if (st == FC_E_INVALID && r->positions.n < FC_AUDIT_LEAST) {
        r->report->positions = (fc_drift_view){.n = 0};
        return FC_OK;
    }
    return st == FC_OK ? FC_OK : fc_error_set(err, st, "%s", inner.message);
}

static fc_status audit(fc_drift_run *r, fc_error *err)
{
    fc_status st = open_pairs(r, err);

    if (st == FC_OK)
        st = describe(r, err);
    if (st == FC_OK)
        st = measure(r, &r->overall, false, &r->report->overall, err);
    if (st == FC_OK && fc__audit_pairs_has_positions(&r->pairs))
        st = measure_positions(r, err);
    if (st == FC_OK)
        st = fc__drift_groups(r, err);
    if (st == FC_OK)
        st = fc__drift_curve(r, err);
    if (st == FC_OK)
        st = fc__drift_moved(r, err);
    if (st == FC_OK)
        st = fc__drift_changes(r, err);
    if (st == FC_OK)
        st = fc__drift_plots(r, err);
    return st == FC_OK ? fc__drift_judge(r, err) : st;
}

static void dispose(fc_drift_run *r)
{
    fc__drift_state_dispose(&r->overall);
    fc__drift_state_dispose(&r->positions);
    fc__audit_groups_dispose(&r->groups);
    fc__audit_pairs_dispose(&r->pairs);
    fc__filter_destroy(r->where);
    fc_snapshot_end(r->snapshot);
}

/* All problems of the policy file, for the caller to free. */
static void hand_over(fc_buf *problems, char **out)
{
    if (out != NULL && problems->size > 0)
        *out = fc__strndup((const char *)problems->data, problems->size);
    fc_buf_dispose(problems);
}

fc_status fc_audit_drift(fc_audit_drift_report **out, fc_store *store,
                         const fc_audit_drift_options *opts, char **problems, fc_error *err)
{
    const uint64_t start = fc__now_ns();
    fc_drift_run r = {.snapshot = NULL};
    fc_buf policy_problems = FC_BUF_INIT;
    owned_report *all;
    fc_status st = check(opts, err);

    *out = NULL;
    if (problems != NULL)
        *problems = NULL;
    if (st != FC_OK)
        return st;
    r.opts = with_defaults(opts);
    all = calloc(1, sizeof(*all));
    if (all == NULL)
        return fc__nomem(err, sizeof(*all), "a report");
    r.report = &all->public;
    st = fc__result_create(&all->own, 0, err);
    r.own = all->own;
    if (st == FC_OK)
        st = read_policy(&r, &policy_problems, err);
    if (st == FC_OK)
        st = fc_snapshot_begin(&r.snapshot, store, err);
    if (st == FC_OK)
        st = audit(&r, err);
    dispose(&r);
    hand_over(&policy_problems, problems);
    all->public.seconds = (double)(fc__now_ns() - start) * 1e-9;
    if (st == FC_OK)
        *out = &all->public;
    else
        fc_audit_drift_destroy(&all->public);
    return st;
}

void fc_audit_drift_destroy(fc_audit_drift_report *report)
{
    owned_report *all = (owned_report *)report;

    if (all == NULL)
        return;
    if (all->own != NULL)
        fc_query_result_destroy(fc__result_of(all->own));
    free(all);
}
