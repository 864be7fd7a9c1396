/* The inputs of a question from the options, in the order in which they were typed. */
#include <stdarg.h>
#include <string.h>

#include "cli_ask.h"

static bool usage(cli_exit *end, const char *fmt, ...) FC_PRINTF(2, 3);

static bool usage(cli_exit *end, const char *fmt, ...)
{
    char text[FC_ERROR_MESSAGE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    *end = cli_usage_error("query", "%s", text);
    return false;
}

/* --minus S: a text; "@F": a file; "@@S": the text "@S". */
static void take_minus(fc_query_term *t, const char *value)
{
    t->weight = -1;
    if (value[0] != '@')
        return;
    t->value = value + 1;
    if (value[1] != '@')
        t->kind = FC_QUERY_FILE;
}

static bool take_input(cli_question *q, const char *name, const char *value, cli_exit *end)
{
    static const struct {
        const char *name;
        fc_query_kind kind;
    } kinds[] = {{"text", FC_QUERY_TEXT},     {"file", FC_QUERY_FILE}, {"id", FC_QUERY_ID},
                 {"vector", FC_QUERY_VECTOR}, {"like", FC_QUERY_ID},   {"unlike", FC_QUERY_ID},
                 {"minus", FC_QUERY_TEXT}};
    fc_error err = FC_ERROR_INIT;
    fc_query_term *t;
    size_t i = 0;

    while (strcmp(kinds[i].name, name) != 0)
        i++;
    t = cli_question_add(q, kinds[i].kind, value, &err);
    if (t == NULL) {
        *end = cli_fail(err.status, &err);
        return false;
    }
    if (strcmp(name, "unlike") == 0)
        t->weight = -1;
    if (strcmp(name, "minus") == 0)
        take_minus(t, value);
    return t->value[0] != '\0' || usage(end, "--%s: '%s' names nothing", name, value);
}

/* Options that say something of the input before them. */
static bool is_about(const char *name)
{
    return strcmp(name, "weight") == 0 || strcmp(name, "start-s") == 0 ||
           strcmp(name, "end-s") == 0;
}

static bool take_weight(fc_query_term *t, bool *weighted, const char *value, cli_exit *end)
{
    double weight;

    if (t == NULL)
        return usage(end,
                     "--weight %s stands before any input: it says how much the one before it "
                     "counts",
                     value);
    if (*weighted)
        return usage(end, "--weight is given twice for one input");
    *weighted = true;
    if (!cli_parse_real(value, &weight) || weight == 0)
        return usage(end, "--weight: '%s' is not a number other than 0, such as 0.5 or -1", value);
    t->weight *= weight;
    return true;
}

/* The file that a span is of: the one before it, or the only one. */
static fc_query_term *file_of(cli_question *q, fc_query_term *before)
{
    fc_query_term *only = NULL;

    if (before != NULL && before->kind == FC_QUERY_FILE)
        return before;
    for (size_t i = 0; i < q->n_terms; i++) {
        if (q->terms[i].kind != FC_QUERY_FILE)
            continue;
        if (only != NULL)
            return NULL;
        only = &q->terms[i];
    }
    return only;
}

static bool take_second(cli_question *q, fc_query_term *before, const char *name, const char *value,
                        cli_exit *end)
{
    fc_query_term *t = file_of(q, before);
    double *target;

    if (t == NULL)
        return usage(end, "--start-s and --end-s go with --file, after it where there are several");
    target = name[0] == 's' ? &t->start_s : &t->end_s;
    if (*target != 0)
        return usage(end, "--%s is given twice", name);
    if (!cli_parse_seconds(value, target))
        return usage(end, "--%s: '%s' is not a number of seconds, such as 12.5", name, value);
    return true;
}

/* A single input of weight 1 is a plain query. */
static void make_plain(cli_question *q)
{
    const fc_query_term t = q->terms[0];

    if (q->n_terms != 1 || t.weight != 1)
        return;
    q->query.text = t.kind == FC_QUERY_TEXT ? t.value : NULL;
    q->query.file = t.kind == FC_QUERY_FILE ? t.value : NULL;
    q->query.id = t.kind == FC_QUERY_ID ? t.value : NULL;
    q->vector.path = t.kind == FC_QUERY_VECTOR ? t.value : NULL;
    q->query.start_s = t.start_s;
    q->query.end_s = t.end_s;
    q->n_terms = 0;
}

bool cli_question_take(cli_question *q, const cli_sequence *given, cli_exit *end)
{
    fc_query_term *before = NULL;
    bool weighted = false;
    size_t next = 0;

    for (size_t i = 0; i < given->n; i++)
        if (!is_about(given->items[i].option->name) &&
            !take_input(q, given->items[i].option->name, given->items[i].value, end))
            return false;
    /* Now that the inputs stay where they are, and are known: what is said of them. */
    for (size_t i = 0; i < given->n; i++) {
        const char *name = given->items[i].option->name, *value = given->items[i].value;

        if (!is_about(name)) {
            before = &q->terms[next++];
            weighted = false;
        } else if (name[0] == 'w' ? !take_weight(before, &weighted, value, end)
                                  : !take_second(q, before, name, value, end)) {
            return false;
        }
    }
    for (size_t i = 0; i < q->n_terms; i++)
        if (q->terms[i].end_s != 0 && q->terms[i].end_s <= q->terms[i].start_s)
            return usage(end, "--end-s must be after --start-s");
    if (q->n_terms > 0)
        make_plain(q);
    return true;
}
