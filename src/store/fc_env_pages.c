/*
 * The look at every branch and leaf page when a store is opened. LMDB trusts its pages: one that
 * was overwritten, exchanged or rotted makes it read outside of the map. After this walk it follows
 * only pages that carry their own number, the right kind and depth, and entries inside their
 * bounds.
 *
 * The cost is one small read a page of 4 KiB of rows; values with pages of their own (blocks) are
 * looked at by their first header only. Above PAGES_MAX leaves of a table only `verify` looks at
 * all.
 */
#include <stdlib.h>

#include "fc_maintain.h"

#define PAGES_MAX 65536u /* 256 MiB of rows: some 50 ms */

static fc_status refuse(void *context, const fc_hole *hole, fc_error *err)
{
    const char *path = context;

    return fc_error_set(err, FC_E_CORRUPT,
                        "%s/data.mdb: %s: %s; save what is readable with `featcache repair`, or "
                        "restore a backup",
                        path,
                        hole->table == 0              ? "the table of tables"
                        : hole->table == FC_TABLE_END ? "the list of free pages"
                                                      : fc__table_name(hole->table),
                        hole->reason);
}

fc_status fc__env_check_pages(fc_txn *txn, fc_error *err)
{
    const fc_tree_visitor v = {.row = NULL, .hole = refuse, .context = txn->env->path};
    fc_tree t;
    bool all = true;
    fc_status st = fc__tree_open(&t, txn, err);

    if (st == FC_OK)
        st = fc__tree_load(&t, &v, err);
    for (int k = FC_TABLE_META; k < FC_TABLE_END && st == FC_OK; k++) {
        if (t.tables[k].pages > PAGES_MAX)
            all = false;
        else
            st = fc__tree_walk(&t, (fc_table)k, &v, err);
    }
    if (st == FC_OK && all)
        st = fc__tree_walk_free(&t, &v, err);
    fc__tree_close(&t);
    return st;
}
