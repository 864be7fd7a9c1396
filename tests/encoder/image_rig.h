/*
 * Pictures as `prepare` leaves them, for tests of what the image encoders make of them.
 */
#ifndef IMAGE_RIG_H
#define IMAGE_RIG_H

#include "builtin_rig.h"

#define SIZE 112

/* A square of pixels, one channel or three. */
static inline fc_prepared picture(uint64_t channels)
{
    fc_prepared p = {.tensor = FC_TENSOR_INIT, .bytes = FC_BUF_INIT};
    fc_error err = FC_ERROR_INIT;

    assert_status(
        FC_OK, fc_tensor_alloc(&p.tensor, FC_U8, 3, (const uint64_t[]){SIZE, SIZE, channels}, &err),
        &err);
    return p;
}

/* White with a dark ring around (x, y). */
static inline fc_prepared ring(int cx, int cy)
{
    fc_prepared p = picture(1);
    uint8_t *px = p.tensor.data;

    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++) {
            const int r2 = (x - cx) * (x - cx) + (y - cy) * (y - cy);

            px[y * SIZE + x] = r2 > 15 * 15 && r2 < 25 * 25 ? 30 : 255;
        }
    return p;
}

static inline void encode(builtin_rig *r, fc_prepared *p, builtin_result *out)
{
    assert_status(FC_OK, builtin_run(r, p, NULL, out), &r->err);
    fc_tensor_dispose(&p->tensor);
}

/* The file `name` below tests/golden to all outputs. */
static inline void encode_golden(builtin_rig *r, const char *name, builtin_result *out)
{
    size_t n;
    uint8_t *bytes = golden_read(name, &n);

    builtin_encode(r, bytes, n, out);
    free(bytes);
}

#endif /* IMAGE_RIG_H */
