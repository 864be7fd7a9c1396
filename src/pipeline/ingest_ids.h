/*
 * The ids that a scan has met, to notice one that comes twice: a set of 16-byte hashes in memory.
 *
 * Threads: one at a time.
 */
#ifndef FC_INGEST_IDS_H
#define FC_INGEST_IDS_H

#include <featcache/types.h>

typedef struct fc_ids fc_ids;

/* At most about `memory_bytes`; when they are used up no further ids are added. */
fc_status fc__ids_create(fc_ids **out, uint64_t memory_bytes, fc_error *err);
void fc__ids_destroy(fc_ids *ids);
/* *twice: it was added before. */
fc_status fc__ids_add(fc_ids *ids, const uint8_t hash[16], bool *twice, fc_error *err);
/* Some could not be added. */
bool fc__ids_full(const fc_ids *ids);

#endif /* FC_INGEST_IDS_H */
