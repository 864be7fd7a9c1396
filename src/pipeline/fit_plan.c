/*
 * "ENCODER[:OUTPUT][=POOLING]", one after the other, into branches.
 */
#include "fit_plan.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

/* The parts of what a user wrote, each a string of its own in `text`. */
typedef struct spec {
    char text[256];
    const char *encoder, *output, *pooling; /* output and pooling may be NULL */
} spec;

static fc_status parse(spec *out, const char *text, fc_error *err)
{
    char *at;

    if (strlen(text) >= sizeof(out->text) || text[0] == '\0')
        return fc_error_set(err, FC_E_INVALID,
                            "encoder '%.80s': ENCODER[:OUTPUT][=POOLING], at most %zu characters",
                            text, sizeof(out->text) - 1);
    strcpy(out->text, text);
    out->encoder = out->text;
    out->output = out->pooling = NULL;
    at = strchr(out->text, '=');
    if (at != NULL) {
        *at = '\0';
        out->pooling = at + 1;
    }
    at = strchr(out->text, ':');
    if (at != NULL) {
        *at = '\0';
        out->output = at + 1;
    }
    return FC_OK;
}

static fc_status check_pooling(const spec *sp, const fc_picked *p, fc_pooling *out, fc_error *err)
{
    fc_status st = FC_OK;

    if (sp->pooling != NULL)
        st = fc__pooling_parse(out, sp->pooling, err);
    if (st == FC_OK && out->kind != 0 && out->kind != FC_POOLING_NONE && p->output->rank == 1)
        return fc_error_set(err, FC_E_INVALID,
                            "output '%s' of '%s' is a vector already: leave '=%s' out",
                            p->output->name, p->encoder->name, sp->pooling);
    if (st == FC_OK && out->kind == FC_POOLING_NONE && p->output->rank > 1)
        return fc_error_set(err, FC_E_INVALID,
                            "output '%s' of '%s' has several rows: it needs a pooling (mean, max, "
                            "attention, ...)",
                            p->output->name, p->encoder->name);
    return st;
}

static fc_fit_branch *branch_of(fc_fit_plan *plan, fc_modality modality)
{
    for (size_t i = 0; i < plan->n_branches; i++)
        if (plan->branches[i].modality == modality)
            return &plan->branches[i];
    if (plan->n_branches == FC_FIT_BRANCHES_MAX)
        return NULL;
    plan->branches[plan->n_branches] = (fc_fit_branch){.modality = modality};
    return &plan->branches[plan->n_branches++];
}

static fc_status add(fc_fit_plan *plan, fc_snapshot *s, const char *text, fc_error *err)
{
    spec sp;
    fc_picked p;
    fc_pooling pooling = {.kind = 0};
    fc_fit_branch *b;
    size_t branch;
    fc_status st = parse(&sp, text, err);

    if (st == FC_OK)
        st = fc__pick_stored(s, sp.encoder, sp.output, &p, err);
    if (st == FC_OK)
        st = check_pooling(&sp, &p, &pooling, err);
    if (st != FC_OK)
        return st;
    b = branch_of(plan, p.encoder->modality);
    if (b == NULL || b->n_inputs == FC_HEAD_INPUTS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "at most %d encoders of one modality, %d modalities",
                            FC_HEAD_INPUTS_MAX, FC_FIT_BRANCHES_MAX);
    branch = (size_t)(b - plan->branches);
    for (size_t i = 0; i < b->n_inputs; i++)
        if (plan->picked[branch][i].output == p.output)
            return fc_error_set(err, FC_E_INVALID, "output '%s' of '%s' is named twice",
                                p.output->name, p.encoder->name);
    plan->picked[branch][b->n_inputs] = p;
    b->inputs[b->n_inputs++] = (fc_fit_input){.dim = (uint32_t)p.output->shape[p.output->rank - 1],
                                              .pooling = pooling,
                                              .is_vector = p.output->rank == 1};
    return FC_OK;
}

static fc_status parse_method(const char *text, fc_fit_method *out, fc_error *err)
{
    static const char *const names[] = {"ridge", "cca", "contrastive"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (fc_fit_method)(i + FC_FIT_RIDGE);
            return FC_OK;
        }
    return fc_error_set(err, FC_E_INVALID, "method '%.40s': ridge, cca or contrastive", text);
}

