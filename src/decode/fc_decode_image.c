/*
 * Image files by content: which decoder takes the bytes, and what is refused before one does.
 */
#include <stdlib.h>

#include "fc_decode_internal.h"
#include "fc_exif.h"
#include "fc_first_bytes.h"
#include "fc_svg_scan.h"

#define DEFAULT_SVG_SIDE 512

typedef struct magic {
    const char *bytes;
    size_t n;
    size_t offset;
    const char *format;
} magic;

/* Formats that are images but have no decoder here: the message can name them. */
static const magic known_images[] = {
    {"GIF8", 4, 0, "GIF"},         {"BM", 2, 0, "BMP"},
    {"II*\0", 4, 0, "TIFF"},       {"MM\0*", 4, 0, "TIFF"},
    {"ftypavif", 8, 4, "AVIF"},    {"ftyphei", 7, 4, "HEIF"},
    {"\xff\x0a", 2, 0, "JPEG XL"}, {"\x1f\x8b", 2, 0, "gzip-compressed"},
};

#define N_KNOWN_IMAGES (sizeof(known_images) / sizeof(known_images[0]))

static fc_status refuse_unknown(const uint8_t *bytes, size_t n, fc_error *err)
{
    char hex[FC_FIRST_BYTES_TEXT];

    if (n == 0)
        return fc_error_set(err, FC_E_FORMAT, "the image is empty (0 bytes)");
    for (size_t i = 0; i < N_KNOWN_IMAGES; i++) {
        const magic *m = &known_images[i];

        if (fc__bytes_at(bytes, n, m->offset, m->bytes, m->n))
            return fc_error_set(err, FC_E_UNSUPPORTED,
                                "%s images are not read: convert it to PNG or JPEG", m->format);
    }
    return fc_error_set(err, FC_E_UNSUPPORTED,
                        "not a JPEG, PNG, WebP, SVG or .npy image: %zu bytes that start with%s", n,
                        fc__show_first_bytes(bytes, n, hex));
}

fc_status fc__check_image_size(uint64_t width, uint64_t height, uint64_t max_pixels, fc_error *err)
{
    uint64_t pixels;

    if (width == 0 || height == 0)
        return fc_error_set(err, FC_E_FORMAT, "the image is %ju x %ju pixels: it has no content",
                            (uintmax_t)width, (uintmax_t)height);
    if (__builtin_mul_overflow(width, height, &pixels) || pixels > max_pixels)
        return fc_error_set(err, FC_E_LIMIT,
                            "the image is %ju x %ju pixels, more than the limit of %ju in all: "
                            "--max-pixels",
                            (uintmax_t)width, (uintmax_t)height, (uintmax_t)max_pixels);
    return FC_OK;
}

static fc_status decode_by_content(const fc_image_source *in, fc_image *out, fc_error *err)
{
    if (fc__bytes_at(in->bytes, in->n, 0, "\xff\xd8\xff", 3))
        return fc__decode_jpeg(in, out, err);
    if (fc__bytes_at(in->bytes, in->n, 0, "\x89PNG\r\n\x1a\n", 8))
        return fc__decode_png(in, out, err);
    if (fc__bytes_at(in->bytes, in->n, 0, "RIFF", 4) &&
        fc__bytes_at(in->bytes, in->n, 8, "WEBP", 4))
        return fc__decode_webp(in, out, err);
    if (fc__bytes_at(in->bytes, in->n, 0, "\x93NUMPY", 6))
        return fc__decode_npy_image(in, out, err);
    if (fc__svg_sniff(in->bytes, in->n))
        return fc__decode_svg(in, out, err);
    return refuse_unknown(in->bytes, in->n, err);
}

fc_status fc__decode_image(const uint8_t *bytes, size_t n, const fc_image_options *opts,
                           fc_image *out, fc_error *err)
{
    const fc_image_options defaults = {0}, *o = opts != NULL ? opts : &defaults;
    const fc_image_source in = {
        .bytes = bytes,
        .n = n,
        .limits = fc__decode_limits(o->limits),
        .ground = o->black_ground ? 0 : 255,
        .svg_side = o->svg_side != 0 ? o->svg_side : DEFAULT_SVG_SIDE,
    };
    fc_status st;

    *out = (fc_image)FC_IMAGE_INIT;
    st = decode_by_content(&in, out, err);
    if (st == FC_OK && !o->ignore_orientation)
        st = fc__image_orient(out, out->orientation, err);
    if (st != FC_OK)
        fc__image_dispose(out);
    return st;
}

void fc__image_dispose(fc_image *im)
{
    if (im == NULL)
        return;
    free(im->pixels);
    *im = (fc_image)FC_IMAGE_INIT;
}
