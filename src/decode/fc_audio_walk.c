/*
 * The chunks of a RIFF WAVE file and the pages of an Ogg file, looked at before libsndfile takes
 * them: it clamps what is missing and skips what is damaged without a word, and loses some memory
 * where a Vorbis header is bad.
 *
 * Source: Multimedia Programming Interface and Data Specifications 1.0 (1991); RFC 3533.
 */
#include <string.h>

#include "fc_audio_internal.h"
#include "fc_buf.h"
#include "fc_bytes.h"

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
    const uint16_t channels = fc_read_u16(&chunk);
    const uint32_t rate = fc_read_u32(&chunk);

    fc_read_span(&chunk, 8);
    if (tag == TAG_EXTENSIBLE) {
        fc_read_span(&chunk, 8);
        tag = fc_read_u16(&chunk);
    }
    if (chunk.failed)
        return fc_error_set(err, FC_E_FORMAT, "WAV: its chunk 'fmt ' is too short");
    /* libsndfile's words for these would not name the value. */
    if (channels < 1 || channels > FC_AUDIO_MAX_CHANNELS)
        return fc_error_set(err, channels < 1 ? FC_E_FORMAT : FC_E_LIMIT,
                            "WAV: %u channels; 1 to %d are read", channels, FC_AUDIO_MAX_CHANNELS);
    if (rate < FC_AUDIO_MIN_RATE || rate > FC_AUDIO_MAX_RATE)
        return fc_error_set(err, rate < 1 ? FC_E_FORMAT : FC_E_UNSUPPORTED,
                            "WAV: %u samples a second; %d to %d are read", rate, FC_AUDIO_MIN_RATE,
                            FC_AUDIO_MAX_RATE);
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

/* CRC-32 as Ogg has it: not reflected, nothing inverted; its own four bytes count as zeros. */
static uint32_t page_crc(const uint8_t *page, size_t n)
{
    static const uint32_t by_nibble[16] = {0x00000000, 0x04c11db7, 0x09823b6e, 0x0d4326d9,
                                           0x130476dc, 0x17c56b6b, 0x1a864db2, 0x1e475005,
                                           0x2608edb8, 0x22c9f00f, 0x2f8ad6d6, 0x2b4bcb61,
                                           0x350c9b64, 0x31cd86d3, 0x3c8ea00a, 0x384fbdbd};
    uint32_t crc = 0;

    for (size_t i = 0; i < n; i++) {
        const uint32_t byte = i >= 22 && i < 26 ? 0 : page[i];

        crc = crc << 4 ^ by_nibble[(crc >> 28 ^ byte >> 4) & 15];
        crc = crc << 4 ^ by_nibble[(crc >> 28 ^ byte) & 15];
    }
    return crc;
}

fc_status fc__ogg_check(const uint8_t *bytes, size_t n, fc_error *err)
{
    const size_t head = 27; /* of a page, before the lengths of its segments */
    size_t at = 0;
    bool ended = false;

    /* From page to page; bytes behind the end of a stream (a tag) are no sound. */
    while (at < n) {
        const size_t left = n - at, segments = left >= head ? bytes[at + head - 1] : 0;
        size_t page = head + segments;

        if (left < 4 || memcmp(bytes + at, "OggS", 4) != 0) {
            if (ended)
                break;
            return fc_error_set(err, FC_E_FORMAT, "Ogg: damaged: no page begins at byte %zu of %zu",
                                at, n);
        }
        for (size_t i = head; i < head + segments && i < left; i++)
            page += bytes[at + i];
        if (page > left)
            return fc_error_set(err, FC_E_FORMAT,
                                "Ogg: cut off: the page at byte %zu is not all there", at);
        if (page_crc(bytes + at, page) != fc_get_le32(bytes + at + 22))
            return fc_error_set(err, FC_E_FORMAT,
                                "Ogg: damaged: the page at byte %zu fails its checksum", at);
        ended = (bytes[at + 5] & 4) != 0;
        at += page;
    }
    return FC_OK;
}
