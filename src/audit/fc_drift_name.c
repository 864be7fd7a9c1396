/*
 * Rules that name a change. Each looks at numbers of its own; the first that fits has it.
 */
#include "fc_drift_name.h"

#include <math.h>
#include <stdio.h>

#include "fc_drift_tests.h"

/* Directions agree but for rounding: f16 features have cosines of .999999, another batch of one
 * model .9999. */
#define SAME_COSINE 0.9999
#define SAME_NORM   1e-3 /* norms vary by less than rounding makes them */
/* What is left of y, over its size, when a change is said to explain it. */
#define EXPLAINED 0.02
/* A turn explains y where it leaves less than a third of what no turn leaves. */
#define TURN_HELPS      3.0
#define LINEAR_R2       0.98
#define LINEAR_DIM_MAX  ((size_t)2048)
#define LINEAR_ROWS     10.0
#define CKA_NULL        0.05
#define SPREADS_ALIKE   0.02
#define AUC_NULL        0.05
#define MMD_NULL        0.05
#define NOISE_ISOTROPIC 0.5 /* of the directions that isotropic noise of so many rows has */
#define NOISE_TOLD      0.1 /* RV coefficient of the noise with x, above that of chance */

const char *fc__drift_kind_name(fc_drift_kind kind)
{
    static const char *const names[] = {"none",     "scale",  "shift", "noise", "columns",
                                        "rotation", "linear", "rows",  "other"};

    return kind >= FC_DRIFT_NONE && kind <= FC_DRIFT_OTHER ? names[kind] : "other";
}

static bool is_none_or_scale(fc_drift_name *out, const fc_drift_evidence *e)
{
    const fc_summary *r = e->ratios;
    const bool one = r->p95 - r->p5 <= 2 * SAME_NORM * r->median;

    if (e->cosines == NULL || !(e->cosines->p1 >= SAME_COSINE))
        return false;
    if (one && fabs(r->median - 1) <= SAME_NORM) {
        out->kind = FC_DRIFT_NONE;
        snprintf(out->words, sizeof(out->words),
                 "the same up to rounding: 99 %% of cosines are %.6f and more, norms are kept",
                 e->cosines->p1);
        return true;
    }
    out->kind = FC_DRIFT_SCALE;
    out->factor = r->median;
    snprintf(out->words, sizeof(out->words),
             one ? "one factor of %.4g: 99 %% of cosines are %.6f and more"
                 : "a factor a row, %.4g in the median: 99 %% of cosines are %.6f and more, norms "
                   "are not kept",
             out->factor, e->cosines->p1);
    return true;
}

static bool is_shift(fc_drift_name *out, const fc_drift_tests *t)
{
    if (!(t->unturned <= EXPLAINED) || !(t->shift > t->unturned))
        return false;
    out->kind = FC_DRIFT_SHIFT;
    snprintf(
        out->words, sizeof(out->words),
        "one vector was added: it is %.3g times as long as rows are; without the means %.2g of "
        "y is left unexplained",
        t->shift, t->unturned);
    return true;
}

static bool is_columns(fc_drift_name *out, const fc_drift_tests *t)
{
    if (!t->columns_matched || (t->n_moved == 0 && t->n_flipped == 0))
        return false;
    out->kind = FC_DRIFT_COLUMNS;
    snprintf(out->words, sizeof(out->words),
             "columns in another order: %zu of %zu moved, %zu changed their sign; each correlates "
             "by %.4f and more with one of the other side",
             t->n_moved, t->n_columns, t->n_flipped, t->least_match);
    return true;
}

static bool is_rotation(fc_drift_name *out, const fc_drift_evidence *e, const fc_drift_tests *t)
{
    const double left = e->centred->scaled_residual;

    if (!(left <= EXPLAINED) || !(t->unturned_scaled > TURN_HELPS * left))
        return false;
    out->kind = FC_DRIFT_ROTATION;
    out->factor = e->centred->scale;
    if (e->cosines != NULL)
        snprintf(out->words, sizeof(out->words),
                 "an orthogonal map and a factor of %.4g: they leave %.2g of y, where without a "
                 "turn %.2g is left; cosines are %.3f in the median",
                 out->factor, left, t->unturned_scaled, e->cosines->median);
    else
        snprintf(out->words, sizeof(out->words),
                 "an orthogonal map into %s dimensions and a factor of %.4g: they leave %.2g of y",
                 e->moments->q > e->moments->p ? "more" : "fewer", out->factor, left);
    return true;
}

