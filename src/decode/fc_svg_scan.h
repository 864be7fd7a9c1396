/*
 * What is asked of an SVG before librsvg sees it:
 *
 * FC_E_LIMIT        more than 8 MiB, more than `max_nesting` open elements, embedded PNG of more
 *                   than FC_SVG_MAX_EMBEDDED pixels in all, entities that would expand to more than
 *                   8 MiB
 * FC_E_UNSUPPORTED  entities that are external or hold markup, embedded pictures that are no PNG,
 *                   XInclude, encodings that are not a superset of ASCII
 * FC_E_FORMAT       markup that ends in the middle, or closes more than it opened
 *
 * and what it may use while it draws (fc_svg.c): more time or memory is FC_E_LIMIT.
 *
 * References to other files are left alone: librsvg is given no base address, so it loads none.
 *
 * Threads: stateless.
 */
#ifndef FC_SVG_SCAN_H
#define FC_SVG_SCAN_H

#include "fc_decode.h"

#define FC_SVG_MAX_BYTES    ((size_t)8 << 20)
#define FC_SVG_MAX_EMBEDDED UINT64_C(4000000)

/* Whether the first element is <svg>, behind a byte-order mark, declarations and comments. */
bool fc__svg_sniff(const uint8_t *bytes, size_t n);

/* The rules above; `bytes` are untrusted. */
fc_status fc__svg_scan(const uint8_t *bytes, size_t n, uint32_t max_nesting, fc_error *err);

/* Behind "<!DOCTYPE": moves *at behind its end and tells the longest entity value. Part of the
 * scan, in a file of its own (fc_svg_doctype.c). FC_E_FORMAT, FC_E_UNSUPPORTED as above. */
fc_status fc__svg_doctype(const char **at, const char *end, size_t *longest, fc_error *err);

/* The address of an embedded picture, "data:...": its pixels are taken off *pixels_left. Part of
 * the scan (fc_svg_data.c). FC_E_UNSUPPORTED, FC_E_LIMIT as above. */
fc_status fc__svg_embedded(const char *href, size_t n, uint64_t *pixels_left, fc_error *err);

#endif /* FC_SVG_SCAN_H */
