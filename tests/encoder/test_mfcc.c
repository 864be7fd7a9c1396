/*
 * builtin/mfcc: what its features mean, where they lie in time, and that they are the same bits
 * everywhere.
 */
#include "builtin_rig.h"
#include "decode/audio_files.h"

#include "fc_mfcc.h"
#include "fc_rng.h"
#include "fc_vec.h"

/* The sum of a few tones that rise, so that rows differ. */
static fc_buf tones(uint32_t rate, double seconds, double pitch)
{
    const size_t n = (size_t)(rate * seconds);
    float *x = malloc((n + 1) * sizeof(*x));
    fc_buf wav;

    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        const double t = (double)i / rate;

        x[i] = (float)(0.3 * sin(6.283185307179586 * pitch * t * (1 + t / (2 * seconds))) +
                       0.1 * sin(6.283185307179586 * 3.1 * pitch * t));
    }
    wav = wav_file(WAV_PCM, rate, 1, x, n);
    free(x);
    return wav;
}

static fc_status encode_span(builtin_rig *r, const fc_buf *file, double start_s, double end_s,
                             const bool *wanted, builtin_result *out)
{
    const fc_input in = {FC_AUDIO, file->data, file->size, start_s, end_s, "test", NULL};
    fc_prepared p = FC_PREPARED_INIT;
    fc_status st = r->builtin->ops->prepare(r->self, r->worker, &in, &p, &r->err);

    memset(out, 0, sizeof(*out));
    if (st == FC_OK)
        st = builtin_run(r, &p, wanted, out);
    fc__prepared_dispose(&p);
    return st;
}

static void open_default(builtin_rig *r)
{
    builtin_rig_init(r, "builtin/mfcc");
    builtin_rig_open(r);
}

static void test_mfcc__outputs_have_their_shapes_and_unit_length(void **state)
{
    static const double variants[][4] = {{40, 13, 4, 0}, {80, 20, 1, 1}, {23, 12, 8, 0}};

    (void)state;
    for (size_t v = 0; v < 3; v++) {
        fc_buf wav = tones(16000, 0.5, 200);
        builtin_result x;
        builtin_rig r;

        builtin_rig_init(&r, "builtin/mfcc");
        builtin_rig_set(&r, "n_mels", variants[v][0]);
        builtin_rig_set(&r, "n_mfcc", variants[v][1]);
        builtin_rig_set(&r, "segments", variants[v][2]);
        builtin_rig_set(&r, "mel", variants[v][3]);
        builtin_rig_set(&r, "window_ms", 32);
        builtin_rig_open(&r);
        assert_status(FC_OK, encode_span(&r, &wav, 0, 0, NULL, &x), &r.err);
        builtin_check_shapes(&r, &x);
        assert_int_equal(x.outputs[FC_MFCC_FRAMES].shape[0], 1 + (8000 - 512) / 160);
        assert_int_equal(x.outputs[FC_MFCC_MFCC].shape[0], 1 + (8000 - 512) / 160);
        assert_true(fabs(tensor_dot(&x.outputs[FC_MFCC_POOLED], &x.outputs[FC_MFCC_POOLED]) - 1) <
                    1e-6);
        builtin_result_dispose(&x);
        builtin_rig_close(&r);
        fc_buf_dispose(&wav);
    }
}

/* Rows of a span are the rows of the whole at their place, and tell the file's own time. */
static void test_mfcc__a_span_keeps_its_place_in_time(void **state)
{
    fc_buf wav = tones(16000, 1.0, 300);
    builtin_result whole, span;
    builtin_rig r;
    const float *a, *b;

    (void)state;
    open_default(&r);
    assert_status(FC_OK, encode_span(&r, &wav, 0, 0, NULL, &whole), &r.err);
    assert_status(FC_OK, encode_span(&r, &wav, 0.25, 0.75, NULL, &span), &r.err);
    for (size_t k = FC_MFCC_FRAMES; k <= FC_MFCC_MFCC; k++) {
        assert_int_equal(whole.times[k].kind, FC_TIME_REGULAR);
        assert_int_equal(whole.times[k].start_ns, 0);
        assert_int_equal(whole.times[k].hop_ns, 10000000);
        assert_int_equal(whole.times[k].length_ns, 25000000);
        assert_int_equal(span.times[k].kind, FC_TIME_REGULAR);
        assert_int_equal(span.times[k].start_ns, 250000000);
    }
    assert_int_equal(whole.times[FC_MFCC_POOLED].kind, FC_TIME_NONE);
    assert_int_equal(span.outputs[FC_MFCC_FRAMES].shape[0], 1 + (8000 - 400) / 160);
    a = whole.outputs[FC_MFCC_FRAMES].data;
    b = span.outputs[FC_MFCC_FRAMES].data;
    assert_memory_equal(b, a + 25 * 40, fc_tensor_count(&span.outputs[FC_MFCC_FRAMES]) * 4);
    builtin_result_dispose(&span);
    builtin_result_dispose(&whole);
    builtin_rig_close(&r);
    fc_buf_dispose(&wav);
}

