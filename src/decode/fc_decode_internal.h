/*
 * What the image decoders share: one function a format, behind fc__decode_image.
 */
#ifndef FC_DECODE_INTERNAL_H
#define FC_DECODE_INTERNAL_H

#include "fc_decode.h"

/* A whole file and how to decode it, every default filled in. */
typedef struct fc_image_source {
    const uint8_t *bytes; /* borrowed */
    size_t n;
    fc_decode_limits limits;
    uint8_t ground;    /* grey level that transparent pixels show: 0 or 255 */
    uint32_t svg_side; /* pixels of the longer side of an SVG */
} fc_image_source;

/* Each fills an empty `out`, its orientation as the file tells it and not yet applied; on failure
 * out->pixels stays NULL. */
fc_status fc__decode_jpeg(const fc_image_source *in, fc_image *out, fc_error *err);
fc_status fc__decode_png(const fc_image_source *in, fc_image *out, fc_error *err);
fc_status fc__decode_webp(const fc_image_source *in, fc_image *out, fc_error *err);
fc_status fc__decode_svg(const fc_image_source *in, fc_image *out, fc_error *err);
fc_status fc__decode_npy_image(const fc_image_source *in, fc_image *out, fc_error *err);

/* The size that the header claims, before anything is allocated for it. FC_E_LIMIT over
 * max_pixels, FC_E_FORMAT for an empty side. */
fc_status fc__check_image_size(uint64_t width, uint64_t height, uint64_t max_pixels, fc_error *err);

/* n RGBA pixels over the ground, as RGB; `out` may be `rgba` itself. Pillow's alpha_composite. */
void fc__flatten_rgba(const uint8_t *rgba, size_t n, uint8_t ground, uint8_t *out);
/* n grey pixels as RGB; `out` may not overlap. */
void fc__spread_grey(const uint8_t *grey, size_t n, uint8_t *out);

/* Give back the part of out->pixels that RGB does not need, after flattening in place. */
void fc__shrink_to_rgb(fc_image *im);

#endif /* FC_DECODE_INTERNAL_H */
