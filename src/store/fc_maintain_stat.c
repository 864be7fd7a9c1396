/*
 * Bytes and counts: of the store from LMDB's own books, of each output from the headers of its
 * blocks.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_file.h"
#include "fc_maintain.h"

#define LMDB_FREE_LIST 0u /* its handle in every environment */

static uint64_t pages_of(const MDB_stat *s)
{
    return s->ms_branch_pages + s->ms_leaf_pages + s->ms_overflow_pages;
}

static fc_status used_bytes(fc_snapshot *s, fc_store_stat *out, fc_error *err)
{
    const fc_env *env = s->store->env;
    uint64_t pages = 2; /* meta */
    MDB_stat stat;
    int rc = mdb_env_stat(env->mdb, &stat);

    pages += pages_of(&stat);
    if (rc == 0)
        rc = mdb_stat(s->txn.mdb, LMDB_FREE_LIST, &stat);
    pages += pages_of(&stat);
    for (int k = FC_TABLE_META; k < FC_TABLE_END && rc == 0; k++) {
        rc = mdb_stat(s->txn.mdb, env->dbi[k], &stat);
        pages += pages_of(&stat);
        if (k == FC_TABLE_CONTENT)
            out->n_contents = stat.ms_entries;
    }
    out->used_bytes = pages * env->page_bytes;
    return rc == 0 ? FC_OK : fc__mdb_error(env, rc, "count pages", err);
}

/* Files that are gone while we look count nothing. */
static void segment_bytes(const char *folder, uint64_t *out)
{
    const struct dirent *entry;
    DIR *dir = opendir(folder);

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char *path = fc__path_join(folder, entry->d_name);
        struct stat st;

        if (path != NULL && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
            *out += (uint64_t)st.st_size;
        free(path);
    }
    if (dir != NULL)
        closedir(dir);
}

static fc_status newest_samples(fc_snapshot *s, uint64_t *out, fc_error *err)
{
    const fc_dataset_info *list;
    size_t n;
    const fc_status st = fc_snapshot_datasets(s, &list, &n, err);

    for (size_t i = 0; st == FC_OK && i < n; i++)
        for (size_t k = list[i].n_versions; k-- > 0;)
            if (list[i].versions[k].state == FC_SEALED) {
                *out += list[i].versions[k].n_samples;
                break;
            }
    return st;
}

fc_status fc_stat(fc_store *store, fc_store_stat *out, fc_error *err)
{
    fc_snapshot *s;
    mdb_filehandle_t fd;
    struct stat file;
    fc_status st = fc_snapshot_begin(&s, store, err);

    *out = (fc_store_stat){0};
    if (st != FC_OK)
        return st;
    out->format = s->meta.format;
    out->generation = s->meta.generation;
    for (size_t i = 0; i < sizeof(s->meta.store_id); i++)
        snprintf(out->store_id + 2 * i, 3, "%02x", s->meta.store_id[i]);
    if (mdb_env_get_fd(store->env->mdb, &fd) != 0 || fstat(fd, &file) != 0)
        st = fc__io_error(err, errno, "stat the data file of", store->path);
    else
        out->file_bytes = (uint64_t)file.st_size;
    if (st == FC_OK)
        st = used_bytes(s, out, err);
    if (st == FC_OK)
        st = newest_samples(s, &out->n_samples, err);
    segment_bytes(store->segments, &out->segment_bytes);
    fc_snapshot_end(s);
    return st;
}

/* ---- outputs ---- */

typedef struct output {
    fc_output_stat stat;
    fc_quant_error error;
    char transforms[128]; /* "planes, raw": each name once */
} output;

static void add_name(output *o, const char *name)
{
    const size_t used = strlen(o->transforms), n = strlen(name);
    const char *at = o->transforms;

    /* As a whole name: "planes" is not in "zero+planes". */
    while ((at = strstr(at, name)) != NULL) {
        if ((at == o->transforms || at[-1] == ' ') && (at[n] == ',' || at[n] == '\0'))
            return;
        at += n;
    }
    if (used + n + 3 <= sizeof(o->transforms))
        snprintf(o->transforms + used, sizeof(o->transforms) - used, "%s%s", used > 0 ? ", " : "",
                 name);
}

