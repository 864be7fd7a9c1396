/*
 * The golden arrays below tests/golden/clouds/prep: raw little-endian values without a header.
 */
#ifndef PREP_GOLDEN_H
#define PREP_GOLDEN_H

#include "decode/golden_files.h"

#define GOLDEN_POINTS 400
#define GOLDEN_NEAR   12 /* neighbours */
#define GOLDEN_ORDER  64 /* farthest points */

/* The file NAME, of exactly n bytes; the caller frees it. */
static inline void *prep_golden(const char *name, size_t n)
{
    char *path = NULL;
    size_t size;
    uint8_t *bytes;

    assert_true(asprintf(&path, "clouds/prep/%s", name) > 0);
    bytes = golden_read(path, &size);
    assert_int_equal(size, n);
    free(path);
    return bytes;
}

#endif /* PREP_GOLDEN_H */
