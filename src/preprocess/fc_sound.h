/*
 * A sound file, or a span of it, as a stream of mono samples at the rate that is asked for.
 *
 * Threads: belongs to one thread.
 */
#ifndef FC_SOUND_H
#define FC_SOUND_H

#include "fc_limits.h"

typedef struct fc_sound fc_sound;

/* `bytes` are borrowed until close; start_s and end_s as for fc__audio_open, and refused is what it
 * refuses. */
fc_status fc__sound_open(fc_sound **out, const uint8_t *bytes, size_t n, double start_s,
                         double end_s, uint32_t rate, const fc_decode_limits *limits,
                         fc_error *err);
void fc__sound_close(fc_sound *s);
/* Where the first sample lies in the file. */
double fc__sound_start_s(const fc_sound *s);
/* Samples that will come, as far as the header is right. */
uint64_t fc__sound_count(const fc_sound *s);
/* Up to `max`; *n is 0 at the end only. */
fc_status fc__sound_read(fc_sound *s, float *out, size_t max, size_t *n, fc_error *err);

/* Versions of the libraries behind it, for provenance. */
const char *fc__sound_versions(void);

#endif /* FC_SOUND_H */
