/*
 * Calibration: some rows as queries, the exact scan as the truth, then efforts out of the grid.
 *
 * More of either side of the grid finds more and costs more. So a diagonal walk finds a corner that
 * finds enough; from there a staircase visits, for each number of candidates, the least reach that
 * still does, and the fastest of these is taken.
 */
#include "fc_calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fc_alloc.h"
#include "fc_answer.h"

#define QUERIES_MIN ((size_t)200)
#define QUERIES_MAX ((size_t)512)
/* Multiplications that the exact truth may take: a second or so. */
#define TRUTH_PRODUCTS UINT64_C(20000000000)
#define N_NEIGHBOUR    ((size_t)10)
#define K              (N_NEIGHBOUR + 1) /* a row finds itself too */
#define VISITS_MAX     64u

typedef struct calibration {
    fc_segment *segment;
    size_t n;       /* queries */
    float *queries; /* n x dim */
    fc_hit *truth, *found;
    size_t n_truth[QUERIES_MAX], n_found[QUERIES_MAX];
    uint64_t self[QUERIES_MAX];
    fc_row_runs runs;
    fc_answer answer;
    double wanted;
    size_t n_visits;
    fc_effort_point visits[VISITS_MAX];
} calibration;

double fc__calibrate_wanted(const char *kind, double target)
{
    return 1.0 - (strstr(kind, "HNSW") != NULL ? 0.1 : 0.5) * (1.0 - target);
}

static double thread_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static fc_status search(calibration *c, bool exact, fc_hit *hits, size_t *n_hits, fc_error *err)
{
    fc_status st;

    fc__answer_begin(&c->answer, c->n, hits, K);
    st = fc__answer_segment(&c->answer, c->segment, &c->runs, NULL, c->queries, c->n, exact, err);
    if (st == FC_OK)
        fc__answer_finish(&c->answer, c->n, n_hits);
    return st;
}

/* Of the ten nearest of each row, itself left out, how many were found: a hit as near as the tenth
 * counts, for with duplicates there is no one right answer. */
static double recall_of(const calibration *c)
{
    size_t n_right = 0, n_wanted = 0;

    for (size_t q = 0; q < c->n; q++) {
        const fc_hit *truth = c->truth + q * K, *found = c->found + q * K;
        size_t wanted = 0, right = 0;
        float tenth = -2.0f;

        for (size_t i = 0; i < c->n_truth[q] && wanted < N_NEIGHBOUR; i++)
            if (truth[i].content != c->self[q]) {
                tenth = truth[i].score;
                wanted++;
            }
        for (size_t i = 0; i < c->n_found[q] && right < wanted; i++)
            right += found[i].content != c->self[q] && found[i].score >= tenth;
        n_wanted += wanted;
        n_right += right;
    }
    return n_wanted == 0 ? 1.0 : (double)n_right / (double)n_wanted;
}

static size_t query_count(const fc_segment *segment, const fc_vec_file *from)
{
    const uint64_t each = segment->vec.h.count * segment->vec.h.dim + 1;
    uint64_t n = from == &segment->vec ? TRUTH_PRODUCTS / each : QUERIES_MIN;

    n = n < QUERIES_MIN ? QUERIES_MIN : n > QUERIES_MAX ? QUERIES_MAX : n;
    return n < from->h.count ? (size_t)n : (size_t)from->h.count;
}

/* The row at or after `row` that the segment does not hold, or `row` where it holds all. */
static uint64_t outsider(const fc_segment *segment, const fc_vec_file *from, uint64_t row)
{
    for (uint64_t at = row; from != &segment->vec && at < from->h.count; at++)
        if (fc__segment_find(segment, from->contents[at]) == UINT64_MAX)
            return at;
    return row;
}

static fc_status prepare(calibration *c, const fc_vec_file *from, fc_error *err)
{
    const fc_vec_file *vec = &c->segment->vec;
    const size_t dim = vec->h.dim;
    fc_status st;

    c->n = query_count(c->segment, from);
    c->queries = fc__alloc_array(c->n * dim, sizeof(float));
    c->truth = fc__alloc_array(c->n * K, sizeof(fc_hit));
    c->found = fc__alloc_array(c->n * K, sizeof(fc_hit));
    if (c->queries == NULL || c->truth == NULL || c->found == NULL)
        return fc__nomem(err, c->n * dim * sizeof(float), "calibrating the index");
    st = fc__row_runs_create(&c->runs, vec, NULL, err);
    if (st == FC_OK)
        st = fc__answer_init(&c->answer, dim, c->n, vec->h.count < K ? vec->h.count : K, err);
    for (size_t i = 0; i < c->n && st == FC_OK; i++) {
        const uint64_t row = outsider(c->segment, from, i * from->h.count / c->n);

        c->self[i] = from->contents[row];
        st = fc__vec_rows(from, row, 1, c->queries + i * dim, err);
    }
    return st == FC_OK ? search(c, true, c->truth, c->n_truth, err) : st;
}

/* Search with one effort; its recall and time go into *p. */
static fc_status measure(calibration *c, fc_effort_point *p, fc_error *err)
{
    fc_status st = fc__faiss_set(c->segment->faiss, p->parameters, err);
    double begin;

    c->segment->effort = *p;
    begin = thread_seconds();
    if (st == FC_OK)
        st = search(c, false, c->found, c->n_found, err);
    if (st != FC_OK)
        return st;
    p->microseconds = (float)((thread_seconds() - begin) * 1e6 / (double)c->n);
    p->recall = (float)recall_of(c);
    if (c->n_visits < VISITS_MAX)
        c->visits[c->n_visits++] = *p;
    return FC_OK;
}

