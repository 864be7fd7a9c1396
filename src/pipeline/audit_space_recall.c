/*
 * Who finds whom: recall of each modality among each, by the groups that an evaluation would ask
 * about (fc_eval_space.c), and the same of the queries with one value of a column.
 */
#include <stdlib.h>
#include <string.h>

#include "audit_draw.h"
#include "audit_space_run.h"
#include "eval_asked.h"
#include "eval_scores.h"
#include "fc_alloc.h"
#include "sample_columns.h"

#define VALUES_SHOWN  ((size_t)40) /* of one column and pair, those with most queries */
#define LEAST_QUERIES ((size_t)10) /* with one value: fewer say nothing */

/* A content of a modality, and the number of a value that a sample of it has in a column. */
typedef struct valued {
    uint64_t content;
    uint32_t value;
} valued;

typedef struct value_list {
    const char *column;
    fc_name_list names;
    valued *list; /* by value, then content, each once */
    size_t n, room;
} value_list;

typedef struct recall_run {
    fc_space_audit_run *run;
    fc_eval_asked asked;
    const char *dataset; /* whose samples the groups are of */
    size_t n_done, n_total;
} recall_run;

/* --- columns --- */

static fc_status take_value(void *context, const fc_sample *sample, fc_error *err)
{
    value_list *l = context;
    const char *text = fc__sample_column(sample, l->column);
    uint32_t number;
    fc_status st;

    if (text == NULL || text[0] == '\0')
        return FC_OK;
    st = fc__name_list_number(&l->names, text, &number, err);
    if (st == FC_OK)
        st = fc__grow_array(&l->list, &l->room, l->n + 1, sizeof(*l->list), err);
    if (st == FC_OK)
        l->list[l->n++] = (valued){sample->content, number};
    return st;
}

static int by_value(const void *a, const void *b)
{
    const valued *x = a, *y = b;

    if (x->value != y->value)
        return x->value > y->value ? 1 : -1;
    return (x->content > y->content) - (x->content < y->content);
}

static fc_status read_values(const recall_run *r, fc_modality modality, value_list *out,
                             fc_error *err)
{
    fc_live_filter filter = {.modalities = UINT32_C(1) << modality};
    size_t kept = 0;
    fc_status st = FC_OK;

    if (r->dataset != NULL)
        st = fc_snapshot_find_dataset(r->run->snapshot, r->dataset, &filter.dataset,
                                      &filter.version, err);
    if (st == FC_OK)
        st = fc__live_scan(r->run->snapshot, &filter, take_value, out, err);
    if (st != FC_OK || out->n == 0)
        return st;
    qsort(out->list, out->n, sizeof(*out->list), by_value);
    for (size_t i = 0; i < out->n; i++)
        if (kept == 0 || by_value(&out->list[kept - 1], &out->list[i]) != 0)
            out->list[kept++] = out->list[i];
    out->n = kept;
    return FC_OK;
}

/* --- one list of answers --- */

static fc_audit_measure measure_of(const fc_measured *m, const fc_measured *chance)
{
    return (fc_audit_measure){m->value, m->low, m->high, chance->value};
}

static fc_status add_recall(recall_run *r, fc_audit_recall *row, const fc_rank_answer *answers,
                            size_t n, fc_error *err)
{
    const fc_audit_space_options *o = r->run->opts;
    const fc_bootstrap_options boot = {.n_draws = o->n_draws, .seed = o->seed};
    fc_space_audit_result *out = r->run->out;
    fc_eval_scores scores = {.n = 0};
    fc_space_eval_report report = {.version = 0};
    size_t n_dropped;
    fc_status st;

    st = fc__eval_scores_add(&scores, 0, answers, n, NULL, 0, false, &n_dropped, err);
    if (st == FC_OK)
        st = fc__eval_scores_sum(&scores, 1, false, &boot, &report, err);
    fc__eval_scores_dispose(&scores);
    if (st == FC_OK)
        st = fc__grow_array(&out->recalls, &out->recalls_room, out->public.n_recalls + 1,
                            sizeof(*out->recalls), err);
    if (st != FC_OK)
        return st;
    row->queries = report.queries;
    row->groups = report.groups;
    row->gallery = report.gallery;
    for (size_t i = 0; i < 3; i++)
        row->at[i] = measure_of(&report.of_space.recall[i], &report.chance.recall[i]);
    row->mrr = measure_of(&report.of_space.mrr, &report.chance.mrr);
    row->median_rank = measure_of(&report.of_space.median_rank, &report.chance.median_rank);
    out->recalls[out->public.n_recalls++] = *row;
    out->public.recalls = out->recalls;
    return FC_OK;
}

/* --- by value --- */

typedef struct value_part {
    uint32_t value;
    size_t first, n; /* in the list */
    size_t n_queries;
} value_part;

static int by_content(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = ((const valued *)b)->content;

    return (x > y) - (x < y);
}

