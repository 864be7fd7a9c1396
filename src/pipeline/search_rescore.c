/*
 * The methods of fc_rescore.h over banks and candidates.
 */
#include "search_rescore.h"

#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_vec.h"

#define NEIGHBOURS   ((size_t)10) /* of CSLS, as in the paper */
#define INVERSE_HEAT 20.0         /* of the inverted softmax, as in QB-Norm */
/* Rows of each side whose cosines make a pair's mean and deviation: a quarter million cosines. */
#define FAIR_ROWS ((size_t)512)

/* Cosines of a row with the bank, but with the row's own content. */
static size_t against_bank(fc_rescoring *c, const float *row, uint64_t content)
{
    size_t n = 0;

    for (size_t b = 0; b < c->n_banks; b++) {
        const fc_lane_sample *sample = &c->kept->samples[c->banks[b]];
        float *out = c->cosines + n;
        size_t kept = 0;

        fc__dot_rows_f32(row, sample->bank, c->dim, sample->n_bank, c->dim, out);
        for (size_t i = 0; i < sample->n_bank; i++)
            if (sample->contents[i] != content)
                out[kept++] = out[i];
        n += kept;
    }
    return n;
}

/* Mean cosine of the query with its nearest in the lane, itself left out. */
static fc_status mean_nearest(fc_rescoring *c, size_t lane, double *out, fc_error *err)
{
    const size_t n = NEIGHBOURS + c->ranking.n_selves;
    fc_hit *hits = fc__alloc_array(n, sizeof(*hits));
    size_t n_hits = 0, counted = 0;
    bool exact;
    fc_status st;

    *out = 0;
    if (hits == NULL)
        return fc__nomem(err, n * sizeof(*hits), "neighbours");
    st = fc__rank_lane(&c->ranking, lane, c->query, NULL, n, hits, &n_hits, &exact, err);
    for (size_t i = 0; i < n_hits && counted < NEIGHBOURS && st == FC_OK; i++) {
        bool self = false;

        st = fc__rank_is_self(&c->ranking, hits[i].content, &self, err);
        *out += self ? 0 : (double)hits[i].score;
        counted += !self;
    }
    if (counted > 0)
        *out /= (double)counted;
    free(hits);
    return st;
}

/* Mean and deviation of the cosines between the bank and the lane. */
static fc_status moments_of(fc_rescoring *c, size_t lane, fc_moments *out, fc_error *err)
{
    fc_lane_sample *items = &c->kept->samples[lane];
    fc_status st = fc__sample_bank(items, c->ask->lanes, lane, c->ranking.snapshot, err);
    const size_t step = (items->n_bank + FAIR_ROWS - 1) / FAIR_ROWS;

    *out = (fc_moments){0, 0, 0};
    for (size_t i = 0; i < items->n_bank && st == FC_OK; i += step) {
        const size_t n = against_bank(c, items->bank + i * c->dim, items->contents[i]);
        const size_t skip = (n + FAIR_ROWS - 1) / FAIR_ROWS;

        for (size_t k = 0; k < n; k += skip)
            fc__moments_add(out, (double)c->cosines[k]);
    }
    return st;
}

fc_status fc__rescore_lane(fc_rescoring *c, size_t lane, fc_lane_terms *out, fc_error *err)
{
    *out = (fc_lane_terms){NULL, 0, {0, 0, 0}};
    switch (c->ask->method) {
    case FC_CALIBRATE_SHIFT:
        return fc__sample_mean(&c->kept->samples[lane], c->ask->lanes, lane, c->ranking.snapshot,
                               &out->mean, err);
    case FC_CALIBRATE_CSLS:
        return mean_nearest(c, lane, &out->r_x, err);
    case FC_CALIBRATE_FAIR:
        return moments_of(c, lane, &out->moments, err);
    case FC_CALIBRATE_NONE:
    case FC_CALIBRATE_INVERTED:
    case FC_CALIBRATE_DYNAMIC:
        break;
    }
    return FC_OK;
}

static double clamped(double cosine)
{
    return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}

double fc__rescore(fc_rescoring *c, const fc_lane_terms *t, float *row, uint64_t content,
                   double *cosine)
{
    size_t n;

    *cosine = clamped((double)fc__dot(c->query, row, c->dim));
    switch (c->ask->method) {
    case FC_CALIBRATE_SHIFT:
        (void)fc__rescore_shift(row, t->mean, c->dim); /* nothing left: zero, and a score of 0 */
        return clamped((double)fc__dot(c->moved, row, c->dim));
    case FC_CALIBRATE_CSLS:
        n = against_bank(c, row, content);
        return fc__rescore_csls(*cosine, t->r_x,
                                fc__rescore_mean_largest(c->cosines, n, NEIGHBOURS));
    case FC_CALIBRATE_DYNAMIC:
        if (!c->activated)
            break;
        /* fall through */
    case FC_CALIBRATE_INVERTED:
        n = against_bank(c, row, content);
        return fc__rescore_inverted(*cosine, c->cosines, n, INVERSE_HEAT);
    case FC_CALIBRATE_FAIR:
        return fc__moments_standard(&t->moments, *cosine);
    case FC_CALIBRATE_NONE:
        break;
    }
    return *cosine;
}
