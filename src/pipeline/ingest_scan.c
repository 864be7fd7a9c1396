/*
 * The scan: reads the source, leaves out what the store has and what has not changed since, and
 * hands the rest on in batches. Unchanged files are not opened: their identity (size, times, inode)
 * decides.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_text.h"
#include "ingest_content.h"
#include "ingest_run.h"

#define PREVIEW_BYTES 256

typedef struct scan {
    fc_run *run;
    fc_sample_reader *reader; /* NULL without a store */
    fc_run_batch *batch;
    fc_emit_fn emit;
    void *context;
} scan;

void fc__run_result_dispose(fc_sample_result *r, size_t n_outputs)
{
    for (size_t k = 0; r->items != NULL && k < n_outputs; k++)
        fc_buf_dispose(&r->items[k].bytes);
    free(r->items);
    free(r->reason);
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

static fc_status copy_meta(fc_meta *to, const fc_meta *from, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; from != NULL && i < from->n && st == FC_OK; i++) {
        const fc_meta_entry *e = &from->entries[i];

        st = fc__meta_add(to, e->key, strlen(e->key), e->kind, e->text, strlen(e->text), err);
    }
    return st;
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
        to->problem = fc__strdup(from->problem);
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
    return copy_meta(&to->meta, from->meta, err);
}

static fc_status flush(scan *s, fc_error *err)
{
    fc_run_batch *batch = s->batch;
    fc_status st;

    if (batch == NULL)
        return FC_OK;
    s->batch = NULL;
    st = s->emit(s->context, batch, err);
    if (st != FC_OK)
        fc__run_batch_destroy(batch);
    return st;
}

/* A place at the end of the batch that is being filled. */
static fc_status next_place(scan *s, fc_run_sample **out, fc_error *err)
{
    if (s->batch == NULL) {
        s->batch = calloc(1, sizeof(*s->batch));
        if (s->batch == NULL)
            return fc__nomem(err, sizeof(*s->batch), "a batch");
        s->batch->samples = fc__alloc_array(s->run->batch_samples, sizeof(fc_run_sample));
        if (s->batch->samples == NULL) {
            free(s->batch);
            s->batch = NULL;
            return fc__nomem(err, s->run->batch_samples * sizeof(fc_run_sample), "a batch");
        }
        s->batch->run = s->run;
    }
    *out = &s->batch->samples[s->batch->n++];
    return FC_OK;
}

static fc_status hand_on(scan *s, const fc_source_sample *sample, const fc_sample_row *known,
                         fc_error *err)
{
    fc_run_sample *place = NULL;
    fc_status st;

    st = next_place(s, &place, err);
    if (st != FC_OK)
        return st;
    st = copy_sample(place, sample, s->run->n_encoders, err);
    if (st != FC_OK)
        return st;
    if (known != NULL) {
        place->relabel = true;
        place->hash = known->content_hash;
        place->modality = known->modality;
        free(place->preview);
        place->preview = fc__strdup(known->preview);
        if (place->preview == NULL)
            return fc__nomem(err, PREVIEW_BYTES, "a sample");
    }
    return s->batch->n == s->run->batch_samples ? flush(s, err) : FC_OK;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool same_meta(const fc_meta *a, const fc_meta *b)
{
    const size_t n_a = a == NULL ? 0 : a->n, n_b = b == NULL ? 0 : b->n;

    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++)
        if (strcmp(a->entries[i].key, b->entries[i].key) != 0 ||
            a->entries[i].kind != b->entries[i].kind ||
            strcmp(a->entries[i].text, b->entries[i].text) != 0)
            return false;
    return true;
}

/* The same bytes as when the row was written? A file by its identity: but one that was written to
 * while or after the last scan began may have changed within the same clock tick, so it is read
 * again. A text by its hash. */
static fc_status same_content(scan *s, const fc_source_sample *sample, const fc_sample_row *row,
                              bool *same, fc_error *err)
{
    fc_sha256 hash;
    fc_status st;

    *same = false;
    if (sample->start_s != row->start_s || sample->end_s != row->end_s)
        return FC_OK;
    if (sample->modality != FC_MODALITY_NONE && sample->modality != row->modality)
        return FC_OK;
    if (sample->text != NULL) {
        if (row->has_file)
            return FC_OK;
        st = fc__content_hash(FC_TEXT, sample->start_s, sample->end_s, sample->text, sample->text_n,
                              &hash, err);
        *same = st == FC_OK && memcmp(&hash, &row->content_hash, sizeof(hash)) == 0;
        return st;
    }
    *same = !s->run->opts->rehash && sample->has_file && row->has_file &&
            fc__file_id_equal(&sample->file, &row->file) &&
            sample->file.mtime_ns < row->scanned_ns && sample->file.ctime_ns < row->scanned_ns;
    return FC_OK;
}

static bool same_labels(const fc_source_sample *sample, const fc_sample_row *row)
{
    return same_text(sample->group, row->group) && same_text(sample->split, row->split) &&
           same_text(sample->path, row->path) && same_meta(sample->meta, row->meta);
}

