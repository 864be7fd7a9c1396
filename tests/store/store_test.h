/*
 * For the tests of the store: stores in the temporary folder, encoders with made-up outputs, items
 * whose numbers follow from (content, output), samples.
 */
#ifndef STORE_TEST_H
#define STORE_TEST_H

#include "fc_test.h"

#include "fc_rng.h"
#include "fc_store_internal.h"

#define T_OUTPUTS 5 /* of the test encoder */

/* f16 vector, f32 map, int8 sequence, bf16 sequence of long rows, f32 vector. */
static const fc_output_info t_outputs[T_OUTPUTS] = {
    {.name = "pooled", .precision = FC_F16, .rank = 1, .shape = {24}, .searchable = true},
    {.name = "map", .precision = FC_F32, .rank = 3, .shape = {3, 2, 4}},
    {.name = "tokens", .precision = FC_I8, .rank = 2, .shape = {0, 16}},
    {.name = "long", .precision = FC_BF16, .rank = 2, .shape = {0, 1024}},
    {.name = "wide", .precision = FC_F32, .rank = 1, .shape = {700}, .searchable = true},
};

static inline fc_store *t_open(const char *path, uint64_t map_bytes)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_store *store;

    opts.map_bytes = map_bytes;
    assert_status(FC_OK, fc_store_open(&store, path, &opts, &err), &err);
    return store;
}

static inline fc_writer *t_writer(fc_store *store, uint32_t n_threads)
{
    const fc_writer_options opts = {.n_threads = n_threads};
    fc_error err = FC_ERROR_INIT;
    fc_writer *w;

    assert_status(FC_OK, fc__writer_open(&w, store, &opts, &err), &err);
    return w;
}

static inline fc_encoder_ids t_encoder(fc_writer *w, const char *name, uint8_t print)
{
    fc_encoder_desc desc = {.name = name,
                            .modality = FC_IMAGE,
                            .card = "{\"name\":\"test\"}",
                            .provenance = "runtime=test",
                            .n_outputs = T_OUTPUTS,
                            .outputs = t_outputs};
    fc_error err = FC_ERROR_INIT;
    fc_encoder_ids ids;

    memset(desc.fingerprint.bytes, print, sizeof(desc.fingerprint.bytes));
    assert_status(FC_OK, fc__writer_encoder(w, &desc, &ids, &err), &err);
    return ids;
}

static inline fc_sha256 t_hash(uint64_t content)
{
    fc_sha256 h;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__sha256(&content, sizeof(content), &h, &err), &err);
    return h;
}

/* Rows of the item of (seed, output). */
static inline uint64_t t_rows(uint64_t seed, int output)
{
    if (t_outputs[output].rank == 1)
        return 1;
    if (t_outputs[output].shape[0] != 0)
        return t_outputs[output].shape[0];
    if (output == 2)
        return seed % 7;                    /* also none at all */
    return seed % 11 == 0 ? 300 : seed % 5; /* 300 rows of 2 KiB: three chunks */
}

static inline fc_item_layout t_layout(int output)
{
    fc_item_layout layout;

    assert_true(fc__output_layout(&t_outputs[output], &layout));
    return layout;
}

/* Stored bytes of the item of (seed, output, version); what dequantising them gives in *f32. */
static inline void t_item(uint64_t seed, int output, fc_version_id version, fc_buf *bytes,
                          float **f32, fc_quant_error *e)
{
    const fc_item_layout layout = t_layout(output);
    const uint64_t rows = t_rows(seed, output);
    const size_t n = (size_t)rows * fc__layout_row_elements(&layout);
    fc_rng rng = fc__rng_seed(seed * 1000003 + (uint64_t)output * 101 + version);
    float *values = malloc((n + 1) * sizeof(float));
    fc_error err = FC_ERROR_INIT;

    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        values[i] = seed % 3 == 0 && i % 2 == 0 ? 0.0f : (float)(fc__rng_unit(&rng) * 4.0 - 2.0);
    fc_buf_clear(bytes);
    *e = (fc_quant_error){0, 0, 0, 0};
    assert_status(FC_OK, fc__item_quantise(&layout, values, rows, bytes, e, &err), &err);
    if (f32 != NULL) {
        fc__item_dequantise(&layout, bytes->data, rows, values);
        *f32 = values;
    } else {
        free(values);
    }
}

static inline void t_put_item(fc_writer *w, const fc_encoder_ids *ids, int output, uint64_t seed,
                              uint64_t content)
{
    const fc_item_layout layout = t_layout(output);
    fc_buf bytes = FC_BUF_INIT;
    fc_quant_error e;
    fc_error err = FC_ERROR_INIT;
    fc_item item = {.content = content};

    t_item(seed, output, ids->version, &bytes, NULL, &e);
    item.n_rows = item.total_rows = t_rows(seed, output);
    item.bytes = bytes.data;
    item.provenance = ids->provenance;
    if (output == 2)
        item.time = (fc_time_axis){FC_TIME_REGULAR, 5, 20, 25, NULL};
    assert_status(FC_OK,
                  fc__writer_item(w, ids->version, ids->outputs[output], &layout, &item, &e, &err),
                  &err);
    fc_buf_dispose(&bytes);
}

static inline uint64_t t_content(fc_writer *w, uint64_t seed)
{
    const fc_sha256 h = t_hash(seed);
    fc_error err = FC_ERROR_INIT;
    uint64_t content;

    assert_status(FC_OK, fc__writer_content(w, &h, &content, &err), &err);
    return content;
}

static inline bool t_put_sample(fc_writer *w, const char *id, uint64_t seed, uint64_t content,
                                const char *group)
{
    const fc_sample_row row = {.id = id,
                               .content_hash = t_hash(seed),
                               .content = content,
                               .modality = FC_IMAGE,
                               .group = group,
                               .split = "train",
                               .path = id,
                               .preview = ""};
    fc_error err = FC_ERROR_INIT;
    bool duplicate;

    assert_status(FC_OK, fc__writer_sample(w, &row, &duplicate, &err), &err);
    return duplicate;
}

static inline void t_begin(fc_writer *w, const char *name, const fc_encoder_ids *ids)
{
    fc_output_ref refs[T_OUTPUTS];
    fc_error err = FC_ERROR_INIT;

    for (int o = 0; o < T_OUTPUTS; o++)
        refs[o] = (fc_output_ref){ids->version, ids->outputs[o]};
    assert_status(FC_OK, fc__writer_begin_dataset(w, name, "test", "/data", refs, T_OUTPUTS, &err),
                  &err);
}

static inline void t_commit(fc_writer *w)
{
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__writer_commit(w, &err), &err);
}

static inline fc_seal_result t_seal(fc_writer *w)
{
    fc_error err = FC_ERROR_INIT;
    fc_seal_result r;

    assert_status(FC_OK, fc__writer_seal(w, false, NULL, NULL, &r, &err), &err);
    return r;
}

static inline fc_snapshot *t_snapshot(fc_store *store)
{
    fc_error err = FC_ERROR_INIT;
    fc_snapshot *s;

    assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
    return s;
}

/* One sample with items of all outputs. */
static inline void t_ingest_one(fc_writer *w, const fc_encoder_ids *ids, uint64_t seed)
{
    const uint64_t content = t_content(w, seed);
    char id[32];

    for (int o = 0; o < T_OUTPUTS; o++)
        t_put_item(w, ids, o, seed, content);
    snprintf(id, sizeof(id), "s/%llu", (unsigned long long)seed);
    assert_false(t_put_sample(w, id, seed, content, "g"));
}

#endif /* STORE_TEST_H */
