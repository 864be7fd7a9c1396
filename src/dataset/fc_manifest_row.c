/*
 * From a manifest's row to a sample: what each column must be, and the id of a row that has none.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_dataset_impl.h"
#include "fc_hash.h"

static const char *const column_names[FC_N_COLUMNS] = {
    "id", "path", "text", "row", "modality", "group", "split", "start_s", "end_s"};

fc_column fc__column_of(const char *name)
{
    for (int i = 0; i < FC_N_COLUMNS; i++)
        if (strcmp(name, column_names[i]) == 0)
            return (fc_column)i;
    return FC_COLUMN_META;
}

const char *fc__column_name(fc_column column)
{
    return column < FC_N_COLUMNS ? column_names[column] : "?";
}

void fc__decimal(double v, char out[FC_DECIMAL_BYTES])
{
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = c != (locale_t)0 ? uselocale(c) : (locale_t)0;

    snprintf(out, FC_DECIMAL_BYTES, "%.15g", v);
    if (strtod(out, NULL) != v)
        snprintf(out, FC_DECIMAL_BYTES, "%.17g", v);
    if (c != (locale_t)0) {
        uselocale(before);
        freelocale(c);
    }
}

/* A column that is there and not empty, or NULL. */
static const char *value_of(const fc_manifest_row *row, fc_column column)
{
    const char *v = row->value[column];

    return v != NULL && v[0] != '\0' ? v : NULL;
}

/* Why `path` cannot be beneath the manifest's folder, or NULL. */
static const char *check_path(const char *path)
{
    const char *at = path;

    if (path[0] == '/')
        return "is absolute; paths are relative to the manifest's folder";
    if (strlen(path) >= FC_SAMPLE_ID_MAX)
        return "is too long";
    for (;;) {
        const char *end = strchrnul(at, '/');

        if (end - at == 2 && at[0] == '.' && at[1] == '.')
            return "has '..'; paths stay beneath the manifest's folder";
        if (*end == '\0')
            return NULL;
        at = end + 1;
    }
}

/* What one column says is wrong: "start_s 'x' is not a number of seconds". */
static fc_status bad_column(fc_dataset_reader *r, const fc_manifest_row *row, fc_column column,
                            const char *what, fc_error *err)
{
    const char *v = row->value[column];
    char shown[FC_SHOW_BYTES];

    return fc__sample_bad(r, FC_E_FORMAT, value_of(row, FC_COLUMN_ID), err, "%s '%s' %s",
                          fc__column_name(column), fc__show(shown, v, strlen(v)), what);
}

static fc_status parse_row_number(fc_dataset_reader *r, const fc_manifest_row *row, fc_error *err)
{
    const char *v = value_of(row, FC_COLUMN_ROW);
    char *end = NULL;

    if (v == NULL)
        return FC_OK;
    errno = 0;
    r->sample.row = strtoull(v, &end, 10);
    /* strtoull takes signs and blanks; a row is digits. */
    if (v[0] < '0' || v[0] > '9' || *end != '\0' || errno != 0)
        return bad_column(r, row, FC_COLUMN_ROW, "is not a row number (0 is the first)", err);
    r->sample.has_row = true;
    return FC_OK;
}

static fc_status parse_second(fc_dataset_reader *r, const fc_manifest_row *row, fc_column column,
                              double *out, fc_error *err)
{
    const char *v = value_of(row, column);

    if (v == NULL || (fc__meta_number(v, out) && *out >= 0.0))
        return FC_OK;
    *out = 0.0;
    return bad_column(r, row, column, "is not a number of seconds from the start", err);
}

static fc_status parse_span(fc_dataset_reader *r, const fc_manifest_row *row, fc_error *err)
{
    fc_source_sample *s = &r->sample;
    fc_status st;

    st = parse_second(r, row, FC_COLUMN_START_S, &s->start_s, err);
    if (st != FC_OK || s->status != FC_OK)
        return st;
    st = parse_second(r, row, FC_COLUMN_END_S, &s->end_s, err);
    if (st != FC_OK || s->status != FC_OK)
        return st;
    if (value_of(row, FC_COLUMN_END_S) != NULL && s->end_s <= s->start_s)
        return bad_column(r, row, FC_COLUMN_END_S, "is not after start_s", err);
    return FC_OK;
}

static fc_status parse_modality(fc_dataset_reader *r, const fc_manifest_row *row, fc_error *err)
{
    const char *v = value_of(row, FC_COLUMN_MODALITY);

    if (v == NULL || fc_modality_parse(&r->sample.modality, v) == FC_OK)
        return FC_OK;
    return bad_column(r, row, FC_COLUMN_MODALITY,
                      "is none; wanted image, text, audio, points or vector, or nothing to decide "
                      "by content",
                      err);
}

