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

/* Check every chunk of the PNG at `bytes` and inflate its pixels. False, with nothing to dispose
 * of, where that does not go: interlaced, large, damaged in any way. Then libpng reads the file
 * itself and says what is wrong. Where it is true, neither CRC nor Adler-32 need be looked at again
 * (those of the new IDAT chunk are 0). */
bool fc__png_inflate(const uint8_t *bytes, size_t n, fc_png_stored *out);
void fc__png_stored_dispose(fc_png_stored *s);

#endif /* FC_PNG_INFLATE_H */
