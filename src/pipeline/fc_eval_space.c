/*
 * fc_space_eval(): the ranks of one split, or of several with a fit each, summed up.
 */
#include <stdlib.h>
#include <string.h>

#include "eval_asked.h"
#include "eval_scores.h"
#include "fc_alloc.h"
#include "fc_queue.h"

#define SPLITS_MAX 1000u

typedef struct evaluation {
    const fc_space_eval_options *opts;
    fc_snapshot *snapshot;
    fc_eval_method space, against;
    fc_eval_asked asked;
    fc_eval_side
        loose; /* contents of the gallery's modality without a group, for a whole gallery */
    fc_eval_scores scores;
    fc_space_eval_report *report;
    uint32_t n_threads;
} evaluation;

static fc_status check(const fc_space_eval_options *o, fc_error *err)
{
    if (o->struct_size != sizeof(*o))
        return fc_error_set(
            err, FC_E_INVALID,
            "eval options: struct_size is %zu; start from FC_SPACE_EVAL_OPTIONS_INIT",
            o->struct_size);
    if (o->space == NULL || fc_modality_name(o->from) == NULL || fc_modality_name(o->to) == NULL ||
        o->from == FC_MODALITY_NONE || o->to == FC_MODALITY_NONE)
        return fc_error_set(err, FC_E_INVALID, "a space and two modalities are needed");
    if (!(o->test_share >= 0 && o->test_share < 1))
        return fc_error_set(err, FC_E_INVALID, "test share %g: at least 0, below 1", o->test_share);
    if (o->n_splits > SPLITS_MAX)
        return fc_error_set(err, FC_E_INVALID, "%u splits; at most %u", o->n_splits, SPLITS_MAX);
    if (o->n_splits > 0 && o->split != NULL)
        return fc_error_set(err, FC_E_INVALID,
                            "split '%.63s' and %u splits of our own: ask for one or the other",
                            o->split, o->n_splits);
    return FC_OK;
}

static fc_status open_methods(evaluation *e, fc_error *err)
{
    const fc_space_eval_options *o = e->opts;
    fc_status st = fc__eval_method_open(&e->space, e->snapshot, o->space, err);

    if (st == FC_OK && o->against != NULL)
        st = fc__eval_method_open(&e->against, e->snapshot, o->against, err);
    if (st != FC_OK)
        return st;
    e->report->version = e->space.version;
    e->report->against_version = e->against.version;
    st = fc__eval_method_takes(&e->space, o->from, err);
    if (st == FC_OK)
        st = fc__eval_method_takes(&e->space, o->to, err);
    if (st == FC_OK && o->against != NULL)
        st = fc__eval_method_takes(&e->against, o->from, err);
    if (st == FC_OK && o->against != NULL)
        st = fc__eval_method_takes(&e->against, o->to, err);
    return st;
}

typedef struct loose_list {
    uint64_t *contents;
    size_t n, capacity;
} loose_list;

static fc_status add_loose(void *context, const fc_sample *sample, fc_error *err)
{
    loose_list *l = context;
    fc_status st;

    if (sample->group[0] != '\0')
        return FC_OK;
    st = fc__grow_array(&l->contents, &l->capacity, l->n + 1, sizeof(*l->contents), err);
    if (st == FC_OK)
        l->contents[l->n++] = sample->content;
    return st;
}

/* The samples without a group, which groups do not list. */
static fc_status read_loose(evaluation *e, fc_error *err)
{
    const char *dataset = e->opts->dataset;
    fc_live_filter filter = {.modalities = UINT32_C(1) << e->opts->to};
    loose_list list = {.n = 0};
    fc_status st = FC_OK;

    if (!e->opts->whole_gallery)
        return FC_OK;
    if (dataset == NULL && e->space.fitted)
        dataset = e->space.fit.opts.dataset;
    if (dataset != NULL)
        st = fc_snapshot_find_dataset(e->snapshot, dataset, &filter.dataset, &filter.version, err);
    if (st == FC_OK)
        st = fc__live_scan(e->snapshot, &filter, add_loose, &list, err);
    if (st == FC_OK)
        st = fc__eval_side_add(&e->loose, list.contents, list.n, err);
    free(list.contents);
    return st;
}

