/*
 * Canaries asked and made.
 */
#include "canary_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_changes.h"
#include "fc_alloc.h"
#include "fc_queue.h"

static fc_canary_output_report *outputs_of(const fc_canary_encoder_report *r)
{
    return (fc_canary_output_report *)(uintptr_t)r->outputs;
}

void fc__canary_encoder_report_dispose(fc_canary_encoder_report *r)
{
    for (size_t k = 0; k < r->n_outputs; k++) {
        free((void *)(uintptr_t)r->outputs[k].name);
        free((void *)(uintptr_t)r->outputs[k].worst);
    }
    for (size_t i = 0; i < r->n_changes; i++)
        free((void *)(uintptr_t)r->changes[i]);
    free(outputs_of(r));
    free((void *)(uintptr_t)r->changes);
    free((void *)(uintptr_t)r->name);
    free((void *)(uintptr_t)r->reason);
    *r = (fc_canary_encoder_report){.version = 0};
}

/* --- the pass over the inputs ------------------------------------------------------------------
 */

typedef struct check {
    fc_canary_encoder_report *out;
    const fc_canary_job *job;
    fc_encoder_worker *worker;
    fc_canary_measure *worst; /* one an output of the encoder */
    fc_error *err;
} check;

static const fc_canary_output *kept_of(const fc_canary_input *in, const char *name)
{
    for (size_t k = 0; k < in->n_outputs; k++)
        if (strcmp(in->outputs[k].name, name) == 0)
            return &in->outputs[k];
    return NULL;
}

/* The worse of two measures, field by field; true where b moved one. */
static bool join(fc_canary_measure *a, const fc_canary_measure *b)
{
    const bool worse = b->one_minus_cosine > a->one_minus_cosine || b->distance > a->distance ||
                       b->element > a->element || (b->differs && !a->differs) ||
                       (b->reshaped && !a->reshaped);

    a->one_minus_cosine = fmax(a->one_minus_cosine, b->one_minus_cosine);
    a->distance = fmax(a->distance, b->distance);
    a->difference = fmax(a->difference, b->difference);
    a->element = fmax(a->element, b->element);
    a->differs = a->differs || b->differs;
    a->reshaped = a->reshaped || b->reshaped;
    return worse;
}

static fc_status compare_output(check *c, size_t k, const fc_canary_input *in,
                                const fc_canary_output *then, const fc_tensor *now)
{
    fc_canary_output_report *r = &outputs_of(c->out)[k];
    fc_canary_measure m = {0};
    bool same;
    fc_status st = fc__canary_compare(then, now, &m, &same, c->err);

    if (st != FC_OK)
        return st;
    r->n_inputs++;
    r->n_same += same;
    if (join(&c->worst[k], &m)) {
        free((void *)(uintptr_t)r->worst);
        r->worst = fc__strdup(in->name);
        if (r->worst == NULL)
            return fc__nomem(c->err, strlen(in->name), "a report");
    }
    return FC_OK;
}

static fc_status note_failure(check *c, const fc_error *why)
{
    c->out->n_failed++;
    if (c->out->reason != NULL)
        return FC_OK;
    c->out->reason = fc__strdup(why->message);
    return c->out->reason != NULL ? FC_OK : fc__nomem(c->err, sizeof(why->message), "a report");
}

static fc_status check_input(check *c, fc_canary_input *in, bool *changed, bool *failed)
{
    const fc_output_spec *specs = fc__encoder_outputs(c->job->encoder);
    fc_features features = FC_FEATURES_INIT;
    fc_error why = FC_ERROR_INIT;
    size_t n_taken = 0;
    const fc_decode_limits limits =
        fc__decode_limits(&(fc_decode_limits){.svg_helper = c->job->limits->svg_helper});
    fc_status st = fc__canary_run(c->worker, in, &limits, &features, &why);

    *failed = st != FC_OK;
    if (st == FC_E_NOMEM)
        return fc_error_set(c->err, st, "%s", why.message);
    if (st != FC_OK)
        return note_failure(c, &why);
    for (size_t k = 0; k < c->out->n_outputs && st == FC_OK; k++) {
        const fc_canary_output *then = kept_of(in, specs[k].name);

        if (then != NULL)
            st = compare_output(c, k, in, then, &features.outputs[k]);
    }
    if (st == FC_OK)
        st = fc__canary_take(in, c->job->encoder, &features, c->job->accept, &n_taken, c->err);
    *changed = *changed || n_taken > 0;
    fc__features_dispose(&features);
    return st;
}

