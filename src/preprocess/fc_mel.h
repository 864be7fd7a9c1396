/*
 * Banks of triangular filters on a mel scale, from the bins of a spectrum to bands.
 *
 * Sources: librosa.filters.mel (Slaney's Auditory Toolbox; the HTK book), Kaldi's mel-computations.
 *
 * Threads: a bank is constant once it is made.
 */
#ifndef FC_MEL_H
#define FC_MEL_H

#include "fc_lanes.h"

typedef enum fc_mel_scale {
    FC_MEL_SLANEY, /* linear to 1000 Hz, logarithmic above; triangles over Hz */
    FC_MEL_HTK,    /* 2595 log10(1 + f / 700); triangles over Hz */
    FC_MEL_KALDI   /* the same scale; triangles over mel, without the bin at half the rate */
} fc_mel_scale;

typedef struct fc_mel_rule {
    uint32_t n_mels;
    double fmin, fmax; /* Hz, 0 <= fmin < fmax; fmax 0: half the rate */
    fc_mel_scale scale;
    bool norm; /* Slaney's: each triangle has the same area, not the same height */
} fc_mel_rule;

typedef struct fc_mel_bank {
    uint32_t n_mels, n_bins;
    uint32_t n_empty; /* bands that no bin falls into: too many mels for n_fft */
    fc_band *bands;   /* n_mels, of n_bins */
    float *weights;   /* what they point into */
} fc_mel_bank;

#define FC_MEL_BANK_INIT    \
    {                       \
        0, 0, 0, NULL, NULL \
    }

#define FC_MEL_MAX 1024

/* For spectra of n_fft / 2 + 1 bins of sound at `rate`. FC_E_INVALID: no mels or more than
 * FC_MEL_MAX, fmin not below fmax, fmax above half the rate. */
fc_status fc__mel_bank(fc_mel_bank *out, uint32_t rate, uint32_t n_fft, const fc_mel_rule *rule,
                       fc_error *err);
void fc__mel_bank_dispose(fc_mel_bank *b);

#endif /* FC_MEL_H */
