/*
 * Space files of an ingest.
 */
#include "ingest_spaces.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "ingest_run.h"

void fc__ingest_spaces_dispose(fc_ingest_spaces *s)
{
    for (size_t i = 0; i < s->n_files; i++)
        fc__space_file_dispose(&s->files[i]);
    free(s->files);
    free(s->cards);
    *s = (fc_ingest_spaces){NULL, 0, NULL};
}

/* A line each; the message is the first of them. */
static void tell(const fc_ingest_options *opts, fc_buf *problems)
{
    if (opts->notice != NULL && problems->size > 0 && fc_buf_append(problems, "", 1, NULL) == FC_OK)
        fc__run_tell_lines(opts, (char *)problems->data);
}

static fc_status load_files(fc_ingest_spaces *s, const fc_ingest_options *opts, fc_error *err)
{
    for (size_t i = 0; i < opts->n_spaces; i++) {
        fc_buf problems = FC_BUF_INIT;
        const fc_status st =
            fc__space_file_load(&s->files[i], opts->spaces[i], opts->neural, &problems, err);

        s->n_files = i + 1;
        if (st != FC_OK)
            tell(opts, &problems);
        fc_buf_dispose(&problems);
        if (st != FC_OK)
            return st;
    }
    return FC_OK;
}

/* One file under two paths too: a space names its cards from where it lies. */
static bool same_file(const char *a, const char *b)
{
    fc_file_id ia, ib;

    return strcmp(a, b) == 0 ||
           (fc__file_identify(a, &ia, NULL) == FC_OK && fc__file_identify(b, &ib, NULL) == FC_OK &&
            fc__file_id_equal(&ia, &ib));
}

static void add_card(fc_ingest_spaces *s, size_t *n, const char *card)
{
    for (size_t i = 0; i < *n; i++)
        if (same_file(s->cards[i], card))
            return;
    s->cards[(*n)++] = card;
}

fc_status fc__ingest_spaces_open(fc_ingest_spaces *out, fc_ingest_options *opts, fc_error *err)
{
    size_t n = 0, most = opts->n_encoders;
    fc_status st;

    *out = (fc_ingest_spaces){NULL, 0, NULL};
    if (opts->n_spaces == 0)
        return FC_OK;
    out->files = fc__alloc_array(opts->n_spaces, sizeof(*out->files));
    if (out->files == NULL)
        return fc__nomem(err, opts->n_spaces * sizeof(*out->files), "spaces");
    st = load_files(out, opts, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < out->n_files; i++)
        most += out->files[i].n_members;
    out->cards = fc__alloc_array(most, sizeof(*out->cards));
    if (out->cards == NULL)
        return fc__nomem(err, most * sizeof(*out->cards), "spaces");
    for (size_t i = 0; i < opts->n_encoders; i++)
        out->cards[n++] = opts->encoders[i];
    for (size_t i = 0; i < out->n_files; i++)
        for (size_t k = 0; k < out->files[i].n_members; k++)
            add_card(out, &n, out->files[i].members[k].path);
    opts->encoders = out->cards;
    opts->n_encoders = n;
    return FC_OK;
}

fc_status fc__ingest_spaces_put(const fc_ingest_spaces *s, fc_store *store, fc_error *err)
{
    fc_status st = FC_OK;
    bool changed;

    for (size_t i = 0; i < s->n_files && st == FC_OK; i++)
        st = fc__space_put(store, &s->files[i], &changed, err);
    return st;
}