/* --- the report --------------------------------------------------------------------------------
 */

static fc_status begin_report(check *c)
{
    const fc_output_spec *specs = fc__encoder_outputs(c->job->encoder);
    const size_t n = fc__encoder_n_outputs(c->job->encoder);
    fc_canary_output_report *list = fc__alloc_array(n, sizeof(*list));

    c->worst = fc__alloc_array(n, sizeof(*c->worst));
    c->out->outputs = list;
    if (list == NULL || c->worst == NULL)
        return fc__nomem(c->err, n * sizeof(*list), "a report");
    for (size_t k = 0; k < n; k++) {
        list[k].name = fc__strdup(specs[k].name);
        if (list[k].name == NULL)
            return fc__nomem(c->err, strlen(specs[k].name), "a report");
        c->out->n_outputs = k + 1;
    }
    return FC_OK;
}

static void end_report(check *c)
{
    for (size_t k = 0; k < c->out->n_outputs; k++) {
        fc_canary_output_report *r = &outputs_of(c->out)[k];
        const fc_canary_measure *m = &c->worst[k];

        r->level = fc__canary_level(m);
        r->min_cosine = 1.0 - m->one_minus_cosine;
        r->max_distance = m->distance;
        r->max_difference = m->difference;
        r->reshaped = m->reshaped;
        if (r->level > c->out->level)
            c->out->level = r->level;
    }
}

static fc_status add_change(fc_canary_encoder_report *out, const char **list,
                            const fc_version_change *change, fc_error *err)
{
    fc_buf text = FC_BUF_INIT;
    const fc_status st = fc__version_change_text(change, &text, err);

    if (st == FC_OK)
        list[out->n_changes] = fc__strndup((const char *)text.data, text.size);
    fc_buf_dispose(&text);
    if (st == FC_OK && list[out->n_changes] == NULL)
        return fc__nomem(err, text.size, "a report");
    out->n_changes += st == FC_OK;
    return st;
}

static fc_status tell_changes(check *c, const fc_canary *canary)
{
    fc_version_changes changes;
    const char **list = NULL;
    fc_status st = fc__provenance_changes(&changes, canary->provenance,
                                          fc__encoder_provenance(c->job->encoder), c->err);

    if (st != FC_OK)
        return st;
    list = fc__alloc_array(changes.n, sizeof(*list));
    c->out->changes = list;
    if (list == NULL)
        st = fc__nomem(c->err, changes.n * sizeof(*list), "a report");
    for (size_t i = 0; i < changes.n && st == FC_OK; i++)
        st = add_change(c->out, list, &changes.list[i], c->err);
    fc__version_changes_dispose(&changes);
    return st;
}

/* Of an input that cannot be encoded any more there is nothing to accept. */
static void drop_input(fc_canary *canary, size_t at)
{
    fc__canary_input_dispose(&canary->inputs[at]);
    memmove(canary->inputs + at, canary->inputs + at + 1,
            (canary->n_inputs - at - 1) * sizeof(*canary->inputs));
    canary->n_inputs--;
}

/* From now on the canary is of what computes here. */
static fc_status renew_origin(fc_canary *canary, const fc_encoder *e, fc_error *err)
{
    char *provenance = fc__strdup(fc__encoder_provenance(e));

    if (provenance == NULL)
        return fc__nomem(err, strlen(fc__encoder_provenance(e)), "a canary");
    free(canary->provenance);
    canary->provenance = provenance;
    canary->made_ns = fc__wall_ns();
    return FC_OK;
}

