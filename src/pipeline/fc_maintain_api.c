/*
 * Looking after a store as a whole: what src/store does for data.mdb, together with the index
 * segments, which only src/index knows. Segments are derived: verify checks them, gc removes what
 * nothing lists, and the rest leaves them alone.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <featcache/maintain.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_queue.h"
#include "fc_store_maintain.h"
#include "fc_store_read.h"
#include "search_index.h"

/* Segments that nothing lists may be about to be: an index being built writes files first. */
#define UNLISTED_SECONDS 3600

/* ---- verify ---- */

typedef struct check {
    fc_store *store;
    fc_snapshot *snapshot;
    bool full;
    void (*each)(void *context, const fc_damage *damage);
    void *context;
    fc_verify_report *report;
} check;

static void tell(check *c, const char *hash, const char *reason)
{
    char where[64];
    const fc_damage damage = {.where = where, .reason = reason};

    snprintf(where, sizeof(where), "segment %s", hash);
    c->report->n_damages++;
    if (c->each != NULL)
        c->each(c->context, &damage);
}

static fc_status check_segment(check *c, const char *folder, const char *hash,
                               const fc_segment_identity *identity, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_segment *segment;
    bool degraded = false;
    fc_status st = fc__segment_open(&segment, folder, hash, identity, &degraded, &inner);

    c->report->n_segments++;
    if (st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", inner.message);
    if (st != FC_OK) {
        tell(c, hash, inner.message);
        return FC_OK;
    }
    if (degraded)
        tell(c, hash, "its .faiss file is missing or damaged; `featcache index` builds it anew");
    else if (c->full && (st = fc__segment_verify(segment, &inner)) != FC_OK)
        tell(c, hash, inner.message);
    fc__segment_close(segment);
    return st == FC_E_NOMEM ? fc_error_set(err, st, "%s", inner.message) : FC_OK;
}

static fc_status check_row(check *c, const fc_segment_row *row, fc_error *err)
{
    const fc_segment_identity identity =
        fc__output_identity(c->store, row->space, row->version, row->output);
    const char *folder;
    fc_status st = fc__store_segment_folder(c->store, &folder, err);

    for (size_t i = 0; st == FC_OK && i < row->live.n; i++)
        st = check_segment(c, folder, row->live.hashes[i], &identity, err);
    return st;
}

static fc_status check_segments(check *c, const char *path, fc_error *err)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    fc_segment_row *rows = NULL;
    size_t n = 0;
    fc_status st;

    opts.flags = FC_STORE_READ_ONLY;
    st = fc_store_open(&c->store, path, &opts, err);
    if (st == FC_OK)
        st = fc_snapshot_begin(&c->snapshot, c->store, err);
    if (st == FC_OK)
        st = fc__snapshot_segment_rows(c->snapshot, &rows, &n, err);
    for (size_t i = 0; st == FC_OK && i < n; i++)
        st = check_row(c, &rows[i], err);
    fc__segment_rows_free(rows, n);
    fc_snapshot_end(c->snapshot);
    fc_store_close(c->store);
    return st;
}

fc_status fc_verify(const char *store_path, bool full,
                    void (*each)(void *context, const fc_damage *damage), const fc_watch *watch,
                    fc_verify_report *report, fc_error *err)
{
    check c = {.full = full,
               .each = each,
               .context = watch != NULL ? watch->context : NULL,
               .report = report};
    const uint64_t start = fc__now_ns();
    fc_error inner = FC_ERROR_INIT;
    fc_status st = fc__store_verify(store_path, full, each, watch, report, err);

    if (st != FC_OK)
        return st;
    st = check_segments(&c, store_path, &inner);
    report->seconds = (double)(fc__now_ns() - start) / 1e9;
    /* Damage in the store, which has been told, may keep it from being opened. */
    if (st == FC_OK || (st == FC_E_CORRUPT && report->n_damages > 0))
        return FC_OK;
    return fc_error_set(err, st, "%s", inner.message);
}

/* ---- gc ---- */

static bool is_segment_name(const char *name)
{
    size_t n = strspn(name, "0123456789abcdef");

    return n == 32 && (strcmp(name + n, ".vec") == 0 || strcmp(name + n, ".faiss") == 0);
}

static bool has_hash(char (*list)[33], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(list[i], name, 32) == 0)
            return true;
    return false;
}

/* Hashes that the store lists now. */
static fc_status listed(fc_store *store, char (**out)[33], size_t *n_out, fc_error *err)
{
    fc_segment_row *rows = NULL;
    fc_snapshot *s;
    size_t n = 0, capacity = 0;
    fc_status st = fc_snapshot_begin(&s, store, err);

    if (st == FC_OK)
        st = fc__snapshot_segment_rows(s, &rows, &n, err);
    for (size_t i = 0; st == FC_OK && i < n; i++) {
        const fc_live_segments *live = &rows[i].live;

        if (live->n == 0)
            continue;
        st = fc__grow_array(out, &capacity, *n_out + live->n, sizeof(**out), err);
        if (st == FC_OK) {
            memcpy(*out + *n_out, live->hashes, live->n * sizeof(**out));
            *n_out += live->n;
        }
    }
    fc__segment_rows_free(rows, n);
    fc_snapshot_end(s);
    return st;
}

typedef struct sweep {
    const char *folder;
    char (*live)[33], (*dropped)[33];
    size_t n_live, n_dropped;
    bool dry_run;
    fc_gc_report *report;
} sweep;

static void sweep_file(const sweep *s, const char *name)
{
    const bool dropped = has_hash(s->dropped, s->n_dropped, name);
    char *path;
    struct stat st;

    /* In a dry run what is to be dropped is still listed. */
    if (!dropped && has_hash(s->live, s->n_live, name))
        return;
    path = fc__path_join(s->folder, name);
    if (path != NULL && lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
        (dropped || st.st_mtime + UNLISTED_SECONDS < time(NULL)) &&
        (s->dry_run || unlink(path) == 0))
        s->report->n_bytes += (uint64_t)st.st_size;
    free(path);
}

static fc_status sweep_segments(fc_store *store, sweep *s, fc_error *err)
{
    const struct dirent *entry;
    DIR *dir;
    fc_status st = listed(store, &s->live, &s->n_live, err);

    if (st == FC_OK)
        st = fc__store_segment_folder(store, &s->folder, err);
    dir = st == FC_OK ? opendir(s->folder) : NULL;
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (is_segment_name(entry->d_name))
            sweep_file(s, entry->d_name);
    if (dir != NULL)
        closedir(dir);
    free(s->live);
    return st;
}

fc_status fc_gc(fc_store *store, const char *encoder, bool dry_run, fc_gc_report *report,
                fc_error *err)
{
    sweep s = {.dry_run = dry_run, .report = report};
    fc_status st = fc__store_gc(store, encoder, dry_run, report, &s.dropped, &s.n_dropped, err);

    if (st == FC_OK)
        st = sweep_segments(store, &s, err);
    free(s.dropped);
    return st;
}

/* ---- the rest is data.mdb's alone ---- */

fc_status fc_backup(const char *store_path, const char *to, const fc_watch *watch, fc_error *err)
{
    return fc__store_backup(store_path, to, watch, err);
}

fc_status fc_compact(const char *store_path, const fc_watch *watch, fc_compact_report *report,
                     fc_error *err)
{
    return fc__store_compact(store_path, watch, report, err);
}

fc_status fc_repair(const char *store_path, const char *to,
                    void (*each)(void *context, const fc_damage *damage), const fc_watch *watch,
                    fc_repair_report *report, fc_error *err)
{
    return fc__store_repair(store_path, to, each, watch, report, err);
}
