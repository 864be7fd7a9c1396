/*
 * The bytes of a stored sample, from the root folder and the path that its row has. A path leads to
 *
 *     photos/owl.png          a file
 *     photos.zip/owl.png      a member of an archive: what stands before is a regular file
 *     digits.npy/12           row 12 of an array, as a .npy of its own: its first axis is gone
 *
 * so that a path says all, in the store too. Archives in archives and arrays in archives are not
 * looked into.
 *
 * Threads: a fetcher belongs to one thread. It keeps the archive or array that it used last open:
 * members that are asked for in the archive's order cost one pass, not one each.
 */
#ifndef FC_FETCH_H
#define FC_FETCH_H

#include "fc_archive.h"
#include "fc_file.h"

typedef struct fc_fetcher fc_fetcher;

/* Paths are relative to `root_fd`, which is borrowed. */
fc_status fc__fetcher_create(fc_fetcher **out, int root_fd, const fc_archive_limits *limits,
                             fc_error *err);
void fc__fetcher_destroy(fc_fetcher *f);

/* Where a sample's bytes are. Zero it first, dispose of it at the end. */
typedef struct fc_place {
    fc_file_id file;  /* of the file on disk: the archive's, the array's */
    uint64_t size;    /* of the sample's bytes, as far as is known before they are read */
    bool is_part;     /* a member or a row */
    const char *name; /* what an extension is looked for in: the path; borrowed */
    fc_buf head;      /* of a member its first 64 KiB, of a row all; of a file: fc__fetch_head */

    int fd; /* of a file, else -1 */
    bool has_all;
} fc_place;

#define FC_PLACE_INIT                                           \
    {                                                           \
        {0, 0, 0, 0, 0}, 0, false, NULL, FC_BUF_INIT, -1, false \
    }

/* Find the bytes of `path`. FC_E_NOT_FOUND, FC_E_LIMIT, FC_E_FORMAT,
 * FC_E_UNSUPPORTED, FC_E_INVALID, each with a message. */
fc_status fc__fetch_find(fc_fetcher *f, const char *path, fc_place *place, fc_error *err);
/* At least FC_SNIFF_BYTES, or all there are, into place->head: only a file is read for them, since
 * who reads all of it needs no head. */
fc_status fc__fetch_head(fc_place *place, fc_error *err);
/* All of them into *out, at most max_bytes; place->file is what they came from. FC_E_BUSY: the file
 * was written to meanwhile. Between find and read no other find. */
fc_status fc__fetch_read(fc_fetcher *f, fc_place *place, size_t max_bytes, fc_buf *out,
                         fc_error *err);
void fc__place_dispose(fc_place *place);

/* Both in one, for a sample now and then: `path` beneath the folder `root`. */
fc_status fc__fetch_sample(const char *root, const char *path, size_t max_bytes, fc_buf *out,
                           fc_error *err);

/* The bytes that a path as a user gives it leads to, from where we are: links are followed, ".." is
 * taken, and what stands behind a regular file is a member or a row of it. `limits` may be NULL. */
fc_status fc__fetch_path(const char *path, const fc_archive_limits *limits, size_t max_bytes,
                         fc_buf *out, fc_error *err);

#endif /* FC_FETCH_H */
