/*
 * A result owns a list of strings and a list of hits; it goes to the caller whole.
 */
#include "search_result.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_buf.h"
#include "fc_json.h"
#include "fc_store_read.h"

struct fc_result_builder {
    fc_query_result result; /* first: what the caller holds */
    fc_query_hit *hits;
    size_t capacity;
    fc_query_term_info *terms;
    fc_query_hit *samples; /* one a term; those of ids are in use */
    const char **notices;
    size_t notices_capacity;
    char **strings;
    size_t n_strings, strings_capacity;
};

fc_status fc__result_create(fc_result_builder **out, size_t k, fc_error *err)
{
    fc_result_builder *b = calloc(1, sizeof(*b));

    (void)k;
    *out = b;
    return b == NULL ? fc__nomem(err, sizeof(*b), "a result") : FC_OK;
}

static const char *keep_owned(fc_result_builder *b, char *s)
{
    if (s == NULL || fc__grow_array(&b->strings, &b->strings_capacity, b->n_strings + 1,
                                    sizeof(*b->strings), NULL) != FC_OK) {
        free(s);
        return NULL;
    }
    b->strings[b->n_strings++] = s;
    return s;
}

const char *fc__result_keep(fc_result_builder *b, const char *s)
{
    return keep_owned(b, fc__strdup(s != NULL ? s : ""));
}

fc_query_hit *fc__result_hit(fc_result_builder *b, size_t i)
{
    return &b->hits[i];
}

void *fc__result_own(fc_result_builder *b, void *block)
{
    return (void *)(uintptr_t)keep_owned(b, block);
}

fc_status fc__result_note(fc_result_builder *b, fc_error *err, const char *fmt, ...)
{
    char line[FC_ERROR_MESSAGE_BYTES];
    va_list args;
    fc_status st;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    st = fc__grow_array(&b->notices, &b->notices_capacity, b->result.n_notices + 1,
                        sizeof(*b->notices), err);
    if (st != FC_OK)
        return st;
    b->result.notices = b->notices;
    b->notices[b->result.n_notices] = fc__result_keep(b, line);
    if (b->notices[b->result.n_notices] == NULL)
        return fc__nomem(err, sizeof(line), "a notice");
    b->result.n_notices++;
    return FC_OK;
}

static const char *keep_meta(fc_result_builder *b, const fc_sample *sample)
{
    const fc_meta *meta = fc__sample_meta(sample);
    fc_buf text = FC_BUF_INIT;
    fc_json j = fc_json_into(&text);
    char *s = NULL;

    if (meta != NULL) {
        fc__meta_json(meta, &j);
    } else {
        fc_json_object_begin(&j);
        fc_json_object_end(&j);
    }
    if (fc_json_status(&j, NULL) == FC_OK)
        s = fc__strndup((const char *)text.data, text.size);
    fc_buf_dispose(&text);
    return keep_owned(b, s);
}

/* A copy of what the sample's row says; rank, score and via_id stay to be set. */
static fc_status copy_sample(fc_result_builder *b, const fc_sample *sample, const char *root,
                             fc_query_hit *h, fc_error *err)
{
    *h = (fc_query_hit){.dataset = fc__result_keep(b, sample->dataset),
                        .id = fc__result_keep(b, sample->id),
                        .group = fc__result_keep(b, sample->group),
                        .split = fc__result_keep(b, sample->split),
                        .path = fc__result_keep(b, sample->path),
                        .preview = fc__result_keep(b, sample->preview),
                        .root = fc__result_keep(b, root),
                        .meta_json = keep_meta(b, sample),
                        .modality = sample->modality,
                        .content = sample->content,
                        .start_s = sample->start_s,
                        .end_s = sample->end_s};
    if (h->dataset == NULL || h->id == NULL || h->group == NULL || h->split == NULL ||
        h->path == NULL || h->preview == NULL || h->root == NULL || h->meta_json == NULL)
        return fc__nomem(err, 256, "a hit");
    return FC_OK;
}

fc_status fc__result_add(fc_result_builder *b, const fc_sample *sample, double score, double cosine,
                         const char *root, const char *via_id, fc_error *err)
{
    fc_query_hit *h;
    fc_status st;

    st = fc__grow_array(&b->hits, &b->capacity, b->result.n_hits + 1, sizeof(*b->hits), err);
    if (st != FC_OK)
        return st;
    b->result.hits = b->hits;
    h = &b->hits[b->result.n_hits];
    st = copy_sample(b, sample, root, h, err);
    h->rank = b->result.n_hits + 1;
    h->score = score;
    h->cosine = cosine;
    h->via_id = via_id != NULL ? fc__result_keep(b, via_id) : NULL;
    if (st == FC_OK && via_id != NULL && h->via_id == NULL)
        st = fc__nomem(err, 256, "a hit");
    if (st == FC_OK)
        b->result.n_hits++;
    return st;
}

fc_status fc__result_terms(fc_result_builder *b, size_t n, fc_error *err)
{
    b->terms = fc__alloc_array(n, sizeof(*b->terms));
    b->samples = fc__alloc_array(n, sizeof(*b->samples));
    if (b->terms == NULL || b->samples == NULL)
        return fc__nomem(err, n * (sizeof(*b->terms) + sizeof(*b->samples)), "the query's terms");
    b->result.terms = b->terms;
    b->result.n_terms = n;
    return FC_OK;
}

fc_query_term_info *fc__result_term(fc_result_builder *b, size_t i)
{
    return &b->terms[i];
}

fc_status fc__result_set_sample(fc_result_builder *b, size_t i, const fc_sample *sample,
                                const char *root, fc_error *err)
{
    const fc_status st = copy_sample(b, sample, root, &b->samples[i], err);

    b->terms[i].sample = st == FC_OK ? &b->samples[i] : NULL;
    return st;
}

void fc__result_restart(fc_result_builder *b)
{
    b->result.n_hits = 0; /* their strings stay until the result goes */
}

void fc__result_weigh(fc_result_builder *b, double temperature)
{
    double sum = 0;

    /* Best first: no exponent is above 0. */
    for (size_t i = 0; i < b->result.n_hits; i++) {
        b->hits[i].probability = exp((b->hits[i].score - b->hits[0].score) / temperature);
        sum += b->hits[i].probability;
    }
    for (size_t i = 0; i < b->result.n_hits; i++)
        b->hits[i].probability /= sum;
}

size_t fc__result_count(const fc_result_builder *b)
{
    return b->result.n_hits;
}

fc_query_result *fc__result_of(fc_result_builder *b)
{
    return &b->result;
}

void fc_query_result_destroy(fc_query_result *result)
{
    fc_result_builder *b = (fc_result_builder *)result;

    if (b == NULL)
        return;
    for (size_t i = 0; i < b->n_strings; i++)
        free(b->strings[i]);
    free(b->strings);
    free(b->notices);
    free(b->terms);
    free(b->samples);
    free(b->hits);
    free(b);
}
