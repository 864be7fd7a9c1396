/*
 * FAISS itself. Exceptions end inside its C interface; out of memory inside an OpenMP region would
 * abort, which is why the caller asks fc__kind_plan() first.
 */
#include "fc_faiss.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include <faiss/c_api/AutoTune_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_factory_c.h>
#include <faiss/c_api/index_io_c.h>

#include "fc_alloc.h"

#define ADD_ROWS 4096

/* From libgomp, which FAISS links; declared here because clang has no omp.h of its own. */
void omp_set_num_threads(int n);

struct fc_faiss {
    FaissIndex *index;
    fc_front front; /* without a map: FAISS takes the vectors as they are */
    fc_codes codes;
};

/* What FAISS says, without what it puts in front: "Error in FUNCTION at FILE.cpp:LINE: " of C++,
 * with "Error: " behind it where a check failed. */
static const char *faiss_words(void)
{
    const char *words = faiss_get_last_error();
    const char *at = words != NULL ? strstr(words, "Error: ") : NULL;

    if (words == NULL)
        return "no reason given";
    if (at != NULL)
        return at + strlen("Error: ");
    for (at = words; (at = strchr(at, ':')) != NULL; at++) {
        const size_t digits = strspn(at + 1, "0123456789");

        if (digits > 0 && strncmp(at + 1 + digits, ": ", 2) == 0)
            return at + 1 + digits + 2;
    }
    return words;
}

/* On one line. */
fc_status fc__faiss_error(fc_error *err, fc_status st, const char *what)
{
    const char *words = faiss_words();
    const int n = (int)strcspn(words, "\n");

    return fc_error_set(err, st, "%s: FAISS says: %.*s", what, n < 300 ? n : 300, words);
}

static int thread_count(const fc_segment_options *opts)
{
    return opts->n_threads == 0 ? 1 : opts->n_threads > 256 ? 256 : (int)opts->n_threads;
}

static void set_threads(int openmp, int blas)
{
    omp_set_num_threads(openmp);
    openblas_set_num_threads(blas);
}

/* Rows from `first` on, every step-th where that is more than 1, as FAISS takes them; `vectors`
 * receives them as they are. Without a front the two are one. */
typedef struct reader {
    const fc_faiss *f;
    const fc_vec_file *vec;
    float *vectors, *reduced; /* ADD_ROWS of each */
} reader;

static void reader_dispose(reader *r)
{
    if (r->reduced != r->vectors)
        free(r->reduced);
    free(r->vectors);
}

static fc_status reader_init(reader *r, const fc_faiss *f, const fc_vec_file *vec, fc_error *err)
{
    const size_t dim = vec->h.dim;

    *r = (reader){.f = f, .vec = vec, .vectors = fc__alloc_bare(ADD_ROWS * dim, sizeof(float))};
    r->reduced = f->front.out == 0 ? r->vectors
                                   : fc__alloc_bare(ADD_ROWS * (size_t)f->front.out, sizeof(float));
    if (r->vectors == NULL || r->reduced == NULL) {
        reader_dispose(r);
        return fc__nomem(err, ADD_ROWS * dim * sizeof(float), "filling the index");
    }
    return FC_OK;
}

static uint32_t inner_dim(const fc_faiss *f, const fc_vec_file *vec)
{
    return f->front.out > 0 ? f->front.out : vec->h.dim;
}

/* Rows spread evenly over the segment: neighbours in it often come from one source. */
static fc_status train(fc_faiss *f, const char *kind, uint64_t n_train, reader *r, fc_error *err)
{
    const fc_vec_file *vec = r->vec;
    const size_t dim = vec->h.dim, inner = inner_dim(f, vec);
    fc_status st = FC_OK;
    float *sample;

    if (faiss_Index_is_trained(f->index))
        return FC_OK;
    sample = fc__alloc_bare(n_train * inner, sizeof(float));
    if (sample == NULL || n_train == 0) {
        free(sample);
        return fc__nomem(err, n_train * inner * sizeof(float), "training the index");
    }
    for (uint64_t i = 0; i < n_train && st == FC_OK; i += ADD_ROWS) {
        const size_t n = n_train - i < ADD_ROWS ? (size_t)(n_train - i) : ADD_ROWS;
        float *to = f->front.out > 0 ? r->vectors : sample + i * inner;

        for (size_t j = 0; j < n && st == FC_OK; j++)
            st = fc__vec_rows(vec, (i + j) * vec->h.count / n_train, 1, to + j * dim, err);
        if (st == FC_OK && f->front.out > 0)
            fc__front_apply(&f->front, to, n, sample + i * inner);
    }
    if (st == FC_OK && faiss_Index_train(f->index, (idx_t)n_train, sample) != 0)
        st = fc__faiss_error(err, FC_E_INVALID, kind);
    free(sample);
    return st;
}

