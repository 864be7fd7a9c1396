/*
 * Window functions, from their formulas in double.
 */
#include "fc_frame_window.h"

#include <math.h>

#define TWO_PI 6.283185307179586476925286766559

static double value(fc_window_kind kind, uint32_t i, uint32_t n)
{
    switch (kind) {
    case FC_WINDOW_HANN:
        return 0.5 - 0.5 * cos(TWO_PI * i / n);
    case FC_WINDOW_HAMMING:
        return 0.54 - 0.46 * cos(TWO_PI * i / n);
    case FC_WINDOW_POVEY:
        return n > 1 ? pow(0.5 - 0.5 * cos(TWO_PI * i / (n - 1)), 0.85) : 1;
    case FC_WINDOW_RECTANGULAR:
        break;
    }
    return 1;
}

void fc__window(fc_window_kind kind, uint32_t n, float *out)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = (float)value(kind, i, n);
}
