/*
 * Decode, place on a square, resize.
 */
#include "fc_image_prep.h"

#include "fc_decode.h"

/* Pack a picture whose three channels agree everywhere into one channel, in place. */
static bool pack_grey(fc_image *im)
{
    const size_t n = (size_t)im->width * im->height;
    const uint8_t *p = im->pixels;

    for (size_t i = 0; i < n; i++, p += 3)
        if (p[0] != p[1] || p[0] != p[2])
            return false;
    for (size_t i = 0; i < n; i++)
        im->pixels[i] = im->pixels[3 * i];
    return true;
}

static fc_canvas place(const fc_image *im, uint32_t channels, fc_fit fit)
{
    fc_canvas c = {.pixels = im->pixels,
                   .image_width = im->width,
                   .image_height = im->height,
                   .channels = channels,
                   .width = im->width,
                   .height = im->height};

    if (fit == FC_FIT_PAD) {
        const uint32_t side = im->width > im->height ? im->width : im->height;

        c.width = side;
        c.height = side;
        c.left = (side - im->width) / 2;
        c.top = (side - im->height) / 2;
    }
    return c;
}

fc_status fc__image_prepare(const fc_image_rule *rule, const uint8_t *bytes, size_t n,
                            fc_tensor *out, fc_error *err)
{
    const fc_decode_limits limits = {.max_pixels = rule->max_pixels};
    const fc_image_options opts = {.limits = &limits, .ignore_orientation = true};
    fc_image im = FC_IMAGE_INIT;
    fc_canvas canvas;
    fc_status st;

    st = fc__decode_image(bytes, n, &opts, &im, err);
    if (st != FC_OK)
        goto done;
    canvas = place(&im, pack_grey(&im) ? 1 : 3, rule->fit);
    st = fc_tensor_alloc(out, FC_U8, 3, (const uint64_t[]){rule->size, rule->size, canvas.channels},
                         err);
    if (st != FC_OK)
        goto done;
    st = fc__resize(&canvas, rule->filter, rule->size, rule->size, out->data, err);

done:
    fc__image_dispose(&im);
    return st;
}

const char *fc__image_prep_versions(void)
{
    return fc__decode_versions();
}
