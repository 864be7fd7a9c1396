/* featcache query: one question from the options, or one a line from stdin with --batch. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli_args.h"
#include "cli_ask.h"
#include "cli_caps.h"
#include "cli_neural.h"

typedef struct query {
    cli_sequence inputs;
    const char *encoder, *output, *space, *adapter, *modality, *dataset, *where, *html;
    uint64_t k, jobs;
    cli_caps caps;
    cli_neural neural;
    bool exact, include_self, explain, batch, json;
    unsigned calibrate; /* index into calibrations */
    double temperature;
} query;

static const char *const calibrations[] = {"none", "shift", "csls", "invsoftmax",
                                           "dis",  "fair",  NULL};

/* What was asked and answered: the page shows all of it at the end. */
typedef struct asked {
    cli_question *questions;
    fc_query_result **results;
    size_t n, room;
} asked;

static const cli_usage usage = {
    .name = "query",
    .synopsis = "STORE (--text S | --file F | --id DATASET/ID | --vector F.npy)... [OPTION]...\n"
                "STORE --batch [OPTION]... <QUESTIONS",
    .about = "Find the samples of STORE that are nearest to a text, a file (an image, a sound, a\n"
             "mesh or point cloud, a text), a stored sample or a vector, by cosine within one\n"
             "encoder's output or a space that several encoders share. Only sealed data is\n"
             "searched.",
    .operands = "  STORE                 folder of the store\n",
    .examples =
        "featcache query birds.store --text \"a red bird\" -k 5\n"
        "featcache query birds.store --file wren.jpg --where \"year >= 2020\" --html hits.html\n"
        "featcache query birds.store --file dawn.flac --start-s 12.5 --end-s 14\n"
        "featcache query photos.store --text \"a dog in snow\" --space clip-vit-b32\n"
        "featcache query photos.store --text \"a dog\" --space clip-vit-b32 --calibrate fair\n"
        "featcache query photos.store --file dog.jpg --minus grass --weight 0.5 --space clip-vit-b32\n"
        "featcache query birds.store --like birds/wren.jpg --unlike birds/owl.jpg\n"
        "featcache query rooms.store --file chairs.zip/oak/chair.obj --html chairs.html\n"
        "echo '{\"text\": \"a red bird\", \"k\": 3}' | featcache query birds.store --batch\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static void asked_dispose(asked *a)
{
    for (size_t i = 0; i < a->n; i++) {
        fc_query_result_destroy(a->results[i]);
        cli_question_dispose(&a->questions[i]);
    }
    free(a->questions);
    free(a->results);
}

/* Keep @q and @r, which are taken, for the page. */
static bool asked_keep(asked *a, cli_question *q, fc_query_result *r)
{
    if (a->n == a->room) {
        const size_t room = a->room > 0 ? 2 * a->room : 16;
        cli_question *questions = realloc(a->questions, room * sizeof(*questions));
        fc_query_result **results;

        if (questions == NULL)
            return false;
        a->questions = questions;
        results = realloc(a->results, room * sizeof(*results));
        if (results == NULL)
            return false;
        a->results = results;
        a->room = room;
    }
    a->questions[a->n] = *q;
    a->results[a->n++] = r;
    return true;
}

static cli_exit write_page(const query *o, const asked *a)
{
    fc_report_query *list = calloc(a->n > 0 ? a->n : 1, sizeof(*list));
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    if (list == NULL)
        return cli_fail(FC_E_NOMEM, &err);
    for (size_t i = 0; i < a->n; i++)
        list[i] = (fc_report_query){&a->questions[i].query, a->results[i]};
    st = fc_report_queries(o->html, "featcache query", list, a->n, &err);
    free(list);
    return st == FC_OK ? CLI_OK : cli_fail(st, &err);
}

/* Answer @q and keep or dispose of it. *err: what was wrong with the question. */
static fc_status answer(const query *o, fc_searcher *searcher, cli_question *q, asked *a,
                        cli_exit *printed, fc_error *err)
{
    fc_query_result *result = NULL;
    fc_status st = cli_question_load(q, err);

    if (st == FC_OK)
        st = fc_searcher_query(searcher, &q->query, &result, err);
    if (st == FC_OK && (o->json || o->batch))
        *printed = cli_answer_json(q, result);
    else if (st == FC_OK)
        cli_answer_text(result);
    if (st == FC_OK && o->html != NULL) {
        if (asked_keep(a, q, result))
            return FC_OK;
        st = fc_error_set(err, FC_E_NOMEM, "no memory left for the page");
    }
    fc_query_result_destroy(result);
    cli_question_dispose(q);
    return st;
}

static cli_exit print_bad_line(uint64_t line, const fc_error *err)
{
    return cli_json_print(json_pack("{s:s,s:o,s:o}", "schema", "featcache.query/1", "line",
                                    cli_json_count(line), "error", cli_json_text(err->message)));
}

/* Trouble of the machine ends a batch; a question that is wrong or has no answer does not. */
static bool ends_batch(fc_status st)
{
    return st == FC_E_NOMEM || st == FC_E_BUSY || st == FC_E_CORRUPT || st == FC_E_VERSION;
}

static bool is_blank(const char *line, size_t n)
{
    return strspn(line, " \t\r\n") >= n;
}

static cli_exit run_batch(const query *o, fc_searcher *searcher, const fc_query *defaults, asked *a)
{
    cli_exit end = CLI_OK;
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    for (uint64_t number = 1; (n = getline(&line, &room, stdin)) >= 0; number++) {
        cli_question q = cli_question_like(defaults);
        fc_error err = FC_ERROR_INIT;
        cli_exit printed = CLI_OK;
        fc_status st;

        if (is_blank(line, (size_t)n))
            continue;
        q.line = number;
        st = cli_question_parse(&q, line, (size_t)n, &err);
        if (st == FC_OK)
            st = answer(o, searcher, &q, a, &printed, &err);
        else
            cli_question_dispose(&q);
        if (st != FC_OK) {
            if (err.message[0] == '\0')
                fc_error_set(&err, st, "%s", fc_status_string(st));
            printed = print_bad_line(number, &err);
            end = CLI_FINDINGS;
        }
        /* Whoever asks through a pipe waits for the answer before the next question. */
        printed = cli_flush(printed);
        if (printed != CLI_OK || ends_batch(st)) {
            end = printed != CLI_OK ? printed : cli_fail(st, &err);
            break;
        }
    }
    if (ferror(stdin)) {
        cli_message("standard input: %s", strerror(errno));
        end = CLI_FAILED;
    }
    free(line);
    return end;
}

/* The question of the options; it is taken. */
static cli_exit run_one(const query *o, fc_searcher *searcher, cli_question *q, asked *a)
{
    fc_error err = FC_ERROR_INIT;
    cli_exit printed = CLI_OK;
    const fc_status st = answer(o, searcher, q, a, &printed, &err);

    return st == FC_OK ? printed : cli_fail(st, &err);
}

static void take_defaults(const query *o, fc_query *defaults)
{
    defaults->modalities = o->modality;
    defaults->dataset = o->dataset;
    defaults->where = o->where;
    defaults->k = (size_t)o->k;
    defaults->include_self = o->include_self;
    defaults->explain = o->explain;
    defaults->calibrate = o->calibrate > 0 ? calibrations[o->calibrate] : NULL;
    defaults->temperature = o->temperature;
    cli_caps_apply(&o->caps, defaults);
}

/* *q: the question of the options, taken; of --batch, what all lines begin with. */
static cli_exit run(query *o, const char *path, cli_question *q)
{
    fc_searcher_options opts = FC_SEARCHER_OPTIONS_INIT;
    fc_searcher *searcher = NULL;
    fc_error err = FC_ERROR_INIT;
    fc_store *store = NULL;
    asked a = {0};
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK) {
        cli_question_dispose(q);
        return end;
    }
    opts.encoder = o->encoder;
    opts.output = o->output;
    opts.space = o->space;
    opts.adapter = o->adapter;
    opts.exact = o->exact;
    opts.n_threads = (uint32_t)o->jobs;
    opts.neural = cli_neural_options(&o->neural);
    st = fc_searcher_open(&searcher, store, &opts, &err);
    if (st != FC_OK) {
        end = cli_fail(st, &err);
        cli_question_dispose(q);
        goto done;
    }
    end = o->batch ? run_batch(o, searcher, &q->query, &a) : run_one(o, searcher, q, &a);
    if (o->html != NULL && (end == CLI_OK || end == CLI_FINDINGS)) {
        const cli_exit page = write_page(o, &a);

        end = page != CLI_OK ? page : end;
    }

done:
    asked_dispose(&a);
    fc_searcher_close(searcher);
    fc_store_close(store);
    return end;
}

