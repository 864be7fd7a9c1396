/*
 * fc_eval_label(): k-NN classification by exact cosine over one encoder output, with its interval
 * and with what guessing the most frequent label would give.
 */
#include <stdlib.h>
#include <string.h>

#include <featcache/query.h>

#include "eval_labels.h"
#include "fc_alloc.h"
#include "fc_eval.h"
#include "fc_queue.h"
#include "search_index.h"
#include "search_pick.h"

/* Queries at a time: enough for each thread to have several blocks of them. */
#define CHUNK 2048u
#define K_MAX 1000u

typedef struct evaluation {
    const fc_eval_label_options *opts;
    fc_store *store;
    fc_snapshot *snapshot;
    fc_picked picked;
    const fc_dataset_info *dataset;
    const fc_dataset_version *version;
    fc_output_index index;
    fc_labelled labelled;
    uint32_t k;
    fc_tensor rows; /* CHUNK x dim: the queries */
    fc_hit *hits;   /* CHUNK x (k + 1) */
    size_t *n_hits; /* CHUNK */
    uint64_t n_right, n_asked;
    uint64_t *by_label; /* queries of each label */
} evaluation;

static fc_status only_dataset(fc_snapshot *s, const char **name, fc_error *err)
{
    const fc_dataset_info *list;
    size_t n;
    fc_status st;

    st = fc_snapshot_datasets(s, &list, &n, err);
    if (st == FC_OK && n != 1)
        return fc_error_set(err, FC_E_INVALID,
                            "the store has %zu data sets; say which with --dataset", n);
    if (st == FC_OK)
        *name = list[0].name;
    return st;
}

static fc_status pick(evaluation *e, fc_error *err)
{
    const char *name = e->opts->dataset;
    fc_status st = FC_OK;

    if (e->opts->label == NULL || e->opts->encoder == NULL)
        return fc_error_set(err, FC_E_INVALID, "an encoder and a label column are needed");
    if (name == NULL)
        st = only_dataset(e->snapshot, &name, err);
    if (st == FC_OK)
        st = fc_snapshot_find_dataset(e->snapshot, name, &e->dataset, &e->version, err);
    if (st == FC_OK)
        st = fc__pick_output(
            e->snapshot, &(fc_pick_wish){.encoder = e->opts->encoder, .output = e->opts->output},
            &e->picked, err);
    return st;
}

static fc_status allocate(evaluation *e, fc_error *err)
{
    const uint64_t shape[2] = {CHUNK, e->picked.output->shape[0]};

    e->hits = fc__alloc_array((size_t)CHUNK * (e->k + 1), sizeof(*e->hits));
    e->n_hits = fc__alloc_array(CHUNK, sizeof(*e->n_hits));
    e->by_label = fc__alloc_array(e->labelled.values.n, sizeof(*e->by_label));
    if (e->hits == NULL || e->n_hits == NULL || e->by_label == NULL)
        return fc__nomem(err, CHUNK * (size_t)(e->k + 1) * sizeof(*e->hits), "neighbours");
    return fc_tensor_alloc(&e->rows, FC_F32, 2, shape, err);
}

static fc_status open_index(evaluation *e, bool no_segments, fc_error *err)
{
    const fc_index_wish wish = {.encoder = e->picked.encoder,
                                .output = e->picked.output,
                                .dataset = e->dataset,
                                .version = e->version,
                                .no_segments = no_segments};

    fc__output_index_close(&e->index);
    return fc__output_index_open(&e->index, e->store, e->snapshot, &wish, err);
}

static fc_status find_neighbours(evaluation *e, size_t n, fc_error *err)
{
    const fc_index_ask ask = {.queries = e->rows.data,
                              .n = n,
                              .k = e->k + 1,
                              .allowed = &e->labelled.gallery.set,
                              .exact = true,
                              .n_threads =
                                  e->opts->n_threads != 0 ? e->opts->n_threads : fc__cpu_count()};
    bool exact;
    fc_status st;

    st = fc__output_index_search(&e->index, e->snapshot, &ask, e->hits, e->n_hits, &exact, err);
    if (st != FC_E_CORRUPT || e->index.n_segments == 0)
        return st;
    st = open_index(e, true, err); /* a damaged segment: the blocks answer */
    return st == FC_OK ? fc__output_index_search(&e->index, e->snapshot, &ask, e->hits, e->n_hits,
                                                 &exact, err)
                       : st;
}

/* Vote of the neighbours of query i, itself left out. */
static bool is_right(const evaluation *e, size_t i, const fc_labelled_query *q)
{
    const fc_hit *hits = e->hits + i * (e->k + 1);
    uint32_t labels[K_MAX];
    float scores[K_MAX];
    size_t n = 0;

    for (size_t h = 0; h < e->n_hits[i] && n < e->k; h++) {
        if (e->labelled.leave_one_out && hits[h].content == q->content)
            continue;
        labels[n] = e->labelled.labels[hits[h].content];
        scores[n++] = hits[h].score;
    }
    return n > 0 && fc__knn_vote(labels, scores, n) == q->label;
}

