/*
 * Where training starts: items standardised, and the linear maps of regularised canonical
 * correlations, which attention begins with as well, by looking at all rows nearly alike. On about
 * a thousand groups that is most of what can be learnt (tests/bench/README.md).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_contrast.h"
#include "fc_fit_linear.h"
#include "fc_fit_rows.h"
#include "fc_vec.h"

/* Queries at first: logits of about this deviation. They differ, so that they can part. */
#define QUERY_SIZE 0.03
/* A variance below this part of the square is rounding. */
#define CONSTANT   1e-12
#define SALT_START UINT64_C(0x5374617274)

/* Mean and sum of squares about it, of rows one by one (Welford 1962). */
typedef struct moments {
    double *mean, *square;
    uint64_t n;
} moments;

static void add_row(moments *m, const float *row, size_t dim)
{
    const double part = 1 / (double)++m->n;

    for (size_t d = 0; d < dim; d++) {
        const double from = (double)row[d] - m->mean[d];

        m->mean[d] += from * part;
        m->square[d] += from * ((double)row[d] - m->mean[d]);
    }
}

/* The rows of an item that count for an input: all that its pooling leaves, or the pooled one. */
static fc_status add_item(moments *m, const fc_fit_input *in, const fc_head_item *item,
                          float *pooled, fc_error *err)
{
    const size_t ends = (size_t)in->pooling.skip_first + in->pooling.skip_last;
    const size_t from = item->n_rows > ends ? in->pooling.skip_first : 0;
    const size_t n = item->n_rows > ends ? item->n_rows - ends : item->n_rows;
    fc_status st;

    if (!fc__all_finite(item->rows, item->n_rows * in->dim))
        return FC_OK;
    if (in->pooling.kind == FC_POOLING_ATTENTION) {
        for (size_t r = from; r < from + n; r++)
            add_row(m, item->rows + r * in->dim, in->dim);
        return FC_OK;
    }
    st = fc__pool_rows(&in->pooling, item->rows, item->n_rows, in->dim, NULL, NULL, pooled, NULL,
                       err);
    if (st == FC_OK)
        add_row(m, pooled, fc__pooling_dim(&in->pooling, in->dim));
    return st == FC_E_FORMAT ? FC_OK : st;
}

static fc_status read_branch(const fc_fit_data *data, const fc_fit_options *opts, size_t b,
                             moments *m, float *pooled, fc_error *err)
{
    const fc_fit_branch *branch = &data->branches[b];
    fc_status st = FC_OK;

    for (size_t g = 0; g < data->n_groups && st == FC_OK; g++) {
        const size_t n = data->n_items(data->self, g, b);

        if (g % 256 == 0)
            st = fc__fit_cancelled(opts, err);
        for (size_t k = 0; k < n && st == FC_OK; k++) {
            fc_head_item items[FC_HEAD_INPUTS_MAX] = {{NULL, 0}};

            st = data->item(data->self, g, b, k, items, err);
            for (size_t i = 0; i < branch->n_inputs && st == FC_OK; i++)
                if (items[i].rows != NULL && items[i].n_rows > 0)
                    st = add_item(&m[i], &branch->inputs[i], &items[i], pooled, err);
        }
    }
    return st;
}

static size_t standard_dim(const fc_fit_input *in)
{
    return in->pooling.kind == FC_POOLING_ATTENTION ? in->dim
                                                    : fc__pooling_dim(&in->pooling, in->dim);
}

static fc_status set_standard(fc_head_input *in, const moments *m, size_t n, fc_error *err)
{
    in->mean = fc__alloc_array(n, sizeof(*in->mean));
    in->scale = fc__alloc_array(n, sizeof(*in->scale));
    if (in->mean == NULL || in->scale == NULL)
        return fc__nomem(err, 2 * n * sizeof(float), "a head");
    for (size_t d = 0; d < n; d++) {
        const double variance = m->n > 0 ? m->square[d] / (double)m->n : 0;

        in->mean[d] = (float)m->mean[d];
        if (variance > CONSTANT * m->mean[d] * m->mean[d])
            in->scale[d] = (float)(1 / sqrt(variance));
    }
    return FC_OK;
}

