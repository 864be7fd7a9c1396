/*
 * The public calls about spaces: declare one from a file, list those of a store.
 */
#include <stdlib.h>
#include <string.h>

#include <featcache/space.h>

#include "fc_alloc.h"
#include "space_artefact.h"
#include "space_declare.h"

/* ---- declaring ---- */

static fc_status to_row(const fc_space_file *file, fc_space_row *row, fc_error *err)
{
    *row = (fc_space_row){
        .name = fc__strdup(file->name), .kind = FC_SPACE_DECLARED, .dim = (uint32_t)file->dim};
    if (row->name == NULL)
        return fc__nomem(err, strlen(file->name), "a space");
    for (size_t i = 0; i < file->n_members; i++) {
        const fc_card *card = file->members[i].card;
        fc_space_member *m = &row->members[row->n_members++];

        if (file->members[i].head != NULL)
            row->kind = FC_SPACE_HEADED;
        *m = (fc_space_member){.fingerprint = card->fingerprint,
                               .modality = card->modality,
                               .encoder = fc__strdup(card->name),
                               .output = fc__strdup(file->members[i].output),
                               .card = fc__strdup(card->canonical),
                               .branch = (uint32_t)i};
        if (m->encoder == NULL || m->output == NULL || m->card == NULL)
            return fc__nomem(err, strlen(card->canonical), "a space");
    }
    return FC_OK;
}

/* The member's projection out of its file; the identity where it has none beside others that do. */
static fc_status import_head(const fc_space_file_member *m, fc_head *out, fc_error *err)
{
    fc_pooling pooling = {.kind = FC_POOLING_NONE};
    fc_status st = FC_OK;

    if (m->pooling != NULL)
        st = fc__pooling_parse(&pooling, m->pooling, err);
    if (st == FC_OK && m->head != NULL)
        return fc__head_import(out, m->head, &pooling, (uint32_t)m->dim, err);
    *out = (fc_head){.dim = (uint32_t)m->dim, .fuse = FC_FUSE_ONE, .n_inputs = 1};
    out->inputs[0] = (fc_head_input){.pooling = pooling, .dim = (uint32_t)m->dim};
    return st;
}

/* Heads of all members, each one's bytes in `artefacts`. */
static fc_status import_heads(const fc_space_file *file, fc_space_row *row, fc_buf *artefacts,
                              fc_error *err)
{
    fc_status st = FC_OK;

    row->dim = 0;
    for (size_t i = 0; i < file->n_members && st == FC_OK; i++) {
        const fc_space_file_member *m = &file->members[i];
        fc_head head = FC_HEAD_INIT;

        st = import_head(m, &head, err);
        if (st == FC_OK && row->dim != 0 && head.dim != row->dim)
            st =
                fc_error_set(err, FC_E_FORMAT,
                             "'%.200s' maps to %u dimensions, the members before it to %u: vectors "
                             "of one space have one length",
                             m->head != NULL ? m->head : m->path, head.dim, row->dim);
        row->dim = head.dim;
        if (st == FC_OK)
            st = fc__artefact_write_head(&head, &row->members[i], 1, &artefacts[i], err);
        if (st == FC_OK)
            st = fc__artefact_id(artefacts[i].data, artefacts[i].size, &row->heads[i], err);
        fc__head_dispose(&head);
    }
    row->n_branches = file->n_members;
    row->origin.method = fc__strdup("imported");
    row->origin.split = fc__strdup("");
    return st != FC_OK ? st
           : row->origin.method != NULL && row->origin.split != NULL
               ? FC_OK
               : fc__nomem(err, 16, "a space");
}

fc_status fc__space_put(fc_store *store, const fc_space_file *file, bool *changed, fc_error *err)
{
    fc_buf artefacts[FC_SPACE_FILE_MEMBERS_MAX];
    fc_space_row row;
    size_t n = 0;
    fc_status st = to_row(file, &row, err);

    *changed = false;
    for (size_t i = 0; i < FC_SPACE_FILE_MEMBERS_MAX; i++)
        artefacts[i] = (fc_buf)FC_BUF_INIT;
    if (st == FC_OK && row.kind == FC_SPACE_HEADED) {
        st = import_heads(file, &row, artefacts, err);
        n = file->n_members;
    }
    if (st == FC_OK)
        st = fc__store_put_space(store, &row, artefacts, n, changed, err);
    for (size_t i = 0; i < n; i++)
        fc_buf_dispose(&artefacts[i]);
    fc__space_row_dispose(&row);
    return st;
}

fc_status fc_space_declare(fc_store *store, const char *path, const fc_neural_options *neural,
                           bool *changed, char **problems, fc_error *err)
{
    fc_buf collected = FC_BUF_INIT;
    fc_space_file file;
    bool is_new = false;
    fc_status st = fc__space_file_load(&file, path, neural, &collected, err);

    if (problems != NULL)
        *problems =
            collected.size > 0 ? fc__strndup((const char *)collected.data, collected.size) : NULL;
    fc_buf_dispose(&collected);
    if (st == FC_OK)
        st = fc__space_put(store, &file, &is_new, err);
    if (changed != NULL)
        *changed = is_new;
    fc__space_file_dispose(&file);
    return st;
}

