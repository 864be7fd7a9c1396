/*
 * The two passes of the resizer. The white around the image enters as the sum of the weights that
 * fall on it; since all sums are whole numbers this equals resizing the padded canvas, bit for bit.
 */
#include "fc_resize.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_resize_weights.h"

#define WHITE 255

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

static void horizontal_3(const fc_resize_plan *plan, const uint8_t *in, uint8_t *out)
{
    for (uint32_t x = 0; x < plan->n_out; x++, out += 3) {
        const fc_resize_taps *t = &plan->taps[x];
        const uint8_t *from = in + (size_t)t->first * 3;
        int32_t r = FC_RESIZE_HALF + WHITE * t->outside, g = r, b = r;

        for (uint32_t k = 0; k < t->count; k++, from += 3) {
            const int32_t w = t->weights[k];

            r += from[0] * w;
            g += from[1] * w;
            b += from[2] * w;
        }
        out[0] = fc__resize_clip(r);
        out[1] = fc__resize_clip(g);
        out[2] = fc__resize_clip(b);
    }
}

static void horizontal_any(const fc_resize_plan *plan, uint32_t channels, const uint8_t *in,
                           uint8_t *out)
{
    for (uint32_t x = 0; x < plan->n_out; x++)
        for (uint32_t c = 0; c < channels; c++) {
            const fc_resize_taps *t = &plan->taps[x];
            const uint8_t *from = in + (size_t)t->first * channels + c;
            int32_t sum = FC_RESIZE_HALF + WHITE * t->outside;

            for (uint32_t k = 0; k < t->count; k++)
                sum += from[(size_t)k * channels] * t->weights[k];
            *out++ = fc__resize_clip(sum);
        }
}

static void horizontal(const fc_resize_plan *plan, uint32_t channels, const uint8_t *in,
                       uint8_t *out)
{
    if (channels == 3)
        horizontal_3(plan, in, out);
    else
        horizontal_any(plan, channels, in, out);
}

/* What the horizontal pass makes of a white line: 255 but for the rounding of the weights. */
static void white_line(const fc_resize_plan *plan, uint32_t channels, int32_t *out)
{
    for (uint32_t x = 0; x < plan->n_out; x++) {
        const fc_resize_taps *t = &plan->taps[x];
        int32_t sum = t->outside;

        for (uint32_t k = 0; k < t->count; k++)
            sum += t->weights[k];
        for (uint32_t c = 0; c < channels; c++)
            *out++ = fc__resize_clip(FC_RESIZE_HALF + WHITE * sum);
    }
}

/* One output line from the lines of the first pass; `sums` is scratch of one line. */
static void vertical(const fc_resize_taps *t, const uint8_t *lines, size_t stride,
                     const int32_t *white, int32_t *sums, uint8_t *out)
{
    for (size_t i = 0; i < stride; i++)
        sums[i] = FC_RESIZE_HALF + white[i] * t->outside;
    for (uint32_t k = 0; k < t->count; k++) {
        const uint8_t *line = lines + (size_t)(t->first + k) * stride;
        const int32_t w = t->weights[k];

        for (size_t i = 0; i < stride; i++)
            sums[i] += line[i] * w;
    }
    for (size_t i = 0; i < stride; i++)
        out[i] = fc__resize_clip(sums[i]);
}

static fc_status run_passes(const fc_canvas *in, const fc_resize_plan *across,
                            const fc_resize_plan *down, uint8_t *out, fc_error *err)
{
    const size_t stride = (size_t)across->n_out * in->channels;
    const size_t in_stride = (size_t)in->image_width * in->channels;
    uint8_t *lines = fc__alloc_array(in->image_height, stride);
    int32_t *white = fc__alloc_array(2 * stride, sizeof(*white));
    fc_status st = FC_OK;

    if (lines == NULL || white == NULL) {
        st = fc__nomem(err, in->image_height * stride, "lines of a resize");
        goto done;
    }
    for (size_t y = 0; y < in->image_height; y++)
        horizontal(across, in->channels, in->pixels + y * in_stride, lines + y * stride);
    white_line(across, in->channels, white);
    for (uint32_t y = 0; y < down->n_out; y++)
        vertical(&down->taps[y], lines, stride, white, white + stride, out + y * stride);

done:
    free(white);
    free(lines);
    return st;
}

fc_status fc__resize(const fc_canvas *in, fc_resize_filter filter, uint32_t out_width,
                     uint32_t out_height, uint8_t *out, fc_error *err)
{
    fc_resize_plan across = FC_RESIZE_PLAN_INIT, down = FC_RESIZE_PLAN_INIT;
    fc_status st;

    st = check_canvas(in, out_width, out_height, err);
    if (st != FC_OK)
        return st;
    st = fc__resize_plan(&across, filter, in->width, out_width, in->left, in->image_width, err);
    if (st != FC_OK)
        goto done;
    st = fc__resize_plan(&down, filter, in->height, out_height, in->top, in->image_height, err);
    if (st != FC_OK)
        goto done;
    st = run_passes(in, &across, &down, out, err);

done:
    fc__resize_plan_dispose(&down);
    fc__resize_plan_dispose(&across);
    return st;
}
