/*
 * What the files of the sound decoder share: the bytes as a file for libsndfile, and the checks
 * that come before it.
 */
#ifndef FC_AUDIO_INTERNAL_H
#define FC_AUDIO_INTERNAL_H

#include <sndfile.h>

#include "fc_audio.h"

#define FC_AUDIO_MAX_CHANNELS 256
#define FC_AUDIO_MIN_RATE     100
#define FC_AUDIO_MAX_RATE     1000000

typedef enum fc_audio_kind {
    FC_AUDIO_WAV,
    FC_AUDIO_FLAC,
    FC_AUDIO_OGG,
    FC_AUDIO_MP3
} fc_audio_kind;

/* By content, before libsndfile sees the bytes: it would try some thirty formats, most of them old
 * and little tested. FC_E_UNSUPPORTED for another format (named where it is a known one);
 * FC_E_FORMAT for a WAV or Ogg file that is cut off, as libsndfile reads such files without a
 * word. */
fc_status fc__audio_recognise(const uint8_t *bytes, size_t n, fc_audio_kind *kind, fc_error *err);

/* The chunks of a RIFF WAVE file: a sample format that is taken, and all the bytes that the chunk
 * of samples claims, but where it says that its writer did not know. */
fc_status fc__wav_check(const uint8_t *bytes, size_t n, fc_error *err);
/* All pages of an Ogg file lie in it whole and have their checksums. */
fc_status fc__ogg_check(const uint8_t *bytes, size_t n, fc_error *err);

/* Borrowed bytes and a position in them, with a few bytes of ours in front: libsndfile's
 * `user_data`. */
typedef struct fc_audio_bytes {
    const uint8_t *bytes;
    sf_count_t n, at; /* `at` counts from the first byte of the prefix */
    size_t prefix_n;
    uint8_t prefix[1536]; /* the largest frame of an MP3 file has 1441 bytes */
} fc_audio_bytes;

/* The calls that go with it. */
SF_VIRTUAL_IO fc__audio_virtual_io(void);

/* Is there a frame's header? */
bool fc__mp3_starts(const uint8_t *bytes, size_t n);
/* Bytes of the ID3v2 tag at the beginning, n at most; 0 where there is none. */
size_t fc__id3_bytes(const uint8_t *bytes, size_t n);
/* The frames of an MP3 file without its tags, and in front a frame that tells how many they are
 * where the file has none. FC_E_FORMAT: cut off, or other bytes between frames. */
fc_status fc__mp3_open(const uint8_t *bytes, size_t n, fc_audio_bytes *out, fc_error *err);

#endif /* FC_AUDIO_INTERNAL_H */
