/*
 * Sounds for pages: bytes that a browser plays.
 *
 * Threads: stateless.
 */
#ifndef FC_PLAYER_H
#define FC_PLAYER_H

#include "fc_buf.h"
#include "fc_limits.h"

/* More of a sound than this is not put into a page. */
#define FC_PLAYER_MAX_BYTES ((size_t)1 << 20)

typedef struct fc_player {
    const char *type; /* "audio/ogg"; static */
    fc_buf bytes;
    const char *format; /* of the file: "Ogg Vorbis"; static */
    uint32_t rate;      /* of the file */
    double seconds;     /* of the sound, or of the span that was asked for */
    double played;      /* less than seconds: only the beginning fits max_bytes */
} fc_player;

#define FC_PLAYER_INIT                        \
    {                                         \
        NULL, {NULL, 0, 0}, NULL, 0, 0.0, 0.0 \
    }

/* A sound file as it is where browsers play it (FLAC, Ogg, MP3, WAV of 8 or 16 bits) and it is no
 * larger than max_bytes; else, and where a span is asked for (both 0: the whole), a WAV of 16-bit
 * mono cut at max_bytes. Codes as fc__audio_open; a sound that breaks off is FC_E_FORMAT. */
fc_status fc__player_make(const uint8_t *bytes, size_t n, double start_s, double end_s,
                          const fc_decode_limits *limits, size_t max_bytes, fc_player *out,
                          fc_error *err);
void fc__player_dispose(fc_player *p);

#endif /* FC_PLAYER_H */
