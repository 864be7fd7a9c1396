/*
 * Sound to spectra, or to the energies of mel bands, frame by frame: a stream in constant memory
 * whose result does not depend on how the samples are cut into calls, bit for bit.
 *
 *     fc__spectrogram_create(&s, &frames, &mel, err);
 *     while (samples left) {
 *         taken = fc__spectrogram_push(s, x, n);
 *         while ((k = fc__spectrogram_next(s, rows)) > 0) ...
 *     }
 *     fc__spectrogram_end(s);
 *     while ((k = fc__spectrogram_next(s, rows)) > 0) ...
 *
 * Sources: librosa.stft and librosa.feature.melspectrogram; Kaldi's feature-window.cc.
 *
 * Threads: a spectrogram belongs to one thread.
 */
#ifndef FC_SPECTROGRAM_H
#define FC_SPECTROGRAM_H

#include "fc_frame_window.h"
#include "fc_lanes.h"
#include "fc_mel.h"

/* What stands before the first sample and behind the last. */
typedef enum fc_frame_pad {
    FC_PAD_NONE,   /* nothing: the first frame begins with the first sample */
    FC_PAD_ZERO,   /* half a frame of zeros: frame i is centred on sample i x hop */
    FC_PAD_REFLECT /* half a frame of the sound mirrored, the edge not twice */
} fc_frame_pad;

typedef struct fc_frame_rule {
    uint32_t rate;
    uint32_t window, hop; /* samples */
    uint32_t n_fft;       /* even, window at least, FC_FFT_MAX at most */
    fc_window_kind kind;
    fc_frame_pad pad;
    /* Frames have n_fft samples, the window lies in their middle (librosa); else frames have
     * `window` samples and zeros behind them (Kaldi). */
    bool window_in_middle;
    /* For each frame before its window, in this order: */
    bool remove_mean;
    float preemphasis; /* x[i] -= preemphasis * x[i - 1]; of the first sample itself; 0: none */
    bool magnitude;    /* |X|, else |X|^2 */
} fc_frame_rule;

typedef struct fc_spectrogram fc_spectrogram;

/* mel NULL: the n_fft / 2 + 1 bins themselves. FC_E_INVALID for a rule that does not hold
 * together. */
fc_status fc__spectrogram_create(fc_spectrogram **out, const fc_frame_rule *frames,
                                 const fc_mel_rule *mel, fc_error *err);
void fc__spectrogram_destroy(fc_spectrogram *s);
/* Forget the sound, keep the memory. */
void fc__spectrogram_reset(fc_spectrogram *s);

/* Floats of a row. */
size_t fc__spectrogram_width(const fc_spectrogram *s);
/* Mel bands that hold no bin; 0 for plain spectra. */
uint32_t fc__spectrogram_empty_bands(const fc_spectrogram *s);
/* Frames that n samples make. */
uint64_t fc__frame_count(const fc_frame_rule *frames, uint64_t n);

/* How many of the n samples were taken; at least one where the last _next gave 0. */
size_t fc__spectrogram_push(fc_spectrogram *s, const float *x, size_t n);
/* No more samples come: what is behind the last one is filled in. */
void fc__spectrogram_end(fc_spectrogram *s);
/* Up to FC_LANES rows into `rows`, which has room for FC_LANES x width and is overwritten all of
 * it; 0: push more, or it is over. */
size_t fc__spectrogram_next(fc_spectrogram *s, float *rows);

#endif /* FC_SPECTROGRAM_H */
