/*
 * What the version being built covers: an encoder is registered, and its outputs are covered, when
 * the first sample of its modality comes. So a folder of pictures does not leave a store with
 * encoders of sounds that have nothing. Encoders that the user names, and versions that the store
 * has, are registered when the run begins.
 *
 * Everything here but the count of samples runs on the writing thread. Workers and the scan read an
 * encoder's version beside it: 0 until the ids of its outputs are written.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "ingest_run.h"

static bool is_wanted(const fc_run *run, const fc_run_encoder *e, unsigned modalities)
{
    return run->opts->n_encoders > 0 || (modalities & (1u << e->modality)) != 0;
}

bool fc__run_covers(const fc_run *run, unsigned modalities)
{
    for (size_t i = 0; i < run->n_encoders; i++)
        if (!run->encoders[i].covered && is_wanted(run, &run->encoders[i], modalities))
            return false;
    return run->has_begun;
}

void fc__run_count_modality(fc_run *run, fc_modality modality)
{
    for (size_t i = 0; i < run->n_encoders; i++)
        if (run->encoders[i].modality == modality)
            return;
    run->n_without_encoder++;
    run->without_encoder_modalities |= 1u << modality;
}

/* Begin the building version, or go on with it, with every output that is covered by now. */
static fc_status begin(fc_run *run, fc_error *err)
{
    fc_output_ref *refs;
    size_t n = 0;
    fc_status st;

    refs = fc__alloc_array(run->n_encoders * FC_INGEST_OUTPUTS_MAX, sizeof(*refs));
    if (refs == NULL)
        return fc__nomem(err, run->n_encoders * sizeof(*refs), "outputs");
    for (size_t i = 0; i < run->n_encoders; i++) {
        const fc_run_encoder *e = &run->encoders[i];

        for (size_t k = 0; e->covered && k < e->n_outputs; k++)
            refs[n++] = (fc_output_ref){e->version, e->outputs[k].id};
    }
    st = fc__writer_begin_dataset(run->writer, run->dataset, fc__sources_text(run->sources),
                                  fc__sources_root(run->sources), refs, n, err);
    run->has_begun = st == FC_OK;
    free(refs);
    return st;
}

fc_status fc__run_cover(fc_run *run, unsigned modalities, fc_error *err)
{
    fc_status st = FC_OK;

    if (fc__run_covers(run, modalities))
        return FC_OK;
    for (size_t i = 0; i < run->n_encoders && st == FC_OK; i++) {
        fc_run_encoder *e = &run->encoders[i];

        if (e->covered || !is_wanted(run, e, modalities))
            continue;
        if (e->version == 0)
            st = fc__run_register_encoder(run, e, err);
        e->covered = st == FC_OK;
    }
    return st == FC_OK ? begin(run, err) : st;
}

unsigned fc__run_unchanged_modalities(const fc_run *run)
{
    unsigned bits = 0;

    for (size_t i = 0; i < run->n_encoders; i++)
        if (run->encoders[i].unchanged_reused + run->encoders[i].unchanged_failed > 0)
            bits |= 1u << run->encoders[i].modality;
    return bits;
}
