/*
 * What featcache-svg answers, and what its end means when it does not.
 */
#include "fc_svg_reply.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEBIBYTES 128u /* of data, for the drawing; its pixels come on top */
#define PLANES    4u   /* pictures of the whole drawing that masks and filters may hold */

uint32_t fc__svg_mebibytes(uint32_t side)
{
    return MEBIBYTES + (uint32_t)((uint64_t)side * side * 4 * PLANES >> 20);
}

/* The first line, what is no printable ASCII in it replaced. Returns where the next begins. */
static size_t take_line(const fc_buf *reply, char line[FC_SVG_LINE_BYTES])
{
    size_t n = 0;

    for (; n < reply->size && n < FC_SVG_LINE_BYTES - 1 && reply->data[n] != '\n'; n++)
        line[n] = reply->data[n] >= ' ' && reply->data[n] < 127 ? (char)reply->data[n] : '?';
    line[n] = '\0';
    return n < reply->size ? n + 1 : n;
}

static fc_status too_long(const fc_image_source *in, fc_error *err)
{
    return fc_error_set(err, FC_E_LIMIT,
                        "drawing the SVG takes more than %u ms of processor time: --max-draw-ms",
                        in->limits.max_draw_ms);
}

static fc_status rubbish(fc_error *err)
{
    return fc_error_set(err, FC_E_IO, "featcache-svg gave an answer that is no drawing");
}

/* There is no whole reply. */
static fc_status tell_end(const fc_image_source *in, fc_child_end end, int how, fc_error *err)
{
    if (end == FC_CHILD_SIGNALLED && (how == SIGPROF || how == SIGXCPU))
        return too_long(in, err);
    if (end == FC_CHILD_TIMED_OUT)
        return fc_error_set(err, FC_E_LIMIT,
                            "drawing the SVG takes more than %u ms of processor time, or %" PRIu64
                            " ms by the clock: --max-draw-ms",
                            in->limits.max_draw_ms,
                            (uint64_t)in->limits.max_draw_ms * FC_SVG_WALL_MULTIPLE);
    if (end == FC_CHILD_SIGNALLED)
        return fc_error_set(err, FC_E_LIMIT,
                            "librsvg gave up on the SVG (signal %d, %s); it may use %u MiB", how,
                            strsignal(how), fc__svg_mebibytes(in->svg_side));
    if (end == FC_CHILD_EXITED && how == 127)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "featcache-svg does not start: is librsvg2-2 installed?");
    if (end == FC_CHILD_TOO_LONG)
        return rubbish(err);
    return fc_error_set(err, FC_E_IO, "featcache-svg gave no drawing (exit %d)", how);
}

/* The pixels of a reply from `at` on, which become the image's without a copy. */
static fc_status take_pixels(const fc_image_source *in, fc_buf *reply, size_t at, fc_image *out,
                             fc_error *err)
{
    const size_t n = (size_t)out->width * out->height * 3;
    const fc_status st = fc__check_image_size(out->width, out->height, in->limits.max_pixels, err);
    uint8_t *fitting;

    if (st != FC_OK)
        return st;
    memmove(reply->data, reply->data + at, n);
    fitting = realloc(reply->data, n);
    out->pixels = fitting != NULL ? fitting : reply->data;
    out->format = "SVG";
    *reply = (fc_buf)FC_BUF_INIT;
    return FC_OK;
}

fc_status fc__svg_take_reply(const fc_image_source *in, fc_buf *reply, fc_child_end end, int how,
                             fc_image *out, fc_error *err)
{
    char line[FC_SVG_LINE_BYTES];
    const size_t at = take_line(reply, line);
    uint32_t w = 0, h = 0;
    fc_status st = FC_OK;

    if (sscanf(line, "image %u %u", &w, &h) == 2 && (w > h ? w : h) == in->svg_side &&
        reply->size - at == (size_t)w * h * 3) {
        out->width = w;
        out->height = h;
        return take_pixels(in, reply, at, out, err);
    }
    if (end != FC_CHILD_EXITED || reply->size == 0)
        return tell_end(in, end, how, err);
    if (strncmp(line, "format ", 7) == 0)
        return fc_error_set(err, FC_E_FORMAT, "broken SVG: %s", line + 7);
    if (strcmp(line, "limit memory") == 0)
        return fc_error_set(err, FC_E_LIMIT, "drawing the SVG takes more than %u MiB",
                            fc__svg_mebibytes(in->svg_side));
    if (sscanf(line, "limit pixels %u %u", &w, &h) == 2)
        st = fc__check_image_size(w, h, in->limits.max_pixels, err);
    return st != FC_OK ? st : rubbish(err);
}
