/*
 * What of the figures a reader must know, in sentences. A finding stands on an interval that leaves
 * out what chance gives, and on a size that matters.
 */
#include <math.h>
#include <string.h>

#include "audit_space_run.h"

/* Sizes from which a difference matters; featcache-audit-space(1) has them. */
#define APART        0.9 /* AUC */
#define LARGE_GAP    0.2 /* length */
#define HUB_FACTOR   2.0 /* skewness over that of chance, */
#define HUB_LEAST    1.5 /* and at least */
#define SHARE_FACTOR 1.25
#define NARROW       0.5 /* mean cosine */

static fc_status tell_gaps(const fc_audit_space_report *r, fc_space_audit_result *out,
                           fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < r->n_gaps && st == FC_OK; i++) {
        const fc_audit_gap *g = &r->gaps[i];

        if (g->length.value < LARGE_GAP || !(g->length.low > g->length.null_value))
            continue;
        st = fc__space_audit_finding(
            out, err,
            "%s and %s lie %.2f apart (%.2f to %.2f; chance %.2f), and a classifier tells them "
            "apart with an AUC of %.3f; centred, of %.3f%s",
            fc_modality_name(g->a), fc_modality_name(g->b), g->length.value, g->length.low,
            g->length.high, g->length.null_value, g->separability.value, g->residual.value,
            g->residual.value >= APART ? ": a shift of the means does not close the gap" : "");
    }
    return st;
}

static fc_status tell_hubs(const fc_audit_space_report *r, fc_space_audit_result *out,
                           fc_error *err)
{
    const fc_audit_measure *h = &r->whole.hubs;

    if (!(h->value >= HUB_LEAST) || h->value < HUB_FACTOR * h->null_value || r->n_hubs == 0)
        return FC_OK;
    return fc__space_audit_finding(
        out, err,
        "hubs: the skewness of how often an item is found is %.2f (chance %.2f), and %.0f %% are "
        "never found (chance %.0f %%); %.80s/%.160s is in %u lists of %u, and the mean is %.1f",
        h->value, h->null_value, 100 * r->whole.never.value, 100 * r->whole.never.null_value,
        r->hubs[0].sample.dataset, r->hubs[0].sample.id, r->hubs[0].count,
        (unsigned)r->whole.sampled, r->hubs[0].expected);
}

static fc_status tell_shares(const fc_audit_space_report *r, fc_space_audit_result *out,
                             fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < r->whole.n_shares && st == FC_OK; i++) {
        const fc_audit_share *s = &r->whole.shares[i];

        if (!(s->share.low > SHARE_FACTOR * s->share.null_value))
            continue;
        st = fc__space_audit_finding(
            out, err,
            "%s is favoured: of the %u nearest of %s items %.0f %% are %s (%.0f to %.0f), and %.0f "
            "%% of all others",
            fc_modality_name(s->to), r->k, fc_modality_name(s->from), 100 * s->share.value,
            fc_modality_name(s->to), 100 * s->share.low, 100 * s->share.high,
            100 * s->share.null_value);
    }
    return st;
}

static fc_status tell_cone(const fc_audit_space_report *r, fc_space_audit_result *out,
                           fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < r->n_modalities && st == FC_OK; i++) {
        const fc_audit_measure *c = &r->modalities[i].alone.cosine;

        if (c->value >= NARROW)
            st = fc__space_audit_finding(
                out, err,
                "%s lies in a narrow cone: the mean cosine of two of its items is %.2f (%.2f to "
                "%.2f; 0 in all directions alike)",
                fc_modality_name(r->modalities[i].modality), c->value, c->low, c->high);
    }
    return st;
}

/* Values whose queries find clearly less than those of the whole pair, which comes first. */
static fc_status tell_recall(const fc_audit_space_report *r, fc_space_audit_result *out,
                             fc_error *err)
{
    const fc_audit_recall *whole = NULL;
    fc_status st = FC_OK;

    for (size_t i = 0; i < r->n_recalls && st == FC_OK; i++) {
        const fc_audit_recall *one = &r->recalls[i];

        if (one->column == NULL) {
            whole = one;
            if (one->from != one->to && one->at[2].low <= one->at[2].null_value)
                st = fc__space_audit_finding(
                    out, err,
                    "%s does not find %s: recall@10 is %.3f (%.3f to %.3f), by chance %.3f",
                    fc_modality_name(one->from), fc_modality_name(one->to), one->at[2].value,
                    one->at[2].low, one->at[2].high, one->at[2].null_value);
        } else if (whole != NULL && one->at[2].high < whole->at[2].low) {
            st = fc__space_audit_finding(
                out, err,
                "%s to %s: queries with %.64s = %.64s find less: recall@10 is %.3f (%.3f to %.3f), "
                "of all %.3f (%.3f to %.3f)",
                fc_modality_name(one->from), fc_modality_name(one->to), one->column, one->value,
                one->at[2].value, one->at[2].low, one->at[2].high, whole->at[2].value,
                whole->at[2].low, whole->at[2].high);
        }
    }
    return st;
}

static fc_status tell_leaks(const fc_audit_space_report *r, fc_space_audit_result *out,
                            fc_error *err)
{
    if (r->n_leak_sets == 0)
        return FC_OK;
    return fc__space_audit_finding(out, err,
                                   "leakage: %llu samples in %llu sets are the same or nearly "
                                   "(cosine from %.3g) and in more than one split",
                                   (unsigned long long)r->n_leak_samples,
                                   (unsigned long long)r->n_leak_sets, r->near);
}

fc_status fc__space_audit_tell(fc_space_audit_run *run, fc_error *err)
{
    fc_space_audit_result *out = run->out;
    const fc_audit_space_report *r = &out->public;
    fc_status st = tell_leaks(r, out, err);

    if (st == FC_OK)
        st = tell_recall(r, out, err);
    if (st == FC_OK)
        st = tell_gaps(r, out, err);
    if (st == FC_OK)
        st = tell_shares(r, out, err);
    if (st == FC_OK)
        st = tell_hubs(r, out, err);
    return st == FC_OK ? tell_cone(r, out, err) : st;
}
