/*
 * Three parts of the pairs: fit, choose, test.
 */
#include "fc_adapt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_adapt_recall.h"
#include "fc_alloc.h"
#include "fc_rng.h"

const char *fc__adapt_method_name(fc_adapt_method method)
{
    static const char *const names[] = {"auto", "procrustes", "lowrank", "ridge"};

    return names[method];
}

void fc__adapt_report_dispose(fc_adapt_report *r)
{
    free(r->ridge_json);
    r->ridge_json = NULL;
}

/* What is tried: how a map comes about, given some pairs. */
typedef struct recipe {
    fc_adapt_method method;
    bool identity, centred;
    size_t rank; /* of lowrank */
} recipe;

typedef struct fitting {
    const fc_adapt_pairs *pairs;
    const fc_adapt_options *opts;
    fc_adapt_report *report;
    size_t *rows; /* of the pairs, part by part: fit, choose, test; each ascending */
    fc_adapt_part fit, choose, learnt, test, all;
    size_t *whole; /* 0 to n - 1; `learnt` behind them */
    recipe recipes[FC_ADAPT_TRIED];
    size_t n_recipes;
    /* Of the last part: what several recipes have in common. */
    fc_head full;
    fc_adapt_directions directions;
} fitting;

static void forget_common(fitting *f)
{
    fc__head_dispose(&f->full);
    fc__adapt_directions_dispose(&f->directions);
}

static bool is_wanted(const fitting *f, fc_adapt_method method)
{
    return f->opts->method == FC_ADAPT_AUTO || f->opts->method == method;
}

/* The safest first. */
static void list_recipes(fitting *f)
{
    const size_t p = f->pairs->p, q = f->pairs->q, most = p < q ? p : q;

    if (is_wanted(f, FC_ADAPT_PROCRUSTES)) {
        if (p == q)
            f->recipes[f->n_recipes++] = (recipe){FC_ADAPT_PROCRUSTES, true, false, 0};
        f->recipes[f->n_recipes++] = (recipe){FC_ADAPT_PROCRUSTES, false, false, 0};
        f->recipes[f->n_recipes++] = (recipe){FC_ADAPT_PROCRUSTES, false, true, 0};
    }
    if (is_wanted(f, FC_ADAPT_LOWRANK) && f->opts->rank != 0)
        f->recipes[f->n_recipes++] = (recipe){FC_ADAPT_LOWRANK, false, true, f->opts->rank};
    else if (is_wanted(f, FC_ADAPT_LOWRANK))
        for (size_t r = 4; r < most; r *= 2)
            f->recipes[f->n_recipes++] = (recipe){FC_ADAPT_LOWRANK, false, true, r};
    if (is_wanted(f, FC_ADAPT_RIDGE) || f->n_recipes == 0)
        f->recipes[f->n_recipes++] = (recipe){FC_ADAPT_RIDGE, false, true, 0};
}

static void describe(const recipe *r, char out[32])
{
    if (r->method == FC_ADAPT_LOWRANK)
        snprintf(out, 32, "rank %zu", r->rank);
    else
        snprintf(out, 32, "%s",
                 r->method == FC_ADAPT_RIDGE ? ""
                 : r->identity               ? "as it is"
                 : r->centred                ? "about the means"
                                             : "about the origin");
}

/* Ridge and all its cuts are one fit. */
static fc_status need_full(fitting *f, const fc_adapt_part *part, bool directions, fc_error *err)
{
    fc_status st = FC_OK;

    if (f->full.n_inputs == 0)
        st = fc__adapt_ridge(&f->full, f->pairs, part, f->opts, &f->report->ridge_json, err);
    if (st == FC_OK && directions && f->directions.q == 0)
        st = fc__adapt_directions(&f->directions, &f->full, f->pairs, part, err);
    return st;
}

static fc_status cook(fitting *f, const recipe *r, const fc_adapt_part *part, fc_head *out,
                      fc_error *err)
{
    fc_status st;

    *out = (fc_head)FC_HEAD_INIT;
    if (r->identity)
        return fc__adapt_identity(out, f->pairs->p, err);
    if (r->method == FC_ADAPT_PROCRUSTES)
        return fc__adapt_turn(out, f->pairs, part, r->centred, err);
    st = need_full(f, part, r->method == FC_ADAPT_LOWRANK, err);
    if (st == FC_OK)
        st = r->method == FC_ADAPT_RIDGE
                 ? fc__head_copy(out, &f->full, err)
                 : fc__adapt_cut(out, &f->full, &f->directions, r->rank, err);
    return st;
}

/* --- parts --------------------------------------------------------------------------------------
 */

static int by_number(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x > y) - (x < y);
}

