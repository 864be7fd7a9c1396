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
#include <stdio.h>

#include "fc_decode_internal.h"
#include "fc_svg_helper.h"
#include "fc_svg_reply.h"
#include "fc_svg_scan.h"

#define MAX_SIDE 16384u /* cairo's own limit is 32767 */

static fc_status run(const fc_image_source *in, const char *helper, fc_image *out, fc_error *err)
{
    const uint64_t pixels = (uint64_t)in->svg_side * in->svg_side;
    char side[16], ground[8], max_pixels[24], ms[16], mib[16];
    const char *const argv[] = {helper, side, ground, max_pixels, ms, mib, NULL};
    const uint64_t wall = (uint64_t)in->limits.max_draw_ms * FC_SVG_WALL_MULTIPLE;
    const fc_child_call call = {.argv = argv,
                                .input = in->bytes,
                                .input_n = in->n,
                                .max_output = (size_t)pixels * 3 + FC_SVG_LINE_BYTES,
                                .timeout_ms = wall > INT32_MAX ? INT32_MAX : (uint32_t)wall};
    fc_buf reply = FC_BUF_INIT;
    fc_child_end end;
    fc_status st;
    int how;

    snprintf(side, sizeof(side), "%u", in->svg_side);
    snprintf(ground, sizeof(ground), "%u", in->ground);
    snprintf(max_pixels, sizeof(max_pixels), "%" PRIu64, in->limits.max_pixels);
    snprintf(ms, sizeof(ms), "%u", in->limits.max_draw_ms);
    snprintf(mib, sizeof(mib), "%u", fc__svg_mebibytes(in->svg_side));
    st = fc__child_run(&call, &reply, &end, &how, err);
    if (st == FC_OK)
        st = fc__svg_take_reply(in, &reply, end, how, out, err);
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
