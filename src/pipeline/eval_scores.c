/*
 * Scores out of answers, side by side where two spaces are compared.
 */
#include "eval_scores.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

void fc__eval_scores_dispose(fc_eval_scores *s)
{
    free(s->of_space);
    free(s->of_against);
    free(s->of_chance);
    *s = (fc_eval_scores){.n = 0};
}

/* Chance depends on how many there are and how many are relevant, which is mostly the same: its
 * sums over a gallery are done once for each. */
#define N_KNOWN 64u

typedef struct known_chance {
    uint64_t n_gallery, n_relevant;
    fc_query_score score;
} known_chance;

static fc_query_score chance_of(known_chance *known, const fc_rank_answer *a)
{
    known_chance *k = &known[(a->n_relevant + a->n_gallery * 7) % N_KNOWN];

    if (k->n_gallery != a->n_gallery || k->n_relevant != a->n_relevant) {
        const fc_first_rank r = fc__first_rank_of_chance(a->n_gallery, a->n_relevant);

        *k = (known_chance){a->n_gallery, a->n_relevant, fc__query_score(&r, 0, 0)};
    }
    return k->score;
}

static fc_status grow(fc_eval_scores *s, fc_error *err)
{
    fc_status st;

    st = fc__grow_array(&s->of_space, &s->room[0], s->n + 1, sizeof(*s->of_space), err);
    if (st == FC_OK)
        st = fc__grow_array(&s->of_against, &s->room[1], s->n + 1, sizeof(*s->of_against), err);
    if (st == FC_OK)
        st = fc__grow_array(&s->of_chance, &s->room[2], s->n + 1, sizeof(*s->of_chance), err);
    return st;
}

static int compare(const fc_rank_answer *a, const fc_rank_answer *b)
{
    if (a->item != b->item)
        return a->item > b->item ? 1 : -1;
    return (a->group > b->group) - (a->group < b->group);
}

fc_status fc__eval_scores_add(fc_eval_scores *out, uint32_t split, const fc_rank_answer *space,
                              size_t n_space, const fc_rank_answer *against, size_t n_against,
                              bool has_against, size_t *n_dropped, fc_error *err)
{
    known_chance known[N_KNOWN] = {{0}};
    uint64_t gallery = 0;
    size_t at = 0, n = 0;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n_space && st == FC_OK; i++) {
        const fc_rank_answer *a = &space[i];

        while (at < n_against && compare(&against[at], a) < 0)
            at++;
        if (has_against && (at == n_against || compare(&against[at], a) != 0))
            continue;
        st = grow(out, err);
        if (st != FC_OK)
            break;
        out->of_space[out->n] = fc__query_score(&a->rank, a->group, split);
        if (has_against)
            out->of_against[out->n] = fc__query_score(&against[at].rank, a->group, split);
        out->of_chance[out->n] = chance_of(known, a);
        out->of_chance[out->n].cluster = a->group;
        out->of_chance[out->n++].split = split;
        gallery = a->n_gallery > gallery ? a->n_gallery : gallery;
        n++;
    }
    *n_dropped = n_space - n + (has_against ? n_against - n : 0);
    out->gallery_sum += gallery;
    return st;
}

static fc_retrieval values_of(const fc_measures *m)
{
    fc_retrieval r = {.mrr = {m->value[FC_MRR], 0, 0},
                      .median_rank = {m->value[FC_MEDIAN_RANK], 0, 0}};

    for (size_t k = FC_RECALL_1; k <= FC_RECALL_10; k++)
        r.recall[k].value = m->value[k];
    return r;
}

static void put_ends(fc_measured *m, const fc_interval *range)
{
    m->low = range->low;
    m->high = range->high;
}

static void put_range(fc_retrieval *r, const fc_measures_range *range)
{
    for (size_t k = FC_RECALL_1; k <= FC_RECALL_10; k++)
        put_ends(&r->recall[k], &range->range[k]);
    put_ends(&r->mrr, &range->range[FC_MRR]);
    put_ends(&r->median_rank, &range->range[FC_MEDIAN_RANK]);
}

