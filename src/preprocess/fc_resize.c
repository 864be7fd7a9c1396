/*
 * The two passes of the resizer; their loops are in core (fc_vec_resize.h). The ground around the
 * image enters as the sum of the weights that fall on it; since all sums are whole numbers this
 * equals resizing the padded canvas, bit for bit.
 */
#include "fc_resize.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_resize_weights.h"

static fc_status check_canvas(const fc_canvas *in, uint32_t out_width, uint32_t out_height,
                              fc_error *err)
{
    if (in->image_width == 0 || in->image_height == 0 || out_width == 0 || out_height == 0 ||
        in->channels < 1 || in->channels > 4 || in->left > in->width || in->top > in->height ||
        in->image_width > in->width - in->left || in->image_height > in->height - in->top)
        return fc_error_set(
            err, FC_E_INVALID, "resize: %u x %u pixels at %u, %u do not lie on a canvas of %u x %u",
            in->image_width, in->image_height, in->left, in->top, in->width, in->height);
    return FC_OK;
}

static void pass_across(const fc_canvas *in, const fc_resize_plan *plan, const uint8_t *from,
                        size_t n_lines, uint8_t *out)
{
    const size_t stride = (size_t)in->image_width * in->channels;
    const fc_resize_lines all = {.in = from,
                                 .in_stride = stride,
                                 .in_end = from + n_lines * stride,
                                 .out = out,
                                 .out_stride = (size_t)plan->n_out * in->channels,
                                 .n_lines = n_lines,
                                 .channels = in->channels,
                                 .ground = in->ground};

    fc__resize_across(plan->taps, plan->n_out, &all);
}

static void pass_down(const fc_resize_plan *plan, const uint8_t *lines, size_t stride,
                      const uint8_t *ground, uint8_t *out)
{
    for (uint32_t y = 0; y < plan->n_out; y++)
        fc__resize_down(&plan->taps[y], lines, stride, ground, out + y * stride);
}

/* Lines of ground between the passes are its colour: the weights of a pixel sum to 1 but for a few
 * units of 2^-22. */
static void fill_ground(const fc_canvas *in, uint8_t *line, size_t n_pixels)
{
    for (size_t i = 0; i < n_pixels; i++, line += in->channels)
        memcpy(line, in->ground, in->channels);
}

static fc_status run_passes(const fc_canvas *in, const fc_resize_plan *across,
                            const fc_resize_plan *down, bool across_first, uint8_t *out,
                            fc_error *err)
{
    const size_t width = across_first ? across->n_out : in->image_width;
    const size_t height = across_first ? in->image_height : down->n_out;
    const size_t stride = width * in->channels;
    uint8_t *lines = fc__alloc_bare(height, stride);
    uint8_t *ground = fc__alloc_array(in->channels, width);
    fc_status st = FC_OK;

    if (lines == NULL || ground == NULL) {
        st = fc__nomem(err, height * stride, "lines of a resize");
        goto done;
    }
    fill_ground(in, ground, width);
    if (across_first) {
        pass_across(in, across, in->pixels, height, lines);
        pass_down(down, lines, stride, ground, out);
    } else {
        pass_down(down, in->pixels, stride, ground, lines);
        pass_across(in, across, lines, height, out);
    }

done:
    free(ground);
    free(lines);
    return st;
}

/* Each pixel from where `x` and `y` say on the canvas. */
static void pick_pixels(const fc_canvas *in, const uint32_t *x, uint32_t out_width,
                        const uint32_t *y, uint32_t out_height, uint8_t *out)
{
    const size_t n = in->channels;

    for (uint32_t i = 0; i < out_height; i++)
        for (uint32_t j = 0; j < out_width; j++, out += n) {
            /* Left of the image and above it the difference wraps round. */
            const uint32_t row = y[i] - in->top, column = x[j] - in->left;
            const bool on_image = row < in->image_height && column < in->image_width;

            memcpy(out,
                   on_image ? in->pixels + ((size_t)row * in->image_width + column) * n
                            : in->ground,
                   n);
        }
}

static fc_status resize_nearest(const fc_canvas *in, uint32_t out_width, uint32_t out_height,
                                uint8_t *out, fc_error *err)
{
    uint32_t *at = fc__alloc_array((size_t)out_width + out_height, sizeof(*at));

    if (at == NULL)
        return fc__nomem(err, ((size_t)out_width + out_height) * sizeof(*at), "a resize");
    fc__resize_nearest(in->width, out_width, at);
    fc__resize_nearest(in->height, out_height, at + out_width);
    pick_pixels(in, at, out_width, at + out_width, out_height, out);
    free(at);
    return FC_OK;
}

/* Whether Pillow 13 would take the vertical pass first. */
static bool shrinks_down(const fc_canvas *in, uint32_t out_width, uint32_t out_height)
{
    const int64_t less_height = (int64_t)in->height - out_height;
    const int64_t less_width = (int64_t)in->width - out_width;

    return less_height > 0 && less_height > 2 * less_width;
}

fc_status fc__resize(const fc_canvas *in, fc_resize_filter filter, uint32_t out_width,
                     uint32_t out_height, uint8_t *out, fc_error *err)
{
    fc_resize_plan across = FC_RESIZE_PLAN_INIT, down = FC_RESIZE_PLAN_INIT;
    fc_status st;

    st = check_canvas(in, out_width, out_height, err);
    if (st != FC_OK)
        return st;
    if (filter == FC_FILTER_NEAREST)
        return resize_nearest(in, out_width, out_height, out, err);
    st = fc__resize_plan(&across, filter, in->width, out_width, in->left, in->image_width, err);
    if (st != FC_OK)
        goto done;
    st = fc__resize_plan(&down, filter, in->height, out_height, in->top, in->image_height, err);
    if (st != FC_OK)
        goto done;
    st = run_passes(in, &across, &down,
                    in->across_first || !shrinks_down(in, out_width, out_height), out, err);

done:
    fc__resize_plan_dispose(&down);
    fc__resize_plan_dispose(&across);
    return st;
}
