/*
 * Fuzzes the answer of the program that draws SVGs. The first byte chooses how the program ended;
 * the rest is what it wrote. Whatever it is: pixels of the side that was asked for, or a reason.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_svg_reply.h"

#define SIDE 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const fc_decode_limits limits = {.max_pixels = 40};
    const fc_image_source in = {.limits = fc__decode_limits(&limits), .svg_side = SIDE};
    fc_buf reply = FC_BUF_INIT;
    fc_image im = FC_IMAGE_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    if (size == 0 || fc_buf_append(&reply, data + 1, size - 1, &err) != FC_OK)
        return 0;
    st = fc__svg_take_reply(&in, &reply, (fc_child_end)(data[0] % 4), data[0] / 4, &im, &err);
    if (st != FC_OK && (im.pixels != NULL || err.message[0] == '\0'))
        abort();
    if (st == FC_OK) {
        const uint64_t n = (uint64_t)im.width * im.height;
        unsigned sum = 0;

        if (im.width > SIDE || im.height > SIDE || n == 0 || n > limits.max_pixels)
            abort();
        for (size_t i = 0; i < n * 3; i++) /* all of them can be read */
            sum += im.pixels[i];
        if (sum > n * 3 * 255)
            abort();
    }
    for (const char *c = err.message; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            abort();
    fc__image_dispose(&im);
    fc_buf_dispose(&reply);
    return 0;
}
