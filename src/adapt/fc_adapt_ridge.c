/*
 * Ridge and its cut to few directions. The fit is that of spaces (fc_fit.h) with the target as its
 * anchor; there the anchor's mean is taken off, here it is put on again, since an index holds the
 * target's vectors as they are.
 */
#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "fc_adapt_maps.h"
#include "fc_alloc.h"
#include "fc_fit.h"
#include "fc_lapack.h"

enum { SOURCE = 0, TARGET = 1 };

/* What the fit reads: a pair a group. */
typedef struct reading {
    const fc_adapt_pairs *pairs;
    const fc_adapt_part *part;
} reading;

static size_t one_item(void *self, size_t group, size_t branch)
{
    (void)self;
    (void)group;
    (void)branch;
    return 1;
}

static fc_status read_item(void *self, size_t group, size_t branch, size_t index,
                           fc_head_item *items, fc_error *err)
{
    const reading *r = self;
    const size_t at = r->part->rows[group];

    (void)index;
    (void)err;
    items[0] = (fc_head_item){branch == SOURCE ? r->pairs->source + at * r->pairs->p
                                               : r->pairs->target + at * r->pairs->q,
                              1};
    return FC_OK;
}

/* The anchor's mean onto the bias; unit vectors in. */
static fc_status finish(fc_head *head, const fc_head *anchor, fc_error *err)
{
    fc_head_input *in = &head->inputs[0];

    in->unit = true;
    if (in->bias == NULL)
        in->bias = fc__alloc_array(head->dim, sizeof(*in->bias));
    if (in->bias == NULL)
        return fc__nomem(err, head->dim * sizeof(*in->bias), "an adapter");
    for (size_t k = 0; k < head->dim; k++)
        in->bias[k] += anchor->inputs[0].mean[k];
    return FC_OK;
}

fc_status fc__adapt_ridge(fc_head *out, const fc_adapt_pairs *pairs, const fc_adapt_part *part,
                          const fc_adapt_options *opts, char **tried, fc_error *err)
{
    reading r = {pairs, part};
    uint64_t *keys = fc__alloc_bare(part->n, sizeof(*keys));
    const fc_fit_options fit = {.method = FC_FIT_RIDGE,
                                .anchor = TARGET + 1,
                                .dim = (uint32_t)pairs->q,
                                .penalty = opts->penalty,
                                .seed = opts->seed,
                                .n_threads = opts->n_threads,
                                .memory_bytes = opts->memory_bytes,
                                .cancelled = opts->cancelled,
                                .context = opts->context};
    fc_fit_data data = {.self = &r,
                        .n_branches = 2,
                        .n_groups = part->n,
                        .keys = keys,
                        .n_items = one_item,
                        .item = read_item};
    fc_head heads[2] = {FC_HEAD_INIT, FC_HEAD_INIT};
    fc_fit_report report = {0};
    fc_status st = keys == NULL ? fc__nomem(err, part->n * sizeof(*keys), "pairs") : FC_OK;

    *out = (fc_head)FC_HEAD_INIT;
    for (size_t b = 0; b < 2; b++)
        data.branches[b] = (fc_fit_branch){
            .modality = FC_VECTOR,
            .n_inputs = 1,
            .inputs = {{.dim = (uint32_t)(b == SOURCE ? pairs->p : pairs->q), .is_vector = true}}};
    for (size_t i = 0; i < part->n && st == FC_OK; i++)
        keys[i] = pairs->contents[part->rows[i]];
    if (st == FC_OK)
        st = fc__fit(&data, &fit, heads, &report, err);
    if (st == FC_OK)
        st = finish(&heads[SOURCE], &heads[TARGET], err);
    if (st == FC_OK) {
        *out = heads[SOURCE];
        heads[SOURCE] = (fc_head)FC_HEAD_INIT;
    }
    if (st == FC_OK && tried != NULL) {
        free(*tried);
        *tried = report.tried_json;
        report.tried_json = NULL;
    }
    free(report.tried_json);
    fc__head_dispose(&heads[SOURCE]);
    fc__head_dispose(&heads[TARGET]);
    free(keys);
    return st;
}

/* --- fewer directions ---------------------------------------------------------------------------
 */

void fc__adapt_directions_dispose(fc_adapt_directions *d)
{
    free(d->rows);
    free(d->middle);
    *d = (fc_adapt_directions){.q = 0};
}

/* z = W h + b of one source row, in double, h standardised as the head has it. */
static void map_row(const fc_head *full, const float *x, double *h, double *z)
{
    const fc_head_input *in = &full->inputs[0];

    for (size_t k = 0; k < in->dim; k++)
        h[k] = ((double)x[k] - (double)in->mean[k]) * (double)in->scale[k];
    for (size_t i = 0; i < full->dim; i++) {
        const float *w = in->weight + i * in->dim;
        double sum = (double)in->bias[i];

        for (size_t k = 0; k < in->dim; k++)
            sum += (double)w[k] * h[k];
        z[i] = sum;
    }
}

