/*
 * Encoders that are models: an item is the same alone and in any batch, to 1e-5 of the largest
 * value, for each model of the pack (FC_SHARED_DIR) by its card in schemas/encoders/models. Inputs
 * differ in size on purpose: nothing may be padded to fit a neighbour.
 */
#include "model_rig.h"

#define N_INPUTS 3

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
