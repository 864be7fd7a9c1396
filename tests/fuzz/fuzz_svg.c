/*
 * Fuzzes the scan of SVG markup: it ends, reads nothing outside, and says why it refuses. librsvg
 * is not called.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_svg_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fc_error err = FC_ERROR_INIT;
    /* What is an SVG by its beginning may still be refused; what passes the scan is one or has an
     * element of another name. */
    const bool svg = fc__svg_sniff(data, size);
    const fc_status st = fc__svg_scan(data, size, 8, &err);

    if (st != FC_OK && err.message[0] == '\0')
        abort();
    if (st == FC_OK && memchr(data, '<', size) == NULL)
        abort();
    if (svg && memmem(data, size, "svg", 3) == NULL)
        abort();
    return 0;
}
