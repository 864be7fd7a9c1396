/*
 * The pages of a data.mdb, read with pread and checked one by one: header, page number, node
 * offsets, key order, key bounds from above, values with pages of their own. What cannot be read is
 * a hole with the keys it may have held, and the walk goes on behind it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_lmdb_layout.h"
#include "fc_maintain.h"

#define VALUE_BYTES_MAX ((uint64_t)FC_BLOCK_RAW_MAX * 2)

typedef struct node {
    fc_span key;
    uint64_t child; /* of a branch */
    bool big, table;
    fc_span data;       /* in the page */
    uint64_t size;      /* of a big value */
    uint64_t first_big; /* its first page */
} node;

typedef struct walk {
    fc_tree *t;
    const fc_tree_visitor *v;
    fc_table table;
    /* What a leaf node is to this walk. */
    fc_status (*leaf)(struct walk *w, const node *n, fc_error *err);
    fc_buf previous;
    bool any, broken;
    uint64_t n;
} walk;

static fc_status hole(walk *w, fc_span low, fc_span high, bool one, const char *reason,
                      fc_error *err)
{
    const fc_hole h = {w->table, low, high, one, reason};

    w->broken = true;
    return w->v->hole != NULL ? w->v->hole(w->v->context, &h, err) : FC_OK;
}

/* NULL, or why the page cannot be used. */
static const char *read_page(fc_tree *t, uint64_t number, uint8_t *page)
{
    uint16_t flags, lower, upper;
    ssize_t n;

    if (number < 2 || number >= t->n_pages)
        return "a page number points outside of the file";
    n = pread(t->fd, page, t->page_bytes, (off_t)(number * t->page_bytes));
    if (n < 0)
        return "a page cannot be read (input/output error)";
    if (n != (ssize_t)t->page_bytes)
        return "a page lies behind the end of the file, which is truncated";
    flags = fc_get_le16(page + FC_LMDB_PAGE_FLAGS) & 0x3F;
    lower = fc_get_le16(page + FC_LMDB_PAGE_LOWER);
    upper = fc_get_le16(page + FC_LMDB_PAGE_UPPER);
    if (fc_get_le64(page) != number)
        return "a page carries the number of another";
    if (flags != FC_LMDB_BRANCH && flags != FC_LMDB_LEAF)
        return "a page is of no known kind";
    if (lower < FC_LMDB_PAGE_HEADER || (lower & 1) != 0 || upper < lower || upper > t->page_bytes)
        return "a page's header is damaged";
    return NULL;
}

static uint32_t page_nodes(const uint8_t *page)
{
    return (fc_get_le16(page + FC_LMDB_PAGE_LOWER) - FC_LMDB_PAGE_HEADER) / 2u;
}

static bool read_node(const fc_tree *t, const uint8_t *page, uint32_t i, node *out)
{
    const bool branch = (fc_get_le16(page + FC_LMDB_PAGE_FLAGS) & FC_LMDB_BRANCH) != 0;
    const uint32_t at = fc_get_le16(page + FC_LMDB_PAGE_HEADER + 2 * i);
    const uint8_t *p = page + at;
    uint64_t end;
    uint16_t flags;

    if (at < fc_get_le16(page + FC_LMDB_PAGE_UPPER) || at + FC_LMDB_NODE_HEADER > t->page_bytes)
        return false;
    flags = fc_get_le16(p + 4);
    *out = (node){.key = {p + FC_LMDB_NODE_HEADER, fc_get_le16(p + 6)}};
    end = (uint64_t)at + FC_LMDB_NODE_HEADER + out->key.n;
    if (end > t->page_bytes)
        return false;
    if (branch) {
        out->child = (uint64_t)fc_get_le32(p) | (uint64_t)flags << 32;
        return true;
    }
    out->big = (flags & FC_LMDB_NODE_BIG) != 0;
    out->table = (flags & FC_LMDB_NODE_TABLE) != 0;
    out->size = fc_get_le32(p);
    out->data = (fc_span){page + end, out->big ? 8 : out->size};
    if ((flags & ~(FC_LMDB_NODE_BIG | FC_LMDB_NODE_TABLE)) != 0 ||
        end + out->data.n > t->page_bytes)
        return false;
    if (out->big)
        out->first_big = fc_get_le64(out->data.data);
    return true;
}

