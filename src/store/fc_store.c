/*
 * Opening and closing a store: which of "open", "create" and "refuse" a path calls for.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_store_internal.h"

#define MAP_BYTES_DEFAULT (UINT64_C(64) << 30)
#define MAP_BYTES_MIN     (UINT64_C(1) << 20)

/* What the first release of the struct held; never changes. */
#define OPTIONS_SIZE_V1 (offsetof(fc_store_options, map_bytes) + sizeof(uint64_t))
#define FLAGS_KNOWN     (FC_STORE_READ_ONLY | FC_STORE_MUST_EXIST)

static fc_status resolve_options(fc_store_options *out, const fc_store_options *given,
                                 fc_error *err)
{
    const long page = sysconf(_SC_PAGESIZE);

    *out = (fc_store_options)FC_STORE_OPTIONS_INIT;
    if (given != NULL) {
        if (given->struct_size < OPTIONS_SIZE_V1 || given->struct_size > sizeof(*out))
            return fc_error_set(err, FC_E_INVALID,
                                "store options: struct_size is %zu; start from "
                                "FC_STORE_OPTIONS_INIT",
                                given->struct_size);
        memcpy(out, given, given->struct_size);
        out->struct_size = sizeof(*out);
    }
    if ((out->flags & ~FLAGS_KNOWN) != 0)
        return fc_error_set(err, FC_E_INVALID, "store options: unknown flags 0x%x", out->flags);
    if (out->map_bytes == 0)
        out->map_bytes = MAP_BYTES_DEFAULT;
    if (out->map_bytes < MAP_BYTES_MIN)
        out->map_bytes = MAP_BYTES_MIN;
    if (out->map_bytes > SIZE_MAX / 4)
        return fc_error_set(err, FC_E_INVALID, "store options: map_bytes is %llu",
                            (unsigned long long)out->map_bytes);
    out->map_bytes -= out->map_bytes % (uint64_t)page;
    return FC_OK;
}

static bool is_empty_folder(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    bool empty = dir != NULL;

    while (empty && (entry = readdir(dir)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (dir != NULL)
        closedir(dir);
    return empty;
}

/* Whether there is a store, or room for a new one. */
static fc_status look(const char *path, bool *there, fc_error *err)
{
    struct stat st;
    char *data;

    *there = false;
    if (path[0] == '\0')
        return fc_error_set(err, FC_E_INVALID, "a store needs a path, and it is empty");
    if (stat(path, &st) != 0)
        return errno == ENOENT ? FC_OK : fc__io_error(err, errno, "stat", path);
    if (!S_ISDIR(st.st_mode))
        return fc_error_set(err, FC_E_INVALID, "%s is a file; a store is a folder", path);
    data = fc__path_join(path, "data.mdb");
    if (data == NULL)
        return fc__nomem(err, strlen(path) + 10, "a path");
    *there = stat(data, &st) == 0;
    free(data);
    if (!*there && !is_empty_folder(path))
        return fc_error_set(err, FC_E_INVALID,
                            "%s is a folder that holds something else than a store (no data.mdb)",
                            path);
    return FC_OK;
}

static fc_status open_env(fc_store *s, const fc_store_options *opts, fc_error *err)
{
    bool there;
    fc_status st = look(s->path, &there, err);

    if (st != FC_OK)
        return st;
    if (!there && (opts->flags & FLAGS_KNOWN) != 0)
        return fc_error_set(err, FC_E_NOT_FOUND, "there is no store at %s", s->path);
    if (!there)
        st = fc__env_create(s->path, opts->map_bytes, err);
    if (st == FC_OK)
        st = fc__refuse_network(s->path, err);
    if (st == FC_OK)
        st = fc__env_open(&s->env, s->path, opts->map_bytes, s->read_only, err);
    return st;
}

fc_status fc_store_open(fc_store **out, const char *path, const fc_store_options *opts,
                        fc_error *err)
{
    fc_store_options o;
    fc_store *s;
    fc_status st = resolve_options(&o, opts, err);

    *out = NULL;
    if (st != FC_OK)
        return st;
    s = fc__alloc_array(1, sizeof(*s));
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "a store");
    s->read_only = (o.flags & FC_STORE_READ_ONLY) != 0;
    s->path = fc__strdup(path);
    s->segments = fc__path_join(path, "segments");
    if (s->path == NULL || s->segments == NULL)
        st = fc__nomem(err, strlen(path), "a path");
    else
        st = open_env(s, &o, err);
    if (st != FC_OK) {
        fc_store_close(s);
        return st;
    }
    *out = s;
    return FC_OK;
}

void fc_store_close(fc_store *store)
{
    if (store == NULL)
        return;
    fc__env_close(store->env);
    free(store->segments);
    free(store->path);
    free(store);
}

const char *fc_store_path(const fc_store *store)
{
    return store->path;
}

const uint8_t *fc__store_id(const fc_store *store)
{
    return store->env->store_id;
}

bool fc__store_is_read_only(const fc_store *store)
{
    return store->read_only || store->env->read_only;
}

fc_status fc__store_segment_folder(fc_store *store, const char **out, fc_error *err)
{
    *out = store->segments;
    return fc__store_is_read_only(store) ? FC_OK : fc__make_folders(store->segments, err);
}