static void on_compared(void *context, uint64_t done, uint64_t total)
{
    const evaluation *e = context;

    if (e->opts->progress != NULL)
        e->opts->progress(e->opts->context, "compare", done, total);
}

static bool is_cancelled(void *context)
{
    const evaluation *e = context;

    return e->opts->cancelled != NULL && e->opts->cancelled(e->opts->context);
}

typedef struct answers {
    fc_rank_answer *list;
    size_t n, n_without, n_alone;
} answers;

static fc_status rank(const evaluation *e, const fc_eval_method *m, const fc_eval_side *queries,
                      const fc_eval_side *gallery, answers *out, fc_error *err)
{
    fc_eval_rows from = {.method = m, .snapshot = e->snapshot, .modality = e->opts->from},
                 to = {.method = m, .snapshot = e->snapshot, .modality = e->opts->to};
    const fc_rank_ask ask = {.queries = fc__eval_rank_side(queries, &from),
                             .gallery = fc__eval_rank_side(gallery, &to),
                             .dim = m->view.row.dim,
                             .n_groups = e->asked.groups.n_groups,
                             .n_threads = e->n_threads,
                             .progress = on_compared,
                             .cancelled = is_cancelled,
                             .context = (void *)e};

    return fc__rank_scan(&ask, &out->list, &out->n, &out->n_without, &out->n_alone, err);
}

/* Both spaces over the same sides. */
static fc_status rank_both(evaluation *e, const fc_eval_side *queries, const fc_eval_side *gallery,
                           uint32_t split, fc_error *err)
{
    const bool two = e->opts->against != NULL;
    answers a = {NULL, 0, 0, 0}, b = {NULL, 0, 0, 0};
    size_t n_dropped = 0;
    fc_status st = rank(e, &e->space, queries, gallery, &a, err);

    if (st == FC_OK && two)
        st = rank(e, &e->against, queries, gallery, &b, err);
    if (st == FC_OK)
        st = fc__eval_scores_add(&e->scores, split, a.list, a.n, b.list, b.n, two, &n_dropped, err);
    e->report->no_vector += a.n_without + n_dropped;
    e->report->no_relevant += a.n_alone;
    free(a.list);
    free(b.list);
    return st;
}

static fc_status evaluate_sides(evaluation *e, uint32_t split, fc_error *err)
{
    const fc_eval_asked *k = &e->asked;
    fc_eval_side queries = {.n = 0}, gallery = {.n = 0};
    fc_status st;

    st = fc__eval_side_take(&queries, &k->groups, e->opts->from, k->side, k->all, err);
    if (st == FC_OK)
        st = fc__eval_side_take(&gallery, &k->groups, e->opts->to, k->side,
                                k->all || e->opts->whole_gallery, err);
    if (st == FC_OK && e->loose.n > 0)
        st = fc__eval_side_add(&gallery, e->loose.contents, e->loose.n, err);
    if (st == FC_OK)
        st = fc__eval_asked_known(k, &e->space, e->opts->n_splits > 0, &queries,
                                  &e->report->known_contents, err);
    if (st == FC_OK)
        st = rank_both(e, &queries, &gallery, split, err);
    fc__eval_side_dispose(&queries);
    fc__eval_side_dispose(&gallery);
    return st;
}

