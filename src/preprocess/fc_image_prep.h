/*
 * From the bytes of an image file to the square of pixels that an image encoder sees, and on to the
 * numbers that a neural one is fed with.
 *
 * Threads: stateless.
 */
#ifndef FC_IMAGE_PREP_H
#define FC_IMAGE_PREP_H

#include "fc_limits.h"
#include "fc_resize.h"

/* How an image becomes a square of `size`. Sides are rounded down, to at least 1. */
typedef enum fc_fit {
    FC_FIT_PAD,        /* to a square of the longer side on the ground, the image in the middle (its
                          corner rounded down), then resized */
    FC_FIT_STRETCH,    /* width and height each to the size */
    FC_FIT_SHORT_SIDE, /* the shorter side to the size, then the middle is cut out: torchvision's
                          Resize and CenterCrop, the corner rounded half to even as there; with
                          cut_down the image processors of transformers, rounded down */
    FC_FIT_LONG_SIDE   /* the longer side to the size, then put on the ground in the middle */
} fc_fit;

typedef struct fc_image_rule {
    uint32_t size; /* of a side of the result */
    fc_fit fit;
    fc_resize_filter filter;
    uint8_t ground[3];       /* colour of the room beside the image; white is 255, 255, 255 */
    bool black_ground;       /* transparent pixels show black, not white */
    bool ignore_orientation; /* leave EXIF orientation unapplied */
    bool cut_down;           /* a middle that begins at half a pixel begins before it */
    bool across_first;       /* resize in the order of Pillow before 13 (fc_resize.h) */
    uint32_t svg_side;       /* longer side an SVG is drawn at; 0: the decoder's default */
} fc_image_rule;

/* Decode and resize. `out` becomes u8, size x size x 3, or size x size x 1 where every pixel of
 * the source and the ground are grey: the same numbers at a third of the work. `limits` may be
 * NULL. Codes are those of fc__decode_image; FC_E_LIMIT also where the shorter side asks for a
 * picture of more pixels than max_pixels before it is cut. */
fc_status fc__image_prepare(const fc_image_rule *rule, const fc_decode_limits *limits,
                            const uint8_t *bytes, size_t n, fc_tensor *out, fc_error *err);

/* Where the square that an encoder sees lies in a picture. */
typedef struct fc_image_frame {
    uint32_t width, height; /* of the picture, upright or not as the rule has it */
    /* Edges of the square, as shares of that width and height from the top left: below 0 and above
     * 1 where there is ground beside the picture, within where something was cut off. */
    double left, top, right, bottom;
    uint8_t orientation; /* EXIF's (1 to 8), where the rule leaves it unapplied; else 1 */
} fc_image_frame;

/* Of the square that fc__image_prepare() makes, or of `middle` pixels in the middle of it; 0: all.
 * The picture is decoded for its sides: codes of fc__decode_image. */
fc_status fc__image_find_frame(const fc_image_rule *rule, uint32_t middle,
                               const fc_decode_limits *limits, const uint8_t *bytes, size_t n,
                               fc_image_frame *out, fc_error *err);

/* Values of a neural network: (level - mean) / deviation by channel, levels from 0 to 255. */
typedef struct fc_image_scale {
    float mean[3], deviation[3]; /* of red, green, blue; deviations finite and above 0 */
    bool channels_last;          /* rows x columns x 3 (hwc), else 3 x rows x columns (chw) */
} fc_image_scale;

/* Pixels (u8, rows x columns x 1 or 3; grey stands for three equal channels) to f32. FC_E_INVALID
 * for another tensor or a deviation that nothing can be divided by. */
fc_status fc__image_values(const fc_image_scale *scale, const fc_tensor *pixels, fc_tensor *out,
                           fc_error *err);

/* The decoders that stand behind it, for provenance. */
const char *fc__image_prep_versions(void);

#endif /* FC_IMAGE_PREP_H */
