/*
 * Recall that an adapter keeps, with intervals, beside what is found without it.
 */
#include <stdlib.h>

#include "fc_adapt_recall.h"
#include "fc_alloc.h"
#include "fc_knn_compare.h"
#include "fc_measures.h"

/* Overlaps as scores of queries, for the bootstrap. */
static void to_scores(const float *overlaps, size_t n, fc_query_score *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (fc_query_score){.cluster = (uint32_t)i};
        for (size_t k = 0; k < FC_ADAPT_KS; k++)
            out[i].value[FC_RECALL_1 + k] = (double)overlaps[i * FC_ADAPT_KS + k];
    }
}

static void take(fc_adapt_recall *out, const fc_score_list *list, const fc_measures_range *range)
{
    for (size_t k = 0; k < FC_ADAPT_KS; k++) {
        double sum = 0;

        for (size_t i = 0; i < list->n; i++)
            sum += list->scores[i].value[FC_RECALL_1 + k];
        out->value[k] = sum / (double)list->n;
        out->range[k] = range->range[FC_RECALL_1 + k];
    }
}

typedef struct measuring {
    const fc_adapt_scene *scene;
    fc_adapt_report *report;
    uint64_t seed;
    float *overlaps;
    fc_query_score *adapted, *other;
} measuring;

/* What `who` finds, as scores. */
static fc_status look(measuring *m, fc_adapt_who who, const fc_head *head, fc_query_score *scores,
                      fc_adapt_report *line, fc_error *err)
{
    fc_knn_lists found;
    fc_status st = fc__adapt_look(m->scene, who, head, &found, err);

    if (st == FC_OK)
        st = fc__adapt_overlaps(m->scene, &found, m->overlaps, err);
    if (st == FC_OK)
        to_scores(m->overlaps, m->scene->queries.n, scores);
    if (st == FC_OK && line != NULL)
        fc__adapt_line(m->scene, &found, &line->score_slope, &line->score_shift);
    fc__knn_lists_dispose(&found);
    return st;
}

/* The adapter beside one of the others; `gain`: NULL, or their paired difference. */
static fc_status compare(measuring *m, fc_adapt_who who, fc_adapt_recall *other,
                         fc_adapt_recall *gain, fc_error *err)
{
    const size_t n = m->scene->queries.n;
    const fc_score_list a = {m->adapted, n}, b = {m->other, n};
    const fc_bootstrap_options opts = {.seed = m->seed};
    fc_measures_range of_a, of_b, of_difference;
    fc_status st = look(m, who, NULL, m->other, NULL, err);

    if (st == FC_OK)
        st = fc__bootstrap(&a, &b, (uint32_t)n, 1, &opts, &of_a, &of_b, &of_difference, err);
    if (st != FC_OK)
        return st;
    take(&m->report->adapted, &a, &of_a);
    take(other, &b, &of_b);
    for (size_t k = 0; k < FC_ADAPT_KS && gain != NULL; k++) {
        gain->value[k] = m->report->adapted.value[k] - other->value[k];
        gain->range[k] = of_difference.range[FC_RECALL_1 + k];
    }
    return FC_OK;
}

fc_status fc__adapt_measure(fc_adapt_report *r, const fc_adapt_scene *scene, const fc_head *head,
                            uint64_t seed, fc_error *err)
{
    const size_t n = scene->queries.n;
    measuring m = {.scene = scene,
                   .report = r,
                   .seed = seed,
                   .overlaps = fc__alloc_bare(n, FC_ADAPT_KS * sizeof(*m.overlaps)),
                   .adapted = fc__alloc_array(n, sizeof(*m.adapted)),
                   .other = fc__alloc_array(n, sizeof(*m.other))};
    fc_status st = FC_OK;

    r->n_queries = n;
    r->n_gallery = scene->gallery.n;
    for (size_t k = 0; k < FC_ADAPT_KS; k++)
        r->chance[k] = fc__knn_chance(FC_ADAPT_K[k], r->n_gallery - 1);
    if (m.overlaps == NULL || m.adapted == NULL || m.other == NULL)
        st = fc__nomem(err, 2 * n * sizeof(*m.adapted), "scores");
    if (st == FC_OK)
        st = look(&m, FC_ADAPT_BY_HEAD, head, m.adapted, r, err);
    if (st == FC_OK)
        st = compare(&m, FC_ADAPT_OLD, &r->old, NULL, err);
    r->has_bare = scene->pairs->p == scene->pairs->q;
    if (st == FC_OK && r->has_bare)
        st = compare(&m, FC_ADAPT_BARE, &r->bare, &r->gain, err);
    free(m.other);
    free(m.adapted);
    free(m.overlaps);
    return st;
}