/* A value with pages of its own, by the header of the first. NULL, or why it cannot be used. */
static const char *check_big(fc_tree *t, const node *n, bool mark)
{
    const uint64_t need = (FC_LMDB_PAGE_HEADER - 1 + n->size) / t->page_bytes + 1;
    uint8_t head[FC_LMDB_PAGE_HEADER];
    uint32_t pages;

    if (n->first_big < 2 || n->first_big >= t->n_pages || need > t->n_pages - n->first_big)
        return "its value points outside of the file";
    if (n->size > VALUE_BYTES_MAX)
        return "its value claims an impossible size";
    if (pread(t->fd, head, sizeof(head), (off_t)(n->first_big * t->page_bytes)) !=
        (ssize_t)sizeof(head))
        return "its value cannot be read: the file is truncated or the disk fails";
    pages = fc_get_le32(head + FC_LMDB_PAGE_LOWER);
    if (fc_get_le64(head) != n->first_big ||
        fc_get_le16(head + FC_LMDB_PAGE_FLAGS) != FC_LMDB_OVERFLOW || pages < need ||
        pages > t->n_pages - n->first_big)
        return "its value's first page is damaged";
    for (uint64_t i = 0; i < pages && mark; i++) {
        if (fc__bit_get(t->seen, n->first_big + i))
            return "its value's pages are used twice";
        fc__bit_set(t->seen, n->first_big + i);
    }
    return NULL;
}

/* The value itself into t->big. */
static const char *read_big(fc_tree *t, const node *n, bool mark)
{
    const char *why = check_big(t, n, mark);
    fc_error ignored = FC_ERROR_INIT;

    if (why != NULL)
        return why;
    fc_buf_clear(&t->big);
    if (fc_buf_reserve(&t->big, n->size, &ignored) != FC_OK)
        return "there is no memory for its value";
    if (pread(t->fd, t->big.data, n->size,
              (off_t)(n->first_big * t->page_bytes + FC_LMDB_PAGE_HEADER)) != (ssize_t)n->size)
        return "its value cannot be read: the file is truncated or the disk fails";
    t->big.size = n->size;
    return NULL;
}

