/*
 * A set of 16-byte hashes that may be larger than memory: added in any order, read back sorted.
 * Ingest notes every sample id of the source in it, so that what has gone can be told at the end.
 *
 * Threads: one at a time.
 */
#ifndef FC_SEEN_H
#define FC_SEEN_H

#include <featcache/types.h>

#define FC_SEEN_HASH_BYTES 16

typedef struct fc_seen fc_seen;

/* Hold at most `memory_bytes` of hashes (at least 64 KiB); the rest goes sorted to an unnamed
 * temporary file in `folder`. */
fc_status fc__seen_create(fc_seen **out, const char *folder, size_t memory_bytes, fc_error *err);
fc_status fc__seen_add(fc_seen *s, const uint8_t hash[FC_SEEN_HASH_BYTES], fc_error *err);
uint64_t fc__seen_count(const fc_seen *s);

/* Switch to reading: hashes come sorted, each once. */
fc_status fc__seen_sort(fc_seen *s, fc_error *err);
/* Whether `hash` is in the set; hashes must be asked in ascending order. After a read error the
 * answer is true (nothing is ever dropped because a temporary file failed) and fc__seen_status()
 * tells. */
bool fc__seen_has(fc_seen *s, const uint8_t hash[FC_SEEN_HASH_BYTES]);
/* FC_OK, or the first read error. */
fc_status fc__seen_status(const fc_seen *s, fc_error *err);
/* Hashes that were added more than once, among those passed so far. */
uint64_t fc__seen_duplicates(const fc_seen *s);
void fc__seen_destroy(fc_seen *s);

#endif /* FC_SEEN_H */
