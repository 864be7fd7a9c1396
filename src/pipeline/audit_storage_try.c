/*
 * What else an output could be stored as: bytes out of blocks encoded so, and what it costs in
 * neighbours, out of a seeded sample of its items.
 *
 * Each item becomes a vector: itself, or the mean of its vectors along the last axis. A query is an
 * item of the sample as it is stored now; its 10 nearest others, by cosine, are looked for among
 * the vectors as they are now and as they would be.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_storage.h"
#include "fc_alloc.h"
#include "fc_codec.h"
#include "fc_faiss.h"
#include "fc_knn_compare.h"
#include "fc_measured.h"
#include "fc_reduced_rows.h"
#include "fc_rng.h"
#include "fc_store_maintain.h"
#include "fc_store_read.h"
#include "fc_vec.h"

#define NEIGHBOURS  10u
#define OTHERS_MAX  3u /* precisions besides the present one */
#define REDUCED_MAX 3u /* halvings of the dimensions */
#define REDUCED_DIM 16u

typedef struct sample {
    const fc_storage_audit *a;
    const fc_output_info *info;
    fc_dtype others[OTHERS_MAX];
    size_t n_others;
    size_t dim;
    uint64_t *contents; /* of what was taken: n, ascending */
    float *now;         /* n x dim, unit rows */
    float *then[OTHERS_MAX];
    size_t n, n_queries;
    size_t *queries;       /* places of the queries */
    float *query_rows;     /* n_queries x dim */
    uint64_t *query_names; /* their content numbers */
    fc_knn_lists exact;
    fc_error *err;
} sample;

static void sample_dispose(sample *s)
{
    for (size_t i = 0; i < OTHERS_MAX; i++)
        free(s->then[i]);
    free(s->contents);
    free(s->now);
    free(s->queries);
    free(s->query_rows);
    free(s->query_names);
    fc__knn_lists_dispose(&s->exact);
}

/* Smaller than what it has. */
static size_t other_precisions(fc_dtype now, fc_dtype out[OTHERS_MAX])
{
    size_t n = 0;

    if (now == FC_F32) {
        out[n++] = FC_F16;
        out[n++] = FC_BF16;
    }
    if (now != FC_I8)
        out[n++] = FC_I8;
    return n;
}

/* --- the sample --------------------------------------------------------------------------------
 */

/* `m` of the n numbers, each choice equally likely, in order (Knuth, volume 2, algorithm S). */
static void choose(fc_rng *rng, uint64_t *list, size_t n, size_t m)
{
    size_t kept = 0;

    for (size_t i = 0; i < n && kept < m; i++)
        if (fc__rng_below(rng, n - i) < m - kept)
            list[kept++] = list[i];
}

static void pool(const float *rows, size_t n, size_t dim, float *out)
{
    for (size_t k = 0; k < dim; k++) {
        double sum = 0;

        for (size_t i = 0; i < n; i++)
            sum += rows[i * dim + k];
        out[k] = (float)(sum / (double)n);
    }
}

/* One item as a vector, now and in each other precision, at place s->n. *taken false: it has no
 * direction, or cannot be stored so. */
static fc_status take_item(sample *s, const fc_tensor *t, fc_buf *bytes, float *changed,
                           bool *taken)
{
    const size_t n_all = fc_tensor_count(t), n = n_all / s->dim;
    float *now = s->now + s->n * s->dim;
    fc_output_info other = *s->info;
    fc_item_layout layout;
    fc_status st = FC_OK;

    *taken = false;
    if (n == 0)
        return FC_OK;
    pool(t->data, n, s->dim, now);
    if (fc__vec_normalise(now, s->dim) != FC_OK)
        return FC_OK;
    for (size_t i = 0; i < s->n_others; i++) {
        float *then = s->then[i] + s->n * s->dim;

        other.precision = s->others[i];
        layout = (fc_item_layout){.dtype = other.precision, .item_rank = t->rank};
        layout.row_rank = t->rank == 1 ? 1 : t->rank - 1;
        for (uint32_t k = 0; k < layout.row_rank; k++)
            layout.row_shape[k] = t->shape[t->rank == 1 ? k : k + 1];
        fc_buf_clear(bytes);
        st = fc__item_quantise(&layout, t->data, t->rank == 1 ? 1 : t->shape[0], bytes, NULL,
                               s->err);
        if (st == FC_E_FORMAT)
            return FC_OK;
        if (st != FC_OK)
            return st;
        fc__item_dequantise(&layout, bytes->data, t->rank == 1 ? 1 : t->shape[0], changed);
        pool(changed, n, s->dim, then);
        if (fc__vec_normalise(then, s->dim) != FC_OK)
            return FC_OK;
    }
    *taken = true;
    return FC_OK;
}

