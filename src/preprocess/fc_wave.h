/*
 * A raw waveform with mean 0 and variance 1, as wav2vec2 takes it: (x - mean) / sqrt(variance +
 * 1e-7), in two passes of constant memory.
 *
 * Source: Wav2Vec2FeatureExtractor.zero_mean_unit_var_norm of Hugging Face's transformers.
 *
 * Threads: plain values.
 */
#ifndef FC_WAVE_H
#define FC_WAVE_H

#include <featcache/types.h>

/* Zero it. Double sums in the order of the samples: the cuts between calls do not show. */
typedef struct fc_wave_sums {
    double n, sum, squares;
} fc_wave_sums;

void fc__wave_add(fc_wave_sums *s, const float *x, size_t n);
/* x[i] of the whole that was added, normalised in place. */
void fc__wave_normalise(const fc_wave_sums *s, float *x, size_t n);

#endif /* FC_WAVE_H */
