/*
 * Decode, place on a square, resize, cut.
 */
#include "fc_image_prep.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
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

/* The picture as large as its canvas, or in the middle of a square one. */
static fc_canvas place(const fc_image *im, uint32_t channels, const fc_image_rule *rule)
{
    fc_canvas c = {.pixels = im->pixels,
                   .image_width = im->width,
                   .image_height = im->height,
                   .channels = channels,
                   .width = im->width,
                   .height = im->height,
                   .across_first = rule->across_first};

    memcpy(c.ground, rule->ground, sizeof(rule->ground));
    if (rule->fit == FC_FIT_PAD) {
        const uint32_t side = im->width > im->height ? im->width : im->height;

        c.width = side;
        c.height = side;
        c.left = (side - im->width) / 2;
        c.top = (side - im->height) / 2;
    }
    return c;
}

/* What the picture is resized to before it is cut or put on the ground. */
static void fitted_size(const fc_image_rule *rule, const fc_canvas *c, uint64_t *w, uint64_t *h)
{
    const bool by_width = (rule->fit == FC_FIT_SHORT_SIDE) == (c->width <= c->height);
    const uint64_t size = rule->size;

    *w = *h = size;
    if (rule->fit != FC_FIT_SHORT_SIDE && rule->fit != FC_FIT_LONG_SIDE)
        return;
    if (by_width)
        *h = size * c->height / c->width;
    else
        *w = size * c->width / c->height;
    *w = *w > 0 ? *w : 1;
    *h = *h > 0 ? *h : 1;
}

/* Half of n, a half rounded down, or to even as Python's round() does. */
static size_t half_of(size_t n, bool down)
{
    const size_t half = n / 2;

    return half + (!down && n % 2 == 1 && half % 2 == 1);
}

/* Where the square begins along a side of n pixels that it is cut from, or, below 0, laid in the
 * middle of. */
static ptrdiff_t begin_of(size_t n, const fc_image_rule *rule)
{
    const size_t size = rule->size;

    return n > size ? (ptrdiff_t)half_of(n - size, rule->cut_down) : -(ptrdiff_t)((size - n) / 2);
}

/* The middle of w x h pixels where they are larger than the square; the square's middle where they
 * are smaller. */
static void cut_or_lay(const fc_canvas *c, const fc_image_rule *rule, const uint8_t *from, size_t w,
                       size_t h, uint8_t *out)
{
    const size_t n = c->channels, size = rule->size;
    const ptrdiff_t x = begin_of(w, rule), y = begin_of(h, rule);
    const size_t skip_x = x > 0 ? (size_t)x : 0, skip_y = y > 0 ? (size_t)y : 0;
    const size_t left = x < 0 ? (size_t)-x : 0, top = y < 0 ? (size_t)-y : 0;
    const size_t columns = w < size ? w : size, rows = h < size ? h : size;

    for (size_t i = 0; i < size * size * n; i++)
        out[i] = c->ground[i % n];
    for (size_t row = 0; row < rows; row++)
        memcpy(out + ((top + row) * size + left) * n, from + ((skip_y + row) * w + skip_x) * n,
               columns * n);
}

/* Resize to other sides than those of the result, and cut or lay. */
static fc_status resize_aside(const fc_image_rule *rule, const fc_canvas *c, uint64_t w, uint64_t h,
                              uint64_t max_pixels, uint8_t *out, fc_error *err)
{
    uint8_t *between;
    fc_status st;

    /* Within 32 bits the product fits 64. */
    if (w > UINT32_MAX || h > UINT32_MAX || w * h > max_pixels)
        return fc_error_set(err, FC_E_LIMIT,
                            "the image becomes %ju x %ju pixels before it is cut, more than the "
                            "limit of %ju in all: --max-pixels",
                            (uintmax_t)w, (uintmax_t)h, (uintmax_t)max_pixels);
    between = fc__alloc_array((size_t)(w * h), c->channels);
    if (between == NULL)
        return fc__nomem(err, (size_t)(w * h) * c->channels, "an image before it is cut");
    st = fc__resize(c, rule->filter, (uint32_t)w, (uint32_t)h, between, err);
    if (st == FC_OK)
        cut_or_lay(c, rule, between, (size_t)w, (size_t)h, out);
    free(between);
    return st;
}

