/*
 * What a result says of its question: who embedded it, and what of it was cut off.
 */
#include "search_question.h"

#include "fc_alloc.h"

/* The member that stands for the term's branch: the first. */
static const fc_space_member *member_of(const fc_term_way *way, const fc_question_scope *s)
{
    return &s->space->view.row.members[way->branch != NULL ? way->branch->first_member : 0];
}

static const char *embedder_name(const fc_question *q, const fc_terms *terms, size_t i,
                                 const fc_question_scope *s)
{
    if (terms->list[i].asked.kind == FC_QUERY_VECTOR)
        return "";
    return s->space != NULL ? member_of(&q->ways[i], s)->encoder : s->picked->encoder->name;
}

/* The one member that has embedded all terms but vectors; NULL: several, or none. */
static const fc_space_member *only_member(const fc_question *q, const fc_terms *terms,
                                          const fc_question_scope *s)
{
    const fc_space_member *only = NULL;

    for (size_t i = 0; i < terms->n; i++) {
        const fc_space_member *m = member_of(&q->ways[i], s);

        if (terms->list[i].asked.kind == FC_QUERY_VECTOR)
            continue;
        if (only != NULL && only != m)
            return NULL;
        only = m;
    }
    return only;
}

static fc_status describe_embedder(const fc_question *q, const fc_terms *terms,
                                   const fc_question_scope *s, fc_result_builder *out,
                                   fc_error *err)
{
    const fc_space_member *m = s->space != NULL ? only_member(q, terms, s) : NULL;
    fc_query_result *r = fc__result_of(out);
    const char *encoder = "", *output = "", *fingerprint = "";
    char hex[FC_SHA256_HEX_BYTES] = "";

    if (s->space == NULL) {
        encoder = s->picked->encoder->name;
        output = s->picked->output->name;
        fingerprint = s->picked->encoder->fingerprint;
    } else if (m != NULL) {
        encoder = m->encoder;
        output = m->output;
        fc__sha256_hex(&m->fingerprint, hex);
        fingerprint = hex;
    }
    r->encoder = fc__result_keep(out, encoder);
    r->output = fc__result_keep(out, output);
    r->fingerprint = fc__result_keep(out, fingerprint);
    return r->encoder == NULL || r->output == NULL || r->fingerprint == NULL
               ? fc__nomem(err, 64, "a result")
               : FC_OK;
}

fc_status fc__question_describe(const fc_question *q, const fc_terms *terms,
                                const fc_question_scope *scope, fc_result_builder *out,
                                fc_error *err)
{
    fc_query_result *r = fc__result_of(out);

    for (size_t i = 0; i < terms->n; i++) {
        fc_query_term_info *info = fc__result_term(out, i);

        info->encoder = fc__result_keep(out, embedder_name(q, terms, i, scope));
        if (info->encoder == NULL)
            return fc__nomem(err, 64, "a result");
    }
    r->query_modality = terms->modality;
    r->input = terms->n == 1 ? r->terms[0].sample : NULL;
    return describe_embedder(q, terms, scope, out, err);
}

fc_status fc__question_note(const fc_question *q, const fc_terms *terms,
                            const fc_question_scope *scope, fc_result_builder *out, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < terms->n && st == FC_OK; i++)
        if (q->ways[i].loss != NULL)
            st = fc__result_note(out, err, "%.256s: %s (encoder '%s')",
                                 terms->list[i].input.input.name, q->ways[i].loss,
                                 embedder_name(q, terms, i, scope));
    if (st == FC_OK && q->fell_back)
        st = fc__result_note(out, err, FC_FELL_BACK_TEXT);
    return st;
}
