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
 * most. Appends to *out. `limits` may be NULL. */
fc_status fc__thumbnail_of_image(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                                 fc_buf *out, fc_error *err);

/* A point cloud's or mesh's bytes (fc_shape_view.h); `name` as for fc__decode_cloud. */
fc_status fc__thumbnail_of_shape(const uint8_t *bytes, size_t n, const char *name,
                                 const fc_decode_limits *limits, fc_buf *out, fc_error *err);

#endif /* FC_THUMBNAIL_H */
