/*
 * The chunks of a PNG file that libpng is told to pass over: EXIF and the colour profile. Internal
 * to the decoders and to the fuzzer of the walk. Source: PNG (Third Edition), 5.3 and 11.3.
 */
#ifndef FC_PNG_CHUNKS_H
#define FC_PNG_CHUNKS_H

#include "fc_decode.h"

#define FC_PNG_SIGNATURE  8
#define FC_PNG_CHUNK_HEAD 8 /* length, name; a CRC of 4 bytes follows the data */

typedef struct fc_png_chunk {
    const uint8_t *name; /* 4 bytes, within the file */
    const uint8_t *data;
    size_t n;
} fc_png_chunk;

/* The chunk at *at, which moves behind its CRC (not checked here); false where no whole chunk
 * begins. Start with *at = FC_PNG_SIGNATURE. `bytes` are untrusted. */
bool fc__png_next_chunk(const uint8_t *bytes, size_t n, size_t *at, fc_png_chunk *out);

typedef struct fc_png_meta {
    const uint8_t *exif; /* within the file; NULL: none */
    size_t exif_n;
    uint32_t profile_bytes; /* of the compressed ICC profile; 0: none */
} fc_png_meta;

void fc__png_metadata(const uint8_t *bytes, size_t n, fc_png_meta *out);

#endif /* FC_PNG_CHUNKS_H */
