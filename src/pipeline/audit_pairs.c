/*
 * Which contents both outputs have.
 */
#include "audit_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_measured.h"
#include "search_rows.h"

#define SPEC_BYTES 256

fc_status fc__audit_pick(fc_picked *out, fc_snapshot *s, const char *text, const char *output,
                         fc_error *err)
{
    char spec[SPEC_BYTES];
    fc_error inner = FC_ERROR_INIT;
    char *colon;
    fc_status st;

    if (strlen(text) >= sizeof(spec) || text[0] == '\0')
        return fc_error_set(err, FC_E_INVALID,
                            "version '%.80s': VERSION[:OUTPUT], at most %d bytes", text,
                            SPEC_BYTES - 1);
    *out = (fc_picked){NULL, NULL};
    memcpy(spec, text, strlen(text) + 1);
    colon = strchr(spec, ':');
    if (colon != NULL)
        *colon = '\0';
    st = fc__pick_stored(s, spec, colon != NULL ? colon + 1 : output, out, &inner);
    if (st == FC_E_NOT_FOUND && out->encoder == NULL)
        return fc_error_set(err, st,
                            "%s; what gc has removed comes back by featcache ingest with its card",
                            inner.message);
    return st == FC_OK ? FC_OK : fc_error_set(err, st, "%s", inner.message);
}

bool fc__audit_pairs_has_positions(const fc_audit_pairs *p)
{
    return p->sides[0].picked.output->rank > 1 && p->sides[1].picked.output->rank > 1;
}

/* Elements of one position: the last axis. */
static size_t channels(const fc_output_info *o)
{
    return (size_t)o->shape[o->rank - 1];
}

size_t fc__audit_pairs_dim(const fc_audit_pairs *p, size_t side, bool positions)
{
    const fc_output_info *o = p->sides[side].picked.output;

    return positions || o->rank == 1 ? channels(o) : fc__pooling_dim(&p->pooling, channels(o));
}

size_t fc__audit_pairs_find(const fc_audit_pairs *p, uint64_t content)
{
    size_t low = 0, high = p->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (p->contents[middle] < content)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->n && p->contents[low] == content ? low : p->n;
}

void fc__audit_pairs_dispose(fc_audit_pairs *p)
{
    free(p->contents);
    p->contents = NULL;
    p->n = 0;
}

static fc_status check_sides(const fc_audit_pairs *p, fc_error *err)
{
    const fc_encoder_info *a = p->sides[0].picked.encoder, *b = p->sides[1].picked.encoder;

    if (a->id == b->id && p->sides[0].picked.output == p->sides[1].picked.output)
        return fc_error_set(
            err, FC_E_INVALID,
            "both versions are '%s@%.12s', output '%s': name two, as NAME@FINGERPRINT", a->name,
            a->fingerprint, p->sides[0].picked.output->name);
    if (a->modality != b->modality)
        return fc_error_set(err, FC_E_INVALID,
                            "'%s' takes %s and '%s' %s: they have no sample in common", a->name,
                            fc_modality_name(a->modality), b->name, fc_modality_name(b->modality));
    return FC_OK;
}

static fc_status choose_pooling(fc_audit_pairs *p, const char *text, fc_error *err)
{
    const bool flat = p->sides[0].picked.output->rank == 1 && p->sides[1].picked.output->rank == 1;
    fc_status st;

    p->pooling = (fc_pooling){.kind = 0};
    if (flat && text == NULL)
        return FC_OK;
    if (flat)
        return fc_error_set(err, FC_E_INVALID,
                            "pooling '%.40s': both outputs are vectors already; leave it out",
                            text);
    st = fc__pooling_parse(&p->pooling, text != NULL ? text : "mean", err);
    if (st == FC_OK &&
        (p->pooling.kind == FC_POOLING_NONE || p->pooling.kind == FC_POOLING_ATTENTION))
        st = fc_error_set(
            err, FC_E_INVALID,
            "pooling '%.40s': an audit takes one that needs nothing learnt: mean, max, "
            "mean+max, cls, last, gem",
            text);
    return st;
}

/* Leaves in the list of side 0 what is in both. */
static void intersect(fc_audit_pairs *p, const uint64_t *other, size_t n_other, size_t n_own)
{
    p->n = fc__common_contents(p->contents, n_own, other, n_other);
    p->sides[0].n_items = n_own;
    p->sides[1].n_items = n_other;
    p->sides[0].n_alone = n_own - p->n;
    p->sides[1].n_alone = n_other - p->n;
}

static fc_status check_numbers(const fc_audit_pairs *p, fc_error *err)
{
    for (size_t i = 0; i < 2; i++) {
        const fc_picked *c = &p->sides[i].picked;

        if (p->sides[i].n_items == 0)
            return fc_error_set(
                err, FC_E_NOT_FOUND,
                "no features of '%s@%.12s', output '%s', in what is looked at: they were never "
                "ingested there, or gc has removed them; featcache ingest with its card brings them",
                c->encoder->name, c->encoder->fingerprint, c->output->name);
    }
    if (p->n >= FC_AUDIT_LEAST)
        return FC_OK;
    return fc_error_set(
        err, FC_E_INVALID,
        "%zu contents have features of both versions, at least %u are needed: %llu have those of "
        "the old one alone, %llu of the new one alone; look at more, or ingest the same data with "
        "both cards",
        p->n, FC_AUDIT_LEAST, (unsigned long long)p->sides[0].n_alone,
        (unsigned long long)p->sides[1].n_alone);
}

fc_status fc__audit_pairs_list(fc_audit_pairs *out, fc_snapshot *s, const fc_live_filter *filter,
                               const char *pooling, fc_error *err)
{
    uint64_t *other = NULL;
    size_t n_own = 0, n_other = 0;
    fc_status st = check_sides(out, err);

    out->snapshot = s;
    out->contents = NULL;
    out->n = 0;
    if (st == FC_OK)
        st = choose_pooling(out, pooling, err);
    if (st == FC_OK)
        st = fc__lane_contents(s, &out->sides[0].picked, filter, &out->contents, &n_own, err);
    if (st == FC_OK)
        st = fc__lane_contents(s, &out->sides[1].picked, filter, &other, &n_other, err);
    if (st == FC_OK) {
        intersect(out, other, n_other, n_own);
        st = check_numbers(out, err);
    }
    free(other);
    return st;
}
