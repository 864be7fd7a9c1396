/*
 * The answer of featcache-svg (tools/svg/svg.h), checked like a file: that program has read what
 * the author of the drawing wrote.
 *
 * Threads: stateless.
 */
#ifndef FC_SVG_REPLY_H
#define FC_SVG_REPLY_H

#include "fc_child.h"
#include "fc_decode_internal.h"

#define FC_SVG_LINE_BYTES    256 /* of a reply, before its pixels */
#define FC_SVG_WALL_MULTIPLE 5u  /* how long its processor time may take on a busy machine */

/* What it may use for a drawing of that side. */
uint32_t fc__svg_mebibytes(uint32_t side);

/* `reply` to the drawing of `in`, from a program that ended so (fc_child.h). On success *out has
 * the pixels, which were the reply's memory. FC_E_FORMAT: librsvg refuses the drawing. FC_E_LIMIT:
 * time, memory or pixels. FC_E_IO: the answer is none. FC_E_UNSUPPORTED: the program cannot start.
 */
fc_status fc__svg_take_reply(const fc_image_source *in, fc_buf *reply, fc_child_end end, int how,
                             fc_image *out, fc_error *err);

#endif /* FC_SVG_REPLY_H */