static void add_block(output *o, const fc_block_view *view, size_t stored)
{
    char name[FC_TRANSFORM_NAME_BYTES];
    const fc_block_entry *e = fc__block_entries(view);
    const fc_quant_error *q = fc__block_error(view);

    for (size_t i = 0; i < fc__block_n_items(view); i++)
        o->stat.n_items += e[i].first_row == 0;
    o->stat.n_blocks++;
    o->stat.bytes_raw += fc__block_raw_bytes(view);
    o->stat.bytes_stored += stored;
    o->error.sum_squared_error += q->sum_squared_error;
    o->error.sum_squared += q->sum_squared;
    o->error.n_elements += q->n_elements;
    if (q->max_abs > o->error.max_abs)
        o->error.max_abs = q->max_abs;
    fc__block_transform_name(view, name);
    add_name(o, name);
}

static fc_status read_output(fc_snapshot *s, output *o, fc_block_view **view, fc_error *err)
{
    const fc_key from = fc__key_block(o->stat.version, o->stat.output, 0, 0);
    fc_cursor c = FC_CURSOR_INIT;
    fc_error inner = FC_ERROR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &s->txn, FC_TABLE_BLOCK, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    while (st == FC_OK && fc__span_has_prefix(key, from.bytes, 6)) {
        const uint32_t seed = fc__key_crc(FC_TABLE_BLOCK, key.data, key.n);

        st = *view == NULL ? fc__block_view_create(view, value.data, value.n, seed, &inner)
                           : fc__block_view_reset(*view, value.data, value.n, seed, &inner);
        if (st != FC_OK) {
            st = fc__corrupt(err, FC_TABLE_BLOCK, key, inner.message);
            break;
        }
        add_block(o, *view, value.n + 4);
        st = fc__cursor_next(&c, &key, &value, err);
    }
    fc__cursor_close(&c);
    o->stat.rms_error = fc__quant_relative_rms(&o->error);
    o->stat.max_error = o->error.max_abs;
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

/* One allocation, so that one free is enough: the list, and behind it the texts. */
static fc_status give(const output *list, size_t n, fc_output_stat **out, fc_error *err)
{
    uint8_t *all = fc__alloc_array(n + 1, sizeof(fc_output_stat) + sizeof(list->transforms));
    fc_output_stat *stats = (fc_output_stat *)(void *)all;

    if (all == NULL)
        return fc__nomem(err, n * sizeof(*list), "the statistics of outputs");
    for (size_t i = 0; i < n; i++) {
        char *text = (char *)all + (n + 1) * sizeof(fc_output_stat) + i * sizeof(list->transforms);

        memcpy(text, list[i].transforms, sizeof(list->transforms));
        stats[i] = list[i].stat;
        stats[i].transforms = text;
    }
    *out = stats;
    return FC_OK;
}

fc_status fc_stat_outputs(fc_store *store, fc_output_stat **list, size_t *n, fc_error *err)
{
    const fc_encoder_info *encoders;
    fc_block_view *view = NULL;
    output *outputs = NULL;
    size_t n_encoders = 0, capacity = 0;
    fc_snapshot *s;
    fc_status st = fc_snapshot_begin(&s, store, err);

    *list = NULL;
    *n = 0;
    if (st == FC_OK)
        st = fc_snapshot_encoders(s, &encoders, &n_encoders, err);
    for (size_t i = 0; i < n_encoders && st == FC_OK; i++)
        for (size_t k = 0; k < encoders[i].n_outputs && st == FC_OK; k++) {
            st = fc__grow_array(&outputs, &capacity, *n + 1, sizeof(*outputs), err);
            if (st != FC_OK)
                break;
            outputs[*n] =
                (output){.stat = {.version = encoders[i].id, .output = encoders[i].outputs[k].id}};
            st = read_output(s, &outputs[*n], &view, err);
            ++*n;
        }
    if (st == FC_OK)
        st = give(outputs, *n, list, err);
    if (st != FC_OK)
        *n = 0;
    fc__block_view_destroy(view);
    free(outputs);
    fc_snapshot_end(s);
    return st;
}

void fc_output_stats_free(fc_output_stat *list)
{
    free(list);
}