static fc_status take_items(sample *s, const fc_output_stat *stat, const uint64_t *contents,
                            size_t n)
{
    fc_tensor t = FC_TENSOR_INIT;
    fc_buf bytes = FC_BUF_INIT;
    float *changed = NULL;
    size_t room = 0;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        bool taken = false;

        if (i % 256 == 0)
            st = fc__storage_go_on(s->a, "sample", i, n);
        if (st == FC_OK)
            st = fc_snapshot_get_item(s->a->snapshot, stat->version, stat->output, contents[i], &t,
                                      s->err);
        if (st == FC_OK)
            st = fc__grow_array(&changed, &room, fc_tensor_count(&t) + 1, sizeof(*changed), s->err);
        if (st == FC_OK)
            st = take_item(s, &t, &bytes, changed, &taken);
        if (st == FC_OK && taken)
            s->contents[s->n++] = contents[i];
    }
    fc_tensor_dispose(&t);
    fc_buf_dispose(&bytes);
    free(changed);
    return st;
}

static fc_status make_room(sample *s, size_t n)
{
    s->now = fc__alloc_array(n, s->dim * sizeof(float));
    s->contents = fc__alloc_array(n, sizeof(*s->contents));
    for (size_t i = 0; i < s->n_others; i++) {
        s->then[i] = fc__alloc_array(n, s->dim * sizeof(float));
        if (s->then[i] == NULL)
            return fc__nomem(s->err, n * s->dim * sizeof(float), "a sample");
    }
    return s->now != NULL && s->contents != NULL
               ? FC_OK
               : fc__nomem(s->err, n * s->dim * sizeof(float), "a sample");
}

static fc_status draw(sample *s, const fc_output_stat *stat)
{
    const fc_storage_options *opts = s->a->opts;
    const uint64_t fits = opts->memory_bytes / (s->dim * sizeof(float) * (OTHERS_MAX + 3));
    fc_rng rng = fc__rng_seed(opts->seed);
    uint64_t *contents = NULL;
    size_t n = 0, wanted;
    fc_status st = fc__snapshot_item_contents(s->a->snapshot, stat->version, stat->output,
                                              &contents, &n, s->err);

    wanted = opts->n_gallery < fits ? (size_t)opts->n_gallery : (size_t)fits;
    wanted = wanted < n ? wanted : n;
    if (st == FC_OK)
        choose(&rng, contents, n, wanted);
    if (st == FC_OK)
        st = make_room(s, wanted);
    if (st == FC_OK)
        st = take_items(s, stat, contents, wanted);
    free(contents);
    return st;
}

static fc_status draw_queries(sample *s)
{
    fc_rng rng = fc__rng_seed(s->a->opts->seed + 1);
    uint64_t *places = fc__alloc_array(s->n, sizeof(*places));
    const size_t m = s->a->opts->n_queries < s->n ? (size_t)s->a->opts->n_queries : s->n;

    s->queries = fc__alloc_array(m, sizeof(*s->queries));
    s->query_rows = fc__alloc_array(m, s->dim * sizeof(float));
    s->query_names = fc__alloc_array(m, sizeof(*s->query_names));
    if (places == NULL || s->queries == NULL || s->query_rows == NULL || s->query_names == NULL) {
        free(places);
        return fc__nomem(s->err, m * s->dim * sizeof(float), "queries");
    }
    for (size_t i = 0; i < s->n; i++)
        places[i] = i;
    choose(&rng, places, s->n, m);
    for (size_t q = 0; q < m; q++) {
        s->queries[q] = (size_t)places[q];
        s->query_names[q] = s->contents[places[q]];
        memcpy(s->query_rows + q * s->dim, s->now + places[q] * s->dim, s->dim * sizeof(float));
    }
    s->n_queries = m;
    free(places);
    return FC_OK;
}

/* --- neighbours --------------------------------------------------------------------------------
 */

/* Lists of the queries (n_queries x dim) over a gallery of all s->n rows of `dim`. */
static fc_status find_lists(const sample *s, const float *queries, const float *gallery, size_t dim,
                            fc_knn_lists *out)
{
    const fc_knn_ask ask = {.dim = dim,
                            .n_queries = s->n_queries,
                            .k = NEIGHBOURS,
                            .rows = queries,
                            .contents = s->query_names};
    fc_knn_scan *scan = NULL;
    fc_status st = fc__knn_scan_create(&scan, &ask, s->err);

    if (st == FC_OK) {
        fc__knn_scan_add(scan, s->contents, gallery, s->n);
        st = fc__knn_scan_finish(scan, out, s->err);
    }
    fc__knn_scan_destroy(scan);
    return st;
}

static fc_status measure(const sample *s, const float *queries, const float *gallery, size_t dim,
                         fc_storage_option *o)
{
    fc_knn_lists lists = {.n_queries = 0};
    float *overlap = fc__alloc_array(s->n_queries, sizeof(*overlap));
    fc_measured m = {0};
    fc_status st = overlap != NULL ? find_lists(s, queries, gallery, dim, &lists)
                                   : fc__nomem(s->err, s->n_queries * sizeof(float), "overlaps");

    if (st == FC_OK)
        st = fc__knn_overlap(&s->exact, &lists, NEIGHBOURS, overlap, s->err);
    if (st == FC_OK) {
        fc__mean_interval(&m, overlap, s->n_queries, 0, NULL);
        o->has_recall = true;
        o->recall = m.value;
        o->low = fmax(m.range.low, 0);
        o->high = fmin(m.range.high, 1);
    }
    fc__knn_lists_dispose(&lists);
    free(overlap);
    return st;
}

