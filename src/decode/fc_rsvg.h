/*
 * librsvg and what it stands on, loaded when the first SVG is met: it brings some fifty libraries,
 * which would more than double the start of a program that may never see one.
 *
 * Threads: stateless; the system loads a library once and counts.
 */
#ifndef FC_RSVG_H
#define FC_RSVG_H

#include <featcache/types.h>

#ifdef FC_HAVE_RSVG

#include <librsvg/rsvg.h>

/* A pointer to a function as its header declares it. */
typedef struct fc_rsvg {
    __typeof__(&(rsvg_handle_new_from_data)) handle_new_from_data;
    __typeof__(&(rsvg_handle_get_intrinsic_size_in_pixels)) handle_get_intrinsic_size_in_pixels;
    __typeof__(&(rsvg_handle_get_intrinsic_dimensions)) handle_get_intrinsic_dimensions;
    __typeof__(&(rsvg_handle_get_geometry_for_element)) handle_get_geometry_for_element;
    __typeof__(&(rsvg_handle_render_document)) handle_render_document;
    __typeof__(&(rsvg_handle_set_dpi)) handle_set_dpi;
    __typeof__(&(cairo_create)) cairo_create;
    __typeof__(&(cairo_set_source_rgb)) cairo_set_source_rgb;
    __typeof__(&(cairo_paint)) cairo_paint;
    __typeof__(&(cairo_status)) cairo_status;
    __typeof__(&(cairo_status_to_string)) cairo_status_to_string;
    __typeof__(&(cairo_destroy)) cairo_destroy;
    __typeof__(&(cairo_image_surface_create)) cairo_image_surface_create;
    __typeof__(&(cairo_image_surface_get_data)) cairo_image_surface_get_data;
    __typeof__(&(cairo_image_surface_get_stride)) cairo_image_surface_get_stride;
    __typeof__(&(cairo_surface_flush)) cairo_surface_flush;
    __typeof__(&(cairo_surface_destroy)) cairo_surface_destroy;
    __typeof__(&(g_object_unref)) g_object_unref;
    __typeof__(&(g_error_free)) g_error_free;
} fc_rsvg;

/* Fill in all of *out. Once loaded the libraries stay. FC_E_UNSUPPORTED: they are not installed, or
 * lack a function. */
fc_status fc__rsvg_load(fc_rsvg *out, fc_error *err);

#endif

#endif /* FC_RSVG_H */
