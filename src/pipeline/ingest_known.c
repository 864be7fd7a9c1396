/*
 * The list of all samples inside archives, made when the first archive is met: paths sorted, so
 * that those of one archive lie side by side. It is bounded; a data set with more is read anew.
 */
#include "ingest_known.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_store_read.h"

typedef struct entry {
    char *path; /* of a row; of a failure: NULL */
    char *id;
} entry;

/* What one reader of the sources asks with. */
typedef struct asker {
    fc_known_archives *all;
    size_t source;
    fc_buf path;    /* of the archive at hand, with its slash, from the common root */
    fc_buf id;      /* what ids of its members start with */
    size_t at, end; /* its rows in the list */
    size_t failure; /* the next failure to look at */
} asker;

struct fc_known_archives {
    fc_run *run;
    uint32_t version; /* the sealed one that is asked */
    bool listed, too_many;
    entry *rows, *failures;
    size_t n_rows, rows_capacity, n_failures, failures_capacity;
    size_t bytes, bytes_max;
    const char *first; /* while the list is made: the archive that is asked for */
    fc_error problem;
    fc_sample_reader *reader;
    asker *askers;
    size_t n_askers;
};

/* ---- the list ---- */

/* Whether a path leads into something: a part before its last one has the ending of an archive. */
static bool leads_inside(const char *path)
{
    char part[FC_SAMPLE_ID_MAX + 1];

    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        const size_t n = (size_t)(slash - path);

        if (n >= sizeof(part))
            return false;
        memcpy(part, path, n);
        part[n] = '\0';
        if (fc__archive_ending(part) != NULL)
            return true;
    }
    return false;
}

static fc_status add(fc_known_archives *k, entry **list, size_t *n, size_t *capacity,
                     const char *path, const char *id, fc_error *err)
{
    entry *e;
    fc_status st;

    k->bytes += sizeof(*e) + strlen(id) + (path != NULL ? strlen(path) : 0) + 32;
    if (k->bytes > k->bytes_max) {
        k->too_many = true;
        return FC_OK;
    }
    st = fc__grow_array(list, capacity, *n + 1, sizeof(**list), err);
    if (st != FC_OK)
        return st;
    e = &(*list)[(*n)++];
    e->path = path != NULL ? fc__strdup(path) : NULL;
    e->id = fc__strdup(id);
    if (e->id == NULL || (path != NULL && e->path == NULL))
        return fc__nomem(err, strlen(id), "a name");
    return FC_OK;
}

static fc_status list_rows(fc_known_archives *k, fc_snapshot *s, fc_error *err)
{
    const size_t n_first = strlen(k->first);
    const fc_sample *sample;
    fc_samples *it = NULL;
    fc_status st;

    st = fc_samples_open(&it, s, k->run->dataset, k->version, err);
    while (st == FC_OK && !k->too_many && (st = fc_samples_next(it, &sample, err)) == FC_OK)
        if (strncmp(sample->path, k->first, n_first) == 0 || leads_inside(sample->path))
            st = add(k, &k->rows, &k->n_rows, &k->rows_capacity, sample->path, sample->id, err);
    fc_samples_close(it);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

static bool list_failure(void *context, const fc_failure *failure)
{
    fc_known_archives *k = context;

    if (failure->version != 0)
        return false;
    return add(k, &k->failures, &k->n_failures, &k->failures_capacity, NULL, failure->id,
               &k->problem) != FC_OK ||
           k->too_many;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->path, ((const entry *)b)->path);
}

/* Everything of the sealed version that lies in archives, once. */
static fc_status make_list(fc_known_archives *k, const char *first, fc_error *err)
{
    fc_snapshot *s = NULL;
    fc_status st;

    k->listed = true;
    k->first = first;
    st = fc_snapshot_begin(&s, k->run->store, err);
    if (st == FC_OK)
        st = list_rows(k, s, err);
    if (st == FC_OK && !k->too_many)
        st = fc_snapshot_failures(s, k->run->dataset, list_failure, k, err);
    if (st == FC_OK && k->problem.status != FC_OK)
        st = fc_error_set(err, k->problem.status, "%s", k->problem.message);
    fc_snapshot_end(s);
    if (st == FC_OK && k->n_rows > 0)
        qsort(k->rows, k->n_rows, sizeof(*k->rows), by_path);
    if (st == FC_OK)
        st = fc__sample_reader_open(&k->reader, k->run->store, k->run->dataset, err);
    return st;
}

/* ---- one archive ---- */

