/*
 * SVG through librsvg (fc_rsvg.h): the only file that draws with it. The markup has been scanned
 * before (fc_svg_scan.h); the handle has no base address, so nothing that the drawing refers to is
 * loaded.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_decode_internal.h"
#include "fc_svg_scan.h"

#ifdef FC_HAVE_RSVG

#include "fc_rsvg.h"

/* The library's words, on one line. */
static fc_status refuse(const fc_rsvg *r, GError *problem, fc_error *err)
{
    char words[200];

    snprintf(words, sizeof(words), "%s", problem != NULL ? problem->message : "unknown error");
    for (char *c = words; *c != '\0'; c++)
        *c = *c == '\n' || *c == '\r' ? ' ' : *c;
    if (problem != NULL)
        r->g_error_free(problem);
    return fc_error_set(err, FC_E_FORMAT, "broken SVG: %s", words);
}

/* Width over height, by the sizes that the drawing states, else by what it covers. */
static double aspect_of(const fc_rsvg *r, RsvgHandle *handle)
{
    RsvgRectangle ink = {0, 0, 1, 1}, box;
    gboolean has_w, has_h, has_box;
    RsvgLength w, h;
    double px_w, px_h;

    if (r->handle_get_intrinsic_size_in_pixels(handle, &px_w, &px_h) && px_w > 0 && px_h > 0)
        return px_w / px_h;
    r->handle_get_intrinsic_dimensions(handle, &has_w, &w, &has_h, &h, &has_box, &box);
    if (has_box && box.width > 0 && box.height > 0)
        return box.width / box.height;
    if (r->handle_get_geometry_for_element(handle, NULL, &ink, NULL, NULL) && ink.width > 0 &&
        ink.height > 0)
        return ink.width / ink.height;
    return 1;
}

static uint32_t shorter_side(uint32_t longer, double ratio)
{
    const double side = longer * ratio + 0.5;

    return side < 1 ? 1 : side > longer ? longer : (uint32_t)side;
}

/* Lines of native 32-bit words, 0x00RRGGBB, to RGB. */
static void take_pixels(const fc_rsvg *r, cairo_surface_t *surface, fc_image *out)
{
    const unsigned char *from = r->cairo_image_surface_get_data(surface);
    const size_t stride = (size_t)r->cairo_image_surface_get_stride(surface);
    uint8_t *to = out->pixels;

    for (uint32_t y = 0; y < out->height; y++)
        for (uint32_t x = 0; x < out->width; x++, to += 3) {
            uint32_t pixel;

            memcpy(&pixel, from + y * stride + 4 * (size_t)x, sizeof(pixel));
            to[0] = (uint8_t)(pixel >> 16);
            to[1] = (uint8_t)(pixel >> 8);
            to[2] = (uint8_t)pixel;
        }
}

static fc_status draw_on(const fc_rsvg *r, cairo_surface_t *surface, RsvgHandle *handle,
                         uint8_t ground, const fc_image *size, fc_error *err)
{
    const RsvgRectangle all = {0, 0, size->width, size->height};
    const double level = ground / 255.0;
    cairo_t *cr = r->cairo_create(surface);
    GError *problem = NULL;
    fc_status st = FC_OK;

    r->cairo_set_source_rgb(cr, level, level, level);
    r->cairo_paint(cr);
    if (!r->handle_render_document(handle, cr, &all, &problem))
        st = refuse(r, problem, err);
    else if (r->cairo_status(cr) != CAIRO_STATUS_SUCCESS)
        st = fc_error_set(err, FC_E_FORMAT, "broken SVG: %s",
                          r->cairo_status_to_string(r->cairo_status(cr)));
    r->cairo_destroy(cr);
    return st;
}

static fc_status draw(const fc_rsvg *r, RsvgHandle *handle, const fc_image_source *in,
                      fc_image *out, fc_error *err)
{
    cairo_surface_t *surface;
    double aspect;
    fc_status st;

    r->handle_set_dpi(handle, 96);
    aspect = aspect_of(r, handle);
    out->width = aspect >= 1 ? in->svg_side : shorter_side(in->svg_side, aspect);
    out->height = aspect >= 1 ? shorter_side(in->svg_side, 1 / aspect) : in->svg_side;
    st = fc__check_image_size(out->width, out->height, in->limits.max_pixels, err);
    if (st != FC_OK)
        return st;
    out->pixels = fc__alloc_array((size_t)out->width * out->height, 3);
    if (out->pixels == NULL)
        return fc__nomem(err, (size_t)out->width * out->height * 3, "the pixels of an SVG");
    surface = r->cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)out->width, (int)out->height);
    st = draw_on(r, surface, handle, in->ground, out, err);
    r->cairo_surface_flush(surface);
    if (st == FC_OK)
        take_pixels(r, surface, out);
    r->cairo_surface_destroy(surface);
    return st;
}

fc_status fc__decode_svg(const fc_image_source *in, fc_image *out, fc_error *err)
{
    GError *problem = NULL;
    fc_rsvg functions;
    const fc_rsvg *r = &functions;
    RsvgHandle *handle;
    fc_status st;

    if (in->svg_side > INT16_MAX) /* cairo's own limit */
        return fc_error_set(err, FC_E_LIMIT, "an SVG cannot be drawn at a side of %u pixels",
                            in->svg_side);
    st = fc__svg_scan(in->bytes, in->n, in->limits.max_nesting, err);
    if (st == FC_OK)
        st = fc__rsvg_load(&functions, err);
    if (st != FC_OK)
        return st;
    handle = r->handle_new_from_data(in->bytes, in->n, &problem);
    if (handle == NULL)
        return refuse(r, problem, err);
    st = draw(r, handle, in, out, err);
    r->g_object_unref(handle);
    if (st != FC_OK) {
        fc__image_dispose(out);
        return st;
    }
    out->format = "SVG";
    return FC_OK;
}

#else

fc_status fc__decode_svg(const fc_image_source *in, fc_image *out, fc_error *err)
{
    (void)in;
    (void)out;
    return fc_error_set(err, FC_E_UNSUPPORTED,
                        "SVG images need librsvg, which this build is without: "
                        "install librsvg2-dev and build again");
}

#endif
