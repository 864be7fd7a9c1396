/*
 * Searching segments: blocks of queries shared by threads, each block answered by every segment.
 */
#include <cblas.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_answer.h"
#include "fc_vec.h"

/* One conversion of a tile serves so many queries. */
#define BLOCK_QUERIES ((size_t)256)
/* What the answers of one block may take; large k means smaller blocks. */
#define BLOCK_BYTES ((size_t)64 << 20)
#define THREADS_MAX 256u

typedef struct job {
    fc_segment *const *segments;
    const fc_row_runs *runs; /* one a segment */
    size_t n_segments;
    const float *queries;
    size_t n_queries, dim;
    const fc_search_options *opts;
    size_t k, block;
    fc_hit *hits; /* opts->k apart */
    size_t *n_hits;
    _Atomic size_t next; /* first query of the next block */
    _Atomic bool stop, approximate;
    _Atomic uint64_t n_scanned;
} job;

typedef struct worker {
    job *job;
    fc_status status;
    fc_error err;
} worker;

static fc_status normalise_block(const job *j, size_t first, size_t n, float *out, fc_error *err)
{
    memcpy(out, j->queries + first * j->dim, n * j->dim * sizeof(float));
    for (size_t i = 0; i < n; i++)
        if (fc__vec_normalise(out + i * j->dim, j->dim) != FC_OK)
            return fc_error_set(err, FC_E_FORMAT,
                                "query %zu is zero or not finite: it has no direction", first + i);
    return FC_OK;
}

static fc_status answer_block(job *j, fc_answer *a, float *queries, size_t first, size_t n,
                              fc_error *err)
{
    fc_status st = normalise_block(j, first, n, queries, err);

    fc__answer_begin(a, n, j->hits + first * j->opts->k, j->opts->k);
    for (size_t s = 0; s < j->n_segments && st == FC_OK; s++)
        st = fc__answer_segment(a, j->segments[s], &j->runs[s], j->opts->allowed, queries, n,
                                j->opts->exact, err);
    if (st == FC_OK)
        fc__answer_finish(a, n, j->n_hits + first);
    return st;
}

static fc_status run_blocks(job *j, fc_error *err)
{
    float *queries = fc__alloc_array(j->block * j->dim, sizeof(float));
    fc_answer a = {0};
    fc_status st;

    if (queries == NULL)
        st = fc__nomem(err, j->block * j->dim * sizeof(float), "a block of queries");
    else
        st = fc__answer_init(&a, j->dim, j->block, j->k, err);
    while (st == FC_OK && !atomic_load(&j->stop)) {
        const size_t first = atomic_fetch_add(&j->next, j->block);

        if (first >= j->n_queries)
            break;
        st = answer_block(j, &a, queries, first,
                          j->n_queries - first < j->block ? j->n_queries - first : j->block, err);
    }
    if (st != FC_OK)
        atomic_store(&j->stop, true);
    if (a.approximate)
        atomic_store(&j->approximate, true);
    atomic_fetch_add(&j->n_scanned, a.n_scanned);
    fc__answer_dispose(&a);
    free(queries);
    return st;
}

static void *worker_main(void *context)
{
    worker *w = context;

    w->status = run_blocks(w->job, &w->err);
    return NULL;
}

/* The calling thread works too; threads that cannot be had are done without. */
static fc_status run_threads(job *j, uint32_t n_threads, fc_error *err)
{
    pthread_t *ids = fc__alloc_array(n_threads, sizeof(*ids));
    worker *workers = fc__alloc_array(n_threads, sizeof(*workers));
    uint32_t started = 0;
    fc_status st = FC_OK;

    if (ids == NULL || workers == NULL) {
        st = fc__nomem(err, n_threads * sizeof(*workers), "search threads");
        goto done;
    }
    while (started + 1 < n_threads) {
        workers[started].job = j;
        if (pthread_create(&ids[started], NULL, worker_main, &workers[started]) != 0)
            break;
        started++;
    }
    st = run_blocks(j, err);
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(ids[i], NULL);
        if (st == FC_OK && workers[i].status != FC_OK)
            st = fc_error_set(err, workers[i].status, "%s", workers[i].err.message);
    }

done:
    free(ids);
    free(workers);
    return st;
}

static fc_status make_runs(job *j, fc_row_runs *runs, fc_error *err)
{
    uint64_t total = 0;

    for (size_t s = 0; s < j->n_segments; s++) {
        const fc_segment *segment = j->segments[s];
        fc_status st;

        if (segment->info.dim != j->dim)
            return fc_error_set(err, FC_E_INVALID, "the query has %zu dimensions, the index has %u",
                                j->dim, segment->info.dim);
        st = fc__row_runs_create(&runs[s], &segment->vec, j->opts->allowed, err);
        if (st != FC_OK)
            return st;
        total += runs[s].n_rows;
    }
    j->k = j->opts->k < total ? j->opts->k : (size_t)total;
    return FC_OK;
}

/* Small enough for all threads to have one, and for its answers to fit. */
static size_t block_size(const job *j, uint32_t n_threads)
{
    const size_t share = (j->n_queries + n_threads - 1) / n_threads;
    const size_t fitting = BLOCK_BYTES / ((j->k + 256) * 20 + j->dim * 8);
    size_t block = share < BLOCK_QUERIES ? share : BLOCK_QUERIES;

    block = block < fitting ? block : fitting;
    return block > 0 ? block : 1;
}

/* With nothing to return the queries must still be good. */
static fc_status check_queries(const job *j, fc_error *err)
{
    float *one = fc__alloc_array(j->dim, sizeof(float));
    fc_status st = FC_OK;

    if (one == NULL)
        return fc__nomem(err, j->dim * sizeof(float), "a query");
    for (size_t i = 0; i < j->n_queries && st == FC_OK; i++) {
        st = normalise_block(j, i, 1, one, err);
        j->n_hits[i] = 0;
    }
    free(one);
    return st;
}

fc_status fc__segments_search(fc_segment *const *segments, size_t n_segments, const float *queries,
                              size_t n_queries, size_t dim, const fc_search_options *opts,
                              fc_hit *hits, size_t *n_hits, fc_search_report *report, fc_error *err)
{
    job j = {.segments = segments,
             .n_segments = n_segments,
             .queries = queries,
             .n_queries = n_queries,
             .dim = dim,
             .opts = opts,
             .hits = hits,
             .n_hits = n_hits};
    fc_row_runs *runs = fc__alloc_array(n_segments, sizeof(*runs));
    uint32_t n_threads = opts->n_threads == 0 ? 1 : opts->n_threads;
    fc_status st;

    if (runs == NULL)
        return fc__nomem(err, n_segments * sizeof(*runs), "a search");
    n_threads = n_threads < THREADS_MAX ? n_threads : THREADS_MAX;
    n_threads = n_queries < n_threads ? (n_queries > 0 ? (uint32_t)n_queries : 1) : n_threads;
    j.runs = runs;
    st = make_runs(&j, runs, err);
    if (st != FC_OK)
        goto done;
    if (j.k == 0) {
        st = check_queries(&j, err);
        goto done;
    }
    j.block = block_size(&j, n_threads);
    /* Our own threads share the work; OpenBLAS would start one a core in each of them. */
    openblas_set_num_threads(1);
    st = run_threads(&j, n_threads, err);

done:
    if (report != NULL)
        *report = (fc_search_report){.exact = !j.approximate, .n_scanned = j.n_scanned};
    for (size_t s = 0; s < n_segments; s++)
        fc__row_runs_dispose(&runs[s]);
    free(runs);
    return st;
}
