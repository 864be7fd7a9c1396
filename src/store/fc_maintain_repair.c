/*
 * Repair: what is readable of a store into a new one.
 *
 *   1  a full verify of the old one tells what is damaged, and which samples it hits
 *   2  every row whose checksum holds is copied, tree by tree; of a damaged block the items that
 * still decode; where pages are damaged, leaf pages that the trees no longer reach are found by
 * looking at every page of the file, their rows told apart by the table number in their checksums
 *   3  references are mended (fc_maintain_repair_fix.c), counts and digests taken anew
 *   4  a full verify of the new store must find nothing, then it is renamed
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_maintain.h"

#define MAP_BYTES ((uint64_t)64 << 30)

/* Nobody may write meanwhile; a store on a medium that cannot be written needs no lock. */
static fc_status lock_writer(const char *path, int *lock, fc_error *err)
{
    char *name = fc__path_join(path, "writer.lock");
    fc_status st = FC_OK;

    if (name == NULL)
        return fc__nomem(err, strlen(path), "a path");
    *lock = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        st = fc_error_set(err, FC_E_BUSY, "%.300s is being written; wait until that has ended",
                          path);
    free(name);
    return st;
}

/* ---- what it came to ---- */

typedef struct newest {
    char name[FC_DATASET_NAME_MAX + 1];
    uint64_t samples, items;
    fc_repair_report *sum;
} newest;

static fc_status count_row(void *context, fc_table table, fc_span key, fc_span value, fc_error *err)
{
    newest *n = context;
    fc_version_record v;
    const char *name;
    uint32_t number;
    fc_error ignored = FC_ERROR_INIT;

    (void)err;
    if (!fc__row_intact(table, key, value) || !fc__key_dataset_read(key, &name, &number) ||
        number == 0 || fc__version_read(&v, key, fc__row_body(value), &ignored) != FC_OK)
        return FC_OK;
    if (v.state == FC_SEALED) { /* ascending numbers: the last of a name stays */
        if (strcmp(n->name, name) != 0) {
            n->sum->n_samples_kept += n->samples;
            n->sum->n_items_kept += n->items;
            memcpy(n->name, name, strlen(name) + 1);
        }
        n->samples = v.n_samples;
        n->items = 0;
        for (size_t i = 0; i < v.n_coverage; i++)
            n->items += v.coverage[i].count;
    }
    fc__version_dispose(&v);
    return FC_OK;
}

/* Samples and items that the newest sealed versions count, as their rows say. */
static fc_status count_file(const char *folder, fc_repair_report *sum, fc_error *err)
{
    newest n = {.name = "", .sum = sum};
    const fc_tree_visitor v = {count_row, NULL, &n};
    fc_tree t;
    fc_status st = fc__tree_open_file(&t, folder, err);

    *sum = (fc_repair_report){0};
    if (st == FC_OK)
        st = fc__tree_load(&t, &v, err);
    if (st == FC_OK)
        st = fc__tree_walk(&t, FC_TABLE_DATASET, &v, err);
    sum->n_samples_kept += n.samples;
    sum->n_items_kept += n.items;
    fc__tree_close(&t);
    return st;
}

static fc_status report_on(const char *path, const char *folder, const fc_watch *watch,
                           fc_repair_report *report, fc_error *err)
{
    fc_repair_report before, after;
    fc_verify_report check;
    fc_status st = fc__store_verify(folder, true, NULL, watch, &check, err);

    if (st == FC_OK && check.n_damages > 0)
        return fc_error_set(err, FC_E_CORRUPT,
                            "what could be read of %.200s does not make a sound store (%llu "
                            "damages); restore a backup",
                            path, (unsigned long long)check.n_damages);
    if (st == FC_OK)
        st = count_file(path, &before, err);
    if (st == FC_OK)
        st = count_file(folder, &after, err);
    if (st != FC_OK)
        return st;
    report->n_samples_kept = after.n_samples_kept;
    report->n_items_kept = after.n_items_kept;
    if (before.n_samples_kept > after.n_samples_kept)
        report->n_samples_lost = before.n_samples_kept - after.n_samples_kept;
    if (before.n_items_kept > after.n_items_kept)
        report->n_items_lost = before.n_items_kept - after.n_items_kept;
    return FC_OK;
}

static fc_status rebuild(fc_copy *copy, const char *path, fc_error *err)
{
    fc_tree tree;
    fc_status st = fc__tree_open_file(&tree, path, err);

    if (st == FC_OK)
        st = fc__repair_copy(&tree, copy, err);
    fc__tree_close(&tree);
    if (st == FC_OK)
        st = fc__repair_fix(copy->to, copy->watch, err);
    return st == FC_OK ? fc__store_recount(copy->to, err) : st;
}

fc_status fc__store_repair(const char *path, const char *to, fc_damage_fn each,
                           const fc_watch *watch, fc_repair_report *report, fc_error *err)
{
    fc_copy copy = {.edits = FC_EDITS_INIT, .watch = watch, .what = "repair"};
    fc_new_folder folder = {.lock = -1};
    fc_verify_report before;
    fc_error inner = FC_ERROR_INIT;
    int lock = -1;
    fc_status st = lock_writer(path, &lock, err);

    *report = (fc_repair_report){0};
    if (st == FC_OK)
        st = fc__new_folder_begin(&folder, to, MAP_BYTES, err);
    if (st == FC_OK) {
        st = fc__store_verify(path, true, each, watch, &before, &inner);
        /* Too damaged to walk is what repair is for. */
        st = st == FC_OK || st == FC_E_CORRUPT ? FC_OK : fc_error_set(err, st, "%s", inner.message);
    }
    if (st == FC_OK)
        st = fc__env_open(&copy.to, folder.temporary, MAP_BYTES, false, err);
    if (st == FC_OK)
        st = rebuild(&copy, path, err);
    fc__env_close(copy.to);
    fc__edits_dispose(&copy.edits);
    if (st == FC_OK)
        st = report_on(path, folder.temporary, watch, report, err);
    if (st == FC_OK)
        st = fc__new_folder_commit(&folder, err);
    fc__new_folder_dispose(&folder);
    if (lock >= 0)
        close(lock);
    return st;
}
