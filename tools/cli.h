/*
 * What the files of the program share: exit codes, the commands, errors, the store, stopping.
 * A command is one cmd_<name>.c with its options in a local struct.
 */
#ifndef CLI_H
#define CLI_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <featcache/featcache.h>

typedef enum cli_exit {
    CLI_OK = 0,       /* did what was asked */
    CLI_FINDINGS = 1, /* ran to the end and found problems */
    CLI_USAGE = 2,    /* the command line is wrong */
    CLI_FAILED = 3,   /* input/output, memory, environment; or it was stopped */
    CLI_BAD_DATA = 4, /* an input file or a stored record is invalid */
} cli_exit;

cli_exit cmd_adapt(int argc, char **argv);
cli_exit cmd_audit(int argc, char **argv);
cli_exit cmd_backup(int argc, char **argv);
cli_exit cmd_compact(int argc, char **argv);
cli_exit cmd_convert(int argc, char **argv);
cli_exit cmd_devices(int argc, char **argv);
cli_exit cmd_diff(int argc, char **argv);
cli_exit cmd_duplicates(int argc, char **argv);
cli_exit cmd_encode(int argc, char **argv);
cli_exit cmd_encoders(int argc, char **argv);
cli_exit cmd_eval(int argc, char **argv);
cli_exit cmd_export(int argc, char **argv);
cli_exit cmd_fit(int argc, char **argv);
cli_exit cmd_gc(int argc, char **argv);
cli_exit cmd_get(int argc, char **argv);
cli_exit cmd_index(int argc, char **argv);
cli_exit cmd_ingest(int argc, char **argv);
cli_exit cmd_inspect(int argc, char **argv);
cli_exit cmd_query(int argc, char **argv);
cli_exit cmd_repair(int argc, char **argv);
cli_exit cmd_rm(int argc, char **argv);
cli_exit cmd_serve(int argc, char **argv);
cli_exit cmd_space(int argc, char **argv);
cli_exit cmd_stat(int argc, char **argv);
cli_exit cmd_switch(int argc, char **argv);
cli_exit cmd_verify(int argc, char **argv);

/* --- errors: cli_status.c --- */

/* Exit code of a status that is not FC_OK. A name that is not there is a wrong command line. */
cli_exit cli_exit_of(fc_status status);
/* Print `featcache: MESSAGE` and return the exit code of @status. */
cli_exit cli_fail(fc_status status, const fc_error *err);
/* The same where a card may be what is wrong: every one of its `problems`, a line each, instead of
 * the message; NULL: there are none. */
cli_exit cli_fail_card(fc_status status, const char *problems, const fc_error *err);
/* Print `featcache COMMAND: MESSAGE` with the way to its help, and return CLI_USAGE. */
cli_exit cli_usage_error(const char *command, const char *fmt, ...) FC_PRINTF(2, 3);
/* Print `featcache: MESSAGE`, safe for a terminal, on one line. */
void cli_message(const char *fmt, ...) FC_PRINTF(1, 2);
/* Each line of a text as a message of its own. */
void cli_message_lines(const char *lines);
/* Write out what stdout still holds; CLI_FAILED where that fails. A closed pipe fails silently. */
cli_exit cli_flush(cli_exit so_far);

/*
 * Open the store at @path. A store that is not there is CLI_FAILED. On failure the message is
 * printed, *out is NULL and the exit code returned; else CLI_OK.
 */
cli_exit cli_open_store(fc_store **out, const char *path, uint32_t flags, uint64_t map_bytes);
/* The same, read-only, and one snapshot of it. */
cli_exit cli_open_snapshot(fc_store **store, fc_snapshot **snapshot, const char *path);

/* --- stopping: cli_stop.c --- */

/*
 * From here on the first SIGINT or SIGTERM is taken as a wish, which cli_stopped() tells; the
 * second ends the program at once. @what: "the current batch".
 */
void cli_stop_install(const char *what);
bool cli_stopped(void *unused);

/* --- words: cli_text.c --- */

/* Print @s with control characters, bidi marks and invalid UTF-8 made visible. */
void cli_put_text(FILE *to, const char *s);
/* The same, of at most @n bytes, which end where a character ends. */
void cli_put_text_n(FILE *to, const char *s, size_t n);
/* Print @s so, filled up with spaces to @width characters; negative: spaces first. */
void cli_put_padded(FILE *to, const char *s, int width);
/* Bytes of the character at @s (not its end), and its number; 1 and UINT32_MAX for invalid UTF-8.
 */
size_t cli_next_character(const char *s, uint32_t *cp);
/* Characters that cli_put_text(s) shows. */
int cli_text_width(const char *s);

#define CLI_WORD_BYTES 48
/* "12.3 MiB" */
const char *cli_bytes(uint64_t bytes, char out[CLI_WORD_BYTES]);
/* "6.42 times smaller", or larger; `stored` is above 0. */
const char *cli_times(uint64_t raw, uint64_t stored, char out[CLI_WORD_BYTES]);
/* "0.42 s", "3 min 20 s", "2 h 5 min" */
const char *cli_seconds(double seconds, char out[CLI_WORD_BYTES]);
/* UTC: "2025-01-31T12:00:00Z"; "" for 0 */
const char *cli_time(int64_t ns, char out[CLI_WORD_BYTES]);
/* "14x14x31", "Tx64" where the first axis varies */
const char *cli_shape(const fc_output_info *output, char out[CLI_WORD_BYTES]);

#endif /* CLI_H */
