/*
 * From the bytes of an image file to the square of pixels that an image encoder sees.
 *
 * Threads: stateless.
 */
#ifndef FC_IMAGE_PREP_H
#define FC_IMAGE_PREP_H

#include "fc_resize.h"

typedef enum fc_fit {
    FC_FIT_PAD,    /* to a square on white, the image in the middle (its corner rounded down) */
    FC_FIT_STRETCH /* width and height each to the size */
} fc_fit;

typedef struct fc_image_rule {
    uint32_t size; /* of a side of the result */
    fc_fit fit;
    fc_resize_filter filter;
    uint64_t max_pixels; /* of the source; 0: the decoder's default */
} fc_image_rule;

/* Decode and resize. `out` becomes u8, size x size x 3, or size x size x 1 where every pixel of
 * the source is grey: the same numbers at a third of the work. Orientation tags are ignored. */
fc_status fc__image_prepare(const fc_image_rule *rule, const uint8_t *bytes, size_t n,
                            fc_tensor *out, fc_error *err);

/* The decoders that stand behind it, for provenance. */
const char *fc__image_prep_versions(void);

#endif /* FC_IMAGE_PREP_H */