/* Wrongly paired rows are as many rows as before: each side alone looks as it did. */
static bool is_rows(fc_drift_name *out, const fc_drift_evidence *e, const fc_drift_tests *t)
{
    const bool tested = e->mmd_p > MMD_NULL && fabs(e->auc - 0.5) < AUC_NULL;

    if (e->cosines == NULL || !(e->cka->unbiased.value < CKA_NULL) ||
        !(t->spreads_differ < SPREADS_ALIKE || tested))
        return false;
    out->kind = FC_DRIFT_ROWS;
    if (isfinite(e->mmd_p) && isfinite(e->auc))
        snprintf(out->words, sizeof(out->words),
                 "rows are paired wrongly: CKA is %.3f, as of shuffled pairs, but both sets are "
                 "alike: covariances differ by %.2g, MMD p %.2f, AUC %.2f",
                 e->cka->unbiased.value, t->spreads_differ, e->mmd_p, e->auc);
    else
        snprintf(out->words, sizeof(out->words),
                 "rows are paired wrongly: CKA is %.3f, as of shuffled pairs, but covariances of "
                 "both sets differ by %.2g",
                 e->cka->unbiased.value, t->spreads_differ);
    return true;
}

static bool is_noise(fc_drift_name *out, const fc_drift_evidence *e, const fc_drift_tests *t)
{
    if (e->cosines == NULL || !(e->cka->unbiased.value >= CKA_NULL) ||
        !(t->unturned_scaled < 1.25 * e->centred->scaled_residual) ||
        !(t->noise_directions >= NOISE_ISOTROPIC) || !(t->noise_told <= NOISE_TOLD))
        return false;
    out->kind = FC_DRIFT_NOISE;
    out->noise = t->unturned_scaled / sqrt(1 - t->unturned_scaled * t->unturned_scaled);
    snprintf(
        out->words, sizeof(out->words),
        "noise was added, %.3g times as large as the features: alike in all directions, no linear "
        "map of x tells it; cosines are %.3f in the median%s",
        out->noise, e->cosines->median, e->overlap < 0.9 ? ", and neighbours change" : "");
    return true;
}

static fc_status is_linear(bool *is, fc_drift_name *out, const fc_drift_evidence *e, fc_error *err)
{
    const fc_cross_moments *m = e->moments;
    double r2;
    fc_status st;

    *is = false;
    if (m->p > LINEAR_DIM_MAX || m->q > LINEAR_DIM_MAX || (double)m->n < LINEAR_ROWS * (double)m->p)
        return FC_OK;
    st = fc__drift_linear(m, &r2, err);
    if (st != FC_OK || !(r2 >= LINEAR_R2))
        return st;
    *is = true;
    out->kind = FC_DRIFT_LINEAR;
    snprintf(out->words, sizeof(out->words),
             "a linear map that is not orthogonal: it explains %.2f %% of the variance of y, an "
             "orthogonal one %.2f %%",
             100 * r2, 100 * (1 - e->centred->scaled_residual * e->centred->scaled_residual));
    return FC_OK;
}

static void is_other(fc_drift_name *out, const fc_drift_evidence *e)
{
    const double cka = e->cka->unbiased.value;

    out->kind = FC_DRIFT_OTHER;
    if (isfinite(e->overlap))
        snprintf(out->words, sizeof(out->words),
                 "%s: CKA %.3f, the best turn leaves %.2f of y, %.1f %% of neighbours are kept "
                 "(chance %.1f %%)",
                 cka < CKA_NULL ? "nothing in common" : "a change of no simple kind", cka,
                 e->centred->residual.value, 100 * e->overlap, 100 * e->overlap_chance);
    else
        snprintf(out->words, sizeof(out->words), "%s: CKA %.3f, the best turn leaves %.2f of y",
                 cka < CKA_NULL ? "nothing in common" : "a change of no simple kind", cka,
                 e->centred->residual.value);
}

fc_status fc__drift_name(fc_drift_name *out, const fc_drift_evidence *e, fc_error *err)
{
    const bool same_width = e->moments->p == e->moments->q;
    fc_drift_tests t = {0};
    bool linear = false;
    fc_status st = FC_OK;

    *out = (fc_drift_name){.kind = FC_DRIFT_OTHER, .factor = 1};
    if (is_none_or_scale(out, e))
        return FC_OK;
    st = fc__drift_tests(&t, e->moments, err);
    if (st != FC_OK)
        return st;
    if (same_width && (is_shift(out, &t) || is_columns(out, &t)))
        return FC_OK;
    if (is_rotation(out, e, &t) || (same_width && (is_rows(out, e, &t) || is_noise(out, e, &t))))
        return FC_OK;
    st = is_linear(&linear, out, e, err);
    if (st == FC_OK && !linear)
        is_other(out, e);
    return st;
}
