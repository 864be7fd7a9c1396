/*
 * Brings the index of every searchable output, and of every head of a space, up to date with what
 * is sealed.
 *
 * New rows become a small exact segment, which takes in others by the rules of index_merge.h: each
 * is less than half of the one before it, so that there are never more than forty. The list is
 * switched in one transaction after the files are synced; one update runs at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <featcache/query.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_queue.h"
#include "fc_store_read.h"
#include "index_built.h"
#include "index_files.h"
#include "index_merge.h"
#include "search_index.h"

#define SEGMENTS_MAX 64

typedef struct update {
    fc_store *store;
    fc_snapshot *snapshot;
    const fc_index_options *opts;
    fc_index_report *report;
    fc_live_set live; /* of sealed data that covers the output at hand */
    fc_buf covering;  /* which data sets those are: a byte each; empty: none was looked at */
} update;

/* One output on its way. */
typedef struct plan {
    fc_version_id version;
    fc_output_id output;
    const fc_space_branch *branch; /* whose head makes the rows; NULL: they are the output's own */
    const char *key;               /* of the head; "" */
    fc_live_segments before;
    fc_segment *open[SEGMENTS_MAX];
    size_t n_open;
    fc_merge_part parts[SEGMENTS_MAX]; /* which of them stay */
    uint64_t *contents;                /* every item there is, ascending */
    size_t n_contents;
    uint64_t n_new, n_dead, n_wanted;
} plan;

static void tell(void *context, uint64_t done, uint64_t total)
{
    const update *u = context;

    if (u->opts->progress != NULL)
        u->opts->progress(u->opts->context, "index", done, total);
}

static void trying(void *context, const char *kind)
{
    const update *u = context;
    char what[48];

    snprintf(what, sizeof(what), "trying %s", kind);
    if (u->opts->progress != NULL)
        u->opts->progress(u->opts->context, what, 0, 0);
}

static bool cancelled(void *context)
{
    const update *u = context;

    return u->opts->cancelled != NULL && u->opts->cancelled(u->opts->context);
}

