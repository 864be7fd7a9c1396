/*
 * A program run to its end: bytes to its standard input, its standard output back, within a time
 * and a size. For work that must not be done in this process.
 *
 * The program is started by posix_spawn, never by a bare fork, so it is safe beside threads, OpenMP
 * and open stores: it inherits no descriptor but 0, 1 and 2 (/dev/null), no blocked signal, and is
 * in a process group of its own, so that Ctrl-C in a terminal stops the caller and not the work
 * that the caller still waits for.
 *
 * Threads: stateless. A caller that ignores SIGCHLD only loses the exit status.
 */
#ifndef FC_CHILD_H
#define FC_CHILD_H

#include "fc_buf.h"

typedef struct fc_child_call {
    const char *const *argv; /* argv[0]: the program's path; NULL-terminated */
    const void *input;
    size_t input_n;
    size_t max_output;   /* more than this ends it */
    uint32_t timeout_ms; /* of the clock on the wall */
} fc_child_call;

typedef enum fc_child_end {
    FC_CHILD_EXITED,    /* how: its exit status; -1 where that cannot be told */
    FC_CHILD_SIGNALLED, /* how: the signal */
    FC_CHILD_TIMED_OUT,
    FC_CHILD_TOO_LONG, /* more than max_output bytes */
} fc_child_end;

/* When it returns the program has ended, by itself or killed. `output` (empty before) holds what it
 * wrote; the caller disposes of it. FC_OK whatever the program did; FC_E_NOT_FOUND, FC_E_IO,
 * FC_E_NOMEM: it could not be started or listened to. */
fc_status fc__child_run(const fc_child_call *call, fc_buf *output, fc_child_end *end, int *how,
                        fc_error *err);

#endif /* FC_CHILD_H */
