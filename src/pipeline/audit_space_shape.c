/*
 * Hubs, anisotropy, rank, dimension and shares: of all modalities, of each alone, and without each.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_space_shape.h"
#include "fc_alloc.h"

#define NULL_ROWS_MAX ((size_t)20000)

/* --- by neighbour lists --- */

fc_status fc__space_near_figures(fc_near_figures *out, const fc_knn_lists *lists,
                                 const uint64_t *gallery, fc_hubness *hubness, fc_error *err)
{
    size_t n_used;
    fc_status st = fc__hubness(hubness, lists, lists->k, gallery, (size_t)lists->n_gallery, err);

    *out = (fc_near_figures){NAN, NAN, NAN};
    if (st == FC_OK) {
        out->hubs = hubness->skewness;
        st = fc__two_nn(lists, &out->two_nn, &n_used, err);
    }
    return st == FC_OK ? fc__intrinsic_mle(lists, lists->k, &out->mle, &n_used, err) : st;
}

/* Of each query its fold, in the order of the lists. */
static fc_status fold_numbers(const fc_space_audit_run *run, uint32_t mask, size_t n, uint8_t **out,
                              fc_error *err)
{
    size_t at = 0;

    *out = fc__alloc_array(n, 1);
    if (*out == NULL)
        return fc__nomem(err, n, "folds");
    for (size_t q = 0; q < run->n_items; q++)
        for (size_t i = 0; (mask >> q & 1) && i < run->items[q].n_asked; i++)
            (*out)[at++] = (uint8_t)(i % FC_AUDIT_FOLDS);
    return FC_OK;
}

/* The lists without those of one fold, into `to`, which has room for all. */
static void leave_out(const fc_knn_lists *lists, const uint8_t *folds, size_t fold,
                      fc_knn_lists *to)
{
    const size_t k = lists->k;

    to->k = k;
    to->n_gallery = lists->n_gallery;
    to->n_queries = 0;
    for (size_t i = 0; i < lists->n_queries; i++) {
        if (folds[i] == fold)
            continue;
        memcpy(to->contents + to->n_queries * k, lists->contents + i * k,
               k * sizeof(*to->contents));
        memcpy(to->scores + to->n_queries * k, lists->scores + i * k, k * sizeof(*to->scores));
        to->n_found[to->n_queries++] = lists->n_found[i];
    }
}