/* The first row whose path is not before `path`. */
static size_t lower_bound(const fc_known_archives *k, const char *path)
{
    size_t low = 0, high = k->n_rows;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (strcmp(k->rows[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Every row was written for the file as it is now, and long enough before. */
static fc_status check_rows(fc_known_archives *k, const asker *a, const fc_file_id *file,
                            bool *known, fc_error *err)
{
    *known = a->at < a->end;
    for (size_t i = a->at; i < a->end && *known; i++) {
        fc_sample_row row;
        const fc_status st = fc__sample_reader_get(k->reader, k->rows[i].id, &row, err);

        if (st == FC_E_NOT_FOUND)
            *known = false;
        else if (st != FC_OK)
            return st;
        else
            *known = row.has_file && fc__file_id_equal(&row.file, file) &&
                     fc__scan_settled(file->mtime_ns, row.scanned_ns) &&
                     fc__scan_settled(file->ctime_ns, row.scanned_ns);
    }
    return FC_OK;
}

static fc_status begin(void *context, const char *path, const fc_file_id *file, bool *known,
                       fc_error *err)
{
    asker *a = context;
    fc_known_archives *k = a->all;
    fc_status st;

    *known = false;
    fc_buf_clear(&a->path);
    fc_buf_clear(&a->id);
    st = fc_buf_append_fmt(&a->path, err, "%s%s/",
                           fc__sources_path_prefix(k->run->sources, a->source), path);
    if (st == FC_OK)
        st =
            fc_buf_append_fmt(&a->id, err, "%s%s%s", fc__sources_prefix(k->run->sources, a->source),
                              fc__sources_is_folder(k->run->sources, a->source) ? path : "",
                              fc__sources_is_folder(k->run->sources, a->source) ? "/" : "");
    if (st == FC_OK && !k->listed)
        st = make_list(k, (const char *)a->path.data, err);
    if (st != FC_OK || k->too_many)
        return st;
    a->at = a->end = lower_bound(k, (const char *)a->path.data);
    while (a->end < k->n_rows &&
           strncmp(k->rows[a->end].path, (const char *)a->path.data, a->path.size) == 0)
        a->end++;
    a->failure = 0;
    return check_rows(k, a, file, known, err);
}

static fc_status next(void *context, const char **name, const fc_meta **meta, fc_error *err)
{
    asker *a = context;
    fc_known_archives *k = a->all;

    *meta = NULL;
    if (a->at < a->end) {
        const entry *e = &k->rows[a->at++];
        fc_sample_row row;
        const fc_status st = fc__sample_reader_get(k->reader, e->id, &row, err);

        *name = e->path + a->path.size;
        if (st == FC_OK)
            *meta = row.meta;
        return st == FC_E_NOT_FOUND ? fc_error_set(err, FC_E_CORRUPT,
                                                   "sample '%.200s' is gone from the store", e->id)
                                    : st;
    }
    while (a->failure < k->n_failures) {
        const char *id = k->failures[a->failure++].id;

        if (strncmp(id, (const char *)a->id.data, a->id.size) == 0 && id[a->id.size] != '\0') {
            *name = id + a->id.size;
            return FC_OK;
        }
    }
    return FC_E_NOT_FOUND;
}

/* ---- making it ---- */

/* The version to ask, or 0. */
static fc_status find_version(const fc_run *run, uint32_t *version, fc_error *err)
{
    const fc_dataset_info *info;
    const fc_dataset_version *newest;
    fc_snapshot *s = NULL;
    fc_status st;

    *version = 0;
    st = fc_snapshot_begin(&s, run->store, err);
    if (st != FC_OK)
        return st;
    if (fc_snapshot_find_dataset(s, run->dataset, &info, &newest, NULL) == FC_OK &&
        !newest->partial && info->versions[info->n_versions - 1].state == FC_SEALED)
        *version = newest->number;
    fc_snapshot_end(s);
    return FC_OK;
}

fc_status fc__known_create(fc_known_archives **out, fc_run *run, fc_error *err)
{
    const size_t n = fc__sources_count(run->sources);
    fc_known_archives *k;
    uint32_t version = 0;
    fc_status st;

    *out = NULL;
    if (run->store == NULL || run->opts->rehash || run->opts->retry_failed)
        return FC_OK;
    st = find_version(run, &version, err);
    if (st != FC_OK || version == 0)
        return st;
    k = fc__alloc_array(1, sizeof(*k));
    if (k == NULL)
        return fc__nomem(err, sizeof(*k), "the archives that are known");
    k->run = run;
    k->version = version;
    k->bytes_max = (size_t)(run->memory_bytes / 16);
    k->askers = fc__alloc_array(n, sizeof(*k->askers));
    if (k->askers == NULL) {
        fc__known_destroy(k);
        return fc__nomem(err, n * sizeof(*k->askers), "the archives that are known");
    }
    k->n_askers = n;
    for (size_t i = 0; i < n; i++) {
        const fc_known known = {.context = &k->askers[i], .begin = begin, .next = next};

        k->askers[i].all = k;
        k->askers[i].source = i;
        fc__sources_set_known(run->sources, i, &known);
    }
    *out = k;
    return FC_OK;
}

static void free_entries(entry *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].path);
        free(list[i].id);
    }
    free(list);
}

void fc__known_destroy(fc_known_archives *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < k->n_askers; i++) {
        fc_buf_dispose(&k->askers[i].path);
        fc_buf_dispose(&k->askers[i].id);
    }
    free(k->askers);
    free_entries(k->rows, k->n_rows);
    free_entries(k->failures, k->n_failures);
    fc__sample_reader_close(k->reader);
    free(k);
}
