/* From the library's status codes to exit codes and messages, and the opening of stores. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

cli_exit cli_exit_of(fc_status status)
{
    switch (status) {
    case FC_OK:
        return CLI_OK;
    case FC_E_INVALID:
    case FC_E_NOT_FOUND:
    case FC_E_EXISTS:
        return CLI_USAGE;
    case FC_E_CORRUPT:
    case FC_E_VERSION:
    case FC_E_FORMAT:
        return CLI_BAD_DATA;
    case FC_E_CHANGED:
        return CLI_FINDINGS;
    case FC_E_NOMEM:
    case FC_E_IO:
    case FC_E_FULL:
    case FC_E_LIMIT:
    case FC_E_UNSUPPORTED:
    case FC_E_BUSY:
    case FC_E_CANCELLED:
        break;
    }
    return CLI_FAILED;
}

cli_exit cli_fail(fc_status status, const fc_error *err)
{
    cli_message("%s", err->message[0] != '\0' ? err->message : fc_status_string(status));
    return cli_exit_of(status);
}

cli_exit cli_fail_card(fc_status status, const char *problems, const fc_error *err)
{
    if (problems == NULL)
        return cli_fail(status, err);
    cli_message_lines(problems);
    return cli_exit_of(status);
}

void cli_message_lines(const char *lines)
{
    while (*lines != '\0') {
        const int n = (int)strcspn(lines, "\n");

        cli_message("%.*s", n, lines);
        lines += n + (lines[n] == '\n');
    }
}

/* The message as one string: only then can all of it be made safe. */
static void put_message(const char *prefix, const char *fmt, va_list args, const char *end)
{
    char text[2 * FC_ERROR_MESSAGE_BYTES];

    vsnprintf(text, sizeof(text), fmt, args);
    flockfile(stderr);
    fputs(prefix, stderr);
    cli_put_text(stderr, text);
    fputs(end, stderr);
    funlockfile(stderr);
}

void cli_message(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    put_message("featcache: ", fmt, args, "\n");
    va_end(args);
}

cli_exit cli_usage_error(const char *command, const char *fmt, ...)
{
    char prefix[64];
    char end[64];
    va_list args;

    snprintf(prefix, sizeof(prefix), "featcache %s: ", command);
    snprintf(end, sizeof(end), "; see featcache %s --help\n", command);
    va_start(args, fmt);
    put_message(prefix, fmt, args, end);
    va_end(args);
    return CLI_USAGE;
}

/* `featcache diff ... | head`: whoever closed the pipe knows. */
static bool reader_is_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

cli_exit cli_flush(cli_exit so_far)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return so_far;
    /* An earlier write may be what failed; its errno is gone by now. */
    if (errno != EPIPE && !reader_is_gone())
        cli_message("standard output: %s", errno != 0 ? strerror(errno) : "cannot be written");
    return so_far == CLI_OK ? CLI_FAILED : so_far;
}

cli_exit cli_open_store(fc_store **out, const char *path, uint32_t flags, uint64_t map_bytes)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    opts.flags = flags;
    opts.map_bytes = map_bytes;
    st = fc_store_open(out, path, &opts, &err);
    if (st == FC_OK)
        return CLI_OK;
    if (st == FC_E_NOT_FOUND) {
        if (err.message[0] == '\0')
            fc_error_set(&err, st, "no store at '%s'; featcache ingest makes one", path);
        cli_fail(st, &err);
        return CLI_FAILED;
    }
    return cli_fail(st, &err);
}

cli_exit cli_open_snapshot(fc_store **store, fc_snapshot **snapshot, const char *path)
{
    fc_error err = FC_ERROR_INIT;
    cli_exit end;
    fc_status st;

    *snapshot = NULL;
    end = cli_open_store(store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    st = fc_snapshot_begin(snapshot, *store, &err);
    if (st == FC_OK)
        return CLI_OK;
    fc_store_close(*store);
    *store = NULL;
    return cli_fail(st, &err);
}
