/*
 * A store with features of two encoder versions of the same contents, made from arrays: for the
 * tests of audits. (Precomputed vectors cannot do that: another array is another content.)
 */
#ifndef AUDIT_FIXTURE_H
#define AUDIT_FIXTURE_H

#include "fc_test.h"

#include <math.h>

#include <featcache/audit.h>
#include <featcache/encode.h>

#include "fc_card.h"
#include "fc_rng.h"
#include "fc_store_write.h"

#define AUDIT_CONTENTS_MAX 4096

/* Features of one version: n items of rows x dim (rows 0: a vector). */
typedef struct audit_version {
    const char *variant;
    const float *values;
    size_t first, n; /* contents [first, first + n) */
    size_t rows, dim;
    const size_t
        *rows_of; /* NULL, or the rows of each item, at most `rows`; values are rows apart */
} audit_version;

typedef struct audit_store {
    char path[1024];
    fc_store *store;
    fc_error err;
} audit_store;

/* Independent unit rows. */
static inline void audit_random_rows(float *out, size_t n, size_t dim, uint64_t seed)
{
    fc_rng r = fc__rng_seed(seed);

    for (size_t i = 0; i < n; i++) {
        double sum = 0;

        for (size_t k = 0; k < dim; k++) {
            out[i * dim + k] = (float)fc__rng_normal(&r);
            sum += (double)out[i * dim + k] * (double)out[i * dim + k];
        }
        for (size_t k = 0; k < dim; k++)
            out[i * dim + k] = (float)((double)out[i * dim + k] / sqrt(sum));
    }
}

/* An orthogonal matrix by Gram-Schmidt, dim x dim. */
static inline void audit_rotation(double *out, size_t dim, uint64_t seed)
{
    fc_rng r = fc__rng_seed(seed);

    for (size_t i = 0; i < dim; i++) {
        double norm = 0;

        for (size_t k = 0; k < dim; k++)
            out[i * dim + k] = fc__rng_normal(&r);
        for (size_t pass = 0; pass < 2; pass++)
            for (size_t j = 0; j < i; j++) {
                double dot = 0;

                for (size_t k = 0; k < dim; k++)
                    dot += out[i * dim + k] * out[j * dim + k];
                for (size_t k = 0; k < dim; k++)
                    out[i * dim + k] -= dot * out[j * dim + k];
            }
        for (size_t k = 0; k < dim; k++)
            norm += out[i * dim + k] * out[i * dim + k];
        for (size_t k = 0; k < dim; k++)
            out[i * dim + k] /= sqrt(norm);
    }
}

/* to = from turned: n rows of dim. */
static inline void audit_turn(const float *from, const double *rotation, float *to, size_t n,
                              size_t dim)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < dim; k++) {
            double sum = 0;

            for (size_t j = 0; j < dim; j++)
                sum += rotation[k * dim + j] * (double)from[i * dim + j];
            to[i * dim + k] = (float)sum;
        }
}

static inline fc_encoder_ids audit_put_encoder(fc_writer *w, const audit_version *v, fc_error *err)
{
    char yaml[256];
    const fc_output_info output = {.name = v->rows > 0 ? "map" : "vector",
                                   .precision = FC_F32,
                                   .rank = v->rows > 0 ? 2 : 1,
                                   .shape = {v->rows > 0 ? 0 : v->dim, v->rows > 0 ? v->dim : 0},
                                   .searchable = v->rows == 0};
    fc_encoder_desc desc = {.name = "model",
                            .modality = FC_VECTOR,
                            .provenance = "encoder=builtin/precomputed featcache=0.1.0",
                            .n_outputs = 1,
                            .outputs = &output};
    fc_encoder_ids ids;
    fc_card *card;

    snprintf(yaml, sizeof(yaml),
             "name: model\nmodality: vector\nencoder: builtin/precomputed\nvariant: %s\n"
             "params: { dim: %zu }\n",
             v->variant, v->dim);
    assert_status(FC_OK, fc__card_parse(&card, yaml, strlen(yaml), "card.yaml", NULL, err), err);
    desc.card = card->canonical;
    desc.fingerprint = card->fingerprint;
    assert_status(FC_OK, fc__writer_encoder(w, &desc, &ids, err), err);
    fc__card_destroy(card);
    return ids;
}

static inline uint64_t audit_content(fc_writer *w, size_t i, fc_sha256 *hash, fc_error *err)
{
    const uint64_t key = 1000 + i;
    uint64_t content;

    assert_status(FC_OK, fc__sha256(&key, sizeof(key), hash, err), err);
    assert_status(FC_OK, fc__writer_content(w, hash, &content, err), err);
    return content;
}

/* Stored bytes of an item. A writer refuses what is not finite: here it stands in the store all the
 * same, as what a damaged machine might have left. */