/* Samples are read once for all outputs that the same data sets cover. */
static fc_status need_live(update *u, fc_version_id version, fc_output_id output, fc_error *err)
{
    const fc_live_filter covered = {.covered_version = version, .covered_output = output};
    const fc_dataset_info *list;
    fc_buf covering = FC_BUF_INIT;
    size_t n = 0;
    fc_status st;

    st = fc_snapshot_datasets(u->snapshot, &list, &n, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(&covering, 1, err); /* so that it is never empty */
    for (size_t i = 0; st == FC_OK && i < n; i++)
        st = fc_buf_append_u8(&covering, fc__dataset_covers(&list[i], NULL, version, output), err);
    if (st == FC_OK && (covering.size != u->covering.size ||
                        memcmp(covering.data, u->covering.data, covering.size) != 0)) {
        fc__live_set_dispose(&u->live);
        fc_buf_clear(&u->covering);
        st = fc__live_contents(u->snapshot, &covered, &u->live, err);
        if (st == FC_OK)
            st = fc_buf_append(&u->covering, covering.data, covering.size, err);
    }
    fc_buf_dispose(&covering);
    return st;
}

/* Open what is listed; what cannot be opened counts as not indexed and is built again. */
static fc_status open_before(update *u, plan *p, fc_error *err)
{
    const fc_segment_identity identity =
        fc__output_identity(u->store, p->key, p->version, p->output);
    const char *folder;
    fc_status st;

    st = fc__store_segment_folder(u->store, &folder, err);
    for (size_t i = 0; st == FC_OK && i < p->before.n && p->n_open < SEGMENTS_MAX; i++) {
        bool degraded = false;

        st = fc__segment_open(&p->open[p->n_open], folder, p->before.hashes[i], &identity,
                              &degraded, err);
        if (st == FC_OK && !degraded)
            p->n_open++;
        else if (st == FC_OK)
            fc__segment_close(p->open[p->n_open]);
        if (st != FC_E_NOMEM)
            st = FC_OK;
    }
    return st;
}

static size_t segment_of(const plan *p, uint64_t content)
{
    for (size_t i = 0; i < p->n_open; i++)
        if (fc__segment_find(p->open[i], content) != UINT64_MAX)
            return i;
    return SIZE_MAX;
}

/* Several inputs are fused: an item that has come since to one of them changes the vector of a
 * content that is in a segment. */
static bool is_outdated(const update *u, const plan *p)
{
    return p->branch != NULL && p->branch->n_members > 1 &&
           p->before.generation != fc_snapshot_generation(u->snapshot);
}

/* Count what is new and what is dead, and decide which segments stay. */
static void decide(const update *u, plan *p)
{
    uint64_t n_indexed_live = 0, n_indexed = 0;

    for (size_t i = 0; i < p->n_contents; i++) {
        if (!fc__content_set_has(&u->live.set, p->contents[i]))
            continue;
        if (segment_of(p, p->contents[i]) == SIZE_MAX)
            p->n_new++;
        else
            n_indexed_live++;
    }
    for (size_t i = 0; i < p->n_open; i++) {
        const fc_segment_info *info = fc__segment_info(p->open[i]);

        p->parts[i] = (fc_merge_part){.rows = info->count, .exact = info->exact};
        n_indexed += info->count;
    }
    p->n_dead = n_indexed - n_indexed_live;
    fc__index_merge(p->parts, p->n_open, p->n_new, p->n_dead);
    for (size_t i = 0; i < p->n_open; i++)
        if (u->opts->rebuild || u->opts->kind != NULL || u->opts->target_recall > 0.0 ||
            is_outdated(u, p))
            p->parts[i].keep = false;
}

/* Live, and in no segment that stays: what the new segment holds. */
static bool wanted(const update *u, const plan *p, uint64_t content)
{
    const size_t i = segment_of(p, content);

    return fc__content_set_has(&u->live.set, content) && (i == SIZE_MAX || !p->parts[i].keep);
}

/* The rows that the new segment holds. `skip`: other contents, ascending. */
static fc_status open_rows(const update *u, const plan *p, const uint64_t *skip, size_t n_skip,
                           fc_row_source *rows, fc_error *err)
{
    const uint64_t first = p->contents[0], last = p->contents[p->n_contents - 1];

    return p->branch != NULL
               ? fc__branch_row_source(p->branch, u->snapshot, first, last, skip, n_skip, rows, err)
               : fc__snapshot_row_source(u->snapshot, p->version, p->output, first, last, skip,
                                         n_skip, rows, err);
}

static fc_status build_of(update *u, const plan *p, const fc_segment_options *opts,
                          const uint64_t *skip, size_t n_skip, fc_segment_info *info, fc_error *err)
{
    const fc_segment_identity identity =
        fc__output_identity(u->store, p->key, p->version, p->output);
    fc_row_source rows = {0};
    const char *folder;
    fc_status st = fc__store_segment_folder(u->store, &folder, err);

    if (st == FC_OK)
        st = open_rows(u, p, skip, n_skip, &rows, err);
    if (st != FC_OK)
        return st;
    st = fc__segment_build(folder, &identity, &rows, opts, info, err);
    rows.destroy(rows.self);
    return st;
}

/* As the caller says, else as the segments before it were built; where that kind does not go with
 * the rows that there are now, by measuring. */
static fc_status build_as_before(update *u, const plan *p, fc_segment_options *opts,
                                 const uint64_t *skip, size_t n_skip, fc_segment_info *info,
                                 fc_error *err)
{
    fc_error refused = FC_ERROR_INIT;
    fc_merge_wish wish;
    fc_status st;

    if (opts->kind != NULL || opts->target_recall > 0.0)
        return build_of(u, p, opts, skip, n_skip, info, err);
    fc__index_merge_wish(&wish, p->open, p->parts, p->n_open);
    opts->target_recall = wish.target_recall;
    if (wish.kind[0] != '\0') {
        opts->kind = wish.kind;
        st = build_of(u, p, opts, skip, n_skip, info, &refused);
        opts->kind = NULL;
        if (st != FC_E_INVALID && st != FC_E_LIMIT)
            return st == FC_OK ? st : fc_error_set(err, st, "%s", refused.message);
    }
    return build_of(u, p, opts, skip, n_skip, info, err);
}

static fc_status build(update *u, plan *p, fc_segment_info *info, bool *built, fc_error *err)
{
    fc_segment_measure measure;
    fc_segment_options opts = {.kind = u->opts->kind,
                               .target_recall = u->opts->target_recall,
                               .trying = trying,
                               .measure = &measure,
                               .memory_bytes = u->opts->memory_bytes,
                               .n_threads =
                                   u->opts->n_threads != 0 ? u->opts->n_threads : fc__cpu_count(),
                               .cancelled = cancelled,
                               .progress = tell,
                               .context = u};
    uint64_t *skip = fc__alloc_array(p->n_contents, sizeof(*skip));
    size_t n_skip = 0;
    fc_status st = FC_OK;

    *built = false;
    if (skip == NULL)
        return fc__nomem(err, p->n_contents * sizeof(*skip), "an index");
    for (size_t i = 0; i < p->n_contents; i++)
        if (!wanted(u, p, p->contents[i]))
            skip[n_skip++] = p->contents[i];
    p->n_wanted = p->n_contents - n_skip;
    if (p->n_wanted > 0) {
        st = build_as_before(u, p, &opts, skip, n_skip, info, err);
        *built = st == FC_OK;
    }
    if (st == FC_E_NOT_FOUND) /* none of the rows has a direction: nothing to hold */
        st = FC_OK;
    if (*built)
        fc__index_tell_built(u->opts, info, &measure);
    free(skip);
    return st;
}

/* Rows of segments that stay but are not live any more. */
static fc_status write_tombstones(const update *u, const plan *p, fc_live_segments *after,
                                  fc_error *err)
{
    fc_buf b = FC_BUF_INIT;
    uint64_t count = 0;
    fc_status st;

    st = fc_buf_append_u64(&b, 0, err);
    for (size_t i = 0; i < p->n_open; i++) {
        const uint64_t *contents = fc__segment_contents(p->open[i]);
        const uint64_t n = fc__segment_info(p->open[i])->count;

        for (uint64_t r = 0; p->parts[i].keep && st == FC_OK && r < n; r++)
            if (!fc__content_set_has(&u->live.set, contents[r])) {
                st = fc_buf_append_u64(&b, contents[r], err);
                count++;
            }
    }
    if (st != FC_OK) {
        fc_buf_dispose(&b);
        return st;
    }
    fc_put_le64(b.data, count);
    after->tombstones = b.data;
    after->n_tombstones = b.size;
    return FC_OK;
}

static fc_status switch_over(update *u, plan *p, const fc_segment_info *info, bool built,
                             fc_error *err)
{
    char hashes[SEGMENTS_MAX + 1][33];
    fc_live_segments after = {.hashes = hashes, .generation = fc_snapshot_generation(u->snapshot)};
    fc_status st;

    for (size_t i = 0; i < p->n_open; i++)
        if (p->parts[i].keep)
            memcpy(hashes[after.n++], fc__segment_info(p->open[i])->hash, sizeof(hashes[0]));
    if (built)
        memcpy(hashes[after.n++], info->hash, sizeof(hashes[0]));
    st = write_tombstones(u, p, &after, err);
    if (st == FC_OK)
        st = fc__store_switch_segments(u->store, p->key, p->version, p->output, &after, err);
    free(after.tombstones);
    u->report->n_segments += after.n;
    u->report->n_added += p->n_new;
    u->report->n_dead += p->n_dead;
    return st;
}

static void dispose_plan(plan *p)
{
    for (size_t i = 0; i < p->n_open; i++)
        fc__segment_close(p->open[i]);
    fc__live_segments_dispose(&p->before);
    free(p->contents);
}

static fc_status update_output(update *u, fc_version_id version, fc_output_id output,
                               const fc_space_branch *branch, fc_error *err)
{
    plan p = {.version = version,
              .output = output,
              .branch = branch,
              .key = branch != NULL ? branch->key : ""};
    fc_segment_info info;
    bool built = false;
    fc_status st;

    st = fc__snapshot_segments(u->snapshot, p.key, version, output, &p.before, err);
    if (st == FC_OK)
        st = open_before(u, &p, err);
    if (st != FC_OK)
        goto done;
    /* Up to date, and every file of it is there. */
    if (p.before.n > 0 && p.n_open == p.before.n &&
        p.before.generation == fc_snapshot_generation(u->snapshot) && !u->opts->rebuild &&
        u->opts->kind == NULL && u->opts->target_recall == 0.0) {
        u->report->n_segments += p.before.n;
        goto done;
    }
    st = need_live(u, version, output, err);
    if (st == FC_OK)
        st = fc__snapshot_item_contents(u->snapshot, version, output, &p.contents, &p.n_contents,
                                        err);
    if (st == FC_OK && p.n_contents == 0 && p.before.n == 0)
        goto done;
    if (st == FC_OK) {
        decide(u, &p);
        st = build(u, &p, &info, &built, err);
    }
    if (st == FC_OK)
        st = switch_over(u, &p, &info, built, err);

done:
    dispose_plan(&p);
    return st;
}

static fc_status update_encoder(update *u, const fc_encoder_info *e, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t k = 0; k < e->n_outputs && st == FC_OK; k++) {
        if (!e->outputs[k].searchable ||
            (u->opts->output != NULL && strcmp(u->opts->output, e->outputs[k].name) != 0))
            continue;
        u->report->n_outputs++;
        st = update_output(u, e->id, e->outputs[k].id, NULL, err);
    }
    return st;
}

