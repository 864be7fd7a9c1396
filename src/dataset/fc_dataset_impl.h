/*
 * What the files of this folder share: the reader, the group rule, the folder walk, the window over
 * a manifest's bytes, and the one way from a manifest's row to a sample.
 */
#ifndef FC_DATASET_IMPL_H
#define FC_DATASET_IMPL_H

#include <regex.h>
#include <sys/stat.h>

#include "fc_dataset.h"

/* ---- groups (fc_group_rule.c) ---- */

typedef struct fc_group_rule {
    bool has_pattern;
    regex_t pattern;
} fc_group_rule;

/* FC_E_INVALID when `pattern` (may be NULL) is no POSIX extended regular expression. */
fc_status fc__group_rule_init(fc_group_rule *g, const char *pattern, fc_error *err);
/* The group of `id` into *out, NUL-terminated. Its first path_n bytes are a path whose extension is
 * left out when no pattern decides; what follows (a row, a time span) stays. */
fc_status fc__group_rule_apply(const fc_group_rule *g, const char *id, size_t path_n, fc_buf *out,
                               fc_error *err);
void fc__group_rule_dispose(fc_group_rule *g);

/* ---- names of one folder (fc_walk_names.c) ---- */

typedef struct fc_walk_name {
    uint64_t key;  /* the first eight bytes, big-endian: decides most comparisons */
    size_t offset; /* into text, NUL-terminated */
    size_t n;
    unsigned char type; /* DT_* of readdir */
} fc_walk_name;

typedef struct fc_walk_names {
    fc_buf text;
    fc_walk_name *list;
    size_t n, capacity;
    uint64_t n_hidden; /* names that begin with a dot, left out */
} fc_walk_names;

/* Read and sort bytewise what is in the folder `fd`, without names that begin with a dot. */
fc_status fc__walk_names_read(fc_walk_names *names, int fd, fc_error *err);
void fc__walk_names_dispose(fc_walk_names *names);

/* ---- bytes of a manifest (fc_window.c) ---- */

/* A window over a file: data[start ..] is what has been read and not consumed. One byte after the
 * end of what is there can always be written, so that a field can be terminated in place. */
typedef struct fc_window {
    int fd;
    const char *name; /* for messages; borrowed */
    fc_buf bytes;
    size_t start;
    uint64_t consumed, file_size;
    uint64_t line; /* of data[start], from 1 */
    bool at_end;   /* nothing more to read */
} fc_window;

char *fc__window_at(const fc_window *w);
size_t fc__window_left(const fc_window *w);
/* Read more behind what is there; sets at_end. Moves the bytes: offsets stay, pointers do not. */
fc_status fc__window_more(fc_window *w, fc_error *err);
/* Go n bytes on and count their line ends. */
void fc__window_consume(fc_window *w, size_t n);
/* Length of the physical line at the start, its line end included; 0 only at the end of the file.
 * A line over FC_MANIFEST_LINE_MAX sets *too_long and is skipped up to its last part. */
fc_status fc__window_line(fc_window *w, size_t *n, bool *too_long, fc_error *err);

/* ---- rows of a manifest (fc_manifest_row.c, fc_manifest_look.c) ---- */

typedef enum fc_column {
    FC_COLUMN_ID,
    FC_COLUMN_PATH,
    FC_COLUMN_TEXT,
    FC_COLUMN_ROW,
    FC_COLUMN_MODALITY,
    FC_COLUMN_GROUP,
    FC_COLUMN_SPLIT,
    FC_COLUMN_START_S,
    FC_COLUMN_END_S,
    FC_N_COLUMNS,
    FC_COLUMN_META = FC_N_COLUMNS /* any other name */
} fc_column;

/* The column of a name, or FC_COLUMN_META; and its name. */
fc_column fc__column_of(const char *name);
const char *fc__column_name(fc_column column);

/* A row as text, NUL-terminated; NULL (or empty) is absent. Borrowed. */
typedef struct fc_manifest_row {
    const char *value[FC_N_COLUMNS];
} fc_manifest_row;

#define FC_DECIMAL_BYTES 32

typedef struct fc_csv fc_csv;           /* header and fields of a .csv */
typedef struct fc_walk fc_walk;         /* the walk through a folder */
typedef struct fc_members fc_members;   /* the members of an archive */
typedef struct fc_npy_rows fc_npy_rows; /* the rows of a .npy */

typedef struct fc_manifest {
    fc_window window;
    fc_csv *csv;           /* NULL for .jsonl */
    struct json_t *object; /* of the line at hand: the sample borrows its strings */
    char numbers[FC_N_COLUMNS][FC_DECIMAL_BYTES]; /* columns of JSON that came as numbers */
    fc_buf last_path; /* the file that was looked at last, for many rows of one file */
    fc_status last_status;
    fc_file_id last_file;
    fc_error last_error;
    fc_buf folder; /* the folder that was looked into last, and its descriptor or -1 */
    int folder_fd;
} fc_manifest;

struct fc_dataset_reader {
    char *source; /* as given, for messages */
    char *root;
    int root_fd;
    fc_group_rule group_rule;
    fc_walk *walk; /* one of the four */
    fc_manifest *manifest;
    fc_members *members;
    fc_npy_rows *rows;
    fc_archive_limits archives;
    fc_known known; /* begin NULL: nothing is known */

    fc_source_sample sample; /* what next() hands out, and the memory behind it */
    fc_error problem;
    fc_buf id, group, path;
    fc_meta meta;
};

/* An empty sample to fill in. */
void fc__sample_reset(fc_dataset_reader *r);
/* The sample cannot be taken: status and "FILE:LINE: what" (manifest) or "what", without the id in
 * front. `id` NULL: "line:N". Returns FC_OK, or FC_E_NOMEM. */