static void sort_rows(size_t *rows, size_t n)
{
    qsort(rows, n, sizeof(*rows), by_number);
}

static fc_status deal(fitting *f, fc_error *err)
{
    const size_t n = f->pairs->n, n_test = n / 5, n_choose = (n - n_test) / 5;
    const size_t n_fit = n - n_test - n_choose;
    fc_rng rng = fc__rng_seed(f->opts->seed);

    f->rows = fc__alloc_bare(n, sizeof(*f->rows));
    f->whole = fc__alloc_bare(n, 2 * sizeof(*f->whole));
    if (f->rows == NULL || f->whole == NULL)
        return fc__nomem(err, 3 * n * sizeof(*f->rows), "pairs");
    for (size_t i = 0; i < n; i++)
        f->rows[i] = f->whole[i] = i;
    for (size_t i = n - 1; i > 0; i--) { /* Fisher and Yates */
        const size_t k = (size_t)fc__rng_below(&rng, i + 1), kept = f->rows[i];

        f->rows[i] = f->rows[k];
        f->rows[k] = kept;
    }
    memcpy(f->whole + n, f->rows, (n_fit + n_choose) * sizeof(*f->rows));
    sort_rows(f->whole + n, n_fit + n_choose);
    sort_rows(f->rows, n_fit);
    sort_rows(f->rows + n_fit, n_choose);
    f->fit = (fc_adapt_part){f->rows, n_fit};
    f->choose = (fc_adapt_part){f->rows + n_fit, n_choose};
    f->test = (fc_adapt_part){f->rows + n_fit + n_choose, n_test};
    f->learnt = (fc_adapt_part){f->whole + n, n_fit + n_choose};
    f->all = (fc_adapt_part){f->whole, n};
    f->report->n_fit = n_fit;
    f->report->n_choose = n_choose;
    f->report->n_test = n_test;
    return FC_OK;
}

/* Queries of a part, no more than it takes; what they are asked of is `over` where queries are
 * mapped, else the part itself: a map flatters what it was fitted to. */
static fc_status open_scene(const fitting *f, fc_adapt_scene *out, const fc_adapt_part *part,
                            const fc_adapt_part *over, fc_error *err)
{
    const fc_adapt_part queries = {part->rows,
                                   part->n < FC_ADAPT_QUERIES ? part->n : FC_ADAPT_QUERIES};

    return fc__adapt_scene_open(out, f->pairs, f->opts, &queries,
                                f->opts->use == FC_ADAPT_QUERIES_MAPPED ? over : part, err);
}

static fc_status check_cancelled(const fitting *f, uint64_t done, uint64_t total, fc_error *err)
{
    if (f->opts->progress != NULL)
        f->opts->progress(f->opts->context, "adapters", done, total);
    return f->opts->cancelled != NULL && f->opts->cancelled(f->opts->context)
               ? fc_error_set(err, FC_E_CANCELLED, "the fit was stopped")
               : FC_OK;
}

/* --- choosing -----------------------------------------------------------------------------------
 */

static fc_status score(const fc_adapt_scene *s, const fc_head *head, float *overlaps, double *out,
                       fc_error *err)
{
    fc_knn_lists found;
    fc_status st = fc__adapt_look(s, FC_ADAPT_BY_HEAD, head, &found, err);

    if (st == FC_OK)
        st = fc__adapt_overlaps(s, &found, overlaps, err);
    if (st == FC_OK)
        *out = fc__adapt_score(overlaps, s->queries.n);
    fc__knn_lists_dispose(&found);
    return st;
}

/* Whether what `a` found is more than what `b` found by more than the standard error of the paired
 * difference: within it the safer map is kept, since the difference may be luck. */
static bool is_better(const float *a, const float *b, size_t n)
{
    double sum = 0, squares = 0, mean;

    for (size_t i = 0; i < n; i++) {
        const double d =
            fc__adapt_score(a + i * FC_ADAPT_KS, 1) - fc__adapt_score(b + i * FC_ADAPT_KS, 1);

        sum += d;
        squares += d * d;
    }
    mean = sum / (double)n;
    return mean > 0 && mean * mean > (squares / (double)n - mean * mean) / (double)n;
}

