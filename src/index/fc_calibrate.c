/*
 * Calibration: some rows as queries, the exact scan as the truth, then each level of effort in
 * turn.
 */
#include "fc_calibrate.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_answer.h"

#define N_QUERIES   ((size_t)200)
#define N_NEIGHBOUR ((size_t)10)
#define K           (N_NEIGHBOUR + 1) /* a row finds itself too */

typedef struct calibration {
    const fc_segment *segment;
    size_t n;       /* queries */
    float *queries; /* n x dim */
    fc_hit *truth, *found;
    size_t n_truth[N_QUERIES], n_found[N_QUERIES];
    uint64_t self[N_QUERIES];
    fc_row_runs runs;
    fc_answer answer;
} calibration;

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

static fc_status prepare(calibration *c, fc_error *err)
{
    const fc_vec_file *vec = &c->segment->vec;
    const size_t dim = vec->h.dim;
    fc_status st;

    c->n = vec->h.count < N_QUERIES ? (size_t)vec->h.count : N_QUERIES;
    c->queries = fc__alloc_array(c->n * dim, sizeof(float));
    c->truth = fc__alloc_array(c->n * K, sizeof(fc_hit));
    c->found = fc__alloc_array(c->n * K, sizeof(fc_hit));
    if (c->queries == NULL || c->truth == NULL || c->found == NULL)
        return fc__nomem(err, c->n * dim * sizeof(float), "calibrating the index");
    st = fc__row_runs_create(&c->runs, vec, NULL, err);
    if (st == FC_OK)
        st = fc__answer_init(&c->answer, dim, c->n, vec->h.count < K ? vec->h.count : K, err);
    for (size_t i = 0; i < c->n && st == FC_OK; i++) {
        const uint64_t row = i * vec->h.count / c->n;

        c->self[i] = vec->contents[row];
        st = fc__vec_rows(vec, row, 1, c->queries + i * dim, err);
    }
    return st == FC_OK ? search(c, true, c->truth, c->n_truth, err) : st;
}

fc_status fc__calibrate(fc_segment *segment, double *recall, fc_error *err)
{
    calibration *c = fc__alloc_array(1, sizeof(*c));
    fc_faiss_effort effort;
    fc_status st;

    *recall = 0.0;
    if (c == NULL)
        return fc__nomem(err, sizeof(*c), "calibrating the index");
    c->segment = segment;
    st = prepare(c, err);
    for (size_t i = 0; st == FC_OK && *recall < FC_CALIBRATE_WANTED; i++) {
        if (!fc__kind_effort(segment->info.kind, i, &effort))
            break;
        segment->effort = effort;
        st = fc__faiss_set(segment->faiss, effort.parameters, err);
        if (st == FC_OK)
            st = search(c, false, c->found, c->n_found, err);
        if (st == FC_OK)
            *recall = recall_of(c);
    }

    fc__answer_dispose(&c->answer);
    fc__row_runs_dispose(&c->runs);
    free(c->queries);
    free(c->truth);
    free(c->found);
    free(c);
    return st;
}
