/*
 * Measuring kinds on a sample. The sample is a segment of its own for a while: a .vec of a
 * temporary name, so that building, searching and comparing again are those of real segments.
 */
#include "fc_choose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_calibrate.h"
#include "fc_queue.h"
#include "fc_rng.h"

#define SAMPLE_MIN   UINT64_C(8192)
#define SAMPLE_MAX   UINT64_C(32768)
#define SAMPLE_SHARE 8
#define SAMPLE_SEED  20240229u
#define BATCH        256u
#define LISTS_MIN    32u
/* Nanoseconds of scanning: a byte of fast-scan codes, and of others, which are decoded; a
 * multiplication of the search among the lists' centres. */
#define FAST_BYTE_NS 0.06
#define CODE_BYTE_NS 0.25
#define CENTRE_NS    0.05

/* Rows of a .vec, one at random out of each of n equal parts. */
typedef struct sample_source {
    const fc_vec_file *vec;
    fc_rng rng;
    uint64_t n, at;
    uint64_t contents[BATCH];
    float *rows; /* BATCH x dim */
} sample_source;

static fc_status next_rows(void *self, fc_row_batch *batch, fc_error *err)
{
    sample_source *s = self;
    const uint64_t count = s->vec->h.count;
    size_t n = 0;

    for (; n < BATCH && s->at < s->n; n++, s->at++) {
        const uint64_t first = s->at * count / s->n, end = (s->at + 1) * count / s->n;
        const uint64_t row = first + fc__rng_below(&s->rng, end - first);
        fc_status st = fc__vec_rows(s->vec, row, 1, s->rows + n * s->vec->h.dim, err);

        if (st != FC_OK)
            return st;
        s->contents[n] = s->vec->contents[row];
    }
    *batch = (fc_row_batch){s->contents, s->rows, n};
    return n > 0 ? FC_OK : FC_E_NOT_FOUND;
}

typedef struct trial {
    const fc_vec_file *vec;
    const fc_segment_options *opts;
    fc_segment sample;
    uint64_t memory;
    double wanted;
} trial;

/* The file loses its name at once: nothing is left of it however this ends. */
static fc_status make_sample(trial *t, const char *folder, uint64_t n, fc_error *err)
{
    sample_source s = {.vec = t->vec, .rng = fc__rng_seed(SAMPLE_SEED), .n = n};
    const fc_row_source rows = {.self = &s, .dim = t->vec->h.dim, .n_rows = n, .next = next_rows};
    const fc_segment_options opts = {.f32 = t->vec->h.dtype == FC_F32};
    fc_vec_header h;
    fc_buf table = FC_BUF_INIT;
    char name[80], *path;
    fc_status st;

    snprintf(name, sizeof(name), "building-%ld-%llx-sample.vec", (long)getpid(),
             (unsigned long long)fc__now_ns());
    path = fc__path_join(folder, name);
    s.rows = fc__alloc_array(BATCH * (size_t)t->vec->h.dim, sizeof(float));
    if (path == NULL || s.rows == NULL) {
        st = fc__nomem(err, BATCH * sizeof(float) * t->vec->h.dim, "a sample of the rows");
        goto done;
    }
    st = fc__vec_write(path, &t->vec->h.identity, &rows, &opts, &h, &table, err);
    if (st == FC_OK)
        st = fc__vec_map(&t->sample.vec, path, &h, err);
    unlink(path);
    t->sample.info.count = n;
    t->sample.info.dim = t->vec->h.dim;

done:
    fc_buf_dispose(&table);
    free(s.rows);
    free(path);
    return st;
}

static double thread_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* From the sample to all rows: more and longer lists, of which as many are looked at; a graph's
 * path grows with the logarithm, and its steps leave the cache. */
static void extrapolate(const trial *t, const char *sample_kind, fc_tried_kind *k,
                        double microseconds, double seconds)
{
    const double n = (double)t->vec->h.count, m = (double)t->sample.info.count;
    const double longer = log(n) / log(m);
    const uint64_t n_train =
        fc__kind_plan(k->kind, t->vec->h.count, t->vec->h.dim, t->memory).n_train;
    const uint64_t m_train =
        fc__kind_plan(sample_kind, t->sample.info.count, t->vec->h.dim, t->memory).n_train;
    const double training = m_train > 0 ? (double)n_train / (double)m_train : n / m;
    const double lists = fc__kind_lists(k->kind), few = fc__kind_lists(sample_kind);
    const double bytes = (double)fc__kind_code_bytes(k->kind, t->vec->h.dim);
    const char *probes = strchr(t->sample.effort.parameters, '=');

    if (lists > 0) {
        const double each = strstr(k->kind, "fs") != NULL ? FAST_BYTE_NS : CODE_BYTE_NS;
        const double n_probe = probes != NULL ? (double)strtoul(probes + 1, NULL, 10) : 1.0;

        microseconds += 1e-3 * n_probe * (n / lists - m / few) * bytes * each;
        microseconds +=
            1e-3 * (lists - few) * (double)fc__kind_inner_dim(k->kind, t->vec->h.dim) * CENTRE_NS;
        seconds *= 0.5 * training + 0.5 * n / m;
    } else {
        microseconds *= longer * longer;
        seconds *= longer * n / m;
    }
    k->microseconds = (float)microseconds;
    k->seconds = (float)seconds;
}

