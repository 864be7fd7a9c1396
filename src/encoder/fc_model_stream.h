/*
 * Long sounds through a model of windows: decoded while they run, so that no more than a batch of
 * windows is in memory, however many hours there are. The windows are those that a short sound is
 * cut into.
 *
 * Threads: a stream belongs to one thread.
 */
#ifndef FC_MODEL_STREAM_H
#define FC_MODEL_STREAM_H

#include "fc_model_run.h"

/* Samples from which on a sound is decoded while it runs: 16 MiB of them. */
#define FC_MODEL_STREAM_SAMPLES (UINT64_C(4) << 20)

typedef struct fc_model_stream fc_model_stream;

/* The windows of a sound with a source, which is borrowed until close, as is `sound`. */
fc_status fc__model_stream_open(fc_model_stream **out, const fc_model_sound *sound, fc_error *err);
void fc__model_stream_close(fc_model_stream *s);
/* The next window, filled up with zeros, or its spectrum (mels x frames), into `to`; *n is how many
 * samples of the sound are in it, 0 behind the last. */
fc_status fc__model_stream_next(fc_model_stream *s, float *to, uint64_t *n, fc_error *err);

/* Whisper's spectrum of n samples, mels x frames; `rows` is room for as many values. */
fc_status fc__model_whisper(const float *wave, uint64_t n, uint32_t mels, float *rows, float *to,
                            fc_error *err);
/* All of input i, which has a source, through the model. */
fc_status fc__model_run_stream(fc_model_run *r, size_t i, fc_error *err);

#endif /* FC_MODEL_STREAM_H */
