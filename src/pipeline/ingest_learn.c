/*
 * What encoders learn before they encode: counted in a pass of its own over the source, and frozen
 * into their cards.
 *
 *     this thread (samples) -> workers (load, prepare, note) -> this thread (add up, in order)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_builtin.h"
#include "ingest_load.h"
#include "ingest_run.h"

/* One encoder that learns. */
typedef struct learner {
    fc_run_encoder *encoder;
    const fc_learning *how;
    void *sum;
    uint64_t n_samples; /* that had something to say */
} learner;

typedef struct learn_worker {
    fc_fetcher *fetcher;
    fc_encoder_worker **encoders; /* one a learner */
} learn_worker;

typedef struct lesson {
    fc_run *run;
    learner learners[FC_INGEST_ENCODERS_MAX];
    size_t n_learners;
    learn_worker *workers;
    fc_sources *sources;
    fc_ids *ids; /* as the scan: of an id that comes twice, the first */
    fc_pool *pool;
    size_t in_flight, n_in_flight;
    uint64_t n_taken;
} lesson;

/* A batch with what its samples add: n samples times n learners, sample by sample. */
typedef struct page {
    fc_run_batch *batch;
    fc_buf *notes;
    size_t n_notes;
    fc_status status; /* FC_E_NOMEM: it is not whole, and a sum without it would be another */
} page;

static void destroy_page(void *item)
{
    page *p = item;

    if (p == NULL)
        return;
    for (size_t i = 0; p->notes != NULL && i < p->n_notes; i++)
        fc_buf_dispose(&p->notes[i]);
    free(p->notes);
    fc__run_batch_destroy(p->batch);
    free(p);
}

/* What one sample adds for one learner. Whatever fails here but for want of memory fails again, and
 * is told, when it is encoded. */
static fc_status take_note(fc_encoder_worker *w, const fc_input *in, fc_buf *out)
{
    fc_prepared prepared = FC_PREPARED_INIT;
    fc_status st;

    st = fc__encoder_prepare(w, in, &prepared, NULL);
    if (st == FC_OK)
        st = fc__encoder_note(w, &prepared, out, NULL);
    if (st != FC_OK)
        fc_buf_clear(out);
    fc__prepared_dispose(&prepared);
    return st == FC_E_NOMEM ? st : FC_OK;
}

static fc_status note_sample(const lesson *l, learn_worker *w, fc_run_sample *s, fc_buf *notes)
{
    fc_loaded load = {.file = FC_BUF_INIT};
    fc_status st = FC_OK;

    if (s->problem == NULL && fc__run_load(l->run, w->fetcher, s, &load)) {
        const fc_input in = {.modality = s->modality,
                             .bytes = load.bytes,
                             .n_bytes = load.n,
                             .start_s = s->start_s,
                             .end_s = s->end_s,
                             .name = s->id,
                             .limits = &l->run->limits};

        for (size_t k = 0; k < l->n_learners && st == FC_OK; k++)
            if (l->learners[k].encoder->modality == s->modality)
                st = take_note(w->encoders[k], &in, &notes[k]);
    }
    fc__run_unload(l->run, &load);
    return st;
}

static void work(void *context, uint32_t worker, void *item)
{
    lesson *l = context;
    page *p = item;

    for (size_t i = 0; i < p->batch->n && p->status == FC_OK; i++)
        p->status = note_sample(l, &l->workers[worker], &p->batch->samples[i],
                                &p->notes[i * l->n_learners]);
}

/* Add up the next page that is finished. */
static fc_status take_page(lesson *l, fc_error *err)
{
    void *item = NULL;
    page *p;
    fc_status st;

    st = fc__pool_next(l->pool, &item);
    if (st != FC_OK)
        return st;
    l->n_in_flight--;
    p = item;
    if (p->status != FC_OK)
        st = fc_error_set(err, p->status, "out of memory while %s is counted",
                          l->learners[0].how->data);
    for (size_t i = 0; i < p->n_notes && st == FC_OK; i++) {
        learner *to = &l->learners[i % l->n_learners];

        if (p->notes[i].size == 0)
            continue;
        to->n_samples++;
        st = to->how->add(to->sum, &p->notes[i], err);
    }
    destroy_page(p);
    return st;
}

