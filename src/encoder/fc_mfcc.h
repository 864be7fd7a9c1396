/*
 * The built-in sound encoder: log-mel spectra, mel-frequency cepstral coefficients (Davis and
 * Mermelstein 1980) with their slopes and curvatures, and their means and deviations over the sound
 * and over parts of it. Internal to the encoder's files.
 *
 * A row depends on its own samples only, so a sound is taken in as a stream, and the rows of a span
 * lie where they lie in time. What is computed of samples has the same bits on every machine; what
 * the decoders of lossy formats make of a file may differ in the last bit between CPUs.
 */
#ifndef FC_MFCC_H
#define FC_MFCC_H

#include "fc_cepstrum.h"
#include "fc_encoder.h"
#include "fc_spectrogram.h"

/* Raise with every change that can change a bit of any output. */
#define FC_MFCC_CODE_VERSION 1

/* Rows of a sound: 21 minutes at 10 ms. Longer ones are refused; take spans of them. With it a
 * worker stays below 256 MiB whatever the parameters. */
#define FC_MFCC_MAX_FRAMES (UINT64_C(1) << 17)

#define FC_MFCC_MAX_MELS     128
#define FC_MFCC_MAX_COEFFS   40
#define FC_MFCC_MAX_SEGMENTS 8

/* Energies are at least this, -100 dB: silence has a logarithm. */
#define FC_MFCC_FLOOR 1e-10f

/* Outputs, in the order of the specs. */
enum { FC_MFCC_FRAMES, FC_MFCC_MFCC, FC_MFCC_POOLED, FC_MFCC_N_OUTPUTS };

typedef struct fc_mfcc {
    fc_frame_rule frames;
    fc_mel_rule mel;
    uint32_t n_mfcc;
    double lifter;
    uint32_t segments; /* parts that `pooled` looks at beside the whole; 1: the whole only */
    fc_dct *dct;
} fc_mfcc;

/* Scratch memory of one thread. */
typedef struct fc_mfcc_worker {
    fc_spectrogram *spectrogram;
    float samples[4096];
    float rows[FC_LANES * FC_MFCC_MAX_MELS];
} fc_mfcc_worker;

/* Length of `pooled`. */
uint32_t fc__mfcc_pooled_dim(uint32_t n_mfcc, uint32_t segments);

/* A prepared sound: where it begins in nanoseconds (i64), then rows of n_mels ln energies. */
#define FC_MFCC_HEADER sizeof(int64_t)

fc_status fc__mfcc_prepare(const fc_mfcc *m, fc_mfcc_worker *w, const fc_input *in, fc_buf *out,
                           fc_error *err);
/* FC_E_FORMAT: silence, where `pooled` is wanted. */
fc_status fc__mfcc_outputs(const fc_mfcc *m, const fc_buf *prepared, const bool *wanted,
                           fc_features *out, fc_error *err);

#endif /* FC_MFCC_H */