/* A click at 0.4321 s is in the rows whose interval holds it, and in no other. */
static void test_mfcc__a_click_is_where_the_time_axis_says(void **state)
{
    static const uint32_t rates[] = {16000, 44100, 8000};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const double click = 0.4321;
        float *x = calloc(rates[i], sizeof(*x));
        fc_buf wav;
        builtin_result out;
        builtin_rig r;
        const fc_tensor *t;

        assert_non_null(x);
        x[(size_t)(click * rates[i])] = 0.9f;
        wav = wav_file(WAV_PCM, rates[i], 1, x, rates[i]);
        open_default(&r);
        assert_status(FC_OK, encode_span(&r, &wav, 0.1, 0.9, NULL, &out), &r.err);
        t = &out.outputs[FC_MFCC_FRAMES];
        for (size_t row = 0; row < t->shape[0]; row++) {
            const fc_time_axis *axis = &out.times[FC_MFCC_FRAMES];
            const double from = (double)(axis->start_ns + (int64_t)row * axis->hop_ns) * 1e-9;
            const double to = from + (double)axis->length_ns * 1e-9;
            const float *e = (const float *)t->data + row * 40;
            float loudest = e[0];

            for (size_t k = 1; k < 40; k++)
                loudest = e[k] > loudest ? e[k] : loudest;
            /* The window is near zero at its ends, the resampler rings a little. */
            if (click > from + 0.004 && click < to - 0.004)
                assert_true(loudest > -12);
            if (click < from - 0.004 || click > to + 0.004)
                assert_true(loudest < -14);
        }
        builtin_result_dispose(&out);
        builtin_rig_close(&r);
        fc_buf_dispose(&wav);
        free(x);
    }
}

/* From one sample to just more than a frame: one row, zeros behind the sound. */
static void test_mfcc__a_sound_shorter_than_a_frame_is_one_row(void **state)
{
    static const size_t lengths[] = {1, 2, 399, 400, 401, 559, 560};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        float x[560];
        fc_buf wav;
        builtin_result out;
        builtin_rig r;

        for (size_t k = 0; k < 560; k++)
            x[k] = 0.5f * sinf(0.3f * (float)k + 1);
        wav = wav_file(WAV_PCM, 16000, 1, x, lengths[i]);
        open_default(&r);
        /* The first samples lie where the window is near zero: nothing is heard. */
        if (lengths[i] < 3) {
            const bool wanted[] = {true, true, false, false};

            assert_status(FC_OK, encode_span(&r, &wav, 0, 0, wanted, &out), &r.err);
        } else {
            assert_status(FC_OK, encode_span(&r, &wav, 0, 0, NULL, &out), &r.err);
            builtin_check_shapes(&r, &out);
        }
        assert_int_equal(out.outputs[FC_MFCC_FRAMES].shape[0], lengths[i] < 560 ? 1 : 2);
        assert_int_equal(out.outputs[FC_MFCC_MFCC].shape[0], lengths[i] < 560 ? 1 : 2);
        builtin_result_dispose(&out);
        builtin_rig_close(&r);
        fc_buf_dispose(&wav);
    }
}

