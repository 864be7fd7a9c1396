/*
 * Loading librsvg; its functions and those of cairo and GLib are found through it.
 */
#include "fc_rsvg.h"

#ifdef FC_HAVE_RSVG

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define LIBRARY "librsvg-2.so.2"

static const struct {
    size_t offset;
    const char *name;
} functions[] = {
    {offsetof(fc_rsvg, handle_new_from_data), "rsvg_handle_new_from_data"},
    {offsetof(fc_rsvg, handle_get_intrinsic_size_in_pixels),
     "rsvg_handle_get_intrinsic_size_in_pixels"},
    {offsetof(fc_rsvg, handle_get_intrinsic_dimensions), "rsvg_handle_get_intrinsic_dimensions"},
    {offsetof(fc_rsvg, handle_get_geometry_for_element), "rsvg_handle_get_geometry_for_element"},
    {offsetof(fc_rsvg, handle_render_document), "rsvg_handle_render_document"},
    {offsetof(fc_rsvg, handle_set_dpi), "rsvg_handle_set_dpi"},
    {offsetof(fc_rsvg, cairo_create), "cairo_create"},
    {offsetof(fc_rsvg, cairo_set_source_rgb), "cairo_set_source_rgb"},
    {offsetof(fc_rsvg, cairo_paint), "cairo_paint"},
    {offsetof(fc_rsvg, cairo_status), "cairo_status"},
    {offsetof(fc_rsvg, cairo_status_to_string), "cairo_status_to_string"},
    {offsetof(fc_rsvg, cairo_destroy), "cairo_destroy"},
    {offsetof(fc_rsvg, cairo_image_surface_create), "cairo_image_surface_create"},
    {offsetof(fc_rsvg, cairo_image_surface_get_data), "cairo_image_surface_get_data"},
    {offsetof(fc_rsvg, cairo_image_surface_get_stride), "cairo_image_surface_get_stride"},
    {offsetof(fc_rsvg, cairo_surface_flush), "cairo_surface_flush"},
    {offsetof(fc_rsvg, cairo_surface_destroy), "cairo_surface_destroy"},
    {offsetof(fc_rsvg, g_object_unref), "g_object_unref"},
    {offsetof(fc_rsvg, g_error_free), "g_error_free"},
};

fc_status fc__rsvg_load(fc_rsvg *out, fc_error *err)
{
    void *library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    fc_status st = FC_OK;

    if (library == NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "SVG images need librsvg (%s): install the package librsvg2-2",
                            dlerror());
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]) && st == FC_OK; i++) {
        void *f = dlsym(library, functions[i].name);

        if (f == NULL)
            st = fc_error_set(err, FC_E_UNSUPPORTED, "%s lacks %s: it is older than this needs",
                              LIBRARY, functions[i].name);
        memcpy((char *)out + functions[i].offset, &f, sizeof(f));
    }
    dlclose(library); /* it stays, and so do the functions */
    return st;
}

#endif
