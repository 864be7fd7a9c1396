/* The --help of a command, from the same description that its parser reads. */
#include <string.h>

#include "cli_args.h"

#define INDENT 24

static void print_synopsis(const cli_usage *usage)
{
    const char *line = usage->synopsis;

    for (bool first = true; *line != '\0'; first = false) {
        const int n = (int)strcspn(line, "\n");

        printf("%s featcache %s %.*s\n", first ? "usage:" : "      ", usage->name, n, line);
        line += n + (line[n] == '\n');
    }
}

static void print_option(const char *left, const char *help)
{
    int n = printf("  %s", left);

    while (help != NULL && *help != '\0') {
        const int line = (int)strcspn(help, "\n");

        /* What is too long for its column stands on a line of its own. */
        if (n > INDENT - 2) {
            putchar('\n');
            n = 0;
        }
        printf("%*s%.*s\n", INDENT - n, "", line, help);
        n = 0;
        help += line + (help[line] == '\n');
    }
}

void cli_print_help(const cli_usage *usage, const cli_option *options, size_t n_options)
{
    print_synopsis(usage);
    printf("\n%s\n", usage->about);
    if (usage->operands != NULL)
        printf("\n%s", usage->operands);
    printf("\noptions:\n");
    for (size_t i = 0; i < n_options; i++) {
        const cli_option *o = &options[i];
        char left[80];

        if (o->name != NULL)
            snprintf(left, sizeof(left), "--%s%s%s", o->name, o->value != NULL ? " " : "",
                     o->value != NULL ? o->value : "");
        else
            snprintf(left, sizeof(left), "-%c %s", o->letter, o->value);
        print_option(left, o->help);
    }
    print_option("--help", "print this and exit");
    printf("\nexample%s:\n", strchr(usage->examples, '\n')[1] != '\0' ? "s" : "");
    for (const char *line = usage->examples; *line != '\0';) {
        const int n = (int)strcspn(line, "\n");

        printf("  %.*s\n", n, line);
        line += n + (line[n] == '\n');
    }
    /* The page of a command of two words has dashes in its name. */
    fputs("\nman featcache-", stdout);
    for (const char *c = usage->name; *c != '\0'; c++)
        putchar(*c == ' ' ? '-' : *c);
    puts(" says more.");
}
