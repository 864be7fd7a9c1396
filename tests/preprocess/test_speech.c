/*
 * Kaldi's fbank, Whisper's log-mel and wav2vec2's waveform against their own implementations.
 */
#include "audio_npy.h"

#include "fc_speech.h"
#include "fc_wave.h"

static void test_speech__fbank_is_that_of_kaldi(void **state)
{
    static const uint32_t mels[] = {23, 80};
    fc_tensor x = load_npy(NULL, "sound_16k");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fc_frame_rule frames;
        fc_mel_rule mel;
        char name[16];
        float *rows;
        size_t n;

        fc__fbank_rules(16000, mels[i], &frames, &mel);
        rows = all_rows(&frames, &mel, x.data, fc_tensor_count(&x), 0, &n);
        fc__fbank_log(rows, n * mels[i]);
        snprintf(name, sizeof(name), "fbank%u", mels[i]);
        assert_matches_npy(name, rows, n * mels[i], 5e-5); /* theirs is float, too */
        free(rows);
    }
    fc_tensor_dispose(&x);
}

static void test_speech__waveform_is_that_of_wav2vec2(void **state)
{
    fc_tensor x = load_npy(NULL, "sound_16k"), y = load_npy(NULL, "sound_16k");
    const size_t n = fc_tensor_count(&x);
    fc_wave_sums whole = {0}, pieces = {0};
    float *a = x.data, *b = y.data, silence[10] = {0};

    (void)state;
    fc__wave_add(&whole, a, n);
    for (size_t at = 0; at < n; at += 33)
        fc__wave_add(&pieces, b + at, n - at < 33 ? n - at : 33);
    fc__wave_normalise(&whole, a, n);
    for (size_t at = 0; at < n; at += 101)
        fc__wave_normalise(&pieces, b + at, n - at < 101 ? n - at : 101);
    assert_matches_npy("wav2vec2", a, n, 1e-6);
    assert_memory_equal(a, b, n * sizeof(*a));
    /* Silence stays silence. */
    fc__wave_normalise(&(fc_wave_sums){10, 0, 0}, silence, 10);
    for (size_t i = 0; i < 10; i++)
        assert_true(silence[i] == 0);
    fc_tensor_dispose(&y);
    fc_tensor_dispose(&x);
}

/* The first columns of what Whisper's own code made, where they are. */
static void test_speech__mel_is_that_of_whisper(void **state)
{
    static const struct {
        const char *name, *wave;
    } cases[] = {{"cow_44k1", "audio_dsp/cow_44k1.wave16k"},
                 {"seven_8k", "audio_dsp/seven_8k.wave16k"},
                 {"speech_cards_16k", "audio_dsp/speech_cards_16k.wave16k"},
                 {"owl_44k1_stereo", "audio_events/owl_44k1_stereo.wave16k"}};
    char *base = golden_path("FC_SHARED_DIR", "models/goldens");
    float *out;

    (void)state;
    if (base == NULL || access(base, R_OK) != 0) {
        free(base);
        fc_test_skip("no shared recordings");
    }
    out = malloc((size_t)FC_WHISPER_FRAMES * 80 * sizeof(*out));
    assert_non_null(out);
    for (size_t i = 0; i < 4; i++) {
        fc_error err = FC_ERROR_INIT;
        fc_tensor x, head;
        char name[64];
        size_t n;

        snprintf(name, sizeof(name), "audio_transformer/%s.mel_head", cases[i].name);
        x = load_npy(base, cases[i].wave);
        head = load_npy(base, name);
        n = (size_t)head.shape[1];
        assert_status(FC_OK, fc__whisper_mel(x.data, fc_tensor_count(&x), 80, out, &err), &err);
        for (size_t k = 0; k < 80; k++) {
            for (size_t t = 0; t < n; t++)
                assert_true(fabsf(out[t * 80 + k] - ((float *)head.data)[k * n + t]) < 1e-4f);
            /* Behind the sound all is the same floor. */
            assert_true(out[(FC_WHISPER_FRAMES - 1) * 80 + k] == out[n * 80 + 80]);
        }
        fc_tensor_dispose(&head);
        fc_tensor_dispose(&x);
    }
    free(out);
    free(base);
}

/* More than 30 s is cut, and no sound at all is a floor everywhere. */
static void test_speech__whisper_takes_any_length(void **state)
{
    const size_t n = FC_WHISPER_SAMPLES + 5000, n_out = (size_t)FC_WHISPER_FRAMES * 128;
    float *x = malloc(n * sizeof(*x)), *a = malloc(n_out * sizeof(*a)), *b = malloc(n_out * 4);
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_true(x != NULL && a != NULL && b != NULL);
    for (size_t i = 0; i < n; i++)
        x[i] = sinf((float)i * 0.05f) * 0.1f;
    assert_status(FC_OK, fc__whisper_mel(x, n, 128, a, &err), &err);
    assert_status(FC_OK, fc__whisper_mel(x, FC_WHISPER_SAMPLES, 128, b, &err), &err);
    assert_memory_equal(a, b, n_out * sizeof(*a));
    assert_status(FC_OK, fc__whisper_mel(NULL, 0, 80, a, &err), &err);
    for (size_t i = 0; i < (size_t)FC_WHISPER_FRAMES * 80; i++)
        assert_true(fabsf(a[i] - -1.5f) < 1e-6f); /* (log10(1e-10) + 4) / 4 */
    free(b);
    free(a);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_speech__fbank_is_that_of_kaldi),
        cmocka_unit_test(test_speech__waveform_is_that_of_wav2vec2),
        cmocka_unit_test(test_speech__mel_is_that_of_whisper),
        cmocka_unit_test(test_speech__whisper_takes_any_length),
    };

    return cmocka_run_group_tests_name("speech", tests, NULL, NULL);
}
