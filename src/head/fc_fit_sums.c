/*
 * Reading the data of a fit into sums. Rows gather in a block for each branch and fold, which one
 * matrix product empties.
 */
#include "fc_fit_sums.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_fit_sample.h"

#define BLOCK_ROWS ((size_t)128)

/* Rows that wait to be summed. */
typedef struct block {
    double *rows; /* BLOCK_ROWS x width; NULL: not wanted */
    size_t n;
} block;

typedef struct reading {
    fc_fit_sums *s;
    const fc_fit_data *data;
    const fc_fit_options *opts;
    block items[FC_FIT_BRANCHES_MAX][FC_FIT_FOLDS_MAX];
    block shared[FC_FIT_BRANCHES_MAX][FC_FIT_FOLDS_MAX]; /* the same, weighted */
    block means[FC_FIT_BRANCHES_MAX][FC_FIT_FOLDS_MAX];  /* a row a group; branches go together */
    bool paired[FC_FIT_BRANCHES_MAX];                    /* the branch is in a pair */
    float *row;                                          /* the widest */
    double *mean;                                        /* the widest */
    size_t at_sample;                                    /* next group of the sample */
    double weight; /* of the group's products between branches */
} reading;

static uint64_t bytes_wanted(const fc_fit_sums *s, const reading *r)
{
    uint64_t n = 0;

    for (size_t a = 0; a < s->n_branches; a++) {
        const uint64_t width = s->layout[a].width;

        n += (width * width + BLOCK_ROWS * width) * (s->plan.by_branches ? 2 : 1);
        n += r->paired[a] ? BLOCK_ROWS * width : 0;
        for (size_t b = a + 1; b < s->n_branches; b++)
            n += s->plan.pair[a][b] ? width * s->layout[b].width : 0;
    }
    return n * s->folds * sizeof(double) + fc__fit_sample_bytes(s);
}

static fc_status alloc_doubles(double **out, size_t rows, size_t columns, fc_error *err)
{
    *out = fc__alloc_array(rows, columns * sizeof(double));
    return *out != NULL ? FC_OK : fc__nomem(err, rows * columns * sizeof(double), "sums of a fit");
}

static fc_status make_room(reading *r, fc_error *err)
{
    fc_fit_sums *s = r->s;
    fc_status st = fc__fit_sample_room(s, err);

    for (uint32_t f = 0; f < s->folds; f++)
        for (size_t a = 0; a < s->n_branches && st == FC_OK; a++) {
            const size_t width = s->layout[a].width;

            st = alloc_doubles(&s->within[a][f], width, width, err);
            if (st == FC_OK)
                st = alloc_doubles(&r->items[a][f].rows, BLOCK_ROWS, width, err);
            if (st == FC_OK && s->plan.by_branches)
                st = alloc_doubles(&s->shared[a][f], width, width, err);
            if (st == FC_OK && s->plan.by_branches)
                st = alloc_doubles(&r->shared[a][f].rows, BLOCK_ROWS, width, err);
            if (st == FC_OK && r->paired[a])
                st = alloc_doubles(&r->means[a][f].rows, BLOCK_ROWS, width, err);
            for (size_t b = a + 1; b < s->n_branches && st == FC_OK; b++)
                if (s->plan.pair[a][b])
                    st = alloc_doubles(&s->cross[a][b][f], width, s->layout[b].width, err);
        }
    return st;
}

static void flush_block(block *b, double *sums, size_t width)
{
    if (b->n > 0)
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)width, (int)b->n, 1, b->rows,
                    (int)width, 1, sums, (int)width);
    b->n = 0;
}

static void flush_items(reading *r, size_t branch, uint32_t fold)
{
    const size_t width = r->s->layout[branch].width;

    flush_block(&r->items[branch][fold], r->s->within[branch][fold], width);
    flush_block(&r->shared[branch][fold], r->s->shared[branch][fold], width);
}

static void flush_means(reading *r, uint32_t fold)
{
    fc_fit_sums *s = r->s;

    for (size_t a = 0; a < s->n_branches; a++)
        for (size_t b = a + 1; b < s->n_branches; b++) {
            const int wide_a = (int)s->layout[a].width, wide_b = (int)s->layout[b].width;

            if (s->plan.pair[a][b] && r->means[a][fold].n > 0)
                cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, wide_a, wide_b,
                            (int)r->means[a][fold].n, 1, r->means[a][fold].rows, wide_a,
                            r->means[b][fold].rows, wide_b, 1, s->cross[a][b][fold], wide_b);
        }
    for (size_t a = 0; a < s->n_branches; a++)
        r->means[a][fold].n = 0;
}

static void put_row(block *b, const double *row, size_t width, double factor)
{
    for (size_t k = 0; k < width; k++)
        b->rows[b->n * width + k] = factor * row[k];
    b->n++;
}

