/*
 * Writes rows as they come. A .npy header is written again at the end, when the count is known.
 * Items of one shape are rows of one array; items whose length varies are stacked along their first
 * axis, and their line says where they begin and how long they are.
 */
#include "export_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_json.h"
#include "fc_npy_header.h"
#include "fc_store_read.h"

struct fc_export_files {
    fc_export_format format;
    fc_output_info output;
    bool varies;                    /* items differ in length */
    fc_safe_file *features, *lines; /* features: .npy or .csv; lines: .jsonl */
    uint64_t n_items, n_rows;
    fc_buf text; /* scratch */
};

static fc_status begin_file(fc_safe_file **out, const char *dir, const char *name,
                            const char *ending, fc_error *err)
{
    char *file = NULL, *path = NULL;
    size_t room = strlen(name) + strlen(ending) + 2;
    fc_status st;

    file = fc__alloc_array(room, 1);
    if (file != NULL) {
        snprintf(file, room, "%s.%s", name, ending);
        path = fc__path_join(dir, file);
    }
    st = path == NULL ? fc__nomem(err, room, "a path") : fc__safe_file_begin(out, path, err);
    free(path);
    free(file);
    return st;
}

static fc_status write_text(fc_safe_file *file, const fc_buf *text, fc_error *err)
{
    return fc__safe_file_write(file, text->data, text->size, err);
}

/* id,dataset,modality,group,split,f0,f1,... */
static fc_status write_csv_head(fc_export_files *f, fc_error *err)
{
    uint64_t n = 1;
    fc_status st;

    for (uint32_t i = 0; i < f->output.rank; i++)
        n *= f->output.shape[i];
    fc_buf_clear(&f->text);
    st = fc_buf_append_text(&f->text, "id,dataset,modality,group,split", err);
    for (uint64_t i = 0; st == FC_OK && i < n; i++)
        st = fc_buf_append_fmt(&f->text, err, ",f%llu", (unsigned long long)i);
    if (st == FC_OK)
        st = fc_buf_append_text(&f->text, "\r\n", err);
    return st == FC_OK ? write_text(f->features, &f->text, err) : st;
}

fc_status fc__export_files_begin(fc_export_files **out, const char *dir, const char *name,
                                 fc_export_format format, const fc_output_info *output,
                                 fc_error *err)
{
    fc_export_files *f = calloc(1, sizeof(*f));
    const uint8_t blank[FC_NPY_HEADER_BYTES] = {0};
    fc_status st = FC_OK;

    *out = NULL;
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "an export");
    f->format = format;
    f->output = *output;
    f->varies = output->shape[0] == 0;
    if (format == FC_EXPORT_CSV && f->varies) {
        free(f);
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "output '%s': its items vary in length, which CSV cannot hold; use "
                            "--format npy or jsonl",
                            output->name);
    }
    if (format != FC_EXPORT_JSONL)
        st = begin_file(&f->features, dir, name, format == FC_EXPORT_NPY ? "npy" : "csv", err);
    if (st == FC_OK && format != FC_EXPORT_CSV)
        st = begin_file(&f->lines, dir, name, "jsonl", err);
    if (st == FC_OK && format == FC_EXPORT_NPY)
        st = fc__safe_file_write(f->features, blank, sizeof(blank), err);
    if (st == FC_OK && format == FC_EXPORT_CSV)
        st = write_csv_head(f, err);
    if (st != FC_OK) {
        fc__export_files_abort(f);
        return st;
    }
    *out = f;
    return FC_OK;
}

/* A CSV field, quoted; a leading = + - @ would be a formula to a spreadsheet, and stays as it is:
 * ids must come back as they were. */
static fc_status csv_field(fc_buf *b, const char *s, fc_error *err)
{
    fc_status st = fc_buf_append_u8(b, '"', err);

    for (; st == FC_OK && *s != '\0'; s++) {
        if (*s == '"')
            st = fc_buf_append_u8(b, '"', err);
        if (st == FC_OK)
            st = fc_buf_append_u8(b, (uint8_t)*s, err);
    }
    return st == FC_OK ? fc_buf_append_u8(b, '"', err) : st;
}

