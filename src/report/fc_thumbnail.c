/*
 * From a file's bytes to a small JPEG: decode, make small or draw, compress.
 */
#include "fc_thumbnail.h"

#include "fc_alloc.h"
#include "fc_jpeg_write.h"
#include "fc_resize.h"
#include "fc_shape_view.h"

#define QUALITY 85

/* A side of the thumbnail: the image's, scaled so that the longer one is FC_THUMBNAIL_SIDE. */
static uint32_t scaled(uint32_t side, uint32_t longest)
{
    const uint64_t s = ((uint64_t)side * FC_THUMBNAIL_SIDE + longest / 2) / longest;

    if (longest <= FC_THUMBNAIL_SIDE)
        return side;
    return s == 0 ? 1 : (uint32_t)s;
}

static fc_status shrink(const fc_image *image, fc_image *out, fc_error *err)
{
    const uint32_t longest = image->width > image->height ? image->width : image->height;
    const fc_canvas canvas = {.pixels = image->pixels,
                              .image_width = image->width,
                              .image_height = image->height,
                              .channels = 3,
                              .width = image->width,
                              .height = image->height};

    out->width = scaled(image->width, longest);
    out->height = scaled(image->height, longest);
    out->pixels = fc__alloc_array((size_t)out->width * out->height, 3);
    if (out->pixels == NULL)
        return fc__nomem(err, (size_t)out->width * out->height * 3, "a thumbnail");
    return fc__resize(&canvas, FC_FILTER_BICUBIC, out->width, out->height, out->pixels, err);
}

fc_status fc__thumbnail_of_image(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                                 fc_buf *out, fc_error *err)
{
    /* An SVG is drawn at the size it is shown at. */
    const fc_image_options opts = {.limits = limits, .svg_side = FC_THUMBNAIL_SIDE};
    fc_image image = FC_IMAGE_INIT, small = FC_IMAGE_INIT;
    fc_status st;

    st = fc__decode_image(bytes, n, &opts, &image, err);
    if (st == FC_OK)
        st = shrink(&image, &small, err);
    if (st == FC_OK)
        st = fc__jpeg_write(&small, QUALITY, out, err);
    fc__image_dispose(&small);
    fc__image_dispose(&image);
    return st;
}

fc_status fc__thumbnail_of_shape(const uint8_t *bytes, size_t n, const char *name,
                                 const fc_decode_limits *limits, fc_buf *out, fc_error *err)
{
    fc_image picture = FC_IMAGE_INIT;
    fc_cloud cloud = FC_CLOUD_INIT;
    fc_status st;

    st = fc__decode_cloud(bytes, n, name, limits, &cloud, err);
    if (st == FC_OK)
        st = fc__shape_view(&cloud, fc__shape_up(name), FC_THUMBNAIL_SIDE, &picture, err);
    if (st == FC_OK)
        st = fc__jpeg_write(&picture, QUALITY, out, err);
    fc__image_dispose(&picture);
    fc__cloud_dispose(&cloud);
    return st;
}
