/*
 * The pass through heads, forward and back. Items go in chunks, the gradient of a weight matrix in
 * bands of its rows; each is one piece of work whose sums have one order.
 */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "fc_contrast.h"

#define BAND ((size_t)64)

typedef struct pass {
    const fc_contrast_model *m;
    const double *theta;
    fc_contrast_batch *b;
    double *gradient;
    size_t n_chunks;
} pass;

/* One piece of work: items `from` to `from + n` of a branch. */
typedef struct chunk {
    const fc_contrast_branch *of;
    fc_contrast_side *side;
    size_t from, n;
} chunk;

static chunk find_chunk(const pass *p, size_t at)
{
    const size_t branch = at / p->n_chunks, from = at % p->n_chunks * FC_CONTRAST_CHUNK;
    const size_t left = p->b->n - from;

    return (chunk){.of = &p->m->branches[branch],
                   .side = &p->b->sides[branch],
                   .from = from,
                   .n = left < FC_CONTRAST_CHUNK ? left : FC_CONTRAST_CHUNK};
}

static void softmax(double *x, size_t n, size_t step)
{
    double most = -INFINITY, sum = 0;

    for (size_t i = 0; i < n; i++)
        most = x[i * step] > most ? x[i * step] : most;
    for (size_t i = 0; i < n; i++)
        sum += x[i * step] = exp(x[i * step] - most);
    for (size_t i = 0; i < n; i++)
        x[i * step] /= sum;
}

/* counted = softmax over rows of rows . query; h = the rows by what they count. */
static void pool_item(const fc_contrast_input *in, const double *queries, fc_contrast_block *k,
                      size_t slot)
{
    const int n_queries = (int)(in->pooled / in->dim), dim = (int)in->dim;
    const size_t first = k->first[slot], n = k->first[slot + 1] - first;
    const double *rows = k->rows + first * in->dim;
    double *counted = k->counted + first * (size_t)n_queries;

    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, n_queries, dim, 1, rows, dim,
                queries, dim, 0, counted, n_queries);
    for (int q = 0; q < n_queries; q++)
        softmax(counted + q, n, (size_t)n_queries);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n_queries, dim, (int)n, 1, counted,
                n_queries, rows, dim, 0, k->h + slot * in->pooled, dim);
}

/* dqueries += what comes of dh, the gradient by the pooled item. */
static void pool_item_back(const fc_contrast_input *in, fc_contrast_block *k, size_t slot,
                           double *dqueries)
{
    const int n_queries = (int)(in->pooled / in->dim), dim = (int)in->dim;
    const size_t first = k->first[slot], n = k->first[slot + 1] - first;
    const double *rows = k->rows + first * in->dim;
    const double *h = k->h + slot * in->pooled, *dh = k->dh + slot * in->pooled;
    const double *counted = k->counted + first * (size_t)n_queries;
    double *d = k->dcounted + first * (size_t)n_queries;

    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, n_queries, dim, 1, rows, dim, dh,
                dim, 0, d, n_queries);
    for (size_t q = 0; q < (size_t)n_queries; q++) {
        const double mean = cblas_ddot(dim, h + q * in->dim, 1, dh + q * in->dim, 1);

        for (size_t r = 0; r < n; r++) {
            const size_t i = r * (size_t)n_queries + q;

            d[i] = counted[i] * (d[i] - mean);
        }
    }
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n_queries, dim, (int)n, 1, d, n_queries,
                rows, dim, 1, dqueries, dim);
}

/* How much each input counts. */
static void set_shares(const pass *p, const fc_contrast_branch *of, fc_contrast_side *s,
                       size_t slot)
{
    double a[FC_HEAD_INPUTS_MAX];
    size_t which[FC_HEAD_INPUTS_MAX], n = 0;

    for (size_t i = 0; i < of->n_inputs; i++) {
        const fc_contrast_input *in = &of->inputs[i];

        s->blocks[i].share[slot] = of->fuse == FC_FUSE_ONE || of->fuse == FC_FUSE_SUM;
        if (of->fuse == FC_FUSE_ONE || of->fuse == FC_FUSE_SUM || !s->blocks[i].there[slot])
            continue;
        a[n] = p->theta[in->gate_bias];
        if (of->fuse == FC_FUSE_ATTENTION)
            a[n] += cblas_ddot((int)in->pooled, p->theta + in->gate, 1,
                               s->blocks[i].h + slot * in->pooled, 1);
        which[n++] = i;
    }
    softmax(a, n, 1);
    for (size_t i = 0; i < n; i++)
        s->blocks[which[i]].share[slot] = a[i];
}

