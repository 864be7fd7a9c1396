/*
 * The guard: before LMDB follows a key down a tree, the pages on the way are checked here, each
 * once a snapshot. LMDB trusts its pages: of 1,500 damaged files five made it read outside of the
 * map, and a separator with a flipped bit makes rows vanish without a word.
 *
 * Checked are: page number and kind, that every node lies inside the page, that keys ascend and
 * stay within the bounds that the page above gives, that child pages and large values lie inside
 * the file. Beside the leaf of the key, its two neighbours are checked: cursors step into them, and
 * a key that a damaged separator hides shows in one of them.
 *
 * The pages are read through a map of the guard's own, so that nothing depends on where LMDB has
 * its.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_lmdb_layout.h"
#include "fc_store_internal.h"

struct fc_guard {
    fc_env *env;
    const uint8_t *pages;
    uint32_t page_bytes;
    uint64_t n_pages; /* inside the file and used by this snapshot */
    size_t txn;       /* the snapshot that `checked` is about */
    uint64_t epoch;   /* of the env's map */
    uint64_t main_root;
    uint64_t roots[FC_TABLE_END];
    bool has_root[FC_TABLE_END];
    uint64_t left[FC_TABLE_END]; /* descents until all of a tree is checked at once */
    bool whole[FC_TABLE_END];    /* that has been done, and all of it is sound */
    uint8_t *checked;            /* one bit a page */
    size_t checked_bytes;
};

/* One step of a descent. */
typedef struct step {
    const uint8_t *page;
    size_t n, at; /* nodes, and the one taken */
    fc_span low, high;
} step;

/* ---- a page ---- */

static const uint8_t *node_of(const uint8_t *page, size_t i)
{
    return page + fc_get_le16(page + FC_LMDB_PAGE_HEADER + 2 * i);
}

static fc_span key_of(const uint8_t *page, size_t i)
{
    const uint8_t *node = node_of(page, i);

    return (fc_span){node + FC_LMDB_NODE_HEADER, fc_get_le16(node + FC_LMDB_NODE_KEY)};
}

static uint64_t child_of(const uint8_t *page, size_t i)
{
    const uint8_t *node = node_of(page, i);

    return (uint64_t)fc_get_le32(node) | (uint64_t)fc_get_le16(node + FC_LMDB_NODE_FLAGS) << 32;
}

static size_t count_of(const uint8_t *page)
{
    return (fc_get_le16(page + FC_LMDB_PAGE_LOWER) - FC_LMDB_PAGE_HEADER) / 2u;
}

static bool is_branch(const uint8_t *page)
{
    return fc_get_le16(page + FC_LMDB_PAGE_FLAGS) == FC_LMDB_BRANCH;
}

static int compare(fc_span a, fc_span b)
{
    const size_t n = a.n < b.n ? a.n : b.n;
    const int d = n > 0 ? memcmp(a.data, b.data, n) : 0;

    return d != 0 ? d : a.n < b.n ? -1 : a.n > b.n;
}

/* The value of a leaf's node, which starts `at` bytes into the page. */
static bool value_fits(const fc_guard *g, const uint8_t *page, const uint8_t *node, uint64_t at,
                       bool tables)
{
    const uint16_t flags = fc_get_le16(node + FC_LMDB_NODE_FLAGS);
    const uint64_t size = fc_get_le32(node);
    uint64_t first, pages;

    if (flags == FC_LMDB_NODE_TABLE)
        return tables && size == FC_LMDB_TABLE_BYTES && at + size <= g->page_bytes;
    if (flags == 0)
        return at + size <= g->page_bytes;
    if (flags != FC_LMDB_NODE_BIG || at + 8 > g->page_bytes)
        return false;
    first = fc_get_le64(page + at);
    pages = (size + FC_LMDB_PAGE_HEADER + g->page_bytes - 1) / g->page_bytes;
    return first >= 2 && first < g->n_pages && pages <= g->n_pages - first;
}

/* Node i lies in the page; what it points at lies in the file. */
static bool node_fits(const fc_guard *g, const uint8_t *page, size_t i, bool branch, bool tables)
{
    const uint32_t at = fc_get_le16(page + FC_LMDB_PAGE_HEADER + 2 * i);
    const uint8_t *node = page + at;
    uint64_t data, child;
    uint16_t key;

    if (at < fc_get_le16(page + FC_LMDB_PAGE_UPPER) || at + FC_LMDB_NODE_HEADER > g->page_bytes)
        return false;
    key = fc_get_le16(node + FC_LMDB_NODE_KEY);
    data = (uint64_t)at + FC_LMDB_NODE_HEADER + key;
    if (key > FC_LMDB_KEY_MAX || data > g->page_bytes)
        return false;
    if (!branch)
        return value_fits(g, page, node, data, tables);
    child = child_of(page, i);
    return child >= 2 && child < g->n_pages;
}

