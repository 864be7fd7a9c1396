/*
 * Zip and tar archives as streams (libarchive): members one by one, never unpacked to disk. A zip
 * is read through its central directory; a tar may be packed by gzip or zstd, once.
 *
 * An archive is untrusted: sizes are capped by member and in all, names that lead out, links,
 * devices and encrypted members are told as bad members, and the walk goes on.
 *
 * Threads: an archive belongs to one thread at a time.
 */
#ifndef FC_ARCHIVE_H
#define FC_ARCHIVE_H

#include "fc_buf.h"

/* Caps; zero is the default of each. */
typedef struct fc_archive_limits {
    uint64_t max_member_bytes; /* of one member, unpacked; 256 MiB */
    uint64_t max_members;      /* 2^24 */
    uint64_t max_ratio;        /* all members together against the file (beyond 64 MiB); 200 */
} fc_archive_limits;

typedef struct fc_archive_member {
    const char *name; /* valid UTF-8, relative, no ".."; borrowed until the next member */
    bool has_size;
    uint64_t size;       /* as its header says */
    fc_status status;    /* FC_OK, or why it cannot be taken; then `name` is escaped */
    const char *problem; /* then: one line that follows on its name, "is a link; ..." */
} fc_archive_member;

typedef struct fc_archive fc_archive;

/* Takes the descriptor `fd` of a regular file, also on failure. `name` is for messages.
 * FC_E_FORMAT: neither zip nor tar, or broken. */
fc_status fc__archive_open(fc_archive **out, int fd, const char *name,
                           const fc_archive_limits *limits, fc_error *err);
/* The same from the zip member whose header begins at `offset`, as far as the members lie behind
 * one another; what a zip's directory says is not asked. */
fc_status fc__archive_open_at(fc_archive **out, int fd, uint64_t offset, const char *name,
                              const fc_archive_limits *limits, fc_error *err);
/* The next member that is no folder and has no part that begins with a dot. FC_E_NOT_FOUND at the
 * end, without a message. FC_E_FORMAT: broken from here on; FC_E_LIMIT: a cap on the whole. */
fc_status fc__archive_next(fc_archive *a, fc_archive_member *out, fc_error *err);
/* Bytes of the member at hand into *out (what it held is lost), at most `max` of them (0: the cap);
 * *whole (may be NULL) says whether that was all. Called again it goes on behind them and appends
 * to *out. FC_E_LIMIT: over the cap, whatever its header said; FC_E_FORMAT: broken. */
fc_status fc__archive_read(fc_archive *a, uint64_t max, fc_buf *out, bool *whole, fc_error *err);
bool fc__archive_is_tar(const fc_archive *a); /* known after the first member */
uint64_t fc__archive_file_bytes(const fc_archive *a);
/* How far into the file, 0 to 1. */
double fc__archive_fraction(const fc_archive *a);
void fc__archive_close(fc_archive *a);

#endif /* FC_ARCHIVE_H */
