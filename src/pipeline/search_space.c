/*
 * Members of a space against what a store holds.
 */
#include "search_space.h"

#include <string.h>

#include "fc_buf.h"

void fc__query_space_dispose(fc_query_space *q)
{
    fc__space_row_dispose(&q->row);
}

/* The store's version of a member, with the member's output. */
static fc_picked find_stored(const fc_encoder_info *list, size_t n, const fc_space_member *m,
                             uint32_t dim)
{
    char fingerprint[FC_SHA256_HEX_BYTES];

    fc__sha256_hex(&m->fingerprint, fingerprint);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, m->encoder) != 0 || strcmp(list[i].fingerprint, fingerprint) != 0)
            continue;
        for (size_t k = 0; k < list[i].n_outputs; k++) {
            const fc_output_info *o = &list[i].outputs[k];

            if (strcmp(o->name, m->output) == 0 && o->searchable && o->shape[0] == dim)
                return (fc_picked){&list[i], o};
        }
    }
    return (fc_picked){NULL, NULL};
}

/* "clip-image (image), clip-text (text)" */
static void list_members(const fc_query_space *q, bool missing_only, fc_buf *out)
{
    for (size_t i = 0; i < q->row.n_members; i++)
        if (!missing_only || q->stored[i].encoder == NULL)
            (void)fc_buf_append_fmt(out, NULL, "%s%s (%s)", out->size > 0 ? ", " : "",
                                    q->row.members[i].encoder,
                                    fc_modality_name(q->row.members[i].modality));
}

fc_status fc__query_space_open(fc_query_space *out, fc_snapshot *s, const char *name, fc_error *err)
{
    const fc_encoder_info *list = NULL;
    fc_buf members = FC_BUF_INIT;
    size_t n = 0, n_stored = 0;
    fc_status st;

    *out = (fc_query_space){.row = {.n_members = 0}};
    st = fc__snapshot_space(s, name, &out->row, err);
    if (st == FC_OK)
        st = fc_snapshot_encoders(s, &list, &n, err);
    for (size_t i = 0; i < out->row.n_members && st == FC_OK; i++) {
        out->stored[i] = find_stored(list, n, &out->row.members[i], out->row.dim);
        n_stored += out->stored[i].encoder != NULL;
    }
    if (st == FC_OK && n_stored == 0) {
        list_members(out, false, &members);
        st = fc_error_set(err, FC_E_INVALID,
                          "nothing in this store is encoded for space '%s', whose encoders are "
                          "%.*s: ingest with their cards (--space FILE)",
                          name, (int)members.size, (const char *)members.data);
    }
    fc_buf_dispose(&members);
    if (st != FC_OK)
        fc__query_space_dispose(out);
    return st;
}

static bool is_wanted(const fc_space_member *m, const char *name)
{
    return name == NULL || strcmp(m->encoder, name) == 0;
}

fc_status fc__query_space_member(const fc_query_space *q, const char *name, fc_modality modality,
                                 size_t *out, fc_error *err)
{
    fc_buf members = FC_BUF_INIT;
    fc_status st;

    for (size_t i = 0; i < q->row.n_members; i++)
        if (q->row.members[i].modality == modality && is_wanted(&q->row.members[i], name)) {
            *out = i;
            return FC_OK;
        }
    list_members(q, false, &members);
    st = fc_error_set(err, FC_E_INVALID, "no encoder of space '%s'%s%.64s takes %s; it has %.*s",
                      q->row.name, name != NULL ? " named " : "", name != NULL ? name : "",
                      fc_modality_name(modality), (int)members.size, (const char *)members.data);
    fc_buf_dispose(&members);
    return st;
}

fc_status fc__query_space_item(const fc_query_space *q, fc_snapshot *s, const char *name,
                               uint64_t content, size_t *member, fc_tensor *out, fc_error *err)
{
    for (size_t i = 0; i < q->row.n_members; i++) {
        const fc_picked *p = &q->stored[i];
        fc_status st;

        if (p->encoder == NULL || !is_wanted(&q->row.members[i], name))
            continue;
        st = fc_snapshot_get_item(s, p->encoder->id, p->output->id, content, out, err);
        *member = i;
        if (st != FC_E_NOT_FOUND)
            return st;
    }
    return FC_E_NOT_FOUND;
}

fc_status fc__query_space_note(const fc_query_space *q, fc_result_builder *out, fc_error *err)
{
    fc_buf missing = FC_BUF_INIT;
    fc_status st = FC_OK;

    list_members(q, true, &missing);
    if (missing.size > 0)
        st = fc__result_note(out, err,
                             "nothing is encoded with %.*s of space '%s': ingest with its card to "
                             "find such samples",
                             (int)missing.size, (const char *)missing.data, q->row.name);
    fc_buf_dispose(&missing);
    return st;
}
