/*
 * Opens the segments of an output against one snapshot and searches them together with what they do
 * not hold yet.
 */
#include "search_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_store_read.h"
#include "fc_vec.h"

fc_segment_identity fc__output_identity(const fc_store *store, const char *key,
                                        fc_version_id version, fc_output_id output)
{
    fc_segment_identity identity = {.version = version, .output = output};

    snprintf(identity.space, sizeof(identity.space), "%s", key);
    memcpy(identity.store_id, fc__store_id(store), sizeof(identity.store_id));
    return identity;
}

fc_status fc__tombstones_read(const uint8_t *bytes, size_t n, fc_live_set *remove_from,
                              fc_error *err)
{
    uint64_t count;

    if (n == 0)
        return FC_OK;
    if (n < 8 || (count = fc_get_le64(bytes)) != (n - 8) / 8 || (n - 8) % 8 != 0)
        return fc_error_set(err, FC_E_CORRUPT, "segment table: tombstones of %zu bytes", n);
    for (uint64_t i = 0; i < count; i++)
        fc__live_set_remove(remove_from, fc_get_le64(bytes + 8 + 8 * i));
    return FC_OK;
}

static void add_kind(fc_output_index *index, const char *kind)
{
    const size_t used = strlen(index->kinds);

    if (strstr(index->kinds, kind) != NULL || used + strlen(kind) + 2 > sizeof(index->kinds))
        return;
    if (used > 0)
        strcat(index->kinds, ",");
    strcat(index->kinds, kind);
}

/* A segment that cannot be opened is no reason to fail: it is derived, and the blocks are there. */
static fc_status open_segments(fc_output_index *index, fc_store *store,
                               const fc_live_segments *live, fc_error *err)
{
    const fc_segment_identity identity =
        fc__output_identity(store, index->key, index->version, index->output);
    const char *folder;
    fc_status st;

    if (live->n == 0)
        return FC_OK;
    st = fc__store_segment_folder(store, &folder, err);
    if (st != FC_OK)
        return st;
    index->segments = fc__alloc_array(live->n, sizeof(*index->segments));
    if (index->segments == NULL)
        return fc__nomem(err, live->n * sizeof(*index->segments), "segments");
    for (size_t i = 0; i < live->n; i++) {
        fc_segment *segment;
        bool degraded = false;

        st = fc__segment_open(&segment, folder, live->hashes[i], &identity, &degraded, err);
        if (st == FC_E_NOMEM)
            return st;
        if (st != FC_OK)
            continue;
        if (fc__segment_info(segment)->dim != index->dim) {
            fc__segment_close(segment);
            continue;
        }
        index->segments[index->n_segments++] = segment;
        add_kind(index, degraded ? "Flat" : fc__segment_info(segment)->kind);
    }
    return FC_OK;
}

/* Contents that a query may return. When the segment table was switched at this very generation its
 * tombstones say it all; else the samples are asked. */
static fc_status find_live(fc_output_index *index, fc_snapshot *s, const fc_index_wish *wish,
                           const fc_live_segments *live, bool up_to_date, fc_error *err)
{
    const fc_live_filter covered = {.dataset = index->pinned_version != 0 ? wish->dataset : NULL,
                                    .version = wish->version,
                                    .covered_version = index->version,
                                    .covered_output = index->output};
    fc_status st = FC_OK;

    if (!up_to_date)
        return fc__live_contents(s, &covered, &index->live, err);
    for (size_t i = 0; i < index->n_segments; i++) {
        const uint64_t *contents = fc__segment_contents(index->segments[i]);
        const uint64_t n = fc__segment_info(index->segments[i])->count;

        for (uint64_t r = 0; r < n && st == FC_OK; r++)
            st = fc__live_set_add(&index->live, contents[r], err);
    }
    if (st == FC_OK)
        st = fc__tombstones_read(live->tombstones, live->n_tombstones, &index->live, err);
    return st;
}

static bool in_a_segment(const fc_output_index *index, uint64_t content)
{
    for (size_t i = 0; i < index->n_segments; i++)
        if (fc__segment_find(index->segments[i], content) != UINT64_MAX)
            return true;
    return false;
}

/* Live contents with an item that no segment has; live ones without an item are taken out. */
static fc_status find_pending(fc_output_index *index, fc_snapshot *s, fc_error *err)
{
    uint64_t *contents = NULL;
    fc_live_set with_item = {0};
    size_t n = 0;
    fc_status st;

    st = fc__snapshot_item_contents(s, index->version, index->output, &contents, &n, err);
    for (size_t i = 0; st == FC_OK && i < n; i++) {
        if (!fc__content_set_has(&index->live.set, contents[i]))
            continue;
        st = fc__live_set_add(&with_item, contents[i], err);
        if (!in_a_segment(index, contents[i]))
            contents[index->n_pending++] = contents[i];
    }
    if (st != FC_OK) {
        fc__live_set_dispose(&with_item);
        free(contents);
        return st;
    }
    fc__live_set_dispose(&index->live);
    index->live = with_item;
    index->pending = contents;
    return FC_OK;
}

