/*
 * One description of a command's options and operands serves its parser and its --help, so that
 * neither can know an option the other lacks.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "cli.h"

#define CLI_LIST_MAX 32

/* Values of an option that may be given several times. */
typedef struct cli_list {
    const char *items[CLI_LIST_MAX];
    size_t n;
} cli_list;

#define CLI_SEQUENCE_MAX 256

struct cli_option;

/* Values of several options, in the order in which they were typed: for options that say something
 * about the one before them. */
typedef struct cli_sequence {
    struct cli_given {
        const struct cli_option *option;
        const char *value;
    } items[CLI_SEQUENCE_MAX];
    size_t n;
} cli_sequence;

typedef enum cli_kind {
    CLI_FLAG,    /* bool: no value */
    CLI_TEXT,    /* const char * */
    CLI_NUMBER,  /* uint64_t, min to max */
    CLI_SIZE,    /* uint64_t bytes, min to max: "512M" */
    CLI_SECONDS, /* double, from 0: "12.5" */
    CLI_REAL,    /* the same, of anything else */
    CLI_CHOICE,  /* unsigned: index into choices */
    CLI_LIST,    /* cli_list; may be repeated */
    CLI_SEQUENCE /* cli_sequence, which several options share; may be repeated */
} cli_kind;

typedef struct cli_option {
    const char *name; /* without the dashes; NULL when there is only a letter */
    char letter;      /* 0: none */
    cli_kind kind;
    const char *value; /* what stands for the value in --help; NULL for a flag */
    const char *help;  /* a newline starts a further line */
    void *target;      /* left alone when the option is not given */
    uint64_t min, max;
    const char *const *choices; /* NULL-terminated */
} cli_option;

#define CLI_OPERANDS_NAMED 3

typedef struct cli_usage {
    const char *name;
    const char *synopsis; /* lines after `featcache NAME`, such as "STORE SOURCE... [OPTION]..." */
    const char *about;
    const char *operands; /* lines for --help, already indented; NULL: none */
    const char *examples; /* a command line each, ended by a newline */
    const char *operand_names[CLI_OPERANDS_NAMED];
    size_t min_operands, max_operands;
} cli_usage;

typedef struct cli_operands {
    char **items;
    size_t n;
} cli_operands;

/* The options that most commands have; each command names those it honours. */
#define CLI_OPTION_JSON(field)                                                                  \
    {                                                                                           \
        "json", 0, CLI_FLAG, NULL, "print one JSON object instead of text", (field), 0, 0, NULL \
    }
#define CLI_OPTION_PROGRESS(field)                                                                    \
    {                                                                                                 \
        "progress", 0, CLI_CHOICE, "WHEN",                                                            \
            "auto (default: a bar when stderr is a terminal, else\na line each 10 s), always, never", \
            (field), 0, 0, cli_progress_words                                                         \
    }
#define CLI_OPTION_JOBS(field)                                                                  \
    {                                                                                           \
        "jobs", 0, CLI_NUMBER, "N", "threads; default: one a processor", (field), 1, 1024, NULL \
    }
#define CLI_OPTION_MAP_SIZE(field)                                                               \
    {                                                                                            \
        "map-size", 0, CLI_SIZE, "SIZE", "address space to reserve for the store; default: 64G", \
            (field), UINT64_C(1) << 20, UINT64_C(1) << 46, NULL                                  \
    }
extern const char *const cli_progress_words[];

/*
 * Parse @argv (argv[0] is the command) into the targets of @options. Operands are moved to the
 * front of argv, which @operands then views.
 * @return true to go on; false when the command ends here with *end: after --help, or after a
 * message about what is wrong.
 */
bool cli_parse(const cli_usage *usage, const cli_option *options, size_t n_options, int argc,
               char **argv, cli_operands *operands, cli_exit *end);
/* Print the help of a command. */
void cli_print_help(const cli_usage *usage, const cli_option *options, size_t n_options);

/* Parse "512M"; false when it is no size or does not fit. */
bool cli_parse_size(const char *text, uint64_t *out);
/* Parse seconds such as "12.5": digits, and a point with digits; false for anything else. */
bool cli_parse_seconds(const char *text, double *out);
/* Parse a number such as "-0.5" or "2": seconds with a sign; false for anything else. */
bool cli_parse_real(const char *text, double *out);
/* Parse a whole number; false when it is none or does not fit. */
bool cli_parse_number(const char *text, uint64_t *out);

/* Where a walk over candidate names stands: feed each, then ask for the nearest. */
typedef struct cli_nearest {
    const char *wanted;
    const char *best; /* NULL: nothing is near enough to be meant */
    size_t distance;
} cli_nearest;
void cli_nearest_consider(cli_nearest *n, const char *candidate);

#define CLI_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif /* CLI_ARGS_H */