/* ---- listing ---- */

/* What a list is made of, behind its public part. */
typedef struct owned_list {
    fc_space_list list; /* first */
    fc_space_info *infos;
    fc_space_output *outputs;
    char (*fingerprints)[FC_SHA256_HEX_BYTES];
    fc_space_row *rows;
    fc_fit_record *records; /* a row; empty where there is none */
    size_t n_rows;
} owned_list;

void fc_space_list_destroy(fc_space_list *list)
{
    owned_list *o = (owned_list *)(void *)list;

    if (o == NULL)
        return;
    for (size_t i = 0; o->records != NULL && i < o->n_rows; i++)
        fc__fit_record_dispose(&o->records[i]);
    free(o->records);
    fc__spaces_free(o->rows, o->n_rows);
    free(o->infos);
    free(o->outputs);
    free(o->fingerprints);
    free(o);
}

static bool is_stored(const fc_encoder_info *list, size_t n, const fc_space_output *o)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, o->encoder) == 0 &&
            strcmp(list[i].fingerprint, o->fingerprint) == 0)
            return true;
    return false;
}

static void fill(owned_list *o, const fc_encoder_info *encoders, size_t n_encoders)
{
    size_t at = 0;

    for (size_t i = 0; i < o->n_rows; i++) {
        const fc_space_row *row = &o->rows[i];

        o->infos[i] =
            (fc_space_info){.name = row->name,
                            .version = row->version,
                            .dim = row->dim,
                            .created_ns = row->created_ns,
                            .n_members = row->n_members,
                            .members = &o->outputs[at],
                            .method = row->kind == FC_SPACE_HEADED ? row->origin.method : NULL,
                            .n_seen = o->records[i].n_seen,
                            .record_json = o->records[i].json};
        for (size_t k = 0; k < row->n_members; k++, at++) {
            const fc_space_member *m = &row->members[k];

            fc__sha256_hex(&m->fingerprint, o->fingerprints[at]);
            o->outputs[at] = (fc_space_output){.encoder = m->encoder,
                                               .fingerprint = o->fingerprints[at],
                                               .output = m->output,
                                               .modality = m->modality,
                                               .head = m->branch};
            o->outputs[at].stored = is_stored(encoders, n_encoders, &o->outputs[at]);
        }
    }
    o->list = (fc_space_list){.n = o->n_rows, .spaces = o->infos};
}

/* Adapters are rows of the same table, and listed by fc_adapters(). */
static void leave_adapters_out(owned_list *o)
{
    size_t kept = 0;

    for (size_t i = 0; i < o->n_rows; i++) {
        if (o->rows[i].kind == FC_SPACE_ADAPTER)
            fc__space_row_dispose(&o->rows[i]);
        else
            o->rows[kept++] = o->rows[i];
    }
    o->n_rows = kept;
}

/* The records of the fits, where there are some. */
static fc_status read_records(owned_list *o, fc_snapshot *s, fc_error *err)
{
    fc_status st = FC_OK;

    o->records = fc__alloc_array(o->n_rows, sizeof(*o->records));
    if (o->records == NULL)
        return fc__nomem(err, o->n_rows * sizeof(*o->records), "a list of spaces");
    for (size_t i = 0; i < o->n_rows && st == FC_OK; i++) {
        const fc_artefact_id *id = &o->rows[i].origin.record;
        fc_buf bytes = FC_BUF_INIT;

        if (fc__artefact_is_none(id))
            continue;
        st = fc__snapshot_artefact(s, id, &bytes, err);
        if (st == FC_OK)
            st = fc__artefact_read_record(&o->records[i], &bytes, err);
        fc_buf_dispose(&bytes);
    }
    return st;
}

fc_status fc_spaces(fc_snapshot *snapshot, fc_space_list **out, fc_error *err)
{
    owned_list *o = calloc(1, sizeof(*o));
    const fc_encoder_info *encoders = NULL;
    size_t n_encoders = 0, n = 0;
    fc_status st;

    *out = NULL;
    if (o == NULL)
        return fc__nomem(err, sizeof(*o), "a list of spaces");
    st = fc__snapshot_spaces(snapshot, &o->rows, &o->n_rows, err);
    leave_adapters_out(o);
    if (st == FC_OK)
        st = fc_snapshot_encoders(snapshot, &encoders, &n_encoders, err);
    if (st == FC_OK)
        st = read_records(o, snapshot, err);
    for (size_t i = 0; st == FC_OK && i < o->n_rows; i++)
        n += o->rows[i].n_members;
    if (st == FC_OK) {
        o->infos = fc__alloc_array(o->n_rows, sizeof(*o->infos));
        o->outputs = fc__alloc_array(n, sizeof(*o->outputs));
        o->fingerprints = fc__alloc_array(n, sizeof(*o->fingerprints));
        if (o->infos == NULL || o->outputs == NULL || o->fingerprints == NULL)
            st = fc__nomem(err, n * sizeof(*o->outputs), "a list of spaces");
    }
    if (st != FC_OK) {
        fc_space_list_destroy(&o->list);
        return st;
    }
    fill(o, encoders, n_encoders);
    *out = &o->list;
    return FC_OK;
}
