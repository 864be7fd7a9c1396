/*
 * Decoders behind one interface: bytes of a file to pixels (here), sound (fc_audio.h), points
 * (fc_cloud.h) or text (here). The only folder that includes libjpeg, libpng, libwebp, librsvg and
 * libsndfile.
 *
 * Threads: stateless; any number at once.
 */
#ifndef FC_DECODE_H
#define FC_DECODE_H

#include "fc_buf.h"
#include "fc_limits.h"

/* 8-bit RGB, no alpha (composited on the ground), rows top to bottom, no padding. */
typedef struct fc_image {
    uint32_t width, height;
    uint8_t *pixels; /* height x width x 3 */
} fc_image;

#define FC_IMAGE_INIT \
    {                 \
        0, 0, NULL    \
    }
void fc__image_dispose(fc_image *im);

/* How an image becomes RGB. Zero is the default. */
typedef struct fc_image_options {
    const fc_decode_limits *limits; /* NULL: the defaults */
    bool black_ground;              /* transparent pixels show black, not white */
    bool ignore_orientation;        /* leave EXIF orientation unapplied */
    uint32_t svg_side;              /* longer side an SVG is drawn at, in pixels; 0: 512 */
} fc_image_options;

/* JPEG, PNG, WebP, SVG (where this build has librsvg), or a .npy of one image (uint8, H x W, H x W
 * x 1, 3 or 4), by content. Header first; over max_pixels is FC_E_LIMIT; a libjpeg warning, a bad
 * CRC, a truncated file is FC_E_FORMAT with the library's words; anything else FC_E_UNSUPPORTED.
 * Palette, grey, alpha, 16-bit, CMYK become RGB. `opts` may be NULL. */
fc_status fc__decode_image(const uint8_t *bytes, size_t n, const fc_image_options *opts,
                           fc_image *out, fc_error *err);

/* UTF-8 text: checked; a byte-order mark is dropped; NUL or invalid bytes are FC_E_FORMAT with the
 * offset. `out` is borrowed from bytes. */
fc_status fc__decode_text(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                          const char **out, size_t *out_n, fc_error *err);

/* "libjpeg-turbo 2.1.5, libpng 1.6.39": for provenance. */
const char *fc__decode_versions(void);

#endif /* FC_DECODE_H */
