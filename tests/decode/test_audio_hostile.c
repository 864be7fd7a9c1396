/*
 * Sound files that are broken, or made to break the reader: each is refused with a message, at
 * once, without memory to speak of, and under the sanitizers touches nothing outside its bytes.
 */
#include "audio_files.h"

#include <sys/resource.h>
#include <time.h>

#include "fc_bytes.h"
#include "fc_rng.h"

static const char *const files[] = {
    "pcm16_stereo.wav", "float.wav", "double_extensible.wav", "stereo.flac", "vorbis.ogg",
    "opus.ogg",         "lame.mp3",  "vbr_no_xing.mp3",
};

#define N_FILES (sizeof(files) / sizeof(files[0]))

/* Every one of them would be a shorter sound otherwise, silently. A cut between two pages of Ogg,
 * or two frames of an MP3 that does not tell its length, cannot be seen. */
static void test_hostile__cut_files_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FILES; i++) {
        fc_error err = FC_ERROR_INIT;
        size_t n_bytes, n;
        uint8_t *bytes = read_audio_golden(files[i], &n_bytes);
        float *x;

        for (size_t cut = 1; cut < n_bytes; cut += 1 + n_bytes / 60) {
            const fc_status st = decode_sound(bytes, n_bytes - cut, 0, 0, NULL, 4096, &x, &n, &err);

            if (st == FC_OK)
                fail_msg("%s less %zu of %zu bytes: read as %zu samples", files[i], cut, n_bytes,
                         n);
            assert_true(st == FC_E_FORMAT || st == FC_E_UNSUPPORTED);
            free(x);
        }
        free(bytes);
    }
}

static void test_hostile__damaged_bytes_do_no_harm(void **state)
{
    fc_rng rng = fc__rng_seed(17);

    (void)state;
    for (size_t i = 0; i < N_FILES; i++) {
        size_t n_bytes, n;
        uint8_t *bytes = read_audio_golden(files[i], &n_bytes);

        for (size_t round = 0; round < 60; round++) {
            /* Headers are hit as often as all the rest. */
            const size_t reach = round % 2 == 0 && n_bytes > 128 ? 128 : n_bytes;
            const size_t at = (size_t)fc__rng_below(&rng, reach);
            const uint8_t was = bytes[at];
            fc_error err = FC_ERROR_INIT;
            float *x;

            bytes[at] = (uint8_t)fc__rng_below(&rng, 256);
            decode_sound(bytes, n_bytes, 0, 0, NULL, 4096, &x, &n, &err);
            free(x);
            bytes[at] = was;
        }
        free(bytes);
    }
}

static void test_hostile__samples_that_are_no_numbers_are_named(void **state)
{
    const float bad[] = {NAN, INFINITY, -INFINITY};
    float x[400] = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        fc_error err = FC_ERROR_INIT;
        fc_buf wav;
        float *out;
        size_t n;

        x[251] = bad[i];
        wav = wav_file(WAV_FLOAT, 16000, 2, x, 400);
        assert_status(FC_E_FORMAT, decode_sound(wav.data, wav.size, 0, 0, NULL, 64, &out, &n, &err),
                      &err);
        assert_non_null(strstr(err.message, "sample 125 "));
        fc_buf_dispose(&wav);
    }
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static long peak_kib(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

/* Ten hours of silence as FLAC: some header bytes that promise 1.6 thousand million samples. */
static void test_hostile__ten_hours_are_refused_by_their_header(void **state)
{
    const double before = seconds();
    const long peak = peak_kib();
    fc_error err = FC_ERROR_INIT;
    size_t n_bytes, n;
    uint8_t *flac = read_audio_golden("stereo.flac", &n_bytes);
    const uint64_t samples = (uint64_t)44100 * 36000;
    float *x;

    (void)state;
    /* STREAMINFO: 36 bits of samples, the upper four beside the sample's width. */
    flac[21] = (uint8_t)((flac[21] & 0xF0) | (samples >> 32 & 15));
    fc_put_be32(flac + 22, (uint32_t)samples);
    assert_status(FC_E_LIMIT, decode_sound(flac, n_bytes, 0, 0, NULL, 4096, &x, &n, &err), &err);
    assert_non_null(strstr(err.message, "1587600000"));
    /* A span within the limit is fine, but that the samples are not there. */
    assert_status(FC_E_FORMAT, decode_sound(flac, n_bytes, 1000, 1010, NULL, 4096, &x, &n, &err),
                  &err);
    assert_true(seconds() - before < 1.0);
    assert_true(peak_kib() - peak < 64 << 10);
    free(flac);
}

static void test_hostile__limits_hold_to_the_sample(void **state)
{
    const float x[1000] = {0.5f};
    fc_decode_limits limits = {.max_samples = 500};
    fc_buf wav = wav_file(WAV_PCM, 1000, 2, x, 1000);
    fc_error err = FC_ERROR_INIT;
    float *out;
    size_t n;

    (void)state;
    assert_status(FC_OK, decode_sound(wav.data, wav.size, 0, 0, &limits, 64, &out, &n, &err), &err);
    free(out);
    limits.max_samples = 499;
    assert_status(FC_E_LIMIT, decode_sound(wav.data, wav.size, 0, 0, &limits, 64, &out, &n, &err),
                  &err);
    assert_status(FC_OK, decode_sound(wav.data, wav.size, 0.001, 0, &limits, 64, &out, &n, &err),
                  &err);
    free(out);
    fc_buf_dispose(&wav);
}

/* Fields of a WAV header, by offset, with values that lie. */
static void test_hostile__lying_wav_headers_are_refused(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        int width;
        fc_status want;
    } lies[] = {
        {16, 4, 4, FC_E_FORMAT},               /* a 'fmt ' of four bytes */
        {16, 0xFFFFFFF0, 4, FC_E_FORMAT},      /* of four GiB */
        {20, 2, 2, FC_E_UNSUPPORTED},          /* MS ADPCM */
        {20, 0x55, 2, FC_E_UNSUPPORTED},       /* MP3 in WAV */
        {22, 0, 2, FC_E_FORMAT},               /* no channels */
        {22, 1025, 2, FC_E_LIMIT},             /* too many for libsndfile, too */
        {22, 300, 2, FC_E_LIMIT},              /* too many for us */
        {24, 0, 4, FC_E_FORMAT},               /* no samples a second */
        {24, 2000000000, 4, FC_E_UNSUPPORTED}, /* too many */
        {24, 99, 4, FC_E_UNSUPPORTED},         /* too few */
        {40, 1u << 30, 4, FC_E_FORMAT},        /* a GiB of samples */
        {40, 0, 4, FC_E_FORMAT},               /* none */
    };
    const float x[1000] = {0.5f};

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        fc_buf wav = wav_file(WAV_PCM, 8000, 1, x, 1000);
        fc_error err = FC_ERROR_INIT;
        float *out;
        size_t n;
        fc_status st;

        if (lies[i].width == 2)
            fc_put_le16(wav.data + lies[i].at, (uint16_t)lies[i].value);
        else
            fc_put_le32(wav.data + lies[i].at, lies[i].value);
        st = decode_sound(wav.data, wav.size, 0, 0, NULL, 4096, &out, &n, &err);
        if (st == FC_OK)
            fail_msg("%u at byte %zu was taken", lies[i].value, lies[i].at);
        if (lies[i].want != FC_E_FORMAT || st == FC_E_LIMIT)
            assert_status(lies[i].want, st, &err);
        fc_buf_dispose(&wav);
    }
}

