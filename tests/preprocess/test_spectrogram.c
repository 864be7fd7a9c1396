/*
 * Spectra and mel energies against librosa, in pieces as in one go, and the mel filters themselves.
 */
#include "audio_npy.h"

#define TOLERANCE 1e-5

typedef struct stft_case {
    const char *name;
    fc_frame_rule rule;
} stft_case;

static const stft_case stfts[] = {
    {"stft_hann_zero",
     {.window = 400,
      .hop = 160,
      .n_fft = 400,
      .kind = FC_WINDOW_HANN,
      .pad = FC_PAD_ZERO,
      .window_in_middle = true}},
    {"stft_hamming_reflect",
     {.window = 400,
      .hop = 160,
      .n_fft = 512,
      .kind = FC_WINDOW_HAMMING,
      .pad = FC_PAD_REFLECT,
      .window_in_middle = true}},
    {"stft_boxcar_none",
     {.window = 256,
      .hop = 100,
      .n_fft = 256,
      .kind = FC_WINDOW_RECTANGULAR,
      .pad = FC_PAD_NONE,
      .window_in_middle = true}},
};

static void test_spectrogram__is_the_one_of_librosa(void **state)
{
    fc_tensor x = load_npy(NULL, "sound_16k");

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int magnitude = 0; magnitude < 2; magnitude++) {
            fc_frame_rule rule = stfts[i].rule;
            char name[64];
            float *rows;
            size_t n;

            rule.rate = 16000;
            rule.magnitude = magnitude != 0;
            snprintf(name, sizeof(name), "%s.%s", stfts[i].name, magnitude ? "magnitude" : "power");
            rows = all_rows(&rule, NULL, x.data, fc_tensor_count(&x), 1000, &n);
            assert_matches_npy(name, rows, n * (rule.n_fft / 2 + 1), TOLERANCE);
            free(rows);
        }
    fc_tensor_dispose(&x);
}

/* Shorter than what is mirrored: NumPy mirrors again and again. */
static void test_spectrogram__mirrors_short_sounds_as_numpy(void **state)
{
    static const size_t lengths[] = {1, 2, 90};
    const fc_frame_rule rule = {.rate = 16000,
                                .window = 400,
                                .hop = 160,
                                .n_fft = 400,
                                .pad = FC_PAD_REFLECT,
                                .window_in_middle = true};
    fc_tensor x = load_npy(NULL, "sound_16k");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char name[64];
        size_t n;
        float *rows = all_rows(&rule, NULL, x.data, lengths[i], 1, &n);

        snprintf(name, sizeof(name), "stft_short_%zu.power", lengths[i]);
        assert_matches_npy(name, rows, n * 201, TOLERANCE);
        free(rows);
    }
    fc_tensor_dispose(&x);
}

static void test_spectrogram__does_not_see_how_the_sound_is_cut(void **state)
{
    static const size_t pieces[] = {1, 7, 160, 399, 4096, 0};
    const fc_mel_rule mel = {.n_mels = 40, .scale = FC_MEL_SLANEY, .norm = true};
    fc_tensor x = load_npy(NULL, "sound_16k");
    const size_t n = fc_tensor_count(&x);

    (void)state;
    for (size_t pad = 0; pad < 3; pad++)
        for (size_t cleaned = 0; cleaned < 2; cleaned++) {
            const fc_frame_rule rule = {.rate = 16000,
                                        .window = 400,
                                        .hop = cleaned != 0 ? 700 : 160,
                                        .n_fft = 512,
                                        .pad = (fc_frame_pad)pad,
                                        .window_in_middle = cleaned == 0,
                                        .remove_mean = cleaned != 0,
                                        .preemphasis = cleaned != 0 ? 0.97f : 0};
            size_t n_whole, n_rows;
            float *whole = all_rows(&rule, &mel, x.data, n, n, &n_whole);

            for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
                float *rows = all_rows(&rule, &mel, x.data, n, pieces[i], &n_rows);

                assert_int_equal(n_rows, n_whole);
                assert_memory_equal(rows, whole, n_rows * 40 * sizeof(*rows));
                free(rows);
            }
            free(whole);
        }
    fc_tensor_dispose(&x);
}