/* Hand a batch to the workers; what it held is theirs, also on failure. */
static fc_status push_batch(lesson *l, fc_run_batch **batch, fc_error *err)
{
    page *p;
    fc_status st = FC_OK;

    if (*batch == NULL)
        return FC_OK;
    p = fc__alloc_array(1, sizeof(*p));
    if (p == NULL)
        return fc__nomem(err, sizeof(*p), "a batch");
    p->batch = *batch;
    *batch = NULL;
    p->n_notes = p->batch->n * l->n_learners;
    p->notes = fc__alloc_array(p->n_notes, sizeof(*p->notes)); /* zeroed: empty buffers */
    if (p->notes == NULL)
        st = fc__nomem(err, p->n_notes * sizeof(*p->notes), "a batch");
    if (st == FC_OK && l->n_in_flight == l->in_flight)
        st = take_page(l, err);
    if (st == FC_OK)
        st = fc__pool_push(l->pool, p);
    if (st != FC_OK) {
        destroy_page(p);
        return st;
    }
    l->n_in_flight++;
    return FC_OK;
}

/* Of an id that comes twice in a manifest or an archive, the scan takes the first. */
static fc_status is_twin(lesson *l, const fc_source_sample *sample, bool *twin, fc_error *err)
{
    uint8_t hash[FC_SEEN_HASH_BYTES];

    *twin = false;
    if (sample->status != FC_OK || (sample->line == 0 && sample->member == 0))
        return FC_OK;
    fc__sample_id_hash(sample->id, hash);
    return fc__ids_add(l->ids, hash, twin, err);
}

static fc_status take_sample(lesson *l, const fc_source_sample *sample, fc_run_batch **batch,
                             fc_error *err)
{
    fc_run *run = l->run;
    fc_run_sample *place = NULL;
    bool twin;
    fc_status st;

    run->n_scanned++; /* for progress: the scan begins again at 0 */
    st = is_twin(l, sample, &twin, err);
    if (st != FC_OK || twin)
        return st;
    if (*batch != NULL &&
        ((*batch)->n == run->batch_samples || (*batch)->bytes >= run->batch_bytes_max))
        st = push_batch(l, batch, err);
    return st == FC_OK ? fc__run_batch_add(batch, run, sample, &place, err) : st;
}

static fc_status take_all(lesson *l, fc_error *err)
{
    fc_run *run = l->run;
    fc_run_batch *batch = NULL;
    const fc_source_sample *sample;
    size_t source;
    fc_status st = FC_OK;

    while (st == FC_OK && (run->opts->limit == 0 || l->n_taken < run->opts->limit)) {
        if (run->opts->cancelled != NULL && run->opts->cancelled(run->opts->context))
            st = FC_E_CANCELLED;
        if (st == FC_OK)
            st = fc__sources_next(l->sources, &sample, &source, err);
        if (st == FC_OK)
            st = take_sample(l, sample, &batch, err);
        l->n_taken++;
        if (l->n_taken % 256 == 0) {
            const double f = fc__sources_fraction(l->sources);

            run->fraction_ppm = f < 0 ? -1 : (int64_t)(f * 1e6);
        }
    }
    if (st == FC_OK || st == FC_E_NOT_FOUND)
        st = push_batch(l, &batch, err);
    while (st == FC_OK && l->n_in_flight > 0)
        st = take_page(l, err);
    fc__run_batch_destroy(batch);
    return st;
}

static fc_status create_workers(lesson *l, fc_error *err)
{
    fc_run *run = l->run;
    fc_status st = FC_OK;

    l->workers = fc__alloc_array(run->n_jobs, sizeof(*l->workers));
    if (l->workers == NULL)
        return fc__nomem(err, run->n_jobs * sizeof(*l->workers), "workers");
    for (uint32_t i = 0; i < run->n_jobs && st == FC_OK; i++) {
        learn_worker *w = &l->workers[i];

        w->encoders = fc__alloc_array(l->n_learners, sizeof(fc_encoder_worker *));
        if (w->encoders == NULL)
            return fc__nomem(err, l->n_learners * sizeof(*w->encoders), "workers");
        st = fc__run_fetcher_create(&w->fetcher, run, err);
        for (size_t k = 0; k < l->n_learners && st == FC_OK; k++)
            st = fc__encoder_worker_create(&w->encoders[k], l->learners[k].encoder->encoder, err);
    }
    return st;
}

