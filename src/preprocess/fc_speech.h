/*
 * The log-mel spectra that speech models were trained on: Kaldi's fbank and Whisper's.
 *
 * Threads: stateless.
 */
#ifndef FC_SPEECH_H
#define FC_SPEECH_H

#include "fc_spectrogram.h"

/* Kaldi's fbank (compute-fbank-feats; torchaudio.compliance.kaldi.fbank) without dither: 25 ms
 * every 10 ms, Povey window, mean removed, preemphasis .97, frames within the sound only
 * (snip_edges), a power of 2 to transform, power, HTK's mel from 20 Hz up. The rows of such a
 * spectrogram become its features by fc__fbank_log. */
void fc__fbank_rules(uint32_t rate, uint32_t n_mels, fc_frame_rule *frames, fc_mel_rule *mel);
/* ln(max(x, FLT_EPSILON)) in place. */
void fc__fbank_log(float *x, size_t n);

/* Whisper: 30 s at 16 kHz, 3000 rows. */
#define FC_WHISPER_RATE    16000
#define FC_WHISPER_SAMPLES 480000
#define FC_WHISPER_FRAMES  3000

/* openai-whisper's log_mel_spectrogram: `n` samples at 16 kHz, cut or zero-padded to 30 s; n_mels
 * is 80, or 128 for its third large model. out: FC_WHISPER_FRAMES x n_mels (it is transposed
 * there). */
fc_status fc__whisper_mel(const float *x, size_t n, uint32_t n_mels, float *out, fc_error *err);

#endif /* FC_SPEECH_H */