/* The number of a data-set version that is not the newest sealed one; else 0. */
static uint32_t pinned(const fc_index_wish *wish)
{
    return wish->version != NULL && wish->version != fc__newest_sealed(wish->dataset)
               ? wish->version->number
               : 0;
}

/* The head that makes the vectors; NULL: they are the output's own. */
static const fc_space_branch *headed(const fc_index_wish *wish)
{
    return wish->branch != NULL && wish->branch->head != NULL ? wish->branch : NULL;
}

static const char *key_of(const fc_index_wish *wish)
{
    return headed(wish) != NULL ? wish->branch->key : "";
}

fc_status fc__output_index_open(fc_output_index *out, fc_store *store, fc_snapshot *s,
                                const fc_index_wish *wish, fc_error *err)
{
    fc_live_segments live = {0};
    bool up_to_date;
    fc_status st;

    *out = (fc_output_index){.version = wish->encoder->id,
                             .output = wish->output->id,
                             .generation = fc_snapshot_generation(s),
                             .dim = headed(wish) != NULL ? wish->branch->dim
                                                         : (uint32_t)wish->output->shape[0],
                             .without_segments = wish->no_segments,
                             .pinned_version = pinned(wish)};
    if (out->pinned_version != 0)
        snprintf(out->pinned_dataset, sizeof(out->pinned_dataset), "%s", wish->dataset->name);
    snprintf(out->key, sizeof(out->key), "%s", key_of(wish));
    st = fc__snapshot_segments(s, out->key, out->version, out->output, &live, err);
    out->switched = live.generation;
    /* Of several inputs fused, what was embedded before an item came to one of them is outdated. */
    if (st == FC_OK && !wish->no_segments &&
        (headed(wish) == NULL || wish->branch->n_members == 1 ||
         live.generation == out->generation))
        st = open_segments(out, store, &live, err);
    /* Switched at this generation: every live row is in a segment. */
    up_to_date = out->pinned_version == 0 && live.n > 0 && live.n == out->n_segments &&
                 live.generation == out->generation;
    if (st == FC_OK)
        st = find_live(out, s, wish, &live, up_to_date, err);
    if (st == FC_OK && !up_to_date)
        st = find_pending(out, s, err);
    if (out->n_pending > 0)
        add_kind(out, "scan");
    fc__live_segments_dispose(&live);
    if (st != FC_OK)
        fc__output_index_close(out);
    return st;
}

fc_status fc__output_index_is_stale(const fc_output_index *index, fc_snapshot *s,
                                    const fc_index_wish *wish, bool *stale, fc_error *err)
{
    fc_live_segments live = {0};
    fc_status st;

    *stale =
        index->generation != fc_snapshot_generation(s) || index->version != wish->encoder->id ||
        index->output != wish->output->id || strcmp(index->key, key_of(wish)) != 0 ||
        index->pinned_version != pinned(wish) ||
        (index->pinned_version != 0 && strcmp(index->pinned_dataset, wish->dataset->name) != 0);
    if (*stale || index->n_pending == 0 || index->without_segments)
        return FC_OK;
    st = fc__snapshot_segments(s, index->key, index->version, index->output, &live, err);
    *stale = st == FC_OK && live.generation != index->switched;
    fc__live_segments_dispose(&live);
    return st;
}

void fc__output_index_close(fc_output_index *index)
{
    for (size_t i = 0; i < index->n_segments; i++)
        fc__segment_close(index->segments[i]);
    free(index->segments);
    free(index->pending);
    fc__live_set_dispose(&index->live);
    memset(index, 0, sizeof(*index));
}

/* --- pending rows -------------------------------------------------------------------------------
 */

static bool better(const fc_hit *a, const fc_hit *b)
{
    return a->score != b->score ? a->score > b->score : a->content < b->content;
}

/* Insert into a list that is kept best first; it holds k at most. */
static void insert_hit(fc_hit *hits, size_t *n, size_t k, fc_hit hit)
{
    size_t at;

    if (*n == k && (k == 0 || !better(&hit, &hits[k - 1])))
        return;
    at = *n < k ? (*n)++ : k - 1;
    while (at > 0 && better(&hit, &hits[at - 1])) {
        hits[at] = hits[at - 1];
        at--;
    }
    hits[at] = hit;
}

#define PENDING_CHUNK 1024u

/* Room for one chunk of pending rows. */
typedef struct pending_rows {
    fc_tensor rows;
    uint16_t *half; /* of one chunk, rounded as a segment's rows are */
    uint64_t contents[PENDING_CHUNK];
    float scores[PENDING_CHUNK];
    size_t n;
} pending_rows;

/* Rows that are there, allowed and not zero, as unit vectors: what a segment would hold, so that a
 * row scores the same before and after it is in one. */
