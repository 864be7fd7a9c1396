/*
 * Progress of long calls on stderr: a bar on a terminal, a line each ten seconds elsewhere.
 *
 * Threads: updates and messages may come from different ones.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <pthread.h>

#include "cli.h"

#define CLI_PROGRESS_POINTS 32

/* How far it is. */
typedef struct cli_progress_state {
    const char *what; /* the phase; copied */
    double fraction;  /* 0 to 1; negative: not known */
    uint64_t done;    /* things done */
    const char *unit; /* their name; NULL: not shown */
    uint64_t failed;  /* shown when there are any */
} cli_progress_state;

typedef struct cli_progress_point {
    double at, fraction;
    uint64_t done;
} cli_progress_point;

typedef struct cli_progress {
    pthread_mutex_t lock;
    bool bar, lines, drawn;
    double next;   /* nothing is shown before */
    char what[40]; /* the phase that the points are of */
    cli_progress_point points[CLI_PROGRESS_POINTS];
    size_t n_points;
    fc_watch watch; /* for the calls that take one */
} cli_progress;

/* @when: index into cli_progress_words: auto, always, never. */
void cli_progress_begin(cli_progress *p, unsigned when);
void cli_progress_update(cli_progress *p, const cli_progress_state *state);
/* Print `featcache: MESSAGE` as a line of its own, the bar below it. */
void cli_progress_message(cli_progress *p, const char *fmt, ...) FC_PRINTF(2, 3);
/* Take the bar away until the next update: a line on stdout comes. */
void cli_progress_hide(cli_progress *p);
/* Take the bar away for good. */
void cli_progress_end(cli_progress *p);
/* The callback of fc_watch and its kin: @context is the cli_progress. */
void cli_progress_watch(void *context, const char *what, uint64_t done, uint64_t total);

#endif /* CLI_PROGRESS_H */
