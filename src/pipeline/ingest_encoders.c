/*
 * The encoders of a run: load their cards, find or register their versions in the store, and read
 * which contents have which outputs already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_builtin.h"
#include "fc_runtime.h"
#include "fc_store_read.h"
#include "ingest_run.h"
#include "search_embed.h"

#define PRECOMPUTED "builtin/precomputed"

/* The built-ins, where none is named: for each modality the first one listed. Vectors have none,
 * for nobody knows their length but a source that is an array of them. */
static size_t wanted_cards(const fc_run *run, const char *names[FC_INGEST_ENCODERS_MAX])
{
    size_t n_builtins, n = 0;
    const fc_builtin *const *all = fc__builtins(&n_builtins);
    bool has[256] = {false}; /* by modality */

    if (fc__sources_vector_dim(run->sources) > 0) {
        names[0] = PRECOMPUTED;
        return 1;
    }
    for (size_t i = 0; i < n_builtins && n < FC_INGEST_ENCODERS_MAX; i++) {
        const unsigned m = (unsigned)all[i]->modality & 255u;

        if (has[m] || all[i]->modality == FC_VECTOR)
            continue;
        has[m] = true;
        names[n++] = all[i]->name;
    }
    return n;
}

/* The card of precomputed features as long as those of the source. */
static fc_status load_precomputed(fc_card **out, const fc_run *run, fc_error *err)
{
    char yaml[160];
    const int n = snprintf(yaml, sizeof(yaml),
                           "name: precomputed\nmodality: vector\nencoder: " PRECOMPUTED
                           "\nparams: { dim: %llu }\n",
                           (unsigned long long)fc__sources_vector_dim(run->sources));

    if (run->opts->notice != NULL)
        run->opts->notice(run->opts->context,
                          "the vectors are kept as encoder 'precomputed'; vectors of another model "
                          "need a card with a name or variant of their own (schemas/card.md)");
    return fc__card_parse(out, yaml, (size_t)n, "(the array's shape)", NULL, err);
}

/* How items of an output lie in a block: see fc_item_layout. */
static fc_item_layout layout_of(const fc_output_spec *spec, fc_dtype stored)
{
    fc_item_layout layout = {.dtype = stored, .item_rank = spec->rank};

    if (spec->rank == 1) {
        layout.row_rank = 1;
        layout.row_shape[0] = spec->shape[0];
        return layout;
    }
    layout.row_rank = spec->rank - 1;
    for (uint32_t i = 0; i < layout.row_rank; i++)
        layout.row_shape[i] = spec->shape[i + 1];
    return layout;
}

void fc__run_tell_lines(const fc_ingest_options *opts, char *lines)
{
    for (char *line = lines, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        opts->notice(opts->context, line);
    }
}

/* Every problem of a card by notice, a line each; where that is heard, the message counts them. */
static void tell_problems(const fc_run *run, const char *name, char *problems, fc_error *err)
{
    size_t n = 0;

    for (const char *p = problems; (p = strchr(p, '\n')) != NULL; p++)
        n++;
    if (n < 2 || run->opts->notice == NULL)
        return; /* the message is the one problem, or the first */
    fc__run_tell_lines(run->opts, problems);
    fc_error_set(err, FC_E_FORMAT, "%s: %zu problems in this card", name, n);
}

/* What the caller says about models, and what an ingest adds to it. */
static fc_neural_options neural_options(const fc_run *run)
{
    fc_neural_options neural = FC_NEURAL_OPTIONS_INIT;

    if (run->opts->neural != NULL)
        neural = *run->opts->neural;
    if (neural.memory_bytes == 0)
        neural.memory_bytes = run->memory_bytes;
    if (neural.n_threads == 0)
        neural.n_threads = 1;
    if (neural.n_threads > run->n_jobs)
        neural.n_threads = run->n_jobs;
    return neural;
}

static fc_status load_card(fc_card **out, const fc_run *run, const char *name, fc_error *err)
{
    const fc_neural_options neural = neural_options(run);
    fc_buf problems = FC_BUF_INIT;
    fc_status st = fc__card_load_on(out, name, &neural, &problems, err);

    if (st == FC_E_FORMAT && problems.size > 0) {
        if (fc_buf_append(&problems, "", 1, NULL) == FC_OK)
            tell_problems(run, name, (char *)problems.data, err);
    }
    fc_buf_dispose(&problems);
    return st;
}

