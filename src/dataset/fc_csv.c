/*
 * CSV manifests: the header row and from records to rows. fc_csv_record.c cuts the records.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_dataset_impl.h"

struct fc_csv {
    size_t n_columns;
    char *names[FC_CSV_COLUMNS_MAX];
    fc_column columns[FC_CSV_COLUMNS_MAX];
    fc_csv_field fields[FC_CSV_COLUMNS_MAX];
};

static bool is_blank(const char *at, size_t n)
{
    return n == 1 || (n == 2 && at[0] == '\r' && at[1] == '\n');
}

/* ---- the header ---- */

static fc_status add_column(fc_csv *csv, const fc_window *w, const fc_csv_field *f, fc_error *err)
{
    char shown[FC_SHOW_BYTES];
    const size_t i = csv->n_columns;

    fc__show(shown, f->at, f->n);
    if (f->n == 0)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s:1: column %zu has no name; name it or leave it out", w->name,
                            i + 1);
    if (f->n > FC_META_KEY_MAX)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s:1: the name of column %zu has %zu bytes; at most %d", w->name,
                            i + 1, f->n, FC_META_KEY_MAX);
    for (size_t k = 0; k < i; k++)
        if (strcmp(csv->names[k], f->at) == 0)
            return fc_error_set(err, FC_E_FORMAT,
                                "%s:1: column '%s' is there twice (columns %zu and %zu)", w->name,
                                shown, k + 1, i + 1);
    csv->names[i] = fc__strndup(f->at, f->n);
    if (csv->names[i] == NULL)
        return fc__nomem(err, f->n, "a column name");
    csv->columns[i] = fc__column_of(f->at);
    csv->n_columns++;
    return FC_OK;
}

static bool has_column(const fc_csv *csv, fc_column column)
{
    for (size_t i = 0; i < csv->n_columns; i++)
        if (csv->columns[i] == column)
            return true;
    return false;
}

static fc_status read_header(fc_csv *csv, fc_window *w, size_t n, fc_error *err)
{
    char shown[FC_SHOW_BYTES];
    char *at = fc__window_at(w);
    size_t n_fields, bad;
    fc_status st = FC_OK;

    /* Splitting writes over the line ends that are counted here. */
    fc__window_consume(w, n);
    n_fields = fc__csv_split(at, n, csv->fields);
    if (n_fields > FC_CSV_COLUMNS_MAX)
        return fc_error_set(err, FC_E_FORMAT, "%s:1: %zu columns; at most %d", w->name, n_fields,
                            FC_CSV_COLUMNS_MAX);
    bad = fc__csv_find_bad_text(csv->fields, n_fields);
    if (bad < n_fields)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s:1: the name of column %zu is not valid UTF-8; save the file as "
                            "UTF-8",
                            w->name, bad + 1);
    for (size_t i = 0; i < n_fields && st == FC_OK; i++)
        st = add_column(csv, w, &csv->fields[i], err);
    if (st != FC_OK)
        return st;
    if (!has_column(csv, FC_COLUMN_PATH) && !has_column(csv, FC_COLUMN_TEXT))
        return fc_error_set(err, FC_E_FORMAT,
                            "%s:1: no column 'path' or 'text' among %zu, the first is '%s'; the "
                            "first line names the columns, separated by commas",
                            w->name, n_fields,
                            fc__show(shown, csv->names[0], strlen(csv->names[0])));
    return FC_OK;
}

fc_status fc__csv_open(fc_csv **out, fc_window *w, fc_error *err)
{
    const char *broken;
    fc_csv *csv;
    fc_status st;
    size_t n = 0;

    *out = NULL;
    st = fc__csv_find_end(w, &n, &broken, err);
    if (st != FC_OK)
        return st;
    if (broken != NULL)
        return fc_error_set(err, FC_E_FORMAT, "%s:1: %s", w->name, broken);
    if (n == 0 || is_blank(fc__window_at(w), n))
        return fc_error_set(err, FC_E_FORMAT,
                            "%s:1: no header; the first line names the columns, such as "
                            "id,path,group",
                            w->name);
    csv = fc__alloc_array(1, sizeof(*csv));
    if (csv == NULL)
        return fc__nomem(err, sizeof(*csv), "a CSV reader");
    st = read_header(csv, w, n, err);
    if (st != FC_OK) {
        fc__csv_close(csv);
        return st;
    }
    *out = csv;
    return FC_OK;
}

void fc__csv_close(fc_csv *csv)
{
    if (csv == NULL)
        return;
    for (size_t i = 0; i < csv->n_columns; i++)
        free(csv->names[i]);
    free(csv);
}

/* ---- records ---- */

static fc_status add_meta(fc_dataset_reader *r, const char *name, const fc_csv_field *f,
                          fc_error *err)
{
    double number;
    const fc_meta_kind kind = fc__meta_number(f->at, &number) ? FC_META_NUMBER : FC_META_STRING;

    return fc__meta_add(&r->meta, name, strlen(name), kind, f->at, f->n, err);
}

/* From n_fields fields to the sample. */
static fc_status take_fields(fc_dataset_reader *r, size_t n_fields, fc_error *err)
{
    fc_csv *csv = r->manifest->csv;
    fc_manifest_row row = {{NULL}};
    fc_error inner = FC_ERROR_INIT;
    size_t bad;

    if (n_fields != csv->n_columns)
        return fc__sample_bad(r, FC_E_FORMAT, NULL, err,
                              "%zu fields where the header has %zu; a field with a comma needs "
                              "quotes",
                              n_fields, csv->n_columns);
    bad = fc__csv_find_bad_text(csv->fields, n_fields);
    if (bad < n_fields)
        return fc__sample_bad(r, FC_E_FORMAT, NULL, err,
                              "column '%s' is not valid UTF-8 text; save the file as UTF-8",
                              csv->names[bad]);
    for (size_t i = 0; i < n_fields; i++) {
        const fc_csv_field *f = &csv->fields[i];
        fc_status st;

        if (f->n == 0)
            continue;
        if (csv->columns[i] != FC_COLUMN_META) {
            row.value[csv->columns[i]] = f->at;
            continue;
        }
        st = add_meta(r, csv->names[i], f, &inner);
        if (st == FC_E_NOMEM)
            return fc_error_set(err, st, "%s", inner.message);
        if (st != FC_OK)
            return fc__sample_bad(r, st, NULL, err, "%s", inner.message);
    }
    return fc__sample_from_row(r, &row, err);
}

fc_status fc__csv_next(fc_dataset_reader *r, fc_error *err)
{
    fc_window *w = &r->manifest->window;
    const char *broken;
    bool too_long;
    fc_status st;
    size_t n;

    for (;;) {
        fc__sample_reset(r);
        r->sample.line = w->line;
        st = fc__csv_find_end(w, &n, &broken, err);
        if (st != FC_OK)
            return st;
        if (broken != NULL)
            break;
        if (n == 0)
            return FC_E_NOT_FOUND;
        if (!is_blank(fc__window_at(w), n)) {
            char *at = fc__window_at(w);

            fc__window_consume(w, n);
            return take_fields(r, fc__csv_split(at, n, r->manifest->csv->fields), err);
        }
        fc__window_consume(w, n);
    }
    st = fc__window_line(w, &n, &too_long, err);
    if (st != FC_OK)
        return st;
    fc__window_consume(w, n);
    return fc__sample_bad(r, too_long ? FC_E_LIMIT : FC_E_FORMAT, NULL, err, "%s", broken);
}
