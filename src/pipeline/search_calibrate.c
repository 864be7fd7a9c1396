/*
 * Candidates by cosine from each lane, their vectors out of the blocks, and their scores again.
 */
#include "search_calibrate.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_vec.h"
#include "search_activated.h"
#include "search_rescore.h"

#define CANDIDATES_FACTOR ((size_t)10)
#define CANDIDATES_LEAST  ((size_t)100)
#define CANDIDATES_MOST   ((size_t)20000) /* but k there are in any case */
#define CHUNK             ((size_t)256)   /* candidates whose vectors are in memory */

fc_status fc__calibration_parse(fc_calibration *out, const char *text, fc_error *err)
{
    static const char *const names[] = {"none", "shift", "csls", "invsoftmax", "dis", "fair"};

    *out = FC_CALIBRATE_NONE;
    for (size_t i = 0; text != NULL && i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (fc_calibration)i;
            return FC_OK;
        }
    return text == NULL ? FC_OK
                        : fc_error_set(err, FC_E_INVALID,
                                       "calibration '%.64s': give none, shift, csls, invsoftmax, "
                                       "dis or fair",
                                       text);
}

void fc__calibrator_dispose(fc_calibrator *c)
{
    for (size_t i = 0; i < FC_LANES_MAX; i++)
        fc__sample_dispose(&c->samples[i]);
    free(c->activated.items);
    c->activated = (fc_activated){.n = 0};
}

/* ---- by what ---- */

/* The branch of the space that stands for a term's modality. */
static fc_status branch_of(const fc_calibrating *a, size_t term, const fc_space_branch **branch,
                           fc_error *err)
{
    *branch = a->question->ways[term].branch;
    if (a->terms->list[term].asked.kind != FC_QUERY_VECTOR)
        return FC_OK;
    *branch = a->encoder != NULL ? fc__query_space_named(a->space, a->encoder) : NULL;
    if (*branch != NULL)
        return FC_OK;
    return fc_error_set(err, FC_E_INVALID,
                        "a vector says nothing of its modality, which calibration goes by: name "
                        "the member of space '%s' that made it with --encoder",
                        a->space->view.row.name);
}

static bool has_items(const fc_lanes *lanes, size_t i)
{
    return lanes->list[i].index.live.set.n_set > 0;
}

/* The branch's own lane, else the first of its modality. */
static fc_status lane_of(const fc_calibrating *a, const fc_space_branch *branch, size_t *lane,
                         fc_error *err)
{
    const fc_lanes *lanes = a->lanes;

    for (*lane = 0; *lane < lanes->n; (*lane)++)
        if (lanes->branches[*lane] == branch && has_items(lanes, *lane))
            return FC_OK;
    for (*lane = 0; *lane < lanes->n; (*lane)++)
        if (lanes->branches[*lane]->modality == branch->modality && has_items(lanes, *lane))
            return FC_OK;
    return fc_error_set(err, FC_E_INVALID,
                        "nothing of the query's modality, %s, is stored in space '%s' to calibrate "
                        "by: ingest some, or ask without --calibrate and for one --modality",
                        fc_modality_name(branch->modality), a->space->view.row.name);
}

static fc_status choose_banks(fc_rescoring *c, fc_error *err)
{
    const fc_calibrating *a = c->ask;

    for (size_t t = 0; t < a->terms->n; t++) {
        const fc_space_branch *branch = NULL;
        size_t lane = 0, i = 0;
        fc_status st = branch_of(a, t, &branch, err);

        if (st == FC_OK)
            st = lane_of(a, branch, &lane, err);
        if (st != FC_OK)
            return st;
        c->term_lanes[t] = lane;
        while (i < c->n_banks && c->banks[i] != lane)
            i++;
        if (i == c->n_banks)
            c->banks[c->n_banks++] = lane;
    }
    return FC_OK;
}

static fc_status load_banks(fc_rescoring *c, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < c->n_banks && st == FC_OK; i++) {
        fc_lane_sample *sample = &c->kept->samples[c->banks[i]];

        st = fc__sample_bank(sample, c->ask->lanes, c->banks[i], c->ranking.snapshot, err);
        c->n_bank += sample->n_bank;
    }
    if (st != FC_OK)
        return st;
    c->cosines = fc__alloc_array(c->n_bank, sizeof(*c->cosines));
    return c->cosines != NULL ? FC_OK : fc__nomem(err, c->n_bank * sizeof(*c->cosines), "a bank");
}

