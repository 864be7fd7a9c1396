/*
 * Decoders behind one interface: bytes of a file to pixels or text. The only folder that includes
 * libjpeg and libpng. Sounds and point clouds come next.
 *
 * Threads: stateless; any number at once.
 */
#ifndef FC_DECODE_H
#define FC_DECODE_H

#include "fc_buf.h"

typedef struct fc_decode_limits {
    uint64_t max_pixels; /* 0: 64 megapixels */
    uint64_t max_bytes;  /* of text; 0: 16 MiB */
} fc_decode_limits;

/* 8-bit RGB, no alpha (composited on white), rows top to bottom, no padding. */
typedef struct fc_image {
    uint32_t width, height;
    uint8_t *pixels; /* height x width x 3 */
} fc_image;

#define FC_IMAGE_INIT \
    {                 \
        0, 0, NULL    \
    }
void fc__image_dispose(fc_image *im);

/* JPEG or PNG, by content. Header first; over max_pixels is FC_E_LIMIT; a libjpeg warning, a bad
 * CRC, a truncated file is FC_E_FORMAT with the library's words; anything else FC_E_UNSUPPORTED.
 * Palette, grey, alpha, 16-bit, CMYK become RGB. */
fc_status fc__decode_image(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                           fc_image *out, fc_error *err);
/* UTF-8 text: checked; a byte-order mark is dropped; NUL or invalid bytes are FC_E_FORMAT with the
 * offset. `out` is borrowed from bytes. */
fc_status fc__decode_text(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                          const char **out, size_t *out_n, fc_error *err);
/* "libjpeg-turbo 2.1.5, libpng 1.6.39": for provenance. */
const char *fc__decode_versions(void);

#endif /* FC_DECODE_H */
