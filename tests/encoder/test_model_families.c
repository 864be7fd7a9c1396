/*
 * Families of encoders of which no weights are here, by small exports with their architecture
 * (tests/golden/neural): an item is the same alone and in any batch, and rows of speech models lie
 * where the samples are that they see. tests/cli/neural_families.sh holds the numbers against the
 * references. Skips, loudly, without ONNX Runtime.
 */
#include "fc_test.h"

#include <math.h>

#include "fc_card.h"
#include "fc_encoder.h"
#include "fc_file.h"
#include "fc_rng.h"
#include "fc_runtime.h"

#define N_INPUTS 4
#define N_POINTS 600

#define SPEECH                                                                               \
    "params: { rate: 16000, normalise: true, row_hop: 320, row_length: 400 }\noutputs:\n"    \
    "  - { name: frames, tensor: last_hidden_state, layout: rows, shape: [n, 16] }\n"        \
    "  - { name: mean, tensor: last_hidden_state, layout: rows, pool: mean, shape: [16] }\n" \
    "  - { name: later, tensor: last_hidden_state, layout: rows, skip: 2, shape: [n, 16] }\n"

typedef struct family {
    fc_neural_options neural;
    fc_encoder *encoder;
    fc_encoder_worker *worker;
} family;

/* The encoder of a golden model; `rest` is its card behind `model`. */
static void open_family(family *f, const char *model, const char *modality, const char *rest)
{
    static char library[600];
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char text[2000];
    fc_error err = FC_ERROR_INIT;
    fc_runtime *rt = NULL;
    fc_card *card = NULL;

    *f = (family){.neural = FC_NEURAL_OPTIONS_INIT};
    f->neural.n_threads = 1;
    snprintf(library, sizeof(library), "%s%s/featcache/onnxruntime/lib/libonnxruntime.so",
             cache != NULL  ? cache
             : home != NULL ? home
                            : "",
             cache != NULL ? "" : "/.cache");
    if (access(library, R_OK) == 0)
        f->neural.library = library;
    if (fc__runtime_open(&rt, f->neural.library, &err) != FC_OK)
        fc_test_skip("%s", err.message);
    fc__runtime_close(rt);
    snprintf(text, sizeof(text),
             "name: it\nmodality: %s\nmodel: %s/tests/golden/neural/%s.onnx\n%s", modality,
             getenv("FC_SOURCE_DIR"), model, rest);
    assert_status(FC_OK,
                  fc__card_parse_on(&card, text, strlen(text), "card.yaml", &f->neural, NULL, &err),
                  &err);
    assert_status(FC_OK, fc__encoder_create_on(&f->encoder, card, &f->neural, &err), &err);
    fc__card_destroy(card);
    assert_status(FC_OK, fc__encoder_worker_create(&f->worker, f->encoder, &err), &err);
}

static void close_family(family *f)
{
    fc__encoder_worker_destroy(f->worker);
    fc__encoder_destroy(f->encoder);
}

static fc_status prepare_file(family *f, fc_modality modality, const char *file, double start_s,
                              double end_s, fc_prepared *out, fc_error *err)
{
    char path[1300];
    fc_buf bytes = FC_BUF_INIT;
    fc_input in = {.modality = modality, .name = file, .start_s = start_s, .end_s = end_s};
    fc_status st;

    snprintf(path, sizeof(path), "%s/tests/golden/neural/%s", getenv("FC_SOURCE_DIR"), file);
    assert_status(FC_OK, fc__file_read(path, 1 << 24, &bytes, err), err);
    in.bytes = bytes.data;
    in.n_bytes = bytes.size;
    st = fc__encoder_prepare(f->worker, &in, out, err);
    fc_buf_dispose(&bytes);
    return st;
}

static void assert_near(const fc_tensor *alone, const fc_tensor *together, const char *what)
{
    const float *a = alone->data, *b = together->data;
    const size_t n = fc_tensor_count(alone);
    float largest = 1, off = 0;

    assert_int_equal(alone->rank, together->rank);
    assert_memory_equal(alone->shape, together->shape, alone->rank * sizeof(alone->shape[0]));
    for (size_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(a[i]));
        off = fmaxf(off, fabsf(a[i] - b[i]));
    }
    if (!(off <= 1e-5f * largest))
        fail_msg("%s: alone and in a batch differ by %g of %g", what, (double)off, (double)largest);
}

