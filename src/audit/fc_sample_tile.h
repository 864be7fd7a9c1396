/*
 * The pairs of a sample in double, some at a time, minus the means of the moments that they belong
 * to: what intervals are estimated on. Not for other folders.
 */
#ifndef FC_SAMPLE_TILE_H
#define FC_SAMPLE_TILE_H

#include "fc_cross_moments.h"
#include "fc_pair_sample.h"

typedef struct fc_sample_tile {
    size_t p, q, n;                      /* n: pairs in the tile */
    double *x, *y;                       /* n x p, n x q */
    double *mean_x, *mean_y;             /* of the moments; zeros where not centred */
    double *product;                     /* rows times a matrix */
    double *form_xy, *form_xx, *form_yy; /* room for one number a pair each */
} fc_sample_tile;

#define FC_SAMPLE_TILE_INIT                                     \
    {                                                           \
        0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL \
    }

fc_status fc__sample_tile_init(fc_sample_tile *t, const fc_cross_moments *m, bool centred,
                               fc_error *err);
void fc__sample_tile_dispose(fc_sample_tile *t);
/* The next pairs of finite rows from *at on; false at the end. */
bool fc__sample_tile_next(fc_sample_tile *t, const fc_pair_sample *sample, size_t *at);

typedef enum fc_form { FC_FORM_XY, FC_FORM_XX, FC_FORM_YY } fc_form;

/* out[i] = x_i' C y_i (or x_i' C x_i, y_i' C y_i), C the centred sums of the moments' n pairs;
 * the tile must be centred. */
void fc__sample_tile_form(fc_sample_tile *t, const fc_cross_moments *m, fc_form form, double *out);

#endif /* FC_SAMPLE_TILE_H */