/* Workers are what runs side by side, one a processor, each with its own prepared samples: a model
 * gets one thread in each, unless told otherwise. Then no thread waits for another's part of an
 * operator, and a sample is prepared on one processor while a model runs on the next. Measured on
 * two processors (onnxruntime 1.32, 796 pictures through EfficientNet-Lite0, in batches of 32): two
 * runs of one thread 73 pictures a second, one run of two threads 56. With more threads than one,
 * runs share the processors out (run->cores): never more threads in runs than --jobs. */
static fc_status create_encoder(const fc_run *run, fc_run_encoder *e, fc_error *err)
{
    const fc_neural_options neural = neural_options(run);
    char message[FC_ERROR_MESSAGE_BYTES];
    fc_status st;

    e->n_threads = neural.n_threads;
    st = fc__encoder_create_on(&e->encoder, e->card, &neural, err);
    if (st == FC_OK && fc__encoder_notice(e->encoder) != NULL && run->opts->notice != NULL) {
        snprintf(message, sizeof(message), "%s: %s", e->card->name, fc__encoder_notice(e->encoder));
        run->opts->notice(run->opts->context, message);
    }
    return st;
}

static fc_status load_one(const fc_run *run, fc_run_encoder *e, const char *name, fc_error *err)
{
    const fc_output_spec *specs;
    fc_status st;

    if (strcmp(name, PRECOMPUTED) == 0 && fc__sources_vector_dim(run->sources) > 0)
        st = load_precomputed(&e->card, run, err);
    else
        st = load_card(&e->card, run, name, err);
    if (st == FC_OK)
        st = create_encoder(run, e, err);
    if (st != FC_OK)
        return st;
    e->modality = fc__encoder_modality(e->encoder);
    e->n_outputs = fc__encoder_n_outputs(e->encoder);
    specs = fc__encoder_outputs(e->encoder);
    if (e->n_outputs > FC_INGEST_OUTPUTS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%s: %zu outputs; at most %d", name, e->n_outputs,
                            FC_INGEST_OUTPUTS_MAX);
    e->outputs = fc__alloc_array(e->n_outputs, sizeof(*e->outputs));
    if (e->outputs == NULL)
        return fc__nomem(err, e->n_outputs * sizeof(*e->outputs), "outputs");
    for (size_t k = 0; k < e->n_outputs; k++) {
        e->outputs[k].spec = &specs[k];
        e->outputs[k].layout = layout_of(&specs[k], specs[k].precision);
    }
    return FC_OK;
}

fc_status fc__run_renew_encoder(fc_run_encoder *e, fc_error *err)
{
    const fc_output_spec *specs;
    fc_encoder *renewed = NULL; /* a built-in: models learn nothing */
    const fc_status st = fc__encoder_create(&renewed, e->card, err);

    if (st != FC_OK)
        return st;
    fc__encoder_destroy(e->encoder);
    e->encoder = renewed;
    specs = fc__encoder_outputs(renewed);
    for (size_t k = 0; k < e->n_outputs; k++)
        e->outputs[k].spec = &specs[k];
    return FC_OK;
}

/* The same version twice would be computed twice and counted twice. */
static fc_status refuse_twice(const fc_run *run, fc_error *err)
{
    for (size_t a = 0; a < run->n_encoders; a++)
        for (size_t b = 0; b < a; b++)
            if (strcmp(run->encoders[a].card->name, run->encoders[b].card->name) == 0 &&
                memcmp(&run->encoders[a].card->fingerprint, &run->encoders[b].card->fingerprint,
                       sizeof(fc_sha256)) == 0)
                return fc_error_set(err, FC_E_INVALID,
                                    "%s and %s are the same encoder version; "
                                    "give it once, with all its outputs",
                                    run->encoders[b].card->origin, run->encoders[a].card->origin);
    return FC_OK;
}

/* A device for an encoder that is not there is a slip of the pen, not a wish. */
static fc_status check_devices(const fc_run *run, fc_error *err)
{
    const char *names[FC_INGEST_ENCODERS_MAX];

    for (size_t i = 0; i < run->n_encoders; i++)
        names[i] = run->encoders[i].card->name;
    return fc__check_devices(run->opts->neural, names, run->n_encoders, err);
}