static fc_status add_rows(fc_faiss *f, const char *kind, const fc_segment_options *opts, reader *r,
                          fc_error *err)
{
    const uint64_t count = r->vec->h.count;
    fc_status st = FC_OK;

    for (uint64_t row = 0; row < count && st == FC_OK; row += ADD_ROWS) {
        const size_t n = count - row < ADD_ROWS ? (size_t)(count - row) : ADD_ROWS;

        if (opts->cancelled != NULL && opts->cancelled(opts->context))
            return fc_error_set(err, FC_E_CANCELLED, "stopped while filling the index");
        st = fc__vec_rows(r->vec, row, n, r->vectors, err);
        if (st == FC_OK && f->front.out > 0)
            fc__front_apply(&f->front, r->vectors, n, r->reduced);
        if (st == FC_OK && f->codes.stride > 0)
            fc__codes_encode(&f->front, r->vectors, r->reduced, n,
                             f->codes.rows + row * f->codes.stride);
        if (st == FC_OK && faiss_Index_add(f->index, (idx_t)n, r->reduced) != 0)
            st = fc__faiss_error(err, FC_E_INVALID, kind);
        if (st == FC_OK && opts->progress != NULL)
            opts->progress(opts->context, row + n, count);
    }
    return st;
}

/* The empty index behind the front. */
static fc_status make_index(fc_faiss *f, const char *kind, const fc_vec_file *vec, fc_error *err)
{
    const char *inner = kind + (f->front.out > 0 ? fc__front_length(kind) : 0);
    const char *words;

    if (faiss_index_factory(&f->index, (int)inner_dim(f, vec), inner, METRIC_L2) == 0)
        return FC_OK;
    words = faiss_words();
    return fc_error_set(err, FC_E_INVALID,
                        "index kind '%s': FAISS says: %.*s; kinds are auto, flat, and factory "
                        "strings such as HNSW32, IVF256,Flat or PCA64,IVF256,PQ32x4fs",
                        kind, (int)(strcspn(words, "\n") < 200 ? strcspn(words, "\n") : 200),
                        words);
}

fc_status fc__faiss_build(fc_faiss **out, const char *kind, const fc_vec_file *vec,
                          const fc_segment_options *opts, fc_front_pool *pool, fc_error *err)
{
    const uint64_t n_train =
        fc__kind_plan(kind, vec->h.count, vec->h.dim, fc__segment_memory(opts)).n_train;
    fc_faiss *f = fc__alloc_array(1, sizeof(*f));
    reader r = {0};
    fc_status st;

    *out = NULL;
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "an index");
    /* k-means is thousands of short parallel regions, at whose ends OpenMP spins: with two threads
     * on two busy cores it took 8 to 20 s where one takes 2. Its products are OpenBLAS's to share.
     */
    set_threads(1, thread_count(opts));
    st = fc__front_make(&f->front, kind, pool, n_train, err);
    if (st == FC_OK)
        st = make_index(f, kind, vec, err);
    if (st == FC_OK && fc__codes_wanted(kind))
        st = fc__codes_init(&f->codes, f->front.out, vec->h.count, err);
    if (st == FC_OK)
        st = reader_init(&r, f, vec, err);
    if (st == FC_OK)
        st = train(f, kind, n_train, &r, err);
    set_threads(thread_count(opts), 1);
    if (st == FC_OK)
        st = add_rows(f, kind, opts, &r, err);
    set_threads(1, 1);

    reader_dispose(&r);
    if (st != FC_OK) {
        fc__faiss_destroy(f);
        return st;
    }
    *out = f;
    return FC_OK;
}

