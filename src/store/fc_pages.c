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
#include "fc_store_internal.h"

/* Layout of LMDB 0.9 pages and nodes. */
#define PAGE_HEADER   16u
#define PAGE_AT_FLAGS 10u
#define PAGE_AT_LOWER 12u
#define PAGE_BRANCH   0x01u
#define PAGE_LEAF     0x02u
#define NODE_HEADER   8u
#define NODE_BIG      0x01u /* the data is an overflow page's number */
#define NODE_TABLE    0x02u /* the data is a record of a table */
#define TABLE_BYTES   48u
#define TABLE_AT_ROOT 40u
#define META_AT_FREE  80u
#define META_AT_MAIN  128u
#define META_AT_TXN   144u
#define NO_PAGE       UINT64_MAX
#define DEPTH_MAX     32

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
    const uint64_t data = (uint64_t)at + NODE_HEADER + key_bytes;

    if (branch) /* a page number of 48 bits in the three halves of the header */
        return walk_page(w, (uint64_t)low | (uint64_t)flags << 32, depth + 1, err);
    if ((flags & NODE_BIG) != 0) {
        uint64_t first, pages;

        if (data + 8 > w->page_bytes)
            return truncated(w, err);
        first = fc_get_le64(page + data);
        pages = ((uint64_t)low + PAGE_HEADER + w->page_bytes - 1) / w->page_bytes;
        return first < w->n_pages && pages <= w->n_pages - first ? FC_OK : truncated(w, err);
    }
    if ((flags & NODE_TABLE) != 0) {
        if (data + TABLE_BYTES > w->page_bytes)
            return truncated(w, err);
        return walk_page(w, fc_get_le64(page + data + TABLE_AT_ROOT), depth + 1, err);
    }
    return FC_OK;
}

static fc_status walk_page(walk *w, uint64_t number, int depth, fc_error *err)
{
    uint8_t *page;
    uint16_t flags, lower;
    fc_status st = FC_OK;

    if (number == NO_PAGE)
        return FC_OK;
    if (number >= w->n_pages || depth > DEPTH_MAX || w->budget-- == 0)
        return truncated(w, err);
    page = malloc(w->page_bytes);
    if (page == NULL)
        return fc__nomem(err, w->page_bytes, "a page");
    if (pread(w->fd, page, w->page_bytes, (off_t)(number * w->page_bytes)) !=
        (ssize_t)w->page_bytes) {
        st = fc__io_error(err, errno, "read", w->path);
        goto done;
    }
    flags = fc_get_le16(page + PAGE_AT_FLAGS);
    lower = fc_get_le16(page + PAGE_AT_LOWER);
    if ((flags & (PAGE_BRANCH | PAGE_LEAF)) == 0 || lower < PAGE_HEADER || lower > w->page_bytes) {
        st = truncated(w, err);
        goto done;
    }
    for (uint32_t i = PAGE_HEADER; i + 1 < lower && st == FC_OK; i += 2) {
        const uint32_t at = fc_get_le16(page + i);

        if (at < lower || at + NODE_HEADER > w->page_bytes)
            st = truncated(w, err);
        else
            st = walk_node(w, page, at, (flags & PAGE_BRANCH) != 0, depth, err);
    }

done:
    free(page);
    return st;
}

fc_status fc__pages_reachable(int fd, const char *path, uint32_t page_bytes, uint64_t n_pages,
                              fc_error *err)
{
    walk w = {fd, path, page_bytes, n_pages, n_pages};
    uint8_t meta[2][152];
    const uint8_t *newest;
    fc_status st;

    for (int i = 0; i < 2; i++)
        if (pread(fd, meta[i], sizeof(meta[i]), (off_t)((uint64_t)i * page_bytes)) !=
            (ssize_t)sizeof(meta[i]))
            return fc__io_error(err, errno, "read", path);
    newest = meta[fc_get_le64(meta[1] + META_AT_TXN) > fc_get_le64(meta[0] + META_AT_TXN)];
    st = walk_page(&w, fc_get_le64(newest + META_AT_FREE), 0, err);
    if (st == FC_OK)
        st = walk_page(&w, fc_get_le64(newest + META_AT_MAIN), 0, err);
    return st;
}