/* All together, then each alone; disposes of them. */
static void check_batch(family *f, fc_prepared prepared[N_INPUTS])
{
    const fc_prepared *all[N_INPUTS];
    fc_features alone = FC_FEATURES_INIT, together[N_INPUTS];
    fc_features *const one[1] = {&alone};
    fc_features *many[N_INPUTS];
    fc_error err = FC_ERROR_INIT;

    for (size_t i = 0; i < N_INPUTS; i++) {
        together[i] = (fc_features)FC_FEATURES_INIT;
        all[i] = &prepared[i];
        many[i] = &together[i];
    }
    assert_status(FC_OK, fc__encoder_run(f->worker, all, N_INPUTS, NULL, many, &err), &err);
    for (size_t i = 0; i < N_INPUTS; i++) {
        assert_status(FC_OK, fc__encoder_run(f->worker, &all[i], 1, NULL, one, &err), &err);
        for (size_t k = 0; k < alone.n_outputs; k++)
            assert_near(&alone.outputs[k], &together[i].outputs[k],
                        fc__encoder_outputs(f->encoder)[k].name);
        fc__features_dispose(&together[i]);
        fc__prepared_dispose(&prepared[i]);
    }
    fc__features_dispose(&alone);
}

/* Three parts of one length, which run together, and one of another. */
static void check_speech(const char *model)
{
    static const double spans[N_INPUTS][2] = {{0, 0.5}, {0.25, 0.75}, {0.5, 1}, {0.1, 0.2}};
    fc_prepared prepared[N_INPUTS];
    fc_error err = FC_ERROR_INIT;
    family f;

    open_family(&f, model, "audio", SPEECH);
    for (size_t i = 0; i < N_INPUTS; i++) {
        prepared[i] = (fc_prepared)FC_PREPARED_INIT;
        assert_status(
            FC_OK,
            prepare_file(&f, FC_AUDIO, "long.wav", spans[i][0], spans[i][1], &prepared[i], &err),
            &err);
    }
    check_batch(&f, prepared);
    close_family(&f);
}

static void test_families__hubert_is_the_same_in_a_batch(void **state)
{
    (void)state;
    check_speech("hubert");
}

static void test_families__wav2vec2_is_the_same_in_a_batch(void **state)
{
    (void)state;
    check_speech("wav2vec2_large");
}

static void check_images(const char *model, const char *outputs)
{
    static const char *const files[N_INPUTS] = {"wide.png", "tall.png", "square.png", "wide.png"};
    fc_prepared prepared[N_INPUTS];
    fc_error err = FC_ERROR_INIT;
    family f;

    open_family(&f, model, "image", outputs);
    for (size_t i = 0; i < N_INPUTS; i++) {
        prepared[i] = (fc_prepared)FC_PREPARED_INIT;
        assert_status(FC_OK, prepare_file(&f, FC_IMAGE, files[i], 0, 0, &prepared[i], &err), &err);
    }
    check_batch(&f, prepared);
    close_family(&f);
}

static void test_families__images_are_the_same_in_a_batch(void **state)
{
    (void)state;
    check_images("clip_image", "outputs:\n  - { name: image_embeds, shape: [16] }\n"
                               "  - { name: last_hidden_state, shape: [50, 8] }\n");
    check_images("siglip_image", "outputs:\n  - { name: pooler_output, shape: [8] }\n"
                                 "  - { name: last_hidden_state, shape: [196, 8] }\n");
    check_images("dinov2", "outputs:\n  - { name: last_hidden_state, shape: [257, 8] }\n");
    check_images("cnn512", "outputs:\n  - { name: map, shape: [14, 14, 512] }\n");
}

