/*
 * Adapters listed, and switches from stage to stage.
 */
#include <stdlib.h>
#include <string.h>

#include <featcache/adapt.h>

#include "adapter_store.h"
#include "fc_alloc.h"
#include "search_live.h"
#include "space_artefact.h"

static const char *const stage_names[] = {"none", "old", "adapter", "dual", "new"};

const char *fc_adapter_stage_name(fc_adapter_stage stage)
{
    return stage_names[stage];
}

fc_status fc_adapter_stage_parse(fc_adapter_stage *out, const char *name)
{
    for (*out = FC_STAGE_NONE; *out <= FC_STAGE_NEW; ++*out)
        if (strcmp(name, stage_names[*out]) == 0)
            return FC_OK;
    return FC_E_INVALID;
}

/* --- the list -----------------------------------------------------------------------------------
 */

/* What a list is made of, behind its public part. */
typedef struct owned_list {
    fc_adapter_list list; /* first */
    fc_adapter_info *infos;
    fc_space_row *rows;
    char (*fingerprints)[2][FC_SHA256_HEX_BYTES];
    fc_fit_record *records;
    size_t n_rows;
} owned_list;

void fc_adapter_list_destroy(fc_adapter_list *list)
{
    owned_list *o = (owned_list *)(void *)list;

    if (o == NULL)
        return;
    for (size_t i = 0; o->records != NULL && i < o->n_rows; i++)
        fc__fit_record_dispose(&o->records[i]);
    free(o->records);
    free(o->fingerprints);
    free(o->infos);
    fc__spaces_free(o->rows, o->n_rows);
    free(o);
}

static fc_status fill_side(fc_adapter_side *out, fc_snapshot *s, const fc_space_member *m,
                           char fingerprint[FC_SHA256_HEX_BYTES], fc_error *err)
{
    fc_picked picked;
    const fc_status st = fc__adapter_side(s, m, 0, &picked, err);

    fc__sha256_hex(&m->fingerprint, fingerprint);
    *out = (fc_adapter_side){.encoder = m->encoder,
                             .fingerprint = fingerprint,
                             .output = m->output,
                             .stored = picked.encoder != NULL};
    return st;
}

static fc_status fill(owned_list *o, size_t row, size_t at, fc_snapshot *s, fc_error *err)
{
    const fc_space_row *r = &o->rows[row];
    fc_adapter_info *info = &o->infos[at];
    const size_t old = r->adapter.migrates ? FC_ADAPTER_SOURCE : FC_ADAPTER_TARGET;
    fc_buf bytes = FC_BUF_INIT;
    fc_status st = fc__snapshot_artefact(s, &r->origin.record, &bytes, err);

    if (st == FC_OK)
        st = fc__artefact_read_record(&o->records[row], &bytes, err);
    fc_buf_dispose(&bytes);
    *info = (fc_adapter_info){.name = r->name,
                              .version = r->version,
                              .created_ns = r->created_ns,
                              .modality = r->members[0].modality,
                              .migrate = r->adapter.migrates,
                              .stage = r->adapter.stage,
                              .method = r->origin.method,
                              .fit_json = o->records[row].json};
    if (st == FC_OK)
        st = fill_side(&info->from, s, &r->members[old], o->fingerprints[row][0], err);
    if (st == FC_OK)
        st = fill_side(&info->to, s, &r->members[1 - old], o->fingerprints[row][1], err);
    return st;
}

fc_status fc_adapters(fc_snapshot *snapshot, fc_adapter_list **out, fc_error *err)
{
    owned_list *o = calloc(1, sizeof(*o));
    fc_status st;

    *out = NULL;
    if (o == NULL)
        return fc__nomem(err, sizeof(*o), "a list of adapters");
    st = fc__snapshot_spaces(snapshot, &o->rows, &o->n_rows, err);
    if (st == FC_OK) {
        o->infos = fc__alloc_array(o->n_rows, sizeof(*o->infos));
        o->fingerprints = fc__alloc_array(o->n_rows, sizeof(*o->fingerprints));
        o->records = fc__alloc_array(o->n_rows, sizeof(*o->records));
        if (o->infos == NULL || o->fingerprints == NULL || o->records == NULL)
            st = fc__nomem(err, o->n_rows * sizeof(*o->infos), "a list of adapters");
    }
    for (size_t i = 0; i < o->n_rows && st == FC_OK; i++)
        if (o->rows[i].kind == FC_SPACE_ADAPTER)
            st = fill(o, i, o->list.n++, snapshot, err);
    o->list.adapters = o->infos;
    if (st != FC_OK) {
        fc_adapter_list_destroy(&o->list);
        return st;
    }
    *out = &o->list;
    return FC_OK;
}

/* --- switching ----------------------------------------------------------------------------------
 */

/* What a stage searches: nothing of it sealed would find nothing. */
static fc_status check_sealed(fc_snapshot *s, const fc_space_member *m, fc_adapter_stage stage,
                              fc_error *err)
{
    const fc_dataset_info *list = NULL;
    fc_picked picked;
    size_t n = 0;
    fc_status st = fc__adapter_side(s, m, 0, &picked, err);

    if (st == FC_OK)
        st = fc_snapshot_datasets(s, &list, &n, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n && picked.encoder != NULL; i++)
        if (fc__dataset_covers(&list[i], NULL, picked.encoder->id, picked.output->id))
            return FC_OK;
    return fc_error_set(err, FC_E_INVALID,
                        "no data set is sealed with '%s' of encoder '%s', which stage %s searches: "
                        "ingest with it first",
                        m->output, m->encoder, fc_adapter_stage_name(stage));
}

static fc_status check_stage(fc_snapshot *s, const fc_space_row *row, fc_adapter_stage stage,
                             fc_error *err)
{
    if (row->adapter.migrates)
        return fc_error_set(err, FC_E_INVALID,
                            "adapter '%s' is to migrate by: a switch goes by one that maps queries",
                            row->name);
    return stage == FC_STAGE_NONE
               ? FC_OK
               : check_sealed(
                     s,
                     &row->members[stage == FC_STAGE_NEW ? FC_ADAPTER_SOURCE : FC_ADAPTER_TARGET],
                     stage, err);
}

fc_status fc_adapter_switch(fc_store *store, const char *name, fc_adapter_stage stage,
                            bool *changed, fc_error *err)
{
    fc_space_row row = {.n_members = 0};
    fc_snapshot *s = NULL;
    bool is_new = false;
    fc_status st;

    if (stage < FC_STAGE_NONE || stage > FC_STAGE_NEW)
        return fc_error_set(err, FC_E_INVALID, "no stage has the number %d", (int)stage);
    st = fc_snapshot_begin(&s, store, err);
    if (st == FC_OK)
        st = fc__adapter_find(s, name, &row, err);
    if (st == FC_OK)
        st = check_stage(s, &row, stage, err);
    fc_snapshot_end(s);
    row.adapter.stage = stage;
    if (st == FC_OK)
        st = fc__store_put_space(store, &row, NULL, 0, &is_new, err);
    if (changed != NULL)
        *changed = is_new;
    fc__space_row_dispose(&row);
    return st;
}
