/*
 * Data-set sources: a folder, a CSV or a JSONL manifest as a stream of samples. Memory is bounded
 * by one folder's names or one manifest line, never by the data set.
 *
 * A folder: depth first, names sorted bytewise within each folder; files are looked at (stat), not
 * opened. Names that begin with a dot are skipped, folders too. A link to a regular file beneath
 * the folder is taken; links that lead out or to a folder, and FIFOs, sockets and devices, are bad
 * samples with their reason, as are folders that cannot be read and names that are not UTF-8 (their
 * id is the name with \xHH for such bytes).
 *
 * An archive inside a folder (its ending says zip or tar, its bytes agree), and one that is itself
 * the source (its bytes decide): every member is a sample, the path of the archive and its name are
 * its path (fc_fetch.h). Members of a tar that share their name up to the first dot of the base
 * name are one group, as WebDataset has it; a .json member is metadata of its group: nested values
 * as JSON text. Members that cannot be taken are bad samples, so is an archive that breaks off.
 *
 * A .npy as a source: each row along its first axis is a sample, its number the id. uint8 N x H x W
 * and N x H x W x C are images, floats N x D vectors, floats N x P x 3 or 6 points.
 *
 * A manifest: a CSV (RFC 4180, with a header) or one JSON object a line. Columns id, path, text,
 * row, modality, group, split, start_s, end_s; all others are metadata. An empty cell, null, and an
 * empty string in one of the columns named here are absent. In CSV a cell that is wholly a finite
 * number is a number and keeps its text. Empty lines are skipped. A record whose quoting is broken
 * costs its first line only. A row without id gets one:
 *
 *     path              a file
 *     path#ROW          a row of it
 *     path#START-END    a time span (either end may be missing)
 *     text:HEX          inline text: 16 digits of its XXH3-128; stays when lines come and go
 *     line:N            a row too broken to have any of these; always with a status
 *     member:N          a member of an archive that has no name; always with a status
 *
 * A path may lead into an archive ("chairs.zip/models/a.obj"); with a row it is the path of an
 * array and becomes "digits.npy/12" in the sample.
 *
 * Duplicate ids are not noticed here.
 *
 * Threads: one reader is used by one thread.
 */
#ifndef FC_DATASET_H
#define FC_DATASET_H

#include "fc_archive.h"
#include "fc_file.h"
#include "fc_meta.h"

#define FC_MANIFEST_LINE_MAX (16u << 20)

/* One sample of a source; borrowed until the next call of fc__dataset_next(). */
typedef struct fc_source_sample {
    fc_status status;    /* FC_OK, or why this sample cannot be taken (a bad line, a duplicate) */
    const char *problem; /* then: "manifest.csv:12: end_s 'x' is not a number" */
    const char *id;      /* relative path, or the manifest's id; unique within the source */
    const char *path;    /* relative to the source's root folder (fc_fetch.h); NULL: inline text */
    const char *text;    /* inline text; NULL for a file */
    size_t text_n;
    fc_modality modality;  /* FC_MODALITY_NONE: decided by content */
    const char *group;     /* "" when none */
    const char *split;     /* "" when none */
    double start_s, end_s; /* both 0: the whole; only end_s 0: to the end */
    bool has_row;          /* the manifest gave one; `path` has it at its end */
    uint64_t row;
    const fc_meta *meta;
    bool has_file; /* `file` is filled in (the file is there and regular): the archive's, for
                      members */
    fc_file_id file;
    uint64_t line;   /* manifest line, from 1; 0 for a folder */
    uint64_t member; /* of an archive, from 1; 0: none. An id may come twice there */
} fc_source_sample;

typedef struct fc_dataset_options {
    /* POSIX ERE on the id; its first group (or whole match) is the group. NULL, and where it
     * matches nothing: the id without its extension ("a/owl" of a/owl.png, "a/owl#0-2" of
     * a/owl.ogg#0-2). A manifest's own group goes before both. */
    const char *group_pattern;
    fc_archive_limits archives; /* caps on archives; zeros are the defaults */
} fc_dataset_options;

/* What is known of archives from an ingest before, so that one that has not changed is not read
 * again. `path` is relative to the reader's root. */
typedef struct fc_known {
    void *context;
    /* *known: every member of the archive `path`, as its file is now, is on record; next gives
     * them.
     */
    fc_status (*begin)(void *context, const char *path, const fc_file_id *file, bool *known,
                       fc_error *err);
    /* A member's name in the archive and its metadata (NULL: none), borrowed until the next call.
     * FC_E_NOT_FOUND at the end. */
    fc_status (*next)(void *context, const char **name, const fc_meta **meta, fc_error *err);
} fc_known;

typedef struct fc_dataset_reader fc_dataset_reader;

/* Open `source`: a folder, a .csv / .jsonl file, a zip or tar archive, or a .npy. Reads the CSV
 * header and checks its columns. FC_E_NOT_FOUND, FC_E_FORMAT, FC_E_INVALID (a bad pattern) with a
 * message. */
fc_status fc__dataset_open(fc_dataset_reader **out, const char *source,
                           const fc_dataset_options *opts, fc_error *err);
/* Ask `known` (copied) about archives from here on. */
void fc__dataset_set_known(fc_dataset_reader *r, const fc_known *known);
/* D, when the source is a .npy of N x D floats; else 0. */
uint64_t fc__dataset_vector_dim(const fc_dataset_reader *r);
/* Next sample. FC_E_NOT_FOUND at the end. A bad sample is FC_OK with sample->status set, and the
 * stream goes on; only a source that cannot be read further fails the call. */
fc_status fc__dataset_next(fc_dataset_reader *r, const fc_source_sample **sample, fc_error *err);
/* Folder that paths are relative to (absolute path), and an open descriptor of it. */
const char *fc__dataset_root(const fc_dataset_reader *r);
int fc__dataset_root_fd(const fc_dataset_reader *r);
/* A guess of how far we are, 0..1, for progress (bytes of a manifest; folders seen); -1 unknown. */
double fc__dataset_fraction(const fc_dataset_reader *r);
/* Names of a folder that were passed over so far, for they begin with a dot: files, and folders
 * with all that is in them. */
uint64_t fc__dataset_hidden(const fc_dataset_reader *r);
void fc__dataset_close(fc_dataset_reader *r);

/* Modality by content, first bytes of a file (up to FC_SNIFF_BYTES are enough), extension second:
 * the extension only breaks ties among text-like kinds (.obj, .csv, .txt). `size` is that of the
 * whole file; 0 where it is not known. FC_MODALITY_NONE when it is nothing we know; then *what
 * names what it looks like ("GIF image", "gzip"), or "unknown bytes". */
#define FC_SNIFF_BYTES ((size_t)4096)
fc_modality fc__sniff(const uint8_t *head, size_t n, uint64_t size, const char *name,
                      const char **what);
/* Whether `what` says that it is an array of many samples: a source of its own, not a sample. */
bool fc__sniff_is_many(const char *what);

/* What holds several samples. */
typedef enum fc_container {
    FC_CONTAINER_NONE,
    FC_CONTAINER_ZIP,
    FC_CONTAINER_TAR,
    FC_CONTAINER_COMPRESSED, /* gzip or zstd: perhaps a tar */
    FC_CONTAINER_NPY
} fc_container;
/* Where the ending of an archive begins in `name` (".tar.gz" of x.tar.gz), or NULL: a file of a
 * folder is looked into for members by its ending, before its bytes. */
const char *fc__archive_ending(const char *name);
fc_container fc__sniff_container(const uint8_t *head, size_t n);

#endif /* FC_DATASET_H */
