/*
 * Questions and answers of `featcache query`: a question from the options or from a line of JSON,
 * and its answer as text or JSON.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli_args.h"
#include "cli_json.h"

/* The array that a vector of a question was read from. */
typedef struct cli_vector {
    const char *path; /* NULL: it has none */
    fc_tensor tensor;
} cli_vector;

/* One question. The strings of @query point into the command line or into @json. */
typedef struct cli_question {
    fc_query query;
    cli_vector vector;    /* of query.vector */
    fc_query_term *terms; /* what query.terms is, once it is loaded; NULL: one plain input */
    cli_vector *vectors;  /* of the terms */
    size_t n_terms, room;
    json_t *json;  /* the line it came from; NULL */
    uint64_t line; /* from 1; 0: the command line */
} cli_question;

/* Start from the options that apply to every question. */
cli_question cli_question_like(const fc_query *defaults);
void cli_question_dispose(cli_question *q);
/* Append an input, of kind and value; @return it, to be changed until the next; NULL: no memory, or
 * too many. Its value may be changed until the question is loaded. */
fc_query_term *cli_question_add(cli_question *q, fc_query_kind kind, const char *value,
                                fc_error *err);
/* Take the inputs from the options --text, --file, --id, --vector, --minus, --like, --unlike, and
 * what --weight, --start-s and --end-s say of the one before them. False after a message. */
bool cli_question_take(cli_question *q, const cli_sequence *given, cli_exit *end);
/* Read its vectors, and put its inputs into the query. */
fc_status cli_question_load(cli_question *q, fc_error *err);
/* Read one line of --batch. FC_E_INVALID with what is wrong about it. */
fc_status cli_question_parse(cli_question *q, const char *line, size_t n, fc_error *err);
/* The same of q->json, which the question owns already: an object. */
fc_status cli_question_object(cli_question *q, fc_error *err);

/* An explanation as a JSON object; and its rows that add most, on a line. */
json_t *cli_explanation_json(const fc_explanation *e);
void cli_put_explanation(const fc_explanation *e);
/* The answer as a JSON object; NULL: no memory was left. */
json_t *cli_answer_object(const cli_question *q, const fc_query_result *r);
/* Print it. */
cli_exit cli_answer_json(const cli_question *q, const fc_query_result *r);
/* Print the hits as a table; what was searched goes to stderr. */
void cli_answer_text(const fc_query_result *r);

#endif /* CLI_ASK_H */
