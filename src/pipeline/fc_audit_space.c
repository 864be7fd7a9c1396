/*
 * fc_audit_space(): the parts of an audit of a space, one after the other.
 */
#include <stdlib.h>
#include <string.h>

#include "audit_space_sums.h"
#include "fc_alloc.h"
#include "fc_queue.h"

#define K            10u
#define SAMPLE       ((size_t)2000)
#define PERMUTATIONS 200u
#define NEAR         0.95
#define MAX_COMPARED ((size_t)200000)
#define MEMORY_BYTES (UINT64_C(1) << 30)

static fc_status check_numbers(const fc_audit_space_options *o, fc_error *err)
{
    if (o->k == 1 || o->k > FC_AUDIT_SPACE_K_MAX)
        return fc_error_set(err, FC_E_INVALID, "%u neighbours; give 2 to %u", o->k,
                            FC_AUDIT_SPACE_K_MAX);
    if (o->sample != 0 && (o->sample < FC_AUDIT_LEAST || o->sample > FC_AUDIT_SPACE_SAMPLE_MAX))
        return fc_error_set(err, FC_E_INVALID, "a sample of %zu; give %u to %u", o->sample,
                            FC_AUDIT_LEAST, FC_AUDIT_SPACE_SAMPLE_MAX);
    if (!(o->near >= 0) || o->near > 1)
        return fc_error_set(err, FC_E_INVALID,
                            "duplicates from a cosine of %g; give one above 0, at most 1", o->near);
    return FC_OK;
}

static fc_status check(const fc_audit_space_options *o, fc_error *err)
{
    if (o->struct_size != sizeof(*o))
        return fc_error_set(err, FC_E_INVALID,
                            "audit options: struct_size is %zu; start from "
                            "FC_AUDIT_SPACE_OPTIONS_INIT",
                            o->struct_size);
    if ((o->space == NULL) == (o->encoder == NULL))
        return fc_error_set(err, FC_E_INVALID, "give one of space and encoder");
    if (o->space != NULL && o->output != NULL)
        return fc_error_set(err, FC_E_INVALID, "a space has its outputs: give none");
    if (o->n_by > FC_AUDIT_SPACE_BY_MAX)
        return fc_error_set(err, FC_E_INVALID, "%zu columns; at most %u", o->n_by,
                            FC_AUDIT_SPACE_BY_MAX);
    return check_numbers(o, err);
}

static void fill_in(fc_audit_space_options *o)
{
    o->k = o->k == 0 ? K : o->k;
    o->sample = o->sample == 0 ? SAMPLE : o->sample;
    o->n_permutations = o->n_permutations == 0 ? PERMUTATIONS : o->n_permutations;
    o->near = o->near == 0 ? NEAR : o->near;
    o->max_compared = o->max_compared == 0 ? MAX_COMPARED : o->max_compared;
    o->memory_bytes = o->memory_bytes == 0 ? MEMORY_BYTES : o->memory_bytes;
    o->n_threads = o->n_threads == 0 ? fc__cpu_count() : o->n_threads;
}

static fc_status measure(fc_space_audit_run *run, fc_error *err)
{
    fc_space_sums sums = {.n_folds = 0};
    fc_status st;

    st = fc__space_audit_items(run, err);
    if (st == FC_OK)
        st = fc__space_audit_near(run, err);
    if (st == FC_OK)
        st = fc__space_sums_make(&sums, run, err);
    if (st == FC_OK)
        st = fc__space_audit_shapes(run, &sums, err);
    if (st == FC_OK)
        st = fc__space_audit_gaps(run, &sums, err);
    fc__space_sums_dispose(&sums);
    if (st == FC_OK)
        st = fc__space_audit_hubs(run, err);
    if (st == FC_OK)
        st = fc__space_audit_recall(run, err);
    if (st == FC_OK)
        st = fc__space_audit_leaks(run, err);
    return st == FC_OK ? fc__space_audit_tell(run, err) : st;
}

static void dispose(fc_space_audit_run *run)
{
    for (size_t i = 0; i < FC_AUDIT_MODALITIES; i++) {
        for (size_t j = 0; j < FC_AUDIT_MODALITIES; j++)
            fc__knn_lists_dispose(&run->near[i][j]);
        free(run->items[i].contents);
        free(run->items[i].asked);
        free(run->items[i].rows);
    }
    fc__eval_method_dispose(&run->method);
    fc_snapshot_end(run->snapshot);
    free(run);
}

fc_status fc_audit_space(fc_audit_space_report **out, fc_store *store,
                         const fc_audit_space_options *given, fc_error *err)
{
    const uint64_t start = fc__now_ns();
    fc_audit_space_options opts;
    fc_space_audit_run *run;
    fc_space_audit_result *result;
    fc_status st = check(given, err);

    *out = NULL;
    if (st != FC_OK)
        return st;
    opts = *given;
    fill_in(&opts);
    run = calloc(1, sizeof(*run));
    result = calloc(1, sizeof(*result));
    if (run == NULL || result == NULL) {
        free(run);
        free(result);
        return fc__nomem(err, sizeof(*run) + sizeof(*result), "an audit");
    }
    run->opts = &opts;
    run->store = store;
    run->out = result;
    result->public.k = opts.k;
    st = fc_snapshot_begin(&run->snapshot, store, err);
    if (st == FC_OK)
        st = measure(run, err);
    dispose(run);
    result->public.seconds = (double)(fc__now_ns() - start) * 1e-9;
    if (st == FC_OK)
        *out = &result->public;
    else
        fc_audit_space_destroy(&result->public);
    return st;
}