static int compare_keys(fc_span a, fc_span b)
{
    const size_t n = a.n < b.n ? a.n : b.n;
    const int d = n > 0 ? memcmp(a.data, b.data, n) : 0;

    return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

/* Free pages are listed by transaction number, as numbers; all else by bytes. */
static int compare(const walk *w, fc_span a, fc_span b)
{
    if (w->table == FC_TABLE_END && a.n == 8 && b.n == 8) {
        const uint64_t x = fc_get_le64(a.data), y = fc_get_le64(b.data);

        return (x > y) - (x < y);
    }
    return compare_keys(a, b);
}

static fc_status walk_leaf(walk *w, const node *n, fc_span low, fc_span high, fc_error *err)
{
    const fc_span previous = {w->previous.data, w->previous.size};
    fc_status st;

    if ((w->any && compare(w, n->key, previous) <= 0) ||
        (low.n > 0 && compare(w, n->key, low) < 0) || (high.n > 0 && compare(w, n->key, high) >= 0))
        return hole(w, n->key, n->key, true,
                    "the row is out of order: its page is an old or a foreign one", err);
    w->n++;
    w->any = true;
    fc_buf_clear(&w->previous);
    st = fc_buf_append(&w->previous, n->key.data, n->key.n, err);
    return st == FC_OK ? w->leaf(w, n, err) : st;
}

static fc_status walk_page(walk *w, uint64_t number, uint32_t depth, uint32_t leaf_depth,
                           fc_span low, fc_span high, fc_error *err)
{
    fc_tree *t = w->t;
    const char *why;
    uint8_t *page;
    uint32_t n;
    bool branch;
    fc_status st = FC_OK;

    if (depth >= FC_TREE_DEPTH)
        return hole(w, low, high, false, "the tree is too deep: pages point in a circle", err);
    if (t->pages[depth] == NULL && (t->pages[depth] = malloc(t->page_bytes)) == NULL)
        return fc__nomem(err, t->page_bytes, "a page");
    page = t->pages[depth];
    why = read_page(t, number, page);
    if (why == NULL && fc__bit_get(t->seen, number))
        why = "a page is used twice";
    branch = why == NULL && (fc_get_le16(page + FC_LMDB_PAGE_FLAGS) & FC_LMDB_BRANCH) != 0;
    if (why == NULL && branch == (depth + 1 == leaf_depth))
        why = "a page stands at the wrong depth of the tree";
    n = why == NULL ? page_nodes(page) : 0;
    if (why == NULL && (n == 0 || (branch && n < 2)))
        why = "a page has too few entries";
    if (why != NULL)
        return hole(w, low, high, false, why, err);
    fc__bit_set(t->seen, number);
    for (uint32_t i = 0; i < n && st == FC_OK; i++) {
        node cur, next;
        fc_span from, to = high;

        if (!read_node(t, page, i, &cur)) {
            st = hole(w, low, high, false, "an entry of a page is damaged", err);
            continue;
        }
        if (!branch) {
            st = walk_leaf(w, &cur, low, high, err);
            continue;
        }
        from = i == 0 ? low : cur.key;
        if (i + 1 < n && read_node(t, page, i + 1, &next))
            to = next.key;
        st = walk_page(w, cur.child, depth + 1, leaf_depth, from, to, err);
    }
    return st;
}

static fc_status walk_tree(walk *w, uint64_t root, uint32_t depth, fc_error *err)
{
    const fc_span none = {NULL, 0};
    fc_status st = FC_OK;

    if (root != FC_LMDB_NO_PAGE)
        st = walk_page(w, root, 0, depth, none, none, err);
    fc_buf_dispose(&w->previous);
    return st;
}

/* ---- tables ---- */

static fc_status table_leaf(walk *w, const node *n, fc_error *err)
{
    for (int k = FC_TABLE_META; k < FC_TABLE_END; k++) {
        fc_tree_table *table = &w->t->tables[k];
        const char *name = fc__table_name((fc_table)k);

        if (n->key.n != strlen(name) || memcmp(n->key.data, name, n->key.n) != 0)
            continue;
        if (!n->table || n->big || n->size != FC_LMDB_TABLE_BYTES)
            return hole(w, n->key, n->key, true, "the record of a table is damaged", err);
        *table = (fc_tree_table){.found = true,
                                 .root = fc_get_le64(n->data.data + FC_LMDB_TABLE_ROOT),
                                 .entries = fc_get_le64(n->data.data + FC_LMDB_TABLE_ENTRIES),
                                 .pages = fc_get_le64(n->data.data + FC_LMDB_TABLE_BRANCHES) +
                                          fc_get_le64(n->data.data + FC_LMDB_TABLE_LEAVES),
                                 .depth = fc_get_le16(n->data.data + FC_LMDB_TABLE_DEPTH)};
    }
    return FC_OK;
}

fc_status fc__tree_load(fc_tree *t, const fc_tree_visitor *v, fc_error *err)
{
    walk w = {.t = t, .v = v, .leaf = table_leaf};
    fc_status st = walk_tree(&w, t->main_root, t->main_depth, err);

    for (int k = FC_TABLE_META; k < FC_TABLE_END && st == FC_OK; k++) {
        w.table = (fc_table)k;
        if (!t->tables[k].found)
            st = hole(&w, (fc_span){NULL, 0}, (fc_span){NULL, 0}, false,
                      "the record of the table is missing", err);
    }
    return st;
}

static fc_status row_leaf(walk *w, const node *n, fc_error *err)
{
    fc_span value = n->data;
    const char *why;

    if (n->table)
        return hole(w, n->key, n->key, true, "it is marked as a table", err);
    if (n->big) {
        why = w->v->row != NULL ? read_big(w->t, n, true) : check_big(w->t, n, true);
        if (why != NULL)
            return hole(w, n->key, n->key, true, why, err);
        value = (fc_span){w->t->big.data, w->t->big.size};
    }
    return w->v->row != NULL ? w->v->row(w->v->context, w->table, n->key, value, err) : FC_OK;
}

fc_status fc__tree_walk(fc_tree *t, fc_table table, const fc_tree_visitor *v, fc_error *err)
{
    const fc_tree_table *record = &t->tables[table];
    walk w = {.t = t, .v = v, .table = table, .leaf = row_leaf};
    char reason[128];
    fc_status st;

    if (!record->found)
        return FC_OK;
    if (record->root != FC_LMDB_NO_PAGE && record->depth == 0)
        return hole(&w, (fc_span){NULL, 0}, (fc_span){NULL, 0}, false,
                    "the record of the table is damaged", err);
    st = walk_tree(&w, record->root, record->depth, err);
    if (st == FC_OK && !w.broken && w.n != record->entries) {
        snprintf(reason, sizeof(reason), "the table has %llu rows where %llu are recorded",
                 (unsigned long long)w.n, (unsigned long long)record->entries);
        st = hole(&w, (fc_span){NULL, 0}, (fc_span){NULL, 0}, false, reason, err);
    }
    return st;
}

/* ---- free pages ---- */

static fc_status free_leaf(walk *w, const node *n, fc_error *err)
{
    fc_tree *t = w->t;
    fc_span value = n->data;
    const char *why = n->table || n->key.n != 8 ? "an entry is damaged" : NULL;
    uint64_t count = 0;

    if (why == NULL && n->big) {
        why = read_big(t, n, true);
        value = (fc_span){t->big.data, t->big.size};
    }
    if (why == NULL && (value.n < 8 || (count = fc_get_le64(value.data)) > (value.n - 8) / 8))
        why = "an entry is damaged";
    for (uint64_t i = 0; i < count && why == NULL; i++) {
        const uint64_t page = fc_get_le64(value.data + 8 + 8 * i);

        if (page < 2 || page >= t->n_pages)
            why = "it names a page outside of the file";
        else if (fc__bit_get(t->freed, page))
            why = "it names a page twice";
        else
            fc__bit_set(t->freed, page);
    }
    return why != NULL ? hole(w, n->key, n->key, true, why, err) : FC_OK;
}

fc_status fc__tree_walk_free(fc_tree *t, const fc_tree_visitor *v, fc_error *err)
{
    walk w = {.t = t, .v = v, .table = FC_TABLE_END, .leaf = free_leaf};
    fc_status st = walk_tree(&w, t->free_root, t->free_depth, err);
    uint64_t both = 0;

    t->free_list_read = !w.broken;
    for (uint64_t i = 0; i < t->n_pages; i++)
        both += fc__bit_get(t->seen, i) && fc__bit_get(t->freed, i);
    if (st == FC_OK && both > 0)
        st = hole(&w, (fc_span){NULL, 0}, (fc_span){NULL, 0}, false,
                  "pages are free and in use at once; the next write would destroy rows: do not "
                  "write, repair",
                  err);
    return st;
}

/* ---- pages that no tree reaches ---- */

fc_status fc__tree_scan(fc_tree *t, const fc_tree_visitor *v, fc_error *err)
{
    uint8_t *page = malloc(t->page_bytes);
    fc_status st = FC_OK;

    if (page == NULL)
        return fc__nomem(err, t->page_bytes, "a page");
    for (uint64_t number = 2; number < t->n_pages && st == FC_OK; number++) {
        if (fc__bit_get(t->seen, number) ||
            (t->free_list_read && !t->maybe_old && fc__bit_get(t->freed, number)) ||
            read_page(t, number, page) != NULL ||
            (fc_get_le16(page + FC_LMDB_PAGE_FLAGS) & FC_LMDB_LEAF) == 0)
            continue;
        for (uint32_t i = 0; i < page_nodes(page) && st == FC_OK; i++) {
            node n;

            if (!read_node(t, page, i, &n) || n.table || (n.big && read_big(t, &n, false) != NULL))
                continue;
            st = v->row(v->context, FC_TABLE_END, n.key,
                        n.big ? (fc_span){t->big.data, t->big.size} : n.data, err);
        }
    }
    free(page);
    return st;
}