static fc_status write_csv_row(fc_export_files *f, const fc_sample *sample, const float *values,
                               size_t n, fc_error *err)
{
    const char *const fields[] = {sample->id, sample->dataset, fc_modality_name(sample->modality),
                                  sample->group, sample->split};
    fc_status st = FC_OK;

    fc_buf_clear(&f->text);
    for (size_t i = 0; st == FC_OK && i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (i > 0)
            st = fc_buf_append_u8(&f->text, ',', err);
        if (st == FC_OK)
            st = csv_field(&f->text, fields[i], err);
    }
    for (size_t i = 0; st == FC_OK && i < n; i++)
        st = fc_buf_append_fmt(&f->text, err, ",%.9g", (double)values[i]);
    if (st == FC_OK)
        st = fc_buf_append_text(&f->text, "\r\n", err);
    return st == FC_OK ? write_text(f->features, &f->text, err) : st;
}

static void describe(const fc_export_files *f, fc_json *j, const fc_sample *sample, uint64_t n_rows)
{
    const fc_meta *meta = fc__sample_meta(sample);

    fc_json_kv_string(j, "id", sample->id);
    fc_json_kv_string(j, "dataset", sample->dataset);
    fc_json_kv_string(j, "modality", fc_modality_name(sample->modality));
    fc_json_kv_string(j, "group", sample->group);
    fc_json_kv_string(j, "split", sample->split);
    if (f->varies) {
        fc_json_kv_uint(j, "row", f->n_rows);
        fc_json_kv_uint(j, "rows", n_rows);
    }
    fc_json_key(j, "meta");
    if (meta != NULL) {
        fc__meta_json(meta, j);
    } else {
        fc_json_object_begin(j);
        fc_json_object_end(j);
    }
}

static fc_status write_line(fc_export_files *f, const fc_sample *sample, const float *rows,
                            uint64_t n_rows, size_t row_elements, fc_error *err)
{
    fc_json j;
    fc_status st;

    fc_buf_clear(&f->text);
    j = fc_json_into(&f->text);
    fc_json_object_begin(&j);
    describe(f, &j, sample, n_rows);
    if (f->format == FC_EXPORT_JSONL) {
        fc_json_key(&j, "features");
        fc_json_array_begin(&j);
        for (uint64_t i = 0; i < n_rows * row_elements; i++)
            fc_json_double(&j, (double)rows[i], 9);
        fc_json_array_end(&j);
    }
    fc_json_object_end(&j);
    st = fc_json_status(&j, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(&f->text, '\n', err);
    return st == FC_OK ? write_text(f->lines, &f->text, err) : st;
}

fc_status fc__export_files_add(fc_export_files *f, const fc_sample *sample, const float *rows,
                               uint64_t n_rows, size_t row_elements, fc_error *err)
{
    const size_t n = (size_t)n_rows * row_elements;
    fc_status st = FC_OK;

    if (f->format == FC_EXPORT_NPY)
        st = fc__safe_file_write(f->features, rows, n * sizeof(float), err);
    else if (f->format == FC_EXPORT_CSV)
        st = write_csv_row(f, sample, rows, n, err);
    if (st == FC_OK && f->lines != NULL)
        st = write_line(f, sample, rows, n_rows, row_elements, err);
    f->n_items++;
    f->n_rows += n_rows;
    return st;
}

/* Items of one shape: [n_items, shape...]; else [n_rows, shape[1], ...]. */
static fc_status write_npy_head(fc_export_files *f, fc_error *err)
{
    uint64_t shape[FC_MAX_RANK + 1];
    uint8_t header[FC_NPY_HEADER_BYTES];
    const uint32_t skip = f->varies ? 1 : 0;
    fc_status st;

    shape[0] = f->varies ? f->n_rows : f->n_items;
    for (uint32_t i = skip; i < f->output.rank; i++)
        shape[1 + i - skip] = f->output.shape[i];
    st = fc__npy_header_write(FC_F32, f->output.rank + 1 - skip, shape, header, err);
    return st == FC_OK ? fc__safe_file_write_at(f->features, 0, header, sizeof(header), err) : st;
}

fc_status fc__export_files_commit(fc_export_files *f, uint64_t *n_files, fc_error *err)
{
    fc_status st = FC_OK;

    if (f->format == FC_EXPORT_NPY)
        st = write_npy_head(f, err);
    if (st == FC_OK && f->features != NULL) {
        st = fc__safe_file_commit(f->features, err);
        f->features = NULL;
        *n_files += st == FC_OK;
    }
    if (st == FC_OK && f->lines != NULL) {
        st = fc__safe_file_commit(f->lines, err);
        f->lines = NULL;
        *n_files += st == FC_OK;
    }
    fc__export_files_abort(f);
    return st;
}

void fc__export_files_abort(fc_export_files *f)
{
    if (f == NULL)
        return;
    fc__safe_file_abort(f->features);
    fc__safe_file_abort(f->lines);
    fc_buf_dispose(&f->text);
    free(f);
}
