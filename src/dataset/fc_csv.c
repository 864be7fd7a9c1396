/*
 * CSV as RFC 4180 has it: a header row, quoted fields with "" for a quote, line ends inside quotes,
 * CRLF or LF, an optional byte order mark. Empty lines are skipped.
 *
 * A record whose quoting is broken costs its first line only: the stream goes on at the next line,
 * so one forgotten quote does not swallow what follows. That stays linear because a quote may only
 * stand where RFC 4180 has it: inside quotes or not is then the parity of the quotes before, and a
 * line that a broken record took for quoted is, by itself, a record of one line.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_dataset_impl.h"
#include "fc_text.h"

#define COLUMNS_MAX FC_META_ENTRIES_MAX

typedef struct field {
    char *at; /* NUL-terminated, in the window */
    size_t n;
} field;

struct fc_csv {
    size_t n_columns;
    char *names[COLUMNS_MAX];
    fc_column columns[COLUMNS_MAX];
    field fields[COLUMNS_MAX];
};

typedef enum scan_state {
    FIELD_START,
    PLAIN,
    QUOTED,
    QUOTE_SEEN, /* inside quotes: the end of the field, or the first of two */
    RETURN_SEEN /* after a closing quote: only a line feed may follow */
} scan_state;

/* One character on. False when it cannot stand here. */
static bool step(scan_state *state, char c)
{
    switch (*state) {
    case FIELD_START:
        *state = c == '"' ? QUOTED : c == ',' ? FIELD_START : PLAIN;
        return true;
    case PLAIN:
        *state = c == ',' ? FIELD_START : PLAIN;
        return c != '"';
    case QUOTED:
        if (c == '"')
            *state = QUOTE_SEEN;
        return true;
    case QUOTE_SEEN:
        *state = c == '"' ? QUOTED : c == ',' ? FIELD_START : RETURN_SEEN;
        return c == '"' || c == ',' || c == '\r';
    case RETURN_SEEN:
        break;
    }
    return false;
}

/* Length of the record at the start of the window, its line end included; 0 at the end of the
 * file. *broken says what is wrong with its quoting, or is NULL. */
static fc_status find_end(fc_window *w, size_t *n, const char **broken, fc_error *err)
{
    scan_state state = FIELD_START;
    size_t i = 0;

    *broken = NULL;
    for (;;) {
        const char *at = fc__window_at(w);
        const size_t left = fc__window_left(w);
        fc_status st;

        for (; i < left; i++) {
            if (at[i] == '\n' && state != QUOTED) {
                *n = i + 1;
                return FC_OK;
            }
            if (!step(&state, at[i])) {
                *broken = "a quote inside a field; put the field in quotes and write it \"\"";
                return FC_OK;
            }
        }
        if (w->at_end)
            break;
        if (left > FC_MANIFEST_LINE_MAX) {
            *broken = "the record is longer than 16 MiB; is a closing quote missing?";
            return FC_OK;
        }
        st = fc__window_more(w, err);
        if (st != FC_OK)
            return st;
    }
    if (state == QUOTED)
        *broken = "a quoted field does not end";
    *n = i;
    return FC_OK;
}

/* Cut the record into fields in place. Returns how many there are, also beyond COLUMNS_MAX. */
static size_t split(char *at, size_t n, field *fields)
{
    char *end = at + n;
    size_t count = 0;

    if (end > at && end[-1] == '\n')
        end--;
    if (end > at && end[-1] == '\r')
        end--;
    for (;; at++) {
        char *begin = at, *to = at;

        if (at < end && *at == '"') {
            for (at++; at < end && !(*at == '"' && (at + 1 == end || at[1] != '"')); at++) {
                at += *at == '"';
                *to++ = *at;
            }
            at += at < end;
        } else {
            at = memchr(at, ',', (size_t)(end - at));
            to = at = at != NULL ? at : end;
        }
        if (count < COLUMNS_MAX)
            fields[count] = (field){begin, (size_t)(to - begin)};
        count++;
        if (at >= end) {
            *to = '\0';
            return count;
        }
        *to = '\0';
    }
}

/* The first field that is no text, or n. */
static size_t find_bad_text(const field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memchr(fields[i].at, '\0', fields[i].n) != NULL ||
            fc__utf8_valid_prefix(fields[i].at, fields[i].n) != fields[i].n)
            return i;
    return n;
}

static bool is_blank(const char *at, size_t n)
{
    return n == 1 || (n == 2 && at[0] == '\r' && at[1] == '\n');
}

/* ---- the header ---- */

static fc_status add_column(fc_csv *csv, const fc_window *w, const field *f, fc_error *err)
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
    n_fields = split(at, n, csv->fields);
    if (n_fields > COLUMNS_MAX)
        return fc_error_set(err, FC_E_FORMAT, "%s:1: %zu columns; at most %d", w->name, n_fields,
                            COLUMNS_MAX);
    bad = find_bad_text(csv->fields, n_fields);
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
    st = find_end(w, &n, &broken, err);
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

static fc_status add_meta(fc_dataset_reader *r, const char *name, const field *f, fc_error *err)
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
    bad = find_bad_text(csv->fields, n_fields);
    if (bad < n_fields)
        return fc__sample_bad(r, FC_E_FORMAT, NULL, err,
                              "column '%s' is not valid UTF-8 text; save the file as UTF-8",
                              csv->names[bad]);
    for (size_t i = 0; i < n_fields; i++) {
        const field *f = &csv->fields[i];
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
        st = find_end(w, &n, &broken, err);
        if (st != FC_OK)
            return st;
        if (broken != NULL)
            break;
        if (n == 0)
            return FC_E_NOT_FOUND;
        if (!is_blank(fc__window_at(w), n)) {
            char *at = fc__window_at(w);

            fc__window_consume(w, n);
            return take_fields(r, split(at, n, r->manifest->csv->fields), err);
        }
        fc__window_consume(w, n);
    }
    st = fc__window_line(w, &n, &too_long, err);
    if (st != FC_OK)
        return st;
    fc__window_consume(w, n);
    return fc__sample_bad(r, too_long ? FC_E_LIMIT : FC_E_FORMAT, NULL, err, "%s", broken);
}