static fc_status begin(lesson *l, fc_error *err)
{
    fc_run *run = l->run;
    fc_status st = FC_OK;

    l->in_flight = (size_t)run->n_jobs * 2 + 2;
    for (size_t k = 0; k < l->n_learners && st == FC_OK; k++)
        st = l->learners[k].how->begin(&l->learners[k].sum, err);
    if (st == FC_OK)
        st = fc__sources_open(&l->sources, run->source_paths, run->n_sources, run->dataset_opts,
                              err);
    if (st == FC_OK)
        st = fc__ids_create(&l->ids, run->memory_bytes / 16, err);
    if (st == FC_OK)
        st = create_workers(l, err);
    if (st == FC_OK)
        st = fc__pool_create(&l->pool, run->n_jobs, l->in_flight, work, l, err);
    return st;
}

/* The workers go before the encoders that they work for. */
static void end_workers(lesson *l)
{
    fc__pool_destroy(l->pool, destroy_page);
    l->pool = NULL;
    for (uint32_t i = 0; l->workers != NULL && i < l->run->n_jobs; i++) {
        for (size_t k = 0; l->workers[i].encoders != NULL && k < l->n_learners; k++)
            fc__encoder_worker_destroy(l->workers[i].encoders[k]);
        free(l->workers[i].encoders);
        fc__fetcher_destroy(l->workers[i].fetcher);
    }
    free(l->workers);
    l->workers = NULL;
}

static void end(lesson *l)
{
    fc__ids_destroy(l->ids);
    fc__sources_close(l->sources);
    for (size_t k = 0; k < l->n_learners; k++)
        l->learners[k].how->destroy(l->learners[k].sum);
}

/* What has been learnt, into the card; its encoder is made anew. */
static fc_status freeze(const fc_run *run, learner *l, fc_error *err)
{
    fc_run_encoder *e = l->encoder;
    char message[FC_ERROR_MESSAGE_BYTES];
    fc_buf text = FC_BUF_INIT;
    fc_status st;

    if (l->n_samples == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "%s: the source has no %s samples to count %s from; leave the card out",
                            e->card->name, fc_modality_name(e->modality), l->how->data);
    st = l->how->end(l->sum, &text, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(&text, 0, err);
    if (st == FC_OK)
        st = fc__card_freeze(e->card, l->how->data, (const char *)text.data, err);
    if (st == FC_OK && run->opts->notice != NULL) {
        snprintf(message, sizeof(message),
                 "%s: %s is counted in %llu samples and kept; --refit counts it anew",
                 e->card->name, l->how->data, (unsigned long long)l->n_samples);
        run->opts->notice(run->opts->context, message);
    }
    fc_buf_dispose(&text);
    return st == FC_OK ? fc__run_renew_encoder(e, err) : st;
}

fc_status fc__run_learn(fc_run *run, fc_error *err)
{
    lesson *l = fc__alloc_array(1, sizeof(*l));
    fc_status st = FC_OK;

    if (l == NULL)
        return fc__nomem(err, sizeof(*l), "learning");
    l->run = run;
    for (size_t i = 0; i < run->n_encoders; i++) {
        const fc_learning *how = fc__encoder_learning(run->encoders[i].encoder);

        if (how != NULL)
            l->learners[l->n_learners++] = (learner){.encoder = &run->encoders[i], .how = how};
    }
    if (l->n_learners > 0) {
        st = begin(l, err);
        if (st == FC_OK)
            st = take_all(l, err);
        end_workers(l);
        for (size_t k = 0; k < l->n_learners && st == FC_OK; k++)
            st = freeze(run, &l->learners[k], err);
        end(l);
        run->n_scanned = 0;
        run->fraction_ppm = -1;
    }
    free(l);
    return st;
}
