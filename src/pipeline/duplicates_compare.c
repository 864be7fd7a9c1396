/*
 * Every row against every other: as many rows as memory allows are held, and compared with one
 * another and with all that come after them, which are read tile by tile.
 */
#include <stdlib.h>
#include <string.h>

#include "duplicates_run.h"
#include "fc_alloc.h"
#include "fc_pairs.h"
#include "search_rows.h"

#define STREAM_ROWS ((size_t)1024)

/* Rows [first, first + n) of all lanes one after the other. */
typedef struct row_block {
    float *rows;
    size_t first, n;
} row_block;

typedef struct comparing {
    fc_duplicates_run *run;
    const row_block *a, *b;
} comparing;

static fc_status load(fc_duplicates_run *r, row_block *out, size_t first, size_t n, fc_error *err)
{
    bool *ok = fc__alloc_array(n, sizeof(*ok));
    size_t offset = 0, done = 0;
    fc_status st = FC_OK;

    if (ok == NULL)
        return fc__nomem(err, n, "a block of rows");
    for (size_t l = 0; l < r->n_lanes && done < n && st == FC_OK; l++) {
        const size_t end = offset + r->n_rows[l], at = first + done;

        if (at < end) {
            const size_t part = end - at < n - done ? end - at : n - done;
            const uint64_t *contents = r->contents[l] + (at - offset);

            st = fc__branch_rows(&r->lanes[l], r->snapshot, contents, part,
                                 out->rows + done * r->dim, ok, err);
            for (size_t i = 0; i < part && st == FC_OK; i++)
                if (ok[i])
                    r->compared[fc__duplicates_node(r, contents[i])] = true;
            done += part;
        }
        offset = end;
    }
    free(ok);
    out->first = first;
    out->n = n;
    return st;
}

static size_t node_of_row(const fc_duplicates_run *r, size_t row)
{
    size_t l = 0;

    while (row >= r->n_rows[l])
        row -= r->n_rows[l++];
    return fc__duplicates_node(r, r->contents[l][row]);
}

/* Nearest first, then by content. */
static int by_score(const void *x, const void *y)
{
    const fc_node_pair *p = x, *q = y;

    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    return (p->b > q->b) - (p->b < q->b);
}

static void keep_nearest(fc_duplicates_run *r)
{
    if (r->n_pairs > 1)
        qsort(r->pairs, r->n_pairs, sizeof(*r->pairs), by_score);
    if (r->n_pairs < r->opts->max_pairs)
        return;
    r->n_pairs = r->opts->max_pairs;
    r->floor = r->pairs[r->n_pairs - 1].score;
}

static fc_status keep(fc_duplicates_run *r, const fc_node_pair *pair, fc_error *err)
{
    fc_status st;

    if (pair->score < r->floor)
        return FC_OK;
    if (r->n_pairs >= 2 * r->opts->max_pairs)
        keep_nearest(r);
    st = fc__grow_array(&r->pairs, &r->pairs_room, r->n_pairs + 1, sizeof(*r->pairs), err);
    if (st == FC_OK)
        r->pairs[r->n_pairs++] = *pair;
    return st;
}

static fc_status take_pair(void *context, size_t i, size_t j, float score, fc_error *err)
{
    const comparing *c = context;
    fc_duplicates_run *r = c->run;
    size_t a = node_of_row(r, c->a->first + i), b = node_of_row(r, c->b->first + j);

    if (a == b)
        return FC_OK; /* one content, by two encoders of a space */
    if (a > b) {
        const size_t other = a;

        a = b;
        b = other;
    }
    r->n_found++;
    r->lows[a] = score < r->lows[a] ? score : r->lows[a];
    r->lows[b] = score < r->lows[b] ? score : r->lows[b];
    fc__components_join(&r->components, a, b);
    return keep(r, &(fc_node_pair){a, b, score}, err);
}

static fc_status compare(fc_duplicates_run *r, const row_block *a, const row_block *b,
                         float *scratch, fc_error *err)
{
    comparing c = {r, a, b};
    const fc_pair_rows rows = {.a = a->rows,
                               .n_a = a->n,
                               .b = b->rows,
                               .n_b = b->n,
                               .dim = r->dim,
                               .scratch = scratch,
                               .n_threads = r->opts->n_threads};

    if (r->opts->cancelled != NULL && r->opts->cancelled(r->opts->context))
        return fc_error_set(err, FC_E_CANCELLED, "stopped");
    r->n_done += (uint64_t)a->n * b->n;
    if (r->opts->progress != NULL)
        r->opts->progress(r->opts->context, r->n_done, r->n_total);
    return fc__pairs_above(&rows, r->opts->threshold, take_pair, &c, err);
}

/* Rows that are held at a time. */
static size_t held_rows(const fc_duplicates_run *r)
{
    const uint64_t fitting = r->opts->memory_bytes / (r->dim * sizeof(float));
    const size_t least = FC_PAIRS_TILE < r->n_all_rows ? FC_PAIRS_TILE : r->n_all_rows;

    if (fitting >= r->n_all_rows)
        return r->n_all_rows;
    return fitting > least ? (size_t)fitting : least;
}

/* What is compared if rows are compared in these blocks: for the progress alone. */
static uint64_t count_all(const fc_duplicates_run *r, size_t held)
{
    uint64_t total = 0;

    for (size_t at = 0; at < r->n_all_rows; at += held) {
        const uint64_t left = r->n_all_rows - at, n = left < held ? left : held;

        total += n * left;
    }
    return total;
}

fc_status fc__duplicates_compare(fc_duplicates_run *r, fc_error *err)
{
    const size_t n = r->n_all_rows, held = held_rows(r);
    row_block a = {NULL, 0, 0}, b = {NULL, 0, 0};
    float *scratch = fc__alloc_bare(FC_PAIRS_SCRATCH, sizeof(float));
    size_t elements;
    fc_status st = FC_OK;

    if (n > 0 && fc__mul(held, r->dim, &elements)) {
        a.rows = fc__alloc_bare(elements, sizeof(float));
        b.rows = fc__alloc_bare(STREAM_ROWS * r->dim, sizeof(float));
    }
    if (scratch == NULL || (n > 0 && (a.rows == NULL || b.rows == NULL)))
        st = fc__nomem(err, held * r->dim * sizeof(float), "the rows to compare");
    r->n_total = count_all(r, held > 0 ? held : 1);
    for (size_t at = 0; at < n && st == FC_OK; at += held) {
        st = load(r, &a, at, n - at < held ? n - at : held, err);
        if (st == FC_OK)
            st = compare(r, &a, &a, scratch, err);
        for (size_t next = at + a.n; next < n && st == FC_OK; next += STREAM_ROWS) {
            st = load(r, &b, next, n - next < STREAM_ROWS ? n - next : STREAM_ROWS, err);
            if (st == FC_OK)
                st = compare(r, &a, &b, scratch, err);
        }
    }
    keep_nearest(r);
    free(scratch);
    free(a.rows);
    free(b.rows);
    return st;
}
