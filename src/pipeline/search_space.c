/*
 * Members of a space against what a store holds.
 */
#include "search_space.h"

#include <stdio.h>
#include <string.h>

#include "fc_buf.h"

void fc__query_space_dispose(fc_query_space *q)
{
    fc__space_view_dispose(&q->view);
}

/* "clip-image (image), clip-text (text)" */
static void list_members(const fc_query_space *q, bool missing_only, fc_buf *out)
{
    for (size_t i = 0; i < q->view.n_branches; i++) {
        const fc_space_branch *b = &q->view.branches[i];

        for (size_t k = 0; k < b->n_members; k++) {
            const fc_space_member *m = &q->view.row.members[b->first_member + k];

            if (!missing_only || b->stored[k].encoder == NULL)
                (void)fc_buf_append_fmt(out, NULL, "%s%s (%s)", out->size > 0 ? ", " : "",
                                        m->encoder, fc_modality_name(m->modality));
        }
    }
}

static bool has_stored(const fc_query_space *q)
{
    for (size_t i = 0; i < q->view.n_branches; i++)
        if (fc__branch_is_stored(&q->view.branches[i]))
            return true;
    return false;
}

fc_status fc__query_space_open(fc_query_space *out, fc_snapshot *s, const char *name,
                               fc_head_cache *heads, fc_error *err)
{
    fc_buf members = FC_BUF_INIT;
    fc_status st = fc__space_view_open(&out->view, s, name, heads, err);

    if (st == FC_OK && !has_stored(out)) {
        list_members(out, false, &members);
        st = fc_error_set(err, FC_E_INVALID,
                          "nothing in this store is encoded for space '%s', whose encoders are "
                          "%.*s: ingest with their cards (--space FILE)",
                          name, (int)members.size, (const char *)members.data);
    }
    fc_buf_dispose(&members);
    return st;
}

/* Whether `name` means this member; `stored` may have no encoder. */
static bool is_named(const fc_space_member *m, const fc_picked *stored, const char *name)
{
    const char *at = strchr(name, '@');
    char text[FC_SHA256_HEX_BYTES];

    if (name[0] == '#') {
        snprintf(text, sizeof(text), "#%u",
                 stored->encoder != NULL ? (unsigned)stored->encoder->id : 0);
        return stored->encoder != NULL && strcmp(text, name) == 0;
    }
    if (at == NULL)
        return strcmp(m->encoder, name) == 0;
    fc__sha256_hex(&m->fingerprint, text);
    return strlen(m->encoder) == (size_t)(at - name) &&
           strncmp(m->encoder, name, (size_t)(at - name)) == 0 && strlen(at + 1) >= 4 &&
           strncmp(text, at + 1, strlen(at + 1)) == 0;
}

/* Whether the encoder `name` (NULL: any) is one of the branch's. */
static bool is_wanted(const fc_query_space *q, const fc_space_branch *b, const char *name)
{
    for (size_t k = 0; k < b->n_members; k++)
        if (name == NULL ||
            is_named(&q->view.row.members[b->first_member + k], &b->stored[k], name))
            return true;
    return false;
}

const fc_space_branch *fc__query_space_named(const fc_query_space *q, const char *name)
{
    for (size_t i = 0; i < q->view.n_branches; i++)
        if (is_wanted(q, &q->view.branches[i], name))
            return &q->view.branches[i];
    return NULL;
}

fc_status fc__query_space_check_name(const fc_query_space *q, const char *name, fc_error *err)
{
    fc_buf members = FC_BUF_INIT;
    fc_status st;

    if (name == NULL || fc__query_space_named(q, name) != NULL)
        return FC_OK;
    list_members(q, false, &members);
    st = fc_error_set(err, FC_E_INVALID, "no encoder '%.80s' in space '%s'; it has %.*s", name,
                      q->view.row.name, (int)members.size, (const char *)members.data);
    fc_buf_dispose(&members);
    return st;
}

fc_status fc__query_space_branch(const fc_query_space *q, const char *name, fc_modality modality,
                                 const fc_space_branch **out, fc_error *err)
{
    fc_buf members = FC_BUF_INIT;
    fc_status st;

    for (size_t i = 0; i < q->view.n_branches; i++) {
        *out = &q->view.branches[i];
        if ((*out)->modality == modality && is_wanted(q, *out, name))
            return FC_OK;
    }
    *out = NULL;
    list_members(q, false, &members);
    st = fc_error_set(err, FC_E_INVALID, "no encoder of space '%s'%s%.64s takes %s; it has %.*s",
                      q->view.row.name, name != NULL ? " named " : "", name != NULL ? name : "",
                      fc_modality_name(modality), (int)members.size, (const char *)members.data);
    fc_buf_dispose(&members);
    return st;
}

fc_status fc__query_space_item(const fc_query_space *q, fc_snapshot *s, const char *name,
                               uint64_t content, const fc_space_branch **branch, fc_tensor *out,
                               fc_error *err)
{
    const uint64_t shape[1] = {q->view.row.dim};
    fc_status st = fc_tensor_alloc(out, FC_F32, 1, shape, err);
    bool found = false;

    for (size_t i = 0; i < q->view.n_branches && st == FC_OK && !found; i++) {
        *branch = &q->view.branches[i];
        if (fc__branch_is_stored(*branch) && is_wanted(q, *branch, name))
            st = fc__branch_rows(*branch, s, &content, 1, out->data, &found, err);
    }
    return st != FC_OK ? st : found ? FC_OK : FC_E_NOT_FOUND;
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
                             (int)missing.size, (const char *)missing.data, q->view.row.name);
    fc_buf_dispose(&missing);
    return st;
}
