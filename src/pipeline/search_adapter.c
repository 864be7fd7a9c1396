/*
 * Adapters in the way of a query.
 */
#include "search_adapter.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_store_read.h"

void fc__query_adapter_dispose(fc_query_adapter *a)
{
    fc__space_row_dispose(&a->row);
    fc__head_dispose(&a->head);
    fc__live_set_dispose(&a->rest);
    free(a->mapped);
    *a = (fc_query_adapter){.mapped = NULL};
}

/* The row's two versions and its map. */
static fc_status load(fc_query_adapter *a, fc_snapshot *s, fc_error *err)
{
    fc_status st =
        fc__adapter_side(s, &a->row.members[FC_ADAPTER_TARGET], a->row.dim, &a->old, err);

    if (st == FC_OK)
        st = fc__adapter_side(s, &a->row.members[FC_ADAPTER_SOURCE], 0, &a->new_one, err);
    for (size_t i = 0; i < 2 && st == FC_OK; i++)
        if ((i == FC_ADAPTER_TARGET ? &a->old : &a->new_one)->encoder == NULL)
            st = fc_error_set(err, FC_E_NOT_FOUND,
                              "adapter '%s' is between versions of which the store has not that of "
                              "encoder '%s': it was collected, or never ingested",
                              a->row.name, a->row.members[i].encoder);
    if (st == FC_OK)
        st = fc__adapter_head(s, &a->row, &a->head, err);
    if (st == FC_OK && a->head.inputs[0].dim != a->new_one.output->shape[0])
        st = fc_error_set(err, FC_E_CORRUPT, "adapter '%s' does not fit '%s' of encoder '%s'",
                          a->row.name, a->new_one.output->name, a->new_one.encoder->name);
    return st;
}

fc_status fc__query_adapter_named(fc_query_adapter *out, fc_snapshot *s, const char *name,
                                  fc_error *err)
{
    fc_status st = fc__adapter_find(s, name, &out->row, err);

    if (st == FC_OK && out->row.adapter.migrates)
        st = fc_error_set(err, FC_E_INVALID,
                          "adapter '%s' maps what is stored, not queries: fit one that does with "
                          "featcache adapt",
                          out->row.name);
    return st == FC_OK ? load(out, s, err) : st;
}

/* --- switches -----------------------------------------------------------------------------------
 */

static bool is_member(const fc_space_member *m, const fc_picked *p)
{
    char fingerprint[FC_SHA256_HEX_BYTES];

    fc__sha256_hex(&m->fingerprint, fingerprint);
    return strcmp(m->encoder, p->encoder->name) == 0 &&
           strcmp(fingerprint, p->encoder->fingerprint) == 0 &&
           strcmp(m->output, p->output->name) == 0;
}

/* Whether the row's switch leads away from `picked`. */
static bool leads_on(const fc_space_row *r, const fc_picked *picked)
{
    if (r->kind != FC_SPACE_ADAPTER || r->adapter.stage == FC_STAGE_NONE)
        return false;
    return (r->adapter.stage != FC_STAGE_NEW &&
            is_member(&r->members[FC_ADAPTER_SOURCE], picked)) ||
           (r->adapter.stage != FC_STAGE_OLD && is_member(&r->members[FC_ADAPTER_TARGET], picked));
}

/* Follow one switch: to a version, or to an adapter, where the way ends. */
static fc_status follow(fc_query_adapter *out, fc_snapshot *s, fc_space_row *r, fc_picked *picked,
                        fc_error *err)
{
    const fc_adapter_stage stage = r->adapter.stage;
    const size_t to = stage == FC_STAGE_NEW ? FC_ADAPTER_SOURCE : FC_ADAPTER_TARGET;
    fc_picked next;
    fc_status st;

    if (stage == FC_STAGE_ADAPTER || stage == FC_STAGE_DUAL) {
        out->row = *r;
        *r = (fc_space_row){.n_members = 0};
        out->dual = stage == FC_STAGE_DUAL;
        out->from_stage = true;
        st = load(out, s, err);
        *picked = out->new_one;
        return st;
    }
    st = fc__adapter_side(s, &r->members[to], to == FC_ADAPTER_TARGET ? r->dim : 0, &next, err);
    if (st == FC_OK && next.encoder != NULL) /* else it was collected: what there is answers */
        *picked = next;
    return st;
}

fc_status fc__query_adapter_staged(fc_query_adapter *out, fc_snapshot *s, fc_picked *picked,
                                   fc_error *err)
{
    fc_space_row *list = NULL;
    size_t n = 0;
    bool moved = true;
    fc_status st = fc__snapshot_spaces(s, &list, &n, err);

    /* One switch may lead to the next; each is followed once, so that there is an end. */
    for (size_t left = n; left > 0 && moved && st == FC_OK && !fc__query_adapter_is_on(out);
         left--) {
        moved = false;
        for (size_t i = 0; i < n && !moved && st == FC_OK; i++)
            if (leads_on(&list[i], picked)) {
                st = follow(out, s, &list[i], picked, err);
                list[i].kind = FC_SPACE_DECLARED; /* done with */
                moved = true;
            }
    }
    fc__spaces_free(list, n);
    return st;
}

