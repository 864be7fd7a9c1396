/*
 * Sound for tests: WAV files made in memory, whole sounds read through the decoder, and .npy files
 * of tests/golden/audio.
 */
#ifndef AUDIO_FILES_H
#define AUDIO_FILES_H

#include "golden_files.h"

#include <math.h>

#include <featcache/maintain.h>

#include "fc_audio.h"
#include "fc_buf.h"

enum { WAV_PCM = 1, WAV_FLOAT = 3 };

/* A WAV file of n interleaved values as 16-bit PCM (scaled and rounded) or as 32-bit floats. */
static inline fc_buf wav_file(int tag, uint32_t rate, uint16_t channels, const float *x, size_t n)
{
    const uint32_t width = tag == WAV_PCM ? 2 : 4;
    fc_buf b = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc_buf_append(&b, "RIFF", 4, &err), &err);
    fc_buf_append_u32(&b, (uint32_t)(36 + n * width), &err);
    fc_buf_append(&b, "WAVEfmt ", 8, &err);
    fc_buf_append_u32(&b, 16, &err);
    fc_buf_append_u16(&b, (uint16_t)tag, &err);
    fc_buf_append_u16(&b, channels, &err);
    fc_buf_append_u32(&b, rate, &err);
    fc_buf_append_u32(&b, rate * channels * width, &err);
    fc_buf_append_u16(&b, (uint16_t)(channels * width), &err);
    fc_buf_append_u16(&b, (uint16_t)(8 * width), &err);
    fc_buf_append(&b, "data", 4, &err);
    fc_buf_append_u32(&b, (uint32_t)(n * width), &err);
    for (size_t i = 0; i < n; i++)
        if (tag == WAV_PCM)
            fc_buf_append_u16(&b, (uint16_t)(int16_t)lrintf(x[i] * 32768), &err);
        else
            assert_status(FC_OK, fc_buf_append(&b, &x[i], 4, &err), &err);
    return b;
}

/* Read to the end in pieces of `piece`; *out is the caller's to free. */
static inline fc_status read_sound(fc_audio_reader *r, size_t piece, float **out, size_t *n,
                                   fc_error *err)
{
    size_t room = (size_t)fc__audio_info(r)->n_samples + piece, got;
    fc_status st;

    *out = malloc(room * sizeof(float));
    assert_non_null(*out);
    *n = 0;
    do {
        assert_true(*n + piece <= room);
        st = fc__audio_read(r, *out + *n, piece, &got, err);
        *n += got;
    } while (st == FC_OK && got > 0);
    return st;
}

/* A span of a file in memory, decoded whole; the bytes lie in a block of their exact size, so that
 * the sanitizer sees one too many. On failure *out is NULL. */
static inline fc_status decode_sound(const void *bytes, size_t n_bytes, double start_s,
                                     double end_s, const fc_decode_limits *limits, size_t piece,
                                     float **out, size_t *n, fc_error *err)
{
    uint8_t *copy = malloc(n_bytes > 0 ? n_bytes : 1);
    fc_audio_reader *r = NULL;
    fc_status st;

    assert_non_null(copy);
    memcpy(copy, bytes, n_bytes);
    *out = NULL;
    *n = 0;
    *err = (fc_error)FC_ERROR_INIT;
    st = fc__audio_open(&r, copy, n_bytes, start_s, end_s, limits, err);
    if (st == FC_OK) {
        st = read_sound(r, piece, out, n, err);
        if (st == FC_OK)
            assert_int_equal(*n, fc__audio_info(r)->n_samples);
    } else {
        assert_null(r);
    }
    if (st != FC_OK) {
        assert_true(err->message[0] != '\0');
        free(*out);
        *out = NULL;
    }
    fc__audio_close(r);
    free(copy);
    return st;
}

static inline uint8_t *read_audio_golden(const char *name, size_t *n)
{
    char *path = NULL;
    uint8_t *bytes;

    assert_true(asprintf(&path, "audio/%s", name) > 0);
    bytes = golden_read(path, n);
    free(path);
    return bytes;
}

/* An array below `folder` (NULL: tests/golden/audio); dispose of it. */
static inline fc_tensor load_npy(const char *folder, const char *name)
{
    char *base = folder != NULL ? strdup(folder) : golden_file("tests/golden/audio"), *path = NULL;
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_true(asprintf(&path, "%s/%s.npy", base, name) > 0);
    assert_status(FC_OK, fc_npy_read(path, UINT64_C(1) << 28, &t, &err), &err);
    free(path);
    free(base);
    return t;
}

/* The largest difference, relative to the largest value (1 at least). */
static inline double worst_difference(const float *a, const float *b, size_t n)
{
    double worst = 0, largest = 1;

    for (size_t i = 0; i < n; i++) {
        const double d = fabs((double)a[i] - (double)b[i]);

        worst = d > worst || isnan(d) ? d : worst;
        largest = fabs((double)b[i]) > largest ? fabs((double)b[i]) : largest;
    }
    return worst / largest;
}

/* `n` values against the array `name`, to `tolerance`. */
static inline void assert_matches_npy(const char *name, const float *x, size_t n, double tolerance)
{
    fc_tensor want = load_npy(NULL, name);
    double worst;

    if (n != fc_tensor_count(&want))
        fail_msg("%s: %zu values, %zu are wanted", name, n, fc_tensor_count(&want));
    worst = worst_difference(x, want.data, n);
    if (!(worst <= tolerance))
        fail_msg("%s: off by %g of the largest, more than %g", name, worst, tolerance);
    fc_tensor_dispose(&want);
}

#endif /* AUDIO_FILES_H */
