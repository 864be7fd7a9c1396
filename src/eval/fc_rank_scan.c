/*
 * Two passes over the gallery for each chunk of queries: the score of the best relevant item, then
 * how many items reach it.
 */
#include "fc_rank_scan.h"

#include <cblas.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_rank_groups.h"
#include "fc_vec.h"

#define CHUNK_BYTES  ((size_t)64 << 20)
#define TILE_QUERIES ((size_t)64)
#define TILE_ROWS    ((size_t)2048)
/* Below every cosine: what an item without a vector scores. */
#define NO_SCORE (-3.0f)

typedef struct chunk {
    const fc_rank_side *side;
    size_t first, n, room;
    bool loaded; /* a side that fits one chunk is read once */
    float *rows;
    bool *ok; /* of the chunk */
} chunk;

typedef struct scan {
    const fc_rank_ask *ask;
    fc_rank_groups members; /* of the gallery */
    chunk queries, gallery;
    float *scores; /* TILE_QUERIES x TILE_ROWS */
    float *best;   /* of each answer of the chunk; as `answers` from `begin` on */
    size_t best_room;
    fc_rank_answer *answers;
    size_t n, room, begin; /* begin: first of the chunk of queries */
    uint64_t n_gallery;    /* items with a vector; known after the first pass */
} scan;

static fc_status chunk_init(chunk *c, const fc_rank_side *side, size_t dim, size_t bytes,
                            fc_error *err)
{
    const size_t fit = bytes / (dim * sizeof(float));

    c->side = side;
    c->room = fit < 1 ? 1 : fit < side->n ? fit : side->n;
    c->rows = fc__alloc_bare(c->room, dim * sizeof(float));
    c->ok = fc__alloc_array(c->room, sizeof(*c->ok));
    if (c->rows == NULL || c->ok == NULL)
        return fc__nomem(err, c->room * dim * sizeof(float), "rows to compare");
    return FC_OK;
}

static void chunk_dispose(chunk *c)
{
    free(c->rows);
    free(c->ok);
}

static fc_status chunk_load(chunk *c, size_t first, fc_error *err)
{
    const size_t left = c->side->n - first;
    fc_status st;

    if (c->loaded && c->first == first)
        return FC_OK;
    c->first = first;
    c->n = left < c->room ? left : c->room;
    st = c->side->rows(c->side->self, first, c->n, c->rows, c->ok, err);
    c->loaded = st == FC_OK;
    return st;
}

static fc_status add_answer(scan *s, size_t item, uint32_t group, fc_error *err)
{
    fc_status st;

    st = fc__grow_array(&s->answers, &s->room, s->n + 1, sizeof(*s->answers), err);
    if (st == FC_OK)
        s->answers[s->n++] = (fc_rank_answer){.item = (uint32_t)item, .group = group};
    return st;
}

/* An answer to be for each group of each query of the chunk that has a vector. */
static fc_status begin_chunk(scan *s, size_t *n_without, fc_error *err)
{
    const fc_rank_side *q = &s->ask->queries;
    fc_status st = FC_OK;

    s->begin = s->n;
    for (size_t i = 0; i < s->queries.n && st == FC_OK; i++) {
        const size_t item = s->queries.first + i;

        if (!s->queries.ok[i]) {
            *n_without += q->first[item + 1] - q->first[item];
            continue;
        }
        for (size_t g = q->first[item]; g < q->first[item + 1] && st == FC_OK; g++)
            st = add_answer(s, item, q->groups[g], err);
    }
    if (st == FC_OK)
        st = fc__grow_array(&s->best, &s->best_room, s->n - s->begin, sizeof(*s->best), err);
    for (size_t i = s->begin; i < s->n && st == FC_OK; i++)
        s->best[i - s->begin] = NO_SCORE;
    return st;
}

static bool is_itself(const scan *s, const fc_rank_answer *a, size_t row)
{
    return s->ask->queries.contents[a->item] == s->ask->gallery.contents[row];
}