/* --- options -----------------------------------------------------------------------------------
 */

static fc_status add_option(fc_storage_output *out, const fc_storage_option *o, fc_error *err)
{
    fc_storage_option *list = fc__storage_owned(out->options);
    size_t capacity = out->n_options;
    const fc_status st = fc__grow_array(&list, &capacity, out->n_options + 1, sizeof(*list), err);

    if (st != FC_OK)
        return st;
    list[out->n_options++] = *o;
    out->options = list;
    return FC_OK;
}

static fc_status try_precisions(sample *s, const fc_output_stat *stat, fc_storage_output *out)
{
    const fc_storage_options *opts = s->a->opts;
    fc_status st = FC_OK;

    for (size_t i = 0; i < s->n_others && st == FC_OK; i++) {
        fc_storage_option o = {.bytes_now = stat->bytes_stored};
        fc_precision_trial trial;

        st = fc__snapshot_try_precision(s->a->snapshot, stat, s->others[i], opts->n_blocks,
                                        opts->seed, &trial, s->err);
        if (st == FC_E_FORMAT) { /* a value that it cannot hold: not offered */
            st = FC_OK;
            continue;
        }
        if (st != FC_OK || trial.bytes_now == 0)
            break;
        snprintf(o.name, sizeof(o.name), "%s", fc_dtype_name(s->others[i]));
        o.n_blocks = trial.n_blocks;
        o.rms_error = trial.rms_error;
        o.bytes = (uint64_t)llround((double)stat->bytes_stored * (double)trial.bytes_then /
                                    (double)trial.bytes_now);
        if (s->n_queries > 0)
            st = measure(s, s->query_rows, s->then[i], s->dim, &o);
        if (st == FC_OK)
            st = add_option(out, &o, s->err);
    }
    return st;
}

/* Half, a fourth and an eighth of the dimensions, as an index of that kind scans them. */
static fc_status try_reduced(sample *s, const fc_output_stat *stat, fc_storage_output *out)
{
    fc_components_basis basis;
    float *stored = fc__alloc_array(s->n, (s->dim / 2 + 1) * sizeof(float));
    float *asked = fc__alloc_array(s->n, (s->dim / 2 + 1) * sizeof(float));
    fc_status st = stored != NULL && asked != NULL
                       ? fc__basis_fit(&basis, s->now, s->n, s->dim, s->err)
                       : fc__nomem(s->err, s->n * s->dim * sizeof(float), "a sample");

    for (size_t i = 0, to = s->dim / 2; i < REDUCED_MAX && to >= REDUCED_DIM && st == FC_OK;
         i++, to /= 2) {
        fc_storage_option o = {.is_index = true,
                               .bytes_now = stat->n_items * 2 * s->dim}; /* .vec: f16 */

        snprintf(o.name, sizeof(o.name), "PCA%zu,Flat", to);
        o.bytes = stat->n_items * fc__kind_code_bytes(o.name, (uint32_t)s->dim);
        st = fc__basis_reduce(&basis, s->now, s->n, to, stored, asked, s->err);
        for (size_t q = 0; q < s->n_queries && st == FC_OK;
             q++) /* ascending: none is overwritten */
            memmove(asked + q * (to + 1), asked + s->queries[q] * (to + 1),
                    (to + 1) * sizeof(float));
        if (st == FC_OK)
            st = measure(s, asked, stored, to + 1, &o);
        if (st == FC_OK)
            st = add_option(out, &o, s->err);
    }
    if (stored != NULL && asked != NULL)
        fc__basis_dispose(&basis);
    free(asked);
    free(stored);
    return st;
}

static const char *why_not(const sample *s)
{
    return s->n < FC_AUDIT_LEAST ? "fewer than 50 items that have a direction" : NULL;
}

fc_status fc__storage_try(fc_storage_audit *a, const fc_encoder_info *e, const fc_output_info *info,
                          const fc_output_stat *stat, fc_storage_output *out)
{
    sample s = {.a = a, .info = info, .dim = (size_t)info->shape[info->rank - 1], .err = a->err};
    fc_status st = FC_OK;

    (void)e;
    s.n_others = other_precisions(info->precision, s.others);
    if (stat->n_items >= FC_AUDIT_LEAST)
        st = draw(&s, stat);
    if (st == FC_OK && s.n >= FC_AUDIT_LEAST) {
        st = draw_queries(&s);
        if (st == FC_OK)
            st = find_lists(&s, s.query_rows, s.now, s.dim, &s.exact);
    }
    if (st == FC_OK)
        st = try_precisions(&s, stat, out);
    if (st == FC_OK && s.n_queries > 0 && info->searchable && s.dim <= FC_REDUCED_DIM_MAX)
        st = try_reduced(&s, stat, out);
    out->n_queries = s.n_queries;
    out->n_gallery = s.n_queries > 0 ? s.n : 0;
    out->why_not = why_not(&s);
    sample_dispose(&s);
    return st;
}