/* The lanes of one space: through its heads, or of the members' own outputs. */
static fc_status update_space(update *u, const char *name, fc_error *err)
{
    fc_head_cache heads = {.n = 0};
    fc_space_view view;
    size_t n_stored = 0;
    fc_status st = fc__space_view_open(&view, u->snapshot, name, &heads, err);

    for (size_t i = 0; st == FC_OK && i < view.n_branches; i++) {
        const fc_space_branch *b = &view.branches[i];

        if (!fc__branch_is_stored(b))
            continue;
        n_stored++;
        u->report->n_outputs++;
        st = update_output(u, b->stored[0].encoder->id, b->stored[0].output->id,
                           b->head != NULL ? b : NULL, err);
    }
    if (st == FC_OK && n_stored == 0 && u->opts->space != NULL)
        st = fc_error_set(err, FC_E_INVALID,
                          "nothing in this store is encoded for space '%s': ingest with its "
                          "encoders",
                          name);
    fc__space_view_dispose(&view);
    fc__head_cache_dispose(&heads);
    return st;
}

/* Heads of every space; what a declared one has are outputs, which are done already. */
static fc_status update_spaces(update *u, fc_error *err)
{
    fc_space_row *list = NULL;
    size_t n = 0;
    fc_status st = fc__snapshot_spaces(u->snapshot, &list, &n, err);

    for (size_t i = 0; st == FC_OK && i < n; i++)
        if (list[i].kind == FC_SPACE_HEADED)
            st = update_space(u, list[i].name, err);
    fc__spaces_free(list, n);
    return st;
}

