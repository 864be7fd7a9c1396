/*
 * Helpers of the sound preprocessing tests: whole sounds through a spectrogram in chosen pieces.
 */
#ifndef AUDIO_NPY_H
#define AUDIO_NPY_H

#include "decode/audio_files.h"

#include "fc_spectrogram.h"

/* Rows of n samples pushed in pieces of `piece` (0: random ones); the caller frees them. */
static inline float *all_rows(const fc_frame_rule *frames, const fc_mel_rule *mel, const float *x,
                              size_t n, size_t piece, size_t *n_rows)
{
    const size_t want = (size_t)fc__frame_count(frames, n);
    fc_spectrogram *s = NULL;
    fc_error err = FC_ERROR_INIT;
    float *out;
    size_t width, got;

    assert_status(FC_OK, fc__spectrogram_create(&s, frames, mel, &err), &err);
    width = fc__spectrogram_width(s);
    out = calloc(want + FC_LANES, width * sizeof(*out));
    assert_non_null(out);
    *n_rows = 0;
    for (size_t at = 0; at < n;) {
        const size_t some = piece != 0 ? piece : 1 + (at * 7919 + 13) % 701;
        const size_t took = fc__spectrogram_push(s, x + at, some < n - at ? some : n - at);

        at += took;
        got = fc__spectrogram_next(s, out + *n_rows * width);
        assert_true(got > 0 || took > 0);
        *n_rows += got;
    }
    fc__spectrogram_end(s);
    while ((got = fc__spectrogram_next(s, out + *n_rows * width)) > 0)
        *n_rows += got;
    assert_int_equal(*n_rows, want);
    fc__spectrogram_destroy(s);
    return out;
}

#endif /* AUDIO_NPY_H */
