/*
 * Small pictures for pages, as JPEG.
 *
 * Threads: stateless.
 */
#ifndef FC_THUMBNAIL_H
#define FC_THUMBNAIL_H

#include "fc_decode.h"

#define FC_THUMBNAIL_SIDE 192u
#define FC_THUMBNAIL_TYPE "image/jpeg"

/* An image file's bytes (whatever fc__decode_image reads), its longer side FC_THUMBNAIL_SIDE at
 * most. Appends to *out. */
fc_status fc__thumbnail_of_image(const uint8_t *bytes, size_t n, fc_buf *out, fc_error *err);

/* A point cloud's or mesh's bytes (fc_shape_view.h); `name` as for fc__decode_cloud. */
fc_status fc__thumbnail_of_shape(const uint8_t *bytes, size_t n, const char *name, fc_buf *out,
                                 fc_error *err);

#endif /* FC_THUMBNAIL_H */