/* What the map makes of the part (n x q), and its targets, both without their means; that of the
 * targets to `middle`. */
static void centred_images(const fc_head *full, const fc_adapt_pairs *pairs,
                           const fc_adapt_part *part, double *h, double *f, double *y,
                           double *middle)
{
    const size_t q = pairs->q, n = part->n;

    memset(middle, 0, q * sizeof(*middle));
    for (size_t i = 0; i < n; i++) {
        map_row(full, pairs->source + part->rows[i] * pairs->p, h, f + i * q);
        for (size_t k = 0; k < q; k++) {
            y[i * q + k] = (double)pairs->target[part->rows[i] * q + k];
            middle[k] += y[i * q + k] / (double)n;
        }
    }
    for (size_t k = 0; k < q; k++) {
        double mean = 0;

        for (size_t i = 0; i < n; i++)
            mean += f[i * q + k] / (double)n;
        for (size_t i = 0; i < n; i++) {
            f[i * q + k] -= mean;
            y[i * q + k] -= middle[k];
        }
    }
}

fc_status fc__adapt_directions(fc_adapt_directions *out, const fc_head *full,
                               const fc_adapt_pairs *pairs, const fc_adapt_part *part,
                               fc_error *err)
{
    const size_t q = pairs->q, n = part->n;
    double *f = fc__alloc_bare(n, q * sizeof(*f)), *y = fc__alloc_bare(n, q * sizeof(*y));
    double *h = fc__alloc_bare(pairs->p, sizeof(*h)), *values = fc__alloc_bare(q, sizeof(*values));
    fc_status st = FC_OK;

    *out = (fc_adapt_directions){.rows = fc__alloc_bare(q, q * sizeof(*out->rows)),
                                 .middle = fc__alloc_bare(q, sizeof(*out->middle)),
                                 .q = q};
    if (f == NULL || y == NULL || h == NULL || values == NULL || out->rows == NULL ||
        out->middle == NULL)
        st = fc__nomem(err, (n + q) * q * sizeof(*f), "an adapter");
    if (st == FC_OK) {
        centred_images(full, pairs, part, h, f, y, out->middle);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)q, (int)q, (int)n, 1.0, f, (int)q,
                    y, (int)q, 0.0, out->rows, (int)q);
        /* Symmetric but for rounding. */
        for (size_t i = 0; i < q; i++)
            for (size_t k = 0; k < i; k++)
                out->rows[i * q + k] = out->rows[k * q + i] =
                    0.5 * (out->rows[i * q + k] + out->rows[k * q + i]);
        st = fc__eigen_f64(out->rows, q, values, err);
    }
    free(values);
    free(h);
    free(y);
    free(f);
    return st;
}

/* V'V of the r last rows. */
static double *projection(const fc_adapt_directions *d, size_t r)
{
    double *out = fc__alloc_bare(d->q, d->q * sizeof(*out));

    if (out != NULL)
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)d->q, (int)d->q, (int)r, 1.0,
                    d->rows + (d->q - r) * d->q, (int)d->q, d->rows + (d->q - r) * d->q, (int)d->q,
                    0.0, out, (int)d->q);
    return out;
}

fc_status fc__adapt_cut(fc_head *out, const fc_head *full, const fc_adapt_directions *d, size_t r,
                        fc_error *err)
{
    const size_t p = full->inputs[0].dim, q = d->q;
    double *onto = projection(d, r), *w = fc__alloc_bare(q, p * sizeof(*w));
    double *cut = fc__alloc_bare(q, p * sizeof(*cut));
    fc_status st;

    *out = (fc_head)FC_HEAD_INIT;
    if (onto == NULL || w == NULL || cut == NULL)
        st = fc__nomem(err, q * (p + q) * sizeof(*w), "an adapter");
    else
        st = fc__head_copy(out, full, err);
    if (st == FC_OK) {
        fc_head_input *in = &out->inputs[0];

        for (size_t i = 0; i < q * p; i++)
            w[i] = (double)in->weight[i];
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)q, (int)p, (int)q, 1.0, onto,
                    (int)q, w, (int)p, 0.0, cut, (int)p);
        for (size_t i = 0; i < q * p; i++)
            in->weight[i] = (float)cut[i];
        for (size_t i = 0; i < q; i++) {
            double sum = d->middle[i];

            for (size_t k = 0; k < q; k++)
                sum += onto[i * q + k] * ((double)full->inputs[0].bias[k] - d->middle[k]);
            in->bias[i] = (float)sum;
        }
    }
    free(cut);
    free(w);
    free(onto);
    return st;
}
