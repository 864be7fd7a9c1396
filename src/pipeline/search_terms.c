/*
 * From fc_query to terms: text, file, id and vector are a query of one term.
 */
#include "search_terms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "ingest_content.h"

#define K_MAX           100000u
#define TEMPERATURE_MAX 1e6

static fc_status check_span(double start_s, double end_s, bool is_file, fc_error *err)
{
    if ((start_s != 0 || end_s != 0) && !is_file)
        return fc_error_set(err, FC_E_INVALID, "a span needs a file");
    if (!(start_s >= 0) || !(end_s >= 0) || (end_s != 0 && end_s <= start_s))
        return fc_error_set(err, FC_E_INVALID, "the span from %g to %g s is empty", start_s, end_s);
    return FC_OK;
}

static fc_status check_term(const fc_query_term *t, size_t i, fc_error *err)
{
    const bool is_vector = t->kind == FC_QUERY_VECTOR;

    if (t->kind < FC_QUERY_TEXT || t->kind > FC_QUERY_VECTOR)
        return fc_error_set(err, FC_E_INVALID, "term %zu: kind %d is none", i + 1, (int)t->kind);
    if ((t->value == NULL) != is_vector || (t->vector == NULL) == is_vector)
        return fc_error_set(err, FC_E_INVALID, "term %zu: a %s is missing, or one too many", i + 1,
                            is_vector ? "vector" : "value");
    if (!isfinite(t->weight) || t->weight == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "term %zu: its weight is %g; give a number other than 0", i + 1,
                            t->weight);
    return check_span(t->start_s, t->end_s, t->kind == FC_QUERY_FILE, err);
}

fc_status fc__query_check(const fc_query *q, fc_error *err)
{
    const int n = (q->text != NULL) + (q->file != NULL) + (q->id != NULL) + (q->vector != NULL) +
                  (q->n_terms > 0);
    fc_status st;

    if (q->struct_size != sizeof(*q))
        return fc_error_set(err, FC_E_INVALID,
                            "query: struct_size is %zu; start from FC_QUERY_INIT", q->struct_size);
    if (n != 1)
        return fc_error_set(err, FC_E_INVALID,
                            "give exactly one of text, file, id, vector and terms; %d are given",
                            n);
    if (q->n_terms > FC_QUERY_TERMS_MAX)
        return fc_error_set(err, FC_E_INVALID, "%zu terms; a query has at most %d", q->n_terms,
                            FC_QUERY_TERMS_MAX);
    st = check_span(q->start_s, q->end_s, q->file != NULL, err);
    for (size_t i = 0; i < q->n_terms && st == FC_OK; i++)
        st = check_term(&q->terms[i], i, err);
    if (st == FC_OK && q->k > K_MAX)
        st = fc_error_set(err, FC_E_INVALID, "k is %zu; at most %u", q->k, K_MAX);
    if (st == FC_OK && !(q->temperature >= 0 && q->temperature <= TEMPERATURE_MAX))
        st = fc_error_set(err, FC_E_INVALID, "the temperature is %g; give one from 0 to %g",
                          q->temperature, TEMPERATURE_MAX);
    return st;
}

/* The query's one input as a term. */
static fc_query_term only_term(const fc_query *q)
{
    fc_query_term t = {.vector = q->vector,
                       .vector_dim = q->vector_dim,
                       .weight = 1,
                       .start_s = q->start_s,
                       .end_s = q->end_s};

    t.value = q->text != NULL ? q->text : q->file != NULL ? q->file : q->id;
    t.kind = q->text != NULL   ? FC_QUERY_TEXT
             : q->file != NULL ? FC_QUERY_FILE
             : q->id != NULL   ? FC_QUERY_ID
                               : FC_QUERY_VECTOR;
    return t;
}

static fc_status load_input(fc_term *t, size_t number, const fc_query *q, fc_error *err)
{
    fc_query one = *q; /* for its caps */
    fc_status st;

    one.text = t->asked.kind == FC_QUERY_TEXT ? t->asked.value : NULL;
    one.file = t->asked.kind == FC_QUERY_FILE ? t->asked.value : NULL;
    one.start_s = t->asked.start_s;
    one.end_s = t->asked.end_s;
    st = fc__input_load(&t->input, &one, err);
    if (st == FC_OK && one.text != NULL && q->n_terms > 1) {
        snprintf(t->name, sizeof(t->name), "query text %zu", number);
        t->input.input.name = t->name;
    }
    return st;
}

/* What is asked with: its modality, and what it is itself among what is stored. */
static fc_status take(fc_terms *terms, size_t i, const fc_query *q, fc_snapshot *s,
                      fc_result_builder *result, fc_error *err)
{
    fc_query_self *self = &terms->selves[i];
    fc_term *t = &terms->list[i];
    const fc_input *in = &t->input.input;
    fc_status st;

    t->modality = FC_VECTOR;
    if (t->asked.kind == FC_QUERY_VECTOR)
        return FC_OK;
    st = t->asked.kind == FC_QUERY_ID ? fc__pick_sample(s, t->asked.value, self, result, i, err)
                                      : load_input(t, i + 1, q, err);
    if (st != FC_OK)
        return st;
    if (t->asked.kind != FC_QUERY_ID)
        self->modality = in->modality;
    t->modality = self->modality;
    if (t->asked.kind != FC_QUERY_FILE)
        return FC_OK;
    self->has_hash = true;
    return fc__content_hash(self->modality, in->start_s, in->end_s, in->bytes, in->n_bytes,
                            &self->hash, err);
}

static void find_modality(fc_terms *t)
{
    t->bare = true;
    t->modality = FC_VECTOR;
    for (size_t i = 0; i < t->n; i++) {
        const fc_modality one = t->list[i].modality;

        if (t->list[i].asked.kind == FC_QUERY_VECTOR)
            continue;
        if (!t->bare && t->modality != one) {
            t->modality = FC_MODALITY_NONE;
            return;
        }
        t->bare = false;
        t->modality = one;
    }
}

fc_status fc__terms_take(fc_terms *out, const fc_query *q, fc_snapshot *s,
                         fc_result_builder *result, fc_error *err)
{
    const size_t n = q->n_terms > 0 ? q->n_terms : 1;
    fc_status st;

    *out = (fc_terms){.list = fc__alloc_array(n, sizeof(*out->list)),
                      .selves = fc__alloc_array(n, sizeof(*out->selves))};
    if (out->list == NULL || out->selves == NULL)
        return fc__nomem(err, n * sizeof(*out->list), "the query's terms");
    out->n = n;
    st = fc__result_terms(result, n, err);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        out->list[i].asked = q->n_terms > 0 ? q->terms[i] : only_term(q);
        st = take(out, i, q, s, result, err);
        fc__result_term(result, i)->modality = out->list[i].modality;
    }
    if (st == FC_OK)
        find_modality(out);
    return st;
}

void fc__terms_dispose(fc_terms *t)
{
    for (size_t i = 0; i < t->n; i++) {
        fc__input_dispose(&t->list[i].input);
        fc__query_self_dispose(&t->selves[i]);
    }
    free(t->list);
    free(t->selves);
    *t = (fc_terms){.list = NULL};
}
