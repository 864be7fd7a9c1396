/*
 * Looking after a store, the part that knows only LMDB and blocks: what src/pipeline adds the index
 * segments to and makes public.
 */
#ifndef FC_STORE_MAINTAIN_H
#define FC_STORE_MAINTAIN_H

#include <featcache/maintain.h>

typedef void (*fc_damage_fn)(void *context, const fc_damage *damage);

/* All of fc_verify() but segments. */
fc_status fc__store_verify(const char *path, bool full, fc_damage_fn each, const fc_watch *watch,
                           fc_verify_report *report, fc_error *err);
fc_status fc__store_backup(const char *path, const char *to, const fc_watch *watch, fc_error *err);
fc_status fc__store_compact(const char *path, const fc_watch *watch, fc_compact_report *report,
                            fc_error *err);
fc_status fc__store_repair(const char *path, const char *to, fc_damage_fn each,
                           const fc_watch *watch, fc_repair_report *report, fc_error *err);
/* *dropped: hashes of segments that were live for the encoder version, 33 bytes each; freed by the
 * caller. */
fc_status fc__store_gc(fc_store *store, const char *encoder, bool dry_run, fc_gc_report *report,
                       char (**dropped)[33], size_t *n_dropped, fc_error *err);

#endif /* FC_STORE_MAINTAIN_H */
