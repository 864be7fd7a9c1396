/*
 * Kaldi's and Whisper's log-mel spectra, as rules for a spectrogram and what is done behind it.
 */
#include "fc_speech.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_cepstrum.h"

#define LOG10_OF_LN 0.43429448190325182765f

void fc__fbank_rules(uint32_t rate, uint32_t n_mels, fc_frame_rule *frames, fc_mel_rule *mel)
{
    const uint32_t window = (uint32_t)(rate * 0.025);
    uint32_t n_fft = 2;

    while (n_fft < window)
        n_fft *= 2;
    *frames = (fc_frame_rule){.rate = rate,
                              .window = window,
                              .hop = (uint32_t)(rate * 0.010),
                              .n_fft = n_fft,
                              .kind = FC_WINDOW_POVEY,
                              .pad = FC_PAD_NONE,
                              .remove_mean = true,
                              .preemphasis = 0.97f};
    *mel = (fc_mel_rule){.n_mels = n_mels, .fmin = 20, .scale = FC_MEL_KALDI};
}

void fc__fbank_log(float *x, size_t n)
{
    fc__ln_floor(x, n, FLT_EPSILON, x);
}

/* log10, not more than 8 below the largest, (x + 4) / 4. */
static void whisper_log(float *x, size_t n)
{
    float least;

    fc__ln_floor(x, n, 1e-10f, x);
    for (size_t i = 0; i < n; i++)
        x[i] *= LOG10_OF_LN;
    least = fc__largest(x, n) - 8;
    for (size_t i = 0; i < n; i++)
        x[i] = ((x[i] > least ? x[i] : least) + 4) / 4;
}

/* Rows into `out` until all frames but the last are there: 3001 are made, 3000 are wanted. */
static size_t take_rows(fc_spectrogram *s, float *rows, float *out, size_t n_rows)
{
    const size_t width = fc__spectrogram_width(s);
    size_t n;

    while ((n = fc__spectrogram_next(s, rows)) > 0) {
        const size_t keep = FC_WHISPER_FRAMES - n_rows < n ? FC_WHISPER_FRAMES - n_rows : n;

        memcpy(out + n_rows * width, rows, keep * width * sizeof(*out));
        n_rows += keep;
    }
    return n_rows;
}

fc_status fc__whisper_mel(const float *x, size_t n, uint32_t n_mels, float *out, fc_error *err)
{
    static const float zeros[4096];
    const fc_frame_rule frames = {.rate = FC_WHISPER_RATE,
                                  .window = 400,
                                  .hop = 160,
                                  .n_fft = 400,
                                  .kind = FC_WINDOW_HANN,
                                  .pad = FC_PAD_REFLECT,
                                  .window_in_middle = true};
    const fc_mel_rule mel = {.n_mels = n_mels, .scale = FC_MEL_SLANEY, .norm = true};
    fc_spectrogram *s = NULL;
    float *rows = NULL;
    size_t n_rows = 0;
    fc_status st = fc__spectrogram_create(&s, &frames, &mel, err);

    if (st != FC_OK)
        return st;
    rows = fc__alloc_array(FC_LANES, n_mels * sizeof(*rows));
    if (rows == NULL) {
        st = fc__nomem(err, FC_LANES * n_mels * sizeof(*rows), "Whisper's spectra");
        goto done;
    }
    n = n < FC_WHISPER_SAMPLES ? n : FC_WHISPER_SAMPLES;
    for (size_t at = 0; at < FC_WHISPER_SAMPLES;) {
        const size_t left = at < n ? n - at : FC_WHISPER_SAMPLES - at;

        at += at < n ? fc__spectrogram_push(s, x + at, left)
                     : fc__spectrogram_push(s, zeros, left < 4096 ? left : 4096);
        n_rows = take_rows(s, rows, out, n_rows);
    }
    fc__spectrogram_end(s);
    take_rows(s, rows, out, n_rows);
    whisper_log(out, (size_t)FC_WHISPER_FRAMES * n_mels);

done:
    free(rows);
    fc__spectrogram_destroy(s);
    return st;
}