static fc_status fit_image(const fc_image_rule *rule, fc_image *im, uint64_t max_pixels,
                           fc_tensor *out, fc_error *err)
{
    const uint8_t *g = rule->ground;
    const bool grey = g[0] == g[1] && g[0] == g[2] && pack_grey(im);
    const fc_canvas canvas = place(im, grey ? 1 : 3, rule);
    uint64_t w, h;
    fc_status st;

    st = fc_tensor_alloc(out, FC_U8, 3, (const uint64_t[]){rule->size, rule->size, canvas.channels},
                         err);
    if (st != FC_OK)
        return st;
    fitted_size(rule, &canvas, &w, &h);
    if (w == rule->size && h == rule->size)
        st = fc__resize(&canvas, rule->filter, rule->size, rule->size, out->data, err);
    else
        st = resize_aside(rule, &canvas, w, h, max_pixels, out->data, err);
    if (st != FC_OK)
        fc_tensor_dispose(out);
    return st;
}

/* Of a picture whose sides are known. */
static void frame_of(const fc_image_rule *rule, const fc_image *im, fc_image_frame *out)
{
    const fc_canvas c = place(im, 3, rule);
    uint64_t w, h;

    fitted_size(rule, &c, &w, &h);
    out->width = im->width;
    out->height = im->height;
    out->left = (double)begin_of((size_t)w, rule) / (double)w;
    out->top = (double)begin_of((size_t)h, rule) / (double)h;
    out->right = out->left + (double)rule->size / (double)w;
    out->bottom = out->top + (double)rule->size / (double)h;
    /* So far shares of the canvas, which is larger than the picture where that is padded first. */
    out->left = (out->left * c.width - c.left) / im->width;
    out->right = (out->right * c.width - c.left) / im->width;
    out->top = (out->top * c.height - c.top) / im->height;
    out->bottom = (out->bottom * c.height - c.top) / im->height;
}

/* The middle of it: as many pixels are left out at either end, the odd one at the far end. */
static void narrow(double *from, double *to, uint32_t size, uint32_t middle)
{
    const double begin = (double)((size - middle) / 2) / size, share = (double)middle / size;
    const double length = *to - *from;

    *from += begin * length;
    *to = *from + share * length;
}

fc_status fc__image_find_frame(const fc_image_rule *rule, uint32_t middle,
                               const fc_decode_limits *limits, const uint8_t *bytes, size_t n,
                               fc_image_frame *out, fc_error *err)
{
    const fc_image_options opts = {.limits = limits,
                                   .ignore_orientation = rule->ignore_orientation,
                                   .svg_side = rule->svg_side};
    fc_image im = FC_IMAGE_INIT;
    fc_status st = fc__decode_image(bytes, n, &opts, &im, err);

    if (st != FC_OK)
        return st;
    frame_of(rule, &im, out);
    if (middle > 0 && middle < rule->size) {
        narrow(&out->left, &out->right, rule->size, middle);
        narrow(&out->top, &out->bottom, rule->size, middle);
    }
    out->orientation = rule->ignore_orientation ? im.orientation : 1;
    fc__image_dispose(&im);
    return FC_OK;
}

fc_status fc__image_prepare(const fc_image_rule *rule, const fc_decode_limits *limits,
                            const uint8_t *bytes, size_t n, fc_tensor *out, fc_error *err)
{
    const fc_image_options opts = {.limits = limits,
                                   .black_ground = rule->black_ground,
                                   .ignore_orientation = rule->ignore_orientation,
                                   .svg_side = rule->svg_side};
    fc_image im = FC_IMAGE_INIT;
    fc_status st;

    st = fc__decode_image(bytes, n, &opts, &im, err);
    if (st == FC_OK)
        st = fit_image(rule, &im, fc__decode_limits(limits).max_pixels, out, err);
    fc__image_dispose(&im);
    return st;
}

const char *fc__image_prep_versions(void)
{
    return fc__decode_versions();
}
