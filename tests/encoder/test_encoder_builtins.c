/*
 * The built-in encoders through the front door: from a card, on a real text, picture and mesh, to
 * checked features, whichever outputs are asked for and whatever else is in the batch.
 */
#include "encoder_rig.h"

#include "fc_bytes.h"

/* 4 x 4 pixels, red over blue. */
static const uint8_t picture[] = {
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x04, 0x08, 0x02, 0x00, 0x00, 0x00, 0x26, 0x93, 0x09,
    0x29, 0x00, 0x00, 0x00, 0x14, 0x49, 0x44, 0x41, 0x54, 0x78, 0xDA, 0x63, 0xF8, 0xCF, 0xC0, 0x00,
    0x47, 0x0C, 0x28, 0x1C, 0x34, 0x2E, 0x82, 0x03, 0x00, 0x9E, 0xA3, 0x0F, 0xF1, 0x0C, 0x98, 0xEA,
    0xE5, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

static const char text[] = "A red bird sings on the old stamp.";
static const char short_text[] = "owl";

/* Half a second of a tone that rises, WAV of 16 bits at 8 kHz: its samples are made in main(). */
static uint8_t sound[44 + 2 * 4000] = "RIFF\x64\x1f\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0"
                                      "\x80\x3e\0\0\2\0\x10\0data\x40\x1f\0";
static const char mesh[] =
    "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 2\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n";

typedef struct subject {
    const char *card;
    fc_input input;
} subject;

static const subject subjects[] = {
    {"builtin/hog", {FC_IMAGE, picture, sizeof(picture), 0, 0, "four.png", NULL}},
    {"builtin/hashtext",
     {FC_TEXT, (const uint8_t *)text, sizeof(text) - 1, 0, 0, "bird.txt", NULL}},
    {"builtin/mfcc", {FC_AUDIO, sound, sizeof(sound), 0, 0, "tone.wav", NULL}},
    {"builtin/lab-hog-lbp", {FC_IMAGE, picture, sizeof(picture), 0, 0, "four.png", NULL}},
    {"builtin/fpfh", {FC_POINTS, (const uint8_t *)mesh, sizeof(mesh) - 1, 0, 0, "four.obj", NULL}},
};

#define N_SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

static void rig_up(encoder_rig *r, const char *card_name)
{
    fc_error err = FC_ERROR_INIT;
    fc_card *card = NULL;

    assert_status(FC_OK, fc__card_load(&card, card_name, NULL, &err), &err);
    encoder_rig_open(r, card);
}

static void encode(encoder_rig *r, const fc_input *input, const bool *wanted)
{
    const fc_prepared *in[] = {&r->prepared};
    fc_features *out[] = {&r->features};

    assert_status(FC_OK, fc__encoder_prepare(r->worker, input, &r->prepared, &r->err), &r->err);
    assert_status(FC_OK, fc__encoder_run(r->worker, in, 1, wanted, out, &r->err), &r->err);
}

static void assert_same_tensor(const fc_tensor *a, const fc_tensor *b)
{
    assert_int_equal(a->rank, b->rank);
    assert_memory_equal(a->shape, b->shape, sizeof(a->shape));
    assert_memory_equal(a->data, b->data, fc_tensor_count(a) * sizeof(float));
}

static void test_builtins__encode_what_they_are_for(void **state)
{
    (void)state;
    for (size_t s = 0; s < N_SUBJECTS; s++) {
        encoder_rig r;

        rig_up(&r, subjects[s].card);
        assert_int_equal(fc__encoder_modality(r.encoder), subjects[s].input.modality);
        encode(&r, &subjects[s].input, NULL);
        assert_int_equal(r.features.n_outputs, fc__encoder_n_outputs(r.encoder));
        for (size_t k = 0; k < r.features.n_outputs; k++)
            assert_true(fc_tensor_count(&r.features.outputs[k]) > 0);
        assert_non_null(strstr(fc__encoder_provenance(r.encoder), subjects[s].card));
        encoder_rig_close(&r);
    }
}

/* Adding an output encodes only that, so each must be the same alone as among all. */
static void test_builtins__give_each_output_alone_as_among_all(void **state)
{
    (void)state;
    for (size_t s = 0; s < N_SUBJECTS; s++) {
        encoder_rig all, one;

        rig_up(&all, subjects[s].card);
        rig_up(&one, subjects[s].card);
        encode(&all, &subjects[s].input, NULL);
        for (size_t k = 0; k < all.features.n_outputs; k++) {
            bool wanted[8] = {false};

            wanted[k] = true;
            encode(&one, &subjects[s].input, wanted);
            for (size_t i = 0; i < one.features.n_outputs; i++)
                if (i != k)
                    assert_int_equal(one.features.outputs[i].rank, 0);
            assert_same_tensor(&one.features.outputs[k], &all.features.outputs[k]);
        }
        encoder_rig_close(&one);
        encoder_rig_close(&all);
    }
}

/* A batch changes nothing, nor does what the worker did before. */
static void test_builtins__give_the_same_in_a_batch(void **state)
{
    const fc_input other = {FC_TEXT, (const uint8_t *)short_text, 3, 0, 0, "owl.txt", NULL};
    fc_prepared prepared[3] = {FC_PREPARED_INIT, FC_PREPARED_INIT, FC_PREPARED_INIT};
    fc_features features[3] = {FC_FEATURES_INIT, FC_FEATURES_INIT, FC_FEATURES_INIT};
    const fc_prepared *in[] = {&prepared[0], &prepared[1], &prepared[2]};
    fc_features *out[] = {&features[0], &features[1], &features[2]};
    encoder_rig r;

    (void)state;
    rig_up(&r, "builtin/hashtext");
    encode(&r, &subjects[1].input, NULL);
    for (size_t i = 0; i < 3; i++)
        assert_status(FC_OK,
                      fc__encoder_prepare(r.worker, i == 1 ? &other : &subjects[1].input,
                                          &prepared[i], &r.err),
                      &r.err);
    assert_status(FC_OK, fc__encoder_run(r.worker, in, 3, NULL, out, &r.err), &r.err);
    for (size_t i = 0; i < 3; i += 2)
        for (size_t k = 0; k < features[i].n_outputs; k++)
            assert_same_tensor(&features[i].outputs[k], &r.features.outputs[k]);
    /* One word is a sequence of one row. */
    assert_int_equal(features[1].outputs[0].shape[0], 1);
    for (size_t i = 0; i < 3; i++) {
        fc__features_dispose(&features[i]);
        fc__prepared_dispose(&prepared[i]);
    }
    encoder_rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtins__encode_what_they_are_for),
        cmocka_unit_test(test_builtins__give_each_output_alone_as_among_all),
        cmocka_unit_test(test_builtins__give_the_same_in_a_batch),
    };

    for (int i = 0; i < 4000; i++)
        fc_put_le16(sound + 44 + 2 * i, (uint16_t)(int16_t)(i * i / 16 % 2000 * 10 - 10000));
    return cmocka_run_group_tests_name("encoder_builtins", tests, NULL, NULL);
}
