/*
 * Single fields between memory and bytes: little-endian in values, big-endian in keys.
 */
#ifndef FC_BYTES_H
#define FC_BYTES_H

#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FC_LE16(v) __builtin_bswap16(v)
#define FC_LE32(v) __builtin_bswap32(v)
#define FC_LE64(v) __builtin_bswap64(v)
#define FC_BE16(v) (v)
#define FC_BE32(v) (v)
#define FC_BE64(v) (v)
#else
#define FC_LE16(v) (v)
#define FC_LE32(v) (v)
#define FC_LE64(v) (v)
#define FC_BE16(v) __builtin_bswap16(v)
#define FC_BE32(v) __builtin_bswap32(v)
#define FC_BE64(v) __builtin_bswap64(v)
#endif

static inline void fc_put_le16(void *to, uint16_t v)
{
    v = FC_LE16(v);
    memcpy(to, &v, sizeof(v));
}

static inline void fc_put_le32(void *to, uint32_t v)
{
    v = FC_LE32(v);
    memcpy(to, &v, sizeof(v));
}

static inline void fc_put_le64(void *to, uint64_t v)
{
    v = FC_LE64(v);
    memcpy(to, &v, sizeof(v));
}

static inline uint16_t fc_get_le16(const void *from)
{
    uint16_t v;

    memcpy(&v, from, sizeof(v));
    return FC_LE16(v);
}

static inline uint32_t fc_get_le32(const void *from)
{
    uint32_t v;

    memcpy(&v, from, sizeof(v));
    return FC_LE32(v);
}

static inline uint64_t fc_get_le64(const void *from)
{
    uint64_t v;

    memcpy(&v, from, sizeof(v));
    return FC_LE64(v);
}

static inline void fc_put_le_f32(void *to, float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof(bits));
    fc_put_le32(to, bits);
}

static inline void fc_put_le_f64(void *to, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof(bits));
    fc_put_le64(to, bits);
}

static inline float fc_get_le_f32(const void *from)
{
    const uint32_t bits = fc_get_le32(from);
    float v;

    memcpy(&v, &bits, sizeof(v));
    return v;
}

static inline double fc_get_le_f64(const void *from)
{
    const uint64_t bits = fc_get_le64(from);
    double v;

    memcpy(&v, &bits, sizeof(v));
    return v;
}

static inline void fc_put_be16(void *to, uint16_t v)
{
    v = FC_BE16(v);
    memcpy(to, &v, sizeof(v));
}

static inline void fc_put_be32(void *to, uint32_t v)
{
    v = FC_BE32(v);
    memcpy(to, &v, sizeof(v));
}

static inline void fc_put_be64(void *to, uint64_t v)
{
    v = FC_BE64(v);
    memcpy(to, &v, sizeof(v));
}

static inline uint16_t fc_get_be16(const void *from)
{
    uint16_t v;

    memcpy(&v, from, sizeof(v));
    return FC_BE16(v);
}

static inline uint32_t fc_get_be32(const void *from)
{
    uint32_t v;

    memcpy(&v, from, sizeof(v));
    return FC_BE32(v);
}

static inline uint64_t fc_get_be64(const void *from)
{
    uint64_t v;

    memcpy(&v, from, sizeof(v));
    return FC_BE64(v);
}

#endif /* FC_BYTES_H */
