/*
 * Which state of a data.mdb to walk: the one a transaction sees, or the newest that a file has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_file.h"
#include "fc_lmdb_layout.h"
#include "fc_maintain.h"

#define PAGE_BYTES_DEFAULT 4096u
#define PAGES_MAX          (UINT64_C(1) << 40)
#define META_TRIES         1000
#define TAIL_PAGES_MAX     (UINT64_C(1) << 24) /* that a truncated file may lack */

static bool meta_fits(const uint8_t *meta)
{
    const uint32_t page = fc_get_le32(meta + FC_LMDB_META_PAGE);

    return (fc_get_le16(meta + FC_LMDB_PAGE_FLAGS) & FC_LMDB_META) != 0 &&
           fc_get_le32(meta + FC_LMDB_META_MAGIC) == FC_LMDB_MAGIC && page >= 512 &&
           page <= 32768 && (page & (page - 1)) == 0 &&
           fc_get_le64(meta + FC_LMDB_META_LAST) < PAGES_MAX;
}

static void take_meta(fc_tree *t, const uint8_t *meta)
{
    t->page_bytes = fc_get_le32(meta + FC_LMDB_META_PAGE);
    t->n_pages = fc_get_le64(meta + FC_LMDB_META_LAST) + 1;
    t->main_root = fc_get_le64(meta + FC_LMDB_META_MAIN);
    t->free_root = fc_get_le64(meta + FC_LMDB_META_FREE);
    t->main_depth = fc_get_le16(meta + FC_LMDB_META_MAIN_DEPTH);
    t->free_depth = fc_get_le16(meta + FC_LMDB_META_FREE_DEPTH);
    t->txn = fc_get_le64(meta + FC_LMDB_META_TXN);
}

static bool read_meta(int fd, uint64_t at, uint8_t meta[FC_LMDB_META_BYTES])
{
    return pread(fd, meta, FC_LMDB_META_BYTES, (off_t)at) == (ssize_t)FC_LMDB_META_BYTES &&
           meta_fits(meta);
}

static fc_status make_room(fc_tree *t, fc_error *err)
{
    const size_t n = (size_t)(t->n_pages / 8 + 1);

    t->seen = fc__alloc_array(n, 1);
    t->freed = fc__alloc_array(n, 1);
    return t->seen != NULL && t->freed != NULL ? FC_OK : fc__nomem(err, 2 * n, "a map of pages");
}

/* The meta page of the transaction: a commit beside us may be writing the other one, never this. */
static bool find_meta(fc_tree *t, uint64_t txn, uint32_t page_bytes)
{
    uint8_t first[FC_LMDB_META_BYTES], again[FC_LMDB_META_BYTES];

    for (uint64_t i = 0; i < 2; i++)
        if (read_meta(t->fd, i * page_bytes, first) &&
            fc_get_le64(first + FC_LMDB_META_TXN) == txn &&
            read_meta(t->fd, i * page_bytes, again) &&
            memcmp(first, again, FC_LMDB_META_BYTES) == 0) {
            take_meta(t, first);
            return t->page_bytes == page_bytes;
        }
    return false;
}

fc_status fc__tree_open(fc_tree *t, fc_txn *txn, fc_error *err)
{
    mdb_filehandle_t fd;
    fc_status st = FC_OK;

    *t = (fc_tree)FC_TREE_INIT;
    if (mdb_env_get_fd(txn->env->mdb, &fd) != 0)
        return fc_error_set(err, FC_E_IO, "%s: the data file is not open", txn->env->path);
    t->fd = fd;
    t->path = fc__path_join(txn->env->path, "data.mdb");
    if (t->path == NULL)
        return fc__nomem(err, strlen(txn->env->path), "a path");
    for (int i = 0; i < META_TRIES && st == FC_OK; i++) {
        if (find_meta(t, mdb_txn_id(txn->mdb), (uint32_t)txn->env->page_bytes))
            return make_room(t, err);
        st = fc__txn_renew(txn, err); /* two commits have gone by since it began */
    }
    return st != FC_OK
               ? st
               : fc_error_set(err, FC_E_BUSY, "%s: it changes faster than it can be read", t->path);
}

/* The second meta page lies one page in, and the first one may be what is damaged. */
static bool find_newest(fc_tree *t)
{
    uint8_t meta[FC_LMDB_META_BYTES];
    unsigned n = 0;

    for (uint32_t at = 0; at <= 32768; at = at == 0 ? 512 : at * 2) {
        if (!read_meta(t->fd, at, meta) || (at != 0 && fc_get_le32(meta + FC_LMDB_META_PAGE) != at))
            continue;
        if (n++ == 0 || fc_get_le64(meta + FC_LMDB_META_TXN) > t->txn)
            take_meta(t, meta);
    }
    t->maybe_old = n < 2;
    return n > 0;
}

fc_status fc__tree_open_file(fc_tree *t, const char *folder, fc_error *err)
{
    struct stat file;
    uint64_t file_pages;

    *t = (fc_tree)FC_TREE_INIT;
    t->path = fc__path_join(folder, "data.mdb");
    if (t->path == NULL)
        return fc__nomem(err, strlen(folder), "a path");
    t->fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (t->fd < 0)
        return fc__io_error(err, errno, "open", t->path);
    t->owns_fd = true;
    if (fstat(t->fd, &file) != 0)
        return fc__io_error(err, errno, "stat", t->path);
    if (!S_ISREG(file.st_mode))
        return fc_error_set(err, FC_E_INVALID, "%s is not a regular file", t->path);
    if (!find_newest(t)) {
        t->page_bytes = PAGE_BYTES_DEFAULT;
        t->main_root = t->free_root = FC_LMDB_NO_PAGE;
    }
    file_pages = (uint64_t)file.st_size / t->page_bytes;
    if (t->n_pages == 0 || (t->maybe_old && t->n_pages < file_pages))
        t->n_pages = file_pages;
    /* A damaged count must not cost memory; a page behind the end is found missing when it is
     * wanted. */
    if (t->n_pages > file_pages + TAIL_PAGES_MAX)
        t->n_pages = file_pages;
    return make_room(t, err);
}

void fc__tree_close(fc_tree *t)
{
    for (size_t i = 0; i < FC_TREE_DEPTH; i++)
        free(t->pages[i]);
    if (t->owns_fd)
        close(t->fd);
    fc_buf_dispose(&t->big);
    free(t->seen);
    free(t->freed);
    free(t->path);
    *t = (fc_tree)FC_TREE_INIT;
}

bool fc__row_intact(fc_table table, fc_span key, fc_span value)
{
    const fc_span body = fc__row_body(value);

    return value.n >= 4 && fc__crc32c(fc__key_crc(table, key.data, key.n), body.data, body.n) ==
                               fc_get_le32(value.data + body.n);
}
