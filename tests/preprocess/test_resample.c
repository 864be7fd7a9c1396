/*
 * Resampling against librosa with soxr_hq, however the samples come and go; whole files as one
 * stream.
 */
#include "audio_npy.h"

#include "fc_resample.h"
#include "fc_sound.h"

/* Hands out `x` in pieces; fails at sample `fail_at`. */
typedef struct source {
    const float *x;
    size_t n, at, piece, fail_at;
} source;

static fc_status give(void *from, float *out, size_t max, size_t *n, fc_error *err)
{
    source *s = from;
    const size_t left = s->n - s->at;

    if (s->fail_at != 0 && s->at >= s->fail_at)
        return fc_error_set(err, FC_E_FORMAT, "the source broke off");
    *n = s->piece < left ? s->piece : left;
    *n = *n < max ? *n : max;
    memcpy(out, s->x + s->at, *n * sizeof(*out));
    s->at += *n;
    return FC_OK;
}

/* All of it, in pieces of `in` from the source and `out` to the caller, who frees it. */
static float *resample(const float *x, size_t n, uint32_t a, uint32_t b, size_t in, size_t out,
                       size_t *n_out)
{
    source s = {x, n, 0, in, 0};
    const size_t want = (size_t)fc__resampled_count(n, a, b);
    float *y = malloc((want + out) * sizeof(*y));
    fc_resampler *r = NULL;
    fc_error err = FC_ERROR_INIT;
    size_t got;

    assert_non_null(y);
    assert_status(FC_OK, fc__resampler_create(&r, a, b, give, &s, &err), &err);
    *n_out = 0;
    do {
        assert_true(*n_out <= want);
        assert_status(FC_OK, fc__resampler_read(r, y + *n_out, out, &got, &err), &err);
        *n_out += got;
    } while (got > 0);
    assert_int_equal(*n_out, want);
    fc__resampler_destroy(r);
    return y;
}

static const uint32_t rates[][2] = {{44100, 16000}, {8000, 16000},  {22050, 16000},
                                    {48000, 16000}, {16000, 44100}, {11025, 8000}};

static void test_resample__is_that_of_librosa(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        char name[64];
        fc_tensor x;
        float *y;
        size_t n;

        snprintf(name, sizeof(name), "resample_%u_%u.in", rates[i][0], rates[i][1]);
        x = load_npy(NULL, name);
        y = resample(x.data, fc_tensor_count(&x), rates[i][0], rates[i][1], 999, 512, &n);
        snprintf(name, sizeof(name), "resample_%u_%u.out", rates[i][0], rates[i][1]);
        assert_matches_npy(name, y, n, 1e-5);
        free(y);
        fc_tensor_dispose(&x);
    }
}

static void test_resample__does_not_see_how_the_sound_is_cut(void **state)
{
    static const size_t pieces[][2] = {{1, 4096}, {4096, 1}, {333, 77}, {100000, 100000}};
    const size_t n = 50000;
    float *x = malloc(n * sizeof(*x));

    (void)state;
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = sinf((float)i * 0.1f) * 0.5f;
    for (size_t i = 0; i < 3; i++) {
        size_t n_first, n_out;
        float *first = resample(x, n, rates[i][0], rates[i][1], 4096, 8192, &n_first);

        for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
            float *y = resample(x, n, rates[i][0], rates[i][1], pieces[p][0], pieces[p][1], &n_out);

            assert_int_equal(n_out, n_first);
            assert_memory_equal(y, first, n_out * sizeof(*y));
            free(y);
        }
        free(first);
    }
    free(x);
}

/* From none to some samples, up and down by a lot: the length is always the one promised. */
static void test_resample__gives_the_length_that_it_promises(void **state)
{
    static const uint32_t far[][2] = {{100, 48000}, {1000000, 4000}, {44100, 44101}, {7, 7}};
    float x[3000];

    (void)state;
    for (size_t i = 0; i < 3000; i++)
        x[i] = (float)(i % 7) * 0.1f;
    for (size_t i = 0; i < 4; i++)
        for (size_t n = 0; n < 3000; n = n * 3 + 1) {
            size_t n_out;

            free(resample(x, n, far[i][0], far[i][1], 100, 5000, &n_out));
        }
}

static void test_resample__passes_a_failure_on(void **state)
{
    float x[9000] = {0}, y[9000];
    source s = {x, 9000, 0, 1000, 6000};
    fc_resampler *r = NULL;
    fc_error err = FC_ERROR_INIT;
    size_t n;

    (void)state;
    assert_status(FC_OK, fc__resampler_create(&r, 8000, 16000, give, &s, &err), &err);
    assert_status(FC_E_FORMAT, fc__resampler_read(r, y, 9000, &n, &err), &err);
    fc__resampler_destroy(r);
    assert_status(FC_E_INVALID, fc__resampler_create(&r, 0, 16000, give, &s, &err), &err);
    assert_null(r);
}

/* A file's span at another rate begins where the span does: a step in the middle stays in time. */
static void test_sound__keeps_the_time_of_a_span(void **state)
{
    const size_t n = 44100;
    float *x = calloc(n, sizeof(*x)), y[16000];
    fc_error err = FC_ERROR_INIT;
    fc_sound *s = NULL;
    fc_buf wav;
    size_t got, total = 0;

    (void)state;
    assert_non_null(x);
    for (size_t i = n / 2; i < n; i++)
        x[i] = 0.5f;
    wav = wav_file(WAV_PCM, 44100, 1, x, n);
    assert_status(FC_OK, fc__sound_open(&s, wav.data, wav.size, 0.25, 0.75, 16000, NULL, &err),
                  &err);
    assert_true(fc__sound_start_s(s) == 0.25);
    assert_int_equal(fc__sound_count(s), 8000);
    do {
        assert_status(FC_OK, fc__sound_read(s, y + total, 700, &got, &err), &err);
        total += got;
    } while (got > 0);
    assert_int_equal(total, 8000);
    assert_true(fabsf(y[3900]) < 0.01f && fabsf(y[4100] - 0.5f) < 0.01f);
    fc__sound_close(s);
    fc_buf_dispose(&wav);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resample__is_that_of_librosa),
        cmocka_unit_test(test_resample__does_not_see_how_the_sound_is_cut),
        cmocka_unit_test(test_resample__gives_the_length_that_it_promises),
        cmocka_unit_test(test_resample__passes_a_failure_on),
        cmocka_unit_test(test_sound__keeps_the_time_of_a_span),
    };

    return cmocka_run_group_tests_name("resample", tests, NULL, NULL);
}
