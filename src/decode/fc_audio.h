/*
 * Sound files as a stream of mono samples: WAV, FLAC, Ogg (Vorbis, Opus) and MP3 of any rate and
 * number of channels, by content (libsndfile).
 *
 * WAV and FLAC give the same bits on every machine; the decoders of lossy formats choose code by
 * the CPU, so there the last bit may differ. libmpg123 writes to standard error about MP3 frames
 * whose content is damaged: libsndfile offers no way to stop it.
 *
 * Threads: a reader belongs to one thread.
 */
#ifndef FC_AUDIO_H
#define FC_AUDIO_H

#include "fc_decode.h"

typedef struct fc_audio_info {
    uint32_t rate;      /* samples a second and channel, of the file */
    uint32_t channels;  /* of the file */
    uint64_t n_samples; /* a channel, within the span; what the header says */
    double start_s;     /* of the span's first sample, on the sample grid */
    const char *format; /* "WAV", "FLAC", "Ogg Vorbis", ... static */
} fc_audio_info;

typedef struct fc_audio_reader fc_audio_reader;

/* Open `bytes` (borrowed until close), from start_s up to end_s (both 0: the whole; only end_s 0:
 * to the end). The first sample is the one at round(start_s x rate); the span ends before
 * round(end_s x rate), or with the file where that is earlier. FC_E_LIMIT: more samples than
 * max_samples, told by the header and again while reading; FC_E_FORMAT: broken, cut off, empty, or
 * the span begins at or behind the end; FC_E_UNSUPPORTED: another format, or one the linked
 * libsndfile lacks.
 */
fc_status fc__audio_open(fc_audio_reader **out, const uint8_t *bytes, size_t n, double start_s,
                         double end_s, const fc_decode_limits *limits, fc_error *err);
const fc_audio_info *fc__audio_info(const fc_audio_reader *r);
/* Up to `max` mono samples (the mean of the channels, -1 to 1) into out; *n is 0 at the end only.
 * FC_E_FORMAT for a file that breaks off and for samples that are not finite. */
fc_status fc__audio_read(fc_audio_reader *r, float *out, size_t max, size_t *n, fc_error *err);
void fc__audio_close(fc_audio_reader *r);

/* "libsndfile-1.2.0": for provenance. */
const char *fc__audio_versions(void);

#endif /* FC_AUDIO_H */
