/*
 * The files of the search index: who may change them now, and which of them nothing names any more.
 *
 * Threads: any; the lock is for other threads as for other processes.
 */
#ifndef FC_INDEX_FILES_H
#define FC_INDEX_FILES_H

#include "fc_store_space.h"

/* Wait until no other update of this store's index runs (STORE/index.lock). `cancelled` is asked
 * meanwhile: FC_E_CANCELLED. */
fc_status fc__index_lock(fc_store *store, bool (*cancelled)(void *context), void *context,
                         int *lock, fc_error *err);
/* -1 is a no-op. */
void fc__index_unlock(int lock);

/* The space among these that has the head named `key`; NULL: none. Borrowed from the row. */
const char *fc__index_space_of(const fc_space_row *spaces, size_t n, const char *key);

/* Forget the segments of heads that no space's newest version has. With the lock held. */
fc_status fc__index_drop_heads(fc_store *store, fc_error *err);

/* Remove segment files that nothing lists, and what an update left that was killed. With the lock
 * held. Readers that have such a file mapped keep it; one that looks for it only now scans the
 * blocks instead. */
fc_status fc__index_sweep(fc_store *store, fc_error *err);

#endif /* FC_INDEX_FILES_H */
