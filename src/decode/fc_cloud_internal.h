/*
 * What the readers of point clouds share: one function a format, behind fc__decode_cloud; a cloud
 * that grows; and a cursor over text that reads numbers whatever the locale.
 *
 * Threads: stateless.
 */
#ifndef FC_CLOUD_INTERNAL_H
#define FC_CLOUD_INTERNAL_H

#include "fc_cloud.h"

/* A cloud while it is read. `cloud` owns its arrays; capacities are in rows of three. */
typedef struct fc_cloud_build {
    fc_cloud cloud;
    size_t points_capacity, triangles_capacity;
    uint64_t max_points;
} fc_cloud_build;

/* Append a row; finite already. FC_E_LIMIT over max_points. */
fc_status fc__cloud_add_point(fc_cloud_build *b, const float point[3], fc_error *err);
/* Append the fan of a polygon of n corners; fewer than three make no triangle. Indices are not
 * held against the points yet: fc__cloud_check_triangles does. */
fc_status fc__cloud_add_polygon(fc_cloud_build *b, const uint32_t *corners, size_t n,
                                fc_error *err);
/* Room for n rows of points, and of normals or colours when asked for: once the count has been held
 * against the bytes. */
fc_status fc__cloud_reserve(fc_cloud_build *b, uint64_t n, bool normals, bool colours,
                            fc_error *err);
/* Every index below n_points, or FC_E_FORMAT. */
fc_status fc__cloud_check_triangles(const fc_cloud *c, const char *format, fc_error *err);
/* Colours as numbers without a type: when one is over 1, all are of 255. FC_E_FORMAT outside of
 * that. */
fc_status fc__cloud_scale_colours(fc_cloud *c, const char *format, fc_error *err);
/* Columns behind x y z without a name: `rows` are n x n_columns. Triples of unit length are
 * normals, others colours. Takes three columns from `first` on. */
fc_status fc__cloud_take_columns(fc_cloud *c, const float *rows, size_t n_columns, size_t first,
                                 const char *format, fc_error *err);
/* A triple to floats. FC_E_FORMAT when one is not finite as a float: "PLY line 12: y is nan". */
fc_status fc__cloud_finite(const double v[3], float out[3], const char *what, const char *format,
                           const char *unit, uint64_t place, fc_error *err);

/* Make every two points of the same coordinates one; triangles follow. Points keep the order of
 * their first corner. */
fc_status fc__cloud_weld(fc_cloud *c, fc_error *err);

/* A cursor over text, from `at` on; `line` counts from 1. */
typedef struct fc_cloud_text {
    const char *at, *end;
    size_t line;
} fc_cloud_text;

/* Over all bytes but a byte-order mark. */
fc_cloud_text fc__cloud_text_over(const uint8_t *bytes, size_t n);
/* Skip blanks, tabs and (within a line) nothing else; false at the end of the line or text. */
bool fc__cloud_skip_blanks(fc_cloud_text *t);
/* Past the end of this line (\n, \r\n or \r); false when the text is at its end. */
bool fc__cloud_next_line(fc_cloud_text *t);
/* Skip blanks, ends of lines and comments that begin with `comment` (0: none). */
bool fc__cloud_skip_space(fc_cloud_text *t, char comment);
/* The word at the cursor: up to the next blank or end of line. Length 0 at the end of a line. */
size_t fc__cloud_word(const fc_cloud_text *t);
bool fc__cloud_word_is(const fc_cloud_text *t, size_t n, const char *word);
/* A number at the cursor: moves behind it. Takes "nan" and "inf" as C does: the caller refuses
 * them by name. False: no number there, the cursor stays. */
bool fc__cloud_number(fc_cloud_text *t, double *out);
/* A whole number in decimal, with a sign; false also when it does not fit in 63 bits. */
bool fc__cloud_integer(fc_cloud_text *t, int64_t *out);
/* Decimal text to the nearest double, in any locale: at most n bytes from s. Returns the bytes
 * taken, 0 when there is no number. */
size_t fc__cloud_parse_double(const char *s, size_t n, double *out);
/* FC_E_FORMAT "OFF line 3: 'abc' where a number was wanted". */
fc_status fc__cloud_bad_word(const fc_cloud_text *t, const char *format, const char *wanted,
                             fc_error *err);
/* As many numbers as wanted, on this line. */
fc_status fc__cloud_numbers(fc_cloud_text *t, double *out, size_t n, const char *format,
                            fc_error *err);

/* Each takes the whole file and fills b->cloud. */
fc_status fc__cloud_read_ply(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err);
fc_status fc__cloud_read_obj(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err);
fc_status fc__cloud_read_off(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err);
fc_status fc__cloud_read_stl(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err);
fc_status fc__cloud_read_xyz(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err);
fc_status fc__cloud_read_npy(const uint8_t *bytes, size_t n, fc_cloud_build *b, fc_error *err);

/* Is this a binary STL? Its size says so: 84 bytes and 50 a triangle. */
bool fc__cloud_is_binary_stl(const uint8_t *bytes, size_t n);

#endif /* FC_CLOUD_INTERNAL_H */
