/*
 * Sound files of every format against what other decoders read, spans, and rates and channels of
 * all kinds.
 */
#include "audio_files.h"

#include "fc_rng.h"

typedef struct format {
    const char *name, *format;
    uint32_t rate, channels;
    double tolerance;
} format;

/* Lossless ones are exact; the decoders behind soundfile's own build may round otherwise. */
static const format formats[] = {
    {"pcm16_stereo.wav", "WAV", 22050, 2, 0},
    {"pcm24.wav", "WAV", 8000, 1, 0},
    {"u8.wav", "WAV", 8000, 1, 0},
    {"float.wav", "WAV", 16000, 1, 0},
    {"double_extensible.wav", "WAV", 16000, 3, 1e-7},
    {"alaw.wav", "WAV", 8000, 1, 0},
    {"stereo.flac", "FLAC", 44100, 2, 0},
    {"pcm24.flac", "FLAC", 48000, 1, 0},
    {"vorbis.ogg", "Ogg Vorbis", 22050, 2, 1e-5},
    {"opus.ogg", "Ogg Opus", 48000, 1, 1e-4},
    {"lame.mp3", "MP3", 44100, 2, 1e-5},
};

#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

static void test_audio__formats_decode_to_what_soundfile_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FORMATS; i++) {
        const format *f = &formats[i];
        fc_error err = FC_ERROR_INIT;
        fc_audio_reader *r = NULL;
        float *x;
        size_t n_bytes, n;
        uint8_t *bytes = read_audio_golden(f->name, &n_bytes);

        assert_status(FC_OK, fc__audio_open(&r, bytes, n_bytes, 0, 0, NULL, &err), &err);
        assert_string_equal(fc__audio_info(r)->format, f->format);
        assert_int_equal(fc__audio_info(r)->rate, f->rate);
        assert_int_equal(fc__audio_info(r)->channels, f->channels);
        assert_true(fc__audio_info(r)->start_s == 0);
        assert_status(FC_OK, read_sound(r, 1000, &x, &n, &err), &err);
        assert_int_equal(n, fc__audio_info(r)->n_samples);
        assert_matches_npy(f->name, x, n, f->tolerance);
        free(x);
        fc__audio_close(r);
        free(bytes);
    }
}

/* Its length is guessed from the first frames by the library; here the frames are counted.
 * ffmpeg, the reference, keeps the decoder's delay of 529 samples, libmpg123 does not. */
static void test_audio__mp3_without_a_length_is_read_whole(void **state)
{
    static const char *const files[] = {"vbr_no_xing.mp3", "cbr_no_xing.mp3"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fc_error err = FC_ERROR_INIT;
        fc_tensor want = load_npy(NULL, files[i]);
        size_t n_bytes, n;
        uint8_t *bytes = read_audio_golden(files[i], &n_bytes);
        float *x;

        assert_status(FC_OK, decode_sound(bytes, n_bytes, 0, 0, NULL, 4096, &x, &n, &err), &err);
        assert_int_equal(n, fc_tensor_count(&want) - 529);
        assert_true(worst_difference(x, (float *)want.data + 529, n) < 1e-4);
        free(x);
        free(bytes);
        fc_tensor_dispose(&want);
    }
}

/* The number of bytes in a Xing frame is wrong where a tag was edited later: the sound is the same,
 * and the library keeps silent. */
static void test_audio__mp3_with_a_wrong_size_is_read_in_silence(void **state)
{
    char *log = fc_test_path("stderr");
    fc_error err = FC_ERROR_INIT;
    size_t n_bytes, n, n_said;
    uint8_t *bytes = read_audio_golden("lame.mp3", &n_bytes), *xing, *said;
    const int saved = dup(2), to = open(log, O_CREAT | O_TRUNC | O_RDWR, 0600);
    float *x;

    (void)state;
    xing = memmem(bytes, n_bytes, "Xing", 4);
    xing = xing != NULL ? xing : memmem(bytes, n_bytes, "Info", 4);
    assert_non_null(xing);
    assert_int_equal(xing[7] & 3, 3);
    xing[12] = 0x01; /* 16 MiB */
    assert_true(saved >= 0 && to >= 0 && dup2(to, 2) == 2);
    decode_sound(bytes, n_bytes, 0, 0, NULL, 4096, &x, &n, &err);
    assert_int_equal(dup2(saved, 2), 2);
    close(saved);
    close(to);
    assert_non_null(x);
    assert_matches_npy("lame.mp3", x, n, 1e-5);
    said = fc_test_read_file(log, &n_said);
    assert_int_equal(n_said, 0);
    free(said);
    free(x);
    free(bytes);
    free(log);
}

