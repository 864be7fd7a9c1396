/*
 * The pixels of a PNG, inflated at once by libdeflate, then handed to libpng as the same file with
 * its pixels stored: libpng inflates a line at a time with zlib, which is most of its time.
 */
#ifndef FC_PNG_INFLATE_H
#define FC_PNG_INFLATE_H

#include "fc_decode.h"

/* A piece of the file that libpng is to read. */
typedef struct fc_png_span {
    const uint8_t *bytes;
    size_t n;
} fc_png_span;

typedef struct fc_png_stored {
    uint8_t *raw;   /* filtered lines */
    uint8_t *heads; /* of the stored blocks */
    fc_png_span *spans;
    size_t n_spans;
} fc_png_stored;

typedef enum fc_png_found {
    FC_PNG_STORED, /* *out has the pieces; no CRC and no Adler-32 need be looked at again (those of
                      the new IDAT chunk are 0) */
    FC_PNG_AS_IT_IS, /* sound chunks whose pixels are left to libpng: interlaced, large, odd */
    FC_PNG_DAMAGED,  /* a wrong CRC, or no IEND */
    FC_PNG_TOO_MUCH, /* inflates to more than its picture holds, as a bomb does */
} fc_png_found;

/* Check every chunk of the PNG at `bytes` and inflate its pixels. Only FC_PNG_STORED leaves
 * something to dispose of. */
fc_png_found fc__png_inflate(const uint8_t *bytes, size_t n, fc_png_stored *out);
void fc__png_stored_dispose(fc_png_stored *s);

#endif /* FC_PNG_INFLATE_H */
