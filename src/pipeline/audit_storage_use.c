/*
 * Who uses an encoder version, and what the files of the search index take.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <featcache/query.h>

#include "audit_storage.h"
#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_hash.h"
#include "fc_store_read.h"
#include "fc_store_space.h"

/* --- data sets and spaces ----------------------------------------------------------------------
 */

static bool covers(const fc_dataset_version *v, fc_version_id version)
{
    for (size_t i = 0; i < v->n_coverage; i++)
        if (v->coverage[i].version == version && v->coverage[i].count > 0)
            return true;
    return false;
}

static void count_dataset(fc_storage_version *to, const fc_dataset_info *d)
{
    size_t newest = d->n_versions;
    bool older = false;

    while (newest > 0 && d->versions[newest - 1].state != FC_SEALED)
        newest--;
    if (newest > 0 && covers(&d->versions[newest - 1], to->version)) {
        to->n_datasets++;
        return;
    }
    for (size_t i = 0; i < d->n_versions; i++)
        older = older || covers(&d->versions[i], to->version);
    to->n_older += older;
}

static bool is_member(const fc_space_row *space, const fc_storage_version *v)
{
    fc_sha256 print;

    if (!fc__sha256_from_hex(&print, v->fingerprint, strlen(v->fingerprint)))
        return false;
    for (size_t i = 0; i < space->n_members; i++)
        if (memcmp(&space->members[i].fingerprint, &print, sizeof(print)) == 0 &&
            strcmp(space->members[i].encoder, v->name) == 0)
            return true;
    return false;
}

fc_status fc__storage_uses(fc_storage_audit *a)
{
    const fc_dataset_info *datasets;
    fc_space_row *spaces = NULL;
    size_t n_datasets, n_spaces = 0;
    fc_status st = fc_snapshot_datasets(a->snapshot, &datasets, &n_datasets, a->err);

    if (st == FC_OK)
        st = fc__snapshot_spaces(a->snapshot, &spaces, &n_spaces, a->err);
    for (size_t i = 0; i < a->report->n_versions && st == FC_OK; i++) {
        fc_storage_version *v = &a->report->versions[i];

        for (size_t d = 0; d < n_datasets; d++)
            count_dataset(v, &datasets[d]);
        for (size_t s = 0; s < n_spaces; s++)
            v->n_spaces += is_member(&spaces[s], v);
        v->unused = v->n_datasets + v->n_older + v->n_spaces == 0;
    }
    fc__spaces_free(spaces, n_spaces);
    return st;
}

/* --- segments ----------------------------------------------------------------------------------
 */

typedef struct listing {
    fc_storage_audit *a;
    const char *folder;
    size_t capacity;
    fc_status st;
} listing;

static uint64_t size_of(const char *folder, const char *hash, const char *ending)
{
    char name[64];
    char *path;
    struct stat st;
    uint64_t n = 0;

    snprintf(name, sizeof(name), "%s%s", hash, ending);
    path = fc__path_join(folder, name);
    if (path != NULL && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
        n = (uint64_t)st.st_size;
    free(path);
    return n;
}

static void on_segment(void *context, const fc_index_segment *segment)
{
    listing *l = context;
    fc_storage_report *r = l->a->report;
    fc_storage_segment *to;

    if (l->st == FC_OK)
        l->st = fc__grow_array(&r->segments, &l->capacity, r->n_segments + 1, sizeof(*r->segments),
                               l->a->err);
    if (l->st != FC_OK)
        return;
    to = &r->segments[r->n_segments++];
    *to = (fc_storage_segment){.version = segment->version, .output = segment->output};
    snprintf(to->hash, sizeof(to->hash), "%s", segment->hash);
    if (segment->space != NULL && (to->space = fc__strdup(segment->space)) == NULL)
        l->st = fc__nomem(l->a->err, strlen(segment->space), "a report");
    to->bytes_vectors = size_of(l->folder, to->hash, ".vec");
    to->bytes_index = size_of(l->folder, to->hash, ".faiss");
    if (segment->missing)
        return;
    to->n_rows = segment->built.rows;
    snprintf(to->kind, sizeof(to->kind), "%s",
             segment->built.kind != NULL ? segment->built.kind : "");
}

fc_status fc__storage_segments(fc_storage_audit *a)
{
    listing l = {.a = a, .st = FC_OK};
    uint64_t listed = 0;
    fc_status st = fc__store_segment_folder(a->store, &l.folder, a->err);

    if (st == FC_OK)
        st = fc_index_segments(a->store, on_segment, &l, a->err);
    if (st == FC_OK)
        st = l.st;
    for (size_t i = 0; i < a->report->n_segments; i++)
        listed += a->report->segments[i].bytes_vectors + a->report->segments[i].bytes_index;
    a->report->stray_bytes =
        a->report->segment_bytes > listed ? a->report->segment_bytes - listed : 0;
    return st;
}
