/*
 * CIELAB: the two tables, and a pixel through them.
 */
#include "fc_lab.h"

#include <math.h>

/* Below this share of white CIE 15 replaces the cube root by a line: (6/29)^3. */
#define DARK 0.008856

/* No libm: by Newton's method from above, in double, which ends within a unit of the last place. */
static double cube_root(double t)
{
    double x = 1.0;

    for (int i = 0; i < 40; i++)
        x = (2.0 * x + t / (x * x)) / 3.0;
    return x;
}

/* The levels come from pow(), but no result times 65535 lies nearer than 0.001 to where rounding
 * changes, so that the last bits of a libm do not matter. */
static uint16_t to_linear(int level)
{
    const double v = level / 255.0;
    const double linear = v > 0.04045 ? pow((v + 0.055) / 1.055, 2.4) : v / 12.92;

    return (uint16_t)(linear * 65535.0 + 0.5);
}

void fc__lab_table(fc_lab_table *out)
{
    for (int i = 0; i < 256; i++)
        out->linear[i] = to_linear(i);
    for (int i = 0; i <= UINT16_MAX; i++) {
        const double t = i / 65535.0;
        const double f = t > DARK ? cube_root(t) : 7.787 * t + 16.0 / 116.0;

        out->root[i] = (uint16_t)(f * FC_LAB_ONE + 0.5);
    }
}

/* Rows of the matrix from linear sRGB to X, Y, Z, each over the white's, times 2^16. */
static const uint32_t to_xyz[3][3] = {
    {28439, 24656, 12440},
    {13938, 46868, 4730},
    {1164, 7174, 57194},
};

void fc__lab_of(const fc_lab_table *table, const uint8_t rgb[3], int32_t lab[3])
{
    int32_t f[3];

    for (int i = 0; i < 3; i++) {
        uint32_t sum = 1u << 15;

        for (int k = 0; k < 3; k++)
            sum += to_xyz[i][k] * table->linear[rgb[k]];
        f[i] = table->root[sum >> 16]; /* no row sums to more than 65536 */
    }
    lab[0] = 116 * f[1] - 16 * FC_LAB_ONE;
    lab[1] = 500 * (f[0] - f[1]);
    lab[2] = 200 * (f[1] - f[2]);
}
