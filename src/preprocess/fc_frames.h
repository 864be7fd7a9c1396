/*
 * Cutting a stream of samples into frames, with what stands before the first and behind the last:
 * the buffer of a spectrogram. Its positions count from the first sample of the left padding.
 *
 * Threads: belongs to one thread.
 */
#ifndef FC_FRAMES_H
#define FC_FRAMES_H

#include "fc_spectrogram.h"

typedef struct fc_frames {
    size_t length, hop, pad; /* samples: of a frame, between frames, on each side */
    bool reflect;
    float *samples;
    size_t n, capacity; /* in `samples` */
    size_t next;        /* where the next frame begins in `samples` */
    uint64_t n_pushed;
    bool left_done, ended;
} fc_frames;

/* frames->length, hop, pad and reflect are set. */
fc_status fc__frames_begin(fc_frames *f, fc_error *err);
void fc__frames_reset(fc_frames *f);
size_t fc__frames_push(fc_frames *f, const float *x, size_t n);
void fc__frames_end(fc_frames *f);
/* Frames that can be cut now: FC_LANES, or fewer at the end, or 0. Frame i begins at
 * samples[next + i * hop]. */
size_t fc__frames_ready(const fc_frames *f);
void fc__frames_take(fc_frames *f, size_t n);

#endif /* FC_FRAMES_H */
