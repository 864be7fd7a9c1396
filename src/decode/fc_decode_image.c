/*
 * Image files by content: which decoder takes the bytes, and what is refused before one does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_decode_internal.h"

typedef struct magic {
    const char *bytes;
    size_t n;
    size_t offset;
    const char *format;
} magic;

/* Formats that are images but have no decoder here: the message can name them. */
static const magic known_images[] = {
    {"GIF8", 4, 0, "GIF"},     {"WEBP", 4, 8, "WebP"},        {"BM", 2, 0, "BMP"},
    {"II*\0", 4, 0, "TIFF"},   {"MM\0*", 4, 0, "TIFF"},       {"ftypavif", 8, 4, "AVIF"},
    {"ftyphei", 7, 4, "HEIF"}, {"\xff\x0a", 2, 0, "JPEG XL"}, {"<svg", 4, 0, "SVG"},
};

#define N_KNOWN_IMAGES (sizeof(known_images) / sizeof(known_images[0]))

static bool starts_with(const uint8_t *bytes, size_t n, size_t offset, const char *magic_bytes,
                        size_t magic_n)
{
    return n >= offset + magic_n && memcmp(bytes + offset, magic_bytes, magic_n) == 0;
}

static fc_status refuse_unknown(const uint8_t *bytes, size_t n, fc_error *err)
{
    char hex[3 * 8 + 1] = "";

    if (n == 0)
        return fc_error_set(err, FC_E_FORMAT, "the image is empty (0 bytes)");
    for (size_t i = 0; i < N_KNOWN_IMAGES; i++) {
        const magic *m = &known_images[i];

        if (starts_with(bytes, n, m->offset, m->bytes, m->n))
            return fc_error_set(err, FC_E_UNSUPPORTED,
                                "%s images are not read: convert it to PNG or JPEG", m->format);
    }
    for (size_t i = 0; i < n && i < 8; i++)
        snprintf(hex + 3 * i, sizeof(hex) - 3 * i, " %02x", bytes[i]);
    return fc_error_set(err, FC_E_UNSUPPORTED,
                        "not a JPEG or PNG image: %zu bytes that start with%s", n, hex);
}

fc_status fc__check_image_size(uint64_t width, uint64_t height, uint64_t max_pixels, fc_error *err)
{
    uint64_t pixels;

    if (width == 0 || height == 0)
        return fc_error_set(err, FC_E_FORMAT, "the image is %ju x %ju pixels: it has no content",
                            (uintmax_t)width, (uintmax_t)height);
    if (__builtin_mul_overflow(width, height, &pixels) || pixels > max_pixels)
        return fc_error_set(err, FC_E_LIMIT,
                            "the image is %ju x %ju pixels, more than the limit of %ju in all",
                            (uintmax_t)width, (uintmax_t)height, (uintmax_t)max_pixels);
    return FC_OK;
}

fc_status fc__decode_image(const uint8_t *bytes, size_t n, const fc_image_options *opts,
                           fc_image *out, fc_error *err)
{
    const uint64_t max_pixels = fc__decode_limits(opts != NULL ? opts->limits : NULL).max_pixels;

    *out = (fc_image)FC_IMAGE_INIT;
    if (starts_with(bytes, n, 0, "\xff\xd8\xff", 3))
        return fc__decode_jpeg(bytes, n, max_pixels, out, err);
    if (starts_with(bytes, n, 0, "\x89PNG\r\n\x1a\n", 8))
        return fc__decode_png(bytes, n, max_pixels, out, err);
    return refuse_unknown(bytes, n, err);
}

void fc__image_dispose(fc_image *im)
{
    if (im == NULL)
        return;
    free(im->pixels);
    *im = (fc_image)FC_IMAGE_INIT;
}