static fc_status check_all(check *c, fc_canary *canary, bool *changed)
{
    fc_status st = begin_report(c);

    if (st == FC_OK)
        st = tell_changes(c, canary);
    for (size_t i = 0; i < canary->n_inputs && st == FC_OK;) {
        bool failed = false;

        st = check_input(c, &canary->inputs[i], changed, &failed);
        if (failed && c->job->accept) {
            drop_input(canary, i);
            *changed = true;
        } else {
            i++;
        }
    }
    if (st == FC_OK && c->job->accept) {
        st = renew_origin(canary, c->job->encoder, c->err);
        *changed = true;
    }
    end_report(c);
    return st;
}

fc_status fc__canary_check(fc_canary_encoder_report *out, fc_canary *canary,
                           const fc_canary_job *job, bool *changed, fc_error *err)
{
    check c = {.out = out, .job = job, .err = err};
    fc_status st = fc__encoder_worker_create(&c.worker, job->encoder, err);

    *changed = false;
    out->state = FC_CANARY_CHECKED;
    out->made_ns = canary->made_ns;
    out->n_inputs = canary->n_inputs;
    out->n_bytes = fc__canary_bytes(canary);
    if (st == FC_OK)
        st = check_all(&c, canary, changed);
    free(c.worst);
    fc__encoder_worker_destroy(c.worker);
    return st;
}

/* --- making ------------------------------------------------------------------------------------
 */

fc_status fc__canary_begin(fc_canary *c, const fc_sha256 *fingerprint, const fc_encoder *e,
                           fc_error *err)
{
    *c = (fc_canary)FC_CANARY_INIT;
    c->fingerprint = *fingerprint;
    return renew_origin(c, e, err);
}

/* One more; *taken false: the encoder refuses it. */
static fc_status add_one(fc_canary *c, const fc_canary_job *job, fc_encoder_worker *w,
                         const fc_canary_input *from, bool *taken, fc_error *err)
{
    fc_features features = FC_FEATURES_INIT;
    fc_error why = FC_ERROR_INIT;
    fc_canary_input in;
    size_t n_outputs;
    fc_status st = fc__canary_run(w, from, job->limits, &features, &why);

    *taken = st == FC_OK;
    if (st != FC_OK)
        return st == FC_E_NOMEM ? fc_error_set(err, st, "%s", why.message) : FC_OK;
    st = fc__canary_input_of(&in, &from->content, from->modality, from->start_s, from->end_s,
                             from->name, from->bytes.data, from->bytes.size, err);
    if (st == FC_OK) {
        st = fc__canary_take(&in, job->encoder, &features, true, &n_outputs, err);
        if (st == FC_OK)
            st = fc__canary_add_input(c, &in, err);
        else
            fc__canary_input_dispose(&in);
    }
    fc__features_dispose(&features);
    return st;
}

fc_status fc__canary_fill(fc_canary *c, const fc_canary_job *job, const fc_canary_input *from,
                          size_t n_from, size_t n_wanted, size_t *added, fc_error *err)
{
    fc_encoder_worker *w = NULL;
    size_t bytes = fc__canary_bytes(c);
    fc_status st = FC_OK;

    *added = 0;
    if (c->n_inputs >= n_wanted || n_from == 0)
        return FC_OK;
    st = fc__encoder_worker_create(&w, job->encoder, err);
    for (size_t i = 0; i < n_from && c->n_inputs < n_wanted && st == FC_OK; i++) {
        bool taken;

        if (fc__canary_has(c, &from[i].content) || bytes + from[i].bytes.size > FC_CANARY_BYTES_MAX)
            continue;
        st = add_one(c, job, w, &from[i], &taken, err);
        if (st == FC_OK && taken) {
            bytes += from[i].bytes.size;
            ++*added;
        }
    }
    fc__encoder_worker_destroy(w);
    return st;
}