/* What the sample is of: one of path and text, and what fits to it. */
static fc_status check_source(fc_dataset_reader *r, const fc_manifest_row *row, fc_error *err)
{
    const char *path = value_of(row, FC_COLUMN_PATH), *text = value_of(row, FC_COLUMN_TEXT);
    const char *id = value_of(row, FC_COLUMN_ID);
    const fc_source_sample *s = &r->sample;
    const char *why;

    if (path == NULL && text == NULL)
        return fc__sample_bad(r, FC_E_FORMAT, id, err, "neither path nor text is given");
    if (path != NULL && text != NULL)
        return fc__sample_bad(r, FC_E_FORMAT, id, err, "both path and text are given; wanted one");
    if (text != NULL && (s->has_row || s->start_s > 0.0 || s->end_s > 0.0))
        return fc__sample_bad(r, FC_E_FORMAT, id, err,
                              "row, start_s and end_s need a path; this row has text");
    if (s->has_row && (s->start_s > 0.0 || s->end_s > 0.0))
        return fc__sample_bad(r, FC_E_FORMAT, id, err,
                              "both row and a time span are given; wanted one");
    if (text != NULL && s->modality != FC_MODALITY_NONE && s->modality != FC_TEXT)
        return fc__sample_bad(r, FC_E_FORMAT, id, err, "inline text cannot be of modality '%s'",
                              fc_modality_name(s->modality));
    if (path != NULL && (why = check_path(path)) != NULL)
        return bad_column(r, row, FC_COLUMN_PATH, why, err);
    return FC_OK;
}

/* The id of a row that has none, into r->id. */
static fc_status derive_id(fc_dataset_reader *r, const fc_manifest_row *row, fc_error *err)
{
    const fc_source_sample *s = &r->sample;
    const char *path = value_of(row, FC_COLUMN_PATH);
    char begin[FC_DECIMAL_BYTES], end[FC_DECIMAL_BYTES] = "";

    if (path == NULL) {
        const char *text = value_of(row, FC_COLUMN_TEXT);

        return fc_buf_append_fmt(&r->id, err, "text:%016llx",
                                 (unsigned long long)fc__xxh128(text, strlen(text)).high);
    }
    if (s->has_row)
        return fc_buf_append_fmt(&r->id, err, "%s#%llu", path, (unsigned long long)s->row);
    if (s->start_s == 0.0 && s->end_s == 0.0)
        return fc_buf_append_text(&r->id, path, err);
    fc__decimal(s->start_s, begin);
    if (s->end_s > 0.0)
        fc__decimal(s->end_s, end);
    return fc_buf_append_fmt(&r->id, err, "%s#%s-%s", path, begin, end);
}

/* r->id and r->group from the row. */
static fc_status name_sample(fc_dataset_reader *r, const fc_manifest_row *row, fc_error *err)
{
    const char *id = value_of(row, FC_COLUMN_ID), *group = value_of(row, FC_COLUMN_GROUP);
    const char *path = value_of(row, FC_COLUMN_PATH);
    size_t path_n;
    fc_status st;

    fc_buf_clear(&r->id);
    st = id != NULL ? fc_buf_append_text(&r->id, id, err) : derive_id(r, row, err);
    if (st != FC_OK)
        return st;
    if (group != NULL) {
        fc_buf_clear(&r->group);
        return fc_buf_append(&r->group, group, strlen(group) + 1, err);
    }
    /* In an id of ours only the path has an extension: "a.ogg#0-1.5" belongs to "a#0-1.5". */
    path_n = id == NULL && path != NULL ? strlen(path) : strlen((const char *)r->id.data);
    return fc__group_rule_apply(&r->group_rule, (const char *)r->id.data, path_n, &r->group, err);
}

fc_status fc__sample_from_row(fc_dataset_reader *r, const fc_manifest_row *row, fc_error *err)
{
    static fc_status (*const checks[])(fc_dataset_reader *, const fc_manifest_row *, fc_error *) = {
        parse_row_number, parse_span, parse_modality, check_source};
    const char *id = value_of(row, FC_COLUMN_ID), *path = value_of(row, FC_COLUMN_PATH);
    fc_source_sample *s = &r->sample;
    fc_status st;

    if (id != NULL && strlen(id) > FC_SAMPLE_ID_MAX)
        return fc__sample_bad(r, FC_E_LIMIT, NULL, err, "the id has %zu bytes; at most %d",
                              strlen(id), FC_SAMPLE_ID_MAX);
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        st = checks[i](r, row, err);
        if (st != FC_OK || s->status != FC_OK)
            return st;
    }
    st = name_sample(r, row, err);
    if (st != FC_OK)
        return st;
    s->id = (const char *)r->id.data;
    if (strlen(s->id) > FC_SAMPLE_ID_MAX)
        return fc__sample_bad(r, FC_E_LIMIT, NULL, err, "the id has %zu bytes; at most %d",
                              strlen(s->id), FC_SAMPLE_ID_MAX);
    s->group = (const char *)r->group.data;
    s->split = value_of(row, FC_COLUMN_SPLIT) != NULL ? value_of(row, FC_COLUMN_SPLIT) : "";
    s->meta = &r->meta;
    if (path == NULL) {
        s->text = value_of(row, FC_COLUMN_TEXT);
        s->text_n = strlen(s->text);
        s->modality = FC_TEXT;
        return FC_OK;
    }
    s->path = path;
    st = fc__manifest_look(r, path, err);
    if (st != FC_OK)
        return st;
    if (r->manifest->last_status != FC_OK)
        return fc__sample_bad(r, r->manifest->last_status, s->id, err, "%s",
                              r->manifest->last_error.message);
    s->has_file = true;
    s->file = r->manifest->last_file;
    if (!s->has_row)
        return FC_OK;
    fc_buf_clear(&r->path);
    st = fc_buf_append_fmt(&r->path, err, "%s/%llu", path, (unsigned long long)s->row);
    s->path = (const char *)r->path.data;
    return st;
}
