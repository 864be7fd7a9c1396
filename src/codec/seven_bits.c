/*
 * Planes whose bit 0 is constant: seven bits a byte, eight bytes at a time in one word. In the last
 * plane of f32 and bf16 features after a ReLU the sign never changes and the rest is noise.
 */
#include "codec_internal.h"

#include <string.h>

#include "fc_bytes.h"

#define GROUP        8u /* bytes that become */
#define GROUP_PACKED 7u

size_t fc__seven_bytes(size_t n)
{
    return n / GROUP * GROUP_PACKED + (n % GROUP * GROUP_PACKED + 7) / 8;
}

/* Bits 1 to 7 of eight bytes, close together in the low 56 bits: 7 of 8, 14 of 16, 28 of 32. */
static inline uint64_t squeeze(uint64_t v)
{
    v = v >> 1 & UINT64_C(0x7f7f7f7f7f7f7f7f);
    v = (v & UINT64_C(0x007f007f007f007f)) | (v & UINT64_C(0x7f007f007f007f00)) >> 1;
    v = (v & UINT64_C(0x00003fff00003fff)) | (v & UINT64_C(0x3fff00003fff0000)) >> 2;
    return (v & UINT64_C(0x000000000fffffff)) | (v & UINT64_C(0x0fffffff00000000)) >> 4;
}

static inline uint64_t spread(uint64_t v)
{
    v = (v & UINT64_C(0x000000000fffffff)) | (v << 4 & UINT64_C(0x0fffffff00000000));
    v = (v & UINT64_C(0x00003fff00003fff)) | (v << 2 & UINT64_C(0x3fff00003fff0000));
    v = (v & UINT64_C(0x007f007f007f007f)) | (v << 1 & UINT64_C(0x7f007f007f007f00));
    return v << 1;
}

void fc__seven_pack(const uint8_t *plane, size_t n, uint8_t *out)
{
    uint8_t last[GROUP] = {0};

    for (; n >= GROUP; n -= GROUP, plane += GROUP, out += GROUP_PACKED) {
        uint8_t word[GROUP];

        fc_put_le64(word, squeeze(fc_get_le64(plane)));
        memcpy(out, word, GROUP_PACKED);
    }
    if (n == 0)
        return;
    memcpy(last, plane, n);
    fc_put_le64(last, squeeze(fc_get_le64(last)));
    memcpy(out, last, fc__seven_bytes(n));
}

fc_status fc__seven_unpack(const uint8_t *packed, size_t n, uint8_t low, uint8_t *plane,
                           fc_error *err)
{
    const uint64_t lows = low * UINT64_C(0x0101010101010101);
    uint8_t last[GROUP] = {0};
    uint64_t v;

    for (; n >= GROUP; n -= GROUP, plane += GROUP, packed += GROUP_PACKED) {
        uint8_t word[GROUP] = {0};

        memcpy(word, packed, GROUP_PACKED);
        fc_put_le64(plane, spread(fc_get_le64(word)) | lows);
    }
    if (n == 0)
        return FC_OK;
    memcpy(last, packed, fc__seven_bytes(n));
    v = fc_get_le64(last);
    if (v >> n * GROUP_PACKED != 0)
        return fc_error_set(err, FC_E_CORRUPT,
                            "frame: a plane of seven bits has bits past its end");
    fc_put_le64(last, spread(v) | lows);
    memcpy(plane, last, n);
    return FC_OK;
}
