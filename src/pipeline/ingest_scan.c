/*
 * The scan: reads the source, leaves out what the store has and what has not changed since, and
 * hands the rest on in batches. Unchanged files are not opened: their identity (size, times, inode)
 * decides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_buf.h"
#include "fc_text.h"
#include "ingest_ahead.h"
#include "ingest_content.h"
#include "ingest_run.h"

#define PREVIEW_BYTES 256
/* How coarse file times are: the kernel's clock ticks up to 10 ms apart; where a file system keeps
 * whole seconds only, up to two. */
#define TICK_NS   INT64_C(20000000)
#define SECOND_NS INT64_C(1000000000)
typedef struct scan {
    fc_run *run;
    fc_ahead *ahead;          /* the sources, read on another thread */
    fc_sample_reader *reader; /* NULL without a store */
    fc_run_batch *batch;
    fc_emit_fn emit;
    void *context;
    fc_buf id, problem; /* of a sample that is refused here */
} scan;

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

/* Put a sample into the batch; the batch goes on when it is full or holds enough. */
static fc_status place_sample(scan *s, const fc_source_sample *sample, fc_run_sample **place,
                              fc_error *err)
{

    if (s->batch != NULL &&
        (s->batch->n == s->run->batch_samples || s->batch->bytes >= s->run->batch_bytes_max)) {
        const fc_status st = flush(s, err);

        if (st != FC_OK)
            return st;
    }
    return fc__run_batch_add(&s->batch, s->run, sample, place, err);
}

/* The row before has its content, and all its features are there (or failed): only labels differ.
 */
static fc_status hand_on_labels(scan *s, const fc_source_sample *sample, const fc_sample_row *row,
                                const fc_outcome *outcomes, fc_error *err)
{
    fc_run_sample *place = NULL;
    fc_status st;

    st = place_sample(s, sample, &place, err);
    if (st != FC_OK)
        return st;
    place->relabel = true;
    place->hash = row->content_hash;
    place->modality = row->modality;
    for (size_t e = 0; e < s->run->n_encoders; e++)
        place->results[e].outcome = outcomes[e];
    free(place->preview);
    place->preview = fc__strdup(row->preview);
    return place->preview != NULL ? FC_OK : fc__nomem(err, PREVIEW_BYTES, "a sample");
}

/* To be read. `before` is the modality of the row before. */
static fc_status hand_on(scan *s, const fc_source_sample *sample, fc_modality before, fc_error *err)
{
    fc_run_sample *place = NULL;
    const fc_status st = place_sample(s, sample, &place, err);

    if (st == FC_OK)
        place->before = before;
    return st;
}