/* Queries of one chunk whose features are there, moved together at its front. */
static size_t keep_found(evaluation *e, fc_labelled_query *queries, size_t n, const bool *found)
{
    const size_t dim = (size_t)e->rows.shape[1];
    float *rows = e->rows.data;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (!found[i])
            continue;
        if (kept != i) {
            memcpy(rows + kept * dim, rows + i * dim, dim * sizeof(float));
            queries[kept] = queries[i];
        }
        kept++;
    }
    return kept;
}

static fc_status ask_chunk(evaluation *e, size_t at, size_t n, fc_error *err)
{
    fc_labelled_query *queries = e->labelled.queries + at;
    uint64_t contents[CHUNK];
    bool found[CHUNK];
    size_t kept;
    fc_status st;

    for (size_t i = 0; i < n; i++)
        contents[i] = queries[i].content;
    e->rows.shape[0] = n;
    st = fc_snapshot_get_rows(e->snapshot, e->picked.encoder->id, e->picked.output->id, contents, n,
                              &e->rows, found, err);
    if (st != FC_OK)
        return st;
    kept = keep_found(e, queries, n, found);
    if (kept > 0)
        st = find_neighbours(e, kept, err);
    for (size_t i = 0; st == FC_OK && i < kept; i++) {
        e->n_right += is_right(e, i, &queries[i]);
        e->by_label[queries[i].label]++;
    }
    e->n_asked += kept;
    return st;
}

static fc_status ask_all(evaluation *e, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t at = 0; st == FC_OK && at < e->labelled.n_queries; at += CHUNK) {
        const size_t left = e->labelled.n_queries - at;

        st = ask_chunk(e, at, left < CHUNK ? left : CHUNK, err);
        if (e->opts->progress != NULL)
            e->opts->progress(e->opts->context, at + (left < CHUNK ? left : CHUNK),
                              e->labelled.n_queries);
    }
    return st;
}

static fc_status sum_up(const evaluation *e, fc_eval_label_report *report, fc_error *err)
{
    const fc_interval interval = fc__wilson(e->n_right, e->n_asked);
    uint64_t most = 0;

    if (e->n_asked == 0)
        return fc_error_set(
            err, FC_E_INVALID, "no %s sample of %s@%u has label '%s'%s%s and features of '%s'",
            fc_modality_name(e->picked.encoder->modality), e->dataset->name, e->version->number,
            e->opts->label, e->opts->test_split != NULL ? ", split " : "",
            e->opts->test_split != NULL ? e->opts->test_split : "", e->picked.encoder->name);
    for (uint32_t i = 0; i < e->labelled.values.n; i++)
        if (e->by_label[i] > most)
            most = e->by_label[i];
    report->accuracy = (double)e->n_right / (double)e->n_asked;
    report->low = interval.low;
    report->high = interval.high;
    report->queries = e->n_asked;
    report->gallery = e->labelled.gallery.set.n_set;
    report->n_labels = e->labelled.values.n;
    report->majority = (double)most / (double)e->n_asked;
    return FC_OK;
}

fc_status fc_eval_label(fc_store *store, const fc_eval_label_options *opts,
                        fc_eval_label_report *report, fc_error *err)
{
    evaluation e = {
        .opts = opts, .store = store, .k = opts->k == 0 ? 1 : opts->k, .rows = FC_TENSOR_INIT};
    const uint64_t start = fc__now_ns();
    fc_status st;

    memset(report, 0, sizeof(*report));
    if (opts->struct_size != sizeof(*opts))
        return fc_error_set(err, FC_E_INVALID,
                            "eval options: struct_size is %zu; start from "
                            "FC_EVAL_LABEL_OPTIONS_INIT",
                            opts->struct_size);
    if (e.k > K_MAX)
        return fc_error_set(err, FC_E_INVALID, "k is %u; at most %u", e.k, K_MAX);
    st = fc_snapshot_begin(&e.snapshot, store, err);
    if (st == FC_OK)
        st = pick(&e, err);
    if (st == FC_OK)
        st = fc__labelled_read(&e.labelled, e.snapshot, e.dataset, e.version,
                               e.picked.encoder->modality, opts, err);
    if (st == FC_OK)
        st = open_index(&e, false, err);
    if (st == FC_OK)
        st = allocate(&e, err);
    if (st == FC_OK)
        st = ask_all(&e, err);
    if (st == FC_OK)
        st = sum_up(&e, report, err);
    report->seconds = (double)(fc__now_ns() - start) * 1e-9;
    fc_tensor_dispose(&e.rows);
    free(e.hits);
    free(e.n_hits);
    free(e.by_label);
    fc__labelled_dispose(&e.labelled);
    fc__output_index_close(&e.index);
    fc_snapshot_end(e.snapshot);
    return st;
}
