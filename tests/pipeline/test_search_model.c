/*
 * Queries against brute force over a store that lives: many small ingests of two data sets, files
 * that come, change and go, samples and index taken away, segments damaged. After each step every
 * query must give what comparing with all live samples one by one gives.
 */
#include "../flow/flow_fixture.h"

#include <dirent.h>
#include <math.h>

#include <featcache/query.h>

#include "fc_rng.h"
#include "fc_store_write.h"
#include "fc_vec.h"

#define N_STEPS 40
#define N_NAMES 40
#define K       7

typedef struct expected {
    double score;
    uint64_t content;
    char id[80];
} expected;

typedef struct model {
    flow flow;
    fc_rng rng;
    fc_store *store;
    fc_searcher *kept; /* one searcher over all steps: it must notice what changes */
    expected best[400];
    size_t n;
    bool no_index;
} model;

static uint64_t below(model *m, uint64_t n)
{
    return fc__rng_below(&m->rng, n);
}

static const char *const colours[] = {"red", "green", "blue"};

/* A manifest of a random half of the names; texts come from a small set, so that contents repeat.
 */
static void ingest_some(model *m, const char *dataset)
{
    char path[1200], name[64];
    const char *const sources[] = {path};
    FILE *file;

    snprintf(name, sizeof(name), "%s.csv", dataset);
    flow_path(&m->flow, name, path);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "id,text,colour,size\n");
    for (int i = 0; i < N_NAMES; i++)
        if (below(m, 3) > 0)
            fprintf(file, "%d,thing %d near place %d,%s,%d\n", i, (int)below(m, 25), i % 9,
                    colours[i % 3], i);
    fclose(file);
    m->flow.opts.dataset = dataset;
    m->flow.opts.no_index = below(m, 3) == 0;
    assert_status(FC_OK, flow_run_sources(&m->flow, sources, 1), &m->flow.err);
}

static void remove_one(model *m, const char *dataset)
{
    fc_writer_options opts = {.n_threads = 1};
    fc_writer *w;
    char id[16];
    uint64_t n;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    snprintf(id, sizeof(id), "%d", (int)below(m, N_NAMES));
    assert_status(FC_OK, fc__writer_open(&w, m->store, &opts, &err), &err);
    st = fc__writer_remove(w, dataset, id, &n, &err);
    assert_true(st == FC_OK || st == FC_E_NOT_FOUND);
    fc__writer_close(w);
}

static void update_index(model *m)
{
    fc_index_options opts = FC_INDEX_OPTIONS_INIT;
    fc_index_report report;
    fc_error err = FC_ERROR_INIT;

    opts.rebuild = below(m, 3) == 0;
    assert_status(FC_OK, fc_index_update(m->store, &opts, &report, &err), &err);
}

/* Flip a byte of segments, cut them, or take them away. In a new file each: who has the old one
 * mapped keeps it. */
static void damage_segments(model *m)
{
    char folder[1200], path[1500];
    struct dirent *entry;
    DIR *dir;

    snprintf(folder, sizeof(folder), "%s/segments", m->flow.store);
    dir = opendir(folder);
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        const uint64_t how = below(m, 6);
        uint8_t *bytes;
        size_t size;

        if (entry->d_name[0] == '.' || how > 2)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        bytes = fc_test_read_file(path, &size);
        assert_int_equal(unlink(path), 0);
        if (how == 1 && size > 0)
            fc_test_write_file(path, bytes, (size_t)below(m, size));
        if (how == 2 && size > 0) {
            bytes[below(m, size)] ^= 0x10;
            fc_test_write_file(path, bytes, size);
        }
        free(bytes);
    }
    closedir(dir);
}

static int by_rank(const void *a, const void *b)
{
    const expected *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->content < y->content ? -1 : x->content > y->content;
}

/* What a filter of the queries below lets through, written out. */
static bool lets_through(int filter, const fc_sample *sample)
{
    double size = 0;

    for (size_t i = 0; i < sample->n_meta; i++)
        if (strcmp(sample->meta[i].key, "size") == 0)
            size = sample->meta[i].number;
    switch (filter) {
    case 1:
        return strcmp(sample->dataset, "one") == 0;
    case 2:
        return strcmp(sample->meta[0].text, "red") == 0 && size < 20;
    default:
        return true;
    }
}

