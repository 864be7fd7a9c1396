/*
 * JPEG out, for thumbnails.
 */
#ifndef FC_JPEG_WRITE_H
#define FC_JPEG_WRITE_H

#include "fc_decode.h"

/* Append a baseline JPEG of `image` to *out. quality 1 to 100. */
fc_status fc__jpeg_write(const fc_image *image, int quality, fc_buf *out, fc_error *err);

#endif /* FC_JPEG_WRITE_H */