/* Is all of the content's features there? Counts what is reused or failed before. */
static fc_status all_there(scan *s, const char *id, const fc_sample_row *row, bool *there,
                           fc_error *err)
{
    uint64_t n_reused[FC_INGEST_ENCODERS_MAX] = {0}, n_failed[FC_INGEST_ENCODERS_MAX] = {0};

    *there = true;
    for (size_t e = 0; e < s->run->n_encoders && *there; e++) {
        const fc_run_encoder *enc = &s->run->encoders[e];
        bool has = true, failed = false;

        if (enc->modality != row->modality)
            continue;
        for (size_t k = 0; k < enc->n_outputs && has; k++)
            has = fc__present_has(&enc->outputs[k].present, row->content);
        if (!has && !s->run->opts->retry_failed) {
            const fc_status st =
                fc__sample_reader_failure(s->reader, id, enc->version, &failed, NULL, err);

            if (st != FC_OK)
                return st;
        }
        n_reused[e] = has;
        n_failed[e] = failed;
        *there = has || failed;
    }
    for (size_t e = 0; e < s->run->n_encoders && *there; e++) {
        s->run->encoders[e].unchanged_reused += n_reused[e];
        s->run->encoders[e].unchanged_failed += n_failed[e];
    }
    return FC_OK;
}

/* A sample that failed before any encoder, whose file is as it was then: skip it. */
static fc_status failed_before(scan *s, const fc_source_sample *sample, bool *skip, fc_error *err)
{
    fc_file_id then;
    bool failed;
    fc_status st;

    *skip = false;
    if (s->run->opts->retry_failed || s->run->opts->rehash || !sample->has_file)
        return FC_OK;
    st = fc__sample_reader_failure(s->reader, sample->id, 0, &failed, &then, err);
    *skip = st == FC_OK && failed && fc__file_id_equal(&then, &sample->file);
    return st;
}

static fc_status note_seen(scan *s, const char *id, fc_error *err)
{
    uint8_t hash[FC_SEEN_HASH_BYTES];

    fc__sample_id_hash(id, hash);
    return fc__seen_add(s->run->seen_unchanged, hash, err);
}

static fc_status take(scan *s, const fc_source_sample *sample, fc_error *err)
{
    fc_sample_row row;
    bool skip = false, same, there;
    fc_status st;

    if (sample->status != FC_OK || s->reader == NULL)
        return hand_on(s, sample, NULL, err);
    st = fc__sample_reader_get(s->reader, sample->id, &row, err);
    if (st == FC_E_NOT_FOUND) {
        st = failed_before(s, sample, &skip, err);
        if (st == FC_OK && skip) {
            s->run->n_failed_before++;
            return FC_OK;
        }
        return st == FC_OK ? hand_on(s, sample, NULL, err) : st;
    }
    if (st != FC_OK)
        return st;
    st = same_content(s, sample, &row, &same, err);
    if (st != FC_OK || !same)
        return st == FC_OK ? hand_on(s, sample, NULL, err) : st;
    st = all_there(s, sample->id, &row, &there, err);
    if (st != FC_OK)
        return st;
    if (there && same_labels(sample, &row)) {
        s->run->n_unchanged++;
        return note_seen(s, sample->id, err);
    }
    /* Other labels, same content: the row is rewritten, the file is not read. */
    return hand_on(s, sample, there ? &row : NULL, err);
}

static fc_status scan_all(scan *s, fc_error *err)
{
    fc_run *run = s->run;
    const fc_source_sample *sample;
    size_t source;
    fc_status st;

    for (;;) {
        if (run->n_limited % 64 == 0 && run->opts->cancelled != NULL &&
            run->opts->cancelled(run->opts->context))
            run->stop = true;
        if (run->stop || run->abandoned)
            return FC_E_CANCELLED;
        if (run->opts->limit > 0 && run->n_limited == run->opts->limit) {
            run->limited = true;
            return flush(s, err);
        }
        st = fc__sources_next(run->sources, &sample, &source, err);
        if (st == FC_E_NOT_FOUND) {
            run->scan_finished = true;
            return flush(s, err);
        }
        if (st == FC_OK)
            st = take(s, sample, err);
        if (st != FC_OK)
            return st;
        run->n_limited++;
        run->n_scanned++;
        if (run->n_limited % 256 == 0) {
            const double f = fc__sources_fraction(run->sources);

            run->fraction_ppm = f < 0 ? -1 : (int64_t)(f * 1e6);
        }
    }
}

fc_status fc__run_scan(fc_run *run, fc_emit_fn emit, void *context, fc_error *err)
{
    scan s = {.run = run, .emit = emit, .context = context};
    fc_status st = FC_OK;

    if (run->store != NULL)
        st = fc__sample_reader_open(&s.reader, run->store, run->dataset, err);
    if (st == FC_OK)
        st = scan_all(&s, err);
    fc__run_batch_destroy(s.batch);
    fc__sample_reader_close(s.reader);
    return st;
}
