/*
 * The only file that includes FAISS. Exceptions end inside its C interface; out of memory inside an
 * OpenMP region would abort, which is why the caller asks fc__kind_plan() first.
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
static fc_status faiss_error(fc_error *err, fc_status st, const char *what)
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

/* Rows spread evenly over the segment: neighbours in it often come from one source. */
static fc_status train(FaissIndex *index, const char *kind, const fc_vec_file *vec,
                       const fc_segment_options *opts, fc_error *err)
{
    const fc_faiss_plan plan =
        fc__kind_plan(kind, vec->h.count, vec->h.dim, fc__segment_memory(opts));
    const size_t dim = vec->h.dim;
    fc_status st = FC_OK;
    float *sample;

    if (faiss_Index_is_trained(index))
        return FC_OK;
    sample = fc__alloc_array(plan.n_train * dim, sizeof(float));
    if (sample == NULL || plan.n_train == 0) {
        free(sample);
        return fc__nomem(err, plan.n_train * dim * sizeof(float), "training the index");
    }
    for (uint64_t i = 0; i < plan.n_train && st == FC_OK; i++)
        st = fc__vec_rows(vec, i * vec->h.count / plan.n_train, 1, sample + i * dim, err);
    if (st == FC_OK && faiss_Index_train(index, (idx_t)plan.n_train, sample) != 0)
        st = faiss_error(err, FC_E_INVALID, kind);
    free(sample);
    return st;
}

static fc_status add_rows(FaissIndex *index, const char *kind, const fc_vec_file *vec,
                          const fc_segment_options *opts, fc_error *err)
{
    float *rows = fc__alloc_array(ADD_ROWS * (size_t)vec->h.dim, sizeof(float));
    fc_status st = FC_OK;

    if (rows == NULL)
        return fc__nomem(err, ADD_ROWS * (size_t)vec->h.dim * sizeof(float), "filling the index");
    for (uint64_t row = 0; row < vec->h.count && st == FC_OK; row += ADD_ROWS) {
        const uint64_t left = vec->h.count - row;
        const size_t n = left < ADD_ROWS ? (size_t)left : ADD_ROWS;

        if (opts->cancelled != NULL && opts->cancelled(opts->context)) {
            st = fc_error_set(err, FC_E_CANCELLED, "stopped while filling the index");
            break;
        }
        st = fc__vec_rows(vec, row, n, rows, err);
        if (st == FC_OK && faiss_Index_add(index, (idx_t)n, rows) != 0)
            st = faiss_error(err, FC_E_INVALID, kind);
        if (st == FC_OK && opts->progress != NULL)
            opts->progress(opts->context, row + n, vec->h.count);
    }
    free(rows);
    return st;
}

fc_status fc__faiss_build(fc_faiss **out, const char *kind, const fc_vec_file *vec,
                          const fc_segment_options *opts, fc_error *err)
{
    fc_faiss *f = fc__alloc_array(1, sizeof(*f));
    fc_status st;

    *out = NULL;
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "an index");
    /* k-means is thousands of short parallel regions, at whose ends OpenMP spins: with two threads
     * on two busy cores it took 8 to 20 s where one takes 2. Its products are OpenBLAS's to share.
     */
    set_threads(1, thread_count(opts));
    if (faiss_index_factory(&f->index, (int)vec->h.dim, kind, METRIC_L2) != 0) {
        const char *words = faiss_words();
        const int n = (int)strcspn(words, "\n");

        st = fc_error_set(err, FC_E_INVALID,
                          "index kind '%s': FAISS says: %.*s; kinds are auto, flat, and factory "
                          "strings such as HNSW32, IVF256,Flat or PCA64,IVF256,PQ32x4fs",
                          kind, n < 200 ? n : 200, words);
        goto done;
    }
    st = train(f->index, kind, vec, opts, err);
    set_threads(thread_count(opts), 1);
    if (st == FC_OK)
        st = add_rows(f->index, kind, vec, opts, err);

done:
    set_threads(1, 1);
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
        return faiss_error(err, FC_E_NOMEM, "search parameters");
    if (faiss_ParameterSpace_set_index_parameters(space, f->index, parameters) != 0)
        st = faiss_error(err, FC_E_INVALID, parameters);
    faiss_ParameterSpace_free(space);
    return st;
}

fc_status fc__faiss_save(const fc_faiss *f, FILE *to, fc_error *err)
{
    if (faiss_write_index(f->index, to) != 0)
        return faiss_error(err, FC_E_IO, "writing the index");
    return FC_OK;
}

fc_status fc__faiss_load(fc_faiss **out, FILE *from, uint64_t count, uint32_t dim, fc_error *err)
{
    fc_faiss *f = fc__alloc_array(1, sizeof(*f));

    *out = NULL;
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "an index");
    if (faiss_read_index(from, 0, &f->index) != 0) {
        f->index = NULL;
        fc__faiss_destroy(f);
        return faiss_error(err, FC_E_CORRUPT, "reading the index");
    }
    if (faiss_Index_d(f->index) != (int)dim || faiss_Index_ntotal(f->index) != (idx_t)count ||
        faiss_Index_metric_type(f->index) != METRIC_L2 || !faiss_Index_is_trained(f->index)) {
        fc__faiss_destroy(f);
        return fc_error_set(err, FC_E_CORRUPT, "the index is not of this segment's %llu x %u rows",
                            (unsigned long long)count, dim);
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
        return faiss_error(err, FC_E_IO, "searching the index");
    return FC_OK;
}

void fc__faiss_destroy(fc_faiss *f)
{
    if (f == NULL)
        return;
    if (f->index != NULL)
        faiss_Index_free(f->index);
    free(f);
}