static void fuse_item(const pass *p, const fc_contrast_branch *of, fc_contrast_side *s, size_t slot)
{
    const size_t dim = p->m->dim;
    double *unit = s->unit + slot * dim;

    memset(unit, 0, dim * sizeof(*unit));
    s->norm[slot] = 1;
    if (!s->there[slot])
        return;
    set_shares(p, of, s, slot);
    for (size_t i = 0; i < of->n_inputs; i++)
        cblas_daxpy((int)dim, s->blocks[i].share[slot], s->blocks[i].z + slot * dim, 1, unit, 1);
    /* A vector of zeros keeps its zeros; its gradient is finite. */
    s->norm[slot] = fmax(cblas_dnrm2((int)dim, unit, 1), 1e-12);
    cblas_dscal((int)dim, 1 / s->norm[slot], unit, 1);
}

static void forward_chunk(void *context, size_t at)
{
    const pass *p = context;
    const chunk c = find_chunk(p, at);
    const int dim = (int)p->m->dim;

    for (size_t i = 0; i < c.of->n_inputs; i++) {
        const fc_contrast_input *in = &c.of->inputs[i];
        fc_contrast_block *k = &c.side->blocks[i];
        double *z = k->z + c.from * p->m->dim;

        for (size_t slot = c.from; slot < c.from + c.n; slot++) {
            if (in->attention && k->there[slot])
                pool_item(in, p->theta + in->queries, k, slot);
            memcpy(k->z + slot * p->m->dim, p->theta + in->bias, p->m->dim * sizeof(*z));
        }
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)c.n, dim, (int)in->pooled, 1,
                    k->h + c.from * in->pooled, (int)in->pooled, p->theta + in->weight,
                    (int)in->pooled, 1, z, dim);
    }
    for (size_t slot = c.from; slot < c.from + c.n; slot++)
        fuse_item(p, c.of, c.side, slot);
}

void fc__contrast_forward(const fc_contrast_model *m, const double *theta, fc_contrast_batch *b,
                          uint32_t n_threads)
{
    pass p = {.m = m, .theta = theta, .b = b, .n_chunks = FC_CONTRAST_CHUNKS(b->n)};

    fc__contrast_share(n_threads, m->n_branches * p.n_chunks, forward_chunk, &p);
}

/* From the gradient by the unit vector to that by each z and each logit of fusion: softmax takes
 * the mean of d . z_i by share off, but that is d . z, and d is at right angles to z. */
static void fuse_item_back(const pass *p, const fc_contrast_branch *of, fc_contrast_side *s,
                           size_t slot)
{
    const bool gated = of->fuse == FC_FUSE_MIX || of->fuse == FC_FUSE_ATTENTION;
    const double *unit = s->unit + slot * p->m->dim;
    double *d = s->dunit + slot * p->m->dim;
    const int dim = (int)p->m->dim;

    if (s->there[slot]) {
        cblas_daxpy(dim, -cblas_ddot(dim, unit, 1, d, 1), unit, 1, d, 1);
        cblas_dscal(dim, 1 / s->norm[slot], d, 1);
    }
    for (size_t i = 0; i < of->n_inputs; i++) {
        fc_contrast_block *k = &s->blocks[i];
        double *dz = k->dz + slot * p->m->dim;

        memset(dz, 0, p->m->dim * sizeof(*dz));
        k->dlogit[slot] = 0;
        if (!s->there[slot])
            continue;
        cblas_daxpy(dim, k->share[slot], d, 1, dz, 1);
        if (gated)
            k->dlogit[slot] = k->share[slot] * cblas_ddot(dim, d, 1, k->z + slot * p->m->dim, 1);
    }
}

/* By the queries: through the pooled rows, which weights and gates look at. */
static void attend_back(const pass *p, const fc_contrast_input *in, bool gated,
                        fc_contrast_block *k, size_t from, size_t n)
{
    double *dqueries = k->dqueries + from / FC_CONTRAST_CHUNK * in->pooled;
    const int dim = (int)p->m->dim, pooled = (int)in->pooled;

    memset(dqueries, 0, in->pooled * sizeof(*dqueries));
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, pooled, dim, 1,
                k->dz + from * p->m->dim, dim, p->theta + in->weight, pooled, 0,
                k->dh + from * in->pooled, pooled);
    for (size_t slot = from; slot < from + n; slot++) {
        if (!k->there[slot])
            continue;
        if (gated)
            cblas_daxpy(pooled, k->dlogit[slot], p->theta + in->gate, 1, k->dh + slot * in->pooled,
                        1);
        pool_item_back(in, k, slot, dqueries);
    }
}