/* Means and scales of all inputs of a branch in one reading. */
static fc_status standardise(const fc_fit_data *data, const fc_fit_options *opts, size_t b,
                             fc_head *head, fc_error *err)
{
    const fc_fit_branch *branch = &data->branches[b];
    moments m[FC_HEAD_INPUTS_MAX] = {{NULL, NULL, 0}};
    float *pooled = NULL;
    size_t most = 1;
    fc_status st = FC_OK;

    for (size_t i = 0; i < branch->n_inputs && st == FC_OK; i++) {
        const size_t n = standard_dim(&branch->inputs[i]);

        most = n > most ? n : most;
        m[i].mean = fc__alloc_array(n, 2 * sizeof(double));
        m[i].square = m[i].mean != NULL ? m[i].mean + n : NULL;
        if (m[i].mean == NULL)
            st = fc__nomem(err, 2 * n * sizeof(double), "means");
    }
    if (st == FC_OK && (pooled = fc__alloc_array(most, sizeof(*pooled))) == NULL)
        st = fc__nomem(err, most * sizeof(*pooled), "an item");
    if (st == FC_OK)
        st = read_branch(data, opts, b, m, pooled, err);
    for (size_t i = 0; i < branch->n_inputs && st == FC_OK; i++)
        st = set_standard(&head->inputs[i], &m[i], standard_dim(&branch->inputs[i]), err);
    for (size_t i = 0; i < branch->n_inputs; i++)
        free(m[i].mean);
    free(pooled);
    return st;
}

/* The map of `from`, over its pooled vectors standardised its way, as one over ours; attention has
 * it once for each query, in equal parts. Components beyond those of `from` stay zero. */
static void take_map(fc_head_input *in, const fc_head_input *from, size_t n_from, double times)
{
    const size_t pooled = fc__head_pooled_dim(in);
    const size_t plain = fc__head_pooled_dim(from), copies = pooled / plain;

    for (size_t k = 0; k < n_from; k++) {
        double bias = from->bias != NULL ? (double)from->bias[k] : 0;

        for (size_t d = 0; d < plain; d++) {
            const double w = (double)from->weight[k * plain + d] *
                             (from->scale != NULL ? (double)from->scale[d] : 1);
            const double mean = from->mean != NULL ? (double)from->mean[d] : 0;
            const double scale = (double)in->scale[d];

            bias += w * ((double)in->mean[d] - mean);
            for (size_t c = 0; c < copies && scale > 0; c++)
                in->weight[k * pooled + c * plain + d] =
                    (float)(times * w / scale / (double)copies);
        }
        in->bias[k] = (float)(times * bias);
    }
}

/* Each map to the size that a step is measured by. */
static void scale_maps(fc_head *h, size_t n_components)
{
    double square = 0, wanted = 0;

    for (size_t i = 0; i < h->n_inputs; i++) {
        const size_t pooled = fc__head_pooled_dim(&h->inputs[i]);

        for (size_t k = 0; k < h->dim * pooled; k++)
            square += (double)h->inputs[i].weight[k] * (double)h->inputs[i].weight[k];
        wanted += (double)n_components;
    }
    for (size_t i = 0; i < h->n_inputs && square > 0; i++) {
        const size_t pooled = fc__head_pooled_dim(&h->inputs[i]);

        for (size_t k = 0; k < h->dim * pooled; k++)
            h->inputs[i].weight[k] *= (float)sqrt(wanted / square);
        for (size_t k = 0; k < h->dim; k++)
            h->inputs[i].bias[k] *= (float)sqrt(wanted / square);
    }
}

static fc_status make_head(const fc_fit_data *data, const fc_fit_options *opts, size_t b,
                           uint32_t dim, fc_head *h, fc_error *err)
{
    const fc_fit_branch *branch = &data->branches[b];

    *h = (fc_head){.dim = dim,
                   .fuse = branch->n_inputs == 1 ? FC_FUSE_ONE : opts->fuse,
                   .n_inputs = (uint32_t)branch->n_inputs};
    for (size_t i = 0; i < branch->n_inputs; i++) {
        fc_head_input *in = &h->inputs[i];

        in->pooling = branch->inputs[i].pooling;
        in->dim = branch->inputs[i].dim;
        in->weight = fc__alloc_array(fc__head_pooled_dim(in), dim * sizeof(*in->weight));
        in->bias = fc__alloc_array(dim, sizeof(*in->bias));
        if (in->pooling.kind == FC_POOLING_ATTENTION)
            in->queries = fc__alloc_array(fc__head_pooled_dim(in), sizeof(*in->queries));
        if (in->weight == NULL || in->bias == NULL ||
            (in->pooling.kind == FC_POOLING_ATTENTION && in->queries == NULL))
            return fc__nomem(err, fc__head_pooled_dim(in) * dim * sizeof(float), "a head");
    }
    return standardise(data, opts, b, h, err);
}

