/*
 * Jacobi's method (Golub and Van Loan, Matrix Computations, 8.5) for 3 x 3.
 */
#include "fc_eigen3.h"

#include <math.h>
#include <string.h>

#define MAX_SWEEPS 30 /* six or so are enough */

/* One rotation that makes a[p][q] zero; v collects them, a row a vector. */
static void rotate(double a[3][3], double v[3][3], int p, int q)
{
    const int r = 3 - p - q;
    const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    const double c = 1 / sqrt(t * t + 1), s = t * c;
    const double arp = a[r][p], arq = a[r][q];

    a[p][p] -= t * a[p][q];
    a[q][q] += t * a[p][q];
    a[p][q] = a[q][p] = 0;
    a[r][p] = a[p][r] = c * arp - s * arq;
    a[r][q] = a[q][r] = s * arp + c * arq;
    for (int k = 0; k < 3; k++) {
        const double vp = v[p][k], vq = v[q][k];

        v[p][k] = c * vp - s * vq;
        v[q][k] = s * vp + c * vq;
    }
}

static int diagonalise(double a[3][3], double v[3][3])
{
    static const int pairs[3][2] = {{0, 1}, {0, 2}, {1, 2}};
    int n_rotations = 0;

    for (int i = 0; i < 3; i++) {
        const int p = pairs[i][0], q = pairs[i][1];

        /* What the diagonal cannot feel is zero. */
        if (fabs(a[p][q]) <= 0x1p-60 * (fabs(a[p][p]) + fabs(a[q][q])) || fabs(a[p][q]) < 1e-300) {
            a[p][q] = a[q][p] = 0;
            continue;
        }
        rotate(a, v, p, q);
        n_rotations++;
    }
    return n_rotations;
}

static void fix_sign(double v[3])
{
    int largest = 0;

    for (int k = 1; k < 3; k++)
        largest = fabs(v[k]) > fabs(v[largest]) ? k : largest;
    for (int k = 0; k < 3 && v[largest] < 0; k++)
        v[k] = k == largest ? v[k] : -v[k];
    v[largest] = fabs(v[largest]);
}

void fc__eigen3(const double m[6], double values[3], double vectors[3][3])
{
    double a[3][3] = {{m[0], m[1], m[2]}, {m[1], m[3], m[4]}, {m[2], m[4], m[5]}};
    double v[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    int order[3] = {0, 1, 2};

    for (int sweep = 0; sweep < MAX_SWEEPS && diagonalise(a, v) > 0; sweep++)
        continue;
    for (int i = 0; i < 2; i++) /* a stable sort of three */
        for (int j = 0; j < 2; j++)
            if (a[order[j]][order[j]] < a[order[j + 1]][order[j + 1]]) {
                const int kept = order[j];

                order[j] = order[j + 1];
                order[j + 1] = kept;
            }
    for (int k = 0; k < 3; k++) {
        const double value = a[order[k]][order[k]];

        values[k] = value > 0 ? value : 0;
        memcpy(vectors[k], v[order[k]], sizeof(v[0]));
        fix_sign(vectors[k]);
    }
}
