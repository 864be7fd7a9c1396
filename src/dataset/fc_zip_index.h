/*
 * Where the members of a zip begin, by its central directory, so that one of them can be read
 * without passing those before it. Only a shortcut: what it tells is checked against the member's
 * own header by who uses it, and a zip that it cannot take is walked as before.
 *
 * Threads: read-only once made.
 */
#ifndef FC_ZIP_INDEX_H
#define FC_ZIP_INDEX_H

#include <featcache/types.h>

typedef struct fc_zip_index fc_zip_index;

/* Of the zip open at `fd` (borrowed), of at most max_members. FC_E_NOT_FOUND, without a message: it
 * has no directory that is taken here (zip64, over 64 MiB, broken). FC_E_NOMEM. */
fc_status fc__zip_index_open(fc_zip_index **out, int fd, uint64_t max_members, fc_error *err);
/* Where the local header of the member `name` begins, and its bytes unpacked, as the directory
 * says; the first of several of the name. False: there is none. */
bool fc__zip_index_find(const fc_zip_index *x, const char *name, uint64_t *offset, uint64_t *size);
void fc__zip_index_close(fc_zip_index *x);

#endif /* FC_ZIP_INDEX_H */