fc_status fc__faiss_set(fc_faiss *f, const char *parameters, fc_error *err)
{
    FaissParameterSpace *space = NULL;
    fc_status st = FC_OK;

    if (parameters[0] == '\0')
        return FC_OK;
    if (faiss_ParameterSpace_new(&space) != 0)
        return fc__faiss_error(err, FC_E_NOMEM, "search parameters");
    if (faiss_ParameterSpace_set_index_parameters(space, f->index, parameters) != 0)
        st = fc__faiss_error(err, FC_E_INVALID, parameters);
    faiss_ParameterSpace_free(space);
    return st;
}

fc_faiss_shape fc__faiss_shape(const fc_faiss *f)
{
    return (fc_faiss_shape){.inner = f->front.out, .codes = f->codes.stride};
}

const fc_codes *fc__faiss_codes(const fc_faiss *f)
{
    return f->codes.stride > 0 ? &f->codes : NULL;
}

const fc_front *fc__faiss_front(const fc_faiss *f)
{
    return f->front.out > 0 ? &f->front : NULL;
}

fc_status fc__faiss_save(const fc_faiss *f, FILE *to, fc_error *err)
{
    fc_status st = FC_OK;

    if (f->front.out > 0)
        st = fc__front_save(&f->front, to, err);
    if (st == FC_OK && f->codes.stride > 0 &&
        fwrite(f->codes.rows, f->codes.stride, f->codes.count, to) != f->codes.count)
        st = fc_error_set(err, FC_E_IO, "writing the index failed");
    if (st == FC_OK && faiss_write_index(f->index, to) != 0)
        st = fc__faiss_error(err, FC_E_IO, "writing the index");
    return st;
}

/* What FAISS read must be what the segment has. */
static bool fits(const fc_faiss *f, uint64_t count, uint32_t dim)
{
    return faiss_Index_d(f->index) == (int)dim && faiss_Index_ntotal(f->index) == (idx_t)count &&
           faiss_Index_metric_type(f->index) == METRIC_L2 && faiss_Index_is_trained(f->index);
}

fc_status fc__faiss_load(fc_faiss **out, FILE *from, uint64_t count, uint32_t dim,
                         const fc_faiss_shape *shape, fc_error *err)
{
    fc_faiss *f = fc__alloc_array(1, sizeof(*f));
    fc_status st = FC_OK;

    *out = NULL;
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "an index");
    if (shape->inner > 0)
        st = fc__front_load(&f->front, dim, shape->inner, from, err);
    if (st == FC_OK && shape->codes > 0)
        st = fc__codes_init(&f->codes, shape->inner, count, err);
    if (st == FC_OK && shape->codes > 0 && fread(f->codes.rows, shape->codes, count, from) != count)
        st = fc_error_set(err, FC_E_IO, "reading the index failed");
    if (st == FC_OK && faiss_read_index(from, 0, &f->index) != 0) {
        f->index = NULL;
        st = fc__faiss_error(err, FC_E_CORRUPT, "reading the index");
    }
    if (st == FC_OK && !fits(f, count, shape->inner > 0 ? shape->inner : dim))
        st = fc_error_set(err, FC_E_CORRUPT, "the index is not of this segment's %llu x %u rows",
                          (unsigned long long)count, dim);
    if (st != FC_OK) {
        fc__faiss_destroy(f);
        return st;
    }
    *out = f;
    return FC_OK;
}

fc_status fc__faiss_search(const fc_faiss *f, const float *queries, size_t n, size_t fetch,
                           int64_t *labels, float *distances, fc_error *err)
{
    /* One thread here: the caller's own threads share the queries. */
    omp_set_num_threads(1);
    if (faiss_Index_search(f->index, (idx_t)n, queries, (idx_t)fetch, distances, labels) != 0)
        return fc__faiss_error(err, FC_E_IO, "searching the index");
    return FC_OK;
}

void fc__faiss_destroy(fc_faiss *f)
{
    if (f == NULL)
        return;
    if (f->index != NULL)
        faiss_Index_free(f->index);
    fc__front_dispose(&f->front);
    fc__codes_dispose(&f->codes);
    free(f);
}
