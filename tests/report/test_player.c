/*
 * Sounds on a page: what browsers play goes in as it is, all else and spans become WAV with the
 * same samples, and nothing is larger than its cap.
 */
#include "../decode/audio_files.h"

#include "fc_player.h"

static fc_player make(const uint8_t *bytes, size_t n, double start_s, double end_s, size_t max)
{
    fc_player p;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__player_make(bytes, n, start_s, end_s, NULL, max, &p, &err), &err);
    assert_true(p.bytes.size <= max);
    return p;
}

static void test_player__files_that_browsers_play_stay_as_they_are(void **state)
{
    static const char *const files[][2] = {
        {"vorbis.ogg", "audio/ogg"},       {"opus.ogg", "audio/ogg"},
        {"lame.mp3", "audio/mpeg"},        {"stereo.flac", "audio/flac"},
        {"pcm16_stereo.wav", "audio/wav"}, {"u8.wav", "audio/wav"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t n;
        uint8_t *bytes = read_audio_golden(files[i][0], &n);
        fc_player p = make(bytes, n, 0, 0, FC_PLAYER_MAX_BYTES);

        assert_string_equal(p.type, files[i][1]);
        assert_int_equal(p.bytes.size, n);
        assert_memory_equal(p.bytes.data, bytes, n);
        assert_true(p.seconds > 0 && p.played == p.seconds && p.rate > 0);
        fc__player_dispose(&p);
        free(bytes);
    }
}

/* The samples of the WAV `made` against those of the file, to half a step of 16 bits. */
static void check_wav(const fc_buf *made, const uint8_t *bytes, size_t n, double start_s,
                      double end_s)
{
    float *want, *got;
    size_t n_want, n_got;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, decode_sound(bytes, n, start_s, end_s, NULL, 4096, &want, &n_want, &err),
                  &err);
    assert_status(FC_OK, decode_sound(made->data, made->size, 0, 0, NULL, 4096, &got, &n_got, &err),
                  &err);
    assert_int_equal(n_got, n_want);
    for (size_t i = 0; i < n_got; i++)
        assert_float_equal(got[i] * (32768.0f / 32767), fminf(fmaxf(want[i], -1), 1),
                           0.51f / 32767);
    free(want);
    free(got);
}

static void test_player__other_files_become_wav(void **state)
{
    static const char *const files[] = {"pcm24.wav", "float.wav", "alaw.wav",
                                        "double_extensible.wav"};

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t n;
        uint8_t *bytes = read_audio_golden(files[i], &n);
        fc_player p = make(bytes, n, 0, 0, FC_PLAYER_MAX_BYTES);

        assert_string_equal(p.type, "audio/wav");
        assert_true(p.bytes.size != n || memcmp(p.bytes.data, bytes, n) != 0);
        check_wav(&p.bytes, bytes, n, 0, 0);
        fc__player_dispose(&p);
        free(bytes);
    }
}

static void test_player__a_span_plays_the_span(void **state)
{
    static const char *const files[] = {"vorbis.ogg", "stereo.flac", "lame.mp3",
                                        "pcm16_stereo.wav"};

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t n;
        uint8_t *bytes = read_audio_golden(files[i], &n);
        fc_player whole = make(bytes, n, 0, 0, FC_PLAYER_MAX_BYTES);
        const double start = whole.seconds / 4, end = whole.seconds / 2;
        fc_player p = make(bytes, n, start, end, FC_PLAYER_MAX_BYTES);

        assert_string_equal(p.type, "audio/wav");
        assert_true(fabs(p.seconds - (end - start)) <= 1.0 / p.rate);
        assert_true(p.played == p.seconds);
        check_wav(&p.bytes, bytes, n, start, end);
        fc__player_dispose(&p);
        p = make(bytes, n, start, 0, FC_PLAYER_MAX_BYTES); /* to the end */
        check_wav(&p.bytes, bytes, n, start, 0);
        fc__player_dispose(&p);
        fc__player_dispose(&whole);
        free(bytes);
    }
}

/* More than the cap: the beginning, and it says how much that is. */
static void test_player__the_cap_holds(void **state)
{
    size_t n;
    uint8_t *bytes = read_audio_golden("pcm16_stereo.wav", &n);
    fc_player p = make(bytes, n, 0, 0, n), small;

    (void)state;
    assert_int_equal(p.bytes.size, n); /* just fits */
    small = make(bytes, n, 0, 0, 1044);
    assert_int_equal(small.bytes.size, 1044);
    assert_true(fabs(small.played - 500.0 / small.rate) < 1e-9);
    assert_true(small.seconds == p.seconds && small.played < small.seconds);
    check_wav(&small.bytes, bytes, n, 0, 500.0 / small.rate);
    fc__player_dispose(&small);
    fc__player_dispose(&p);
    free(bytes);
}

static void test_player__broken_sounds_are_refused(void **state)
{
    size_t n;
    uint8_t *bytes = read_audio_golden("vorbis.ogg", &n);
    fc_error err = FC_ERROR_INIT;
    fc_player p;

    (void)state;
    for (size_t cut = 0; cut < n; cut += n / 40) {
        assert_int_not_equal(fc__player_make(bytes, cut, 0, 0, NULL, FC_PLAYER_MAX_BYTES, &p, &err),
                             FC_OK);
        assert_null(p.bytes.data);
        assert_null(p.type);
    }
    assert_status(FC_E_FORMAT, fc__player_make(bytes, n, 1e6, 0, NULL, 1000, &p, &err), &err);
    assert_status(FC_E_UNSUPPORTED,
                  fc__player_make((const uint8_t *)"FORM....AIFF", 12, 0, 0, NULL, 1000, &p, &err),
                  &err);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_player__files_that_browsers_play_stay_as_they_are),
        cmocka_unit_test(test_player__other_files_become_wav),
        cmocka_unit_test(test_player__a_span_plays_the_span),
        cmocka_unit_test(test_player__the_cap_holds),
        cmocka_unit_test(test_player__broken_sounds_are_refused),
    };

    return cmocka_run_group_tests_name("player", tests, NULL, NULL);
}
