/*
 * For a data file shorter than its meta page says: are all pages that are in use inside it?
 *
 * LMDB leaves the tail of the file unwritten where the last pages it took were given back in the
 * same transaction, so a short file is not always a truncated one. The pages are read with pread,
 * never through the map, so that a missing one is an answer and not a SIGBUS.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_file.h"
#include "fc_lmdb_layout.h"
#include "fc_store_internal.h"

typedef struct walk {
    int fd;
    const char *path;
    uint32_t page_bytes;
    uint64_t n_pages; /* that the file has */
    uint64_t budget;  /* pages that may still be read: more than there are is a cycle */
} walk;

static fc_status truncated(const walk *w, fc_error *err)
{
    return fc_error_set(err, FC_E_CORRUPT,
                        "%s is truncated: pages in use lie behind its end of %llu bytes; restore a "
                        "backup, or save what is readable with `featcache repair`",
                        w->path, (unsigned long long)(w->n_pages * w->page_bytes));
}

static fc_status walk_page(walk *w, uint64_t number, int depth, fc_error *err);

/* What one node points at. */
static fc_status walk_node(walk *w, const uint8_t *page, uint32_t at, bool branch, int depth,
                           fc_error *err)
{
    const uint8_t *node = page + at;
    const uint16_t flags = fc_get_le16(node + 4), key_bytes = fc_get_le16(node + 6);
    const uint32_t low = fc_get_le32(node);
    const uint64_t data = (uint64_t)at + FC_LMDB_NODE_HEADER + key_bytes;

    if (branch) /* a page number of 48 bits in the three halves of the header */
        return walk_page(w, (uint64_t)low | (uint64_t)flags << 32, depth + 1, err);
    if ((flags & FC_LMDB_NODE_BIG) != 0) {
        uint64_t first, pages;

        if (data + 8 > w->page_bytes)
            return truncated(w, err);
        first = fc_get_le64(page + data);
        pages = ((uint64_t)low + FC_LMDB_PAGE_HEADER + w->page_bytes - 1) / w->page_bytes;
        return first < w->n_pages && pages <= w->n_pages - first ? FC_OK : truncated(w, err);
    }
    if ((flags & FC_LMDB_NODE_TABLE) != 0) {
        if (data + FC_LMDB_TABLE_BYTES > w->page_bytes)
            return truncated(w, err);
        return walk_page(w, fc_get_le64(page + data + FC_LMDB_TABLE_ROOT), depth + 1, err);
    }
    return FC_OK;
}

static fc_status walk_page(walk *w, uint64_t number, int depth, fc_error *err)
{
    uint8_t *page;
    uint16_t flags, lower;
    fc_status st = FC_OK;

    if (number == FC_LMDB_NO_PAGE)
        return FC_OK;
    if (number >= w->n_pages || depth > FC_LMDB_DEPTH_MAX || w->budget-- == 0)
        return truncated(w, err);
    page = malloc(w->page_bytes);
    if (page == NULL)
        return fc__nomem(err, w->page_bytes, "a page");
    if (pread(w->fd, page, w->page_bytes, (off_t)(number * w->page_bytes)) !=
        (ssize_t)w->page_bytes) {
        st = fc__io_error(err, errno, "read", w->path);
        goto done;
    }
    flags = fc_get_le16(page + FC_LMDB_PAGE_FLAGS);
    lower = fc_get_le16(page + FC_LMDB_PAGE_LOWER);
    if ((flags & (FC_LMDB_BRANCH | FC_LMDB_LEAF)) == 0 || lower < FC_LMDB_PAGE_HEADER ||
        lower > w->page_bytes) {
        st = truncated(w, err);
        goto done;
    }
    for (uint32_t i = FC_LMDB_PAGE_HEADER; i + 1 < lower && st == FC_OK; i += 2) {
        const uint32_t at = fc_get_le16(page + i);

        if (at < lower || at + FC_LMDB_NODE_HEADER > w->page_bytes)
            st = truncated(w, err);
        else
            st = walk_node(w, page, at, (flags & FC_LMDB_BRANCH) != 0, depth, err);
    }

done:
    free(page);
    return st;
}

fc_status fc__pages_reachable(int fd, const char *path, uint32_t page_bytes, uint64_t n_pages,
                              fc_error *err)
{
    walk w = {fd, path, page_bytes, n_pages, n_pages};
    uint8_t meta[2][FC_LMDB_META_BYTES];
    const uint8_t *newest;
    fc_status st;

    for (int i = 0; i < 2; i++)
        if (pread(fd, meta[i], sizeof(meta[i]), (off_t)((uint64_t)i * page_bytes)) !=
            (ssize_t)sizeof(meta[i]))
            return fc__io_error(err, errno, "read", path);
    newest =
        meta[fc_get_le64(meta[1] + FC_LMDB_META_TXN) > fc_get_le64(meta[0] + FC_LMDB_META_TXN)];
    st = walk_page(&w, fc_get_le64(newest + FC_LMDB_META_FREE), 0, err);
    if (st == FC_OK)
        st = walk_page(&w, fc_get_le64(newest + FC_LMDB_META_MAIN), 0, err);
    return st;
}