fc_status fc__sample_bad(fc_dataset_reader *r, fc_status status, const char *id, fc_error *err,
                         const char *fmt, ...) FC_PRINTF(5, 6);
/* From a row (and r->meta, filled in by the caller) to the sample. */
fc_status fc__sample_from_row(fc_dataset_reader *r, const fc_manifest_row *row, fc_error *err);
/* Look at the file of a row: m->last_status, and m->last_file or m->last_error. `path` is relative
 * and has no "..". Only FC_E_NOMEM fails. */
fc_status fc__manifest_look(fc_dataset_reader *r, const char *path, fc_error *err);
void fc__identify(const struct stat *s, fc_file_id *out);
/* Escaped for messages and cut at 80 bytes. */
#define FC_SHOW_BYTES 112
const char *fc__show(char out[FC_SHOW_BYTES], const char *s, size_t n);
/* The shortest of 15 or 17 significant digits that reads back, with a point in any locale. */
void fc__decimal(double v, char out[FC_DECIMAL_BYTES]);

/* ---- CSV (fc_csv_record.c, fc_csv.c) ---- */

#define FC_CSV_COLUMNS_MAX FC_META_ENTRIES_MAX

typedef struct fc_csv_field {
    char *at; /* NUL-terminated, in the window */
    size_t n;
} fc_csv_field;

/* Length of the record at the start of the window, its line end included; 0 at the end of the
 * file. *broken says what is wrong with its quoting, or is NULL. */
fc_status fc__csv_find_end(fc_window *w, size_t *n, const char **broken, fc_error *err);
/* Cut a record into fields in place: the window has room for a NUL behind it. Returns how many
 * there are, also beyond FC_CSV_COLUMNS_MAX. */
size_t fc__csv_split(char *at, size_t n, fc_csv_field *fields);
/* The first field that is no text, or n. */
size_t fc__csv_find_bad_text(const fc_csv_field *fields, size_t n);

/* Read the header of the manifest. FC_E_FORMAT with file and line. */
fc_status fc__csv_open(fc_csv **out, fc_window *w, fc_error *err);
fc_status fc__csv_next(fc_dataset_reader *r, fc_error *err);
void fc__csv_close(fc_csv *csv);

/* ---- JSON lines (fc_jsonl.c) ---- */

fc_status fc__jsonl_next(fc_dataset_reader *r, fc_error *err);
/* Release the object of the line at hand. */
void fc__jsonl_forget(fc_manifest *m);

/* ---- the walk (fc_walk.c) ---- */

fc_status fc__walk_open(fc_walk **out, int root_fd, const char *root, fc_error *err);
fc_status fc__walk_next(fc_dataset_reader *r, fc_error *err);
double fc__walk_fraction(const fc_walk *f);
uint64_t fc__walk_hidden(const fc_walk *f);
void fc__walk_close(fc_walk *f);

/* ---- archives (fc_members.c, fc_members_meta.c) ---- */

/* The archive `path` beneath the root, open at `fd` (taken over, also on failure) or -1: opened
 * when it has to be, and given out as the file that it is where its bytes are no archive. Ids are
 * id_prefix + name. What is wrong with it becomes a bad sample. */
fc_status fc__members_open(fc_members **out, int fd, const char *path, const char *id_prefix,
                           const fc_file_id *file, fc_error *err);
/* The next sample into `r`; *found is false at the end. */
fc_status fc__members_next(fc_dataset_reader *r, fc_members *m, bool *found, fc_error *err);
double fc__members_fraction(const fc_members *m);
void fc__members_close(fc_members *m);
/* A JSON object as metadata, appended to *out. */
fc_status fc__members_meta(const uint8_t *bytes, size_t n, fc_meta *out, fc_error *err);

/* ---- paths into containers (fc_fetch.c) ---- */

/* The regular file in the middle of `path`: its shortest beginning before a slash that is one. *n
 * is that beginning's length, *fd the open file, the caller's; -1: there is none, or it failed. */
fc_status fc__find_container(int root_fd, const char *path, size_t *n, int *fd, fc_file_id *file,
                             fc_error *err);

/* ---- rows (fc_npy_rows.c) ---- */

/* The .npy open at `fd` (borrowed), `name` beneath the root. FC_E_FORMAT, FC_E_INVALID: no array of
 * samples. */
fc_status fc__npy_rows_open(fc_npy_rows **out, int fd, const char *name, fc_error *err);
fc_status fc__npy_rows_next(fc_dataset_reader *r, fc_error *err);
double fc__npy_rows_fraction(const fc_npy_rows *rows);
uint64_t fc__npy_rows_vector_dim(const fc_npy_rows *rows);
void fc__npy_rows_close(fc_npy_rows *rows);

/* ---- sniffing (fc_sniff_npy.c, fc_sniff_mesh.c) ---- */

/* Whether the last extension of `name` (may be NULL) is `ending`, in any case. */
bool fc__has_ending(const char *name, const char *ending);
/* An ending of texts: ".txt", ".md" and their kind. */
bool fc__has_prose_ending(const char *name);
/* The parts of fc__sniff(), with its arguments. `text`: the head is UTF-8 without controls. *what
 * is left alone where it is no mesh. */
fc_modality fc__sniff_npy(const uint8_t *head, size_t n, uint64_t size, const char **what);
fc_modality fc__sniff_mesh(const uint8_t *head, size_t n, uint64_t size, const char *name,
                           bool text, const char **what);

#endif /* FC_DATASET_IMPL_H */
