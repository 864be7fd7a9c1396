/*
 * Decoders behind one interface: bytes of a file to pixels (here), sound (fc_audio.h), points
 * (fc_cloud.h) or text (here). The only folder that includes libjpeg, libpng, libwebp and
 * libsndfile; SVGs are drawn by a program of their own (fc_svg_helper.h).
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
    uint8_t *pixels;    /* height x width x 3 */
    const char *format; /* "JPEG", "PNG", "WebP", "SVG", "NPY"; static */
    /* Of an embedded ICC profile, as stored; 0: none. It is stated, not applied: the pixels stay in
     * the file's own colour space and are taken for sRGB, as Pillow hands them out. */
    uint32_t profile_bytes;
    uint8_t orientation; /* what the file's EXIF says, 1 to 8 (1: upright, or silent) */
} fc_image;

#define FC_IMAGE_INIT          \
    {                          \
        0, 0, NULL, NULL, 0, 1 \
    }
void fc__image_dispose(fc_image *im);

/* How an image becomes RGB. Zero is the default. */
typedef struct fc_image_options {
    const fc_decode_limits *limits; /* NULL: the defaults */
    bool black_ground;              /* transparent pixels show black, not white */
    bool ignore_orientation;        /* leave EXIF orientation unapplied */
    uint32_t svg_side;              /* longer side an SVG is drawn at, in pixels; 0: 512 */
} fc_image_options;

/* JPEG, PNG, WebP, SVG (where featcache-svg is installed), or a .npy of one image (uint8, H x W, H
 * x W x 1, 3 or 4), by content. Header first; over max_pixels is FC_E_LIMIT; a libjpeg warning, a
 * bad CRC, a truncated file is FC_E_FORMAT with the library's words; anything else
 * FC_E_UNSUPPORTED. Palette, grey, alpha, 16-bit (its high byte), CMYK become RGB, the numbers
 * Pillow gives (but that Pillow cuts 16-bit grey at 255 instead of scaling it). EXIF orientation of
 * JPEG, PNG and WebP is applied (width and height are those of the upright picture). An SVG is
 * drawn at svg_side pixels without loading anything it refers to; one with more nested elements
 * than max_nesting, or that takes more than max_draw_ms, is FC_E_LIMIT (fc_svg_scan.h has all that
 * is asked of an SVG). `opts` may be NULL. */
fc_status fc__decode_image(const uint8_t *bytes, size_t n, const fc_image_options *opts,
                           fc_image *out, fc_error *err);

/* UTF-8 text: checked; a byte-order mark is dropped; NUL or invalid bytes are FC_E_FORMAT with the
 * offset. `out` is borrowed from bytes. */
fc_status fc__decode_text(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                          const char **out, size_t *out_n, fc_error *err);

/* The same, but invalid bytes are repaired: U+FFFD for each maximal subpart, the result that
 * Python's errors='replace' gives. `out` is borrowed from bytes where nothing had to be repaired,
 * else from `repaired`, whose content is replaced. *n_repaired (may be NULL) counts the marks set.
 * A NUL and a mark of UTF-16 stay FC_E_FORMAT: they mean another kind of file. */
fc_status fc__decode_text_repaired(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                                   fc_buf *repaired, const char **out, size_t *out_n,
                                   size_t *n_repaired, fc_error *err);

/* "libjpeg-turbo 2.1.5, libpng 1.6.39": for provenance. */
const char *fc__decode_versions(void);

#endif /* FC_DECODE_H */
