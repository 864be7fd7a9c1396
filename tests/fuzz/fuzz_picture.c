/*
 * Fuzzes what is read of pictures by parsers of our own: EXIF, the chunks of PNG and WebP, the .npy
 * of one picture, the headers that tell what decoding takes. Whatever is found lies within the
 * bytes. The first byte chooses the parser.
 */
#include <stdlib.h>

#include "fc_decode_internal.h"
#include "fc_exif.h"
#include "fc_png_chunks.h"
#include "fc_webp.h"
#include "ingest_budget.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
    if (!ok)
        abort();
}

static void png(const uint8_t *data, size_t size)
{
    size_t at = FC_PNG_SIGNATURE, before = at;
    fc_png_chunk c;
    fc_png_meta meta;

    while (fc__png_next_chunk(data, size, &at, &c)) {
        need(at > before && at <= size);
        need(c.data >= data && c.n <= (size_t)(data + size - c.data));
        before = at;
    }
    fc__png_metadata(data, size, &meta);
    need(meta.exif == NULL || meta.exif_n <= size);
    fc__exif_orientation(meta.exif, meta.exif_n);
}

static void webp(const uint8_t *data, size_t size)
{
    fc_webp_meta meta;

    fc__webp_chunks(data, size, &meta);
    need(meta.exif == NULL ||
         (meta.exif >= data && meta.exif_n <= (size_t)(data + size - meta.exif)));
    fc__exif_orientation(meta.exif, meta.exif_n);
}

static void npy(const uint8_t *data, size_t size)
{
    const fc_image_source in = {
        .bytes = data, .n = size, .limits = fc__decode_limits(NULL), .ground = 255};
    fc_image im = FC_IMAGE_INIT;
    fc_error err = FC_ERROR_INIT;

    if (fc__decode_npy_image(&in, &im, &err) == FC_OK)
        need((uint64_t)im.width * im.height <= size && im.pixels != NULL);
    else
        need(im.pixels == NULL && err.message[0] != '\0');
    fc__image_dispose(&im);
}

/* Never more than the pixels that the decoder would have. */
static void cost(const uint8_t *data, size_t size)
{
    uint64_t pixels;
    const uint64_t all = fc__bytes_cost(data, size, size, 1000, &pixels);

    need(pixels <= 10 * 1000 && all >= size && all >= pixels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t orientation;

    if (size == 0)
        return 0;
    cost(data + 1, size - 1);
    switch (data[0] & 3) {
    case 0:
        orientation = fc__exif_orientation(data + 1, size - 1);
        need(orientation >= 1 && orientation <= 8);
        break;
    case 1:
        png(data + 1, size - 1);
        break;
    case 2:
        webp(data + 1, size - 1);
        break;
    default:
        npy(data + 1, size - 1);
    }
    return 0;
}
