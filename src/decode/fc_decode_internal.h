/*
 * What the image decoders share: one function a format, behind fc__decode_image.
 */
#ifndef FC_DECODE_INTERNAL_H
#define FC_DECODE_INTERNAL_H

#include "fc_decode.h"

/* Each takes the whole file and fills an empty `out`; on failure `out` stays empty. */
fc_status fc__decode_jpeg(const uint8_t *bytes, size_t n, uint64_t max_pixels, fc_image *out,
                          fc_error *err);
fc_status fc__decode_png(const uint8_t *bytes, size_t n, uint64_t max_pixels, fc_image *out,
                         fc_error *err);

/* The size that the header claims, before anything is allocated for it. FC_E_LIMIT over
 * max_pixels, FC_E_FORMAT for an empty side. */
fc_status fc__check_image_size(uint64_t width, uint64_t height, uint64_t max_pixels, fc_error *err);

#endif /* FC_DECODE_INTERNAL_H */