/* However it is cut, a span is the same bits as that part of the whole. */
static void test_audio__spans_are_parts_of_the_whole(void **state)
{
    static const double spans[][2] = {{0, 0.05}, {0.03, 0}, {0.01234, 0.0456}, {0.04, 99}};

    (void)state;
    for (size_t i = 0; i < N_FORMATS; i++)
        for (size_t s = 0; s < 4; s++) {
            const double rate = formats[i].rate, from = nearbyint(spans[s][0] * rate);
            fc_error err = FC_ERROR_INIT;
            size_t n_bytes, n, n_all, want;
            uint8_t *bytes = read_audio_golden(formats[i].name, &n_bytes);
            float *all, *x;

            assert_status(FC_OK, decode_sound(bytes, n_bytes, 0, 0, NULL, 997, &all, &n_all, &err),
                          &err);
            assert_status(
                FC_OK,
                decode_sound(bytes, n_bytes, spans[s][0], spans[s][1], NULL, 100, &x, &n, &err),
                &err);
            want = spans[s][1] == 0 || spans[s][1] * rate > (double)n_all
                       ? n_all
                       : (size_t)nearbyint(spans[s][1] * rate);
            assert_int_equal(n, want - (size_t)from);
            assert_memory_equal(x, all + (size_t)from, n * sizeof(*x));
            free(x);
            free(all);
            free(bytes);
        }
}

static void test_audio__a_span_tells_where_it_begins(void **state)
{
    const float x[8000] = {0.5f};
    fc_buf wav = wav_file(WAV_PCM, 8000, 1, x, 8000);
    fc_error err = FC_ERROR_INIT;
    fc_audio_reader *r = NULL;

    (void)state;
    assert_status(FC_OK, fc__audio_open(&r, wav.data, wav.size, 0.50003, 0.75, NULL, &err), &err);
    assert_true(fc__audio_info(r)->start_s == 0.5);
    assert_int_equal(fc__audio_info(r)->n_samples, 2000);
    fc__audio_close(r);
    fc_buf_dispose(&wav);
}

static void test_audio__refuses_spans_that_hold_nothing(void **state)
{
    static const double spans[][2] = {{1, 0},     {1, 2},        {7, 8},    {0.5, 0.5},
                                      {0.5, 0.2}, {-1, 0},       {0, -1},   {NAN, 0},
                                      {0, NAN},   {INFINITY, 0}, {1e300, 0}};
    const float x[100] = {0.25f};
    fc_buf wav = wav_file(WAV_PCM, 100, 1, x, 100);
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        float *out;
        size_t n;

        assert_status(
            FC_E_FORMAT,
            decode_sound(wav.data, wav.size, spans[i][0], spans[i][1], NULL, 64, &out, &n, &err),
            &err);
    }
    fc_buf_dispose(&wav);
}

static void test_audio__takes_any_rate_and_the_mean_of_any_channels(void **state)
{
    static const uint32_t rates[] = {100, 8000, 11025, 44100, 96000, 192000, 1000000};
    static const uint16_t channels[] = {1, 2, 3, 6, 8, 17, 256};
    fc_rng rng = fc__rng_seed(5);

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        const size_t k = channels[i], n_frames = 301;
        float *x = malloc(n_frames * k * sizeof(*x)), *out;
        fc_error err = FC_ERROR_INIT;
        fc_buf wav;
        size_t n;

        assert_non_null(x);
        for (size_t j = 0; j < n_frames * k; j++)
            x[j] = (float)fc__rng_unit(&rng) - 0.5f;
        wav = wav_file(WAV_FLOAT, rates[i], channels[i], x, n_frames * k);
        assert_status(FC_OK, decode_sound(wav.data, wav.size, 0, 0, NULL, 50, &out, &n, &err),
                      &err);
        assert_int_equal(n, n_frames);
        for (size_t f = 0; f < n_frames; f++) {
            double sum = 0;

            for (size_t c = 0; c < k; c++)
                sum += (double)x[f * k + c];
            assert_true(fabs(sum / (double)k - (double)out[f]) < 1e-6);
        }
        free(out);
        fc_buf_dispose(&wav);
        free(x);
    }
}

/* A recording out of the field, where it is. */
static void test_audio__reads_a_shared_recording(void **state)
{
    char *base = golden_path("FC_SHARED_DIR", "models/goldens"), *path = NULL;
    fc_error err = FC_ERROR_INIT;
    size_t n_bytes, n;
    fc_tensor want;
    uint8_t *bytes;
    float *x;

    (void)state;
    if (base == NULL || access(base, R_OK) != 0) {
        free(base);
        fc_test_skip("no shared recordings");
    }
    want = load_npy(base, "audio_dsp/speech_cards_16k.wave16k");
    assert_true(asprintf(&path, "%s/inputs/audio/speech_cards_16k.wav", base) > 0);
    bytes = fc_test_read_file(path, &n_bytes);
    assert_status(FC_OK, decode_sound(bytes, n_bytes, 0, 0, NULL, 1024, &x, &n, &err), &err);
    assert_int_equal(n, fc_tensor_count(&want));
    assert_memory_equal(x, want.data, n * sizeof(*x));
    fc_tensor_dispose(&want);
    free(x);
    free(bytes);
    free(path);
    free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audio__formats_decode_to_what_soundfile_reads),
        cmocka_unit_test(test_audio__mp3_without_a_length_is_read_whole),
        cmocka_unit_test(test_audio__mp3_with_a_wrong_size_is_read_in_silence),
        cmocka_unit_test(test_audio__spans_are_parts_of_the_whole),
        cmocka_unit_test(test_audio__a_span_tells_where_it_begins),
        cmocka_unit_test(test_audio__refuses_spans_that_hold_nothing),
        cmocka_unit_test(test_audio__takes_any_rate_and_the_mean_of_any_channels),
        cmocka_unit_test(test_audio__reads_a_shared_recording),
    };

    return cmocka_run_group_tests_name("audio", tests, NULL, NULL);
}