/* Subtract from the query what its terms' modalities have in common. */
static fc_status move_query(fc_rescoring *c, fc_error *err)
{
    double *mean = fc__alloc_array(c->dim, sizeof(*mean));
    fc_status st = mean == NULL ? fc__nomem(err, c->dim * sizeof(*mean), "a mean") : FC_OK;

    for (size_t t = 0; t < c->ask->terms->n && st == FC_OK; t++) {
        const size_t lane = c->term_lanes[t];
        const double *one = NULL;

        st = fc__sample_mean(&c->kept->samples[lane], c->ask->lanes, lane, c->ranking.snapshot,
                             &one, err);
        for (size_t k = 0; k < c->dim && st == FC_OK; k++)
            mean[k] += c->ask->question->shares[t] * one[k];
        c->n_bank += c->kept->samples[lane].n_drawn;
    }
    if (st == FC_OK && fc__rescore_shift(c->moved, mean, c->dim) != FC_OK)
        st = fc_error_set(err, FC_E_INVALID,
                          "the query is the mean of its modality: nothing is left of it to shift; "
                          "ask without --calibrate");
    free(mean);
    return st;
}

/* Score n candidates of a lane. */
static fc_status score_chunk(fc_rescoring *c, size_t lane, const fc_lane_terms *terms,
                             const fc_hit *hits, size_t n, fc_ranked *list, size_t *n_list,
                             fc_error *err)
{
    uint64_t contents[CHUNK] = {0};
    bool ok[CHUNK];
    fc_status st;

    for (size_t i = 0; i < n; i++)
        contents[i] = hits[i].content;
    st = fc__branch_rows(c->ask->lanes->branches[lane], c->ranking.snapshot, contents, n, c->rows,
                         ok, err);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        fc_ranked *one = &list[*n_list];

        if (!ok[i])
            continue;
        one->content = contents[i];
        one->score = fc__rescore(c, terms, c->rows + i * c->dim, contents[i], &one->cosine);
        (*n_list)++;
    }
    return st;
}

/* Score all that may be found in a lane, in the order of the blocks. */
static fc_status rank_whole(fc_rescoring *c, size_t lane, const fc_content_set *allowed,
                            const fc_lane_terms *terms, fc_ranked *list, size_t *n_list,
                            fc_error *err)
{
    const fc_content_set *live = &c->ask->lanes->list[lane].index.live.set;
    size_t n = 0;
    fc_status st = FC_OK;

    for (uint64_t at = 0; at < live->n && st == FC_OK; at++) {
        const uint64_t content = live->base + at;

        if (!fc__content_set_has(live, content) ||
            (allowed != NULL && !fc__content_set_has(allowed, content)))
            continue;
        c->hits[n++].content = content;
        if (n == CHUNK) {
            st = score_chunk(c, lane, terms, c->hits, n, list, n_list, err);
            n = 0;
        }
    }
    if (st == FC_OK && n > 0)
        st = score_chunk(c, lane, terms, c->hits, n, list, n_list, err);
    return st;
}

static fc_status rank_lane(fc_rescoring *c, size_t lane, fc_ranked *list, size_t *n_list,
                           bool *exact, fc_error *err)
{
    /* By the direction that the shift compares, so that its nearest are among the candidates. */
    const float *query = c->ask->method == FC_CALIBRATE_SHIFT ? c->moved : c->query;
    const fc_content_set *allowed = c->ranking.lanes[lane].allowed;
    bool was_exact = true;
    fc_lane_terms terms;
    size_t n = 0;
    fc_status st;

    if (allowed != NULL && allowed->n_set == 0)
        return FC_OK;
    st = fc__rescore_lane(c, lane, &terms, err);
    if (st == FC_OK && c->ranking.exact)
        return rank_whole(c, lane, allowed, &terms, list, n_list, err);
    if (st == FC_OK)
        st = fc__rank_lane(&c->ranking, lane, query, allowed, c->n, c->hits, &n, &was_exact, err);
    for (size_t i = 0; i < n && st == FC_OK; i += CHUNK)
        st = score_chunk(c, lane, &terms, c->hits + i, n - i < CHUNK ? n - i : CHUNK, list, n_list,
                         err);
    *exact = *exact && was_exact;
    return st;
}