static void draw(float *to, size_t n, double size, fc_rng *rng)
{
    for (size_t k = 0; k < n; k++)
        to[k] = (float)(size * fc__rng_normal(rng));
}

/* With a map to begin with, or by chance. */
static void fill_head(fc_head *h, const fc_head *cca, fc_rng *rng)
{
    const double times = h->fuse == FC_FUSE_MIX || h->fuse == FC_FUSE_ATTENTION ? h->n_inputs : 1;

    for (size_t i = 0; i < h->n_inputs; i++) {
        fc_head_input *in = &h->inputs[i];
        const size_t pooled = fc__head_pooled_dim(in);

        if (in->queries != NULL)
            draw(in->queries, pooled, QUERY_SIZE / sqrt((double)in->dim), rng);
        if (cca->dim > 0)
            take_map(in, &cca->inputs[i], cca->dim, times);
        else
            draw(in->weight, h->dim * pooled, 1 / sqrt((double)pooled), rng);
    }
    scale_maps(h, cca->dim > 0 ? cca->dim : h->dim);
}

/* The data as the method cca takes it: items that attention will pool have their mean first. */
static bool without_attention(fc_fit_data *d)
{
    bool any = false;

    for (size_t b = 0; b < d->n_branches; b++)
        for (size_t i = 0; i < d->branches[b].n_inputs; i++) {
            fc_pooling *p = &d->branches[b].inputs[i].pooling;

            if (p->kind == FC_POOLING_ATTENTION) {
                p->kind = FC_POOLING_MEAN;
                any = true;
            }
        }
    return any;
}

/* Linear maps have no more dimensions than canonical correlations; what attention looks at may. */
static void choose_dim(const fc_fit_data *data, const fc_fit_options *opts, bool attends,
                       uint32_t found, fc_fit_report *report)
{
    size_t least = SIZE_MAX;

    if (!attends) {
        report->dim = found;
        return;
    }
    for (size_t b = 0; b < data->n_branches; b++) {
        size_t pooled = 0;

        for (size_t i = 0; i < data->branches[b].n_inputs; i++)
            pooled += fc__pooling_dim(&data->branches[b].inputs[i].pooling,
                                      data->branches[b].inputs[i].dim);
        least = pooled < least ? pooled : least;
    }
    report->dim = opts->dim <= least ? opts->dim : (uint32_t)least;
    snprintf(report->dim_why, sizeof(report->dim_why), "%s",
             opts->dim <= least ? "what was asked for, or the default"
                                : "the least length of what is pooled");
}

fc_status fc__contrast_start(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                             fc_fit_report *report, fc_error *err)
{
    fc_rng rng = fc__rng_seed(fc__fit_hash(SALT_START, opts->seed));
    fc_head cca[FC_FIT_BRANCHES_MAX];
    fc_fit_data pooled = *data;
    const bool attends = without_attention(&pooled);
    fc_status st;

    memset(cca, 0, sizeof(cca));
    st = fc__fit_cca(&pooled, opts, cca, report, err);
    if (st == FC_E_INVALID && attends) {
        /* Means may have nothing in common where single rows do. */
        for (size_t b = 0; b < data->n_branches; b++)
            fc__head_dispose(&cca[b]);
        st = FC_OK;
    }
    choose_dim(data, opts, attends, cca[0].dim, report);
    for (size_t b = 0; b < data->n_branches && st == FC_OK; b++) {
        st = make_head(data, opts, b, report->dim, &heads[b], err);
        if (st == FC_OK)
            fill_head(&heads[b], &cca[b], &rng);
    }
    for (size_t b = 0; b < data->n_branches; b++)
        fc__head_dispose(&cca[b]);
    return st;
}
