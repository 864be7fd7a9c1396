/*
 * The option parser of every command: `--name value`, `--name=value`, `-k 5`, `-k5`; `--` ends the
 * options. Whatever is not understood is an error; nothing is guessed.
 */
#include <string.h>

#include "cli_args.h"

#define OPTIONS_MAX 64

/* One option as typed. */
typedef struct given {
    char typed[48]; /* "--name" or "-k", for messages */
    const char *value;
} given;

typedef struct parser {
    const cli_usage *usage;
    const cli_option *options;
    size_t n_options;
    int argc, next;
    char **argv;
    bool seen[OPTIONS_MAX];
    size_t n_operands;
} parser;

const char *const cli_progress_words[] = {"auto", "always", "never", NULL};

static const cli_option *find_long(const parser *p, const char *name, size_t n)
{
    for (size_t i = 0; i < p->n_options; i++)
        if (p->options[i].name != NULL && strlen(p->options[i].name) == n &&
            memcmp(p->options[i].name, name, n) == 0)
            return &p->options[i];
    return NULL;
}

static const cli_option *find_short(const parser *p, char letter)
{
    for (size_t i = 0; i < p->n_options; i++)
        if (p->options[i].letter == letter && letter != 0)
            return &p->options[i];
    return NULL;
}

/* Is @arg exactly an option of this command? Then it is hardly the value of another. */
static bool is_option(const parser *p, const char *arg)
{
    if (arg[0] != '-' || arg[1] == '\0')
        return false;
    if (arg[1] == '-')
        return strcmp(arg, "--help") == 0 || find_long(p, arg + 2, strcspn(arg + 2, "=")) != NULL;
    return arg[2] == '\0' && find_short(p, arg[1]) != NULL;
}

static bool unknown(const parser *p, const char *arg)
{
    const char *name = p->usage->name;
    char wanted[40];
    cli_nearest near = {.wanted = wanted};

    snprintf(wanted, sizeof(wanted), "%.*s", (int)strcspn(arg + 2, "="), arg + 2);
    if (arg[1] == '-')
        for (size_t i = 0; i < p->n_options; i++)
            if (p->options[i].name != NULL)
                cli_nearest_consider(&near, p->options[i].name);
    if (near.best != NULL)
        cli_usage_error(name, "no option '%s'; did you mean --%s?", arg, near.best);
    else
        cli_usage_error(name, "no option '%s'", arg);
    return false;
}

static bool set_number(const parser *p, const cli_option *o, const given *g)
{
    uint64_t value;

    if (!cli_parse_number(g->value, &value) || value < o->min || value > o->max) {
        cli_usage_error(p->usage->name, "%s: '%s' is not a whole number from %llu to %llu",
                        g->typed, g->value, (unsigned long long)o->min, (unsigned long long)o->max);
        return false;
    }
    *(uint64_t *)o->target = value;
    return true;
}

static bool set_size(const parser *p, const cli_option *o, const given *g)
{
    char least[CLI_WORD_BYTES];
    char most[CLI_WORD_BYTES];
    uint64_t value;

    if (!cli_parse_size(g->value, &value) || value < o->min || value > o->max) {
        cli_usage_error(p->usage->name,
                        "%s: '%s' is not a size from %s to %s; write it as 512M or 2G", g->typed,
                        g->value, cli_bytes(o->min, least), cli_bytes(o->max, most));
        return false;
    }
    *(uint64_t *)o->target = value;
    return true;
}

static bool set_seconds(const parser *p, const cli_option *o, const given *g)
{
    if (cli_parse_seconds(g->value, o->target))
        return true;
    cli_usage_error(p->usage->name, "%s: '%s' is not a number%s, such as 12.5", g->typed, g->value,
                    o->kind == CLI_SECONDS ? " of seconds" : " from 0");
    return false;
}

static bool set_choice(const parser *p, const cli_option *o, const given *g)
{
    char all[128] = "";
    size_t n = 0;

    for (unsigned i = 0; o->choices[i] != NULL; i++) {
        if (strcmp(o->choices[i], g->value) == 0) {
            *(unsigned *)o->target = i;
            return true;
        }
        if (n < sizeof(all))
            n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", i > 0 ? ", " : "",
                                  o->choices[i]);
    }
    cli_usage_error(p->usage->name, "%s: '%s' is none of: %s", g->typed, g->value, all);
    return false;
}

static bool set_list(const parser *p, const cli_option *o, const given *g)
{
    cli_list *list = o->target;

    if (list->n == CLI_LIST_MAX) {
        cli_usage_error(p->usage->name, "%s: given more than %d times", g->typed, CLI_LIST_MAX);
        return false;
    }
    list->items[list->n++] = g->value;
    return true;
}