/* One of several splits: fit, then ask. */
static fc_status evaluate_split(evaluation *e, uint32_t split, fc_error *err)
{
    const fc_space_eval_options *o = e->opts;
    const fc_space_fit_options run = {.n_threads = o->n_threads,
                                      .memory_bytes = o->memory_bytes,
                                      .progress = o->progress,
                                      .cancelled = o->cancelled,
                                      .context = o->context};
    fc_space_eval_split *s = &e->report->splits[split];
    const uint64_t gallery_before = e->scores.gallery_sum;
    const fc_space_fit_options *fit = &e->space.fit.opts;
    const double share = o->test_share > 0 ? o->test_share : e->space.fitted ? fit->test_share : 0;
    fc_status st;

    s->seed = o->split_seed + split;
    fc__space_groups_split(&e->asked.groups, s->seed, share);
    st = fc__eval_method_refit(&e->space, e->snapshot, &e->asked.groups, &run, err);
    if (st == FC_OK && o->against != NULL)
        st = fc__eval_method_refit(&e->against, e->snapshot, &e->asked.groups, &run, err);
    if (st == FC_OK)
        st = evaluate_sides(e, split, err);
    if (st == FC_OK)
        st = fc__eval_scores_split(&e->scores, split, o->against != NULL, s, err);
    s->gallery = e->scores.gallery_sum - gallery_before;
    return st;
}

static fc_status evaluate_all(evaluation *e, fc_error *err)
{
    const uint32_t n = e->opts->n_splits;
    fc_status st = FC_OK;

    if (n == 0) {
        st = fc__eval_asked_check(&e->asked, &e->space, &e->report->seen, err);
        if (st == FC_OK && e->opts->against != NULL)
            st = fc__eval_asked_check(&e->asked, &e->against, &e->report->seen, err);
        return st == FC_OK ? evaluate_sides(e, 0, err) : st;
    }
    e->report->splits = fc__alloc_array(n, sizeof(*e->report->splits));
    if (e->report->splits == NULL)
        return fc__nomem(err, n * sizeof(*e->report->splits), "splits");
    e->report->n_splits = n;
    for (uint32_t i = 0; i < n && st == FC_OK; i++)
        st = evaluate_split(e, i, err);
    return st;
}

static fc_status sum_up(evaluation *e, fc_error *err)
{
    const fc_space_eval_options *o = e->opts;
    const fc_bootstrap_options boot = {.n_draws = o->n_draws, .seed = o->seed};

    if (e->scores.n == 0)
        return fc_error_set(
            err, FC_E_INVALID,
            "no query is left: of the %s samples asked about, %llu have no vector in the space, "
            "%llu no %s in their group",
            fc_modality_name(o->from), (unsigned long long)e->report->no_vector,
            (unsigned long long)e->report->no_relevant, fc_modality_name(o->to));
    return fc__eval_scores_sum(&e->scores, o->n_splits > 0 ? o->n_splits : 1, o->against != NULL,
                               &boot, e->report, err);
}

void fc_space_eval_report_dispose(fc_space_eval_report *report)
{
    free(report->splits);
    report->splits = NULL;
    report->n_splits = 0;
}

fc_status fc_space_eval(fc_store *store, const fc_space_eval_options *opts,
                        fc_space_eval_report *report, fc_error *err)
{
    evaluation e = {.opts = opts, .report = report};
    const uint64_t start = fc__now_ns();
    fc_status st;

    memset(report, 0, sizeof(*report));
    st = check(opts, err);
    if (st != FC_OK)
        return st;
    e.n_threads = opts->n_threads != 0 ? opts->n_threads : fc__cpu_count();
    st = fc_snapshot_begin(&e.snapshot, store, err);
    if (st == FC_OK)
        st = open_methods(&e, err);
    if (st == FC_OK)
        st = fc__eval_asked_read(&e.asked, e.snapshot, opts, &e.space, err);
    if (st == FC_OK)
        st = read_loose(&e, err);
    if (st == FC_OK)
        st = evaluate_all(&e, err);
    if (st == FC_OK)
        st = sum_up(&e, err);
    memcpy(report->split, e.asked.name, sizeof(report->split));
    report->seconds = (double)(fc__now_ns() - start) * 1e-9;
    fc__eval_scores_dispose(&e.scores);
    fc__eval_side_dispose(&e.loose);
    fc__space_groups_dispose(&e.asked.groups);
    fc__eval_method_dispose(&e.against);
    fc__eval_method_dispose(&e.space);
    fc_snapshot_end(e.snapshot);
    if (st != FC_OK)
        fc_space_eval_report_dispose(report);
    return st;
}