/* A writer into a pipe does not know the length: 2^32 - 1, and what is there counts. */
static void test_hostile__wav_of_unknown_length_is_read_to_its_end(void **state)
{
    const float x[1000] = {0.5f};
    fc_buf wav = wav_file(WAV_PCM, 8000, 1, x, 1000);
    fc_error err = FC_ERROR_INIT;
    float *out;
    size_t n;

    (void)state;
    fc_put_le32(wav.data + 4, UINT32_MAX);
    fc_put_le32(wav.data + 40, UINT32_MAX);
    assert_status(FC_OK, decode_sound(wav.data, wav.size, 0, 0, NULL, 4096, &out, &n, &err), &err);
    assert_int_equal(n, 1000);
    free(out);
    fc_buf_dispose(&wav);
}

static void test_hostile__other_formats_are_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *word;
        fc_status want;
    } others[] = {
        {"", 0, "empty", FC_E_FORMAT},
        {"FORM\0\0\0\x10"
         "AIFFCOMM",
         16, "AIFF", FC_E_UNSUPPORTED},
        {".snd\0\0\0\x18\0\0\0\x10", 12, "AU", FC_E_UNSUPPORTED},
        {"\0\0\0\x1c"
         "ftypM4A ",
         12, "MPEG-4", FC_E_UNSUPPORTED},
        {"RF64\xff\xff\xff\xffWAVE", 12, "RF64", FC_E_UNSUPPORTED},
        {"once upon", 9, "6f 6e 63 65", FC_E_UNSUPPORTED},
        {"RIFF\x04\0\0\0WAVE", 12, "data", FC_E_FORMAT},
        {"OggS", 4, "cut off", FC_E_FORMAT},
        {"ID3\x04\0\0\0\0\0\0", 10, "MP3", FC_E_FORMAT},
        {"\xff\xfb\x90\x64", 4, "MP3", FC_E_FORMAT},
        {"fLaC", 4, "FLAC", FC_E_FORMAT},
        {"\xff\xfd\x90\x64", 4, "ff fd", FC_E_UNSUPPORTED}, /* layer II */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        float *x;
        size_t n;

        assert_status(others[i].want,
                      decode_sound(others[i].bytes, others[i].n, 0, 0, NULL, 64, &x, &n, &err),
                      &err);
        if (strstr(err.message, others[i].word) == NULL)
            fail_msg("'%s' does not say '%s'", err.message, others[i].word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile__cut_files_are_refused),
        cmocka_unit_test(test_hostile__damaged_bytes_do_no_harm),
        cmocka_unit_test(test_hostile__samples_that_are_no_numbers_are_named),
        cmocka_unit_test(test_hostile__ten_hours_are_refused_by_their_header),
        cmocka_unit_test(test_hostile__limits_hold_to_the_sample),
        cmocka_unit_test(test_hostile__lying_wav_headers_are_refused),
        cmocka_unit_test(test_hostile__wav_of_unknown_length_is_read_to_its_end),
        cmocka_unit_test(test_hostile__other_formats_are_named),
    };

    return cmocka_run_group_tests_name("audio_hostile", tests, NULL, NULL);
}
