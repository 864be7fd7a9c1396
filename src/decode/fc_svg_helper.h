/*
 * Where the program is that draws SVGs, featcache-svg (tools/svg/svg.h says what it does).
 *
 * Threads: stateless.
 */
#ifndef FC_SVG_HELPER_H
#define FC_SVG_HELPER_H

#include "fc_buf.h"

/* Its path, NUL-terminated, in `out`: `given` where that is not NULL, else beside the running
 * program, in the libexec folder that belongs to the running program's or to this library's (also
 * when all of it was moved), or where it was to be installed; the first that is there.
 * FC_E_UNSUPPORTED: none is; the message says what is missing. */
fc_status fc__svg_helper_find(const char *given, fc_buf *out, fc_error *err);

#endif /* FC_SVG_HELPER_H */
