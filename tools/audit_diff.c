/*
 * featcache audit diff: what is different in two reports of one audit.
 *
 * Both are walked side by side. An object with a number "value" is a measure: its value, and
 * whether the intervals ("low" to "high") lie apart, are one line. Elements of a list that name
 * themselves (match_keys) are compared by name, others by place.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "audit.h"
#include "cli_args.h"
#include "cli_json.h"

#define REPORT_MAX ((size_t)64 << 20)
#define PATH_BYTES 512

typedef struct diff {
    bool json, exit_code;
    cli_json_list list;
    uint64_t n_same, n_changes;
    char path[PATH_BYTES]; /* of what is compared now */
} diff;

static const cli_usage usage = {
    .name = "audit diff",
    .synopsis = "OLD.json NEW.json [OPTION]...",
    .about =
        "Compare two reports that an audit printed with --json, a line for each figure or word\n"
        "that differs. Of a measure with an interval it says whether both intervals lie apart.\n"
        "How long the audits took is not compared.",
    .operands = "  OLD.json, NEW.json    reports of the same audit\n",
    .examples = "featcache audit diff last-week.json today.json\n"
                "featcache audit diff last-week.json today.json --exit-code --json\n",
    .operand_names = {"OLD.json", "NEW.json"},
    .min_operands = 2,
    .max_operands = 2,
};

/* --- reading a report --- */

typedef struct reading {
    FILE *file;
    size_t n;
} reading;

static size_t read_some(void *buffer, size_t size, void *context)
{
    reading *r = context;
    const size_t n = fread(buffer, 1, size, r->file);

    r->n += n;
    return r->n > REPORT_MAX || ferror(r->file) ? (size_t)-1 : n;
}

static cli_exit read_report(const char *path, json_t **out)
{
    reading r = {.file = fopen(path, "rb")};
    json_error_t why = {.line = -1};
    const char *schema;
    bool unread;

    if (r.file == NULL) {
        cli_message("%s: cannot be opened", path);
        return CLI_USAGE;
    }
    *out = json_load_callback(read_some, &r, JSON_REJECT_DUPLICATES, &why);
    unread = ferror(r.file);
    fclose(r.file);
    if (*out == NULL && (unread || r.n > REPORT_MAX)) {
        cli_message("%s: %s", path, unread ? "cannot be read" : "larger than 64 MiB");
        return unread ? CLI_FAILED : CLI_BAD_DATA;
    }
    if (*out == NULL) {
        cli_message("%s:%d: not JSON: %s", path, why.line, why.text);
        return CLI_BAD_DATA;
    }
    schema = json_string_value(json_object_get(*out, "schema"));
    if (schema == NULL || strncmp(schema, "featcache.audit", 15) != 0) {
        cli_message("%s: no report of an audit: its schema is %s", path,
                    schema != NULL ? schema : "not there");
        return CLI_BAD_DATA;
    }
    return CLI_OK;
}

/* --- telling --- */

static const char *word_of(const json_t *x, char *out, size_t size)
{
    switch (json_typeof(x)) {
    case JSON_STRING:
        return json_string_value(x);
    case JSON_INTEGER:
        snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(x));
        return out;
    case JSON_REAL:
        snprintf(out, size, "%.6g", json_real_value(x));
        return out;
    case JSON_OBJECT:
        return "{...}";
    case JSON_ARRAY:
        return "[...]";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        break;
    }
    return "none";
}

/* An object or a list that is on one side only stands for itself. */
static json_t *as_scalar(const json_t *x)
{
    char word[64];

    return json_is_object(x) || json_is_array(x) ? json_string(word_of(x, word, sizeof(word)))
                                                 : json_deep_copy(x);
}

/* `from` or `to` NULL: not there. apart: -1 where there are no intervals. */
static void tell(diff *d, const json_t *from, const json_t *to, int apart)
{
    const bool numbers = json_is_number(from) && json_is_number(to);
    const double step = numbers ? json_number_value(to) - json_number_value(from) : 0;
    char a[64], b[64];

    d->n_changes++;
    if (d->json) {
        json_t *item = json_pack("{s:o,s:o*,s:o*,s:o*}", "path", cli_json_text(d->path), "from",
                                 from != NULL ? as_scalar(from) : NULL, "to",
                                 to != NULL ? as_scalar(to) : NULL, "difference",
                                 numbers ? cli_json_real(step, 6) : NULL);

        if (apart >= 0)
            json_object_set_new(item, "apart", json_boolean(apart));
        cli_json_list_add(&d->list, item);
        return;
    }
    cli_put_padded(stdout, d->path, 40);
    fputs("  ", stdout);
    cli_put_text(stdout, from != NULL ? word_of(from, a, sizeof(a)) : "(not there)");
    fputs(" -> ", stdout);
    cli_put_text(stdout, to != NULL ? word_of(to, b, sizeof(b)) : "(not there)");
    if (numbers)
        printf("  (%+.4g%s)", step,
               apart < 0    ? ""
               : apart == 0 ? "; intervals overlap"
                            : "; intervals apart");
    putchar('\n');
}

/* --- walking --- */

static void walk(diff *d, const json_t *from, const json_t *to);

/* Go on one step below; what is longer than a path can be keeps the front. */
static void step_into(diff *d, const char *key, bool in_list, const json_t *from, const json_t *to)
{
    const size_t n = strlen(d->path);

    snprintf(d->path + n, sizeof(d->path) - n, in_list ? "[%s]" : "%s%s",
             in_list ? key : (n > 0 ? "." : ""), key);
    if (from == NULL || to == NULL)
        tell(d, from, to, -1);
    else
        walk(d, from, to);
    d->path[n] = '\0';
}

