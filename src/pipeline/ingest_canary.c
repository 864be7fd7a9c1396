/*
 * Canaries of an ingest: asked before anything is encoded, made or completed at its end.
 */
#include <stdio.h>
#include <string.h>

#include "canary_check.h"
#include "canary_find.h"
#include "canary_pick.h"
#include "ingest_run.h"

/* Of --memory, what inputs that may become canaries hold while the run goes on, a modality. */
#define PICK_SHARE 64

static void tell(const fc_run *run, const char *text)
{
    if (run->opts->notice != NULL)
        run->opts->notice(run->opts->context, text);
}

/* --- asking ------------------------------------------------------------------------------------
 */

static const fc_canary_output_report *worst_output(const fc_canary_encoder_report *r)
{
    const fc_canary_output_report *worst = NULL;

    for (size_t k = 0; k < r->n_outputs; k++)
        if (worst == NULL || r->outputs[k].level > worst->level)
            worst = &r->outputs[k];
    return worst;
}

static void tell_changes(const fc_run *run, const fc_run_encoder *e,
                         const fc_canary_encoder_report *r)
{
    char text[FC_ERROR_MESSAGE_BYTES];

    for (size_t i = 0; i < r->n_changes; i++) {
        snprintf(text, sizeof(text), "%s: since its canary was made: %s", e->card->name,
                 r->changes[i]);
        tell(run, text);
    }
}

/* A word on what differs; an error where it is too much to go on. */
static fc_status judge(const fc_run *run, const fc_run_encoder *e,
                       const fc_canary_encoder_report *r, fc_error *err)
{
    const fc_canary_output_report *o = worst_output(r);
    char text[FC_ERROR_MESSAGE_BYTES];

    if (r->n_failed > 0) {
        snprintf(text, sizeof(text), "%s: %llu of %llu canary inputs cannot be encoded now: %.300s",
                 e->card->name, (unsigned long long)r->n_failed, (unsigned long long)r->n_inputs,
                 r->reason);
        tell(run, text);
    }
    if (r->level == FC_CANARY_SAME || o == NULL)
        return FC_OK;
    tell_changes(run, e, r);
    if (r->level >= FC_CANARY_RESAMPLING)
        return fc_error_set(
            err, FC_E_CHANGED,
            "%s: %s is no longer what the store holds (%s, cosine %.4f): %s. Nothing was encoded. "
            "Give the card another `variant:` for a new version, take it as it is with featcache "
            "audit canary STORE --encoder %s --accept, or do not ask: --no-canary",
            e->card->name, o->name, fc_canary_level_name(r->level), o->min_cosine,
            fc_canary_level_cause(r->level), e->card->name);
    snprintf(text, sizeof(text),
             "%s: %s differs a little from what the store holds (%s, cosine %.7f): %s",
             e->card->name, o->name, fc_canary_level_name(r->level), o->min_cosine,
             fc_canary_level_cause(r->level));
    tell(run, text);
    return FC_OK;
}

/* Ask one encoder. *complete: it has a canary that lacks nothing. */
static fc_status check_one(fc_run *run, fc_run_encoder *e, fc_snapshot *s, fc_version_id version,
                           bool *complete, fc_error *err)
{
    const fc_canary_job job = {.encoder = e->encoder, .limits = &run->limits};
    fc_canary_encoder_report report = {.version = version};
    fc_error why = FC_ERROR_INIT;
    fc_canary canary;
    bool changed = false;
    fc_status st = fc__snapshot_canary(s, version, &canary, &why);

    *complete = false;
    if (st == FC_E_NOT_FOUND)
        return FC_OK;
    if (st == FC_E_CORRUPT) { /* derived: another is made at the end */
        tell(run, why.message);
        return FC_OK;
    }
    if (st == FC_OK)
        st = fc__canary_check(&report, &canary, &job, &changed, &why);
    if (st != FC_OK)
        fc_error_set(err, st, "%s", why.message);
    else
        st = judge(run, e, &report, err);
    *complete = canary.n_inputs >= FC_CANARY_INPUTS && !changed;
    fc__canary_encoder_report_dispose(&report);
    fc__canary_dispose(&canary);
    return st;
}

