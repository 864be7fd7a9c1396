/* featcache audit: finds which audit is asked for and runs it. */
#include <string.h>

#include "audit.h"
#include "cli_args.h"

typedef struct audit {
    const char *name;
    cli_exit (*run)(int argc, char **argv);
    const char *summary;
} audit;

static const audit audits[] = {
    {"drift", audit_drift, "measure what a new encoder version changes"},
    {"canary", audit_canary, "whether encoders still compute what the store holds"},
    {"data", audit_data, "whether two selections of samples are of one distribution"},
    {"diff", audit_diff, "compare two reports of one audit"},
    {"space", audit_space, "gap, hubs, bias, recall and leakage of a space"},
    {"storage", audit_storage, "what the bytes of a store are, and what would save some"},
};

static void print_usage(FILE *to)
{
    fputs("usage: featcache audit AUDIT [OPERAND]... [OPTION]...\n\n"
          "Measure what a new encoder version changes, what a space hides, what storage costs.\n\n"
          "audits:\n",
          to);
    for (size_t i = 0; i < CLI_COUNT(audits); i++)
        fprintf(to, "  %-11s %s\n", audits[i].name, audits[i].summary);
    fputs("\nfeatcache audit AUDIT --help says more; so does man featcache-audit.\n", to);
}

static cli_exit no_audit(const char *name)
{
    cli_nearest near = {.wanted = name};

    for (size_t i = 0; i < CLI_COUNT(audits); i++)
        cli_nearest_consider(&near, audits[i].name);
    if (near.best != NULL)
        cli_message("no audit '%s'; did you mean %s?", name, near.best);
    else
        cli_message("no audit '%s'; see featcache audit --help", name);
    return CLI_USAGE;
}

cli_exit cmd_audit(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return CLI_OK;
    }
    for (size_t i = 0; i < CLI_COUNT(audits); i++)
        if (strcmp(audits[i].name, argv[1]) == 0)
            return audits[i].run(argc - 1, argv + 1);
    return no_audit(argv[1]);
}
