/*
 * Elements that lie close together put where a bit mask says, zeros between them: how features with
 * exact zeros are read back (src/codec/zero_mask.c squeezes them).
 *
 * Threads: stateless.
 */
#ifndef FC_SPREAD_H
#define FC_SPREAD_H

#include <stddef.h>
#include <stdint.h>

/* Bytes behind the last element of `in` that must be readable; what they hold is not used. */
#define FC_SPREAD_SLACK 16u

/* n elements of 1, 2 or 4 bytes to `out`: the next one of `in` where bit i % 8 of mask[i / 8] is 1,
 * else zero. Nothing behind out's last element is written. */
void fc__spread8(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out);
void fc__spread16(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out);
void fc__spread32(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out);

/* The versions that those choose from. */
void fc__spread16_plain(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out);
void fc__spread32_plain(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out);
void fc__spread16_ssse3(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out);
void fc__spread32_ssse3(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out);

#endif /* FC_SPREAD_H */