/* Once, however many models there are. */
static void tell_device(const fc_run *run)
{
    bool fell_back = false;

    for (size_t i = 0; i < run->n_encoders; i++)
        fell_back = fell_back || fc__encoder_fell_back(run->encoders[i].encoder);
    if (fell_back && run->opts->notice != NULL)
        run->opts->notice(run->opts->context, FC_FELL_BACK_TEXT);
}

fc_status fc__run_load_encoders(fc_run *run, fc_error *err)
{
    const char *builtins[FC_INGEST_ENCODERS_MAX];
    const char *const *names = run->opts->n_encoders > 0 ? run->opts->encoders : builtins;
    const size_t n =
        run->opts->n_encoders > 0 ? run->opts->n_encoders : wanted_cards(run, builtins);

    fc_status st;

    if (n > FC_INGEST_ENCODERS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%zu encoders; at most %d at once", n,
                            FC_INGEST_ENCODERS_MAX);
    run->encoders = fc__alloc_array(n, sizeof(*run->encoders));
    if (run->encoders == NULL)
        return fc__nomem(err, n * sizeof(*run->encoders), "encoders");
    for (size_t i = 0; i < n; i++) {
        run->n_encoders = i + 1;
        st = load_one(run, &run->encoders[i], names[i], err);
        if (st != FC_OK)
            return st;
    }
    tell_device(run);
    st = refuse_twice(run, err);
    return st == FC_OK ? check_devices(run, err) : st;
}

void fc__run_release_encoders(fc_run *run)
{
    for (size_t i = 0; i < run->n_encoders; i++) {
        fc_run_encoder *e = &run->encoders[i];

        for (size_t k = 0; e->outputs != NULL && k < e->n_outputs; k++)
            free(e->outputs[k].present.bits);
        free(e->outputs);
        fc__encoder_destroy(e->encoder);
        fc__card_destroy(e->card);
    }
    free(run->encoders);
    run->encoders = NULL;
    run->n_encoders = 0;
}

bool fc__present_has(const fc_present *p, uint64_t content)
{
    return content < p->n && ((p->bits[content / 64] >> (content % 64)) & 1u) != 0;
}

