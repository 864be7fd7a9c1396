/*
 * The whole shape as one vector: blocks that are each scaled to unit length, times a weight.
 *
 *     d2        bins  distances between pairs of points (Osada et al. 2002), by their mean
 *     profile  8 x 8  height of a point, and its distance from the upright axis
 *     slope    8 x 4  height of a point, and how upright its normal is
 *     fpfh   33 + 33  mean and deviation of the patches' histograms
 *     shape    9 + 9  mean and deviation of all covariance features
 *     extent       3  the longer and the shorter side of the footprint, and the height
 *
 * Nothing of it changes when the shape is turned about the upright axis, but for the footprint,
 * which is that of the box. Weights were chosen in round numbers on furniture models.
 */
#include <math.h>
#include <string.h>

#include "fc_fpfh.h"
#include "fc_moments.h"
#include "fc_vec.h"

/* Points whose pairs are measured; Osada et al. take 1024 x 1024 distances. */
#define D2_POINTS 1024
/* Distances up to so many times their mean; the last bin takes what is beyond. */
#define D2_RANGE 3.0
#define LEVELS   8 /* of height */
#define RINGS    8
#define SLOPES   4

enum { D2, PROFILE, SLOPE, FPFH_MEAN, FPFH_SPREAD, SHAPE_MEAN, SHAPE_SPREAD, EXTENT, N_BLOCKS };

static const double weights[N_BLOCKS] = {
    [D2] = 1,           [PROFILE] = 1,         [SLOPE] = 1,  [FPFH_MEAN] = 0.5, [FPFH_SPREAD] = .25,
    [SHAPE_MEAN] = 0.5, [SHAPE_SPREAD] = 0.25, [EXTENT] = 1,
};

/* Lengths of the blocks. */
static void block_sizes(const fc_fpfh_rule *rule, size_t out[N_BLOCKS])
{
    out[D2] = rule->bins;
    out[PROFILE] = LEVELS * RINGS;
    out[SLOPE] = LEVELS * SLOPES;
    out[FPFH_MEAN] = out[FPFH_SPREAD] = FC_FPFH_VALUES;
    out[SHAPE_MEAN] = out[SHAPE_SPREAD] = FC_FPFH_SHAPE;
    out[EXTENT] = 3;
}

uint32_t fc__fpfh_pooled_dim(const fc_fpfh_rule *rule)
{
    size_t sizes[N_BLOCKS], sum = 0;

    block_sizes(rule, sizes);
    for (size_t b = 0; b < N_BLOCKS; b++)
        sum += sizes[b];
    return (uint32_t)sum;
}

/* The bin of `part` of `whole`; all of nothing is in the first. */
static size_t bin_of(double part, double whole, size_t n)
{
    const double at = whole > 0 ? part / whole * (double)n : 0;

    return at <= 0 ? 0 : at >= (double)n ? n - 1 : (size_t)at;
}

/* Square roots of a histogram: the dot product of two is their Bhattacharyya coefficient. */
static void to_roots(float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)sqrt((double)out[i]);
}

static double distance(const float *p, const float *q)
{
    const double x = (double)p[0] - (double)q[0], y = (double)p[1] - (double)q[1],
                 z = (double)p[2] - (double)q[2];

    return sqrt(x * x + y * y + z * z);
}

static void measure_pairs(const fc_fpfh_cloud *c, size_t bins, float *out)
{
    const size_t n = c->n < D2_POINTS ? c->n : D2_POINTS;
    double sum = 0;

    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < i; j++)
            sum += distance(c->points + 3 * i, c->points + 3 * j);
    sum /= (double)n * (double)(n - 1) / 2;
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < i; j++)
            out[bin_of(distance(c->points + 3 * i, c->points + 3 * j), D2_RANGE * sum, bins)] += 1;
    to_roots(out, bins);
}

typedef struct box {
    double low[3], size[3];
} box;

static box box_of(const fc_fpfh_cloud *c)
{
    box b;

    for (size_t a = 0; a < 3; a++) {
        float low = c->points[a], high = low;

        for (size_t i = 1; i < c->n; i++) {
            low = c->points[3 * i + a] < low ? c->points[3 * i + a] : low;
            high = c->points[3 * i + a] > high ? c->points[3 * i + a] : high;
        }
        b.low[a] = (double)low;
        b.size[a] = (double)high - (double)low;
    }
    return b;
}

/* Where points are, and how they lean, by height: in the box, whose corner is the last ring. */
static void profile(const fc_fpfh_cloud *c, const box *b, float *rings, float *slopes)
{
    const double reach = sqrt(b->size[0] * b->size[0] + b->size[1] * b->size[1]) / 2;

    for (size_t i = 0; i < c->n; i++) {
        const float *p = c->points + 3 * i;
        const double x = (double)p[0] - (b->low[0] + b->size[0] / 2);
        const double y = (double)p[1] - (b->low[1] + b->size[1] / 2);
        const size_t level = bin_of((double)p[2] - b->low[2], b->size[2], LEVELS);

        rings[level * RINGS + bin_of(sqrt(x * x + y * y), reach, RINGS)] += 1;
        slopes[level * SLOPES + bin_of(fabs((double)c->normals[3 * i + 2]), 1, SLOPES)] += 1;
    }
    to_roots(rings, LEVELS * RINGS);
    to_roots(slopes, LEVELS * SLOPES);
}

/* To unit length, times the weight; a block of zeros (no spread) stays one. */
static void weigh(float *block, size_t n, double weight)
{
    const double squares = fc__dot_ordered(block, block, n);

    for (size_t i = 0; i < n && squares > 0; i++)
        block[i] = (float)((double)block[i] * (weight / sqrt(squares)));
}

fc_status fc__fpfh_pooled(const fc_fpfh_rule *rule, const fc_fpfh_cloud *c, float *out,
                          fc_error *err)
{
    const box b = box_of(c);
    size_t sizes[N_BLOCKS];
    float *at[N_BLOCKS];
    fc_status st;

    block_sizes(rule, sizes);
    at[0] = out;
    for (size_t k = 1; k < N_BLOCKS; k++)
        at[k] = at[k - 1] + sizes[k - 1];
    memset(out, 0, fc__fpfh_pooled_dim(rule) * sizeof(*out));
    measure_pairs(c, sizes[D2], at[D2]);
    profile(c, &b, at[PROFILE], at[SLOPE]);
    fc__moments(c->fpfh, c->n_patches, FC_FPFH_VALUES, FC_FPFH_VALUES, at[FPFH_MEAN],
                at[FPFH_SPREAD]);
    to_roots(at[FPFH_MEAN], FC_FPFH_VALUES);
    fc__moments(c->shape, c->n, FC_FPFH_SHAPE, FC_FPFH_SHAPE, at[SHAPE_MEAN], at[SHAPE_SPREAD]);
    at[EXTENT][0] = (float)(b.size[0] > b.size[1] ? b.size[0] : b.size[1]);
    at[EXTENT][1] = (float)(b.size[0] > b.size[1] ? b.size[1] : b.size[0]);
    at[EXTENT][2] = (float)b.size[2];
    for (size_t k = 0; k < N_BLOCKS; k++)
        weigh(at[k], sizes[k], weights[k]);
    st = fc__vec_normalise(out, fc__fpfh_pooled_dim(rule));
    return st == FC_OK ? st : fc_error_set(err, st, "the shape has no direction to search by");
}
