/*
 * Pass 1 over the pairs: what every row has a part in.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_view.h"
#include "fc_alloc.h"
#include "fc_measured.h"
#include "fc_pair_values.h"
#include "fc_store_read.h"
#include "fc_vec.h"

/* Values of positions that are kept: 64 MiB a side. Of more, every second, fourth, ... */
#define POSITION_VALUES_MAX ((size_t)1 << 24)
/* A trace of the covariance below this share of that of the moments is rounding. */
#define CONSTANT 1e-12

fc_status fc__drift_tell(const fc_drift_state *s, const char *what, uint64_t done, uint64_t total,
                         fc_error *err)
{
    const fc_audit_drift_options *o = s->opts;

    if (o->cancelled != NULL && o->cancelled(o->context))
        return fc_error_set(err, FC_E_CANCELLED, "stopped");
    if (o->progress != NULL)
        o->progress(o->context, what, done, total);
    return FC_OK;
}

void fc__drift_unit_rows(float *rows, size_t n, size_t dim, bool *ok)
{
    for (size_t i = 0; i < n; i++) {
        ok[i] = fc__vec_normalise(rows + i * dim, dim) == FC_OK;
        if (!ok[i])
            memset(rows + i * dim, 0, dim * sizeof(*rows));
    }
}

/* What is held at once beside the moments: values, both samples. */
static uint64_t other_bytes(const fc_drift_state *s)
{
    const uint64_t row = 4 * (s->p + s->q) + 16;

    return (uint64_t)s->n_values * 2 * sizeof(float) +
           row * ((uint64_t)s->sample.room + s->queries.room);
}

/* How many of n there can be. */
static size_t room_for(const fc_drift_state *s, size_t n)
{
    return s->positions || s->pairs->n > n ? n : s->pairs->n;
}

static fc_status init_values(fc_drift_state *s, fc_error *err)
{
    s->n_values = s->positions ? POSITION_VALUES_MAX : s->pairs->n;
    s->stride = 1;
    if (s->p == s->q)
        s->cosines = fc__alloc_bare(s->n_values, sizeof(*s->cosines));
    s->ratios = fc__alloc_bare(s->n_values, sizeof(*s->ratios));
    if (s->ratios == NULL || (s->p == s->q && s->cosines == NULL))
        return fc__nomem(err, s->n_values * 2 * sizeof(float), "a value for each pair");
    for (size_t i = 0; !s->positions && i < s->n_values; i++) {
        s->ratios[i] = NAN;
        if (s->cosines != NULL)
            s->cosines[i] = NAN;
    }
    return FC_OK;
}

fc_status fc__drift_state_init(fc_drift_state *s, const fc_audit_drift_options *opts,
                               const fc_audit_pairs *pairs, bool positions, uint64_t *n_unalike,
                               fc_error *err)
{
    uint64_t used;
    fc_status st;

    *s = (fc_drift_state){.opts = opts, .pairs = pairs, .positions = positions};
    st = fc__audit_pairs_source(&s->source, pairs, positions, n_unalike, err);
    if (st != FC_OK)
        return st;
    s->p = s->source.dim_x;
    s->q = s->source.dim_y;
    st = init_values(s, err);
    if (st == FC_OK)
        st = fc__pair_sample_init(&s->sample, s->p, s->q, room_for(s, opts->n_sample),
                                  opts->seed + 1, err);
    if (st == FC_OK)
        st = fc__pair_sample_init(&s->queries, s->p, s->q, room_for(s, opts->n_queries),
                                  opts->seed + 2, err);
    if (st == FC_OK)
        st = fc__unit_sum_init(&s->units[0], s->p, err);
    if (st == FC_OK)
        st = fc__unit_sum_init(&s->units[1], s->q, err);
    if (st != FC_OK)
        return st;
    used = other_bytes(s);
    if (used >= opts->memory_bytes)
        return fc_error_set(err, FC_E_LIMIT,
                            "%llu MiB for samples and values, %llu MiB are allowed: take fewer "
                            "queries, a smaller sample, or allow more",
                            (unsigned long long)(used >> 20) + 1,
                            (unsigned long long)(opts->memory_bytes >> 20));
    return fc__cross_moments_init(&s->moments, s->p, s->q, opts->memory_bytes - used,
                                  opts->n_threads, err);
}