/* Bytes that node i takes: header, key, and what lies in the page of its value; even. */
static size_t node_bytes(const uint8_t *page, size_t i, bool branch)
{
    const uint8_t *node = node_of(page, i);
    size_t n = FC_LMDB_NODE_HEADER + key_of(page, i).n;

    if (!branch)
        n += fc_get_le16(node + FC_LMDB_NODE_FLAGS) == FC_LMDB_NODE_BIG ? 8u : fc_get_le32(node);
    return (n + 1) & ~(size_t)1;
}

/* What is wrong with a page, or NULL. */
static const char *page_fault(const fc_guard *g, const uint8_t *page, uint64_t number, bool tables,
                              fc_span low, fc_span high)
{
    const uint16_t flags = fc_get_le16(page + FC_LMDB_PAGE_FLAGS);
    const uint16_t lower = fc_get_le16(page + FC_LMDB_PAGE_LOWER);
    const uint16_t upper = fc_get_le16(page + FC_LMDB_PAGE_UPPER);
    const bool branch = flags == FC_LMDB_BRANCH;
    size_t n, used = 0;

    if (fc_get_le64(page) != number)
        return "it is another page";
    if (!branch && flags != FC_LMDB_LEAF)
        return "it is of no kind";
    if (lower < FC_LMDB_PAGE_HEADER || lower % 2 != 0 || lower > upper || upper > g->page_bytes)
        return "its header is damaged";
    n = count_of(page);
    if (n < (branch ? 2u : 1u))
        return "it is empty";
    for (size_t i = 0; i < n; i++) {
        if (!node_fits(g, page, i, branch, tables))
            return "a row leads out of it";
        used += node_bytes(page, i, branch);
        /* The first key of a branch stands for "everything below" and is not looked at. */
        if (i > (branch ? 1u : 0u) && compare(key_of(page, i - 1), key_of(page, i)) >= 0)
            return "its keys are out of order";
    }
    /* Nodes fill a page from its end without gaps: a wrong count of them shows. */
    if (used != g->page_bytes - upper)
        return "its rows do not fill it";
    if (low.data != NULL && compare(key_of(page, branch ? 1 : 0), low) < 0)
        return "a key belongs to the page before";
    if (high.data != NULL && compare(key_of(page, n - 1), high) >= 0)
        return "a key belongs to the page behind";
    return NULL;
}

static fc_status damaged(const fc_guard *g, const char *table, uint64_t number, const char *what,
                         fc_error *err)
{
    return fc_error_set(err, FC_E_CORRUPT,
                        "%s: page %llu of the table '%s' is damaged: %s; restore a backup, or save "
                        "what is readable with `featcache repair`",
                        g->env->path, (unsigned long long)number, table, what);
}

/* The page, checked. */
static fc_status get_page(fc_guard *g, const char *table, uint64_t number, fc_span low,
                          fc_span high, const uint8_t **out, fc_error *err)
{
    const char *fault;

    if (number < 2 || number >= g->n_pages)
        return damaged(g, table, number, "it lies outside of the file", err);
    *out = g->pages + number * g->page_bytes;
    if ((g->checked[number / 8] >> (number % 8) & 1u) != 0)
        return FC_OK;
    fault = page_fault(g, *out, number, table[0] == '\0', low, high);
    if (fault != NULL)
        return damaged(g, table[0] != '\0' ? table : "tables", number, fault, err);
    g->checked[number / 8] = (uint8_t)(g->checked[number / 8] | 1u << (number % 8));
    return FC_OK;
}

/* ---- descending ---- */

