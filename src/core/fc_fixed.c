/*
 * A logarithm by its series, a cube root by Newton's steps. frexp and ldexp are exact.
 */
#include "fc_fixed.h"

#include <math.h>

double fc__fixed_log(double x)
{
    int exponent;
    double m = frexp(x, &exponent), s, s2, sum = 0;

    if (m < 0.70710678118654752) {
        m *= 2;
        exponent--;
    }
    /* log m = 2 atanh(s), |s| <= 0.1716: s^23 / 23 is below 2^-60. */
    s = (m - 1) / (m + 1);
    s2 = s * s;
    for (int k = 21; k >= 1; k -= 2)
        sum = sum * s2 + 1.0 / k;
    return 2 * s * sum + exponent * 0.69314718055994531;
}

double fc__fixed_cbrt(double x)
{
    int exponent;
    double m, y = 0.8;

    if (!(x > 0))
        return 0;
    m = frexp(x, &exponent);
    for (; exponent % 3 != 0; exponent++)
        m /= 2;
    /* m is in [1/8, 1), its root in [1/2, 1): six steps double the digits from one to over 50. */
    for (int k = 0; k < 7; k++)
        y -= (y - m / (y * y)) / 3;
    return ldexp(y, exponent / 3);
}
