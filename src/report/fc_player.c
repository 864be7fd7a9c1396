/*
 * What a browser is given of a sound: the file itself, or a WAV of it.
 */
#include "fc_player.h"

#include <string.h>

#include "fc_bytes.h"
#include "fc_wav_write.h"

void fc__player_dispose(fc_player *p)
{
    if (p == NULL)
        return;
    fc_buf_dispose(&p->bytes);
    *p = (fc_player)FC_PLAYER_INIT;
}

/* A WAV of integers of 8 or 16 bits, as every browser plays it. That it is a WAV is known. */
static bool is_plain_wav(const uint8_t *bytes, size_t n)
{
    const uint8_t *format =
        n >= 36 ? memmem(bytes + 12, n - 12 < 512 ? n - 12 : 512, "fmt ", 4) : NULL;
    const size_t left = format != NULL ? n - (size_t)(format - bytes) : 0;

    return left >= 24 && fc_get_le16(format + 8) == 1 &&
           (fc_get_le16(format + 22) == 8 || fc_get_le16(format + 22) == 16);
}

/* The media type under which browsers play the bytes as they are; NULL: none does. */
static const char *playable(const fc_audio_info *info, const uint8_t *bytes, size_t n)
{
    if (strcmp(info->format, "WAV") == 0)
        return is_plain_wav(bytes, n) ? "audio/wav" : NULL;
    if (strcmp(info->format, "FLAC") == 0) /* one with a tag in front is not taken by all */
        return memcmp(bytes, "fLaC", 4) == 0 ? "audio/flac" : NULL;
    if (strcmp(info->format, "MP3") == 0)
        return "audio/mpeg";
    return strncmp(info->format, "Ogg", 3) == 0 ? "audio/ogg" : NULL;
}

static fc_status make_wav(fc_audio_reader *r, size_t max_bytes, fc_player *out, fc_error *err)
{
    const size_t room = max_bytes > FC_WAV_HEADER_BYTES ? max_bytes - FC_WAV_HEADER_BYTES : 0;
    uint64_t n;
    const fc_status st = fc__wav_write(r, room / 2, &out->bytes, &n, err);

    out->type = "audio/wav";
    out->played = (double)n / out->rate;
    return st;
}

fc_status fc__player_make(const uint8_t *bytes, size_t n, double start_s, double end_s,
                          const fc_decode_limits *limits, size_t max_bytes, fc_player *out,
                          fc_error *err)
{
    fc_audio_reader *r = NULL;
    const fc_audio_info *info;
    fc_status st;

    *out = (fc_player)FC_PLAYER_INIT;
    st = fc__audio_open(&r, bytes, n, start_s, end_s, limits, err);
    if (st != FC_OK)
        return st;
    info = fc__audio_info(r);
    out->format = info->format;
    out->rate = info->rate;
    out->seconds = out->played = (double)info->n_samples / info->rate;
    if (start_s == 0 && end_s == 0 && n <= max_bytes)
        out->type = playable(info, bytes, n);
    st = out->type != NULL ? fc_buf_append(&out->bytes, bytes, n, err)
                           : make_wav(r, max_bytes, out, err);
    fc__audio_close(r);
    if (st != FC_OK)
        fc__player_dispose(out);
    return st;
}