static const char *const datasets[] = {NULL, "one", NULL};
static const char *const wheres[] = {NULL, NULL, "colour = 'red' and size < 20"};

static void compare_all(model *m, const float *query, size_t dim, int filter, const char *self)
{
    static const char *const names[] = {"one", "two"};
    const uint64_t shape[2] = {1, dim};
    const fc_encoder_info *encoder;
    fc_output_id pooled = 0;
    fc_snapshot *s = NULL;
    fc_error err = FC_ERROR_INIT;

    m->n = 0;
    assert_status(FC_OK, fc_snapshot_begin(&s, m->store, &err), &err);
    assert_status(FC_OK, fc_snapshot_find_encoder(s, "hashtext", &encoder, &err), &err);
    for (size_t k = 0; k < encoder->n_outputs; k++)
        if (strcmp(encoder->outputs[k].name, "pooled") == 0)
            pooled = encoder->outputs[k].id;
    for (size_t d = 0; d < 2; d++) {
        const fc_sample *sample;
        fc_samples *it;

        if (fc_samples_open(&it, s, names[d], 0, &err) != FC_OK)
            continue;
        while (fc_samples_next(it, &sample, &err) == FC_OK) {
            fc_tensor row = FC_TENSOR_INIT;
            uint16_t half[4096];
            expected *e = &m->best[m->n];
            bool found;
            float score;

            snprintf(e->id, sizeof(e->id), "%s/%s", sample->dataset, sample->id);
            if (!lets_through(filter, sample) || (self != NULL && strcmp(self, e->id) == 0))
                continue;
            assert_true(dim <= 4096);
            assert_status(FC_OK, fc_tensor_alloc(&row, FC_F32, 2, shape, &err), &err);
            assert_status(FC_OK,
                          fc_snapshot_get_rows(s, encoder->id, pooled, &sample->content, 1, &row,
                                               &found, &err),
                          &err);
            assert_true(found);
            assert_status(FC_OK, fc__vec_normalise(row.data, dim), &err);
            fc__f32_to_f16(row.data, half, dim);
            fc__dot_rows_f16(query, half, dim, 1, dim, &score);
            e->score = score > 1 ? 1 : (double)score; /* as it is shown */
            e->content = sample->content;
            fc_tensor_dispose(&row);
            m->n++;
        }
        fc_samples_close(it);
    }
    fc_snapshot_end(s);
    qsort(m->best, m->n, sizeof(*m->best), by_rank);
}

/* Scores in order; each hit is a sample that has this score. */
static void check_result(const model *m, const fc_query_result *r, size_t k)
{
    char seen[K][80];

    assert_int_equal(r->n_hits, m->n < k ? m->n : k);
    for (size_t i = 0; i < r->n_hits; i++) {
        bool there = false;

        assert_float_equal(r->hits[i].score, m->best[i].score, 1e-6);
        snprintf(seen[i], sizeof(seen[i]), "%.30s/%.40s", r->hits[i].dataset, r->hits[i].id);
        for (size_t j = 0; j < m->n; j++)
            there = there || (strcmp(m->best[j].id, seen[i]) == 0 &&
                              fabs(m->best[j].score - r->hits[i].score) < 1e-6);
        assert_true(there);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
    }
}

