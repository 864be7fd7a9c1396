/*
 * The k-d tree: the points are ordered so that every range of them is split at its middle, along
 * the axis on which it is widest, down to leaves of a few points. The order within equal
 * coordinates is that of the points' numbers, so the tree is the same everywhere.
 */
#include "fc_kdtree.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

#define LEAF 8

typedef struct node_point {
    float at[3];
    uint32_t number;
} node_point;

struct fc_kdtree {
    node_point *points;
    uint8_t *axis; /* of the split whose middle is here ... */
    float *split;  /* ... and where: the points there are ordered again by later splits */
    size_t n;
};

/* One question. */
typedef struct search {
    const fc_kdtree *tree;
    double q[3];
    size_t k, n; /* wanted, found so far */
    uint32_t *index;
    double *square;
} search;

static bool before(const node_point *a, const node_point *b, unsigned axis)
{
    return a->at[axis] < b->at[axis] || (a->at[axis] == b->at[axis] && a->number < b->number);
}

static void swap(node_point *a, node_point *b)
{
    const node_point kept = *a;

    *a = *b;
    *b = kept;
}

/* The middle of three to the front. */
static void choose_pivot(node_point *p, size_t n, unsigned axis)
{
    node_point *a = p, *b = p + n / 2, *c = p + n - 1;

    if (before(b, a, axis))
        swap(a, b);
    if (before(c, b, axis)) {
        swap(b, c);
        if (before(b, a, axis))
            swap(a, b);
    }
    swap(p, b);
}

/* Hoare's selection: the point of rank k to p[k], lesser ones before it. */
static void select_rank(node_point *p, size_t n, size_t k, unsigned axis)
{
    while (n > 1) {
        size_t i = 0, j = n;

        choose_pivot(p, n, axis);
        for (;;) {
            do
                i++;
            while (i < n && before(&p[i], &p[0], axis));
            do
                j--;
            while (before(&p[0], &p[j], axis));
            if (i >= j)
                break;
            swap(&p[i], &p[j]);
        }
        swap(&p[0], &p[j]);
        if (j == k)
            return;
        if (k < j) {
            n = j;
        } else {
            p += j + 1;
            n -= j + 1;
            k -= j + 1;
        }
    }
}

static unsigned widest_axis(const node_point *p, size_t n)
{
    unsigned widest = 0;
    double width = -1;

    for (unsigned a = 0; a < 3; a++) {
        float low = p[0].at[a], high = low;

        for (size_t i = 1; i < n; i++) {
            low = p[i].at[a] < low ? p[i].at[a] : low;
            high = p[i].at[a] > high ? p[i].at[a] : high;
        }
        if ((double)high - (double)low > width) {
            width = (double)high - (double)low;
            widest = a;
        }
    }
    return widest;
}

/* Halves of a range are as deep as its logarithm: no recursion over 32. */
static void build(fc_kdtree *t, size_t low, size_t high)
{
    const size_t n = high - low, mid = low + n / 2;
    unsigned axis;

    if (n <= LEAF)
        return;
    axis = widest_axis(t->points + low, n);
    select_rank(t->points + low, n, n / 2, axis);
    t->axis[mid] = (uint8_t)axis;
    t->split[mid] = t->points[mid].at[axis];
    build(t, low, mid);
    build(t, mid, high);
}

fc_status fc__kdtree_create(fc_kdtree **out, const float *points, size_t n, fc_error *err)
{
    fc_kdtree *t = fc__alloc_array(1, sizeof(*t));

    *out = NULL;
    if (t != NULL) {
        t->points = fc__alloc_array(n, sizeof(*t->points));
        t->axis = fc__alloc_array(n, sizeof(*t->axis));
        t->split = fc__alloc_array(n, sizeof(*t->split));
    }
    if (t == NULL || t->points == NULL || t->axis == NULL || t->split == NULL) {
        fc__kdtree_destroy(t);
        return fc__nomem(err, n * sizeof(node_point), "a tree of points");
    }
    t->n = n;
    for (size_t i = 0; i < n; i++) {
        memcpy(t->points[i].at, points + 3 * i, sizeof(t->points[i].at));
        t->points[i].number = (uint32_t)i;
    }
    build(t, 0, n);
    *out = t;
    return FC_OK;
}

void fc__kdtree_destroy(fc_kdtree *t)
{
    if (t == NULL)
        return;
    free(t->points);
    free(t->axis);
    free(t->split);
    free(t);
}

/* Into the sorted list of what was found, when it belongs there. */
static void offer(search *s, const node_point *p)
{
    const double x = (double)p->at[0] - s->q[0], y = (double)p->at[1] - s->q[1],
                 z = (double)p->at[2] - s->q[2];
    const double d = x * x + y * y + z * z;
    size_t at = s->n;

    if (s->n == s->k) {
        if (d > s->square[s->k - 1] || (d == s->square[s->k - 1] && p->number > s->index[s->k - 1]))
            return;
        at--; /* the last goes */
    } else {
        s->n++;
    }
    while (at > 0 &&
           (s->square[at - 1] > d || (s->square[at - 1] == d && s->index[at - 1] > p->number))) {
        s->square[at] = s->square[at - 1];
        s->index[at] = s->index[at - 1];
        at--;
    }
    s->square[at] = d;
    s->index[at] = p->number;
}

static void visit(search *s, size_t low, size_t high)
{
    const fc_kdtree *t = s->tree;
    const size_t n = high - low, mid = low + n / 2;
    double past;
    unsigned axis;

    if (n <= LEAF) {
        for (size_t i = low; i < high; i++)
            offer(s, &t->points[i]);
        return;
    }
    axis = t->axis[mid];
    past = s->q[axis] - (double)t->split[mid];
    if (past < 0)
        visit(s, low, mid);
    else
        visit(s, mid, high);
    /* An equally far one of a lower number may lie beyond. */
    if (s->n < s->k || past * past <= s->square[s->k - 1]) {
        if (past < 0)
            visit(s, mid, high);
        else
            visit(s, low, mid);
    }
}

size_t fc__kdtree_nearest(const fc_kdtree *t, const float q[3], size_t k, uint32_t *index,
                          double *square)
{
    search s = {.tree = t,
                .q = {(double)q[0], (double)q[1], (double)q[2]},
                .k = k < t->n ? k : t->n,
                .index = index,
                .square = square};

    if (s.k > 0)
        visit(&s, 0, t->n);
    return s.n;
}
