/*
 * The data sets a writer has to do with: loaded when first needed, changed in memory, written back
 * by the commit.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

static void free_dataset(fc_known_dataset *d)
{
    for (size_t i = 0; i < d->n_versions; i++)
        fc__version_dispose(&d->versions[i].record);
    free(d->versions);
    fc__dataset_header_dispose(&d->header);
    free(d->name);
    free(d);
}

void fc__known_free(fc_writer *w)
{
    for (size_t i = 0; i < w->n_datasets; i++)
        free_dataset(w->datasets[i]);
    free(w->datasets);
    w->datasets = NULL;
    w->n_datasets = w->datasets_capacity = 0;
    w->all_datasets = false;
    w->building = NULL;
}

fc_status fc__known_add_dataset(fc_writer *w, const char *name, fc_known_dataset **out,
                                fc_error *err)
{
    fc_known_dataset *d;
    const fc_status st = fc__grow_array(&w->datasets, &w->datasets_capacity, w->n_datasets + 1,
                                        sizeof(fc_known_dataset *), err);

    if (st != FC_OK)
        return st;
    d = fc__alloc_array(1, sizeof(*d));
    if (d == NULL || (d->name = fc__strdup(name)) == NULL) {
        free(d);
        return fc__nomem(err, sizeof(*d) + strlen(name), "a data set");
    }
    w->datasets[w->n_datasets++] = d;
    *out = d;
    return FC_OK;
}

fc_status fc__known_dataset(fc_writer *w, const char *name, fc_known_dataset **out, fc_error *err)
{
    fc_dataset_header header;
    fc_status st;

    *out = NULL;
    for (size_t i = 0; i < w->n_datasets; i++)
        if (strcmp(w->datasets[i]->name, name) == 0) {
            *out = w->datasets[i];
            return FC_OK;
        }
    st = fc__dataset_header_get(&w->reader, name, &header, err);
    if (st != FC_OK)
        return st;
    st = fc__known_add_dataset(w, name, out, err);
    if (st != FC_OK)
        fc__dataset_header_dispose(&header);
    else
        (*out)->header = header;
    if (st == FC_OK)
        (*out)->stored = true;
    return st;
}

/* Every header once: from then on numbers are found in memory. */
static fc_status load_headers(fc_writer *w, fc_error *err)
{
    fc_key from = {.n = 1};
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &w->reader, FC_TABLE_DATASET, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    while (st == FC_OK) {
        fc_known_dataset *ignored;
        const char *name;
        uint32_t version;

        if (!fc__key_dataset_read(key, &name, &version)) {
            st = fc__corrupt(err, FC_TABLE_DATASET, key, "the key has another layout");
            break;
        }
        from = fc__key_dataset(name, UINT32_MAX); /* behind all versions of this one */
        st = fc__known_dataset(w, name, &ignored, err);
        if (st == FC_E_NOT_FOUND)
            st = fc__corrupt(err, FC_TABLE_DATASET, key, "its header row is missing");
        if (st == FC_OK)
            st = fc__cursor_seek(&c, &from, &key, &value, err);
    }
    fc__cursor_close(&c);
    if (st != FC_E_NOT_FOUND)
        return st;
    w->all_datasets = true;
    return FC_OK;
}

fc_status fc__known_dataset_number(fc_writer *w, uint32_t number, fc_known_dataset **out,
                                   fc_error *err)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < w->n_datasets; i++)
            if (w->datasets[i]->header.number == number) {
                *out = w->datasets[i];
                return FC_OK;
            }
        if (w->all_datasets)
            break;
        if (pass == 0) {
            const fc_status st = load_headers(w, err);

            if (st != FC_OK)
                return st;
        }
    }
    return fc_error_set(err, FC_E_CORRUPT, "%s: rows of data set %u, which is missing",
                        w->store->path, number);
}

/* Index of version `number`, or of where it would stand. */
static size_t version_place(const fc_known_dataset *d, uint32_t number)
{
    size_t at = d->n_versions;

    while (at > 0 && d->versions[at - 1].record.number >= number)
        at--;
    return at;
}

