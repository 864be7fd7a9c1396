/*
 * One drawing by librsvg: the only file that includes it. The handle has no base address, so
 * nothing that the drawing refers to is loaded.
 */
#include "svg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librsvg/rsvg.h>

/* The library's words, on one line. */
static void refuse(char problem[256], const char *words)
{
    snprintf(problem, 256, "format %.200s", words);
    for (char *c = problem; *c != '\0'; c++)
        *c = *c == '\n' || *c == '\r' ? ' ' : *c;
}

/* librsvg has no code of its own for want of memory; it repeats cairo's. */
static void refuse_error(char problem[256], GError *error)
{
    if (error != NULL && strstr(error->message, "NoMemory") != NULL)
        snprintf(problem, 256, "limit memory");
    else
        refuse(problem, error != NULL ? error->message : "unknown error");
    g_clear_error(&error);
}

/* Width over height, by the sizes that the drawing states, else by what it covers. */
static double aspect_of(RsvgHandle *handle)
{
    RsvgRectangle ink = {0, 0, 1, 1}, box;
    gboolean has_w, has_h, has_box;
    RsvgLength w, h;
    double px_w, px_h;

    if (rsvg_handle_get_intrinsic_size_in_pixels(handle, &px_w, &px_h) && px_w > 0 && px_h > 0)
        return px_w / px_h;
    rsvg_handle_get_intrinsic_dimensions(handle, &has_w, &w, &has_h, &h, &has_box, &box);
    if (has_box && box.width > 0 && box.height > 0)
        return box.width / box.height;
    if (rsvg_handle_get_geometry_for_element(handle, NULL, &ink, NULL, NULL) && ink.width > 0 &&
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
static uint8_t *take_pixels(cairo_surface_t *surface, uint32_t width, uint32_t height)
{
    const unsigned char *from = cairo_image_surface_get_data(surface);
    const size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    uint8_t *pixels = malloc((size_t)width * height * 3), *to = pixels;

    if (pixels == NULL || from == NULL) {
        free(pixels);
        return NULL;
    }
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++, to += 3) {
            uint32_t pixel;

            memcpy(&pixel, from + y * stride + 4 * (size_t)x, sizeof(pixel));
            to[0] = (uint8_t)(pixel >> 16);
            to[1] = (uint8_t)(pixel >> 8);
            to[2] = (uint8_t)pixel;
        }
    return pixels;
}

static bool draw_on(cairo_surface_t *surface, RsvgHandle *handle, uint8_t ground,
                    const RsvgRectangle *all, char problem[256])
{
    const double level = ground / 255.0;
    cairo_t *cr = cairo_create(surface);
    GError *error = NULL;
    bool drawn = false;

    cairo_set_source_rgb(cr, level, level, level);
    cairo_paint(cr);
    if (!rsvg_handle_render_document(handle, cr, all, &error))
        refuse_error(problem, error);
    else if (cairo_status(cr) == CAIRO_STATUS_NO_MEMORY)
        snprintf(problem, 256, "limit memory");
    else if (cairo_status(cr) != CAIRO_STATUS_SUCCESS)
        refuse(problem, cairo_status_to_string(cairo_status(cr)));
    else
        drawn = true;
    cairo_destroy(cr);
    return drawn;
}

uint8_t *svg_draw(const uint8_t *bytes, size_t n, const svg_order *order, uint32_t *width,
                  uint32_t *height, char problem[256])
{
    GError *error = NULL;
    RsvgHandle *handle = rsvg_handle_new_from_data(bytes, n, &error);
    cairo_surface_t *surface = NULL;
    uint8_t *pixels = NULL;
    RsvgRectangle all = {0, 0, 0, 0};
    double aspect;

    if (handle == NULL) {
        refuse_error(problem, error);
        return NULL;
    }
    rsvg_handle_set_dpi(handle, 96);
    aspect = aspect_of(handle);
    *width = aspect >= 1 ? order->side : shorter_side(order->side, aspect);
    *height = aspect >= 1 ? shorter_side(order->side, 1 / aspect) : order->side;
    all.width = *width;
    all.height = *height;
    if ((uint64_t)*width * *height > order->max_pixels) {
        snprintf(problem, 256, "limit pixels %u %u", *width, *height);
        goto done;
    }
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)*width, (int)*height);
    if (!draw_on(surface, handle, order->ground, &all, problem))
        goto done;
    cairo_surface_flush(surface);
    pixels = take_pixels(surface, *width, *height);
    if (pixels == NULL)
        snprintf(problem, 256, "limit memory");

done:
    if (surface != NULL)
        cairo_surface_destroy(surface);
    g_object_unref(handle);
    return pixels;
}
