/*
 * SHA-256 (libcrypto), XXH3-128 (libxxhash), and sums of 128-bit digests.
 */
#include "fc_hash.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "fc_alloc.h"

struct fc_sha256_stream {
    EVP_MD_CTX *ctx;
};

static fc_status sha256_failed(fc_error *err)
{
    ERR_clear_error(); /* its words are not for the program's own use of libcrypto */
    return fc_error_set(err, FC_E_UNSUPPORTED,
                        "libcrypto refuses SHA-256; check its configuration");
}

fc_status fc__sha256_create(fc_sha256_stream **out, fc_error *err)
{
    fc_sha256_stream *s = fc__alloc_array(1, sizeof(*s));

    *out = NULL;
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "SHA-256");
    s->ctx = EVP_MD_CTX_new();
    if (s->ctx == NULL) {
        free(s);
        return fc__nomem(err, sizeof(*s), "SHA-256");
    }
    if (EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL) != 1) {
        fc__sha256_destroy(s);
        return sha256_failed(err);
    }
    *out = s;
    return FC_OK;
}

fc_status fc__sha256_update(fc_sha256_stream *s, const void *bytes, size_t n, fc_error *err)
{
    return n == 0 || EVP_DigestUpdate(s->ctx, bytes, n) == 1 ? FC_OK : sha256_failed(err);
}

fc_status fc__sha256_final(fc_sha256_stream *s, fc_sha256 *out, fc_error *err)
{
    return EVP_DigestFinal_ex(s->ctx, out->bytes, NULL) == 1 ? FC_OK : sha256_failed(err);
}

void fc__sha256_destroy(fc_sha256_stream *s)
{
    if (s == NULL)
        return;
    EVP_MD_CTX_free(s->ctx);
    free(s);
}

fc_status fc__sha256(const void *bytes, size_t n, fc_sha256 *out, fc_error *err)
{
    return EVP_Digest(n > 0 ? bytes : "", n, out->bytes, NULL, EVP_sha256(), NULL) == 1
               ? FC_OK
               : sha256_failed(err);
}

void fc__sha256_hex(const fc_sha256 *h, char out[FC_SHA256_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < FC_SHA256_BYTES; i++) {
        out[2 * i] = digits[h->bytes[i] >> 4];
        out[2 * i + 1] = digits[h->bytes[i] & 15];
    }
    out[FC_SHA256_HEX_BYTES - 1] = '\0';
}

bool fc__sha256_from_hex(fc_sha256 *out, const char *hex, size_t n)
{
    char again[FC_SHA256_HEX_BYTES];

    if (n != FC_SHA256_HEX_BYTES - 1)
        return false;
    for (size_t i = 0; i < FC_SHA256_BYTES; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        out->bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    fc__sha256_hex(out, again);
    return memcmp(again, hex, FC_SHA256_HEX_BYTES - 1) == 0;
}

struct fc_xxh128 {
    XXH3_state_t *state; /* its own allocation: it wants 64-byte alignment */
};

static fc_u128 from_xxh(XXH128_hash_t h)
{
    return (fc_u128){.low = h.low64, .high = h.high64};
}

fc_u128 fc__xxh128(const void *bytes, size_t n)
{
    return from_xxh(XXH3_128bits(bytes, n));
}

fc_status fc__xxh128_create(fc_xxh128 **out, fc_error *err)
{
    fc_xxh128 *s = fc__alloc_array(1, sizeof(*s));

    *out = NULL;
    if (s != NULL)
        s->state = XXH3_createState();
    if (s == NULL || s->state == NULL) {
        free(s);
        return fc__nomem(err, sizeof(*s), "XXH3");
    }
    fc__xxh128_reset(s);
    *out = s;
    return FC_OK;
}

void fc__xxh128_reset(fc_xxh128 *s)
{
    XXH3_128bits_reset(s->state);
}

void fc__xxh128_update(fc_xxh128 *s, const void *bytes, size_t n)
{
    if (n > 0)
        XXH3_128bits_update(s->state, bytes, n);
}

fc_u128 fc__xxh128_final(const fc_xxh128 *s)
{
    return from_xxh(XXH3_128bits_digest(s->state));
}

void fc__xxh128_destroy(fc_xxh128 *s)
{
    if (s == NULL)
        return;
    XXH3_freeState(s->state);
    free(s);
}

fc_u128 fc__u128_add(fc_u128 a, fc_u128 b)
{
    const uint64_t low = a.low + b.low;

    return (fc_u128){.low = low, .high = a.high + b.high + (low < a.low)};
}

fc_u128 fc__u128_sub(fc_u128 a, fc_u128 b)
{
    return (fc_u128){.low = a.low - b.low, .high = a.high - b.high - (a.low < b.low)};
}

bool fc__u128_equal(fc_u128 a, fc_u128 b)
{
    return a.low == b.low && a.high == b.high;
}

void fc__u128_hex(fc_u128 v, char out[FC_U128_HEX_BYTES])
{
    snprintf(out, FC_U128_HEX_BYTES, "%016llx%016llx", (unsigned long long)v.high,
             (unsigned long long)v.low);
}