static fc_status try_all(fitting *f, const fc_adapt_scene *scene, size_t *best, fc_error *err)
{
    const size_t n = scene->queries.n;
    float *overlaps = fc__alloc_bare(n, 2 * FC_ADAPT_KS * sizeof(*overlaps));
    float *of_best = overlaps != NULL ? overlaps + n * FC_ADAPT_KS : NULL;
    fc_status st = overlaps == NULL ? fc__nomem(err, n * sizeof(*overlaps), "overlaps") : FC_OK;

    *best = 0;
    for (size_t i = 0; i < f->n_recipes && st == FC_OK; i++) {
        fc_adapt_tried *t = &f->report->tried[f->report->n_tried];
        fc_head head = FC_HEAD_INIT;

        st = check_cancelled(f, i, f->n_recipes + 1, err);
        if (st == FC_OK)
            st = cook(f, &f->recipes[i], &f->fit, &head, err);
        t->method = f->recipes[i].method;
        describe(&f->recipes[i], t->how);
        if (st == FC_OK)
            st = score(scene, &head, overlaps, &t->score, err);
        f->report->n_tried++;
        if (st == FC_OK && (i == 0 || is_better(overlaps, of_best, n))) {
            memcpy(of_best, overlaps, n * FC_ADAPT_KS * sizeof(*overlaps));
            *best = i;
        }
        fc__head_dispose(&head);
    }
    free(overlaps);
    return st;
}

/* Choose on the second part, then fit to both. */
static fc_status choose(fitting *f, fc_head *out, fc_error *err)
{
    fc_adapt_scene scene = {.pairs = NULL};
    size_t best = 0;
    fc_status st = open_scene(f, &scene, &f->choose, &f->learnt, err);

    if (st == FC_OK)
        st = try_all(f, &scene, &best, err);
    fc__adapt_scene_dispose(&scene);
    forget_common(f);
    if (st != FC_OK)
        return st;
    f->report->tried[best].chosen = true;
    f->report->method = f->recipes[best].method;
    describe(&f->recipes[best], f->report->how);
    return cook(f, &f->recipes[best], &f->learnt, out, err);
}

/* What is kept, on the third part. */
static fc_status measure(fitting *f, const fc_head *head, fc_error *err)
{
    fc_adapt_scene scene = {.pairs = NULL};
    fc_status st = open_scene(f, &scene, &f->test, &f->all, err);

    if (st == FC_OK)
        st = fc__adapt_measure(f->report, &scene, head, f->opts->seed, err);
    fc__adapt_scene_dispose(&scene);
    return st;
}

/* --- the front ----------------------------------------------------------------------------------
 */

static bool is_constant(const float *rows, size_t n, size_t dim)
{
    for (size_t i = 1; i < n; i++)
        if (memcmp(rows, rows + i * dim, dim * sizeof(*rows)) != 0)
            return false;
    return true;
}

static fc_status check(const fc_adapt_pairs *pairs, const fc_adapt_options *o, fc_error *err)
{
    const size_t least = pairs->p < pairs->q ? pairs->p : pairs->q;

    if (pairs->n < FC_ADAPT_LEAST)
        return fc_error_set(err, FC_E_INVALID,
                            "%zu items have features of both encoder versions; at least %d are "
                            "needed",
                            pairs->n, FC_ADAPT_LEAST);
    if (pairs->p > FC_HEAD_DIM_MAX || pairs->q > FC_HEAD_DIM_MAX)
        return fc_error_set(err, FC_E_LIMIT, "features of %zu and %zu elements; at most %d",
                            pairs->p, pairs->q, FC_HEAD_DIM_MAX);
    if (o->rank > least)
        return fc_error_set(err, FC_E_INVALID, "a rank of %u; features have %zu elements", o->rank,
                            least);
    for (int side = 0; side < 2; side++)
        if (is_constant(side == 0 ? pairs->source : pairs->target, pairs->n,
                        side == 0 ? pairs->p : pairs->q))
            return fc_error_set(err, FC_E_INVALID,
                                "all features of the %s version are one vector: nothing can be "
                                "learnt from a constant",
                                (side == 0) == (o->use == FC_ADAPT_QUERIES_MAPPED) ? "new" : "old");
    return FC_OK;
}

fc_status fc__adapt_fit(fc_head *out, const fc_adapt_pairs *pairs, const fc_adapt_options *opts,
                        fc_adapt_report *report, fc_error *err)
{
    fitting f = {.pairs = pairs, .opts = opts, .report = report};
    fc_status st = check(pairs, opts, err);

    *out = (fc_head)FC_HEAD_INIT;
    *report = (fc_adapt_report){.score_slope = 1};
    if (st == FC_OK)
        st = deal(&f, err);
    list_recipes(&f);
    if (st == FC_OK)
        st = choose(&f, out, err);
    if (st == FC_OK)
        st = check_cancelled(&f, f.n_recipes, f.n_recipes + 1, err);
    if (st == FC_OK)
        st = measure(&f, out, err);
    forget_common(&f);
    free(f.whole);
    free(f.rows);
    if (st != FC_OK)
        fc__head_dispose(out);
    return st;
}