void fc__drift_state_dispose(fc_drift_state *s)
{
    float *arrays[] = {s->cosines,   s->ratios,    s->own_cosines, s->overlap, s->rbo,
                       s->cross_old, s->cross_new, s->cross_self,  s->adapted, s->adapted_old};

    if (s->source.destroy != NULL)
        s->source.destroy(s->source.self);
    fc__cross_moments_dispose(&s->moments);
    for (size_t i = 0; i < 2; i++)
        fc__unit_sum_dispose(&s->units[i]);
    fc__pair_sample_dispose(&s->sample);
    fc__pair_sample_dispose(&s->queries);
    for (size_t i = 0; i < FC_N_LISTS; i++)
        fc__knn_lists_dispose(&s->lists[i]);
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        free(arrays[i]);
    free(s->held);
    free(s->moved_contents);
    free(s->moved_x);
    free(s->moved_y);
    *s = (fc_drift_state){.opts = NULL};
}

/* --- rows that are not finite --- */

typedef struct naming {
    fc_error *err;
    const fc_picked *picked;
    bool named;
} naming;

static bool name_sample(void *context, const fc_sample *sample)
{
    naming *n = context;

    fc_error_set(n->err, FC_E_FORMAT,
                 "the features of %.120s/%.160s by '%s@%.12s' are not finite: encode it anew, or "
                 "leave it out with --where",
                 sample->dataset, sample->id, n->picked->encoder->name,
                 n->picked->encoder->fingerprint);
    n->named = true;
    return true;
}

static fc_status refuse_row(const fc_drift_state *s, const fc_pair_batch *b, size_t row,
                            fc_error *err)
{
    const size_t side = fc__all_finite(b->x + row * s->p, s->p) ? 1 : 0;
    naming n = {err, &s->pairs->sides[side].picked, false};
    fc_status st = FC_OK;

    if (!s->positions)
        st = fc__snapshot_holders(s->pairs->snapshot, b->contents[row], NULL, 0, name_sample, &n,
                                  err);
    if (st != FC_OK)
        return st;
    if (n.named)
        return FC_E_FORMAT;
    return fc_error_set(err, FC_E_FORMAT, "features of '%s@%.12s' are not finite: encode anew",
                        n.picked->encoder->name, n.picked->encoder->fingerprint);
}

static fc_status check_finite(const fc_drift_state *s, const fc_pair_batch *b, fc_error *err)
{
    for (size_t i = 0; i < b->n; i++)
        if (!fc__all_finite(b->x + i * s->p, s->p) || !fc__all_finite(b->y + i * s->q, s->q))
            return refuse_row(s, b, i, err);
    return FC_OK;
}

/* --- values --- */

/* Keep every second of what is kept. */
static void thin(fc_drift_state *s)
{
    for (size_t i = 0; i < s->n_values / 2; i++) {
        s->ratios[i] = s->ratios[2 * i];
        if (s->cosines != NULL)
            s->cosines[i] = s->cosines[2 * i];
    }
    s->stride *= 2;
}

static void put_position(fc_drift_state *s, uint64_t number, float cosine, float ratio)
{
    if (number % s->stride == 0 && number / s->stride == s->n_values)
        thin(s);
    if (number % s->stride != 0)
        return;
    s->ratios[number / s->stride] = ratio;
    if (s->cosines != NULL)
        s->cosines[number / s->stride] = cosine;
}

/* *pair goes forward with the contents. */
static void put_values(fc_drift_state *s, const fc_pair_batch *b, const float *cosines,
                       const float *ratios, size_t *pair)
{
    for (size_t i = 0; i < b->n; i++) {
        const float cosine = s->cosines != NULL ? cosines[i] : NAN;

        if (s->positions) {
            put_position(s, b->contents[i], cosine, ratios[i]);
            continue;
        }
        while (s->pairs->contents[*pair] < b->contents[i])
            ++*pair;
        s->ratios[*pair] = ratios[i];
        if (s->cosines != NULL)
            s->cosines[*pair] = cosine;
    }
}

typedef struct scratch {
    float *cosines, *ratios;
    size_t room, pair;
} scratch;

static fc_status make_room(scratch *w, size_t n, fc_error *err)
{
    if (n <= w->room)
        return FC_OK;
    free(w->cosines);
    free(w->ratios);
    w->room = 0;
    w->cosines = fc__alloc_array(n, sizeof(float));
    w->ratios = fc__alloc_array(n, sizeof(float));
    if (w->cosines == NULL || w->ratios == NULL)
        return fc__nomem(err, 2 * n * sizeof(float), "a batch of values");
    w->room = n;
    return FC_OK;
}

