/*
 * A space row with its heads and what of its members is stored.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "space_artefact.h"
#include "space_embed.h"

struct fc_cached_head {
    fc_artefact_id id;
    fc_head *head; /* apart, so that growing the list moves no head that is in use */
};

void fc__head_cache_dispose(fc_head_cache *c)
{
    for (size_t i = 0; i < c->n; i++) {
        fc__head_dispose(c->list[i].head);
        free(c->list[i].head);
    }
    free(c->list);
    *c = (fc_head_cache){.n = 0};
}

void fc__space_view_dispose(fc_space_view *v)
{
    fc__space_row_dispose(&v->row);
}

static const fc_head *cached(const fc_head_cache *c, const fc_artefact_id *id)
{
    for (size_t i = 0; i < c->n; i++)
        if (memcmp(&c->list[i].id, id, sizeof(*id)) == 0)
            return c->list[i].head;
    return NULL;
}

static fc_status load_head(fc_head_cache *c, fc_snapshot *s, const fc_artefact_id *id,
                           const fc_space_member *members, size_t n, uint32_t dim,
                           const fc_head **out, fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_head *head;
    fc_status st;

    *out = cached(c, id);
    if (*out != NULL)
        return (*out)->dim == dim && (*out)->n_inputs == n
                   ? FC_OK
                   : fc_error_set(err, FC_E_CORRUPT,
                                  "the head of encoder '%s' does not fit its space",
                                  members[0].encoder);
    head = calloc(1, sizeof(*head));
    if (head == NULL)
        return fc__nomem(err, sizeof(*head), "a head");
    st = fc__grow_array(&c->list, &c->capacity, c->n + 1, sizeof(*c->list), err);
    if (st == FC_OK)
        st = fc__snapshot_artefact(s, id, &bytes, err);
    if (st == FC_OK)
        st = fc__artefact_read_head(head, &bytes, members, n, dim, err);
    fc_buf_dispose(&bytes);
    if (st != FC_OK) {
        free(head);
        return st;
    }
    c->list[c->n++] = (struct fc_cached_head){*id, head};
    *out = head;
    return FC_OK;
}

fc_picked fc__member_stored(const fc_encoder_info *list, size_t n, const fc_space_member *m,
                            const fc_head_input *input, uint32_t dim)
{
    char fingerprint[FC_SHA256_HEX_BYTES];

    fc__sha256_hex(&m->fingerprint, fingerprint);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, m->encoder) != 0 || strcmp(list[i].fingerprint, fingerprint) != 0)
            continue;
        for (size_t k = 0; k < list[i].n_outputs; k++) {
            const fc_output_info *o = &list[i].outputs[k];
            const bool fits = input != NULL ? o->rank > 0 && o->shape[o->rank - 1] == input->dim
                                            : o->searchable && (dim == 0 || o->shape[0] == dim);

            if (strcmp(o->name, m->output) == 0 && fits)
                return (fc_picked){&list[i], o};
        }
    }
    return (fc_picked){NULL, NULL};
}

/* Branches of consecutive members: one each in a declared space. */
static void cut_branches(fc_space_view *v)
{
    for (size_t i = 0; i < v->row.n_members; i++) {
        const fc_space_member *m = &v->row.members[i];
        const bool headed = v->row.kind == FC_SPACE_HEADED;
        fc_space_branch *b;

        if (!headed || m->branch == v->n_branches) {
            b = &v->branches[v->n_branches++];
            *b = (fc_space_branch){.modality = m->modality, .first_member = i, .dim = v->row.dim};
        } else {
            b = &v->branches[m->branch];
        }
        b->n_members++;
    }
}

static fc_status find_members(fc_space_view *v, fc_snapshot *s, fc_error *err)
{
    const fc_encoder_info *list = NULL;
    size_t n = 0;
    fc_status st = fc_snapshot_encoders(s, &list, &n, err);

    for (size_t i = 0; i < v->n_branches && st == FC_OK; i++) {
        fc_space_branch *b = &v->branches[i];

        for (size_t k = 0; k < b->n_members; k++)
            b->stored[k] =
                fc__member_stored(list, n, &v->row.members[b->first_member + k],
                                  b->head != NULL ? &b->head->inputs[k] : NULL, v->row.dim);
    }
    return st;
}

static fc_status take_head(fc_space_view *v, size_t i, fc_snapshot *s, fc_head_cache *cache,
                           fc_error *err)
{
    fc_space_branch *b = &v->branches[i];

    if (b->n_members > FC_HEAD_INPUTS_MAX)
        return fc_error_set(err, FC_E_CORRUPT, "space '%s' has a head of %zu inputs", v->row.name,
                            b->n_members);
    fc__artefact_hex(&v->row.heads[i], b->key);
    return load_head(cache, s, &v->row.heads[i], &v->row.members[b->first_member], b->n_members,
                     v->row.dim, &b->head, err);
}

fc_status fc__space_view_open(fc_space_view *out, fc_snapshot *s, const char *name,
                              fc_head_cache *cache, fc_error *err)
{
    fc_status st;

    *out = (fc_space_view){.n_branches = 0};
    st = fc__snapshot_space(s, name, &out->row, err);
    if (st == FC_OK && out->row.kind == FC_SPACE_ADAPTER)
        st =
            fc_error_set(err, FC_E_INVALID,
                         "'%.80s' is an adapter, not a space: ask through it with --adapter", name);
    if (st != FC_OK)
        return st;
    cut_branches(out);
    for (size_t i = 0; i < out->n_branches && st == FC_OK; i++)
        if (out->row.kind == FC_SPACE_HEADED)
            st = take_head(out, i, s, cache, err);
    return st == FC_OK ? find_members(out, s, err) : st;
}

fc_status fc__space_view_of(fc_space_view *out, fc_snapshot *s, fc_space_row *row,
                            const fc_head *heads, fc_error *err)
{
    *out = (fc_space_view){.row = *row};
    *row = (fc_space_row){.n_members = 0};
    cut_branches(out);
    for (size_t i = 0; i < out->n_branches; i++)
        out->branches[i].head = &heads[i];
    return find_members(out, s, err);
}
