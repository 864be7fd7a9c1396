/*
 * The resizer's loops in plain C, the reference of the others, and the choice between them.
 */
#include "fc_vec_resize.h"

#include "fc_dispatch.h"

static void line_3(const fc_resize_taps *taps, uint32_t n_out, const uint8_t *in,
                   const uint8_t *ground, uint8_t *out)
{
    for (uint32_t x = 0; x < n_out; x++, out += 3) {
        const fc_resize_taps *t = &taps[x];
        const uint8_t *from = in + (size_t)t->first * 3;
        int32_t r = FC_RESIZE_HALF + ground[0] * t->outside;
        int32_t g = FC_RESIZE_HALF + ground[1] * t->outside;
        int32_t b = FC_RESIZE_HALF + ground[2] * t->outside;

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

static void line_any(const fc_resize_taps *taps, uint32_t n_out, uint32_t channels,
                     const uint8_t *in, const uint8_t *ground, uint8_t *out)
{
    for (uint32_t x = 0; x < n_out; x++)
        for (uint32_t c = 0; c < channels; c++) {
            const fc_resize_taps *t = &taps[x];
            const uint8_t *from = in + (size_t)t->first * channels + c;
            int32_t sum = FC_RESIZE_HALF + ground[c] * t->outside;

            for (uint32_t k = 0; k < t->count; k++)
                sum += from[(size_t)k * channels] * t->weights[k];
            *out++ = fc__resize_clip(sum);
        }
}

void fc__resize_across_plain(const fc_resize_taps *taps, uint32_t n_out, const fc_resize_lines *l)
{
    for (size_t y = 0; y < l->n_lines; y++) {
        const uint8_t *in = l->in + y * l->in_stride;
        uint8_t *out = l->out + y * l->out_stride;

        if (l->channels == 3)
            line_3(taps, n_out, in, l->ground, out);
        else
            line_any(taps, n_out, l->channels, in, l->ground, out);
    }
}

/* In steps of a few columns, so that their sums stay in registers or next to them. */
void fc__resize_down_plain(const fc_resize_taps *t, const uint8_t *lines, size_t stride,
                           const uint8_t *ground, uint8_t *out)
{
    enum { STEP = 64 };
    const uint8_t *first = lines + (size_t)t->first * stride;

    for (size_t i = 0; i < stride; i += STEP) {
        const size_t n = stride - i < STEP ? stride - i : STEP;
        int32_t sums[STEP];

        for (size_t j = 0; j < n; j++)
            sums[j] = FC_RESIZE_HALF + ground[i + j] * t->outside;
        for (uint32_t k = 0; k < t->count; k++) {
            const uint8_t *line = first + k * stride + i;
            const int32_t w = t->weights[k];

            for (size_t j = 0; j < n; j++)
                sums[j] += line[j] * w;
        }
        for (size_t j = 0; j < n; j++)
            out[i + j] = fc__resize_clip(sums[j]);
    }
}

void fc__resize_across(const fc_resize_taps *taps, uint32_t n_out, const fc_resize_lines *l)
{
    fc__vec_ops_now()->resize_across(taps, n_out, l);
}

void fc__resize_down(const fc_resize_taps *t, const uint8_t *lines, size_t stride,
                     const uint8_t *ground, uint8_t *out)
{
    fc__vec_ops_now()->resize_down(t, lines, stride, ground, out);
}
