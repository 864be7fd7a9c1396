/*
 * Rows to score with.
 */
#include "fc_fit_sample.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

/* Two uses of a key that must not depend on one another, nor on the folds. */
#define SALT_GROUP UINT64_C(0x5DEECE66D1CE4E5B)
#define SALT_ITEM  UINT64_C(0x2545F4914F6CDD1D)

static bool eligible(const fc_fit_sums *s, const fc_fit_data *data, size_t group)
{
    size_t n = 0;

    if (s->plan.anchor >= 0 && data->n_items(data->self, group, (size_t)s->plan.anchor) == 0)
        return false;
    for (size_t b = 0; b < data->n_branches; b++)
        n += data->n_items(data->self, group, b) > 0;
    return n >= 2;
}

/* Groups of each fold that could be taken. */
static void count_eligible(const fc_fit_sums *s, const fc_fit_data *data, uint64_t seed,
                           uint64_t n[FC_FIT_FOLDS_MAX])
{
    memset(n, 0, FC_FIT_FOLDS_MAX * sizeof(*n));
    for (size_t g = 0; g < data->n_groups; g++)
        if (eligible(s, data, g))
            n[fc__fit_fold(data->keys[g], seed, s->folds)]++;
}

fc_status fc__fit_sample_choose(fc_fit_sums *s, const fc_fit_data *data, const fc_fit_options *opts,
                                fc_error *err)
{
    fc_fit_sample *sample = &s->sample;
    uint64_t n[FC_FIT_FOLDS_MAX];
    size_t room = 0;

    if (s->folds < 2)
        return FC_OK;
    count_eligible(s, data, opts->seed, n);
    for (size_t g = 0; g < data->n_groups; g++) {
        const uint32_t fold = fc__fit_fold(data->keys[g], opts->seed, s->folds);
        const uint64_t draw = fc__fit_hash(data->keys[g], opts->seed ^ SALT_GROUP) >> 32;
        size_t room_fold = room;
        fc_status st = FC_OK;

        if (!eligible(s, data, g) ||
            (n[fold] > s->plan.n_sample &&
             (double)draw / 4294967296.0 * (double)n[fold] >= (double)s->plan.n_sample))
            continue;
        st = fc__grow_array(&sample->groups, &room, sample->n + 1, sizeof(*sample->groups), err);
        if (st == FC_OK)
            st = fc__grow_array(&sample->fold, &room_fold, sample->n + 1, sizeof(*sample->fold),
                                err);
        if (st != FC_OK)
            return st;
        sample->groups[sample->n] = g;
        sample->fold[sample->n++] = fold;
    }
    return FC_OK;
}

fc_status fc__fit_sample_room(fc_fit_sums *s, fc_error *err)
{
    fc_fit_sample *sample = &s->sample;

    for (size_t b = 0; b < s->n_branches; b++) {
        sample->rows[b] = fc__alloc_array(sample->n, s->layout[b].width * sizeof(float));
        sample->there[b] = fc__alloc_array(sample->n, sizeof(bool));
        if (sample->rows[b] == NULL || sample->there[b] == NULL)
            return fc__nomem(err, sample->n * s->layout[b].width * sizeof(float), "rows to score");
    }
    return FC_OK;
}

uint64_t fc__fit_sample_bytes(const fc_fit_sums *s)
{
    uint64_t n = 0;

    for (size_t b = 0; b < s->n_branches; b++)
        n += s->sample.n * (s->layout[b].width * sizeof(float) + sizeof(bool));
    return n + s->sample.n * (sizeof(size_t) + sizeof(uint32_t));
}

void fc__fit_sample_put(fc_fit_sample *sample, size_t at, size_t group, size_t branch, size_t width,
                        size_t index, size_t n, uint64_t key, const float *row)
{
    if (at >= sample->n || sample->groups[at] != group)
        return;
    if (sample->there[branch][at] && fc__fit_hash(key, SALT_ITEM) % n != index)
        return;
    memcpy(sample->rows[branch] + at * width, row, width * sizeof(*row));
    sample->there[branch][at] = true;
}

size_t fc__fit_sample_most(const fc_fit_sums *s)
{
    size_t n[FC_FIT_FOLDS_MAX] = {0}, most = 0;

    for (size_t i = 0; i < s->sample.n; i++) {
        const size_t now = ++n[s->sample.fold[i]];

        most = now > most ? now : most;
    }
    return most;
}

void fc__fit_sample_dispose(fc_fit_sample *sample)
{
    for (size_t b = 0; b < FC_FIT_BRANCHES_MAX; b++) {
        free(sample->rows[b]);
        free(sample->there[b]);
    }
    free(sample->groups);
    free(sample->fold);
    *sample = (fc_fit_sample){0};
}