/* The sample with a reason why it is not taken, under another id where `id` is not NULL. */
static fc_status refuse(scan *s, const fc_source_sample *sample, const char *id, fc_error *err)
{
    fc_source_sample bad = *sample;

    bad.status = FC_E_FORMAT;
    bad.problem = (const char *)s->problem.data;
    bad.id = id != NULL ? id : sample->id;
    return hand_on(s, &bad, FC_MODALITY_NONE, err);
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

bool fc__scan_settled(int64_t time_ns, int64_t scanned_ns)
{
    return time_ns < scanned_ns - (time_ns % SECOND_NS == 0 ? 2 * SECOND_NS : TICK_NS);
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
            fc__scan_settled(sample->file.mtime_ns, row->scanned_ns) &&
            fc__scan_settled(sample->file.ctime_ns, row->scanned_ns);
    return FC_OK;
}

static bool same_labels(const fc_source_sample *sample, const fc_sample_row *row)
{
    return same_text(sample->group, row->group) && same_text(sample->split, row->split) &&
           same_text(sample->path, row->path) && same_meta(sample->meta, row->meta);
}

/* What is there of the content's features: an outcome an encoder. *there: nothing is to be
 * computed.
 */
static fc_status look_up(scan *s, const char *id, const fc_sample_row *row, fc_outcome *outcomes,
                         bool *there, fc_error *err)
{
    *there = true;
    for (size_t e = 0; e < s->run->n_encoders && *there; e++) {
        const fc_run_encoder *enc = &s->run->encoders[e];
        bool has = true, failed = false;

        outcomes[e] = FC_OUTCOME_NONE;
        if (enc->modality != row->modality)
            continue;
        for (size_t k = 0; k < enc->n_outputs && has; k++)
            has = fc__present_has(&enc->outputs[k].present, row->content);
        if (!has && enc->version != 0 && !s->run->opts->retry_failed) {
            const fc_status st =
                fc__sample_reader_failure(s->reader, id, enc->version, &failed, NULL, err);

            if (st != FC_OK)
                return st;
        }
        outcomes[e] = has ? FC_OUTCOME_REUSED : FC_OUTCOME_FAILED_BEFORE;
        *there = has || failed;
    }
    return FC_OK;
}

static fc_status note(fc_seen *set, const char *id, fc_error *err)
{
    uint8_t hash[FC_SEEN_HASH_BYTES];

    fc__sample_id_hash(id, hash);
    return fc__seen_add(set, hash, err);
}

static fc_status pass_over(scan *s, const char *id, fc_modality modality,
                           const fc_outcome *outcomes, fc_error *err)
{
    for (size_t e = 0; e < s->run->n_encoders; e++) {
        s->run->encoders[e].unchanged_reused += outcomes[e] == FC_OUTCOME_REUSED;
        s->run->encoders[e].unchanged_failed += outcomes[e] == FC_OUTCOME_FAILED_BEFORE;
        s->run->n_not_retried += outcomes[e] == FC_OUTCOME_FAILED_BEFORE;
    }
    fc__run_count_modality(s->run, modality);
    s->run->n_unchanged++;
    return note(s->run->seen_unchanged, id, err);
}

/* A sample without a row: new, unless it failed before any encoder and its file is as it was then.
 */
static fc_status take_new(scan *s, const fc_source_sample *sample, fc_error *err)
{
    fc_file_id then;
    bool failed = false;
    fc_status st = FC_OK;

    if (!s->run->opts->retry_failed && !s->run->opts->rehash && sample->has_file)
        st = fc__sample_reader_failure(s->reader, sample->id, 0, &failed, &then, err);
    if (st != FC_OK)
        return st;
    if (!failed || !fc__file_id_equal(&then, &sample->file))
        return hand_on(s, sample, FC_MODALITY_NONE, err);
    s->run->n_failed_before++;
    s->run->n_not_retried++;
    return note(s->run->seen_skipped, sample->id, err);
}

/* An id of a manifest that was there before: told under a name of its line, which goes from the
 * ledger with it. */
static fc_status refuse_twin(scan *s, const fc_source_sample *sample, size_t source, fc_error *err)
{
    fc_status st;

    fc_buf_clear(&s->id);
    fc_buf_clear(&s->problem);
    s->run->n_duplicates++;
    if (sample->member > 0) {
        st = fc_buf_append_fmt(&s->id, err, "%s#%llu", sample->id,
                               (unsigned long long)sample->member);
        if (st == FC_OK)
            st = fc_buf_append_fmt(&s->problem, err,
                                   "member %llu has the name of one before it; the first is taken",
                                   (unsigned long long)sample->member);
        return st == FC_OK ? refuse(s, sample, (const char *)s->id.data, err) : st;
    }
    st = fc_buf_append_fmt(&s->id, err, "%sline:%llu", fc__sources_prefix(s->run->sources, source),
                           (unsigned long long)sample->line);
    if (st == FC_OK)
        st = fc_buf_append_fmt(
            &s->problem, err, "%s:%llu: another sample has the id '%.256s'; the first is taken",
            s->run->source_paths[source], (unsigned long long)sample->line, sample->id);
    return st == FC_OK ? refuse(s, sample, (const char *)s->id.data, err) : st;
}

/* Good as far as the source can tell, but nothing that this version can take. */
static fc_status find_problem(scan *s, const fc_source_sample *sample, fc_error *err)
{
    fc_buf_clear(&s->problem);
    if (strlen(sample->id) > FC_SAMPLE_ID_MAX)
        return fc_buf_append_fmt(&s->problem, err,
                                 "the id has %zu bytes with its source's name; "
                                 "at most %d",
                                 strlen(sample->id), FC_SAMPLE_ID_MAX);
    return FC_OK;
}

static fc_status take(scan *s, const fc_source_sample *sample, size_t source, fc_error *err)
{
    fc_outcome outcomes[FC_INGEST_ENCODERS_MAX];
    fc_sample_row row;
    uint8_t hash[FC_SEEN_HASH_BYTES];
    bool same, there = false, twice = false;
    fc_status st;

    if (sample->status != FC_OK)
        return hand_on(s, sample, FC_MODALITY_NONE, err);
    fc__sample_id_hash(sample->id, hash);
    if (sample->line > 0 || sample->member > 0) { /* in a folder no name comes twice */
        st = fc__ids_add(s->run->ids, hash, &twice, err);
        if (st != FC_OK || twice)
            return st == FC_OK ? refuse_twin(s, sample, source, err) : st;
    }
    st = find_problem(s, sample, err);
    if (st != FC_OK || s->problem.size > 0)
        return st == FC_OK ? refuse(s, sample, NULL, err) : st;
    if (s->reader == NULL)
        return hand_on(s, sample, FC_MODALITY_NONE, err);
    st = fc__sample_reader_get(s->reader, sample->id, &row, err);
    if (st != FC_OK)
        return st == FC_E_NOT_FOUND ? take_new(s, sample, err) : st;
    st = same_content(s, sample, &row, &same, err);
    if (st == FC_OK && same)
        st = look_up(s, sample->id, &row, outcomes, &there, err);
    if (st != FC_OK)
        return st;
    if (!there)
        return hand_on(s, sample, row.modality, err);
    return same_labels(sample, &row) ? pass_over(s, sample->id, row.modality, outcomes, err)
                                     : hand_on_labels(s, sample, &row, outcomes, err);
}

/* Whether the source goes on behind the limit: only then the version is a part of it. */
static fc_status end_at_limit(scan *s, fc_error *err)
{
    const fc_source_sample *sample;
    size_t source;
    const fc_status st = fc__ahead_next(s->ahead, &sample, &source, err);

    s->run->scan_finished = st == FC_E_NOT_FOUND;
    s->run->limited = st == FC_OK;
    return st == FC_OK || st == FC_E_NOT_FOUND ? flush(s, err) : st;
}

static fc_status scan_all(scan *s, fc_error *err)
{
    fc_run *run = s->run;
    const fc_source_sample *sample;
    size_t source;
    fc_status st;

    for (;;) {
        if (run->opts->cancelled != NULL && run->opts->cancelled(run->opts->context))
            run->stop = true;
        if (run->stop || run->abandoned)
            return FC_E_CANCELLED;
        if (run->opts->limit > 0 && run->n_limited == run->opts->limit)
            return end_at_limit(s, err);
        st = fc__ahead_next(s->ahead, &sample, &source, err);
        if (st == FC_E_NOT_FOUND) {
            run->scan_finished = true;
            return flush(s, err);
        }
        if (st == FC_OK)
            st = take(s, sample, source, err);
        if (st != FC_OK)
            return st;
        run->n_limited++;
        run->n_scanned++;
        if (run->n_limited % 256 == 0) {
            const double f = run->opts->limit > 0
                                 ? (double)run->n_limited / (double)run->opts->limit
                                 : fc__ahead_fraction(s->ahead);

            run->fraction_ppm = f < 0 ? -1 : (int64_t)(f * 1e6);
        }
    }
}

fc_status fc__run_scan(fc_run *run, fc_emit_fn emit, void *context, fc_error *err)
{
    scan s = {.run = run, .emit = emit, .context = context};
    fc_status st = FC_OK;

    s.id = s.problem = (fc_buf)FC_BUF_INIT;
    if (run->store != NULL)
        st = fc__sample_reader_open(&s.reader, run->store, run->dataset, err);
    if (st == FC_OK)
        st = fc__ahead_start(&s.ahead, run->sources, err);
    if (st == FC_OK)
        st = scan_all(&s, err);
    fc__ahead_stop(s.ahead);
    fc__run_batch_destroy(s.batch);
    fc__sample_reader_close(s.reader);
    fc_buf_dispose(&s.id);
    fc_buf_dispose(&s.problem);
    return st;
}