/* Frames of silence are a floor; a vector for it there is none. */
static void test_mfcc__silence_has_frames_but_no_direction(void **state)
{
    const bool rows_only[] = {true, true, false, false};
    float *x = calloc(16000, sizeof(*x));
    fc_buf wav;
    builtin_result out;
    builtin_rig r;

    (void)state;
    assert_non_null(x);
    wav = wav_file(WAV_PCM, 16000, 1, x, 16000);
    open_default(&r);
    assert_status(FC_OK, encode_span(&r, &wav, 0, 0, rows_only, &out), &r.err);
    for (size_t i = 0; i < fc_tensor_count(&out.outputs[FC_MFCC_FRAMES]); i++)
        assert_true(fabsf(((float *)out.outputs[FC_MFCC_FRAMES].data)[i] + 23.02585f) < 1e-4f);
    builtin_result_dispose(&out);
    assert_status(FC_E_FORMAT, encode_span(&r, &wav, 0, 0, NULL, &out), &r.err);
    assert_non_null(strstr(r.err.message, "silent"));
    builtin_result_dispose(&out);
    builtin_rig_close(&r);
    fc_buf_dispose(&wav);
    free(x);
}

/* Coefficients, slopes and curvatures side by side, of librosa's definition. */
static void test_mfcc__rows_are_coefficients_with_their_deltas(void **state)
{
    fc_buf wav = tones(16000, 0.5, 250);
    builtin_result out;
    builtin_rig r;
    fc_error err = FC_ERROR_INIT;
    float db[48 * 40], coeffs[48 * 13], slope[48 * 13], bend[48 * 13];
    const float *rows;
    fc_dct *dct = NULL;

    (void)state;
    open_default(&r);
    assert_status(FC_OK, encode_span(&r, &wav, 0, 0, NULL, &out), &r.err);
    assert_int_equal(out.outputs[FC_MFCC_FRAMES].shape[0], 48);
    rows = out.outputs[FC_MFCC_FRAMES].data;
    for (size_t i = 0; i < 48 * 40; i++)
        db[i] = rows[i] * 4.3429448f;
    assert_status(FC_OK, fc__dct_create(&dct, 40, 13, 0, &err), &err);
    fc__dct_rows(dct, db, 48, coeffs);
    fc__delta(coeffs, 13, 48, 13, 1, FC_DELTA_NEAREST, slope, 13, &err);
    fc__delta(coeffs, 13, 48, 13, 2, FC_DELTA_NEAREST, bend, 13, &err);
    for (size_t t = 0; t < 48; t++) {
        const float *row = (const float *)out.outputs[FC_MFCC_MFCC].data + t * 39;

        for (size_t k = 0; k < 13; k++) {
            assert_true(fabsf(row[k] - coeffs[t * 13 + k]) < 1e-3f);
            assert_true(fabsf(row[13 + k] - slope[t * 13 + k]) < 1e-3f);
            assert_true(fabsf(row[26 + k] - bend[t * 13 + k]) < 1e-3f);
        }
    }
    fc__dct_destroy(dct);
    builtin_result_dispose(&out);
    builtin_rig_close(&r);
    fc_buf_dispose(&wav);
}

/* Louder is the same direction; another pitch is another one. */
static void test_mfcc__pooled_does_not_hear_loudness(void **state)
{
    float *x = malloc(16000 * sizeof(*x));
    fc_rng rng = fc__rng_seed(8);
    fc_buf loud, soft, other = tones(16000, 1, 900);
    builtin_result a, b, c;
    builtin_rig r;

    (void)state;
    assert_non_null(x);
    for (size_t i = 0; i < 16000; i++)
        x[i] = 0.3f * sinf(0.1f * (float)i * (1 + (float)i * 1e-5f)) +
               0.05f * (float)fc__rng_normal(&rng);
    loud = wav_file(WAV_FLOAT, 16000, 1, x, 16000);
    for (size_t i = 0; i < 16000; i++)
        x[i] *= 0.125f;
    soft = wav_file(WAV_FLOAT, 16000, 1, x, 16000);
    open_default(&r);
    assert_status(FC_OK, encode_span(&r, &loud, 0, 0, NULL, &a), &r.err);
    assert_status(FC_OK, encode_span(&r, &soft, 0, 0, NULL, &b), &r.err);
    assert_status(FC_OK, encode_span(&r, &other, 0, 0, NULL, &c), &r.err);
    assert_true(tensor_dot(&a.outputs[FC_MFCC_POOLED], &b.outputs[FC_MFCC_POOLED]) > 0.9999);
    assert_true(tensor_dot(&a.outputs[FC_MFCC_POOLED], &c.outputs[FC_MFCC_POOLED]) < 0.9);
    builtin_result_dispose(&c);
    builtin_result_dispose(&b);
    builtin_result_dispose(&a);
    builtin_rig_close(&r);
    fc_buf_dispose(&other);
    fc_buf_dispose(&soft);
    fc_buf_dispose(&loud);
    free(x);
}