/* First pass: the best relevant score of each answer, within the loaded chunk of the gallery. */
static void find_best(scan *s)
{
    const chunk *g = &s->gallery;
    const size_t dim = s->ask->dim;

    for (size_t i = s->begin; i < s->n; i++) {
        fc_rank_answer *a = &s->answers[i];
        const float *query = s->queries.rows + (a->item - s->queries.first) * dim;
        float *best = &s->best[i - s->begin];
        size_t n;
        const uint32_t *rows = fc__rank_groups_in(&s->members, a->group, g->first, g->n, &n);

        for (size_t r = 0; r < n; r++) {
            const size_t at = rows[r] - g->first;
            float score;

            if (!g->ok[at] || is_itself(s, a, rows[r]))
                continue;
            score = fc__dot(query, g->rows + at * dim, dim);
            *best = score > *best ? score : *best;
            a->n_relevant++;
        }
    }
}

static void count(fc_rank_answer *a, const float *scores, size_t n, float best)
{
    uint64_t above = 0, reach = 0;

    for (size_t r = 0; r < n; r++) {
        above += scores[r] > best + FC_RANK_TIE;
        reach += scores[r] >= best - FC_RANK_TIE;
    }
    a->rank.above += above;
    a->rank.tied += reach - above;
}

/* What `count` took for an irrelevant item and is a relevant one, or the query itself. */
static void uncount(fc_rank_answer *a, float score, float best, bool relevant)
{
    if (score > best + FC_RANK_TIE) {
        a->rank.above--;
    } else if (score >= best - FC_RANK_TIE) {
        a->rank.tied--;
        a->rank.relevant += relevant;
    }
}

/* The tile's rows [first, first + n) of the gallery for one answer. */
static void count_answer(scan *s, fc_rank_answer *a, float best, const float *scores, size_t first,
                         size_t n)
{
    const fc_rank_side *gallery = &s->ask->gallery;
    const uint64_t own = s->ask->queries.contents[a->item];
    size_t n_rows, itself;
    const uint32_t *rows = fc__rank_groups_in(&s->members, a->group, first, n, &n_rows);

    count(a, scores, n, best);
    for (size_t r = 0; r < n_rows; r++)
        if (!is_itself(s, a, rows[r]))
            uncount(a, scores[rows[r] - first], best, true);
    if (fc__rank_find(gallery->contents + first, n, own, &itself))
        uncount(a, scores[itself], best, false);
}

/* Second pass, a tile: the answers from `*at` on whose items are among n_queries from `query`. */
static void count_tile(scan *s, size_t query, size_t n_queries, size_t row, size_t n_rows,
                       size_t *at)
{
    const size_t dim = s->ask->dim;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n_queries, (blasint)n_rows,
                (blasint)dim, 1.0f, s->queries.rows + query * dim, (blasint)dim,
                s->gallery.rows + row * dim, (blasint)dim, 0.0f, s->scores, (blasint)TILE_ROWS);
    for (size_t r = 0; r < n_rows; r++)
        for (size_t q = 0; !s->gallery.ok[row + r] && q < n_queries; q++)
            s->scores[q * TILE_ROWS + r] = NO_SCORE;
    for (; *at < s->n; ++*at) {
        fc_rank_answer *a = &s->answers[*at];
        const size_t q = a->item - s->queries.first - query;

        if (q >= n_queries)
            break;
        if (a->n_relevant > 0)
            count_answer(s, a, s->best[*at - s->begin], s->scores + q * TILE_ROWS,
                         s->gallery.first + row, n_rows);
    }
}

static void count_chunk(scan *s)
{
    size_t at = s->begin;

    for (size_t q = 0; q < s->queries.n; q += TILE_QUERIES) {
        const size_t n = s->queries.n - q < TILE_QUERIES ? s->queries.n - q : TILE_QUERIES;
        const size_t begin = at;

        for (size_t r = 0; r < s->gallery.n; r += TILE_ROWS) {
            at = begin;
            count_tile(s, q, n, r, s->gallery.n - r < TILE_ROWS ? s->gallery.n - r : TILE_ROWS,
                       &at);
        }
    }
}

