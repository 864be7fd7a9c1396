/*
 * Bottom-k sampling: a heap of the smallest keys with their rows; a new row takes the place of the
 * one with the largest key.
 */
#include "fc_pair_sample.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_rng.h"

fc_status fc__pair_sample_init(fc_pair_sample *s, size_t dim_x, size_t dim_y, size_t room,
                               uint64_t seed, fc_error *err)
{
    size_t x = 0, y = 0;

    *s = (fc_pair_sample){.dim_x = dim_x, .dim_y = dim_y, .room = room, .seed = seed};
    if (!fc__mul(room, dim_x, &x) || !fc__mul(room, dim_y, &y))
        return fc__nomem(err, SIZE_MAX, "a sample of pairs");
    s->contents = fc__alloc_array(room, sizeof(*s->contents));
    s->keys = fc__alloc_array(room, sizeof(*s->keys));
    s->heap = fc__alloc_array(room, sizeof(*s->heap));
    s->x = fc__alloc_array(x, sizeof(*s->x));
    s->y = fc__alloc_array(y, sizeof(*s->y));
    if (s->contents != NULL && s->keys != NULL && s->heap != NULL && s->x != NULL && s->y != NULL)
        return FC_OK;
    fc__pair_sample_dispose(s);
    return fc__nomem(err, (x + y) * sizeof(float), "a sample of pairs");
}

void fc__pair_sample_dispose(fc_pair_sample *s)
{
    free(s->contents);
    free(s->keys);
    free(s->heap);
    free(s->x);
    free(s->y);
    *s = (fc_pair_sample){0};
}

/* The first number of the stream that both numbers begin: seeds next to each other must not give
 * samples of neighbouring contents. */
static uint64_t key_of(uint64_t salt, uint64_t content)
{
    fc_rng rng = fc__rng_seed(content ^ salt);

    return fc__rng_u64(&rng);
}

static uint64_t salt_of(const fc_pair_sample *s)
{
    fc_rng rng = fc__rng_seed(s->seed);

    return fc__rng_u64(&rng);
}

/* Whether the row at one place of the heap is later in the order of the sample than that at
 * another: by key, then by content. */
static bool later(const fc_pair_sample *s, size_t i, size_t j)
{
    const size_t a = s->heap[i], b = s->heap[j];

    return s->keys[a] != s->keys[b] ? s->keys[a] > s->keys[b] : s->contents[a] > s->contents[b];
}

static void swap_places(fc_pair_sample *s, size_t i, size_t j)
{
    const size_t row = s->heap[i];

    s->heap[i] = s->heap[j];
    s->heap[j] = row;
}

static void sift_down(fc_pair_sample *s, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < s->n; at = child) {
        if (child + 1 < s->n && later(s, child + 1, child))
            child++;
        if (!later(s, child, at))
            return;
        swap_places(s, at, child);
    }
}

static void sift_up(fc_pair_sample *s, size_t at)
{
    for (; at > 0 && later(s, at, (at - 1) / 2); at = (at - 1) / 2)
        swap_places(s, at, (at - 1) / 2);
}

static void put(fc_pair_sample *s, size_t at, uint64_t key, uint64_t content, const float *x,
                const float *y)
{
    s->keys[at] = key;
    s->contents[at] = content;
    memcpy(s->x + at * s->dim_x, x, s->dim_x * sizeof(*x));
    if (s->dim_y > 0)
        memcpy(s->y + at * s->dim_y, y, s->dim_y * sizeof(*y));
}

static void offer(fc_pair_sample *s, uint64_t key, uint64_t content, const float *x, const float *y)
{
    if (s->n < s->room) {
        s->heap[s->n] = s->n;
        put(s, s->n, key, content, x, y);
        sift_up(s, s->n++);
    } else if (s->room > 0) {
        const size_t last = s->heap[0];

        if (key > s->keys[last] || (key == s->keys[last] && content > s->contents[last]))
            return;
        put(s, last, key, content, x, y);
        sift_down(s, 0);
    }
}

void fc__pair_sample_add(fc_pair_sample *s, const fc_pair_batch *batch)
{
    const uint64_t salt = salt_of(s);

    for (size_t i = 0; i < batch->n; i++)
        offer(s, key_of(salt, batch->contents[i]), batch->contents[i], batch->x + i * s->dim_x,
              s->dim_y > 0 ? batch->y + i * s->dim_y : NULL);
}

void fc__pair_sample_merge(fc_pair_sample *s, const fc_pair_sample *other)
{
    for (size_t i = 0; i < other->n; i++)
        offer(s, other->keys[i], other->contents[i], other->x + i * s->dim_x,
              s->dim_y > 0 ? other->y + i * s->dim_y : NULL);
}

typedef struct place {
    uint64_t content;
    size_t at;
} place;

static int by_content(const void *a, const void *b)
{
    const place *x = a, *y = b;

    return (x->content > y->content) - (x->content < y->content);
}

static void swap_bytes(void *a, void *b, size_t n)
{
    char *x = a, *y = b;

    for (size_t i = 0; i < n; i++) {
        const char t = x[i];

        x[i] = y[i];
        y[i] = t;
    }
}

static void swap_rows(fc_pair_sample *s, size_t i, size_t j)
{
    swap_bytes(&s->keys[i], &s->keys[j], sizeof(*s->keys));
    swap_bytes(&s->contents[i], &s->contents[j], sizeof(*s->contents));
    swap_bytes(s->x + i * s->dim_x, s->x + j * s->dim_x, s->dim_x * sizeof(*s->x));
    swap_bytes(s->y + i * s->dim_y, s->y + j * s->dim_y, s->dim_y * sizeof(*s->y));
}

fc_status fc__pair_sample_sort(fc_pair_sample *s, fc_error *err)
{
    place *order = fc__alloc_array(s->n, sizeof(*order));

    if (order == NULL)
        return fc__nomem(err, s->n * sizeof(*order), "a sample of pairs");
    for (size_t i = 0; i < s->n; i++)
        order[i] = (place){s->contents[i], i};
    qsort(order, s->n, sizeof(*order), by_content);
    for (size_t i = 0; i < s->n; i++) {
        size_t from = order[i].at;

        /* What lay at `from` has been moved there by an earlier swap: follow it. */
        while (from < i)
            from = order[from].at;
        if (from != i)
            swap_rows(s, i, from);
    }
    free(order);
    for (size_t i = 0; i < s->n; i++)
        s->heap[i] = i;
    for (size_t i = s->n / 2; i-- > 0;)
        sift_down(s, i);
    return FC_OK;
}