/* Clouds of one size, and one that is smaller. */
static void test_families__point_bert_is_the_same_in_a_batch(void **state)
{
    fc_prepared prepared[N_INPUTS];
    fc_error err = FC_ERROR_INIT;
    fc_rng rng = fc__rng_seed(1);
    family f;

    (void)state;
    open_family(&f, "ulip2_xyzrgb", "points",
                "params: { points: 10000, up: y, model_up: y, colours: true }\n"
                "outputs:\n  - { name: point_embeds, shape: [24] }\n");
    for (size_t i = 0; i < N_INPUTS; i++) {
        fc_buf text = FC_BUF_INIT;
        fc_input in = {.modality = FC_POINTS, .name = "cloud.xyz"};

        for (size_t k = 0; k < N_POINTS - 20 * (i == 3); k++) {
            const unsigned x = (unsigned)fc__rng_below(&rng, 9973), /* of one line each */
                y = (unsigned)fc__rng_below(&rng, 9973), z = (unsigned)fc__rng_below(&rng, 9973);

            assert_status(FC_OK, fc_buf_append_fmt(&text, &err, "%u %u %u\n", x, y, z), &err);
        }
        in.bytes = text.data;
        in.n_bytes = text.size;
        prepared[i] = (fc_prepared)FC_PREPARED_INIT;
        assert_status(FC_OK, fc__encoder_prepare(f.worker, &in, &prepared[i], &err), &err);
        fc_buf_dispose(&text);
    }
    check_batch(&f, prepared);
    close_family(&f);
}

/* Seconds from start to end in samples, and where rows must lie. */
static void check_times(family *f, double start_s, double end_s, uint64_t n_rows)
{
    const int64_t start = (int64_t)nearbyint(start_s * 1e9);
    fc_prepared p = FC_PREPARED_INIT;
    const fc_prepared *in[1] = {&p};
    fc_features features = FC_FEATURES_INIT;
    fc_features *const out[1] = {&features};
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, prepare_file(f, FC_AUDIO, "long.wav", start_s, end_s, &p, &err), &err);
    assert_status(FC_OK, fc__encoder_run(f->worker, in, 1, NULL, out, &err), &err);
    assert_int_equal(features.outputs[0].shape[0], n_rows);
    assert_int_equal(features.outputs[2].shape[0], n_rows - 2);
    for (size_t k = 0; k < 3; k += 2) {
        const fc_time_axis *t = &features.times[k];

        assert_int_equal(t->kind, FC_TIME_REGULAR);
        assert_int_equal(t->start_ns, start + (k == 0 ? 0 : 40000000));
        assert_int_equal(t->hop_ns, 20000000); /* 320 samples: 50 rows a second */
        assert_int_equal(t->length_ns,
                         25000000); /* 400 samples: centres at 12.5 ms, 32.5 ms, ... */
    }
    assert_int_equal(features.times[1].kind, FC_TIME_NONE);
    fc__features_dispose(&features);
    fc__prepared_dispose(&p);
}

/* One row fewer than duration x 50 where that is whole, and none that looks behind the end. */
static void test_families__speech_rows_lie_where_their_samples_are(void **state)
{
    family f;

    (void)state;
    open_family(&f, "hubert", "audio", SPEECH);
    check_times(&f, 0, 0, (16717 - 400) / 320 + 1); /* 1.0448 s */
    check_times(&f, 0, 1, 49);
    check_times(&f, 0.3, 0.8, 24);
    close_family(&f);
}

/* What is shorter than a row is an error of that sound, and others go on. */
static void test_families__a_sound_shorter_than_a_row_is_told(void **state)
{
    fc_prepared p = FC_PREPARED_INIT;
    const fc_prepared *in[1] = {&p};
    fc_features features = FC_FEATURES_INIT;
    fc_features *const out[1] = {&features};
    fc_error err = FC_ERROR_INIT;
    family f;

    (void)state;
    open_family(&f, "hubert", "audio", SPEECH);
    assert_status(FC_OK, prepare_file(&f, FC_AUDIO, "long.wav", 0.1, 0.1249, &p, &err), &err);
    assert_status(FC_E_FORMAT, fc__encoder_run(f.worker, in, 1, NULL, out, &err), &err);
    fc__prepared_dispose(&p);
    check_times(&f, 0.1, 0.165, 3);
    close_family(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_families__hubert_is_the_same_in_a_batch),
        cmocka_unit_test(test_families__wav2vec2_is_the_same_in_a_batch),
        cmocka_unit_test(test_families__images_are_the_same_in_a_batch),
        cmocka_unit_test(test_families__point_bert_is_the_same_in_a_batch),
        cmocka_unit_test(test_families__speech_rows_lie_where_their_samples_are),
        cmocka_unit_test(test_families__a_sound_shorter_than_a_row_is_told),
    };

    return cmocka_run_group_tests_name("model_families", tests, NULL, NULL);
}
