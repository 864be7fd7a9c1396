/*
 * Point feature histograms: of a point with each of its neighbours, the three angles between their
 * normals and the line between them (Darboux frame), counted in 11 bins each.
 */
#include <math.h>
#include <string.h>

#include "fc_fpfh.h"

/* Directions of 2 pi j / 11. */
static const double edges[FC_FPFH_BINS][2] = {
    {1, 0},
    {0.84125353283118121, 0.54064081745559756},
    {0.41541501300188644, 0.90963199535451833},
    {-0.142314838273285, 0.9898214418809328},
    {-0.65486073394528499, 0.75574957435425827},
    {-0.95949297361449737, 0.28173255684142967},
    {-0.95949297361449748, -0.28173255684142939},
    {-0.65486073394528521, -0.75574957435425816},
    {-0.14231483827328523, -0.98982144188093268},
    {0.41541501300188605, -0.90963199535451855},
    {0.84125353283118121, -0.54064081745559744},
};

size_t fc__fpfh_angle_bin(double y, double x)
{
    /* The angle plus pi: from 0 to 2 pi. */
    const double u = -x, v = -y;
    size_t bin = 0;

    if (v == 0 && u > 0) /* the angle is pi, the end of the last bin */
        return FC_FPFH_BINS - 1;
    for (size_t j = v < 0 ? 6 : 1; j <= (v < 0 ? 10u : 5u); j++)
        bin += edges[j][0] * v - edges[j][1] * u >= 0;
    return v < 0 ? bin + 5 : bin;
}

/* Of -1 to 1. */
static size_t cosine_bin(double c)
{
    const double at = floor(FC_FPFH_BINS * (c + 1) * 0.5);

    return at < 0 ? 0 : at >= FC_FPFH_BINS ? FC_FPFH_BINS - 1 : (size_t)at;
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* Bins of one pair. Points on one another, and a line along the normal, have no frame: all angles
 * are taken as 0. */
static void pair_bins(const float *p, const float *pn, const float *q, const float *qn,
                      size_t bins[3])
{
    double line[3], n1[3], n2[3], v[3], w[3], length, along1, along2, angle;

    for (size_t a = 0; a < 3; a++) {
        line[a] = (double)q[a] - (double)p[a];
        n1[a] = (double)pn[a];
        n2[a] = (double)qn[a];
        bins[a] = FC_FPFH_BINS / 2;
    }
    length = sqrt(dot(line, line));
    if (length == 0)
        return;
    along1 = dot(n1, line) / length;
    along2 = dot(n2, line) / length;
    angle = along1;
    /* The frame stands on the point whose normal is nearer to the line. */
    if (fabs(along1) < fabs(along2)) {
        memcpy(v, n1, sizeof(v));
        memcpy(n1, n2, sizeof(n1));
        memcpy(n2, v, sizeof(n2));
        for (size_t a = 0; a < 3; a++)
            line[a] = -line[a];
        angle = -along2;
    }
    cross(line, n1, v);
    length = sqrt(dot(v, v));
    if (length == 0)
        return;
    for (size_t a = 0; a < 3; a++)
        v[a] /= length;
    cross(n1, v, w);
    bins[0] = fc__fpfh_angle_bin(dot(w, n2), dot(n1, n2));
    bins[1] = cosine_bin(dot(v, n2));
    bins[2] = cosine_bin(angle);
}

void fc__fpfh_simple(fc_fpfh_cloud *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const uint32_t *near = c->index + i * c->k;
        float *out = c->spfh + i * FC_FPFH_VALUES;
        uint32_t counts[FC_FPFH_VALUES] = {0};

        for (size_t j = 1; j < c->k; j++) {
            const size_t other = near[j];
            size_t bins[3];

            pair_bins(c->points + 3 * i, c->normals + 3 * i, c->points + 3 * other,
                      c->normals + 3 * other, bins);
            for (size_t a = 0; a < 3; a++)
                counts[a * FC_FPFH_BINS + bins[a]]++;
        }
        for (size_t b = 0; b < FC_FPFH_VALUES; b++)
            out[b] = c->k > 1 ? (float)(100.0 * counts[b] / (double)(c->k - 1)) : 0.0f;
    }
}

void fc__fpfh_at(const fc_fpfh_cloud *c, size_t i, float out[FC_FPFH_VALUES])
{
    const float *own = c->spfh + i * FC_FPFH_VALUES;
    double values[FC_FPFH_VALUES] = {0}, sums[3] = {0};

    for (size_t j = 1; j < c->k; j++) {
        const double square = c->square[i * c->k + j];
        const float *other = c->spfh + (size_t)c->index[i * c->k + j] * FC_FPFH_VALUES;

        for (size_t b = 0; b < FC_FPFH_VALUES && square != 0; b++) {
            const double v = (double)other[b] / square;

            sums[b / FC_FPFH_BINS] += v;
            values[b] += v;
        }
    }
    for (size_t b = 0; b < FC_FPFH_VALUES; b++) {
        const double sum = sums[b / FC_FPFH_BINS];

        out[b] = (float)((sum != 0 ? values[b] * (100 / sum) : 0) + (double)own[b]);
    }
}
