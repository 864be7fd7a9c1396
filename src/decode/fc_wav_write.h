/*
 * WAV out, for players: 16-bit mono.
 */
#ifndef FC_WAV_WRITE_H
#define FC_WAV_WRITE_H

#include "fc_audio.h"

#define FC_WAV_HEADER_BYTES ((size_t)44)

/* Read from `r`, up to max_samples of them, and append a WAV file of them to *out; samples beyond
 * -1 to 1 are cut there. *n is how many there were. What the reader refuses is passed on. Source of
 * the layout: Multimedia Programming Interface and Data Specifications 1.0 (1991). */
fc_status fc__wav_write(fc_audio_reader *r, uint64_t max_samples, fc_buf *out, uint64_t *n,
                        fc_error *err);

#endif /* FC_WAV_WRITE_H */
