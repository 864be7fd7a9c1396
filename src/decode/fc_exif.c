/*
 * EXIF orientation: found in the first directory of a TIFF structure, and applied.
 */
#include "fc_exif.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"

#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT      3
#define TYPE_LONG       4
#define ENTRY_BYTES     12

static uint32_t get16(const uint8_t *p, bool big)
{
    return big ? fc_get_be16(p) : fc_get_le16(p);
}

static uint32_t get32(const uint8_t *p, bool big)
{
    return big ? fc_get_be32(p) : fc_get_le32(p);
}

/* The value of one directory entry when it is an orientation; else 0. */
static uint32_t orientation_of(const uint8_t *entry, bool big)
{
    const uint32_t type = get16(entry + 2, big);

    if (get16(entry, big) != TAG_ORIENTATION || get32(entry + 4, big) != 1)
        return 0;
    if (type == TYPE_SHORT)
        return get16(entry + 8, big);
    return type == TYPE_LONG ? get32(entry + 8, big) : 0;
}

uint8_t fc__exif_orientation(const uint8_t *bytes, size_t n)
{
    size_t at, count;
    bool big;

    if (bytes == NULL)
        return 1;
    if (n >= 6 && memcmp(bytes, "Exif\0\0", 6) == 0) {
        bytes += 6;
        n -= 6;
    }
    if (n < 8 || (memcmp(bytes, "II*\0", 4) != 0 && memcmp(bytes, "MM\0*", 4) != 0))
        return 1;
    big = bytes[0] == 'M';
    at = get32(bytes + 4, big);
    if (at > n - 2)
        return 1;
    count = get16(bytes + at, big);
    at += 2;
    for (; count > 0 && n - at >= ENTRY_BYTES; count--, at += ENTRY_BYTES) {
        const uint32_t found = orientation_of(bytes + at, big);

        if (found != 0)
            return found <= 8 ? (uint8_t)found : 1;
    }
    return 1;
}

/* Where the pixel of the upright picture at (0, 0) lies in the stored one, and how far to go in it
 * for a step right and a step down. */
typedef struct walk {
    size_t first;
    ptrdiff_t right, down;
} walk;

static walk walk_of(uint8_t orientation, size_t w, size_t h)
{
    const ptrdiff_t line = (ptrdiff_t)w;

    switch (orientation) {
    case 2:
        return (walk){w - 1, -1, line};
    case 3:
        return (walk){w * h - 1, -1, -line};
    case 4:
        return (walk){w * (h - 1), 1, -line};
    case 5:
        return (walk){0, line, 1};
    case 6:
        return (walk){w * (h - 1), -line, 1};
    case 7:
        return (walk){w * h - 1, -line, -1};
    case 8:
        return (walk){w - 1, line, -1};
    default:
        return (walk){0, 1, line};
    }
}

fc_status fc__image_orient(fc_image *im, uint8_t orientation, fc_error *err)
{
    const walk step = walk_of(orientation, im->width, im->height);
    const bool turned = orientation >= 5;
    const uint32_t w = turned ? im->height : im->width, h = turned ? im->width : im->height;
    uint8_t *upright, *out;

    if (orientation <= 1 || orientation > 8)
        return FC_OK;
    upright = out = fc__alloc_array((size_t)w * h, 3);
    if (upright == NULL)
        return fc__nomem(err, (size_t)w * h * 3, "a picture to turn");
    for (uint32_t y = 0; y < h; y++) {
        const uint8_t *in = im->pixels + 3 * ((ptrdiff_t)step.first + (ptrdiff_t)y * step.down);

        for (uint32_t x = 0; x < w; x++, in += 3 * step.right, out += 3)
            memcpy(out, in, 3);
    }
    free(im->pixels);
    im->pixels = upright;
    im->width = w;
    im->height = h;
    return FC_OK;
}