/* After a reset nothing is left of the sound before. */
static void test_spectrogram__reset_forgets(void **state)
{
    const fc_frame_rule rule = {
        .rate = 8000, .window = 200, .hop = 80, .n_fft = 256, .pad = FC_PAD_REFLECT};
    float rows[2][FC_LANES * 129];
    fc_tensor x = load_npy(NULL, "sound_16k");
    fc_spectrogram *s = NULL;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__spectrogram_create(&s, &rule, NULL, &err), &err);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fc__spectrogram_push(s, x.data, 2000), 2000);
        assert_int_equal(fc__spectrogram_next(s, rows[i]), FC_LANES);
        fc__spectrogram_reset(s);
    }
    assert_memory_equal(rows[0], rows[1], sizeof(rows[0]));
    /* No sound, no frame: not even one of padding. */
    fc__spectrogram_end(s);
    assert_int_equal(fc__spectrogram_next(s, rows[0]), 0);
    fc__spectrogram_destroy(s);
    fc_tensor_dispose(&x);
}

static void test_mel__filters_are_those_of_librosa(void **state)
{
    static const struct {
        const char *name;
        fc_mel_scale scale;
        bool norm;
    } cases[] = {{"mel_slaney_norm", FC_MEL_SLANEY, true},
                 {"mel_slaney", FC_MEL_SLANEY, false},
                 {"mel_htk", FC_MEL_HTK, false},
                 {"mel_htk_norm", FC_MEL_HTK, true}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const fc_mel_rule rule = {40, 20, 7600, cases[i].scale, cases[i].norm};
        fc_tensor want = load_npy(NULL, cases[i].name);
        fc_mel_bank bank = FC_MEL_BANK_INIT;
        fc_error err = FC_ERROR_INIT;

        assert_status(FC_OK, fc__mel_bank(&bank, 16000, 512, &rule, &err), &err);
        assert_int_equal(bank.n_empty, 0);
        assert_int_equal(bank.n_bins, 257);
        for (size_t m = 0; m < 40; m++)
            for (size_t k = 0; k < 257; k++) {
                const fc_band *b = &bank.bands[m];
                const bool in = k >= b->first && k < b->first + b->n;
                const float w = in ? b->weights[k - b->first] : 0;

                assert_true(fabsf(w - ((float *)want.data)[m * 257 + k]) < 1e-6f);
            }
        fc__mel_bank_dispose(&bank);
        fc_tensor_dispose(&want);
    }
}

static void test_mel__energies_are_those_of_librosa(void **state)
{
    const fc_mel_rule mel = {.n_mels = 80, .scale = FC_MEL_SLANEY, .norm = true};
    fc_frame_rule rule = stfts[0].rule;
    fc_tensor x = load_npy(NULL, "sound_16k");
    size_t n;
    float *rows;

    (void)state;
    rule.rate = 16000;
    rows = all_rows(&rule, &mel, x.data, fc_tensor_count(&x), 777, &n);
    assert_matches_npy("melspectrogram", rows, n * 80, TOLERANCE);
    free(rows);
    fc_tensor_dispose(&x);
}

static void test_spectrogram__refuses_rules_that_do_not_hold(void **state)
{
    static const fc_frame_rule rules[] = {
        {.rate = 0, .window = 400, .hop = 160, .n_fft = 400},
        {.rate = 16000, .window = 0, .hop = 160, .n_fft = 400},
        {.rate = 16000, .window = 400, .hop = 0, .n_fft = 400},
        {.rate = 16000, .window = 401, .hop = 160, .n_fft = 400},
        {.rate = 16000, .window = 401, .hop = 160, .n_fft = 401},
        {.rate = 16000, .window = 400, .hop = 160, .n_fft = 400, .preemphasis = 1.5f},
    };
    static const fc_mel_rule mels[] = {
        {.n_mels = 0},
        {.n_mels = 2000},
        {.n_mels = 40, .fmin = 8000},
        {.n_mels = 40, .fmax = 9000},
        {.n_mels = 40, .fmin = -1},
        {.n_mels = 40, .fmin = NAN},
    };
    const fc_frame_rule good = {.rate = 16000, .window = 400, .hop = 160, .n_fft = 400};
    fc_spectrogram *s = NULL;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        assert_status(FC_E_INVALID, fc__spectrogram_create(&s, &rules[i], NULL, &err), &err);
    for (size_t i = 0; i < sizeof(mels) / sizeof(mels[0]); i++)
        assert_status(FC_E_INVALID, fc__spectrogram_create(&s, &good, &mels[i], &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spectrogram__is_the_one_of_librosa),
        cmocka_unit_test(test_spectrogram__mirrors_short_sounds_as_numpy),
        cmocka_unit_test(test_spectrogram__does_not_see_how_the_sound_is_cut),
        cmocka_unit_test(test_spectrogram__reset_forgets),
        cmocka_unit_test(test_mel__filters_are_those_of_librosa),
        cmocka_unit_test(test_mel__energies_are_those_of_librosa),
        cmocka_unit_test(test_spectrogram__refuses_rules_that_do_not_hold),
    };

    return cmocka_run_group_tests_name("spectrogram", tests, NULL, NULL);
}
