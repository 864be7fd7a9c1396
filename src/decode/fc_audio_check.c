/*
 * Sound files before libsndfile sees them: which format it is, and whether one is cut off that
 * libsndfile would read without a word.
 */
#include <string.h>

#include "fc_audio_internal.h"
#include "fc_first_bytes.h"

typedef struct magic {
    size_t offset;
    const char *bytes;
    const char *format;
} magic;

/* Sound that has no decoder here: the message can name it. */
static const magic known_sounds[] = {
    {0, "RIFX", "big-endian WAV"},
    {0, "RF64", "RF64"},
    {0, "FORM", "AIFF"},
    {0, ".snd", "AU"},
    {4, "ftyp", "MPEG-4"},
    {0, "MThd", "MIDI"},
    {0, "ADIF", "AAC"},
    {0, "#!AMR", "AMR"},
    {0, "caff", "CAF"},
    {0, "wvpk", "WavPack"},
    {0, "MAC ", "Monkey's"},
    {0, "riff", "Sony Wave64"},
    {0, "\x30\x26\xb2\x75", "WMA"},
    {0, "\x1a\x45\xdf\xa3", "Matroska"},
};

#define N_KNOWN_SOUNDS (sizeof(known_sounds) / sizeof(known_sounds[0]))

static bool has(const uint8_t *bytes, size_t n, size_t offset, const char *magic_bytes)
{
    return fc__bytes_at(bytes, n, offset, magic_bytes, strlen(magic_bytes));
}

static fc_status refuse_unknown(const uint8_t *bytes, size_t n, fc_error *err)
{
    char hex[FC_FIRST_BYTES_TEXT];

    if (n == 0)
        return fc_error_set(err, FC_E_FORMAT, "the sound is empty (0 bytes)");
    for (size_t i = 0; i < N_KNOWN_SOUNDS; i++)
        if (has(bytes, n, known_sounds[i].offset, known_sounds[i].bytes))
            return fc_error_set(err, FC_E_UNSUPPORTED,
                                "%s sound is not read: convert it to WAV or FLAC",
                                known_sounds[i].format);
    return fc_error_set(err, FC_E_UNSUPPORTED,
                        "not a WAV, FLAC, Ogg or MP3 sound: %zu bytes that start with%s", n,
                        fc__show_first_bytes(bytes, n, hex));
}

fc_status fc__audio_recognise(const uint8_t *bytes, size_t n, fc_audio_kind *kind, fc_error *err)
{
    const size_t tag = fc__id3_bytes(bytes, n);

    if (has(bytes, n, 0, "RIFF") && has(bytes, n, 8, "WAVE")) {
        *kind = FC_AUDIO_WAV;
        return fc__wav_check(bytes, n, err);
    }
    if (has(bytes, n, 0, "OggS")) {
        *kind = FC_AUDIO_OGG;
        return fc__ogg_check(bytes, n, err);
    }
    if (has(bytes, n, tag, "fLaC")) { /* some taggers put ID3 in front of FLAC */
        *kind = FC_AUDIO_FLAC;
        return FC_OK;
    }
    if (tag > 0 || fc__mp3_starts(bytes, n)) {
        *kind = FC_AUDIO_MP3;
        return FC_OK;
    }
    return refuse_unknown(bytes, n, err);
}
