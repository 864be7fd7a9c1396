/*
 * Encoders that are models: an item is the same alone and in any batch, to 1e-5 of the largest
 * value, for each model of the pack (FC_SHARED_DIR) by its card in schemas/encoders/models. Inputs
 * differ in size on purpose: nothing may be padded to fit a neighbour.
 */
#include "fc_test.h"

#include <math.h>

#include "fc_card.h"
#include "fc_encoder.h"
#include "fc_file.h"
#include "fc_runtime.h"

#define N_INPUTS 3

typedef struct pack {
    char shared[600], library[600];
    fc_neural_options neural;
} pack;

/* Where models, cards and the runtime are; skips, loudly, without one of them. */
static void find_pack(pack *p)
{
    const char *shared = getenv("FC_SHARED_DIR"), *cache = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    fc_error err = FC_ERROR_INIT;
    fc_runtime *rt = NULL;

    p->neural = (fc_neural_options)FC_NEURAL_OPTIONS_INIT;
    p->neural.n_threads = 1;
    snprintf(p->shared, sizeof(p->shared), "%s/models", shared != NULL ? shared : "");
    snprintf(p->library, sizeof(p->library), "%s%s/featcache/onnxruntime/lib/libonnxruntime.so",
             cache != NULL  ? cache
             : home != NULL ? home
                            : "",
             cache != NULL ? "" : "/.cache");
    if (access(p->library, R_OK) == 0)
        p->neural.library = p->library;
    if (shared == NULL || access(p->shared, R_OK) != 0 || getenv("FC_SOURCE_DIR") == NULL)
        fc_test_skip("no models: FC_SHARED_DIR has no folder models");
    if (fc__runtime_open(&rt, p->neural.library, &err) != FC_OK)
        fc_test_skip("%s", err.message);
    fc__runtime_close(rt);
}

static fc_encoder *load(const pack *p, const char *card_name, const char *folder)
{
    char path[1300], origin[700];
    fc_error err = FC_ERROR_INIT;
    fc_encoder *e = NULL;
    fc_card *card = NULL;
    fc_buf text = FC_BUF_INIT;

    snprintf(path, sizeof(path), "%s/schemas/encoders/models/%s.yaml", getenv("FC_SOURCE_DIR"),
             card_name);
    snprintf(origin, sizeof(origin), "%s/%s/card.yaml", p->shared, folder);
    assert_status(FC_OK, fc__file_read(path, 1 << 20, &text, &err), &err);
    assert_status(FC_OK,
                  fc__card_parse_on(&card, (const char *)text.data, text.size, origin, &p->neural,
                                    NULL, &err),
                  &err);
    assert_status(FC_OK, fc__encoder_create_on(&e, card, &p->neural, &err), &err);
    fc__card_destroy(card);
    fc_buf_dispose(&text);
    return e;
}

static void prepare(fc_encoder_worker *w, const pack *p, fc_modality modality, const char *file,
                    fc_prepared *out)
{
    char path[1300];
    fc_error err = FC_ERROR_INIT;
    fc_buf bytes = FC_BUF_INIT;
    fc_input in = {.modality = modality, .name = file};

    snprintf(path, sizeof(path), "%s/goldens/inputs/%s", p->shared, file);
    assert_status(FC_OK, fc__file_read(path, 1 << 24, &bytes, &err), &err);
    in.bytes = bytes.data;
    in.n_bytes = bytes.size;
    assert_status(FC_OK, fc__encoder_prepare(w, &in, out, &err), &err);
    fc_buf_dispose(&bytes);
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

static void check_batch(const char *card, const char *folder, fc_modality modality,
                        const char *const files[N_INPUTS])
{
    fc_prepared prepared[N_INPUTS] = {FC_PREPARED_INIT, FC_PREPARED_INIT, FC_PREPARED_INIT};
    const fc_prepared *all[N_INPUTS];
    fc_features alone = FC_FEATURES_INIT,
                together[N_INPUTS] = {FC_FEATURES_INIT, FC_FEATURES_INIT, FC_FEATURES_INIT};
    fc_features *const one[1] = {&alone};
    fc_features *many[N_INPUTS];
    fc_encoder_worker *w = NULL;
    fc_error err = FC_ERROR_INIT;
    fc_encoder *e;
    pack p;

    find_pack(&p);
    e = load(&p, card, folder);
    assert_status(FC_OK, fc__encoder_worker_create(&w, e, &err), &err);
    for (size_t i = 0; i < N_INPUTS; i++) {
        prepare(w, &p, modality, files[i], &prepared[i]);
        all[i] = &prepared[i];
        many[i] = &together[i];
    }
    assert_status(FC_OK, fc__encoder_run(w, all, N_INPUTS, NULL, many, &err), &err);
    for (size_t i = 0; i < N_INPUTS; i++) {
        assert_status(FC_OK, fc__encoder_run(w, &all[i], 1, NULL, one, &err), &err);
        assert_int_equal(alone.n_outputs, fc__encoder_n_outputs(e));
        for (size_t k = 0; k < alone.n_outputs; k++) {
            assert_near(&alone.outputs[k], &together[i].outputs[k], fc__encoder_outputs(e)[k].name);
            assert_int_equal(alone.times[k].kind, together[i].times[k].kind);
        }
    }
    fc__features_dispose(&alone);
    for (size_t i = 0; i < N_INPUTS; i++) {
        fc__features_dispose(&together[i]);
        fc__prepared_dispose(&prepared[i]);
    }
    fc__encoder_worker_destroy(w);
    fc__encoder_destroy(e);
}

static const char *const images[] = {"images/banana.png", "images/hand_gray_alpha.png",
                                     "images/trumpet.jpg"};
static const char *const sounds[] = {"audio/cow_44k1.wav", "audio/speech_cards_16k.wav",
                                     "audio/seven_8k.wav"};
static const char *const shapes[] = {"points/wardrobe.ply", "points/desk.obj",
                                     "points/deck_chair.ply"};

static void test_model__a_cnn_is_the_same_in_a_batch(void **state)
{
    (void)state;
    check_batch("efficientnet-lite0", "image_cnn", FC_IMAGE, images);
}

static void test_model__a_transformer_is_the_same_in_a_batch(void **state)
{
    (void)state;
    check_batch("dinov2-s14", "image_vit", FC_IMAGE, images);
}

static void test_model__whisper_is_the_same_in_a_batch(void **state)
{
    (void)state;
    check_batch("whisper-tiny-en", "audio_transformer", FC_AUDIO, sounds);
}

static void test_model__yamnet_is_the_same_in_a_batch(void **state)
{
    (void)state;
    check_batch("yamnet", "audio_events", FC_AUDIO, sounds);
}

static void test_model__points_are_the_same_in_a_batch(void **state)
{
    (void)state;
    check_batch("pointnet-modelnet40", "points", FC_POINTS, shapes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model__a_cnn_is_the_same_in_a_batch),
        cmocka_unit_test(test_model__a_transformer_is_the_same_in_a_batch),
        cmocka_unit_test(test_model__whisper_is_the_same_in_a_batch),
        cmocka_unit_test(test_model__yamnet_is_the_same_in_a_batch),
        cmocka_unit_test(test_model__points_are_the_same_in_a_batch),
    };

    return cmocka_run_group_tests_name("model_batch", tests, NULL, NULL);
}