static fc_status leave_each_out(const fc_knn_lists *lists, const uint8_t *folds,
                                const uint64_t *gallery, fc_near_figures out[FC_AUDIT_FOLDS],
                                fc_error *err)
{
    fc_knn_lists some = {.n_queries = 0};
    fc_hubness unused;
    fc_status st = FC_OK;

    some.contents = fc__alloc_bare(lists->n_queries * lists->k, sizeof(*some.contents));
    some.scores = fc__alloc_bare(lists->n_queries * lists->k, sizeof(*some.scores));
    some.n_found = fc__alloc_bare(lists->n_queries, sizeof(*some.n_found));
    if (some.contents == NULL || some.scores == NULL || some.n_found == NULL)
        st = fc__nomem(err, lists->n_queries * lists->k * sizeof(*some.contents), "neighbours");
    for (size_t f = 0; f < FC_AUDIT_FOLDS && st == FC_OK; f++) {
        leave_out(lists, folds, f, &some);
        st = fc__space_near_figures(&out[f], &some, gallery, &unused, err);
    }
    fc__knn_lists_dispose(&some);
    return st;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static fc_status gallery_of(const fc_space_audit_run *run, uint32_t mask, size_t n, uint64_t **out,
                            fc_error *err)
{
    size_t at = 0;

    *out = fc__alloc_bare(n, sizeof(**out));
    if (*out == NULL)
        return fc__nomem(err, n * sizeof(**out), "contents");
    for (size_t i = 0; i < run->n_items; i++)
        if (mask >> i & 1) {
            memcpy(*out + at, run->items[i].contents, run->items[i].n * sizeof(**out));
            at += run->items[i].n;
        }
    qsort(*out, n, sizeof(**out), by_number);
    return FC_OK;
}

static void keep_hubs(fc_space_audit_run *run, const fc_hubness *h)
{
    run->hub_mean = h->mean;
    for (size_t i = 0; i < h->n_hubs && i < FC_AUDIT_HUBS && (double)h->hubs[i].count > h->mean;
         i++) {
        run->hubs[i] = h->hubs[i].content;
        run->hub_counts[i] = h->hubs[i].count;
        run->n_hubs = i + 1;
    }
}

static fc_audit_measure measure_of(double value, fc_interval range, double null_value)
{
    return (fc_audit_measure){value, range.low, range.high, null_value};
}

#define FOLDED(figures, member, out)               \
    for (size_t f_ = 0; f_ < FC_AUDIT_FOLDS; f_++) \
    (out)[f_] = (figures)[f_].member

static fc_status add_near(fc_space_audit_run *run, uint32_t mask, const fc_knn_lists *lists,
                          bool is_whole, fc_audit_shape *shape, fc_error *err)
{
    fc_near_figures all, each[FC_AUDIT_FOLDS];
    double without[FC_AUDIT_FOLDS];
    uint8_t *folds = NULL;
    uint64_t *gallery = NULL;
    fc_hubness hubness;
    fc_status st = fold_numbers(run, mask, lists->n_queries, &folds, err);

    if (st == FC_OK)
        st = gallery_of(run, mask, (size_t)lists->n_gallery, &gallery, err);
    if (st == FC_OK)
        st = fc__space_near_figures(&all, lists, gallery, &hubness, err);
    if (st == FC_OK)
        st = leave_each_out(lists, folds, gallery, each, err);
    if (st == FC_OK) {
        const uint64_t n_never = (uint64_t)llround(hubness.never * (double)lists->n_gallery);

        FOLDED(each, hubs, without);
        shape->hubs = measure_of(all.hubs, fc__jackknife(all.hubs, without), hubness.null_skewness);
        shape->never =
            measure_of(hubness.never, fc__wilson(n_never, lists->n_gallery), hubness.null_never);
        FOLDED(each, two_nn, without);
        shape->two_nn = measure_of(all.two_nn, fc__jackknife(all.two_nn, without), NAN);
        FOLDED(each, mle, without);
        shape->mle = measure_of(all.mle, fc__jackknife(all.mle, without), NAN);
        if (is_whole)
            keep_hubs(run, &hubness);
    }
    free(folds);
    free(gallery);
    return st;
}

/* --- shares --- */

static bool is_of(const fc_space_items *items, uint64_t content)
{
    return items->n > 0 &&
           bsearch(&content, items->contents, items->n, sizeof(content), by_number) != NULL;
}

/* Of the lists of modality q (from `first` on) the share of modality g in each. */
static fc_status share_of(const fc_space_audit_run *run, uint32_t mask, const fc_knn_lists *lists,
                          size_t first, size_t q, size_t g, fc_audit_share *out, fc_error *err)
{
    const size_t n = run->items[q].n_asked;
    float *shares = fc__alloc_array(n, sizeof(*shares));
    fc_measured mean = {0, 0, {NAN, NAN}};
    uint64_t others = 0;

    if (shares == NULL)
        return fc__nomem(err, n * sizeof(*shares), "shares");
    for (size_t i = 0; i < n; i++) {
        const uint32_t found = lists->n_found[first + i];
        uint32_t of_g = 0;

        for (uint32_t j = 0; j < found; j++)
            of_g += is_of(&run->items[g], lists->contents[(first + i) * lists->k + j]);
        shares[i] = found > 0 ? (float)of_g / (float)found : NAN;
    }
    fc__mean_interval(&mean, shares, n, 0, NULL);
    for (size_t i = 0; i < run->n_items; i++)
        others += (mask >> i & 1) ? run->items[i].n : 0;
    *out =
        (fc_audit_share){run->items[q].modality, run->items[g].modality,
                         measure_of(mean.value, mean.range,
                                    (double)(run->items[g].n - (q == g)) / (double)(others - 1))};
    free(shares);
    return FC_OK;
}

static fc_status add_shares(fc_space_audit_run *run, uint32_t mask, const fc_knn_lists *lists,
                            fc_audit_shape *shape, fc_error *err)
{
    fc_audit_share *list = NULL;
    size_t first = 0, n = 0;
    fc_status st =
        fc__audit_own(&run->out->owned, run->n_items * run->n_items, sizeof(*list), &list, err);

    for (size_t q = 0; q < run->n_items && st == FC_OK; q++) {
        if ((mask >> q & 1) == 0)
            continue;
        for (size_t g = 0; g < run->n_items && st == FC_OK; g++)
            if (mask >> g & 1)
                st = share_of(run, mask, lists, first, q, g, &list[n++], err);
        first += run->items[q].n_asked;
    }
    shape->shares = list;
    shape->n_shares = st == FC_OK ? n : 0;
    return st;
}

/* --- by sums --- */

static fc_status add_sums(const fc_space_sums *sums, uint32_t mask, fc_audit_shape *shape,
                          fc_error *err)
{
    double cosine = NAN, rank = NAN, cosines[FC_AUDIT_FOLDS], ranks[FC_AUDIT_FOLDS];
    fc_status st = fc__space_sums_cosine(sums, mask, FC_AUDIT_NO_FOLD, &cosine, err);

    if (st == FC_OK)
        st = fc__space_sums_rank(sums, mask, FC_AUDIT_NO_FOLD, &rank, err);
    for (size_t f = 0; f < FC_AUDIT_FOLDS && st == FC_OK; f++) {
        st = fc__space_sums_cosine(sums, mask, f, &cosines[f], err);
        if (st == FC_OK)
            st = fc__space_sums_rank(sums, mask, f, &ranks[f], err);
    }
    if (st != FC_OK)
        return st;
    shape->cosine = measure_of(cosine, fc__jackknife(cosine, cosines), 0);
    shape->effective_rank = measure_of(rank, fc__jackknife(rank, ranks), NAN);
    return FC_OK;
}

/* --- all of them --- */

static fc_status add_nulls(const fc_space_audit_run *run, fc_audit_shape *shape, fc_error *err)
{
    const size_t most = shape->items < NULL_ROWS_MAX ? (size_t)shape->items : NULL_ROWS_MAX;
    const size_t n_rows = most > shape->sampled ? most : (size_t)shape->sampled;
    double rank = isnan(shape->effective_rank.value) ? NAN : 0; /* 0: to be found */
    fc_near_figures figures;
    const fc_status st =
        fc__space_null_figures(run, (size_t)shape->sampled, n_rows, &rank, &figures, err);

    if (st != FC_OK)
        return st;
    shape->effective_rank.null_value = rank;
    shape->two_nn.null_value = figures.two_nn;
    shape->mle.null_value = figures.mle;
    return FC_OK;
}

static fc_status make_shape(fc_space_audit_run *run, const fc_space_sums *sums, uint32_t mask,
                            bool is_whole, fc_audit_shape *shape, fc_error *err)
{
    fc_knn_lists lists = {.n_queries = 0};
    fc_status st = fc__space_audit_lists(run, mask, &lists, err);

    if (st == FC_OK) {
        shape->items = lists.n_gallery;
        shape->sampled = lists.n_queries;
        st = add_near(run, mask, &lists, is_whole, shape, err);
    }
    if (st == FC_OK)
        st = add_shares(run, mask, &lists, shape, err);
    if (st == FC_OK)
        st = add_sums(sums, mask, shape, err);
    if (st == FC_OK)
        st = add_nulls(run, shape, err);
    fc__knn_lists_dispose(&lists);
    return st;
}

/* Masks come up twice: what two modalities are without one, the other is alone. */
typedef struct made_shape {
    uint32_t mask;
    fc_audit_shape shape;
} made_shape;

typedef struct shape_list {
    made_shape made[2 * FC_AUDIT_MODALITIES + 1];
    size_t n;
} shape_list;

static fc_status find_shape(fc_space_audit_run *run, const fc_space_sums *sums, shape_list *list,
                            uint32_t mask, fc_audit_shape *out, fc_error *err)
{
    const uint32_t whole = (UINT32_C(1) << run->n_items) - 1;
    made_shape *next = &list->made[list->n];
    fc_status st;

    for (size_t i = 0; i < list->n; i++)
        if (list->made[i].mask == mask) {
            *out = list->made[i].shape;
            return FC_OK;
        }
    st = fc__space_audit_step(run, "shape", list->n, 2 * run->n_items + 1, err);
    *next = (made_shape){.mask = mask};
    if (st == FC_OK)
        st = make_shape(run, sums, mask, mask == whole, &next->shape, err);
    if (st == FC_OK)
        list->n++;
    *out = next->shape;
    return st;
}

fc_status fc__space_audit_shapes(fc_space_audit_run *run, const struct fc_space_sums *sums,
                                 fc_error *err)
{
    const uint32_t whole = (UINT32_C(1) << run->n_items) - 1;
    fc_audit_space_report *report = &run->out->public;
    shape_list *list = calloc(1, sizeof(*list));
    fc_audit_modality *all = NULL;
    fc_status st = list == NULL ? fc__nomem(err, sizeof(*list), "shapes") : FC_OK;

    if (st == FC_OK)
        st = fc__audit_own(&run->out->owned, run->n_items, sizeof(*all), &all, err);
    if (st == FC_OK)
        st = find_shape(run, sums, list, whole, &report->whole, err);
    for (size_t i = 0; i < run->n_items && st == FC_OK; i++) {
        const uint32_t bit = UINT32_C(1) << i;

        all[i].modality = run->items[i].modality;
        all[i].without_direction = run->items[i].n_without;
        st = find_shape(run, sums, list, bit, &all[i].alone, err);
        if (st == FC_OK && bit != whole)
            st = find_shape(run, sums, list, whole & ~bit, &all[i].without, err);
    }
    report->modalities = all;
    report->n_modalities = st == FC_OK ? run->n_items : 0;
    if (st == FC_OK && run->dim > FC_AUDIT_RANKED_DIM)
        st = fc__space_audit_note(run->out, err,
                                  "the effective rank is not measured: %zu dimensions, and %u are "
                                  "the most",
                                  run->dim, FC_AUDIT_RANKED_DIM);
    free(list);
    return st;
}
