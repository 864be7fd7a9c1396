/*
 * Hashes: SHA-256 for identities (content ids, fingerprints), XXH3-128 for bulk digests,
 * CRC-32C for stored values. The last one is dispatched at run time to the CPU's instruction.
 */
#ifndef FC_HASH_H
#define FC_HASH_H

#include <featcache/types.h>

#define FC_SHA256_BYTES 32

typedef struct fc_sha256 {
    uint8_t bytes[FC_SHA256_BYTES];
} fc_sha256;

/* Streaming SHA-256 (libcrypto). create -> update ... -> final -> destroy. */
typedef struct fc_sha256_stream fc_sha256_stream;
fc_status fc__sha256_create(fc_sha256_stream **out, fc_error *err);
fc_status fc__sha256_update(fc_sha256_stream *s, const void *bytes, size_t n, fc_error *err);
fc_status fc__sha256_final(fc_sha256_stream *s, fc_sha256 *out, fc_error *err);
void fc__sha256_destroy(fc_sha256_stream *s);
fc_status fc__sha256(const void *bytes, size_t n, fc_sha256 *out, fc_error *err);

/* 64 hexadecimal digits and a NUL. */
#define FC_SHA256_HEX_BYTES (2 * FC_SHA256_BYTES + 1)
void fc__sha256_hex(const fc_sha256 *h, char out[FC_SHA256_HEX_BYTES]);
/* False unless the n characters are what fc__sha256_hex() writes (without the NUL). */
bool fc__sha256_from_hex(fc_sha256 *out, const char *hex, size_t n);

/* An unsigned 128-bit number, as a sum modulo 2^128. On disk: low then high, little-endian. */
typedef struct fc_u128 {
    uint64_t low;
    uint64_t high;
} fc_u128;

fc_u128 fc__xxh128(const void *bytes, size_t n);
/* Streaming form over several pieces; the state is on the stack of the caller. */
typedef struct fc_xxh128 fc_xxh128;
fc_status fc__xxh128_create(fc_xxh128 **out, fc_error *err);
void fc__xxh128_reset(fc_xxh128 *s);
void fc__xxh128_update(fc_xxh128 *s, const void *bytes, size_t n);
fc_u128 fc__xxh128_final(const fc_xxh128 *s);
void fc__xxh128_destroy(fc_xxh128 *s);

fc_u128 fc__u128_add(fc_u128 a, fc_u128 b);
fc_u128 fc__u128_sub(fc_u128 a, fc_u128 b);
bool fc__u128_equal(fc_u128 a, fc_u128 b);
#define FC_U128_HEX_BYTES 33
void fc__u128_hex(fc_u128 v, char out[FC_U128_HEX_BYTES]); /* high first */

/* CRC-32C (Castagnoli, reflected, RFC 3720). Start with 0; feed the result back in to go on:
 * crc(crc(0, a), b) is the CRC of a followed by b. "123456789" gives 0xE3069283. */
uint32_t fc__crc32c(uint32_t crc, const void *bytes, size_t n);
/* The same in plain C, whatever the CPU has: what tests compare with. */
uint32_t fc__crc32c_plain(uint32_t crc, const void *bytes, size_t n);

#endif /* FC_HASH_H */