/* ---- all of it ---- */

static fc_status allocate(fc_rescoring *c, fc_error *err)
{
    c->query = fc__alloc_array(c->dim, sizeof(*c->query));
    c->moved = fc__alloc_array(c->dim, sizeof(*c->moved));
    c->hits = fc__alloc_array(c->n > CHUNK ? c->n : CHUNK, sizeof(*c->hits));
    c->rows = fc__alloc_array(CHUNK, c->dim * sizeof(*c->rows));
    if (c->query == NULL || c->moved == NULL || c->hits == NULL || c->rows == NULL)
        return fc__nomem(err, c->n * sizeof(*c->hits), "candidates");
    memcpy(c->query, c->ranking.query, c->dim * sizeof(*c->query));
    if (fc__vec_normalise(c->query, c->dim) != FC_OK)
        return fc_error_set(err, FC_E_FORMAT,
                            "the query vector is zero or not finite: it has no direction");
    memcpy(c->moved, c->query, c->dim * sizeof(*c->moved));
    return FC_OK;
}

static fc_status rank_all(fc_rescoring *c, fc_result_builder *out, bool *exact, fc_error *err)
{
    fc_ranked *list = NULL;
    size_t n_list = 0, room;
    fc_status st = FC_OK;

    if (c->ranking.exact)
        room = (size_t)fc__lanes_count(c->ask->lanes);
    if (c->ranking.exact || fc__mul(c->n, c->ask->lanes->n, &room))
        list = fc__alloc_array(room, sizeof(*list));
    if (list == NULL)
        return fc__nomem(err, sizeof(*list), "candidates");
    *exact = true;
    for (size_t i = 0; i < c->ask->lanes->n && st == FC_OK; i++)
        st = rank_lane(c, i, list, &n_list, exact, err);
    if (st == FC_OK) {
        fc__rank_sort(list, &n_list);
        st = fc__rank_list(c->ask->ranking, list, n_list, out, err);
    }
    free(list);
    return st;
}

static void dispose(fc_rescoring *c)
{
    free(c->query);
    free(c->moved);
    free(c->cosines);
    free(c->hits);
    free(c->rows);
}

/* Of each lane, for n wanted; of exact ones all. */
static size_t n_candidates(const fc_calibrating *ask, size_t wanted)
{
    size_t n = CANDIDATES_FACTOR * wanted;

    if (ask->ranking->exact) {
        n = 0;
        for (size_t i = 0; i < ask->lanes->n; i++)
            if (ask->lanes->list[i].index.live.set.n_set > n)
                n = (size_t)ask->lanes->list[i].index.live.set.n_set;
        return n;
    }
    n = n > CANDIDATES_LEAST ? n : CANDIDATES_LEAST;
    n = n < CANDIDATES_MOST ? n : CANDIDATES_MOST;
    return n > wanted ? n : wanted;
}

fc_status fc__rank_calibrated(fc_calibrator *kept, const fc_calibrating *ask,
                              fc_result_builder *out, bool *exact, fc_error *err)
{
    fc_query_result *r = fc__result_of(out);
    fc_rescoring c = {.kept = kept,
                      .ask = ask,
                      .ranking = *ask->ranking,
                      .dim = ask->space->view.row.dim,
                      .n = n_candidates(ask, ask->ranking->k + ask->ranking->n_selves)};
    fc_status st;

    c.ranking.n_selves = ask->terms->n;
    st = allocate(&c, err);
    if (st == FC_OK)
        st = choose_banks(&c, err);
    if (st == FC_OK)
        st = ask->method == FC_CALIBRATE_SHIFT ? move_query(&c, err) : load_banks(&c, err);
    if (st == FC_OK && ask->method == FC_CALIBRATE_DYNAMIC)
        st = fc__activated_by(&c, &c.activated, err);
    if (st == FC_OK)
        st = rank_all(&c, out, exact, err);
    r->n_bank = c.n_bank;
    r->n_candidates = c.n;
    r->bank_activated = c.activated;
    dispose(&c);
    return st;
}