static bool enough(const calibration *c, const fc_effort_point *p)
{
    return p->recall >= (float)c->wanted;
}

/* Along the diagonal of the grid until enough is found; false: the end came first, and *best is the
 * last of it. */
static fc_status find_corner(calibration *c, size_t *times, fc_effort_point *best, bool *found,
                             fc_error *err)
{
    const char *kind = c->segment->info.kind;
    size_t reach = 2, t = 1;
    fc_effort_point p;
    bool wider = true, deeper = true;

    *found = false;
    while (reach > 0 && !fc__kind_effort(kind, reach, 0, &p))
        reach--;
    while (t > 0 && !fc__kind_effort(kind, reach, t, &p))
        t--;
    while (!*found && (wider || deeper)) {
        fc_status st;

        (void)fc__kind_effort(kind, reach, t, &p);
        st = measure(c, &p, err);
        if (st != FC_OK)
            return st;
        *best = p;
        *found = enough(c, &p);
        *times = t;
        for (int step = 0; step < 2; step++) {
            wider = fc__kind_effort(kind, reach + 1, t, &p);
            reach += wider ? 1 : 0;
        }
        deeper = fc__kind_effort(kind, reach, t + 1, &p);
        t += deeper ? 1 : 0;
    }
    return FC_OK;
}

/* From a little above the corner's candidates downwards: the least reach for each. */
static fc_status walk_down(calibration *c, size_t times, fc_effort_point *best, fc_error *err)
{
    const char *kind = c->segment->info.kind;
    size_t reach = 0, steps = 0;
    fc_effort_point p;

    for (size_t up = 0; up < 2 && fc__kind_effort(kind, 0, times + 1, &p); up++)
        times++;
    while (fc__kind_effort(kind, reach, times, &p) && steps++ < VISITS_MAX / 2) {
        fc_status st = measure(c, &p, err);

        if (st != FC_OK)
            return st;
        if (!enough(c, &p)) {
            reach++;
            continue;
        }
        if (p.microseconds < best->microseconds)
            *best = p;
        if (times-- == 0)
            break;
    }
    return FC_OK;
}

/* Less slack as long as it finds enough; most of the time is the comparing of far candidates. */
static fc_status cut_slack(calibration *c, fc_effort_point *best, fc_error *err)
{
    static const float slacks[] = {.04f, .02f, .01f, .005f, 0.0f, -.005f, -.01f, -.02f, -.04f};
    fc_effort_point p = *best;

    for (size_t i = 0; i < sizeof(slacks) / sizeof(slacks[0]); i++) {
        fc_status st;

        p.slack = slacks[i];
        st = measure(c, &p, err);
        if (st != FC_OK)
            return st;
        if (!enough(c, &p))
            break;
        if (p.microseconds < best->microseconds)
            *best = p;
    }
    return FC_OK;
}

static int by_time(const void *a, const void *b)
{
    const fc_effort_point *x = a, *y = b;

    return (x->microseconds > y->microseconds) - (x->microseconds < y->microseconds);
}

/* Of all that was measured, what nothing cheaper is as good as; the cheapest points go where there
 * are too many. */
static void keep_curve(calibration *c, fc_calibration *out)
{
    size_t n = 0, first;

    qsort(c->visits, c->n_visits, sizeof(c->visits[0]), by_time);
    for (size_t i = 0; i < c->n_visits; i++)
        if (n == 0 || c->visits[i].recall > c->visits[n - 1].recall)
            c->visits[n++] = c->visits[i];
    first = n > FC_CURVE_MAX ? n - FC_CURVE_MAX : 0;
    out->n_curve = n - first;
    memcpy(out->curve, c->visits + first, out->n_curve * sizeof(out->curve[0]));
}

static fc_status find_effort(calibration *c, fc_calibration *out, fc_error *err)
{
    fc_effort_point best = {.times = 1};
    size_t times = 0;
    fc_status st;

    st = find_corner(c, &times, &best, &out->reached, err);
    if (st == FC_OK && out->reached)
        st = walk_down(c, times, &best, err);
    if (st == FC_OK && out->reached)
        st = cut_slack(c, &best, err);
    if (st == FC_OK)
        st = fc__faiss_set(c->segment->faiss, best.parameters, err);
    c->segment->effort = best;
    out->recall = best.recall;
    out->microseconds = best.microseconds;
    keep_curve(c, out);
    return st;
}

fc_status fc__calibrate(fc_segment *segment, const fc_vec_file *from, double wanted,
                        fc_calibration *out, fc_error *err)
{
    calibration *c = fc__alloc_array(1, sizeof(*c));
    fc_status st;

    *out = (fc_calibration){0};
    if (c == NULL)
        return fc__nomem(err, sizeof(*c), "calibrating the index");
    c->segment = segment;
    c->wanted = wanted;
    st = prepare(c, from, err);
    if (st == FC_OK)
        st = find_effort(c, out, err);

    fc__answer_dispose(&c->answer);
    fc__row_runs_dispose(&c->runs);
    free(c->queries);
    free(c->truth);
    free(c->found);
    free(c);
    return st;
}
