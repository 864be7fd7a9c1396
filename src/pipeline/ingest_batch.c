/*
 * Batches of samples on their way from the scan to the writer: made from what the source gives,
 * owning all of it.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_text.h"
#include "ingest_run.h"

#define PREVIEW_BYTES 256
/* Rows of a sequence that a text may become, for want of knowing: four bytes to a word. */
#define WORD_BYTES 4u
#define ROWS_MAX   4096u

void fc__run_result_dispose(fc_sample_result *r, size_t n_outputs)
{
    for (size_t k = 0; r->items != NULL && k < n_outputs; k++) {
        fc_buf_dispose(&r->items[k].bytes);
        free((void *)(uintptr_t)r->items[k].time.intervals);
    }
    free(r->items);
    free(r->reason);
    r->raw_bytes = 0;
    r->items = NULL;
    r->reason = NULL;
}

static void dispose_sample(const fc_run *run, fc_run_sample *s)
{
    free(s->id);
    free(s->path);
    free(s->text);
    free(s->group);
    free(s->split);
    free(s->preview);
    free(s->problem);
    fc__meta_dispose(&s->meta);
    for (size_t e = 0; s->results != NULL && e < run->n_encoders; e++)
        fc__run_result_dispose(&s->results[e], run->encoders[e].n_outputs);
    free(s->results);
}

void fc__run_batch_destroy(void *batch)
{
    fc_run_batch *b = batch;

    if (b == NULL)
        return;
    for (size_t i = 0; i < b->n; i++)
        dispose_sample(b->run, &b->samples[i]);
    free(b->samples);
    free(b);
}

/* The first bytes of a text, cut at a character. */
static char *make_preview(const char *text, size_t n)
{
    size_t cut = n < PREVIEW_BYTES ? n : PREVIEW_BYTES;

    return fc__strndup(text, fc__utf8_valid_prefix(text, cut));
}

static fc_status copy_sample(fc_run_sample *to, const fc_source_sample *from, size_t n_encoders,
                             fc_error *err)
{
    const char *group = from->group != NULL ? from->group : "";
    const char *split = from->split != NULL ? from->split : "";

    to->id = fc__strdup(from->id);
    to->group = fc__strdup(group);
    to->split = fc__strdup(split);
    to->results = fc__alloc_array(n_encoders, sizeof(*to->results));
    if (from->path != NULL)
        to->path = fc__strdup(from->path);
    if (from->text != NULL) {
        to->text = fc__strndup(from->text, from->text_n);
        to->preview = make_preview(from->text, from->text_n);
    } else {
        to->preview = fc__strdup("");
    }
    if (from->status != FC_OK)
        to->problem = fc__strdup(from->problem != NULL ? from->problem : "");
    if (to->id == NULL || to->group == NULL || to->split == NULL || to->results == NULL ||
        to->preview == NULL || (from->path != NULL && to->path == NULL) ||
        (from->text != NULL && to->text == NULL) || (from->status != FC_OK && to->problem == NULL))
        return fc__nomem(err, from->text_n, "a sample");
    to->text_n = from->text_n;
    to->declared = from->modality;
    to->start_s = from->start_s;
    to->end_s = from->end_s;
    to->has_file = from->has_file;
    to->file = from->file;
    return from->meta != NULL ? fc__meta_copy(&to->meta, from->meta, err) : FC_OK;
}

/* Bytes that the features of one sample will take at most, about. */
static uint64_t feature_bytes(const fc_run *run, const fc_run_sample *s)
{
    const uint64_t source = s->text != NULL ? s->text_n : s->file.size;
    const uint64_t rows = source / WORD_BYTES < ROWS_MAX ? source / WORD_BYTES + 1 : ROWS_MAX;
    uint64_t most = 0;

    for (size_t e = 0; e < run->n_encoders; e++) {
        uint64_t sum = 0;

        for (size_t k = 0; k < run->encoders[e].n_outputs; k++) {
            const fc_run_output *o = &run->encoders[e].outputs[k];
            const uint64_t n = o->spec->rank == 1 ? 1 : o->spec->shape[0];

            sum += fc__layout_row_bytes(&o->layout) * (n > 0 ? n : rows);
        }
        most = sum > most ? sum : most;
    }
    return most;
}

static fc_status make_batch(fc_run_batch **out, const fc_run *run, fc_error *err)
{
    fc_run_batch *b = calloc(1, sizeof(*b));

    if (b == NULL)
        return fc__nomem(err, sizeof(*b), "a batch");
    b->samples = fc__alloc_array(run->batch_samples, sizeof(fc_run_sample));
    if (b->samples == NULL) {
        free(b);
        return fc__nomem(err, run->batch_samples * sizeof(fc_run_sample), "a batch");
    }
    b->run = run;
    *out = b;
    return FC_OK;
}

fc_status fc__run_batch_add(fc_run_batch **batch, const fc_run *run, const fc_source_sample *sample,
                            fc_run_sample **place, fc_error *err)
{
    fc_status st = *batch == NULL ? make_batch(batch, run, err) : FC_OK;

    if (st != FC_OK)
        return st;
    *place = &(*batch)->samples[(*batch)->n++];
    st = copy_sample(*place, sample, run->n_encoders, err);
    if (st == FC_OK)
        (*batch)->bytes += sizeof(**place) + (*place)->text_n + feature_bytes(run, *place);
    return st;
}
