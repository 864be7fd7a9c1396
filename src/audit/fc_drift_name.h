/*
 * What kind of change turns x into y? Rules over the measures of a comparison, tried from the most
 * exact to the vaguest; each says with which numbers it was decided.
 */
#ifndef FC_DRIFT_NAME_H
#define FC_DRIFT_NAME_H

#include "fc_cka.h"
#include "fc_pair_values.h"
#include "fc_procrustes_measure.h"

/* Ordered from harmless to hopeless, as far as an index is concerned. */
typedef enum fc_drift_kind {
    FC_DRIFT_NONE = 0, /* the same numbers up to rounding */
    FC_DRIFT_SCALE,    /* a factor, one for all rows or one a row: cosines are 1, norms are not */
    FC_DRIFT_SHIFT,    /* one vector was added to all rows */
    FC_DRIFT_NOISE,    /* something was added that no linear map of x tells, in all directions */
    FC_DRIFT_COLUMNS,  /* columns were permuted, or changed their sign */
    FC_DRIFT_ROTATION, /* an orthogonal map, with or without a factor and a shift */
    FC_DRIFT_LINEAR,   /* a linear map that is not orthogonal */
    FC_DRIFT_ROWS,     /* the rows are paired wrongly: both sets are alike, pairs are not */
    FC_DRIFT_OTHER     /* unlike, in none of these ways */
} fc_drift_kind;

/* Never NULL: "none", "scale", ... */
const char *fc__drift_kind_name(fc_drift_kind kind);

#define FC_DRIFT_WORDS 256

typedef struct fc_drift_name {
    fc_drift_kind kind;
    char words[FC_DRIFT_WORDS]; /* one sentence with the numbers that decided, UTF-8 */
    double factor;              /* SCALE, ROTATION: of the norms; else 1 */
    double noise;               /* NOISE: its size over that of the rows, |e| / |x|; else 0 */
} fc_drift_name;

/* What is known. */
typedef struct fc_drift_evidence {
    const fc_cross_moments *moments;      /* of all pairs */
    const fc_cka *cka;                    /* of the moments */
    const fc_procrustes_measure *centred; /* of the moments, centred */
    const fc_summary *cosines, *ratios;   /* cosines: NULL where p != q */
    double overlap, overlap_chance;       /* mean mutual kNN; NAN: not measured */
    double mmd_p, auc;                    /* of the two sets; NAN: not measured, or p != q */
} fc_drift_evidence;

/* Linear maps are looked for up to 2,048 dimensions a side, where there are ten rows a dimension
 * and more: fewer are fitted by anything. FC_E_NOMEM. */
fc_status fc__drift_name(fc_drift_name *out, const fc_drift_evidence *e, fc_error *err);

#endif /* FC_DRIFT_NAME_H */
