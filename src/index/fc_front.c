/*
 * Maps in front of indexes: parts of a learnt one, turned at random where the kind asks for it.
 */
#include "fc_front.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_vec.h"

/* Rows that components are learnt from: their covariance costs rows x in^2. */
#define LEARN_ROWS UINT64_C(16384)

/* A kind's front: "RR512," before, then PCA or PCAR to so many dimensions. */
typedef struct parts {
    char before[16];
    uint32_t to;
    bool turned;
    size_t length;
} parts;

static uint32_t number_at(const char **at)
{
    char *end;
    const unsigned long n = strtoul(*at, &end, 10);

    *at = end;
    return n > 0 && n <= FC_VEC_MAX_DIM ? (uint32_t)n : 0;
}

static parts parse(const char *kind)
{
    parts p = {.length = 0};
    const char *at = kind;

    if (strncmp(at, "RR", 2) == 0) {
        at += 2;
        if (number_at(&at) == 0 || *at++ != ',' || (size_t)(at - kind) >= sizeof(p.before))
            return p;
        memcpy(p.before, kind, (size_t)(at - kind));
    }
    if (strncmp(at, "PCA", 3) != 0)
        return p;
    at += 3;
    p.turned = *at == 'R';
    at += p.turned;
    if (*at < '0' || *at > '9' || (p.to = number_at(&at)) == 0 || *at++ != ',')
        return p;
    p.length = (size_t)(at - kind);
    return p;
}

size_t fc__front_length(const char *kind)
{
    return parse(kind).length;
}

static fc_status allocate(fc_front *f, uint32_t out, fc_error *err)
{
    f->out = out;
    f->map = fc__alloc_array((size_t)out * f->in, sizeof(float));
    f->offset = fc__alloc_array(out, sizeof(float));
    f->mean = fc__alloc_array(f->in, sizeof(float));
    if (f->map == NULL || f->offset == NULL || f->mean == NULL)
        return fc__nomem(err, (size_t)out * f->in * sizeof(float), "the map of an index");
    return FC_OK;
}

/* Rows spread evenly over the segment: neighbours in it often come from one source. */
static fc_status gather(const fc_vec_file *from, float *rows, size_t n, float *mean, fc_error *err)
{
    const size_t dim = from->h.dim;

    for (size_t i = 0; i < n; i++) {
        fc_status st = fc__vec_rows(from, i * from->h.count / n, 1, rows + i * dim, err);

        if (st != FC_OK)
            return st;
        cblas_saxpy((blasint)dim, 1.0f / (float)n, rows + i * dim, 1, mean, 1);
    }
    return FC_OK;
}

static fc_status learn(fc_front_pool *pool, const parts *p, uint64_t n_train, fc_error *err)
{
    const uint32_t dim = pool->from->h.dim;
    const size_t n = n_train < LEARN_ROWS ? (size_t)n_train : LEARN_ROWS;
    float *rows = fc__alloc_bare(n * dim, sizeof(float));
    char name[48];
    fc_status st;

    fc__front_dispose(&pool->learnt);
    pool->learnt.in = dim;
    memcpy(pool->before, p->before, sizeof(pool->before));
    snprintf(name, sizeof(name), "%sPCA%u", p->before, p->to);
    st = allocate(&pool->learnt, p->to, err);
    if (st == FC_OK && rows == NULL)
        st = fc__nomem(err, n * dim * sizeof(float), "learning the map of an index");
    if (st == FC_OK)
        st = gather(pool->from, rows, n, pool->learnt.mean, err);
    if (st == FC_OK)
        st = fc__faiss_learn(&pool->learnt, name, rows, n, err);
    free(rows);
    if (st != FC_OK)
        fc__front_dispose(&pool->learnt);
    return st;
}

/* f = turn x the first components. */
static fc_status turn(fc_front *f, const fc_front *learnt, fc_error *err)
{
    const blasint out = (blasint)f->out, in = (blasint)f->in;
    fc_front random = {.in = f->out};
    char name[24];
    fc_status st;

    snprintf(name, sizeof(name), "RR%u", f->out);
    st = allocate(&random, f->out, err);
    if (st == FC_OK)
        st = fc__faiss_learn(&random, name, NULL, 0, err);
    if (st == FC_OK) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, out, in, out, 1.0f, random.map, out,
                    learnt->map, in, 0.0f, f->map, in);
        cblas_sgemv(CblasRowMajor, CblasNoTrans, out, out, 1.0f, random.map, out, learnt->offset, 1,
                    0.0f, f->offset, 1);
    }
    fc__front_dispose(&random);
    return st;
}

fc_status fc__front_make(fc_front *out, const char *kind, fc_front_pool *pool, uint64_t n_train,
                         fc_error *err)
{
    const parts p = parse(kind);
    const fc_front *learnt = &pool->learnt;
    fc_status st = FC_OK;

    *out = (fc_front){.in = pool->from->h.dim};
    if (p.length == 0)
        return FC_OK;
    if (p.to > out->in)
        return fc_error_set(err, FC_E_INVALID, "%s: %u components of %u dimensions", kind, p.to,
                            out->in);
    if (learnt->out < p.to || strcmp(pool->before, p.before) != 0)
        st = learn(pool, &p, n_train, err);
    if (st == FC_OK)
        st = allocate(out, p.to, err);
    if (st == FC_OK)
        memcpy(out->mean, learnt->mean, out->in * sizeof(float));
    if (st == FC_OK && p.turned) {
        st = turn(out, learnt, err);
    } else if (st == FC_OK) {
        memcpy(out->map, learnt->map, (size_t)p.to * out->in * sizeof(float));
        memcpy(out->offset, learnt->offset, p.to * sizeof(float));
    }
    if (st != FC_OK)
        fc__front_dispose(out);
    return st;
}

void fc__front_apply(const fc_front *f, const float *vectors, size_t n, float *reduced)
{
    for (size_t i = 0; i < n; i++)
        memcpy(reduced + i * f->out, f->offset, f->out * sizeof(float));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n, (blasint)f->out,
                (blasint)f->in, 1.0f, vectors, (blasint)f->in, f->map, (blasint)f->in, 1.0f,
                reduced, (blasint)f->out);
}

fc_status fc__front_save(const fc_front *f, FILE *to, fc_error *err)
{
    const size_t n_map = (size_t)f->out * f->in;

    if (fwrite(f->map, sizeof(float), n_map, to) != n_map ||
        fwrite(f->offset, sizeof(float), f->out, to) != f->out ||
        fwrite(f->mean, sizeof(float), f->in, to) != f->in)
        return fc_error_set(err, FC_E_IO, "writing the map of the index failed");
    return FC_OK;
}

fc_status fc__front_load(fc_front *f, uint32_t in, uint32_t out, FILE *from, fc_error *err)
{
    const size_t n_map = (size_t)out * in;
    fc_status st;

    *f = (fc_front){.in = in};
    st = allocate(f, out, err);
    if (st == FC_OK && (fread(f->map, sizeof(float), n_map, from) != n_map ||
                        fread(f->offset, sizeof(float), out, from) != out ||
                        fread(f->mean, sizeof(float), in, from) != in))
        st = fc_error_set(err, FC_E_IO, "reading the map of the index failed");
    if (st != FC_OK)
        fc__front_dispose(f);
    return st;
}

void fc__front_dispose(fc_front *f)
{
    free(f->map);
    free(f->offset);
    free(f->mean);
    *f = (fc_front){0};
}

void fc__front_pool_dispose(fc_front_pool *p)
{
    fc__front_dispose(&p->learnt);
}
