/*
 * The look at every branch and leaf page when a writer is opened (readers are guarded page by page,
 * see fc_guard.c). LMDB trusts its pages: one that was overwritten, exchanged or rotted makes it
 * read outside of the map. After this walk it follows only pages that carry their own number, the
 * right kind and depth, and entries inside their bounds.
 *
 * The cost is one small read a page of 4 KiB of rows; values with pages of their own (blocks) are
 * looked at by their first header only. Above PAGES_MAX leaves of a table only `verify` looks at
 * all.
 */
#include <stdlib.h>

#include "fc_maintain.h"

#define PAGES_MAX 65536u /* 256 MiB of rows: some 50 ms */

typedef struct looking {
    const char *path;
    fc_tree tree;
} looking;

static fc_status refuse(void *context, const fc_hole *hole, fc_error *err)
{
    const looking *l = context;

    /* A table that is not there is for open_tables() to tell: this may be no store at all. */
    if (hole->table > 0 && hole->table < FC_TABLE_END && !l->tree.tables[hole->table].found)
        return FC_OK;

    return fc_error_set(err, FC_E_CORRUPT,
                        "%s/data.mdb: %s: %s; save what is readable with `featcache repair`, or "
                        "restore a backup",
                        l->path,
                        hole->table == 0              ? "the table of tables"
                        : hole->table == FC_TABLE_END ? "the list of free pages"
                                                      : fc__table_name(hole->table),
                        hole->reason);
}

fc_status fc__env_check_pages(fc_txn *txn, fc_error *err)
{
    looking l = {.path = txn->env->path, .tree = FC_TREE_INIT};
    const fc_tree_visitor v = {.row = NULL, .hole = refuse, .context = &l};
    bool all = true;
    fc_status st = fc__tree_open(&l.tree, txn, err);

    if (st == FC_OK)
        st = fc__tree_load(&l.tree, &v, err);
    for (int k = FC_TABLE_META; k < FC_TABLE_END && st == FC_OK; k++) {
        if (l.tree.tables[k].pages > PAGES_MAX)
            all = false;
        else
            st = fc__tree_walk(&l.tree, (fc_table)k, &v, err);
    }
    if (st == FC_OK && all)
        st = fc__tree_walk_free(&l.tree, &v, err);
    fc__tree_close(&l.tree);
    return st;
}
