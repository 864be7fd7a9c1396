/*
 * The built-in encoder of points: fast point feature histograms (Rusu, Blodow and Beetz 2009) and
 * covariance features (Weinmann et al. 2015) of farthest-point patches, and one vector of the whole
 * shape with its D2 distribution (Osada et al. 2002). Internal to the encoder's files.
 *
 * Every step is + - * / and sqrt in double, in a fixed order, or a function of fc_fixed.h, so that
 * the bits are the same on every machine: the histograms' angles are told by cross products, not by
 * atan2 and acos.
 */
#ifndef FC_FPFH_H
#define FC_FPFH_H

#include "fc_cloud_prep.h"
#include "fc_encoder.h"

/* Raise with every change that can change a bit of any output. */
#define FC_FPFH_CODE_VERSION 1

#define FC_FPFH_BINS      11 /* of each of three angles */
#define FC_FPFH_VALUES    (3 * FC_FPFH_BINS)
#define FC_FPFH_SHAPE     9 /* covariance features */
#define FC_FPFH_PATCH_DIM (FC_FPFH_VALUES + FC_FPFH_SHAPE + 3)

/* Outputs, in the order of the specs. */
enum { FC_FPFH_PATCHES, FC_FPFH_POOLED, FC_FPFH_N_OUTPUTS };

typedef struct fc_fpfh_rule {
    fc_cloud_rule cloud;
    uint32_t patches;
    uint32_t k;    /* neighbours of a point, itself counted */
    uint32_t bins; /* of the D2 distribution */
} fc_fpfh_rule;

/* Points with their neighbourhoods. Owns all but `points`. */
typedef struct fc_fpfh_cloud {
    const float *points; /* n x 3 */
    size_t n, k;         /* k is n at most */
    uint32_t *index;     /* n x k, nearest first: the first is the point, or one that lies on it */
    double *square;      /* n x k, squared distances */
    float *normals;      /* n x 3 */
    float *shape;        /* n x FC_FPFH_SHAPE */
    float *spfh;         /* n x FC_FPFH_VALUES */
    uint32_t *patch;     /* n_patches: points that are centres, in farthest-point order */
    float *fpfh;         /* n_patches x FC_FPFH_VALUES */
    size_t n_patches;
} fc_fpfh_cloud;

void fc__fpfh_dispose(fc_fpfh_cloud *c);
/* Everything of `points` (borrowed, centred). */
fc_status fc__fpfh_describe(const fc_fpfh_rule *rule, const float *points, size_t n,
                            fc_fpfh_cloud *out, fc_error *err);

/* The simple histograms of all points into c->spfh: percent of the neighbours by angle. The same as
 * in Open3D and PCL. */
void fc__fpfh_simple(fc_fpfh_cloud *c);
/* The histogram of point i: its own and those of its neighbours, weighted by one over the squared
 * distance, as Open3D's compute_fpfh_feature; each third sums to 200. */
void fc__fpfh_at(const fc_fpfh_cloud *c, size_t i, float out[FC_FPFH_VALUES]);
/* Which of the 11 bins of -pi to pi the angle atan2(y, x) falls into. */
size_t fc__fpfh_angle_bin(double y, double x);

/* Linearity, planarity, sphericity, omnivariance, anisotropy, eigenentropy, sum of eigenvalues,
 * change of curvature, verticality: of descending eigenvalues and the normal's z. All 0 when the
 * eigenvalues are. */
void fc__covariance_features(const double values[3], double normal_z, float out[FC_FPFH_SHAPE]);

uint32_t fc__fpfh_pooled_dim(const fc_fpfh_rule *rule);
/* The whole shape as a unit vector of that length. */
fc_status fc__fpfh_pooled(const fc_fpfh_rule *rule, const fc_fpfh_cloud *c, float *out,
                          fc_error *err);

#endif /* FC_FPFH_H */
