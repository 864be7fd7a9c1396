/*
 * Two arrays: parents, and sizes of the trees.
 */
#include "fc_components.h"

#include <stdlib.h>

#include "fc_alloc.h"

fc_status fc__components_create(fc_components *out, size_t n, fc_error *err)
{
    *out = (fc_components){.parents = fc__alloc_array(n, sizeof(size_t)),
                           .sizes = fc__alloc_array(n, sizeof(size_t)),
                           .n = n};
    if (out->parents == NULL || out->sizes == NULL)
        return fc__nomem(err, 2 * n * sizeof(size_t), "components");
    for (size_t i = 0; i < n; i++) {
        out->parents[i] = i;
        out->sizes[i] = 1;
    }
    return FC_OK;
}

void fc__components_dispose(fc_components *c)
{
    free(c->parents);
    free(c->sizes);
    *c = (fc_components){NULL, NULL, 0};
}

size_t fc__components_find(fc_components *c, size_t node)
{
    while (c->parents[node] != node) {
        c->parents[node] = c->parents[c->parents[node]];
        node = c->parents[node];
    }
    return node;
}

void fc__components_join(fc_components *c, size_t a, size_t b)
{
    a = fc__components_find(c, a);
    b = fc__components_find(c, b);
    if (a == b)
        return;
    if (c->sizes[a] < c->sizes[b]) {
        const size_t smaller = a;

        a = b;
        b = smaller;
    }
    c->parents[b] = a;
    c->sizes[a] += c->sizes[b];
}