static bool is_clock(const char *key)
{
    return strcmp(key, "seconds") == 0 || strcmp(key, "timing_ms") == 0;
}

static void walk_objects(diff *d, const json_t *from, const json_t *to)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)from, key, value) if (!is_clock(key))
        step_into(d, key, false, value, json_object_get(to, key));
    json_object_foreach((json_t *)(uintptr_t)to, key,
                        value) if (!is_clock(key) && json_object_get(from, key) == NULL)
        step_into(d, key, false, NULL, value);
}

/* What an element calls itself, "birds/owl" or "color=red"; "": nothing. */
static void name_of(const json_t *x, char out[PATH_BYTES])
{
    static const char *const match_keys[][2] = {
        {"by", "is"}, {"dataset", "id"}, {"from", "to"}, {"name", NULL}, {"path", NULL}};

    out[0] = '\0';
    for (size_t i = 0; i < CLI_COUNT(match_keys) && out[0] == '\0'; i++) {
        const char *first = json_string_value(json_object_get(x, match_keys[i][0]));
        const char *second =
            match_keys[i][1] != NULL ? json_string_value(json_object_get(x, match_keys[i][1])) : "";

        if (first != NULL && second != NULL)
            snprintf(out, PATH_BYTES, "%s%s%s", first, second[0] != '\0' ? "/" : "", second);
    }
}

/* The element of a list with this name; NULL: none. */
static const json_t *named(const json_t *list, const char *name)
{
    char other[PATH_BYTES];

    for (size_t i = 0; i < json_array_size(list); i++) {
        name_of(json_array_get(list, i), other);
        if (strcmp(other, name) == 0)
            return json_array_get(list, i);
    }
    return NULL;
}

static void walk_lists(diff *d, const json_t *from, const json_t *to)
{
    char name[PATH_BYTES];
    const json_t *one;

    for (size_t i = 0; i < json_array_size(from); i++) {
        one = json_array_get(from, i);
        name_of(one, name);
        if (name[0] != '\0') {
            step_into(d, name, true, one, named(to, name));
            continue;
        }
        snprintf(name, sizeof(name), "%zu", i);
        step_into(d, name, true, one, json_array_get(to, i));
    }
    for (size_t i = 0; i < json_array_size(to); i++) {
        one = json_array_get(to, i);
        name_of(one, name);
        if (name[0] != '\0' ? named(from, name) != NULL : i < json_array_size(from))
            continue;
        if (name[0] == '\0')
            snprintf(name, sizeof(name), "%zu", i);
        step_into(d, name, true, NULL, one);
    }
}

static bool is_measure(const json_t *x)
{
    return json_is_number(json_object_get(x, "value"));
}

/* 1: the intervals lie apart; 0: they overlap; -1: one has none. */
static int intervals_apart(const json_t *from, const json_t *to)
{
    const json_t *ends[4] = {json_object_get(from, "low"), json_object_get(from, "high"),
                             json_object_get(to, "low"), json_object_get(to, "high")};

    for (size_t i = 0; i < CLI_COUNT(ends); i++)
        if (!json_is_number(ends[i]))
            return -1;
    return json_number_value(ends[1]) < json_number_value(ends[2]) ||
           json_number_value(ends[3]) < json_number_value(ends[0]);
}

static void walk(diff *d, const json_t *from, const json_t *to)
{
    const bool measures = is_measure(from) && is_measure(to);
    const json_t *a = measures ? json_object_get(from, "value") : from;
    const json_t *b = measures ? json_object_get(to, "value") : to;

    if (measures && json_equal(a, b))
        d->n_same++;
    else if (measures)
        tell(d, a, b, intervals_apart(from, to));
    else if (json_is_object(from) && json_is_object(to))
        walk_objects(d, from, to);
    else if (json_is_array(from) && json_is_array(to))
        walk_lists(d, from, to);
    else if (json_equal(from, to))
        d->n_same++;
    else
        tell(d, from, to, -1);
}

/* --- the command --- */

static cli_exit compare(diff *d, const json_t *from, const json_t *to)
{
    const char *schema = json_string_value(json_object_get(from, "schema"));
    cli_exit end = CLI_OK;

    if (d->json)
        cli_json_list_begin(
            &d->list, json_pack("{s:s,s:s}", "schema", "featcache.audit.diff/1", "report", schema),
            "changes");
    walk(d, from, to);
    if (d->json)
        end = cli_json_list_end(&d->list,
                                json_pack("{s:o,s:o}", "changed", cli_json_count(d->n_changes),
                                          "same", cli_json_count(d->n_same)));
    else
        cli_message("%" PRIu64 " figures and words differ, %" PRIu64 " are the same", d->n_changes,
                    d->n_same);
    return end == CLI_OK && d->exit_code && d->n_changes > 0 ? CLI_FINDINGS : end;
}

cli_exit audit_diff(int argc, char **argv)
{
    diff d = {.json = false};
    const cli_option options[] = {
        {"exit-code", 0, CLI_FLAG, NULL, "end with 1 where the reports differ", &d.exit_code, 0, 0,
         NULL},
        CLI_OPTION_JSON(&d.json),
    };
    cli_operands operands;
    json_t *from = NULL, *to = NULL;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    end = read_report(operands.items[0], &from);
    if (end == CLI_OK)
        end = read_report(operands.items[1], &to);
    if (end == CLI_OK &&
        !json_equal(json_object_get(from, "schema"), json_object_get(to, "schema")))
        end = cli_usage_error("audit diff", "%s is a %s, %s a %s: not reports of one audit",
                              operands.items[0], json_string_value(json_object_get(from, "schema")),
                              operands.items[1], json_string_value(json_object_get(to, "schema")));
    if (end == CLI_OK)
        end = compare(&d, from, to);
    json_decref(from);
    json_decref(to);
    return end;
}