static fc_status scan_chunk(scan *s, size_t *n_without, fc_error *err)
{
    const size_t n = s->ask->gallery.n;
    fc_status st = begin_chunk(s, n_without, err);

    s->n_gallery = 0;
    for (size_t g = 0; g < n && st == FC_OK; g += s->gallery.room) {
        st = chunk_load(&s->gallery, g, err);
        if (st != FC_OK)
            break;
        for (size_t i = 0; i < s->gallery.n; i++)
            s->n_gallery += s->gallery.ok[i];
        find_best(s);
    }
    for (size_t g = 0; g < n && st == FC_OK; g += s->gallery.room) {
        if (s->ask->cancelled != NULL && s->ask->cancelled(s->ask->context))
            return fc_error_set(err, FC_E_CANCELLED, "stopped while comparing");
        st = chunk_load(&s->gallery, g, err);
        if (st == FC_OK)
            count_chunk(s);
    }
    return st;
}

/* Leave out the answers of the chunk that have nothing to find, and say what chance depends on. */
static void end_chunk(scan *s, size_t *n_alone)
{
    size_t kept = s->begin;

    for (size_t i = s->begin; i < s->n; i++) {
        fc_rank_answer a = s->answers[i];
        size_t at;

        if (a.n_relevant == 0) {
            ++*n_alone;
            continue;
        }
        /* The best relevant item reaches its own score; two sums of one product may differ by more
         * than the tie only where vectors are very long. */
        a.rank.relevant += a.rank.relevant == 0;
        a.n_gallery = s->n_gallery - fc__rank_find(s->ask->gallery.contents, s->ask->gallery.n,
                                                   s->ask->queries.contents[a.item], &at);
        s->answers[kept++] = a;
    }
    s->n = kept;
}

fc_status fc__rank_scan(const fc_rank_ask *ask, fc_rank_answer **out, size_t *n, size_t *n_without,
                        size_t *n_alone, fc_error *err)
{
    const size_t bytes = ask->chunk_bytes != 0 ? ask->chunk_bytes : CHUNK_BYTES;
    scan s = {.ask = ask};
    fc_status st;

    *out = NULL;
    *n = *n_without = *n_alone = 0;
    if (ask->queries.n >= UINT32_MAX || ask->gallery.n >= UINT32_MAX)
        return fc_error_set(err, FC_E_LIMIT, "more than %u samples to compare", UINT32_MAX - 1);
    st = fc__rank_groups_init(&s.members, &ask->gallery, ask->n_groups, err);
    if (st == FC_OK)
        st = chunk_init(&s.queries, &ask->queries, ask->dim, bytes, err);
    if (st == FC_OK)
        st = chunk_init(&s.gallery, &ask->gallery, ask->dim, bytes, err);
    if (st == FC_OK && (s.scores = fc__alloc_bare(TILE_QUERIES * TILE_ROWS, sizeof(float))) == NULL)
        st = fc__nomem(err, TILE_QUERIES * TILE_ROWS * sizeof(float), "scores");
    openblas_set_num_threads(ask->n_threads > 0 ? (int)ask->n_threads : 1);
    for (size_t q = 0; q < ask->queries.n && st == FC_OK; q += s.queries.room) {
        st = chunk_load(&s.queries, q, err);
        if (st == FC_OK)
            st = scan_chunk(&s, n_without, err);
        if (st == FC_OK)
            end_chunk(&s, n_alone);
        if (st == FC_OK && ask->progress != NULL)
            ask->progress(ask->context, q + s.queries.n, ask->queries.n);
    }
    openblas_set_num_threads(1);
    chunk_dispose(&s.queries);
    chunk_dispose(&s.gallery);
    fc__rank_groups_dispose(&s.members);
    free(s.scores);
    free(s.best);
    if (st == FC_OK) {
        *out = s.answers;
        *n = s.n;
    } else {
        free(s.answers);
    }
    return st;
}
