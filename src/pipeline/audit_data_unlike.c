/*
 * Which samples make the difference: a classifier is fitted to one half of both sides and scores
 * the other half, and the other way round, so that nothing is scored by what it was fitted to.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_data_run.h"
#include "fc_alloc.h"
#include "fc_logistic.h"

typedef struct scored {
    double score;
    uint64_t content;
} scored;

/* Rows of one half (every second, from `half` on) of both sides, with their labels. */
static size_t gather(const fc_data_audit_run *run, size_t half, float *rows, bool *labels)
{
    const fc_data_side *sides[2] = {&run->reference, &run->current};
    size_t n = 0;

    for (size_t s = 0; s < 2; s++)
        for (size_t i = half; i < sides[s]->n; i += 2) {
            memcpy(rows + n * run->dim, sides[s]->rows + i * run->dim, run->dim * sizeof(*rows));
            labels[n++] = s == 1;
        }
    return n;
}

/* Probabilities of the other half's current samples, as if both sides were of one size. */
static void score_half(const fc_data_audit_run *run, size_t half, const double *weights,
                       double bias, scored *out)
{
    const double prior = log((double)run->current.n / (double)run->reference.n);

    for (size_t i = half; i < run->current.n; i += 2) {
        const float *row = run->current.rows + i * run->dim;
        double sum = bias - prior;

        for (size_t d = 0; d < run->dim; d++)
            sum += weights[d] * (double)row[d];
        out[i] = (scored){1 / (1 + exp(-sum)), run->current.contents[i]};
    }
}

static fc_status score_all(const fc_data_audit_run *run, scored *out, fc_error *err)
{
    const size_t most = run->reference.n / 2 + run->current.n / 2 + 2;
    float *rows = fc__alloc_bare(most, run->dim * sizeof(*rows));
    bool *labels = fc__alloc_array(most, sizeof(*labels));
    double *weights = fc__alloc_array(run->dim, sizeof(*weights));
    fc_status st = FC_OK;

    if (rows == NULL || labels == NULL || weights == NULL)
        st = fc__nomem(err, most * run->dim * sizeof(*rows), "a classifier");
    for (size_t half = 0; half < 2 && st == FC_OK; half++) {
        const size_t n = gather(run, half, rows, labels);
        double bias;

        st = fc__logistic_fit(rows, labels, n, run->dim, 1, weights, &bias, err);
        if (st == FC_OK)
            score_half(run, 1 - half, weights, bias, out);
    }
    free(rows);
    free(labels);
    free(weights);
    return st;
}

static int by_score(const void *a, const void *b)
{
    const scored *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->content > y->content) - (x->content < y->content);
}

typedef struct naming {
    fc_data_audit_run *run;
    fc_audit_unlike *list;
    size_t n;
} naming;

/* The first sample of each content. */
static fc_status name(void *context, const fc_sample *sample, fc_error *err)
{
    const naming *n = context;

    for (size_t i = 0; i < n->n; i++)
        if (n->list[i].sample.content == sample->content && n->list[i].sample.id == NULL)
            return fc__audit_own_sample(&n->run->out->owned, sample, &n->list[i].sample, err);
    return FC_OK;
}

fc_status fc__data_audit_unlike(fc_data_audit_run *run, fc_error *err)
{
    fc_audit_data_report *report = &run->out->public;
    const size_t n = run->opts->n_unlike < run->current.n ? run->opts->n_unlike : run->current.n;
    scored *all = fc__alloc_array(run->current.n, sizeof(*all));
    naming names = {.run = run, .n = n};
    fc_status st = all == NULL ? fc__nomem(err, run->current.n * sizeof(*all), "scores")
                               : fc__data_audit_step(run, "samples", 0, err);

    if (st == FC_OK)
        st = score_all(run, all, err);
    if (st == FC_OK)
        st = fc__audit_own(&run->out->owned, n, sizeof(*names.list), &names.list, err);
    if (st == FC_OK) {
        qsort(all, run->current.n, sizeof(*all), by_score);
        for (size_t i = 0; i < n; i++) {
            names.list[i].score = all[i].score;
            names.list[i].sample.content = all[i].content;
        }
        st = fc__selection_scan(&run->current.selection, run->snapshot, name, &names, err);
    }
    report->unlike = names.list;
    report->n_unlike = st == FC_OK ? n : 0;
    free(all);
    return st;
}