/* Raise FC_MFCC_CODE_VERSION with every change of these: a store must not mix the two. */
static void test_mfcc__is_the_same_bits_on_every_instruction_set(void **state)
{
    static const char *const sets[] = {"plain", "avx2", "avx512"};
    static const uint32_t rates[] = {16000, 44100};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fc_buf wav = tones(rates[i], 0.7, 180);
        char first[FC_U128_HEX_BYTES] = "", hex[FC_U128_HEX_BYTES];

        for (size_t s = 0; s < 3; s++) {
            builtin_result out;
            builtin_rig r;

            if (!fc__simd_force(sets[s]))
                continue;
            open_default(&r);
            assert_status(FC_OK, encode_span(&r, &wav, 0, 0, NULL, &out), &r.err);
            builtin_hash(&r, &out, hex);
            if (first[0] == '\0')
                strcpy(first, hex);
            assert_string_equal(hex, first);
            builtin_result_dispose(&out);
            builtin_rig_close(&r);
        }
        assert_true(fc__simd_force(NULL));
        /* Not what a resampler made: another version of it may round otherwise. */
        if (rates[i] == 16000)
            assert_string_equal(first, "554086f5b0cef72dd6244b1f9313494d");
        fc_buf_dispose(&wav);
    }
}

static void test_mfcc__refuses_what_it_cannot_take(void **state)
{
    float *x = malloc(2000000 * sizeof(*x));
    fc_buf wav;
    builtin_result out;
    builtin_rig r;

    (void)state;
    assert_non_null(x);
    open_default(&r);
    /* 22 minutes: 4000 samples a second make it quick. */
    for (size_t i = 0; i < 2000000; i++)
        x[i] = (float)(i % 100) * 0.01f;
    wav = wav_file(WAV_PCM, 1500, 1, x, 1500 * 1320);
    assert_status(FC_E_LIMIT, encode_span(&r, &wav, 0, 0, NULL, &out), &r.err);
    assert_non_null(strstr(r.err.message, "131998 frames"));
    assert_status(FC_OK, encode_span(&r, &wav, 10, 11, NULL, &out), &r.err);
    builtin_result_dispose(&out);
    fc_buf_dispose(&wav);
    /* A float file may hold numbers whose squares no float holds. */
    for (size_t i = 0; i < 16000; i++)
        x[i] = i % 2 == 0 ? 1e30f : -1e30f;
    wav = wav_file(WAV_FLOAT, 16000, 1, x, 16000);
    assert_status(FC_E_FORMAT, encode_span(&r, &wav, 0, 0, NULL, &out), &r.err);
    assert_non_null(strstr(r.err.message, "too large"));
    fc_buf_dispose(&wav);
    /* What the decoder refuses is passed on, and the worker goes on. */
    x[5] = NAN;
    wav = wav_file(WAV_FLOAT, 16000, 1, x, 100);
    assert_status(FC_E_FORMAT, encode_span(&r, &wav, 0, 0, NULL, &out), &r.err);
    fc_buf_dispose(&wav);
    wav = tones(16000, 0.2, 300);
    assert_status(FC_OK, encode_span(&r, &wav, 0, 0, NULL, &out), &r.err);
    builtin_result_dispose(&out);
    fc_buf_dispose(&wav);
    builtin_rig_close(&r);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mfcc__outputs_have_their_shapes_and_unit_length),
        cmocka_unit_test(test_mfcc__a_span_keeps_its_place_in_time),
        cmocka_unit_test(test_mfcc__a_click_is_where_the_time_axis_says),
        cmocka_unit_test(test_mfcc__a_sound_shorter_than_a_frame_is_one_row),
        cmocka_unit_test(test_mfcc__silence_has_frames_but_no_direction),
        cmocka_unit_test(test_mfcc__rows_are_coefficients_with_their_deltas),
        cmocka_unit_test(test_mfcc__pooled_does_not_hear_loudness),
        cmocka_unit_test(test_mfcc__is_the_same_bits_on_every_instruction_set),
        cmocka_unit_test(test_mfcc__refuses_what_it_cannot_take),
    };

    return cmocka_run_group_tests_name("mfcc", tests, NULL, NULL);
}
