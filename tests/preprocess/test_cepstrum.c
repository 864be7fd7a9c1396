/*
 * Decibels, cepstral coefficients and deltas against librosa; librosa's log-mel and MFCC of real
 * recordings.
 */
#include "audio_npy.h"

#include "fc_cepstrum.h"

#define TOLERANCE 1e-5

static void test_decibels__are_those_of_librosa(void **state)
{
    fc_tensor mel = load_npy(NULL, "melspectrogram"), copy = load_npy(NULL, "melspectrogram");
    const size_t n = fc_tensor_count(&mel);
    float *x = copy.data;

    (void)state;
    fc__power_to_db(x, n, 1, 1e-10f, 80);
    assert_matches_npy("db_ref1_top80", x, n, TOLERANCE);
    memcpy(x, mel.data, n * sizeof(*x));
    fc__power_to_db(x, n, fc__largest(x, n), 1e-8f, -1);
    assert_matches_npy("db_refmax_notop", x, n, TOLERANCE);
    fc_tensor_dispose(&copy);
    fc_tensor_dispose(&mel);
}

static void mfcc_of(const char *name, uint32_t n_mfcc, double lifter)
{
    fc_tensor db = load_npy(NULL, "db_ref1_top80");
    const size_t n = (size_t)db.shape[0];
    float *out = malloc(n * n_mfcc * sizeof(*out)), *again = malloc(n * n_mfcc * sizeof(*out));
    fc_error err = FC_ERROR_INIT;
    fc_dct *d = NULL;

    assert_true(out != NULL && again != NULL);
    assert_status(FC_OK, fc__dct_create(&d, 80, n_mfcc, lifter, &err), &err);
    fc__dct_rows(d, db.data, n, out);
    assert_matches_npy(name, out, n * n_mfcc, TOLERANCE);
    for (size_t i = 0; i < n; i++)
        fc__dct_rows(d, (float *)db.data + i * 80, 1, again + i * n_mfcc);
    assert_memory_equal(out, again, n * n_mfcc * sizeof(*out));
    fc__dct_destroy(d);
    free(again);
    free(out);
    fc_tensor_dispose(&db);
}

static void test_cepstrum__is_that_of_librosa(void **state)
{
    (void)state;
    mfcc_of("mfcc13", 13, 0);
    mfcc_of("mfcc20_lifter22", 20, 22);
}

static void test_cepstrum__refuses_what_does_not_go(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_dct *d = NULL;

    (void)state;
    assert_status(FC_E_INVALID, fc__dct_create(&d, 40, 0, 0, &err), &err);
    assert_status(FC_E_INVALID, fc__dct_create(&d, 40, 41, 0, &err), &err);
    assert_status(FC_E_INVALID, fc__dct_create(&d, 1025, 13, 0, &err), &err);
    assert_status(FC_E_INVALID, fc__dct_create(&d, 40, 13, -1, &err), &err);
}

static void test_delta__is_that_of_librosa(void **state)
{
    static const char *const modes[] = {"interp", "nearest"};
    fc_tensor mfcc = load_npy(NULL, "mfcc13");
    const size_t n = (size_t)mfcc.shape[0];
    float *out = calloc(n * 20, sizeof(*out));
    fc_error err = FC_ERROR_INIT;
    char name[64];

    (void)state;
    assert_non_null(out);
    for (int order = 1; order <= 2; order++) {
        for (int mode = 0; mode < 2; mode++) {
            assert_status(
                FC_OK, fc__delta(mfcc.data, 13, n, 13, order, (fc_delta_edge)mode, out, 13, &err),
                &err);
            snprintf(name, sizeof(name), "delta%d_%s", order, modes[mode]);
            assert_matches_npy(name, out, n * 13, TOLERANCE);
        }
        assert_status(
            FC_OK, fc__delta(mfcc.data, 13, 3, 13, order, FC_DELTA_NEAREST, out, 13, &err), &err);
        snprintf(name, sizeof(name), "delta%d_short", order);
        assert_matches_npy(name, out, 3 * 13, TOLERANCE);
    }
    assert_status(FC_E_INVALID, fc__delta(mfcc.data, 13, 8, 13, 1, FC_DELTA_INTERP, out, 13, &err),
                  &err);
    assert_status(FC_E_INVALID, fc__delta(mfcc.data, 13, n, 13, 3, FC_DELTA_INTERP, out, 13, &err),
                  &err);
    free(out);
    fc_tensor_dispose(&mfcc);
}

/* Real recordings where they are, there as 80 x frames. */
static void test_cepstrum__of_the_shared_recordings(void **state)
{
    static const char *const names[] = {"cow_44k1", "seven_8k", "speech_cards_16k"};
    const fc_frame_rule rule = {.rate = 16000,
                                .window = 400,
                                .hop = 160,
                                .n_fft = 400,
                                .pad = FC_PAD_ZERO,
                                .window_in_middle = true};
    const fc_mel_rule mel = {.n_mels = 80, .scale = FC_MEL_SLANEY, .norm = true};
    char *base = golden_path("FC_SHARED_DIR", "models/goldens/audio_dsp");
    fc_error err = FC_ERROR_INIT;
    fc_dct *d = NULL;

    (void)state;
    if (base == NULL || access(base, R_OK) != 0) {
        free(base);
        fc_test_skip("no shared recordings");
    }
    assert_status(FC_OK, fc__dct_create(&d, 80, 13, 0, &err), &err);
    for (size_t i = 0; i < 3; i++) {
        char name[3][64];
        fc_tensor x, logmel, mfcc;
        float *rows, *logs, *ours;
        size_t n;

        snprintf(name[0], sizeof(name[0]), "%s.wave16k", names[i]);
        snprintf(name[1], sizeof(name[1]), "%s.logmel", names[i]);
        snprintf(name[2], sizeof(name[2]), "%s.mfcc13", names[i]);
        x = load_npy(base, name[0]);
        logmel = load_npy(base, name[1]);
        mfcc = load_npy(base, name[2]);
        rows = all_rows(&rule, &mel, x.data, fc_tensor_count(&x), 1600, &n);
        logs = malloc(n * 80 * sizeof(*logs));
        ours = malloc(n * 13 * sizeof(*ours));
        assert_true(logs != NULL && ours != NULL);
        assert_int_equal(n, logmel.shape[1]);
        fc__ln_floor(rows, n * 80, 1e-10f, logs);
        fc__power_to_db(rows, n * 80, 1, 1e-10f, 80);
        fc__dct_rows(d, rows, n, ours);
        for (size_t t = 0; t < n; t++) {
            for (size_t k = 0; k < 80; k++)
                assert_true(fabsf(logs[t * 80 + k] - ((float *)logmel.data)[k * n + t]) < 2e-3f);
            for (size_t k = 0; k < 13; k++)
                assert_true(fabsf(ours[t * 13 + k] - ((float *)mfcc.data)[k * n + t]) < 1e-2f);
        }
        free(ours);
        free(logs);
        free(rows);
        fc_tensor_dispose(&mfcc);
        fc_tensor_dispose(&logmel);
        fc_tensor_dispose(&x);
    }
    fc__dct_destroy(d);
    free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decibels__are_those_of_librosa),
        cmocka_unit_test(test_cepstrum__is_that_of_librosa),
        cmocka_unit_test(test_cepstrum__refuses_what_does_not_go),
        cmocka_unit_test(test_delta__is_that_of_librosa),
        cmocka_unit_test(test_cepstrum__of_the_shared_recordings),
    };

    return cmocka_run_group_tests_name("cepstrum", tests, NULL, NULL);
}