static fc_status read_present(fc_snapshot *s, const fc_run_encoder *e, fc_run_output *o,
                              fc_error *err)
{
    uint64_t *contents = NULL;
    size_t n = 0;
    fc_status st;

    st = fc__snapshot_item_contents(s, e->version, o->id, &contents, &n, err);
    if (st != FC_OK || n == 0)
        goto done;
    o->present.n = contents[n - 1] + 1;
    o->present.bits = fc__alloc_array((size_t)(o->present.n / 64 + 1), sizeof(uint64_t));
    if (o->present.bits == NULL) {
        st = fc__nomem(err, (size_t)(o->present.n / 8), "the list of what is there");
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        o->present.bits[contents[i] / 64] |= UINT64_C(1) << (contents[i] % 64);

done:
    free(contents);
    return st;
}

static fc_status read_all_present(fc_run *run, fc_error *err)
{
    fc_snapshot *s = NULL;
    fc_status st;

    st = fc_snapshot_begin(&s, run->store, err);
    for (size_t i = 0; st == FC_OK && i < run->n_encoders; i++)
        for (size_t k = 0; st == FC_OK && k < run->encoders[i].n_outputs; k++)
            if (run->encoders[i].outputs[k].id != 0)
                st = read_present(s, &run->encoders[i], &run->encoders[i].outputs[k], err);
    fc_snapshot_end(s);
    return st;
}

static void describe_outputs(const fc_run_encoder *e, fc_output_info *infos)
{
    for (size_t k = 0; k < e->n_outputs; k++) {
        const fc_output_spec *spec = e->outputs[k].spec;

        infos[k] = (fc_output_info){.name = spec->name,
                                    .precision = spec->precision,
                                    .rank = spec->rank,
                                    .searchable = spec->searchable};
        memcpy(infos[k].shape, spec->shape, sizeof(spec->shape));
    }
}

fc_status fc__run_register_encoder(fc_run *run, fc_run_encoder *e, fc_error *err)
{
    fc_output_info infos[FC_INGEST_OUTPUTS_MAX];
    fc_encoder_desc desc = {.name = e->card->name,
                            .fingerprint = e->card->fingerprint,
                            .modality = e->modality,
                            .card = e->card->canonical,
                            .provenance = fc__encoder_provenance(e->encoder),
                            .n_outputs = e->n_outputs,
                            .outputs = infos};
    fc_encoder_ids ids;
    char message[FC_ERROR_MESSAGE_BYTES];
    fc_status st;

    describe_outputs(e, infos);
    st = fc__writer_encoder(run->writer, &desc, &ids, err);
    if (st != FC_OK)
        return st;
    e->provenance = ids.provenance;
    for (size_t k = 0; k < e->n_outputs; k++) {
        fc_run_output *o = &e->outputs[k];

        o->id = ids.outputs[k];
        /* Workers use the layout meanwhile; a version that is new has the card's. */
        if (ids.precisions[k] != o->layout.dtype)
            o->layout = layout_of(o->spec, ids.precisions[k]);
    }
    e->version = ids.version; /* last: who sees it may use the ids */
    if (ids.kept_precision && run->opts->notice != NULL) {
        snprintf(message, sizeof(message),
                 "%s: the card asks for another precision than the store keeps for this version; "
                 "the store's is kept",
                 e->card->name);
        run->opts->notice(run->opts->context, message);
    }
    return FC_OK;
}

/* What the store knows of this version's outputs stays in the card that takes its place. */
static fc_status keep_outputs(fc_run_encoder *e, const fc_encoder_info *info, fc_error *err)
{
    fc_card *stored = NULL;
    fc_status st;

    if (e->card->model == NULL)
        return FC_OK;
    st = fc__card_from_canonical(&stored, info->card, strlen(info->card), err);
    if (st == FC_OK)
        st = fc__card_keep_outputs(e->card, stored, err);
    fc__card_destroy(stored);
    return st;
}

/* Version and output ids of one encoder, as far as the store has them. */
static fc_status find_one(fc_run_encoder *e, const fc_encoder_info *list, size_t n, fc_error *err)
{
    fc_status st = FC_OK;
    char hex[FC_SHA256_HEX_BYTES];

    fc__sha256_hex(&e->card->fingerprint, hex);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        if (strcmp(list[i].name, e->card->name) != 0 || strcmp(list[i].fingerprint, hex) != 0)
            continue;
        st = keep_outputs(e, &list[i], err);
        e->version = list[i].id;
        for (size_t k = 0; k < e->n_outputs; k++)
            for (size_t o = 0; o < list[i].n_outputs; o++)
                if (strcmp(list[i].outputs[o].name, e->outputs[k].spec->name) == 0) {
                    e->outputs[k].id = list[i].outputs[o].id;
                    e->outputs[k].layout =
                        layout_of(e->outputs[k].spec, list[i].outputs[o].precision);
                }
    }
    return st;
}

fc_status fc__run_find_versions(fc_run *run, fc_error *err)
{
    const fc_encoder_info *list;
    fc_snapshot *s = NULL;
    size_t n;
    fc_status st;

    st = fc_snapshot_begin(&s, run->store, err);
    if (st == FC_OK)
        st = fc_snapshot_encoders(s, &list, &n, err);
    if (st == FC_OK)
        for (size_t i = 0; i < run->n_encoders && st == FC_OK; i++)
            st = find_one(&run->encoders[i], list, n, err);
    fc_snapshot_end(s);
    return st;
}

fc_status fc__run_find_encoders(fc_run *run, fc_error *err)
{
    fc_status st;

    if (run->store == NULL)
        return FC_OK;
    st = fc__run_find_versions(run, err);
    return st == FC_OK ? read_all_present(run, err) : st;
}

fc_status fc__run_register_encoders(fc_run *run, fc_error *err)
{
    fc_status st = fc__run_find_versions(run, err);

    for (size_t i = 0; i < run->n_encoders && st == FC_OK; i++)
        if (run->opts->n_encoders > 0 || run->encoders[i].version != 0)
            st = fc__run_register_encoder(run, &run->encoders[i], err);
    return st == FC_OK ? read_all_present(run, err) : st;
}
