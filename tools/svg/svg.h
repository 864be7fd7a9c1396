/*
 * featcache-svg: one SVG drawn by librsvg, in a process of its own with limits that the kernel
 * keeps. librsvg cannot be stopped once it draws, and a small valid file can ask for hours; the
 * library (src/decode/fc_svg.c) therefore runs this program once a drawing and takes what comes
 * back as bytes from outside.
 *
 *   featcache-svg SIDE GROUND MAX_PIXELS MILLISECONDS MEBIBYTES <drawing.svg >reply
 *
 * SIDE          pixels of the longer side, at most 16384
 * GROUND        grey level that shows through, 0 to 255
 * MAX_PIXELS    of the drawing, checked before one is drawn
 * MILLISECONDS  of processor time; then the kernel ends the process with SIGPROF
 * MEBIBYTES     of data beyond what the libraries begin with
 *
 * The reply, with exit status 0, is "image WIDTH HEIGHT\n" and WIDTH x HEIGHT x 3 bytes of RGB,
 * rows from the top. With exit status 1 it is "format MESSAGE\n" (librsvg refuses the file), "limit
 * MESSAGE\n" or "usage MESSAGE\n".
 */
#ifndef FC_TOOLS_SVG_H
#define FC_TOOLS_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct svg_order {
    uint32_t side;
    uint8_t ground;
    uint64_t max_pixels;
    uint32_t milliseconds;
    uint32_t mebibytes;
} svg_order;

/* From here on: so much time and memory, no file written, no socket, no other program, no core. */
void svg_confine(const svg_order *order);

/* The drawing in memory of malloc, or NULL and the whole reply "format ..." in `problem`. */
uint8_t *svg_draw(const uint8_t *bytes, size_t n, const svg_order *order, uint32_t *width,
                  uint32_t *height, char problem[256]);

#endif /* FC_TOOLS_SVG_H */
