/*
 * Covariance features of a neighbourhood (Weinmann, Jutzi, Hinz and Mallet 2015, table 1).
 */
#include <math.h>
#include <string.h>

#include "fc_fixed.h"
#include "fc_fpfh.h"

static double entropy_of(const double shares[3])
{
    double sum = 0;

    for (size_t k = 0; k < 3; k++)
        if (shares[k] > 0)
            sum -= shares[k] * fc__fixed_log(shares[k]);
    return sum;
}

void fc__covariance_features(const double values[3], double normal_z, float out[FC_FPFH_SHAPE])
{
    const double sum = values[0] + values[1] + values[2];
    double e[3];

    memset(out, 0, FC_FPFH_SHAPE * sizeof(*out));
    if (!(sum > 0))
        return;
    for (size_t k = 0; k < 3; k++)
        e[k] = values[k] / sum;
    out[0] = (float)((e[0] - e[1]) / e[0]);
    out[1] = (float)((e[1] - e[2]) / e[0]);
    out[2] = (float)(e[2] / e[0]);
    out[3] = (float)fc__fixed_cbrt(e[0] * e[1] * e[2]);
    out[4] = (float)((e[0] - e[2]) / e[0]);
    out[5] = (float)entropy_of(e);
    out[6] = (float)sum;
    out[7] = (float)e[2];
    out[8] = (float)(1 - fabs(normal_z));
}
