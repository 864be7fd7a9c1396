/*
 * Connected components by union-find, with union by size and paths halved (Tarjan and van Leeuwen
 * 1984).
 *
 * Threads: one at a time.
 */
#ifndef FC_COMPONENTS_H
#define FC_COMPONENTS_H

#include <featcache/types.h>

typedef struct fc_components {
    size_t *parents, *sizes; /* n; a size is right where the node is its own parent */
    size_t n;
} fc_components;

/* n nodes, each a component of its own. Dispose also after a failure. */
fc_status fc__components_create(fc_components *out, size_t n, fc_error *err);
void fc__components_dispose(fc_components *c);
/* The node that stands for the component of `node`; the same for all of its nodes. */
size_t fc__components_find(fc_components *c, size_t node);
void fc__components_join(fc_components *c, size_t a, size_t b);

#endif /* FC_COMPONENTS_H */
