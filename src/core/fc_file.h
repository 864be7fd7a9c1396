/*
 * Files, safely: whole reads with a cap, writes that are there whole or not at all,
 * and opening a path beneath a folder without leaving it.
 */
#ifndef FC_FILE_H
#define FC_FILE_H

#include <sys/types.h>

#include "fc_buf.h"

/* Identity of a file's content as the system tells it: all equal means unchanged. */
typedef struct fc_file_id {
    uint64_t device, inode, size;
    int64_t mtime_ns, ctime_ns;
} fc_file_id;

/* Read all of `path` (a regular file) into *out (what it held is lost), at most max_bytes.
 * FC_E_NOT_FOUND nothing there (sets a message too); FC_E_LIMIT larger; FC_E_INVALID not regular.
 */
fc_status fc__file_read(const char *path, size_t max_bytes, fc_buf *out, fc_error *err);
/* The same from an open descriptor (regular file, from its start); `name` is for messages.
 * `id` may be NULL; else it is taken before and after and a file that changed is FC_E_BUSY. */
fc_status fc__file_read_fd(int fd, const char *name, size_t max_bytes, fc_buf *out, fc_file_id *id,
                           fc_error *err);
fc_status fc__file_identify_fd(int fd, const char *name, fc_file_id *out, fc_error *err);
/* The file that path leads to, links followed; FC_E_NOT_FOUND without a message. */
fc_status fc__file_identify(const char *path, fc_file_id *out, fc_error *err);
bool fc__file_id_equal(const fc_file_id *a, const fc_file_id *b);

/* Open `relative` for reading beneath the folder `root_fd` without following links out of it
 * (openat2 RESOLVE_BENEATH where the kernel has it, else component by component with O_NOFOLLOW).
 * Refuses absolute paths, "..", NUL, and anything that is not a regular file. */
fc_status fc__open_beneath(int root_fd, const char *relative, int *out_fd, fc_error *err);

/* What fc__open_beneath falls back to, always component by component: refuses every link, also one
 * that stays inside. */
fc_status fc__open_beneath_walk(int root_fd, const char *relative, int *out_fd, fc_error *err);

/* Temporary files start with this; one whose process is gone may be removed. */
#define FC_TEMPORARY_PREFIX ".fc-tmp-"

/* Where writing to `path` has to put its file: `path`, or where its link, a link to nothing too,
 * leads in the end. *out is the caller's, to free(); NULL on failure. FC_E_INVALID names what is
 * there when it is not a regular file: a rename would put a file in place of a device or a FIFO. */
fc_status fc__write_target(char **out, const char *path, fc_error *err);

/* Whole-or-absent writing: begin -> write ... -> commit (fsync, rename, fsync of the folder), or
 * abort (the temporary is removed). Every step is checked; FC_E_FULL on ENOSPC, EDQUOT, EFBIG. A
 * link stays: the file it leads to is written. FC_E_INVALID as fc__write_target() has it. */
typedef struct fc_safe_file fc_safe_file;
fc_status fc__safe_file_begin(fc_safe_file **out, const char *path, fc_error *err);
fc_status fc__safe_file_write(fc_safe_file *f, const void *bytes, size_t n, fc_error *err);
/* Overwrite bytes written before (a header that is known only at the end). */
fc_status fc__safe_file_write_at(fc_safe_file *f, uint64_t offset, const void *bytes, size_t n,
                                 fc_error *err);
fc_status fc__safe_file_commit(fc_safe_file *f, fc_error *err); /* releases f, also on failure */
void fc__safe_file_abort(fc_safe_file *f);
/* begin, write, commit in one. */
fc_status fc__file_write_whole(const char *path, const void *bytes, size_t n, fc_error *err);

fc_status fc__sync_folder(const char *path, fc_error *err);
/* mkdir, parents too; an existing folder is fine. */
fc_status fc__make_folders(const char *path, fc_error *err);
/* Remove a folder of ours and all in it; does not follow links, does not cross file systems.
 * Nothing there is FC_OK. */
fc_status fc__remove_tree(const char *path, fc_error *err);
/* "a" + "/" + "b" on the heap; NULL when out of memory. */
char *fc__path_join(const char *a, const char *b);
/* The folder part of path, on the heap: "." where there is none, "/" for the root. */
char *fc__path_folder(const char *path);
/* From errno to a status: ENOSPC/EDQUOT/EFBIG full, ENOENT not found, ENOMEM nomem, else I/O. */
fc_status fc__status_of_errno(int e);
/* Set "WHAT PATH: strerror" and return the status of errno value e. */
fc_status fc__io_error(fc_error *err, int e, const char *what, const char *path);

/* A file mapped read-only. */
typedef struct fc_map {
    const uint8_t *data;
    size_t size;
} fc_map;

#define FC_MAP_INIT \
    {               \
        NULL, 0     \
    }
fc_status fc__map_file(fc_map *out, const char *path, fc_error *err);
void fc__map_dispose(fc_map *m);

#endif /* FC_FILE_H */
