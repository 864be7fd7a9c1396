/*
 * Beginning the building version of a data set, or going on with one that was interrupted.
 *
 * Nothing is written here: an ingest that finds nothing changed leaves the store untouched. The
 * first commit carries what this has changed in memory.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_queue.h"
#include "fc_store_internal.h"

static fc_status replace_string(char **at, const char *text, bool *changed, fc_error *err)
{
    char *copy;

    *changed = *at == NULL || strcmp(*at, text) != 0;
    if (!*changed)
        return FC_OK;
    copy = fc__strdup(text);
    if (copy == NULL)
        return fc__nomem(err, strlen(text), "a data set");
    free(*at);
    *at = copy;
    return FC_OK;
}

static fc_status find_or_make(fc_writer *w, const char *name, fc_known_dataset **out, fc_error *err)
{
    fc_status st = fc__known_dataset(w, name, out, err);

    if (st != FC_E_NOT_FOUND)
        return st;
    if (w->meta.next_dataset == UINT32_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%s: no data-set numbers are left", w->store->path);
    st = fc__known_add_dataset(w, name, out, err);
    if (st != FC_OK)
        return st;
    (*out)->header.number = w->meta.next_dataset++;
    (*out)->all = true;
    w->meta_dirty = true;
    return FC_OK;
}

/* A building version: the newest sealed one's sums, nothing changed yet. */
fc_status fc__start_version(fc_writer *w, fc_known_dataset *d, fc_error *err)
{
    fc_version_record record = {.number = 0};
    fc_known_version *v;
    fc_status st = FC_OK;

    if (d->header.sealed >= FC_VERSION_OPEN - 1)
        return fc_error_set(err, FC_E_LIMIT, "data set '%s': no version numbers are left", d->name);
    if (d->header.sealed > 0) {
        st = fc__known_version(w, d, d->header.sealed, &v, err);
        if (st == FC_OK)
            st = fc__version_copy(&record, &v->record, err);
    } else {
        record.source = fc__strdup("");
        if (record.source == NULL)
            st = fc__nomem(err, 1, "a data-set version");
    }
    if (st != FC_OK)
        return st;
    record.number = d->header.sealed + 1;
    record.state = FC_BUILDING;
    record.partial = false;
    record.created_ns = fc__wall_ns();
    record.sealed_ns = 0;
    record.n_changes = 0;
    st = fc__known_add_version(d, &record, &v, err);
    if (st != FC_OK)
        return st;
    v->dirty = true;
    d->header.building = d->header.sealed + 1;
    d->dirty = true;
    return FC_OK;
}

static fc_status has_any_item(fc_writer *w, const fc_output_ref *o, bool *any, fc_error *err)
{
    const fc_key from = fc__key_block(o->version, o->output, 0, 0);
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &w->reader, FC_TABLE_BLOCK, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    *any = st == FC_OK && fc__span_has_prefix(key, from.bytes, 6);
    fc__cursor_close(&c);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

/* Make sure that the building version covers an output; what is there already is counted. */
static fc_status cover(fc_writer *w, fc_known_dataset *d, const fc_output_ref *o, fc_error *err)
{
    const fc_encoder_record *encoder;
    const fc_output_info *info;
    fc_known_version *v;
    fc_coverage_entry *entry;
    bool any;
    fc_status st = fc__writer_output(w, o->version, o->output, &encoder, &info, err);

    if (st == FC_OK)
        st = fc__known_version(w, d, d->header.building, &v, err);
    if (st != FC_OK || fc__version_entry(&v->record, o->version, o->output) != NULL)
        return st;
    st = fc__version_add_entry(&v->record, o->version, o->output, &entry, err);
    if (st != FC_OK)
        return st;
    v->dirty = true;
    st = has_any_item(w, o, &any, err);
    return st == FC_OK && any && d->stored ? fc__cover_scan(w, d, v, entry, err) : st;
}

static fc_status begin(fc_writer *w, const char *name, const char *source, const char *root,
                       const fc_output_ref *outputs, size_t n_outputs, fc_error *err)
{
    fc_known_dataset *d;
    fc_known_version *v;
    bool changed;
    fc_status st = fc__writer_look(w, err);

    if (st == FC_OK)
        st = find_or_make(w, name, &d, err);
    if (st == FC_OK)
        st = replace_string(&d->header.root, root, &changed, err);
    if (st != FC_OK)
        return st;
    d->new_root = d->new_root || changed;
    d->dirty = d->dirty || changed;
    if (d->header.building == 0)
        st = fc__start_version(w, d, err);
    if (st == FC_OK)
        st = fc__known_version(w, d, d->header.building, &v, err);
    if (st == FC_OK)
        st = replace_string(&v->record.source, source, &changed, err);
    if (st != FC_OK)
        return st;
    v->dirty = v->dirty || changed;
    for (size_t i = 0; i < n_outputs && st == FC_OK; i++)
        st = cover(w, d, &outputs[i], err);
    w->building = d;
    return st;
}

fc_status fc__writer_begin_dataset(fc_writer *w, const char *name, const char *source,
                                   const char *root, const fc_output_ref *outputs, size_t n_outputs,
                                   fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_status st = fc__writer_check(w, err);

    if (st == FC_OK)
        st = fc__dataset_check_name(name, err);
    if (st == FC_OK) /* what is pending belongs to the data set before */
        st = fc__writer_commit(w, err);
    if (st != FC_OK)
        return st;
    fc__idmap_clear(&w->session);
    w->n_fresh = 0;
    st = begin(w, name, source, root, outputs, n_outputs, &inner);
    fc__writer_unlook(w);
    if (st == FC_OK)
        return FC_OK;
    fc__writer_fail(w, st, &inner);
    return fc_error_set(err, st, "%s", inner.message);
}
