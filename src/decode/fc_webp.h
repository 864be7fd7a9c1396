/*
 * The metadata of a WebP file, found by walking its RIFF chunks. Internal to the decoders and to
 * the fuzzer of the walk. Source: RFC 9649, section 2.
 */
#ifndef FC_WEBP_H
#define FC_WEBP_H

#include "fc_decode.h"

typedef struct fc_webp_meta {
    const uint8_t *exif; /* within the file; NULL: none */
    size_t exif_n;
    uint32_t profile_bytes; /* of the ICC profile; 0: none */
} fc_webp_meta;

/* `bytes` are untrusted; the walk ends at the first chunk that does not fit. */
void fc__webp_chunks(const uint8_t *bytes, size_t n, fc_webp_meta *out);

#endif /* FC_WEBP_H */