fc_status fc__query_adapter_check_items(const fc_query_adapter *a, fc_snapshot *s,
                                        const fc_terms *terms, const char **missing, fc_error *err)
{
    *missing = NULL;
    for (size_t i = 0; i < terms->n; i++) {
        fc_tensor item = FC_TENSOR_INIT;
        fc_status st;

        if (terms->list[i].asked.kind != FC_QUERY_ID)
            continue;
        st = fc_snapshot_get_item(s, a->new_one.encoder->id, a->new_one.output->id,
                                  terms->selves[i].content, &item, err);
        fc_tensor_dispose(&item);
        if (st == FC_E_NOT_FOUND) {
            *missing = terms->list[i].asked.value;
            return FC_OK;
        }
        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}

/* --- searching ----------------------------------------------------------------------------------
 */

void fc__query_adapter_lanes(const fc_query_adapter *a, fc_lanes *lanes)
{
    lanes->n = 0;
    if (a->dual)
        lanes->picked[lanes->n++] = a->new_one;
    lanes->picked[lanes->n++] = a->old;
    lanes->branches[0] = lanes->branches[1] = NULL;
}

fc_status fc__query_adapter_map(fc_query_adapter *a, const float *question, fc_error *err)
{
    const fc_head_item item = {.rows = question, .n_rows = 1};

    a->mapped = fc__alloc_array(a->head.dim, sizeof(*a->mapped));
    if (a->mapped == NULL)
        return fc__nomem(err, a->head.dim * sizeof(*a->mapped), "a query vector");
    return fc__head_apply(&a->head, &item, a->mapped, err);
}

/* What a lane can find: its items among the contents that are allowed. */
static const fc_content_set *may_find(const fc_ranking_lane *lane)
{
    return lane->allowed != NULL ? lane->allowed : &lane->index->live.set;
}

/* Contents of the old version's lane without those that the new one has an item of. */
static fc_status find_rest(fc_query_adapter *a, fc_snapshot *s, const fc_content_set *new_set,
                           const fc_content_set *old_set, fc_error *err)
{
    uint64_t *contents = NULL;
    size_t n = 0;
    fc_status st = fc__snapshot_item_contents(s, a->new_one.encoder->id, a->new_one.output->id,
                                              &contents, &n, err);

    fc__live_set_dispose(&a->rest);
    for (uint64_t i = 0; i < old_set->n && st == FC_OK; i++)
        if (fc__content_set_has(old_set, old_set->base + i))
            st = fc__live_set_add(&a->rest, old_set->base + i, err);
    for (size_t i = 0; i < n && st == FC_OK; i++)
        if (fc__content_set_has(new_set, contents[i]))
            fc__live_set_remove(&a->rest, contents[i]);
    free(contents);
    return st;
}

fc_status fc__query_adapter_rank(fc_query_adapter *a, fc_snapshot *s, fc_ranking_lane *lanes,
                                 uint64_t *count, fc_error *err)
{
    fc_ranking_lane *old = &lanes[a->dual ? 1 : 0];
    fc_status st = FC_OK;

    old->query = a->mapped;
    old->adapted = true;
    if (!a->dual)
        return FC_OK;
    old->line = (fc_score_line){a->row.adapter.score_slope, a->row.adapter.score_shift};
    st = find_rest(a, s, may_find(&lanes[0]), may_find(old), err);
    old->allowed = &a->rest.set;
    *count = lanes[0].index->live.set.n_set + a->rest.set.n_set;
    return st;
}

fc_status fc__query_adapter_describe(const fc_query_adapter *a, fc_result_builder *out,
                                     fc_error *err)
{
    fc_query_result *r = fc__result_of(out);
    char hash[FC_ARTEFACT_HEX_BYTES];

    r->adapter = fc__result_keep(out, a->row.name);
    fc__artefact_hex(&a->row.heads[0], hash);
    r->adapter_hash = fc__result_keep(out, hash);
    r->adapter_stage = a->dual ? FC_STAGE_DUAL : FC_STAGE_ADAPTER;
    r->adapted_encoder = fc__result_keep(out, a->old.encoder->name);
    r->adapted_fingerprint = fc__result_keep(out, a->old.encoder->fingerprint);
    r->adapted_output = fc__result_keep(out, a->old.output->name);
    return r->adapter != NULL && r->adapter_hash != NULL && r->adapted_encoder != NULL &&
                   r->adapted_fingerprint != NULL && r->adapted_output != NULL
               ? FC_OK
               : fc__nomem(err, 64, "a result");
}
