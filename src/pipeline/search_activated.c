/*
 * The first hits of a bank, as a set, and whether the query's first hit is among them.
 */
#include "search_activated.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_hash.h"

/* Whether the query may find anything of a lane. */
static bool is_searched(const fc_rescoring *c, size_t lane)
{
    const uint32_t modalities = c->ranking.filter->modalities;

    return modalities == 0 || (modalities & (1u << c->ask->lanes->branches[lane]->modality)) != 0;
}

/* What the set depends on: whose samples the bank is, what is searched, and how. */
static fc_status key_of(fc_rescoring *c, fc_u128 *out, fc_error *err)
{
    fc_xxh128 *hash;
    fc_status st = fc__xxh128_create(&hash, err);

    for (size_t b = 0; b < c->n_banks && st == FC_OK; b++)
        fc__xxh128_update(hash, c->kept->samples[c->banks[b]].key,
                          strlen(c->kept->samples[c->banks[b]].key) + 1);
    for (size_t i = 0; i < c->ask->lanes->n && st == FC_OK; i++) {
        const fc_output_index *index = &c->ask->lanes->list[i].index;
        char key[FC_SAMPLE_KEY_BYTES];

        fc__sample_key(index, key);
        if (is_searched(c, i))
            fc__xxh128_update(hash, key, strlen(key) + 1);
    }
    if (st == FC_OK) {
        fc__xxh128_update(hash, &c->ranking.exact, sizeof(c->ranking.exact));
        *out = fc__xxh128_final(hash);
    }
    fc__xxh128_destroy(hash);
    return st;
}

/* The nearest of one lane to each row of a bank, where it is nearer than `best`. */
static fc_status nearest_in(fc_rescoring *c, size_t lane, const fc_lane_sample *bank, fc_hit *best,
                            fc_error *err)
{
    enum { K = 2 }; /* the row itself may be one */
    const fc_index_ask ask = {.queries = bank->bank,
                              .n = bank->n_bank,
                              .k = K,
                              .branch = c->ask->lanes->branches[lane],
                              .exact = c->ranking.exact,
                              .n_threads = c->ranking.n_threads};
    fc_hit *hits = fc__alloc_array(bank->n_bank, K * sizeof(*hits));
    size_t *n_hits = fc__alloc_array(bank->n_bank, sizeof(*n_hits));
    bool exact;
    fc_status st = hits == NULL || n_hits == NULL
                       ? fc__nomem(err, bank->n_bank * K * sizeof(*hits), "first hits")
                       : fc__output_index_search(c->ranking.lanes[lane].index, c->ranking.snapshot,
                                                 &ask, hits, n_hits, &exact, err);

    for (size_t i = 0; i < bank->n_bank && st == FC_OK; i++) {
        const fc_hit *first = hits + i * K;
        size_t at = 0;

        at += n_hits[i] > 0 && first[0].content == bank->contents[i];
        if (at < n_hits[i] && first[at].score > best[i].score)
            best[i] = first[at];
    }
    free(n_hits);
    free(hits);
    return st;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static fc_status find_of(fc_rescoring *c, const fc_lane_sample *bank, fc_activated *out,
                         fc_error *err)
{
    fc_hit *best = fc__alloc_array(bank->n_bank, sizeof(*best));
    fc_status st =
        best == NULL ? fc__nomem(err, bank->n_bank * sizeof(*best), "first hits") : FC_OK;

    for (size_t i = 0; i < bank->n_bank && st == FC_OK; i++)
        best[i].score = -INFINITY;
    for (size_t i = 0; i < c->ask->lanes->n && st == FC_OK; i++)
        if (is_searched(c, i) && bank->n_bank > 0)
            st = nearest_in(c, i, bank, best, err);
    for (size_t i = 0; i < bank->n_bank && st == FC_OK; i++)
        if (isfinite(best[i].score))
            out->items[out->n++] = best[i].content;
    free(best);
    return st;
}

/* Find the set, where the one that is kept is of something else. */
static fc_status find_set(fc_rescoring *c, fc_error *err)
{
    fc_activated *set = &c->kept->activated;
    fc_u128 key;
    fc_status st = key_of(c, &key, err);

    if (st != FC_OK || (set->items != NULL && fc__u128_equal(set->key, key)))
        return st;
    free(set->items);
    *set = (fc_activated){.key = key};
    set->items = fc__alloc_array(c->n_bank, sizeof(*set->items));
    if (set->items == NULL)
        return fc__nomem(err, c->n_bank * sizeof(*set->items), "first hits");
    for (size_t b = 0; b < c->n_banks && st == FC_OK; b++)
        st = find_of(c, &c->kept->samples[c->banks[b]], set, err);
    if (st != FC_OK) {
        free(set->items);
        *set = (fc_activated){.n = 0};
        return st;
    }
    if (set->n > 1)
        qsort(set->items, set->n, sizeof(*set->items), by_number);
    return FC_OK;
}

/* The query's first hit, its own samples left out. *found false: there is none. */
static fc_status first_hit(fc_rescoring *c, fc_hit *best, bool *found, fc_error *err)
{
    const size_t n = 1 + c->ranking.n_selves;
    fc_hit *hits = fc__alloc_array(n, sizeof(*hits));
    fc_status st = hits == NULL ? fc__nomem(err, n * sizeof(*hits), "a first hit") : FC_OK;

    *found = false;
    for (size_t lane = 0; lane < c->ask->lanes->n && st == FC_OK; lane++) {
        size_t n_hits = 0;
        bool exact, self = true;

        if (is_searched(c, lane))
            st = fc__rank_lane(&c->ranking, lane, c->query, NULL, n, hits, &n_hits, &exact, err);
        for (size_t i = 0; i < n_hits && self && st == FC_OK; i++) {
            st = fc__rank_is_self(&c->ranking, hits[i].content, &self, err);
            if (st == FC_OK && !self && (!*found || hits[i].score > best->score)) {
                *best = hits[i];
                *found = true;
            }
        }
    }
    free(hits);
    return st;
}

fc_status fc__activated_by(fc_rescoring *c, bool *out, fc_error *err)
{
    const fc_activated *set = &c->kept->activated;
    fc_hit best = {0, 0};
    bool found = false;
    fc_status st = find_set(c, err);

    if (st == FC_OK)
        st = first_hit(c, &best, &found, err);
    *out = st == FC_OK && found && fc__rescore_is_activated(set->items, set->n, best.content);
    return st;
}