/* The answers of queries that are in a part of the list; `out` has room for all. */
static size_t pick_answers(const value_list *l, const value_part *p, const fc_eval_side *queries,
                           const fc_rank_answer *answers, size_t n, fc_rank_answer *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (bsearch(&queries->contents[answers[i].item], l->list + p->first, p->n, sizeof(*l->list),
                    by_content) != NULL) {
            if (out != NULL)
                out[kept] = answers[i];
            kept++;
        }
    return kept;
}

static int by_queries(const void *a, const void *b)
{
    const value_part *x = a, *y = b;

    if (x->n_queries != y->n_queries)
        return x->n_queries < y->n_queries ? 1 : -1;
    return (x->value > y->value) - (x->value < y->value);
}

static size_t cut_parts(const value_list *l, const fc_eval_side *queries,
                        const fc_rank_answer *answers, size_t n, value_part *parts)
{
    size_t n_parts = 0;

    for (size_t i = 0, end; i < l->n; i = end) {
        value_part *p = &parts[n_parts++];

        for (end = i + 1; end < l->n && l->list[end].value == l->list[i].value;)
            end++;
        *p = (value_part){l->list[i].value, i, end - i, 0};
        p->n_queries = pick_answers(l, p, queries, answers, n, NULL);
    }
    if (n_parts > 1)
        qsort(parts, n_parts, sizeof(*parts), by_queries);
    return n_parts;
}

static fc_status add_values(recall_run *r, const value_list *l, const fc_audit_recall *pair,
                            const fc_eval_side *queries, const fc_rank_answer *answers, size_t n,
                            fc_error *err)
{
    value_part *parts = fc__alloc_array(l->names.n, sizeof(*parts));
    fc_rank_answer *some = fc__alloc_array(n, sizeof(*some));
    size_t n_parts = 0, shown = 0;
    fc_status st = FC_OK;

    if (parts == NULL || some == NULL)
        st = fc__nomem(err, n * sizeof(*some), "queries by value");
    else
        n_parts = cut_parts(l, queries, answers, n, parts);
    while (shown < n_parts && shown < VALUES_SHOWN && parts[shown].n_queries >= LEAST_QUERIES &&
           st == FC_OK) {
        fc_audit_recall row = {.from = pair->from, .to = pair->to};
        const size_t n_some = pick_answers(l, &parts[shown], queries, answers, n, some);

        st = fc__audit_own_text(&r->run->out->owned, l->column, &row.column, err);
        if (st == FC_OK)
            st = fc__audit_own_text(&r->run->out->owned, l->names.names[parts[shown].value],
                                    &row.value, err);
        if (st == FC_OK)
            st = add_recall(r, &row, some, n_some, err);
        shown++;
    }
    if (st == FC_OK && shown < n_parts)
        st = fc__space_audit_note(r->run->out, err,
                                  "recall from %s to %s by %.64s: %zu of %zu values are shown, "
                                  "those of most queries, at least %zu",
                                  fc_modality_name(pair->from), fc_modality_name(pair->to),
                                  l->column, shown, n_parts, LEAST_QUERIES);
    free(parts);
    free(some);
    return st;
}

static fc_status add_column(recall_run *r, const char *column, const fc_audit_recall *pair,
                            const fc_eval_side *queries, const fc_rank_answer *answers, size_t n,
                            fc_error *err)
{
    value_list values = {.column = column};
    fc_status st = read_values(r, pair->from, &values, err);

    if (st == FC_OK && values.n == 0)
        st = fc__space_audit_note(r->run->out, err, "no %s sample has a value of '%.64s'",
                                  fc_modality_name(pair->from), column);
    else if (st == FC_OK)
        st = add_values(r, &values, pair, queries, answers, n, err);
    fc__name_list_dispose(&values.names);
    free(values.list);
    return st;
}

/* --- one pair of modalities --- */

static void on_compared(void *context, uint64_t done, uint64_t total)
{
    const recall_run *r = context;
    const fc_audit_space_options *o = r->run->opts;
    const uint64_t scale = 1000;

    if (o->progress != NULL && total > 0)
        o->progress(o->context, "recall", r->n_done * scale + done * scale / total,
                    r->n_total * scale);
}

static bool is_cancelled(void *context)
{
    const recall_run *r = context;

    return r->run->opts->cancelled != NULL && r->run->opts->cancelled(r->run->opts->context);
}

/* No more queries than the sample has: the same contents as there, of those that are asked about.
 */