cli_exit cmd_query(int argc, char **argv)
{
    query o = {0};
    const cli_option options[] = {
        {"text", 0, CLI_SEQUENCE, "S",
         "look for what is near to this text. Inputs may be given\nseveral times and mixed: what is "
         "asked with is the sum of\ntheir unit vectors",
         &o.inputs, 0, 0, NULL},
        {"file", 0, CLI_SEQUENCE, "F",
         "look for what is near to this image, sound, mesh, point\ncloud or text file; "
         "PACK.zip/MEMBER and ARRAY.npy/ROW are\ntaken too",
         &o.inputs, 0, 0, NULL},
        {"start-s", 0, CLI_SEQUENCE, "S", "of the sound --file from second S on", &o.inputs, 0, 0,
         NULL},
        {"end-s", 0, CLI_SEQUENCE, "S", "of the sound --file up to second S", &o.inputs, 0, 0,
         NULL},
        {"id", 0, CLI_SEQUENCE, "ID",
         "look for what is near to a stored sample: DATASET/ID or\n"
         "DATASET@N/ID",
         &o.inputs, 0, 0, NULL},
        {"vector", 0, CLI_SEQUENCE, "F.npy", "look for what is near to this vector", &o.inputs, 0,
         0, NULL},
        {"minus", 0, CLI_SEQUENCE, "S",
         "look away from this text, or from the file F for @F (@@\nfor a text that begins with @)",
         &o.inputs, 0, 0, NULL},
        {"like", 0, CLI_SEQUENCE, "ID", "look for what is near to a stored sample: another --id",
         &o.inputs, 0, 0, NULL},
        {"unlike", 0, CLI_SEQUENCE, "ID", "look away from a stored sample", &o.inputs, 0, 0, NULL},
        {"weight", 0, CLI_SEQUENCE, "W",
         "how much the input before it counts, such as 0.5;\nbelow 0: away from it; default: 1",
         &o.inputs, 0, 0, NULL},
        {"batch", 0, CLI_FLAG, NULL,
         "read questions from stdin, one JSON object a line, with\none of text, file, id, vector "
         "(a path, or numbers) or\nterms (a list of objects with one of them and a weight),\n"
         "and optionally "
         "start_s, end_s, modality, dataset, where, k,\n"
         "include_self, calibrate, explain, temperature; print one\nJSON object for each",
         &o.batch, 0, 0, NULL},
        {"encoder", 0, CLI_TEXT, "NAME",
         "encoder version to search: NAME, NAME@FINGERPRINT or #ID;\ndefault: the newest that "
         "fits the question",
         &o.encoder, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME",
         "output to search; default: pooled, else the first that\ncan be searched", &o.output, 0, 0,
         NULL},
        {"space", 0, CLI_TEXT, "NAME",
         "search a space that several encoders share (featcache\nspace), whatever their modality; "
         "--encoder then names the\none that embeds the question, where several could",
         &o.space, 0, 0, NULL},
        {"adapter", 0, CLI_TEXT, "NAME",
         "ask through an adapter (featcache adapt): the new encoder\nversion embeds the question, "
         "and what the old one has\nencoded is searched",
         &o.adapter, 0, 0, NULL},
        {"calibrate", 0, CLI_CHOICE, "HOW",
         "in a space, make the scores of modalities comparable: none\n(default), shift, csls, "
         "invsoftmax (inverted softmax over a\nbank, of every question), dis (of those whose first "
         "hit the\nbank activates: QB-Norm), or fair, which ranks mixed\nmodalities together; with "
         "--exact over all items",
         &o.calibrate, 0, 0, calibrations},
        {"temperature", 0, CLI_REAL, "T",
         "print each hit's probability among the k hits: the softmax\nof their scores divided by T, "
         "such as 0.05",
         &o.temperature, 0, 0, NULL},
        {"modality", 0, CLI_TEXT, "LIST", "show these modalities only, such as image,text",
         &o.modality, 0, 0, NULL},
        {"dataset", 0, CLI_TEXT, "NAME",
         "search this data set only: NAME, or NAME@N for one version", &o.dataset, 0, 0, NULL},
        {"where", 0, CLI_TEXT, "EXPR",
         "show samples whose fields and metadata fulfil this:\n\"year >= 2020 and not (kind in "
         "('owl', 'wren'))\"",
         &o.where, 0, 0, NULL},
        {NULL, 'k', CLI_NUMBER, "N", "number of hits; default: 10", &o.k, 1, 1000000, NULL},
        {"include-self", 0, CLI_FLAG, NULL, "keep the sample that was asked about among the hits",
         &o.include_self, 0, 0, NULL},
        {"explain", 0, CLI_FLAG, NULL,
         "say which patches, tokens or frames carried the scores:\nthe first of them, all in JSON, "
         "drawn on the page",
         &o.explain, 0, 0, NULL},
        {"exact", 0, CLI_FLAG, NULL, "compare with every item, whatever index there is", &o.exact,
         0, 0, NULL},
        {"html", 0, CLI_TEXT, "F",
         "write a page with the questions and their hits as well:\npictures of images and shapes, "
         "sounds to play",
         &o.html, 0, 0, NULL},
        CLI_OPTIONS_CAPS(&o.caps, "256M"),
        CLI_OPTIONS_NEURAL(&o.neural),
        CLI_OPTION_JOBS(&o.jobs),
        CLI_OPTION_JSON(&o.json),
    };
    fc_query defaults = FC_QUERY_INIT;
    cli_operands operands;
    cli_question question;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (o.inputs.n == 0 && !o.batch)
        return cli_usage_error("query", "nothing to look for: give --text, --file, --id, --vector "
                                        "or --batch");
    if (o.inputs.n > 0 && o.batch)
        return cli_usage_error("query", "--%s: with --batch the lines have the inputs",
                               o.inputs.items[0].option->name);
    if (o.calibrate > 0 && o.space == NULL)
        return cli_usage_error("query", "--calibrate compares modalities of a space: give --space");
    if (o.space != NULL && o.output != NULL)
        return cli_usage_error("query", "--output: a space has its outputs; give one of --space "
                                        "and --output");
    take_defaults(&o, &defaults);
    question = cli_question_like(&defaults);
    if (!cli_question_take(&question, &o.inputs, &end)) {
        cli_question_dispose(&question);
        return end;
    }
    return run(&o, operands.items[0], &question);
}
