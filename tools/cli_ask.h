/*
 * Questions and answers of `featcache query`: a question from the options or from a line of JSON,
 * and its answer as text or JSON.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli_json.h"

/* One question. The strings of @query point into the command line or into @json. */
typedef struct cli_question {
    fc_query query;
    const char *vector_path; /* what query.vector was read from; NULL */
    fc_tensor vector;
    json_t *json;  /* the line it came from; NULL */
    uint64_t line; /* from 1; 0: the command line */
} cli_question;

/* Start from the options that apply to every question. */
cli_question cli_question_like(const fc_query *defaults);
void cli_question_dispose(cli_question *q);
/* Read q->vector_path, when there is one, into the query. */
fc_status cli_question_load(cli_question *q, fc_error *err);
/* Read one line of --batch. FC_E_INVALID with what is wrong about it. */
fc_status cli_question_parse(cli_question *q, const char *line, size_t n, fc_error *err);
/* The same of q->json, which the question owns already: an object. */
fc_status cli_question_take(cli_question *q, fc_error *err);

/* The answer as a JSON object; NULL: no memory was left. */
json_t *cli_answer_object(const cli_question *q, const fc_query_result *r);
/* Print it. */
cli_exit cli_answer_json(const cli_question *q, const fc_query_result *r);
/* Print the hits as a table; what was searched goes to stderr. */
void cli_answer_text(const fc_query_result *r);

#endif /* CLI_ASK_H */
