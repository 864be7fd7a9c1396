/*
 * The samples behind a header whose sizes are filled in at the end.
 */
#include "fc_wav_write.h"

#include <math.h>
#include <string.h>

#include "fc_bytes.h"

#define BLOCK 4096

/* All of its 44 bytes but the two sizes. */
static fc_status put_header(uint32_t rate, fc_buf *out, fc_error *err)
{
    uint8_t h[FC_WAV_HEADER_BYTES] = "RIFF....WAVEfmt ";

    fc_put_le32(h + 16, 16);       /* bytes of the format that follow */
    fc_put_le16(h + 20, 1);        /* PCM */
    fc_put_le16(h + 22, 1);        /* channels */
    fc_put_le32(h + 24, rate);     /* samples a second */
    fc_put_le32(h + 28, 2 * rate); /* bytes a second */
    fc_put_le16(h + 32, 2);        /* bytes a sample of all channels */
    fc_put_le16(h + 34, 16);       /* bits a sample */
    memcpy(h + 36, "data", 4);
    return fc_buf_append(out, h, sizeof(h), err);
}

static void put_samples(const float *from, size_t n, uint8_t *to)
{
    for (size_t i = 0; i < n; i++) {
        const float v = nearbyintf(fminf(fmaxf(from[i], -1), 1) * 32767);

        fc_put_le16(to + 2 * i, (uint16_t)(int16_t)v);
    }
}

fc_status fc__wav_write(fc_audio_reader *r, uint64_t max_samples, fc_buf *out, uint64_t *n,
                        fc_error *err)
{
    const size_t begin = out->size;
    float block[BLOCK];
    size_t got = 1;
    fc_status st = put_header(fc__audio_info(r)->rate, out, err);

    *n = 0;
    if (max_samples > (UINT32_MAX - FC_WAV_HEADER_BYTES) / 2) /* what its sizes can say */
        max_samples = (UINT32_MAX - FC_WAV_HEADER_BYTES) / 2;
    while (st == FC_OK && *n < max_samples && got > 0) {
        const uint64_t left = max_samples - *n;

        st = fc__audio_read(r, block, left < BLOCK ? (size_t)left : BLOCK, &got, err);
        if (st == FC_OK)
            st = fc_buf_reserve(out, 2 * got, err);
        if (st == FC_OK) {
            put_samples(block, got, out->data + out->size);
            out->size += 2 * got;
            *n += got;
        }
    }
    if (st != FC_OK) {
        out->size = begin;
        return st;
    }
    fc_put_le32(out->data + begin + 4, (uint32_t)(FC_WAV_HEADER_BYTES - 8 + 2 * *n));
    fc_put_le32(out->data + begin + 40, (uint32_t)(2 * *n));
    return FC_OK;
}