static fc_status parse_fuse(const char *text, fc_fuse *out, fc_error *err)
{
    if (text == NULL)
        *out = (fc_fuse)0;
    else if (strcmp(text, "sum") == 0)
        *out = FC_FUSE_SUM;
    else if (strcmp(text, "mix") == 0)
        *out = FC_FUSE_MIX;
    else if (strcmp(text, "attention") == 0)
        *out = FC_FUSE_ATTENTION;
    else
        return fc_error_set(err, FC_E_INVALID, "fuse '%.40s': sum, mix or attention", text);
    return FC_OK;
}

/* The branch of the encoder that others are mapped to. */
static fc_status find_anchor(fc_fit_plan *plan, fc_snapshot *s, const char *name, fc_error *err)
{
    const fc_encoder_info *e;
    fc_status st = fc_snapshot_find_encoder(s, name, &e, err);

    for (size_t i = 0; st == FC_OK && i < plan->n_branches; i++)
        for (size_t k = 0; k < plan->branches[i].n_inputs; k++)
            if (plan->picked[i][k].encoder == e) {
                plan->fit.anchor = (int32_t)i + 1;
                return FC_OK;
            }
    return st != FC_OK
               ? st
               : fc_error_set(err, FC_E_INVALID,
                              "the anchor '%.64s' is none of the encoders that are mapped", name);
}

fc_status fc__fit_plan_make(fc_fit_plan *out, fc_snapshot *s, const fc_space_fit_options *opts,
                            fc_error *err)
{
    fc_status st = FC_OK;

    *out = (fc_fit_plan){.fit = {.dim = opts->dim,
                                 .penalty = opts->penalty,
                                 .whiten = opts->whiten,
                                 .folds = opts->folds,
                                 .seed = opts->seed,
                                 .epochs = opts->epochs,
                                 .batch = opts->batch,
                                 .patience = opts->patience,
                                 .learning_rate = opts->learning_rate,
                                 .weight_decay = opts->weight_decay,
                                 .temperature = opts->temperature}};
    for (size_t i = 0; i < opts->n_encoders && st == FC_OK; i++)
        st = add(out, s, opts->encoders[i], err);
    if (st == FC_OK && out->n_branches < 2)
        return fc_error_set(
            err, FC_E_INVALID, "a space joins modalities: name encoders of two at least%s%s",
            out->n_branches == 1 ? "; all of these take " : "",
            out->n_branches == 1 ? fc_modality_name(out->branches[0].modality) : "");
    if (st == FC_OK)
        st = parse_method(opts->method != NULL ? opts->method : FC_SPACE_FIT_METHOD,
                          &out->fit.method, err);
    if (st == FC_OK)
        st = parse_fuse(opts->fuse, &out->fit.fuse, err);
    if (st == FC_OK && opts->anchor != NULL)
        st = find_anchor(out, s, opts->anchor, err);
    return st;
}

fc_status fc__space_row_add(fc_space_row *row, const fc_picked *p, size_t branch, fc_error *err)
{
    fc_space_member *m;

    if (row->n_members == FC_SPACE_MEMBERS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "a space of more than %d encoder outputs",
                            FC_SPACE_MEMBERS_MAX);
    m = &row->members[row->n_members++];
    *m = (fc_space_member){.modality = p->encoder->modality,
                           .encoder = fc__strdup(p->encoder->name),
                           .output = fc__strdup(p->output->name),
                           .card = fc__strdup(p->encoder->card),
                           .branch = (uint32_t)branch};
    if (m->encoder == NULL || m->output == NULL || m->card == NULL)
        return fc__nomem(err, strlen(p->encoder->card), "a space");
    return fc__sha256_from_hex(&m->fingerprint, p->encoder->fingerprint,
                               strlen(p->encoder->fingerprint))
               ? FC_OK
               : fc_error_set(err, FC_E_CORRUPT, "encoder '%s' has no fingerprint",
                              p->encoder->name);
}

fc_status fc__fit_plan_row(const fc_fit_plan *plan, fc_space_row *row, fc_error *err)
{
    fc_status st = FC_OK;

    *row = (fc_space_row){.kind = FC_SPACE_HEADED, .n_branches = plan->n_branches};
    for (size_t i = 0; i < plan->n_branches; i++)
        for (size_t k = 0; k < plan->branches[i].n_inputs && st == FC_OK; k++)
            st = fc__space_row_add(row, &plan->picked[i][k], i, err);
    return st;
}