fc_status fc__run_canaries_check(fc_run *run, fc_error *err)
{
    fc_snapshot *s = NULL;
    unsigned modalities = 0;
    fc_status st;

    if (run->opts->no_canary)
        return FC_OK;
    st = fc__run_find_versions(run, err); /* a card that contradicts the store is told first */
    if (st == FC_OK)
        st = fc_snapshot_begin(&s, run->store, err);
    for (size_t i = 0; i < run->n_encoders && st == FC_OK; i++) {
        fc_run_encoder *e = &run->encoders[i];
        const fc_version_id version = e->version;
        bool complete = false;

        if (version != 0)
            st = check_one(run, e, s, version, &complete, err);
        e->lacks_canary = !complete;
        modalities |= complete ? 0 : 1u << e->modality;
    }
    fc_snapshot_end(s);
    return st == FC_OK && modalities != 0
               ? fc__canary_pick_create(&run->pick, modalities,
                                        (size_t)(run->memory_bytes / PICK_SHARE), err)
               : st;
}

/* --- making ------------------------------------------------------------------------------------
 */

/* Inputs of this run, and where it read none, of the store. */
static fc_status fill(fc_run *run, fc_run_encoder *e, fc_snapshot *s, fc_canary *canary,
                      bool *changed, fc_error *err)
{
    const fc_canary_job job = {.encoder = e->encoder, .limits = &run->limits};
    fc_canary_input *found = NULL;
    const fc_canary_input *picked;
    size_t n_picked, n_found = 0, added = 0, more = 0;
    fc_status st;

    picked = fc__canary_pick_list(run->pick, e->modality, &n_picked);
    st = fc__canary_fill(canary, &job, picked, n_picked, FC_CANARY_INPUTS, &added, err);
    if (st == FC_OK && canary->n_inputs == 0)
        st = fc__canary_find(s, e->modality, canary, FC_CANARY_INPUTS, FC_CANARY_BYTES_MAX, &found,
                             &n_found, err);
    if (st == FC_OK)
        st = fc__canary_fill(canary, &job, found, n_found, FC_CANARY_INPUTS, &more, err);
    fc__canary_inputs_free(found, n_found);
    *changed = *changed || added + more > 0;
    return st;
}

/* Whether an output was added to the encoder since the canary was made: only then are its inputs
 * encoded again at the end, too. */
static bool lacks_outputs(const fc_canary *canary, const fc_encoder *e)
{
    const fc_output_spec *specs = fc__encoder_outputs(e);

    for (size_t i = 0; i < canary->n_inputs; i++)
        for (size_t k = 0; k < fc__encoder_n_outputs(e); k++)
            if (fc__canary_find_output(&canary->inputs[i], specs[k].name) == NULL)
                return true;
    return false;
}

static fc_status make_one(fc_run *run, fc_run_encoder *e, fc_snapshot *s, fc_error *err)
{
    const fc_canary_job job = {.encoder = e->encoder, .limits = &run->limits};
    fc_canary_encoder_report ignored = {.version = 0};
    fc_canary canary;
    bool changed = false;
    fc_status st = fc__snapshot_canary(s, e->version, &canary, err);

    if (st == FC_OK && lacks_outputs(&canary, e->encoder))
        st = fc__canary_check(&ignored, &canary, &job, &changed, err);
    else if (st == FC_E_NOT_FOUND || st == FC_E_CORRUPT)
        st = fc__canary_begin(&canary, &e->card->fingerprint, e->encoder, err);
    if (st == FC_OK)
        st = fill(run, e, s, &canary, &changed, err);
    if (st == FC_OK && changed)
        st = fc__writer_canary(run->writer, e->version, &canary, err);
    fc__canary_encoder_report_dispose(&ignored);
    fc__canary_dispose(&canary);
    return st;
}

fc_status fc__run_canaries_make(fc_run *run, fc_error *err)
{
    fc_snapshot *s = NULL;
    fc_status st;

    if (run->opts->no_canary)
        return FC_OK;
    st = fc_snapshot_begin(&s, run->store, err);
    for (size_t i = 0; i < run->n_encoders && st == FC_OK; i++)
        if (run->encoders[i].lacks_canary && run->encoders[i].version != 0)
            st = make_one(run, &run->encoders[i], s, err);
    fc_snapshot_end(s);
    return st;
}