fc_status fc__known_add_version(fc_known_dataset *d, fc_version_record *record,
                                fc_known_version **out, fc_error *err)
{
    const size_t at = version_place(d, record->number);
    const fc_status st = fc__grow_array(&d->versions, &d->versions_capacity, d->n_versions + 1,
                                        sizeof(*d->versions), err);

    if (st != FC_OK) {
        fc__version_dispose(record);
        return st;
    }
    memmove(&d->versions[at + 1], &d->versions[at], (d->n_versions - at) * sizeof(*d->versions));
    d->versions[at] = (fc_known_version){.record = *record, .dirty = false};
    d->n_versions++;
    *out = &d->versions[at];
    return FC_OK;
}

void fc__known_drop_version(fc_known_dataset *d, uint32_t number)
{
    const size_t at = version_place(d, number);

    if (at >= d->n_versions || d->versions[at].record.number != number)
        return;
    fc__version_dispose(&d->versions[at].record);
    memmove(&d->versions[at], &d->versions[at + 1],
            (d->n_versions - at - 1) * sizeof(*d->versions));
    d->n_versions--;
}

fc_status fc__known_version(fc_writer *w, fc_known_dataset *d, uint32_t number,
                            fc_known_version **out, fc_error *err)
{
    const size_t at = version_place(d, number);
    fc_version_record record;
    fc_status st;

    if (at < d->n_versions && d->versions[at].record.number == number) {
        *out = &d->versions[at];
        return FC_OK;
    }
    st = fc__version_get(&w->reader, d->name, number, &record, err);
    if (st == FC_E_NOT_FOUND)
        return fc_error_set(err, FC_E_CORRUPT, "data set '%s': version %u is missing", d->name,
                            number);
    if (st == FC_OK)
        st = fc__known_add_version(d, &record, out, err);
    if (st == FC_OK)
        (*out)->stored = true;
    return st;
}

fc_status fc__known_all_versions(fc_writer *w, fc_known_dataset *d, fc_error *err)
{
    const fc_key from = fc__key_dataset(d->name, 1);
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st;

    if (d->all)
        return FC_OK;
    st = fc__cursor_open(&c, &w->reader, FC_TABLE_DATASET, err);
    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    for (; st == FC_OK && fc__span_has_prefix(key, from.bytes, from.n - 4);
         st = fc__cursor_next(&c, &key, &value, err)) {
        fc_version_record record;
        fc_known_version *added;
        size_t at;

        st = fc__version_read(&record, key, value, err);
        if (st != FC_OK)
            break;
        at = version_place(d, record.number);
        if (at < d->n_versions && d->versions[at].record.number == record.number)
            fc__version_dispose(&record); /* what is in memory is newer */
        else if ((st = fc__known_add_version(d, &record, &added, err)) == FC_OK)
            added->stored = true;
        if (st != FC_OK)
            break;
    }
    fc__cursor_close(&c);
    if (st != FC_OK && st != FC_E_NOT_FOUND)
        return st;
    d->all = true;
    return FC_OK;
}

static fc_status write_dataset(fc_writer *w, fc_known_dataset *d, fc_error *err)
{
    fc_key key = fc__key_dataset(d->name, 0);
    fc_status st = FC_OK;

    if (d->dirty) {
        fc_buf_clear(&w->value);
        st = fc__dataset_header_write(&d->header, d->name, &w->value, err);
        if (st == FC_OK)
            st = fc__edits_put(&w->edits, FC_TABLE_DATASET, &key, &w->value, err);
        d->dirty = d->new_root = false;
        d->stored = true;
    }
    for (size_t i = 0; i < d->n_versions && st == FC_OK; i++) {
        if (!d->versions[i].dirty)
            continue;
        key = fc__key_dataset(d->name, d->versions[i].record.number);
        fc_buf_clear(&w->value);
        st = fc__version_write(&d->versions[i].record, d->name, &w->value, err);
        if (st == FC_OK)
            st = fc__edits_put(&w->edits, FC_TABLE_DATASET, &key, &w->value, err);
        d->versions[i].dirty = false;
        d->versions[i].stored = true;
    }
    return st;
}

fc_status fc__known_write(fc_writer *w, fc_error *err)
{
    const fc_key key = fc__key_meta();
    fc_status st = FC_OK;

    for (size_t i = 0; i < w->n_datasets && st == FC_OK; i++)
        st = write_dataset(w, w->datasets[i], err);
    if (st != FC_OK || !w->meta_dirty)
        return st;
    fc_buf_clear(&w->value);
    st = fc__meta_row_write(&w->meta, &w->value, err);
    return st == FC_OK ? fc__edits_put(&w->edits, FC_TABLE_META, &key, &w->value, err) : st;
}