fc_status fc__eval_scores_split(const fc_eval_scores *scores, uint32_t split, bool has_against,
                                fc_space_eval_split *out, fc_error *err)
{
    const size_t n = scores->n;
    size_t first = 0, end;
    fc_measures m;
    fc_status st;

    while (first < n && scores->of_space[first].split != split)
        first++;
    for (end = first; end < n && scores->of_space[end].split == split; end++)
        ;
    out->queries = end - first;
    /* The measures are means over the splits that have queries: here the one. */
    st = fc__measures(&(fc_score_list){scores->of_space + first, end - first}, split + 1, &m, err);
    out->of_space = values_of(&m);
    if (st == FC_OK && has_against) {
        st = fc__measures(&(fc_score_list){scores->of_against + first, end - first}, split + 1, &m,
                          err);
        out->of_against = values_of(&m);
    }
    return st;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Clusters as numbers without gaps, so that only groups with queries are drawn. */
static fc_status number_clusters(fc_eval_scores *s, bool has_against, uint32_t *n, fc_error *err)
{
    uint32_t *list = fc__alloc_array(s->n, sizeof(*list));

    *n = 0;
    if (list == NULL)
        return fc__nomem(err, s->n * sizeof(*list), "groups");
    for (size_t i = 0; i < s->n; i++)
        list[i] = s->of_space[i].cluster;
    qsort(list, s->n, sizeof(*list), by_number);
    for (size_t i = 0; i < s->n; i++)
        if (*n == 0 || list[*n - 1] != list[i])
            list[(*n)++] = list[i];
    for (size_t i = 0; i < s->n; i++) {
        const uint32_t *found =
            bsearch(&s->of_space[i].cluster, list, *n, sizeof(*list), by_number);

        s->of_space[i].cluster = s->of_chance[i].cluster = (uint32_t)(found - list);
        if (has_against)
            s->of_against[i].cluster = s->of_space[i].cluster;
    }
    free(list);
    return FC_OK;
}

static fc_status put_values(const fc_query_score *scores, size_t n, uint32_t n_splits,
                            fc_retrieval *out, fc_error *err)
{
    fc_measures m;
    const fc_status st = fc__measures(&(fc_score_list){scores, n}, n_splits, &m, err);

    *out = values_of(&m);
    return st;
}

static void subtract(const fc_retrieval *a, const fc_retrieval *b, fc_retrieval *out)
{
    for (size_t k = FC_RECALL_1; k <= FC_RECALL_10; k++)
        out->recall[k].value = a->recall[k].value - b->recall[k].value;
    out->mrr.value = a->mrr.value - b->mrr.value;
    out->median_rank.value = a->median_rank.value - b->median_rank.value;
}

fc_status fc__eval_scores_sum(fc_eval_scores *s, uint32_t n_splits, bool has_against,
                              const fc_bootstrap_options *boot, fc_space_eval_report *report,
                              fc_error *err)
{
    const fc_score_list a = {s->of_space, s->n}, b = {s->of_against, s->n};
    fc_measures_range of_a, of_b, of_difference;
    uint32_t n_clusters;
    fc_status st;

    st = number_clusters(s, has_against, &n_clusters, err);
    if (st == FC_OK)
        st = put_values(s->of_space, s->n, n_splits, &report->of_space, err);
    if (st == FC_OK)
        st = put_values(s->of_chance, s->n, n_splits, &report->chance, err);
    if (st == FC_OK && has_against)
        st = put_values(s->of_against, s->n, n_splits, &report->of_against, err);
    if (st == FC_OK)
        st = fc__bootstrap(&a, has_against ? &b : NULL, n_clusters, n_splits, boot, &of_a, &of_b,
                           &of_difference, err);
    if (st != FC_OK)
        return st;
    report->queries = s->n;
    report->groups = n_clusters;
    report->gallery = (s->gallery_sum + n_splits / 2) / n_splits;
    put_range(&report->of_space, &of_a);
    if (has_against) {
        put_range(&report->of_against, &of_b);
        subtract(&report->of_space, &report->of_against, &report->difference);
        put_range(&report->difference, &of_difference);
    }
    return FC_OK;
}