static void add_item(reading *r, size_t branch, uint32_t fold, const double *row, double factor)
{
    const size_t width = r->s->layout[branch].width;

    put_row(&r->items[branch][fold], row, width, factor);
    if (r->s->plan.by_branches)
        put_row(&r->shared[branch][fold], row, width, factor * sqrt(r->weight));
    if (r->items[branch][fold].n == BLOCK_ROWS)
        flush_items(r, branch, fold);
}

/* x made a unit vector of its first n elements; false where it is zero. */
static bool make_unit(double *x, size_t n)
{
    double sum = 0;

    for (size_t k = 0; k < n; k++)
        sum += x[k] * x[k];
    for (size_t k = 0; k < n && sum > 0; k++)
        x[k] /= sqrt(sum);
    return sum > 0;
}

/* The items of a group and branch into r->mean (weighted sum of their rows); *n is how many were
 * taken. Those of any but the anchor are summed as they come. */
static fc_status read_items(reading *r, size_t group, size_t branch, uint32_t fold, size_t n_items,
                            size_t *n, fc_error *err)
{
    const bool anchor = (int)branch == r->s->plan.anchor;
    const fc_fit_layout *layout = &r->s->layout[branch];
    double *row = r->mean + layout->width; /* room for two */
    const double weight = 1.0 / (double)n_items;

    memset(r->mean, 0, layout->width * sizeof(*r->mean));
    *n = 0;
    for (size_t i = 0; i < n_items; i++) {
        bool taken;
        const fc_status st = fc__fit_read_row(r->data, layout, group, branch, i,
                                              r->s->plan.unit[branch], r->row, &taken, err);

        if (st != FC_OK)
            return st;
        for (size_t k = 0; k < layout->width; k++)
            row[k] = (double)r->row[k];
        if (taken && anchor)
            taken = make_unit(row, layout->dim);
        r->s->n_items += taken;
        r->s->n_skipped += !taken;
        if (!taken)
            continue;
        fc__fit_sample_put(&r->s->sample, r->at_sample, group, branch, layout->width, i, n_items,
                           r->data->keys[group], r->row);
        *n += 1;
        for (size_t k = 0; k < layout->width; k++)
            r->mean[k] += weight * row[k];
        if (!anchor)
            add_item(r, branch, fold, row, sqrt(weight));
    }
    return FC_OK;
}

/* One branch of a group. *there: something of it was taken. */
static fc_status read_branch(reading *r, size_t group, size_t branch, uint32_t fold, bool *there,
                             fc_error *err)
{
    const size_t n_items = r->data->n_items(r->data->self, group, branch);
    const fc_fit_layout *layout = &r->s->layout[branch];
    size_t n = 0;
    fc_status st;

    *there = false;
    if (n_items == 0)
        return FC_OK;
    st = read_items(r, group, branch, fold, n_items, &n, err);
    if (st != FC_OK || n == 0)
        return st;
    if ((int)branch == r->s->plan.anchor) {
        /* Opposite vectors leave no direction to learn. */
        if (!make_unit(r->mean, layout->dim))
            return FC_OK;
        for (size_t k = layout->dim; k < layout->width; k++)
            r->mean[k] = 1;
        add_item(r, branch, fold, r->mean, 1);
    }
    r->s->n_groups[branch]++;
    *there = true;
    if (r->paired[branch]) {
        block *means = &r->means[branch][fold];

        put_row(means, r->mean, layout->width, sqrt(r->weight));
        means->n--; /* the group's rows of all branches end together */
    }
    return FC_OK;
}

/* How often the branches of a group came together: their last columns say what is there. */
static void count_pairs(reading *r, uint32_t fold)
{
    fc_fit_sums *s = r->s;

    for (size_t a = 0; a < s->n_branches; a++)
        for (size_t b = a + 1; b < s->n_branches; b++) {
            const block *x = &r->means[a][fold], *y = &r->means[b][fold];

            if (s->plan.pair[a][b])
                s->n_pairs[a][b][fold] += x->rows[(x->n + 1) * s->layout[a].width - 1] *
                                          y->rows[(y->n + 1) * s->layout[b].width - 1] / r->weight;
        }
}

/* 1 / the branches that the group has items of, where they are to count. */
static double weight_of(const reading *r, size_t group)
{
    size_t n = 0;

    for (size_t b = 0; b < r->s->n_branches && r->s->plan.by_branches; b++)
        n += r->data->n_items(r->data->self, group, b) > 0;
    return n > 0 ? 1.0 / (double)n : 1;
}