/* The child of a branch whose subtree holds key: the last whose separator is at most key. */
static size_t child_for(const uint8_t *page, size_t n, fc_span key)
{
    size_t low = 1, high = n;

    while (low < high) {
        const size_t mid = (low + high) / 2;

        if (compare(key_of(page, mid), key) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low - 1;
}

/* From child `at` of a step down to a leaf, always by the first or the last child. */
static fc_status check_edge(fc_guard *g, const char *table, const step *from, size_t at, bool last,
                            fc_error *err)
{
    step s = *from;

    s.at = at;
    for (int depth = 0; depth < FC_LMDB_DEPTH_MAX; depth++) {
        const fc_span low = s.at > 0 ? key_of(s.page, s.at) : s.low;
        const fc_span high = s.at + 1 < s.n ? key_of(s.page, s.at + 1) : s.high;
        const uint8_t *page;
        const fc_status st = get_page(g, table, child_of(s.page, s.at), low, high, &page, err);

        if (st != FC_OK || !is_branch(page))
            return st;
        s = (step){page, count_of(page), 0, low, high};
        s.at = last ? s.n - 1 : 0;
    }
    return damaged(g, table, 0, "its tree has no end", err);
}

/* Check the way to the leaf of key and to its neighbours; *leaf may be NULL. */
static fc_status descend(fc_guard *g, const char *table, uint64_t root, fc_span key,
                         const uint8_t **leaf, fc_error *err)
{
    step path[FC_LMDB_DEPTH_MAX];
    const fc_span none = {NULL, 0};
    fc_span low = none, high = none;
    const uint8_t *page = NULL;
    size_t depth = 0;
    fc_status st = FC_OK;

    for (;; depth++) {
        if (depth == FC_LMDB_DEPTH_MAX)
            return damaged(g, table, root, "its tree has no end", err);
        st = get_page(g, table, root, low, high, &page, err);
        if (st != FC_OK)
            return st;
        if (!is_branch(page))
            break;
        path[depth] = (step){page, count_of(page), 0, low, high};
        path[depth].at = child_for(page, path[depth].n, key);
        if (path[depth].at > 0)
            low = key_of(page, path[depth].at);
        if (path[depth].at + 1 < path[depth].n)
            high = key_of(page, path[depth].at + 1);
        root = child_of(page, path[depth].at);
    }
    if (leaf != NULL)
        *leaf = page;
    for (size_t i = depth; i-- > 0 && st == FC_OK;)
        if (path[i].at > 0) {
            st = check_edge(g, table, &path[i], path[i].at - 1, true, err);
            break;
        }
    for (size_t i = depth; i-- > 0 && st == FC_OK;)
        if (path[i].at + 1 < path[i].n) {
            st = check_edge(g, table, &path[i], path[i].at + 1, false, err);
            break;
        }
    return st;
}

/* Root page of a table: a record in the table of tables. Missing is left to LMDB to report. */
static fc_status find_root(fc_guard *g, fc_table table, uint64_t *root, fc_error *err)
{
    const char *name = fc__table_name(table);
    const fc_span key = {(const uint8_t *)name, strlen(name)};
    const uint8_t *leaf;
    fc_status st;

    *root = FC_LMDB_NO_PAGE;
    if (g->main_root == FC_LMDB_NO_PAGE)
        return FC_OK;
    st = descend(g, "", g->main_root, key, &leaf, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < count_of(leaf); i++)
        if (compare(key_of(leaf, i), key) == 0 &&
            fc_get_le16(node_of(leaf, i) + FC_LMDB_NODE_FLAGS) == FC_LMDB_NODE_TABLE) {
            const uint8_t *record = key_of(leaf, i).data + key.n;

            *root = fc_get_le64(record + FC_LMDB_TABLE_ROOT);
            g->left[table] = fc_get_le64(record + FC_LMDB_TABLE_LEAVES);
        }
    return FC_OK;
}

/* All pages of a tree. A damaged one may lead to the same pages again and again: no more steps than
 * there are pages. */
static fc_status check_tree(fc_guard *g, const char *table, uint64_t root, fc_error *err)
{
    const fc_span none = {NULL, 0};
    step path[FC_LMDB_DEPTH_MAX];
    uint64_t steps = 0;
    size_t depth = 0;
    const uint8_t *page;
    fc_status st = get_page(g, table, root, none, none, &page, err);

    if (st == FC_OK && is_branch(page))
        path[depth++] = (step){page, count_of(page), 0, none, none};
    while (st == FC_OK && depth > 0) {
        step *s = &path[depth - 1];
        const size_t at = s->at++;

        if (at == s->n) {
            depth--;
            continue;
        }
        if (++steps > g->n_pages)
            return damaged(g, table, root, "its tree has no end", err);
        const fc_span low = at > 0 ? key_of(s->page, at) : s->low;
        const fc_span high = at + 1 < s->n ? key_of(s->page, at + 1) : s->high;

        st = get_page(g, table, child_of(s->page, at), low, high, &page, err);
        if (st == FC_OK && is_branch(page)) {
            if (depth == FC_LMDB_DEPTH_MAX)
                return damaged(g, table, root, "its tree has no end", err);
            path[depth++] = (step){page, count_of(page), 0, low, high};
        }
    }
    return st;
}

/* Who asks for as many keys as a tree has leaves will ask for more: all of it is checked, and no
 * key need be followed twice. A fault elsewhere is not this key's: then keys are followed as
 * before. */
static void check_rest(fc_guard *g, fc_table table)
{
    if (g->left[table] == UINT64_MAX || g->left[table]-- > 0)
        return;
    g->whole[table] = check_tree(g, fc__table_name(table), g->roots[table], NULL) == FC_OK;
    g->left[table] = UINT64_MAX;
}

fc_status fc__guard_key(fc_txn *t, fc_table table, fc_span key, fc_error *err)
{
    fc_guard *g = t->guard;
    fc_status st;

    if (g == NULL)
        return FC_OK;
    if (!g->has_root[table]) {
        st = find_root(g, table, &g->roots[table], err);
        if (st != FC_OK)
            return st;
        g->has_root[table] = true;
    }
    if (g->roots[table] == FC_LMDB_NO_PAGE || g->whole[table])
        return FC_OK;
    check_rest(g, table);
    return descend(g, fc__table_name(table), g->roots[table], key, NULL, err);
}

/* ---- lifetime ---- */

/* The snapshot's meta page says where its trees start. Two commits on, the page is another's. */
static bool read_meta(fc_guard *g, size_t txn)
{
    const uint8_t *meta = g->pages + (txn & 1u) * g->page_bytes;

    g->main_root = fc_get_le64(meta + FC_LMDB_META_MAIN);
    g->n_pages = fc_get_le64(meta + FC_LMDB_META_LAST) + 1;
    return fc_get_le64(meta + FC_LMDB_META_TXN) == txn;
}

fc_status fc__guard_begin(fc_txn *t, bool *again, fc_error *err)
{
    fc_env *env = t->env;
    const size_t txn = mdb_txn_id(t->mdb);
    fc_guard *g = t->guard;
    mdb_filehandle_t fd;
    struct stat file;
    size_t bytes;

    *again = false;
    if (env->pages == NULL || t->write)
        return FC_OK;
    if (g == NULL && (g = t->guard = fc__alloc_array(1, sizeof(*g))) == NULL)
        return fc__nomem(err, sizeof(*g), "a transaction");
    if (g->checked != NULL && g->txn == txn && g->epoch == env->map_epoch)
        return FC_OK;
    g->env = env;
    g->pages = env->pages;
    g->page_bytes = (uint32_t)env->page_bytes;
    g->txn = txn;
    g->epoch = env->map_epoch;
    memset(g->has_root, 0, sizeof(g->has_root));
    memset(g->whole, 0, sizeof(g->whole));
    *again = !read_meta(g, txn);
    if (*again)
        return FC_OK;
    if (mdb_env_get_fd(env->mdb, &fd) != 0 || fstat(fd, &file) != 0)
        return fc__mdb_error(env, errno, "stat", err);
    if (g->n_pages > (uint64_t)file.st_size / g->page_bytes)
        g->n_pages = (uint64_t)file.st_size / g->page_bytes;
    if (g->n_pages > env->pages_bytes / g->page_bytes)
        g->n_pages = env->pages_bytes / g->page_bytes;
    bytes = (size_t)(g->n_pages / 8 + 1);
    if (bytes > g->checked_bytes) {
        free(g->checked);
        g->checked_bytes = 0;
        g->checked = fc__alloc_array(bytes, 1);
        if (g->checked == NULL)
            return fc__nomem(err, bytes, "a transaction");
        g->checked_bytes = bytes;
    } else {
        memset(g->checked, 0, bytes);
    }
    return FC_OK;
}

void fc__guard_end(fc_txn *t)
{
    if (t->guard == NULL)
        return;
    free(t->guard->checked);
    free(t->guard);
    t->guard = NULL;
}

/* Map the file once more, as long as LMDB's map. Without it (no address space) there is no guard.
 */
void fc__guard_map(fc_env *env)
{
    MDB_envinfo info;
    mdb_filehandle_t fd;
    void *pages;

    fc__guard_unmap(env);
    env->map_epoch++;
    mdb_env_info(env->mdb, &info);
    if (mdb_env_get_fd(env->mdb, &fd) != 0)
        return;
    pages = mmap(NULL, info.me_mapsize, PROT_READ, MAP_SHARED, fd, 0);
    if (pages == MAP_FAILED)
        return;
    env->pages = pages;
    env->pages_bytes = info.me_mapsize;
}

void fc__guard_unmap(fc_env *env)
{
    if (env->pages != NULL)
        munmap((void *)(uintptr_t)env->pages, env->pages_bytes);
    env->pages = NULL;
    env->pages_bytes = 0;
}