/* Build it over the sample and search. */
static fc_status try_kind(trial *t, const char *sample_kind, fc_tried_kind *k, fc_error *err)
{
    fc_segment_options opts = {.memory_bytes = t->memory, .n_threads = 1};
    fc_calibration c;
    fc_error words = FC_ERROR_INIT;
    const double begin = thread_seconds();
    double seconds;
    fc_status st;

    st = fc__faiss_build(&t->sample.faiss, sample_kind, &t->sample.vec, &opts, &words);
    if (st == FC_E_INVALID) {
        k->outcome = FC_TRIED_FAILED;
        return FC_OK;
    }
    if (st != FC_OK)
        return fc_error_set(err, st, "%s", words.message);
    seconds = thread_seconds() - begin;
    snprintf(t->sample.info.kind, sizeof(t->sample.info.kind), "%s", sample_kind);
    st = fc__calibrate(&t->sample, t->vec, t->wanted, &c, err);
    if (st == FC_OK) {
        k->recall = (float)c.recall;
        k->outcome = c.reached ? FC_TRIED_SLOWER : FC_TRIED_MISSES;
        extrapolate(t, sample_kind, k, c.microseconds, seconds);
    }
    fc__faiss_destroy(t->sample.faiss);
    t->sample.faiss = NULL;
    return st;
}

/* With fewer lists where only that makes it fit: less memory to train in. */
static void fit_memory(const trial *t, size_t at, fc_tried_kind *k)
{
    unsigned lists = fc__choose_lists(t->vec->h.count);

    do {
        char kinds[FC_TRIED_MAX][32];

        (void)fc__choose_kinds(kinds, t->vec->h.dim, lists);
        snprintf(k->kind, sizeof(k->kind), "%s", kinds[at]);
        k->bytes = fc__kind_plan(k->kind, t->vec->h.count, t->vec->h.dim, t->memory).bytes;
        lists /= 2;
    } while (k->bytes > t->memory && fc__kind_lists(k->kind) > 0 && lists >= 256);
}

static unsigned sample_lists(const trial *t, uint64_t n)
{
    const double share = sqrt((double)n / (double)t->vec->h.count);
    unsigned lists = LISTS_MIN;

    while (2 * lists <= share * fc__choose_lists(t->vec->h.count) * 1.01)
        lists *= 2;
    return lists;
}

fc_status fc__choose(const char *folder, const fc_vec_file *vec, const fc_segment_options *opts,
                     fc_segment_measure *m, fc_error *err)
{
    trial t = {.vec = vec,
               .opts = opts,
               .memory = fc__segment_memory(opts),
               .wanted = fc__calibrate_wanted("", fc__segment_target(opts))};
    uint64_t n = vec->h.count / SAMPLE_SHARE;
    char kinds[FC_TRIED_MAX][32];
    fc_status st;

    n = n < SAMPLE_MIN ? SAMPLE_MIN : n > SAMPLE_MAX ? SAMPLE_MAX : n;
    n = n < vec->h.count ? n : vec->h.count;
    m->n_tried = fc__choose_kinds(kinds, vec->h.dim, sample_lists(&t, n));
    m->sample_rows = n;
    st = make_sample(&t, folder, n, err);
    for (size_t i = 0; st == FC_OK && i < m->n_tried; i++) {
        fc_tried_kind *k = &m->tried[i];

        *k = (fc_tried_kind){.outcome = FC_TRIED_LARGE};
        fit_memory(&t, i, k);
        if (k->bytes > t.memory)
            continue;
        if (opts->cancelled != NULL && opts->cancelled(opts->context))
            st = fc_error_set(err, FC_E_CANCELLED, "stopped while choosing the kind of index");
        if (st == FC_OK && opts->trying != NULL)
            opts->trying(opts->context, k->kind);
        if (st == FC_OK)
            st = try_kind(&t, kinds[i], k, err);
    }
    fc__faiss_destroy(t.sample.faiss);
    fc__vec_dispose(&t.sample.vec);
    return st;
}

fc_tried_kind *fc__choose_next(fc_segment_measure *m)
{
    fc_tried_kind *best = NULL;

    for (size_t i = 0; i < m->n_tried; i++)
        if (m->tried[i].outcome == FC_TRIED_SLOWER &&
            (best == NULL || m->tried[i].microseconds < best->microseconds))
            best = &m->tried[i];
    return best;
}