static void backward_chunk(void *context, size_t at)
{
    const pass *p = context;
    const chunk c = find_chunk(p, at);

    for (size_t slot = c.from; slot < c.from + c.n; slot++)
        fuse_item_back(p, c.of, c.side, slot);
    for (size_t i = 0; i < c.of->n_inputs; i++)
        if (c.of->inputs[i].attention)
            attend_back(p, &c.of->inputs[i], c.of->fuse == FC_FUSE_ATTENTION, &c.side->blocks[i],
                        c.from, c.n);
}

/* The band of rows of one weight matrix: dz^T h. */
static void weigh_band(const pass *p, const fc_contrast_input *in, const fc_contrast_block *k,
                       size_t band)
{
    const size_t dim = p->m->dim, from = band * BAND, left = dim - from;
    const size_t n = left < BAND ? left : BAND;

    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n, (int)in->pooled, (int)p->b->n, 1,
                k->dz + from, (int)dim, k->h, (int)in->pooled, 0,
                p->gradient + in->weight + from * in->pooled, (int)in->pooled);
}

/* What is small: bias, gate and queries, summed in the order of the items. */
static void sum_rest(const pass *p, const fc_contrast_branch *of, const fc_contrast_input *in,
                     const fc_contrast_block *k)
{
    const size_t dim = p->m->dim;

    memset(p->gradient + in->bias, 0, dim * sizeof(double));
    for (size_t slot = 0; slot < p->b->n; slot++)
        cblas_daxpy((int)dim, 1, k->dz + slot * dim, 1, p->gradient + in->bias, 1);
    if (in->attention) {
        memset(p->gradient + in->queries, 0, in->pooled * sizeof(double));
        for (size_t c = 0; c < p->n_chunks; c++)
            cblas_daxpy((int)in->pooled, 1, k->dqueries + c * in->pooled, 1,
                        p->gradient + in->queries, 1);
    }
    if (of->fuse == FC_FUSE_ATTENTION)
        cblas_dgemv(CblasRowMajor, CblasTrans, (int)p->b->n, (int)in->pooled, 1, k->h,
                    (int)in->pooled, k->dlogit, 1, 0, p->gradient + in->gate, 1);
    if (of->fuse == FC_FUSE_ATTENTION || of->fuse == FC_FUSE_MIX) {
        p->gradient[in->gate_bias] = 0;
        for (size_t slot = 0; slot < p->b->n; slot++)
            p->gradient[in->gate_bias] += k->dlogit[slot];
    }
}

/* Work by input and band; the band after the last is the rest. */
static void gather_band(void *context, size_t at)
{
    const pass *p = context;
    const size_t n_bands = (p->m->dim + BAND - 1) / BAND, band = at % (n_bands + 1);
    size_t input = at / (n_bands + 1);

    for (size_t x = 0; x < p->m->n_branches; x++) {
        const fc_contrast_branch *of = &p->m->branches[x];

        if (input >= of->n_inputs) {
            input -= of->n_inputs;
            continue;
        }
        if (band < n_bands)
            weigh_band(p, &of->inputs[input], &p->b->sides[x].blocks[input], band);
        else
            sum_rest(p, of, &of->inputs[input], &p->b->sides[x].blocks[input]);
        return;
    }
}

void fc__contrast_backward(const fc_contrast_model *m, const double *theta, fc_contrast_batch *b,
                           double *gradient, uint32_t n_threads)
{
    pass p = {
        .m = m, .theta = theta, .b = b, .gradient = gradient, .n_chunks = FC_CONTRAST_CHUNKS(b->n)};
    size_t n_inputs = 0;

    for (size_t x = 0; x < m->n_branches; x++)
        n_inputs += m->branches[x].n_inputs;
    fc__contrast_share(n_threads, m->n_branches * p.n_chunks, backward_chunk, &p);
    fc__contrast_share(n_threads, n_inputs * ((m->dim + BAND - 1) / BAND + 1), gather_band, &p);
}
