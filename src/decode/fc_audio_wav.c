/*
 * The chunks of a RIFF WAVE file and the last page of an Ogg file, looked at before libsndfile
 * takes them: it clamps what is missing and says nothing.
 *
 * Source: Multimedia Programming Interface and Data Specifications 1.0 (1991); RFC 3533.
 */
#include <string.h>

#include "fc_audio_internal.h"
#include "fc_buf.h"

#define TAG_PCM        0x0001
#define TAG_FLOAT      0x0003
#define TAG_ALAW       0x0006
#define TAG_MULAW      0x0007
#define TAG_EXTENSIBLE 0xFFFE /* the tag stands in a longer chunk */

/* A writer into a pipe cannot go back to tell how long the sound became: ffmpeg leaves 2^32 - 1,
 * sox 2^31 less a page. */
#define UNKNOWN_LENGTH UINT32_C(0x7FFFF000)

static fc_status check_format(fc_reader chunk, fc_error *err)
{
    uint16_t tag = fc_read_u16(&chunk);

    fc_read_span(&chunk, 14);
    if (tag == TAG_EXTENSIBLE) {
        fc_read_span(&chunk, 8);
        tag = fc_read_u16(&chunk);
    }
    if (chunk.failed)
        return fc_error_set(err, FC_E_FORMAT, "WAV: its chunk 'fmt ' is too short");
    switch (tag) {
    case TAG_PCM:
    case TAG_FLOAT:
    case TAG_ALAW:
    case TAG_MULAW:
        return FC_OK;
    default:
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "WAV: samples of format 0x%04x; PCM, float, A-law and mu-law are read",
                            tag);
    }
}

fc_status fc__wav_check(const uint8_t *bytes, size_t n, fc_error *err)
{
    fc_reader r = fc_reader_over(bytes + 12, n - 12); /* behind "RIFF", a length, "WAVE" */
    bool has_format = false;

    while (fc_reader_left(&r) >= 8) {
        const uint8_t *id = fc_read_span(&r, 4);
        const uint32_t size = fc_read_u32(&r);
        const size_t left = fc_reader_left(&r);

        if (memcmp(id, "data", 4) == 0) {
            if (!has_format)
                return fc_error_set(err, FC_E_FORMAT, "WAV: no chunk 'fmt ' before the samples");
            if (size > left && size < UNKNOWN_LENGTH)
                return fc_error_set(err, FC_E_FORMAT,
                                    "WAV: cut off: %u bytes of samples are told, %zu are there",
                                    size, left);
            return FC_OK;
        }
        if (size > left)
            break;
        if (memcmp(id, "fmt ", 4) == 0) {
            const fc_status st = check_format(fc_reader_over(r.at, size), err);

            if (st != FC_OK)
                return st;
            has_format = true;
        }
        /* Chunks begin on even offsets. */
        fc_read_span(&r, size < left ? size + (size & 1) : size);
    }
    return fc_error_set(err, FC_E_FORMAT, "WAV: it ends before a chunk 'data'");
}

fc_status fc__ogg_check(const uint8_t *bytes, size_t n, fc_error *err)
{
    const size_t head = 27; /* of a page, before the lengths of its segments */
    size_t at = 0;

    /* From page to page; bytes behind the last one (a tag) are no sound. */
    while (n - at >= 4 && memcmp(bytes + at, "OggS", 4) == 0) {
        const size_t left = n - at, segments = left >= head ? bytes[at + head - 1] : 0;
        size_t page = head + segments;

        for (size_t i = head; i < head + segments && i < left; i++)
            page += bytes[at + i];
        if (page > left)
            return fc_error_set(err, FC_E_FORMAT,
                                "Ogg: cut off: the page at byte %zu is not all there", at);
        at += page;
    }
    return FC_OK;
}
