/*
 * The one thing that is read of EXIF metadata: which way up the picture is.
 *
 * Threads: stateless.
 */
#ifndef FC_EXIF_H
#define FC_EXIF_H

#include "fc_decode.h"

/* The orientation in an EXIF block (with or without "Exif\0\0" in front), untrusted: 1 to 8, and 1
 * where there is none, or where the block is broken: metadata that cannot be read does not make the
 * pixels wrong. Source: EXIF 2.32, 4.6.4 A, tag 0x0112 of the first directory. */
uint8_t fc__exif_orientation(const uint8_t *bytes, size_t n);

/* Turn the picture upright, as Pillow's ImageOps.exif_transpose does. 5 to 8 exchange the sides and
 * need a second picture for a while. FC_E_NOMEM leaves the picture as it was. */
fc_status fc__image_orient(fc_image *im, uint8_t orientation, fc_error *err);

#endif /* FC_EXIF_H */
