/*
 * Which decoders this library was built with: part of the provenance of what they decoded.
 */
#include <stdio.h>

#include <jpeglib.h>
#include <png.h>

#ifdef FC_RSVG_VERSION
#define RSVG_NAME ", librsvg " FC_RSVG_VERSION ", cairo " FC_CAIRO_VERSION
#else
#define RSVG_NAME ""
#endif

#include "fc_decode.h"

#define TEXT(x)    #x
#define TEXT_OF(x) TEXT(x)

#ifdef LIBJPEG_TURBO_VERSION
#define JPEG_NAME "libjpeg-turbo " TEXT_OF(LIBJPEG_TURBO_VERSION)
#else
#define JPEG_NAME "libjpeg " TEXT_OF(JPEG_LIB_VERSION)
#endif

const char *fc__decode_versions(void)
{
    return JPEG_NAME ", libpng " PNG_LIBPNG_VER_STRING ", libwebp " FC_WEBP_VERSION RSVG_NAME;
}