static inline void audit_quantise(const fc_item_layout *layout, const float *values, size_t rows,
                                  fc_buf *bytes, fc_quant_error *e, fc_error *err)
{
    const size_t n = rows * fc__layout_row_elements(layout);
    float *finite = calloc(n + 1, sizeof(float));

    assert_non_null(finite);
    for (size_t i = 0; i < n; i++)
        finite[i] = isfinite(values[i]) ? values[i] : 0;
    assert_status(FC_OK, fc__item_quantise(layout, finite, rows, bytes, e, err), err);
    assert_int_equal(bytes->size, n * sizeof(float));
    memcpy(bytes->data, values, n * sizeof(float));
    free(finite);
}

static inline void audit_put_items(fc_writer *w, const audit_version *v, const fc_encoder_ids *ids,
                                   fc_error *err)
{
    const fc_item_layout layout = {
        .dtype = FC_F32, .item_rank = v->rows > 0 ? 2 : 1, .row_rank = 1, .row_shape = {v->dim}};
    const size_t most = v->rows > 0 ? v->rows : 1;

    for (size_t i = 0; i < v->n; i++) {
        const size_t rows = v->rows_of != NULL ? v->rows_of[i] : most;
        fc_buf bytes = FC_BUF_INIT;
        fc_quant_error e = {0};
        fc_item item = {.n_rows = rows, .total_rows = rows, .provenance = ids->provenance};
        fc_sha256 hash;

        item.content = audit_content(w, v->first + i, &hash, err);
        audit_quantise(&layout, v->values + i * most * v->dim, rows, &bytes, &e, err);
        item.bytes = bytes.data;
        assert_status(
            FC_OK, fc__writer_item(w, ids->version, ids->outputs[0], &layout, &item, &e, err), err);
        fc_buf_dispose(&bytes);
    }
}

/* Sample i: id "s0007", split by i % 3 (train, train, test), column "kind": "even" or "odd". */
static inline void audit_put_samples(fc_writer *w, size_t n, fc_error *err)
{
    for (size_t i = 0; i < n; i++) {
        char id[32];
        fc_meta meta = FC_META_INIT;
        fc_sample_row row = {.id = id,
                             .modality = FC_VECTOR,
                             .group = "",
                             .split = i % 3 == 2 ? "test" : "train",
                             .path = "",
                             .preview = "",
                             .meta = &meta};
        const char *kind = i % 2 == 0 ? "even" : "odd";
        bool duplicate;

        snprintf(id, sizeof(id), "s%04zu", i);
        assert_status(FC_OK,
                      fc__meta_add(&meta, "kind", 4, FC_META_STRING, kind, strlen(kind), err), err);
        row.content = audit_content(w, i, &row.content_hash, err);
        assert_status(FC_OK, fc__writer_sample(w, &row, &duplicate, err), err);
        fc__meta_dispose(&meta);
    }
}

/* A store of n samples in data set "set", with two versions of encoder "model", variants as said.
 */
static inline void audit_begin(audit_store *a, const char *name, const audit_version versions[2],
                               size_t n)
{
    const fc_store_options opts = FC_STORE_OPTIONS_INIT;
    const fc_writer_options writer_opts = {.n_threads = 1};
    fc_encoder_ids ids[2];
    fc_output_ref refs[2];
    fc_seal_result sealed;
    fc_writer *w;

    memset(a, 0, sizeof(*a));
    snprintf(a->path, sizeof(a->path), "%s/%s", fc_test_tmpdir(), name);
    assert_status(FC_OK, fc_store_open(&a->store, a->path, &opts, &a->err), &a->err);
    assert_status(FC_OK, fc__writer_open(&w, a->store, &writer_opts, &a->err), &a->err);
    for (size_t i = 0; i < 2; i++) {
        ids[i] = audit_put_encoder(w, &versions[i], &a->err);
        refs[i] = (fc_output_ref){ids[i].version, ids[i].outputs[0]};
    }
    assert_status(FC_OK, fc__writer_begin_dataset(w, "set", "test", "/data", refs, 2, &a->err),
                  &a->err);
    for (size_t i = 0; i < 2; i++)
        audit_put_items(w, &versions[i], &ids[i], &a->err);
    audit_put_samples(w, n, &a->err);
    assert_status(FC_OK, fc__writer_commit(w, &a->err), &a->err);
    assert_status(FC_OK, fc__writer_seal(w, true, NULL, NULL, &sealed, &a->err), &a->err);
    fc__writer_close(w);
}

static inline void audit_end(audit_store *a)
{
    fc_store_close(a->store);
    fc_test_remove_tree(a->path);
}

#endif /* AUDIT_FIXTURE_H */
