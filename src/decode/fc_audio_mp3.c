/*
 * The frames of an MP3 file, walked before libmpg123 (behind libsndfile) decodes them.
 *
 * Without a Xing frame, which tells how many frames follow, libmpg123 guesses the length from the
 * first frames, and libsndfile reads no further than the guess: a third of a sound with a varying
 * bit rate. So the frames are counted, and where the file has no such frame one is put in front.
 * Tags at both ends are left out. Bytes between frames are refused: libmpg123 would search for the
 * next frame and write about it to standard error.
 *
 * Source: ISO 11172-3, ISO 13818-3; the Xing frame as LAME writes it (its VbrTag.c).
 */
#include <string.h>

#include "fc_audio_internal.h"

#define XING_BYTES 56 /* what a Xing frame needs at most, with frames and bytes */

typedef struct frame {
    size_t bytes;
    bool low; /* MPEG 2 and 2.5: half the rates, half the samples */
    bool mono;
    uint32_t rate;
} frame;

static const uint16_t kbits[2][15] = {
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
};

/* The header at `h` (four bytes): eleven bits set, a version, layer III, a bit rate, a rate. Free
 * format (bit rate 0) has no length to go by and is taken for none. */
static bool read_frame(const uint8_t *h, frame *out)
{
    static const uint32_t rates[] = {44100, 48000, 32000};
    const unsigned version = h[1] >> 3 & 3, layer = h[1] >> 1 & 3; /* 3: MPEG 1, 2: 2, 0: 2.5 */
    const unsigned bits = h[2] >> 4, rate = h[2] >> 2 & 3;

    if (h[0] != 0xFF || (h[1] & 0xE0) != 0xE0 || version == 1 || layer != 1 || bits == 0 ||
        bits == 15 || rate == 3)
        return false;
    out->low = version != 3;
    out->mono = h[3] >> 6 == 3;
    out->rate = rates[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    out->bytes =
        (out->low ? 72u : 144u) * 1000u * kbits[out->low][bits] / out->rate + (h[2] >> 1 & 1);
    return true;
}

bool fc__mp3_starts(const uint8_t *bytes, size_t n)
{
    frame f;

    return n >= 4 && read_frame(bytes, &f);
}

size_t fc__id3_bytes(const uint8_t *bytes, size_t n)
{
    size_t tag;

    if (n < 10 || memcmp(bytes, "ID3", 3) != 0)
        return 0;
    tag = 10 + ((size_t)(bytes[6] & 0x7F) << 21 | (size_t)(bytes[7] & 0x7F) << 14 |
                (size_t)(bytes[8] & 0x7F) << 7 | (size_t)(bytes[9] & 0x7F));
    return tag < n ? tag : n;
}

static bool is_tag(const uint8_t *at, size_t left)
{
    static const char *const tags[] = {"TAG", "APETAGEX", "LYRICSBEGIN", "ID3"};

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        if (left >= strlen(tags[i]) && memcmp(at, tags[i], strlen(tags[i])) == 0)
            return true;
    return false;
}

/* Zeros up to the end: what some encoders pad a file with. */
static bool only_zeros(const uint8_t *at, size_t left)
{
    while (left > 0 && *at == 0) {
        at++;
        left--;
    }
    return left == 0;
}

/* Where "Xing", "Info" or "VBRI" stands in the first frame; 0: nowhere. */
static size_t find_xing(const uint8_t *h, const frame *f)
{
    const size_t at = 4 + (f->low ? (f->mono ? 9u : 17u) : (f->mono ? 17u : 32u));

    if (f->bytes >= XING_BYTES) {
        if (memcmp(h + at, "Xing", 4) == 0 || memcmp(h + at, "Info", 4) == 0)
            return at;
        if (memcmp(h + 36, "VBRI", 4) == 0)
            return 36;
    }
    return 0;
}

static uint32_t big_u32(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void put_big_u32(uint8_t *b, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        b[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A frame of silence like the first one, which tells the number of frames and bytes. */
static void make_xing(fc_audio_bytes *out, const uint8_t *h, const frame *first, uint32_t n_frames)
{
    const size_t at = 4 + (first->low ? (first->mono ? 9u : 17u) : (first->mono ? 17u : 32u));
    frame f = *first;

    memset(out->prefix, 0, sizeof(out->prefix));
    memcpy(out->prefix, h, 4);
    out->prefix[1] |= 1; /* no checksum */
    for (unsigned bits = h[2] >> 4; bits < 15; bits++) {
        out->prefix[2] = (uint8_t)(bits << 4 | (h[2] & 0x0C));
        if (read_frame(out->prefix, &f) && f.bytes >= XING_BYTES)
            break;
    }
    out->prefix_n = f.bytes;
    memcpy(out->prefix + at, "Xing", 4);
    put_big_u32(out->prefix + at + 4, 3); /* frames and bytes follow */
    put_big_u32(out->prefix + at + 8, n_frames);
    put_big_u32(out->prefix + at + 12, (uint32_t)(out->prefix_n + (size_t)out->n));
}

/* The file's own Xing frame with the number of bytes that are there: a tag that was edited later
 * makes libmpg123 warn on standard error. */
static void correct_xing(fc_audio_bytes *out, const frame *first, size_t xing)
{
    const uint8_t flags = out->bytes[xing + 7];

    if ((flags & 2) == 0 || first->bytes > sizeof(out->prefix))
        return;
    memcpy(out->prefix, out->bytes, first->bytes);
    put_big_u32(out->prefix + xing + 8 + ((flags & 1) != 0 ? 4 : 0), (uint32_t)out->n);
    out->prefix_n = first->bytes;
    out->bytes += first->bytes;
    out->n -= (sf_count_t)first->bytes;
}

/* From frame to frame, to the end of the last. */
static fc_status walk(const uint8_t *bytes, size_t n, size_t from, size_t *end, uint32_t *n_frames,
                      fc_error *err)
{
    size_t at = from;
    frame first, f;

    read_frame(bytes + from, &first);
    *n_frames = 0;
    while (at < n && !is_tag(bytes + at, n - at)) {
        if (n - at < 4 || !read_frame(bytes + at, &f) || f.rate != first.rate ||
            f.mono != first.mono) {
            if (only_zeros(bytes + at, n - at))
                break;
            return fc_error_set(err, FC_E_FORMAT,
                                "MP3: damaged or cut off: no frame begins at byte %zu of %zu", at,
                                n);
        }
        if (f.bytes > n - at)
            return fc_error_set(err, FC_E_FORMAT,
                                "MP3: cut off: the frame at byte %zu is not all there", at);
        at += f.bytes;
        ++*n_frames;
    }
    *end = at;
    return FC_OK;
}

fc_status fc__mp3_open(const uint8_t *bytes, size_t n, fc_audio_bytes *out, fc_error *err)
{
    size_t from = fc__id3_bytes(bytes, n), end = 0, xing;
    uint32_t n_frames, told;
    frame first;
    fc_status st;

    while (from < n && bytes[from] == 0)
        from++;
    if (n - from < 4 || !read_frame(bytes + from, &first) || first.bytes > n - from)
        return fc_error_set(err, FC_E_FORMAT, "MP3: no frame of layer III behind its tag");
    st = walk(bytes, n, from, &end, &n_frames, err);
    if (st != FC_OK)
        return st;
    *out = (fc_audio_bytes){.bytes = bytes + from, .n = (sf_count_t)(end - from)};
    xing = find_xing(bytes + from, &first);
    if (xing == 0) {
        make_xing(out, bytes + from, &first, n_frames);
        return FC_OK;
    }
    told = memcmp(bytes + from + xing, "VBRI", 4) == 0 ? big_u32(bytes + from + xing + 14)
           : (bytes[from + xing + 7] & 1) != 0         ? big_u32(bytes + from + xing + 8)
                                                       : 0;
    if (told >= n_frames) /* it does not count itself */
        return fc_error_set(err, FC_E_FORMAT, "MP3: cut off: %u frames are told, %u are there",
                            told, n_frames - 1);
    if (memcmp(bytes + from + xing, "VBRI", 4) != 0)
        correct_xing(out, &first, xing);
    return FC_OK;
}
