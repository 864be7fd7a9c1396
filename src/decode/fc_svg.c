/*
 * SVG: scanned (fc_svg_scan.h), then drawn by featcache-svg in a process of its own.
 *
 * A small valid SVG can ask for hours of drawing (ten kilobytes of text took 7 s, a self-crossing
 * path of 27 KB 2.5 s, both growing with the square), librsvg cannot be stopped once it draws, and
 * nothing that could be counted beforehand tells such a file from a detailed drawing. So it draws
 * where the kernel can end it. What comes back is checked like a file: the program has read what
 * the file's author wrote.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_child.h"
#include "fc_decode_internal.h"
#include "fc_svg_helper.h"
#include "fc_svg_scan.h"

#define MAX_SIDE      16384u /* cairo's own limit is 32767 */
#define LINE_BYTES    256    /* of a reply, before its pixels */
#define MEBIBYTES     128u   /* of data, for the drawing; its pixels come on top */
#define PLANES        4u     /* pictures of the whole drawing that masks and filters may hold */
#define WALL_MULTIPLE 5u     /* how long its processor time may take on a busy machine */

static uint32_t mebibytes(const fc_image_source *in)
{
    return MEBIBYTES + (uint32_t)((uint64_t)in->svg_side * in->svg_side * 4 * PLANES >> 20);
}

/* The first line, what is no printable ASCII in it replaced. Returns where the next begins. */
static size_t take_line(const fc_buf *reply, char line[LINE_BYTES])
{
    size_t n = 0;

    for (; n < reply->size && n < LINE_BYTES - 1 && reply->data[n] != '\n'; n++)
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
                            (uint64_t)in->limits.max_draw_ms * WALL_MULTIPLE);
    if (end == FC_CHILD_SIGNALLED)
        return fc_error_set(err, FC_E_LIMIT,
                            "librsvg gave up on the SVG (signal %d, %s); it may use %u MiB", how,
                            strsignal(how), mebibytes(in));
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

static fc_status take_reply(const fc_image_source *in, fc_buf *reply, fc_child_end end, int how,
                            fc_image *out, fc_error *err)
{
    char line[LINE_BYTES];
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
                            mebibytes(in));
    if (sscanf(line, "limit pixels %u %u", &w, &h) == 2)
        st = fc__check_image_size(w, h, in->limits.max_pixels, err);
    return st != FC_OK ? st : rubbish(err);
}

static fc_status run(const fc_image_source *in, const char *helper, fc_image *out, fc_error *err)
{
    const uint64_t pixels = (uint64_t)in->svg_side * in->svg_side;
    char side[16], ground[8], max_pixels[24], ms[16], mib[16];
    const char *const argv[] = {helper, side, ground, max_pixels, ms, mib, NULL};
    const uint64_t wall = (uint64_t)in->limits.max_draw_ms * WALL_MULTIPLE;
    const fc_child_call call = {.argv = argv,
                                .input = in->bytes,
                                .input_n = in->n,
                                .max_output = (size_t)pixels * 3 + LINE_BYTES,
                                .timeout_ms = wall > INT32_MAX ? INT32_MAX : (uint32_t)wall};
    fc_buf reply = FC_BUF_INIT;
    fc_child_end end;
    fc_status st;
    int how;

    snprintf(side, sizeof(side), "%u", in->svg_side);
    snprintf(ground, sizeof(ground), "%u", in->ground);
    snprintf(max_pixels, sizeof(max_pixels), "%" PRIu64, in->limits.max_pixels);
    snprintf(ms, sizeof(ms), "%u", in->limits.max_draw_ms);
    snprintf(mib, sizeof(mib), "%u", mebibytes(in));
    st = fc__child_run(&call, &reply, &end, &how, err);
    if (st == FC_OK)
        st = take_reply(in, &reply, end, how, out, err);
    fc_buf_dispose(&reply);
    return st;
}

fc_status fc__decode_svg(const fc_image_source *in, fc_image *out, fc_error *err)
{
    fc_buf helper = FC_BUF_INIT;
    fc_status st;

    if (in->svg_side > MAX_SIDE)
        return fc_error_set(err, FC_E_LIMIT, "an SVG cannot be drawn at a side of %u pixels",
                            in->svg_side);
    st = fc__svg_scan(in->bytes, in->n, in->limits.max_nesting, err);
    if (st == FC_OK)
        st = fc__svg_helper_find(in->limits.svg_helper, &helper, err);
    if (st == FC_OK)
        st = run(in, (const char *)helper.data, out, err);
    fc_buf_dispose(&helper);
    return st;
}