static fc_status take_batch(fc_drift_state *s, const fc_pair_batch *b, scratch *w, fc_error *err)
{
    fc_status st = check_finite(s, b, err);

    if (st == FC_OK)
        st = make_room(w, b->n, err);
    if (st != FC_OK)
        return st;
    fc__cross_moments_add(&s->moments, b);
    fc__unit_sum_add(&s->units[0], b->x, b->n);
    fc__unit_sum_add(&s->units[1], b->y, b->n);
    fc__pair_sample_add(&s->sample, b);
    fc__pair_sample_add(&s->queries, b);
    if (s->cosines != NULL)
        fc__pair_cosines(b, s->p, w->cosines);
    fc__pair_norm_ratios(b, s->p, s->q, w->ratios);
    put_values(s, b, w->cosines, w->ratios, &w->pair);
    s->n += b->n;
    return FC_OK;
}

/* --- the end of the pass --- */

static fc_status check_varies(const fc_drift_state *s, size_t side, fc_error *err)
{
    const fc_cross_moments *m = &s->moments;
    const double *sum = side == 0 ? m->x : m->y, all = side == 0 ? m->xx1 : m->yy1;
    const fc_picked *c = &s->pairs->sides[side].picked;
    double mean = 0;

    for (size_t k = 0; k < (side == 0 ? m->p : m->q); k++)
        mean += sum[k] * sum[k] / (double)m->n;
    if (all - mean > CONSTANT * all)
        return FC_OK;
    return fc_error_set(err, FC_E_INVALID,
                        "the features of '%s@%.12s', output '%s', are the same for all %llu %s: "
                        "nothing can be compared with a constant; look at its card",
                        c->encoder->name, c->encoder->fingerprint, c->output->name,
                        (unsigned long long)m->n, s->positions ? "positions" : "samples");
}

/* Unit rows; a query without a direction is none. */
static fc_status make_queries(fc_drift_state *s, fc_error *err)
{
    fc_pair_sample *a = &s->queries;
    bool *ok = fc__alloc_array(2 * a->n, sizeof(*ok));
    size_t n = 0;

    if (ok == NULL)
        return fc__nomem(err, 2 * a->n, "queries");
    fc__drift_unit_rows(a->x, a->n, s->p, ok);
    fc__drift_unit_rows(a->y, a->n, s->q, ok + a->n);
    for (size_t i = 0; i < a->n; i++) {
        if (!ok[i] || !ok[a->n + i])
            continue;
        memmove(a->x + n * s->p, a->x + i * s->p, s->p * sizeof(float));
        memmove(a->y + n * s->q, a->y + i * s->q, s->q * sizeof(float));
        a->contents[n++] = a->contents[i];
    }
    a->n = n;
    free(ok);
    return n >= FC_AUDIT_LEAST
               ? FC_OK
               : fc_error_set(
                     err, FC_E_INVALID,
                     "%zu of the rows that were drawn have a direction, %u are needed: the "
                     "others are zero",
                     n, FC_AUDIT_LEAST);
}

static fc_status finish(fc_drift_state *s, fc_error *err)
{
    fc_status st = FC_OK;

    if (s->positions)
        s->n_values = (size_t)((s->n + s->stride - 1) / s->stride);
    if (s->n < FC_AUDIT_LEAST)
        return fc_error_set(err, FC_E_INVALID, "%llu pairs of rows, at least %u are needed",
                            (unsigned long long)s->n, FC_AUDIT_LEAST);
    for (size_t side = 0; side < 2 && st == FC_OK; side++)
        st = check_varies(s, side, err);
    if (st == FC_OK)
        st = fc__pair_sample_sort(&s->sample, err);
    if (st == FC_OK)
        st = fc__pair_sample_sort(&s->queries, err);
    return st == FC_OK ? make_queries(s, err) : st;
}

fc_status fc__drift_gather(fc_drift_state *s, fc_error *err)
{
    scratch w = {NULL, NULL, 0, 0};
    fc_pair_batch b;
    fc_status st;

    while ((st = s->source.next(s->source.self, &b, err)) == FC_OK) {
        st = take_batch(s, &b, &w, err);
        if (st == FC_OK)
            st = fc__drift_tell(s, s->positions ? "read positions" : "read pairs", s->n,
                                s->positions ? 0 : s->pairs->n, err);
        if (st != FC_OK)
            break;
    }
    free(w.cosines);
    free(w.ratios);
    return st == FC_E_NOT_FOUND ? finish(s, err) : st;
}