static fc_status update_outputs(update *u, fc_error *err)
{
    const fc_encoder_info *list, *only = NULL;
    size_t n = 0;
    fc_status st = FC_OK;

    if (u->opts->encoder != NULL)
        st = fc_snapshot_find_encoder(u->snapshot, u->opts->encoder, &only, err);
    if (st == FC_OK)
        st = fc_snapshot_encoders(u->snapshot, &list, &n, err);
    if (st == FC_OK)
        st = fc__check_output_name(list, n, only, u->opts->output, true, err);
    for (size_t i = 0; st == FC_OK && i < n; i++)
        if (only == NULL || only->id == list[i].id)
            st = update_encoder(u, &list[i], err);
    return st;
}

static fc_status update_all(update *u, fc_error *err)
{
    fc_status st = fc_snapshot_begin(&u->snapshot, u->store, err);

    if (st == FC_OK)
        st = u->opts->space != NULL ? update_space(u, u->opts->space, err) : update_outputs(u, err);
    if (st == FC_OK && u->opts->space == NULL && u->opts->encoder == NULL &&
        u->opts->output == NULL)
        st = update_spaces(u, err);
    u->report->n_rows = u->live.set.n_set;
    fc__live_set_dispose(&u->live);
    fc_buf_dispose(&u->covering);
    fc_snapshot_end(u->snapshot);
    return st;
}

fc_status fc_index_update(fc_store *store, const fc_index_options *given, fc_index_report *report,
                          fc_error *err)
{
    const fc_index_options defaults = FC_INDEX_OPTIONS_INIT;
    update u = {.store = store,
                .opts = given != NULL ? given : &defaults,
                .report = report,
                .covering = FC_BUF_INIT};
    int lock = -1;
    fc_status st;

    memset(report, 0, sizeof(*report));
    if (u.opts->struct_size != sizeof(*u.opts))
        return fc_error_set(err, FC_E_INVALID,
                            "index options: struct_size is %zu; start from FC_INDEX_OPTIONS_INIT",
                            u.opts->struct_size);
    if (u.opts->space != NULL && (u.opts->encoder != NULL || u.opts->output != NULL))
        return fc_error_set(err, FC_E_INVALID,
                            "a space has its encoders and outputs: name it alone");
    if (u.opts->space != NULL && strchr(u.opts->space, '@') != NULL)
        return fc_error_set(err, FC_E_INVALID,
                            "the index is of a space's newest version: name '%.*s' alone",
                            (int)strcspn(u.opts->space, "@"), u.opts->space);
    if (fc__store_is_read_only(store))
        return fc_error_set(err, FC_E_INVALID, "%s is open read-only", fc_store_path(store));
    st = fc__index_lock(store, cancelled, &u, &lock, err);
    if (st == FC_OK)
        st = update_all(&u, err);
    if (st == FC_OK)
        st = fc__index_drop_heads(store, err);
    if (st == FC_OK)
        st = fc__index_sweep(store, err);
    fc__index_unlock(lock);
    return st;
}