static void ask(model *m, fc_searcher *searcher, int filter)
{
    fc_query by_vector = FC_QUERY_INIT, by_id = FC_QUERY_INIT;
    fc_query_result *r = NULL;
    fc_error err = FC_ERROR_INIT;
    float query[4096];
    size_t dim;
    char self[80];

    by_id.dataset = by_vector.dataset = datasets[filter];
    by_id.where = by_vector.where = wheres[filter];
    by_id.k = by_vector.k = K;
    /* A vector that is no sample's, and where there is one, a sample. */
    dim = 1024;
    for (size_t i = 0; i < dim; i++)
        query[i] = (float)below(m, 1000) / 500.0f - 1.0f;
    assert_status(FC_OK, fc__vec_normalise(query, dim), &err);
    by_vector.vector = query;
    by_vector.vector_dim = dim;
    compare_all(m, query, dim, filter, NULL);
    assert_status(FC_OK, fc_searcher_query(searcher, &by_vector, &r, &err), &err);
    check_result(m, r, K);
    fc_query_result_destroy(r);
    if (m->n == 0)
        return;
    snprintf(self, sizeof(self), "%s", m->best[below(m, m->n)].id);
    {
        fc_tensor v = FC_TENSOR_INIT;
        const fc_encoder_info *encoder;
        const fc_dataset_info *info;
        const fc_dataset_version *version;
        const fc_sample *sample;
        fc_samples *it;
        fc_snapshot *s;
        fc_output_id pooled = 0;

        self[3] = '\0'; /* "one" or "two" */
        assert_status(FC_OK, fc_snapshot_begin(&s, m->store, &err), &err);
        assert_status(FC_OK, fc_snapshot_find_dataset(s, self, &info, &version, &err), &err);
        assert_status(FC_OK, fc_samples_open(&it, s, self, 0, &err), &err);
        self[3] = '/';
        assert_status(FC_OK, fc_samples_find(it, self + 4, &sample, &err), &err);
        assert_status(FC_OK, fc_snapshot_find_encoder(s, "hashtext", &encoder, &err), &err);
        for (size_t k = 0; k < encoder->n_outputs; k++)
            if (strcmp(encoder->outputs[k].name, "pooled") == 0)
                pooled = encoder->outputs[k].id;
        assert_status(
            FC_OK, fc_snapshot_get_item(s, encoder->id, pooled, sample->content, &v, &err), &err);
        memcpy(query, v.data, dim * sizeof(float));
        fc_tensor_dispose(&v);
        fc_samples_close(it);
        fc_snapshot_end(s);
    }
    assert_status(FC_OK, fc__vec_normalise(query, dim), &err);
    by_id.id = self;
    compare_all(m, query, dim, filter, self);
    assert_status(FC_OK, fc_searcher_query(searcher, &by_id, &r, &err), &err);
    check_result(m, r, K);
    fc_query_result_destroy(r);
}

static void ask_all(model *m)
{
    fc_searcher_options opts = FC_SEARCHER_OPTIONS_INIT;
    fc_searcher *fresh;
    fc_error err = FC_ERROR_INIT;

    opts.encoder = "hashtext";
    opts.n_threads = 1;
    if (m->kept == NULL)
        assert_status(FC_OK, fc_searcher_open(&m->kept, m->store, &opts, &err), &err);
    assert_status(FC_OK, fc_searcher_open(&fresh, m->store, &opts, &err), &err);
    for (int filter = 0; filter < 3; filter++) {
        ask(m, m->kept, filter);
        ask(m, fresh, filter);
    }
    fc_searcher_close(fresh);
}

static void run_model(uint64_t seed)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    model *m = calloc(1, sizeof(*m));
    fc_error err = FC_ERROR_INIT;
    char name[32];

    assert_non_null(m);
    snprintf(name, sizeof(name), "model%u", (unsigned)seed);
    flow_begin(&m->flow, name);
    m->rng = fc__rng_seed(seed);
    m->flow.opts.encoders = flow_text_only;
    m->flow.opts.n_encoders = 1;
    ingest_some(m, "one");
    assert_status(FC_OK, fc_store_open(&m->store, m->flow.store, &opts, &err), &err);
    for (int step = 0; step < N_STEPS; step++) {
        switch (below(m, 6)) {
        case 0:
        case 1:
            ingest_some(m, "one");
            break;
        case 2:
            ingest_some(m, "two");
            break;
        case 3:
            remove_one(m, "one");
            break;
        case 4:
            update_index(m);
            break;
        default:
            damage_segments(m);
        }
        ask_all(m);
    }
    fc_searcher_close(m->kept);
    fc_store_close(m->store);
    flow_end(&m->flow);
    free(m);
}

static void test_search__equals_brute_force_whatever_happened(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++)
        run_model(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search__equals_brute_force_whatever_happened),
    };

    return cmocka_run_group_tests_name("search model", tests, NULL, NULL);
}
