/*
 * A store beside the old one: a temporary folder that becomes `to` whole or not at all, and rows
 * that go into it in transactions of a bounded size.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_maintain.h"

#define FLUSH_BYTES ((uint64_t)32 << 20)
#define FLUSH_ROWS  65536u

static fc_status name_parts(fc_new_folder *f, char **name, fc_error *err)
{
    size_t n = strlen(f->to), slash;

    while (n > 1 && f->to[n - 1] == '/')
        n--;
    for (slash = n; slash > 0 && f->to[slash - 1] != '/';)
        slash--;
    *name = fc__strndup(f->to + slash, n - slash);
    f->parent = slash == 0 ? fc__strdup(".") : fc__strndup(f->to, slash > 1 ? slash - 1 : 1);
    if (*name == NULL || f->parent == NULL)
        return fc__nomem(err, n, "a path");
    if ((*name)[0] == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
        return fc_error_set(err, FC_E_INVALID, "'%.200s' is no name for a new store", f->to);
    return FC_OK;
}

fc_status fc__new_folder_begin(fc_new_folder *f, const char *to, uint64_t map_bytes, fc_error *err)
{
    char *name = NULL, full[400];
    struct stat there;
    uint64_t chance;
    fc_status st;

    *f = (fc_new_folder){.to = to, .lock = -1};
    st = name_parts(f, &name, err);
    if (st == FC_OK && lstat(to, &there) == 0)
        st = fc_error_set(err, FC_E_EXISTS, "%.300s is there already; give a path that is not", to);
    if (st == FC_OK && getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
        st = fc__io_error(err, errno, "random numbers for", to);
    if (st == FC_OK) {
        /* The pattern of temporary stores: the lock below keeps a sweep of leftovers away. */
        snprintf(full, sizeof(full), ".%.250s.tmp-%016llx", name, (unsigned long long)chance);
        f->temporary = fc__path_join(f->parent, full);
        st = f->temporary != NULL ? fc__env_create(f->temporary, map_bytes, err)
                                  : fc__nomem(err, sizeof(full), "a path");
    }
    if (st == FC_OK) {
        f->lock = open(f->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (f->lock < 0 || flock(f->lock, LOCK_EX) != 0)
            st = fc__io_error(err, errno, "lock", f->temporary);
    }
    free(name);
    return st;
}

fc_status fc__new_folder_commit(fc_new_folder *f, fc_error *err)
{
    fc_status st = fc__sync_folder(f->temporary, err);

    if (st != FC_OK)
        return st;
    /* Two backups to one name: the second must not replace the first. */
    if (renameat2(AT_FDCWD, f->temporary, AT_FDCWD, f->to, RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST || errno == ENOTEMPTY)
            return fc_error_set(err, FC_E_EXISTS, "%.300s has come to be meanwhile", f->to);
        if ((errno != EINVAL && errno != ENOSYS) || rename(f->temporary, f->to) != 0)
            return fc__io_error(err, errno, "rename the new store to", f->to);
    }
    free(f->temporary);
    f->temporary = NULL;
    return fc__sync_folder(f->parent, err);
}

void fc__new_folder_dispose(fc_new_folder *f)
{
    fc_error ignored = FC_ERROR_INIT;

    if (f->temporary != NULL)
        (void)fc__remove_tree(f->temporary, &ignored);
    if (f->lock >= 0)
        close(f->lock);
    free(f->temporary);
    free(f->parent);
    *f = (fc_new_folder){.lock = -1};
}

fc_status fc__copy_flush(fc_copy *c, bool all, fc_error *err)
{
    fc_status st;

    if (c->edits.n == 0 || (!all && c->edits.bytes < FLUSH_BYTES && c->edits.n < FLUSH_ROWS))
        return FC_OK;
    st = fc__edits_apply(&c->edits, c->to, err);
    fc__edits_clear(&c->edits);
    return st == FC_OK ? fc__watch_check(c->watch, err) : st;
}

fc_status fc__copy_row(fc_copy *c, fc_table table, fc_span key, fc_span value, fc_error *err)
{
    const fc_buf bytes = {(uint8_t *)(uintptr_t)value.data, value.n, value.n};
    fc_key k = {.n = key.n};
    fc_status st;

    if (key.n > FC_KEY_MAX)
        return fc_error_set(err, FC_E_CORRUPT, "a key of %zu bytes", key.n);
    memcpy(k.bytes, key.data, key.n);
    st = fc__edits_put(&c->edits, table, &k, &bytes, err);
    if (++c->done % 256 == 0)
        fc__watch_tell(c->watch, c->what, c->done, c->total);
    return st == FC_OK ? fc__copy_flush(c, false, err) : st;
}

fc_quant_error fc__error_share(const fc_quant_error *e, uint64_t part, uint64_t whole)
{
    const double f = whole > 0 ? (double)part / (double)whole : 0.0;

    return (fc_quant_error){.sum_squared_error = e->sum_squared_error * f,
                            .sum_squared = e->sum_squared * f,
                            .max_abs = e->max_abs,
                            .n_elements = (uint64_t)((double)e->n_elements * f + 0.5)};
}