static fc_status load_pending(const fc_output_index *index, fc_snapshot *s, size_t at,
                              const fc_index_ask *ask, const fc_content_set *allowed,
                              pending_rows *p, fc_error *err)
{
    const size_t left = index->n_pending - at, n = left < PENDING_CHUNK ? left : PENDING_CHUNK;
    bool found[PENDING_CHUNK];
    float *row = p->rows.data;
    fc_status st;

    p->n = 0;
    p->rows.shape[0] = n;
    st = index->key[0] != '\0'
             ? fc__branch_rows(ask->branch, s, index->pending + at, n, row, found, err)
             : fc_snapshot_get_rows(s, index->version, index->output, index->pending + at, n,
                                    &p->rows, found, err);
    for (size_t i = 0; st == FC_OK && i < n; i++, row += index->dim) {
        const uint64_t content = index->pending[at + i];

        if (!found[i] || !fc__content_set_has(allowed, content) ||
            fc__vec_normalise(row, index->dim) != FC_OK)
            continue;
        fc__f32_to_f16(row, p->half + p->n * index->dim, index->dim);
        p->contents[p->n++] = content;
    }
    return st;
}

static void compare_pending(const fc_output_index *index, const float *query, size_t k,
                            pending_rows *p, fc_hit *hits, size_t *n_hits)
{
    fc__dot_rows_f16(query, p->half, index->dim, p->n, index->dim, p->scores);
    for (size_t i = 0; i < p->n; i++) {
        const float score = p->scores[i];

        insert_hit(hits, n_hits, k,
                   (fc_hit){.content = p->contents[i],
                            .score = score > 1.0f    ? 1.0f
                                     : score < -1.0f ? -1.0f
                                                     : score});
    }
}

/* Each chunk is decoded once for all queries. */
static fc_status scan_pending(const fc_output_index *index, fc_snapshot *s, const fc_index_ask *ask,
                              const float *unit, const fc_content_set *allowed, fc_hit *hits,
                              size_t *n_hits, fc_error *err)
{
    const uint64_t shape[2] = {PENDING_CHUNK, index->dim};
    pending_rows *p = calloc(1, sizeof(*p));
    fc_status st;

    if (p == NULL)
        return fc__nomem(err, sizeof(*p), "rows");
    p->half = fc__alloc_array((size_t)PENDING_CHUNK * index->dim, sizeof(*p->half));
    st = p->half == NULL ? fc__nomem(err, PENDING_CHUNK * sizeof(*p->half) * index->dim, "rows")
                         : fc_tensor_alloc(&p->rows, FC_F32, 2, shape, err);
    for (size_t at = 0; st == FC_OK && at < index->n_pending; at += PENDING_CHUNK) {
        st = load_pending(index, s, at, ask, allowed, p, err);
        for (size_t q = 0; st == FC_OK && q < ask->n; q++)
            compare_pending(index, unit + q * index->dim, ask->k, p, hits + q * ask->k, &n_hits[q]);
    }
    fc_tensor_dispose(&p->rows);
    free(p->half);
    free(p);
    return st;
}

static fc_status normalised(const fc_output_index *index, const fc_index_ask *ask, float **out,
                            fc_error *err)
{
    *out = fc__alloc_array(ask->n * index->dim, sizeof(**out));
    if (*out == NULL)
        return fc__nomem(err, ask->n * index->dim * sizeof(**out), "queries");
    memcpy(*out, ask->queries, ask->n * index->dim * sizeof(**out));
    for (size_t q = 0; q < ask->n; q++)
        if (fc__vec_normalise(*out + q * index->dim, index->dim) != FC_OK) {
            free(*out);
            *out = NULL;
            return fc_error_set(err, FC_E_FORMAT,
                                "the query vector is zero or not finite: it has no direction");
        }
    return FC_OK;
}

fc_status fc__output_index_search(const fc_output_index *index, fc_snapshot *s,
                                  const fc_index_ask *ask, fc_hit *hits, size_t *n_hits,
                                  bool *was_exact, fc_error *err)
{
    const fc_search_options opts = {.k = ask->k,
                                    .exact = ask->exact,
                                    .allowed =
                                        ask->allowed != NULL ? ask->allowed : &index->live.set,
                                    .n_threads = ask->n_threads};
    fc_search_report report = {.exact = true};
    float *unit;
    fc_status st;

    memset(n_hits, 0, ask->n * sizeof(*n_hits));
    *was_exact = true;
    st = normalised(index, ask, &unit, err);
    if (st != FC_OK)
        return st;
    if (ask->k > 0 && index->n_segments > 0)
        st = fc__segments_search(index->segments, index->n_segments, unit, ask->n, index->dim,
                                 &opts, hits, n_hits, &report, err);
    if (st == FC_OK && ask->k > 0 && index->n_pending > 0)
        st = scan_pending(index, s, ask, unit, opts.allowed, hits, n_hits, err);
    *was_exact = report.exact;
    free(unit);
    return st;
}
