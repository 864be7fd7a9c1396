/*
 * Window functions for frames of sound.
 *
 * Threads: stateless.
 */
#ifndef FC_FRAME_WINDOW_H
#define FC_FRAME_WINDOW_H

#include <featcache/types.h>

typedef enum fc_window_kind {
    FC_WINDOW_HANN,    /* periodic, as librosa and scipy.signal.get_window */
    FC_WINDOW_HAMMING, /* periodic */
    FC_WINDOW_POVEY,   /* Kaldi's: a symmetric Hann window to the power .85 */
    FC_WINDOW_RECTANGULAR
} fc_window_kind;

/* out[0 .. n). */
void fc__window(fc_window_kind kind, uint32_t n, float *out);

#endif /* FC_FRAME_WINDOW_H */
