/*
 * What the tests of segments share: rows from an array, clustered data, building and opening in one
 * step, and the reference: a plain loop in double over the stored vectors.
 */
#ifndef INDEX_FIXTURE_H
#define INDEX_FIXTURE_H

#include "fc_test.h"

#include <dirent.h>
#include <math.h>

#include "fc_index.h"
#include "fc_rng.h"
#include "fc_vec.h"

static const fc_segment_identity identity_a = {
    .store_id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, .version = 7, .output = 2};

typedef struct array_source {
    const uint64_t *contents;
    const float *rows;
    size_t dim, n, at;
} array_source;

static inline fc_status array_next(void *self, fc_row_batch *batch, fc_error *err)
{
    array_source *s = self;
    const size_t left = s->n - s->at, n = left < 100 ? left : 100;

    (void)err;
    *batch = (fc_row_batch){s->contents + s->at, s->rows + s->at * s->dim, n};
    s->at += n;
    return n > 0 ? FC_OK : FC_E_NOT_FOUND;
}

/* n rows, contents 10, 13, 16, ... unless given. */
typedef struct data {
    size_t n, dim;
    float *rows;
    uint64_t *contents;
    array_source source;
    fc_row_source as_source;
} data;

static inline void data_init(data *d, size_t n, size_t dim)
{
    *d = (data){.n = n, .dim = dim};
    d->rows = calloc(n * dim + 1, sizeof(float));
    d->contents = calloc(n + 1, sizeof(uint64_t));
    assert_non_null(d->rows);
    assert_non_null(d->contents);
    for (size_t i = 0; i < n; i++)
        d->contents[i] = 10 + 3 * i;
}

static inline void data_dispose(data *d)
{
    free(d->rows);
    free(d->contents);
}

/* Rows around `n_clusters` random centres, never scaled to one length. */
static inline void fill_clustered(float *rows, size_t n, size_t dim, size_t n_clusters,
                                  double spread, uint64_t seed)
{
    fc_rng centre_rng = fc__rng_seed(99), rng = fc__rng_seed(seed);
    float *centres = calloc(n_clusters * dim, sizeof(float));

    assert_non_null(centres);
    for (size_t i = 0; i < n_clusters * dim; i++)
        centres[i] = (float)fc__rng_normal(&centre_rng);
    for (size_t i = 0; i < n; i++) {
        const float *centre = centres + fc__rng_below(&rng, n_clusters) * dim;
        const float scale = (float)(0.1 + 5.0 * fc__rng_unit(&rng));

        for (size_t j = 0; j < dim; j++)
            rows[i * dim + j] = scale * (centre[j] + (float)(spread * fc__rng_normal(&rng)));
    }
    free(centres);
}

static inline const fc_row_source *data_source(data *d)
{
    d->source = (array_source){d->contents, d->rows, d->dim, d->n, 0};
    d->as_source =
        (fc_row_source){.self = &d->source, .dim = d->dim, .n_rows = d->n, .next = array_next};
    return &d->as_source;
}

/* A fresh folder NAME in the test's temporary folder; the caller frees it. */
static inline char *fresh_folder(const char *name)
{
    char *path = fc_test_path(name);

    fc_test_remove_tree(path);
    assert_int_equal(mkdir(path, 0700), 0);
    return path;
}

static inline size_t count_files(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t n = 0;

    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

static inline fc_segment *build_and_open(const char *folder, data *d,
                                         const fc_segment_options *opts, fc_segment_info *info)
{
    fc_segment *segment = NULL;
    fc_error err = FC_ERROR_INIT;
    bool degraded = true;

    assert_status(FC_OK, fc__segment_build(folder, &identity_a, data_source(d), opts, info, &err),
                  &err);
    assert_status(
        FC_OK, fc__segment_open(&segment, folder, info->hash, &identity_a, &degraded, &err), &err);
    assert_false(degraded);
    return segment;
}

static inline double dot_double(const float *a, const float *b, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Rows found must have the scores of the reference, stand in the right order, and no allowed row
 * left out may be nearer than the last. Sums in f32 of unit vectors err by far less than 2e-6. */
static inline void assert_exact(fc_segment *const *segments, size_t n_segments, const float *query,
                                size_t dim, const fc_content_set *allowed, size_t k,
                                const fc_hit *hits, size_t n_hits)
{
    float *unit = calloc(dim, sizeof(float)), *row = calloc(dim, sizeof(float));
    fc_error err = FC_ERROR_INIT;
    size_t n_allowed = 0, n_seen = 0;

    assert_non_null(unit);
    assert_non_null(row);
    memcpy(unit, query, dim * sizeof(float));
    assert_int_equal(fc__vec_normalise(unit, dim), FC_OK);
    for (size_t s = 0; s < n_segments; s++)
        for (uint64_t r = 0; r < fc__segment_info(segments[s])->count; r++) {
            const uint64_t content = fc__segment_contents(segments[s])[r];
            double score;
            size_t at = 0;

            if (allowed != NULL && !fc__content_set_has(allowed, content))
                continue;
            n_allowed++;
            assert_status(FC_OK, fc__segment_vector(segments[s], r, row, &err), &err);
            score = fmax(-1.0, fmin(1.0, dot_double(unit, row, dim)));
            while (at < n_hits && hits[at].content != content)
                at++;
            if (at < n_hits) {
                n_seen++;
                assert_true(fabs((double)hits[at].score - score) < 2e-6);
            } else if (n_hits > 0 && score > (double)hits[n_hits - 1].score + 4e-6) {
                fail_msg("content %llu with %.8f is missing; the last hit has %.8f",
                         (unsigned long long)content, score, (double)hits[n_hits - 1].score);
            }
        }
    assert_int_equal(n_hits, k < n_allowed ? k : n_allowed);
    assert_int_equal(n_seen, n_hits);
    for (size_t i = 1; i < n_hits; i++)
        assert_true(hits[i - 1].score > hits[i].score ||
                    (hits[i - 1].score == hits[i].score && hits[i - 1].content < hits[i].content));
    free(unit);
    free(row);
}

#endif /* INDEX_FIXTURE_H */
