/*
 * Building the double array: cells breadth first, the children of one cell at the first base where
 * all of them fit.
 */
#include "fc_trie.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

#define MAX_CELLS ((size_t)1 << 31)
#define NO_CELL   UINT32_MAX /* the root is taken, and nobody's child */

/* Keys first..last share the first `depth` bytes, which lead to `cell`. */
typedef struct range {
    uint32_t first, last, depth, cell;
} range;

typedef struct builder {
    fc_trie *trie;
    const fc_trie_key *keys;
    range *queue;
    size_t n_queue, queue_capacity;
    size_t capacity; /* of cells */
    size_t first;    /* where the search for free cells begins */
} builder;

static int compare_keys(const void *a, const void *b)
{
    const fc_trie_key *x = a, *y = b;
    const uint32_t n = x->n < y->n ? x->n : y->n;
    const int order = n > 0 ? memcmp(x->text, y->text, n) : 0;

    if (order != 0)
        return order;
    return x->n != y->n ? (x->n > y->n) - (x->n < y->n)
                        : (x->value > y->value) - (x->value < y->value);
}

/* Cells up to `need` and 256 more, empty. */
static fc_status reserve(builder *b, size_t need, fc_error *err)
{
    const size_t old = b->capacity;
    fc_status st;

    need += 256;
    if (need > MAX_CELLS)
        return fc_error_set(err, FC_E_LIMIT, "a vocabulary of more than 2^31 trie cells");
    if (need > old) {
        st = fc__grow_array(&b->trie->cells, &b->capacity, need, sizeof(*b->trie->cells), err);
        if (st != FC_OK)
            return st;
        for (size_t i = old; i < b->capacity; i++)
            b->trie->cells[i] = (fc_trie_cell){0, 0, FC_TRIE_NONE};
    }
    if (need > b->trie->n)
        b->trie->n = need;
    return FC_OK;
}

static bool fits(const builder *b, size_t base, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (b->trie->cells[base + bytes[i]].parent != 0)
            return false;
    return true;
}

/* The first base from which all bytes lead to free cells. Where nearly all cells that were looked
 * at are taken, later searches begin behind them. */
static fc_status find_base(builder *b, const uint8_t *bytes, size_t n, size_t *out, fc_error *err)
{
    const size_t from = b->first > bytes[0] ? b->first : (size_t)bytes[0] + 1;
    size_t taken = 0, at;
    fc_status st;

    for (at = from;; at++) {
        st = reserve(b, at + 1, err);
        if (st != FC_OK)
            return st;
        if (b->trie->cells[at].parent != 0)
            taken++;
        else if (fits(b, at - bytes[0], bytes, n))
            break;
    }
    if (at - from >= 64 && taken * 20 >= (at - from) * 19)
        b->first = at;
    *out = at - bytes[0];
    return FC_OK;
}

static fc_status push(builder *b, range r, fc_error *err)
{
    const fc_status st =
        fc__grow_array(&b->queue, &b->queue_capacity, b->n_queue + 1, sizeof(*b->queue), err);

    if (st == FC_OK)
        b->queue[b->n_queue++] = r;
    return st;
}

/* Place the children of one cell and queue them. */
static fc_status expand(builder *b, range r, fc_error *err)
{
    uint8_t bytes[256];
    uint32_t starts[257];
    size_t n = 0, base = 0;
    fc_status st;

    for (; r.first < r.last && b->keys[r.first].n == r.depth; r.first++)
        b->trie->cells[r.cell].value = b->keys[r.first].value;
    for (uint32_t i = r.first; i < r.last; i++) {
        const uint8_t byte = (uint8_t)b->keys[i].text[r.depth];

        if (n == 0 || bytes[n - 1] != byte) {
            bytes[n] = byte;
            starts[n++] = i;
        }
    }
    if (n == 0)
        return FC_OK;
    starts[n] = r.last;
    st = find_base(b, bytes, n, &base, err);
    if (st == FC_OK)
        st = reserve(b, base + 256, err);
    if (st != FC_OK)
        return st;
    b->trie->cells[r.cell].base = (uint32_t)base;
    for (size_t i = 0; i < n; i++)
        b->trie->cells[base + bytes[i]].parent = r.cell;
    for (size_t i = 0; i < n && st == FC_OK; i++)
        st =
            push(b, (range){starts[i], starts[i + 1], r.depth + 1, (uint32_t)base + bytes[i]}, err);
    return st;
}

fc_status fc__trie_build(fc_trie *out, fc_trie_key *keys, size_t n, fc_error *err)
{
    builder b = {.trie = out, .keys = keys, .first = FC_TRIE_ROOT + 1};
    fc_status st;

    *out = (fc_trie)FC_TRIE_INIT;
    if (n >= MAX_CELLS)
        return fc_error_set(err, FC_E_LIMIT, "a vocabulary of more than 2^31 entries");
    if (n > 1)
        qsort(keys, n, sizeof(*keys), compare_keys);
    st = reserve(&b, FC_TRIE_ROOT + 1, err);
    if (st == FC_OK) {
        out->cells[FC_TRIE_ROOT].parent = NO_CELL;
        st = push(&b, (range){0, (uint32_t)n, 0, FC_TRIE_ROOT}, err);
    }
    for (size_t i = 0; st == FC_OK && i < b.n_queue; i++)
        st = expand(&b, b.queue[i], err);
    free(b.queue);
    if (st != FC_OK)
        fc__trie_dispose(out);
    return st;
}

uint32_t fc__trie_walk(const fc_trie *t, uint32_t cell, const char *text, size_t n)
{
    for (size_t i = 0; i < n && cell != 0; i++)
        cell = fc__trie_step(t, cell, (uint8_t)text[i]);
    return cell;
}

uint32_t fc__trie_find(const fc_trie *t, const char *text, size_t n)
{
    const uint32_t cell = fc__trie_walk(t, FC_TRIE_ROOT, text, n);

    return cell != 0 ? t->cells[cell].value : FC_TRIE_NONE;
}

void fc__trie_dispose(fc_trie *t)
{
    free(t->cells);
    *t = (fc_trie)FC_TRIE_INIT;
}

fc_status fc__trie_text_of(const fc_trie *t, uint32_t value, fc_buf *out, fc_error *err)
{
    const size_t first = out->size;
    uint32_t cell = 0;
    fc_status st = FC_OK;

    for (size_t i = 1; i < t->n && cell == 0 && value != FC_TRIE_NONE; i++)
        if (t->cells[i].parent != 0 && t->cells[i].value == value)
            cell = (uint32_t)i;
    if (cell == 0)
        return FC_E_NOT_FOUND;
    /* From the last byte to the first. */
    for (; cell != FC_TRIE_ROOT && st == FC_OK; cell = t->cells[cell].parent)
        st = fc_buf_append_u8(out, (uint8_t)(cell - t->cells[t->cells[cell].parent].base), err);
    for (size_t a = first, b = out->size; a + 1 < b; a++) {
        const uint8_t byte = out->data[a];

        out->data[a] = out->data[--b];
        out->data[b] = byte;
    }
    return st == FC_OK ? fc_buf_append_text(out, "", err) : st;
}