static fc_status thin_out(const recall_run *r, fc_eval_side *side, fc_error *err)
{
    uint64_t *drawn;
    size_t n_drawn = 0, at = 0, to = 0;
    fc_status st;

    if (side->n <= r->run->opts->sample)
        return FC_OK;
    drawn = fc__alloc_array(side->n, sizeof(*drawn));
    if (drawn == NULL)
        return fc__nomem(err, side->n * sizeof(*drawn), "a sample of queries");
    memcpy(drawn, side->contents, side->n * sizeof(*drawn));
    st = fc__audit_draw(drawn, side->n, r->run->opts->sample, r->run->opts->seed, &n_drawn, err);
    for (size_t i = 0; i < n_drawn && st == FC_OK; i++) {
        while (side->contents[at] != drawn[i])
            at++;
        side->contents[i] = drawn[i];
        for (size_t g = side->first[at], end = side->first[at + 1]; g < end; g++)
            side->groups[to++] = side->groups[g];
        side->first[i + 1] = to;
    }
    side->n = st == FC_OK ? n_drawn : side->n;
    free(drawn);
    return st;
}

static fc_status rank_pair(recall_run *r, fc_audit_recall *pair, fc_eval_side *queries,
                           const fc_eval_side *gallery, fc_error *err)
{
    const fc_audit_space_options *o = r->run->opts;
    fc_eval_rows from = {.method = &r->run->method,
                         .snapshot = r->run->snapshot,
                         .modality = pair->from},
                 to = {
                     .method = &r->run->method, .snapshot = r->run->snapshot, .modality = pair->to};
    const fc_rank_ask ask = {.queries = fc__eval_rank_side(queries, &from),
                             .gallery = fc__eval_rank_side(gallery, &to),
                             .dim = r->run->dim,
                             .n_groups = r->asked.groups.n_groups,
                             .n_threads = o->n_threads,
                             .progress = on_compared,
                             .cancelled = is_cancelled,
                             .context = r};
    fc_rank_answer *answers = NULL;
    size_t n = 0, n_without, n_alone;
    fc_status st = fc__rank_scan(&ask, &answers, &n, &n_without, &n_alone, err);

    if (st == FC_OK && n > 0)
        st = add_recall(r, pair, answers, n, err);
    for (size_t i = 0; i < o->n_by && n > 0 && st == FC_OK; i++)
        st = add_column(r, o->by[i], pair, queries, answers, n, err);
    free(answers);
    return st;
}

static fc_status ask_pair(recall_run *r, fc_modality from, fc_modality to, fc_error *err)
{
    fc_audit_recall pair = {.from = from, .to = to};
    fc_eval_side queries = {.n = 0}, gallery = {.n = 0};
    fc_status st;

    st = fc__eval_side_take(&queries, &r->asked.groups, from, r->asked.side, r->asked.all, err);
    if (st == FC_OK)
        st = fc__eval_side_take(&gallery, &r->asked.groups, to, r->asked.side, r->asked.all, err);
    if (st == FC_OK)
        st = thin_out(r, &queries, err);
    if (st == FC_OK && queries.n > 0 && gallery.n > 0)
        st = rank_pair(r, &pair, &queries, &gallery, err);
    fc__eval_side_dispose(&queries);
    fc__eval_side_dispose(&gallery);
    r->n_done++;
    return st;
}

/* Without groups nobody is to be found; that is told, unless a split was asked for. */
static fc_status read_asked(recall_run *r, bool *any, fc_error *err)
{
    const fc_audit_space_options *o = r->run->opts;
    fc_space_eval_options opts = FC_SPACE_EVAL_OPTIONS_INIT;
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    opts.space = r->run->method.name;
    opts.dataset = o->dataset;
    opts.split = o->split;
    st = fc__eval_asked_read(&r->asked, r->run->snapshot, &opts, &r->run->method, &inner);
    if (st == FC_OK)
        st = fc__eval_asked_check(&r->asked, &r->run->method, &r->run->out->public.seen, &inner);
    *any = st == FC_OK;
    if (st == FC_OK)
        return fc__audit_own_text(&r->run->out->owned, r->asked.name, &r->run->out->public.split,
                                  err);
    if (st == FC_E_INVALID && o->split == NULL)
        return fc__space_audit_note(r->run->out, err, "recall is not measured: %s", inner.message);
    return fc_error_set(err, st, "%s", inner.message);
}

fc_status fc__space_audit_recall(fc_space_audit_run *run, fc_error *err)
{
    recall_run r = {.run = run, .dataset = run->opts->dataset};
    bool any = false;
    fc_status st = read_asked(&r, &any, err);

    if (r.dataset == NULL && run->method.fitted)
        r.dataset = run->method.fit.opts.dataset;
    r.n_total = run->n_items * run->n_items;
    for (size_t i = 0; i < run->n_items && any && st == FC_OK; i++)
        for (size_t j = 0; j < run->n_items && st == FC_OK; j++)
            st = ask_pair(&r, run->items[i].modality, run->items[j].modality, err);
    if (st == FC_OK && any && run->out->public.n_recalls == 0)
        st = fc__space_audit_note(run->out, err,
                                  "recall is not measured: no sample with a vector has another of "
                                  "its group to find");
    fc__space_groups_dispose(&r.asked.groups);
    return st;
}