static bool set_in_sequence(const parser *p, const cli_option *o, const given *g)
{
    cli_sequence *s = o->target;

    if (s->n == CLI_SEQUENCE_MAX) {
        cli_usage_error(p->usage->name, "%s: one option too many", g->typed);
        return false;
    }
    s->items[s->n++] = (struct cli_given){o, g->value};
    return true;
}

static bool set(const parser *p, const cli_option *o, const given *g)
{
    /* An empty text is never meant: an unset variable of a script, mostly. */
    if (g->value != NULL && g->value[0] == '\0') {
        cli_usage_error(p->usage->name, "%s: its value is empty", g->typed);
        return false;
    }
    switch (o->kind) {
    case CLI_FLAG:
        *(bool *)o->target = true;
        return true;
    case CLI_TEXT:
        *(const char **)o->target = g->value;
        return true;
    case CLI_NUMBER:
        return set_number(p, o, g);
    case CLI_SIZE:
        return set_size(p, o, g);
    case CLI_SECONDS:
    case CLI_REAL:
        return set_seconds(p, o, g);
    case CLI_CHOICE:
        return set_choice(p, o, g);
    case CLI_LIST:
        return set_list(p, o, g);
    case CLI_SEQUENCE:
        return set_in_sequence(p, o, g);
    }
    return false;
}

/* @o was typed as g->typed, with g->value attached to it or NULL: fetch the value and store it. */
static bool take(parser *p, const cli_option *o, given *g)
{
    const size_t i = (size_t)(o - p->options);
    const char *name = p->usage->name;

    if (p->seen[i] && o->kind != CLI_LIST && o->kind != CLI_SEQUENCE) {
        cli_usage_error(name, "%s is given twice", g->typed);
        return false;
    }
    p->seen[i] = true;
    if (o->kind == CLI_FLAG && g->value != NULL) {
        cli_usage_error(name, "%s takes no value, got '%s'", g->typed, g->value);
        return false;
    }
    if (o->kind != CLI_FLAG && g->value == NULL) {
        if (p->next == p->argc) {
            cli_usage_error(name, "%s: %s is missing", g->typed, o->value);
            return false;
        }
        if (is_option(p, p->argv[p->next])) {
            cli_usage_error(name, "%s: %s is missing before '%s'", g->typed, o->value,
                            p->argv[p->next]);
            return false;
        }
        g->value = p->argv[p->next++];
    }
    return set(p, o, g);
}

static bool take_long(parser *p, const char *arg)
{
    const size_t n = strcspn(arg + 2, "=");
    const cli_option *o = find_long(p, arg + 2, n);
    given g = {.value = arg[2 + n] == '=' ? arg + 3 + n : NULL};

    if (o == NULL)
        return unknown(p, arg);
    snprintf(g.typed, sizeof(g.typed), "--%s", o->name);
    return take(p, o, &g);
}

static bool take_short(parser *p, const char *arg)
{
    const cli_option *o = find_short(p, arg[1]);
    given g = {.value = arg[2] != '\0' ? arg + 2 : NULL};

    if (o == NULL)
        return unknown(p, arg);
    snprintf(g.typed, sizeof(g.typed), "-%c", arg[1]);
    return take(p, o, &g);
}

static bool check_operands(const parser *p)
{
    const cli_usage *u = p->usage;

    if (p->n_operands < u->min_operands) {
        cli_usage_error(u->name, "%s is missing", u->operand_names[p->n_operands]);
        return false;
    }
    if (p->n_operands > u->max_operands) {
        cli_usage_error(u->name, "'%s' is one operand too many", p->argv[u->max_operands]);
        return false;
    }
    for (size_t i = 0; i < p->n_operands; i++)
        if (p->argv[i][0] == '\0') {
            cli_usage_error(u->name, "operand %zu is empty", i + 1);
            return false;
        }
    return true;
}

/* --help anywhere before `--` wins over what is wrong beside it. */
static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

bool cli_parse(const cli_usage *usage, const cli_option *options, size_t n_options, int argc,
               char **argv, cli_operands *operands, cli_exit *end)
{
    parser p = {
        .usage = usage, .options = options, .n_options = n_options, .argc = argc, .argv = argv};
    bool only_operands = false;

    *end = CLI_USAGE;
    if (wants_help(argc, argv)) {
        cli_print_help(usage, options, n_options);
        *end = CLI_OK;
        return false;
    }
    for (p.next = 1; p.next < argc;) {
        char *arg = argv[p.next++];

        if (only_operands || arg[0] != '-' || arg[1] == '\0')
            argv[p.n_operands++] = arg; /* never ahead of what is still to be read */
        else if (strcmp(arg, "--") == 0)
            only_operands = true;
        else if (!(arg[1] == '-' ? take_long(&p, arg) : take_short(&p, arg)))
            return false;
    }
    if (!check_operands(&p))
        return false;
    operands->items = argv;
    operands->n = p.n_operands;
    return true;
}
