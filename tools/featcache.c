/* The program `featcache`: finds the command and runs it. */
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli_args.h"

typedef struct command {
    const char *name;
    cli_exit (*run)(int argc, char **argv);
    const char *summary;
} command;

static const command commands[] = {
    {"ingest", cmd_ingest, "encode a data set into a store; only what is new or changed"},
    {"query", cmd_query, "find the nearest samples to a text, a file, a sample or a vector"},
    {"fit", cmd_fit, "fit the heads of a space that modalities share, on what is cached"},
    {"serve", cmd_serve, "answer queries over HTTP on this machine, with a search page"},
    {"eval", cmd_eval, "measure what a space finds, or how labels separate"},
    {"audit", cmd_audit, "measure what encoder versions, spaces and storage hide"},
    {"adapt", cmd_adapt, "fit a map between two versions of an encoder; list those of a store"},
    {"switch", cmd_switch, "go from one encoder version to another by stages, and back"},
    {"index", cmd_index, "bring the search index up to date, or build another kind"},
    {"encode", cmd_encode, "encode one input without a store"},
    {"get", cmd_get, "read the features of one sample"},
    {"export", cmd_export, "write features and their descriptions to files"},
    {"rm", cmd_rm, "remove a data set or a sample"},
    {"diff", cmd_diff, "compare two versions of a data set"},
    {"duplicates", cmd_duplicates, "find samples that are the same, or nearly"},
    {"encoders", cmd_encoders, "list encoder versions; say how a card differs from them"},
    {"space", cmd_space, "declare a space that encoders share, or list those of a store"},
    {"inspect", cmd_inspect, "say what a model file holds, and draft its card"},
    {"devices", cmd_devices, "say what models can run on here"},
    {"stat", cmd_stat, "show what a store holds, and what failed"},
    {"verify", cmd_verify, "check a store for damage"},
    {"repair", cmd_repair, "copy what is readable of a damaged store to a new one"},
    {"backup", cmd_backup, "copy a store in use, verified"},
    {"compact", cmd_compact, "repack a store and give free space back"},
    {"convert", cmd_convert, "store an output in a smaller precision"},
    {"gc", cmd_gc, "free what no data set uses, or an encoder version"},
};

static void print_usage(FILE *to)
{
    fputs("usage: featcache COMMAND [OPERAND]... [OPTION]...\n\n"
          "An offline feature cache and vector store: encodes images, texts, sounds and shapes\n"
          "once, keeps the features by the exact encoder that made them, and searches them.\n\n"
          "commands:\n",
          to);
    for (size_t i = 0; i < CLI_COUNT(commands); i++)
        fprintf(to, "  %-11s %s\n", commands[i].name, commands[i].summary);
    fputs("\nfeatcache COMMAND --help says more; so does man featcache.\n"
          "featcache --version prints the version.\n"
          "\nexit status:\n"
          "  0  done\n"
          "  1  ran to the end and found problems: failed samples, damage, wrong lines\n"
          "  2  the command line is wrong, or names something that is not there or not fit\n"
          "  3  input or output, memory, disk, nothing at STORE, another writer; or stopped\n"
          "  4  bad data: an input file, a card or a stored record is not valid\n",
          to);
}

static const command *find_command(const char *name)
{
    for (size_t i = 0; i < CLI_COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static cli_exit no_command(const char *name)
{
    cli_nearest near = {.wanted = name};

    for (size_t i = 0; i < CLI_COUNT(commands); i++)
        cli_nearest_consider(&near, commands[i].name);
    if (near.best != NULL)
        cli_message("no command '%s'; did you mean %s?", name, near.best);
    else
        cli_message("no command '%s'; see featcache --help", name);
    return CLI_USAGE;
}

/*
 * A file of the store must never get the number of a closed standard stream: a later message would
 * be written into it. What is opened here refuses the direction that would be used.
 */
static bool occupy_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

/* Pictures come and go by megabytes: without this the C library gives their memory back to the
 * system after each, which clears it page by page for the next (6 % of decoding a progressive
 * JPEG). The limits are those that glibc itself would reach in time, at most 64 MiB a thread. */
static void keep_freed_memory(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

int main(int argc, char **argv)
{
    const command *cmd;

    if (!occupy_standard_streams())
        return CLI_FAILED;
    /* A closed pipe and a file-size limit come back as errors of write(). */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    keep_freed_memory();

    if (argc < 2) {
        print_usage(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return (int)cli_flush(CLI_OK);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("featcache %s\n", fc_version_string());
        return (int)cli_flush(CLI_OK);
    }
    cmd = find_command(argv[1]);
    if (cmd == NULL)
        return (int)no_command(argv[1]);
    return (int)cli_flush(cmd->run(argc - 1, argv + 1));
}