static fc_status read_group(reading *r, size_t group, fc_error *err)
{
    fc_fit_sums *s = r->s;
    const uint32_t fold = fc__fit_fold(r->data->keys[group], r->opts->seed, s->folds);
    bool there = true;
    fc_status st = FC_OK;

    r->weight = weight_of(r, group);
    for (size_t b = 0; b < s->n_branches; b++)
        if (r->paired[b])
            memset(r->means[b][fold].rows + r->means[b][fold].n * s->layout[b].width, 0,
                   s->layout[b].width * sizeof(double));
    while (r->at_sample < s->sample.n && s->sample.groups[r->at_sample] < group)
        r->at_sample++;
    if (s->plan.anchor >= 0)
        st = read_branch(r, group, (size_t)s->plan.anchor, fold, &there, err);
    for (size_t b = 0; b < s->n_branches && st == FC_OK && there; b++) {
        bool one;

        if ((int)b != s->plan.anchor)
            st = read_branch(r, group, b, fold, &one, err);
    }
    if (st == FC_OK)
        count_pairs(r, fold);
    for (size_t b = 0; b < s->n_branches; b++)
        r->means[b][fold].n++;
    if (r->means[0][fold].n == BLOCK_ROWS)
        flush_means(r, fold);
    return st;
}

static fc_status read_all(reading *r, fc_error *err)
{
    const size_t n = r->data->n_groups;
    fc_status st = FC_OK;

    for (size_t g = 0; g < n && st == FC_OK; g++) {
        if (g % 64 == 0) {
            if (r->opts->progress != NULL)
                r->opts->progress(r->opts->context, "reading", g, n);
            if (r->opts->cancelled != NULL && r->opts->cancelled(r->opts->context))
                return fc_error_set(err, FC_E_CANCELLED, "the fit was stopped");
        }
        st = read_group(r, g, err);
    }
    for (uint32_t f = 0; f < r->s->folds && st == FC_OK; f++) {
        for (size_t b = 0; b < r->s->n_branches; b++)
            flush_items(r, b, f);
        flush_means(r, f);
    }
    return st;
}

static void reading_dispose(reading *r)
{
    for (size_t b = 0; b < FC_FIT_BRANCHES_MAX; b++)
        for (uint32_t f = 0; f < FC_FIT_FOLDS_MAX; f++) {
            free(r->items[b][f].rows);
            free(r->shared[b][f].rows);
            free(r->means[b][f].rows);
        }
    free(r->row);
    free(r->mean);
}

fc_status fc__fit_sums_read(fc_fit_sums *out, const fc_fit_data *data, const fc_fit_options *opts,
                            const fc_fit_plan *plan, size_t extra_bytes, fc_error *err)
{
    reading r = {.s = out, .data = data, .opts = opts};
    size_t widest = 0;
    uint64_t bytes;
    fc_status st;

    *out = (fc_fit_sums){.n_branches = data->n_branches, .folds = plan->folds, .plan = *plan};
    for (size_t a = 0; a < data->n_branches; a++) {
        fc__fit_layout(&data->branches[a], &out->layout[a]);
        widest = out->layout[a].width > widest ? out->layout[a].width : widest;
        for (size_t b = 0; b < data->n_branches; b++)
            r.paired[a] = r.paired[a] || plan->pair[a][b] || plan->pair[b][a];
    }
    st = fc__fit_sample_choose(out, data, opts, err);
    bytes = bytes_wanted(out, &r) + extra_bytes;
    if (st == FC_OK && bytes > opts->memory_bytes)
        st = fc_error_set(err, FC_E_LIMIT,
                          "this fit needs %llu MiB of memory, %llu are allowed; allow more, or "
                          "take fewer or narrower outputs",
                          (unsigned long long)(bytes >> 20) + 1,
                          (unsigned long long)(opts->memory_bytes >> 20));
    if (st == FC_OK)
        st = make_room(&r, err);
    if (st == FC_OK) {
        r.row = fc__alloc_array(widest, sizeof(*r.row));
        r.mean = fc__alloc_array(widest, 2 * sizeof(*r.mean));
        if (r.row == NULL || r.mean == NULL)
            st = fc__nomem(err, widest * 2 * sizeof(*r.mean), "a row");
    }
    if (st == FC_OK)
        st = read_all(&r, err);
    reading_dispose(&r);
    return st;
}

double fc__fit_pairs(const fc_fit_sums *s, size_t a, size_t b, uint32_t without)
{
    double n = 0;

    for (uint32_t f = 0; f < s->folds; f++)
        n += f != without ? s->n_pairs[a][b][f] : 0;
    return n;
}

void fc__fit_sums_dispose(fc_fit_sums *s)
{
    for (size_t a = 0; a < FC_FIT_BRANCHES_MAX; a++) {
        for (uint32_t f = 0; f < FC_FIT_FOLDS_MAX; f++) {
            free(s->within[a][f]);
            free(s->shared[a][f]);
            for (size_t b = 0; b < FC_FIT_BRANCHES_MAX; b++)
                free(s->cross[a][b][f]);
        }
    }
    fc__fit_sample_dispose(&s->sample);
    *s = (fc_fit_sums){0};
}
