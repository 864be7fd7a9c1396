/*
 * Ends connections that take too long: a request must have come, and a reply must have been taken,
 * within a time, however slowly its bytes trickle. The HTTP library's own timeout is for silence
 * only.
 */
#ifndef SERVE_CLOCK_H
#define SERVE_CLOCK_H

#include "cli.h"

typedef struct serve_clock serve_clock;
typedef struct serve_ticker serve_ticker; /* of one connection */

fc_status serve_clock_create(serve_clock **out, uint64_t timeout_s, fc_error *err);
void serve_clock_destroy(serve_clock *c);
/* A connection has been opened; NULL: no memory was left. Removed before its socket is closed. */
serve_ticker *serve_clock_add(serve_clock *c, int fd);
void serve_clock_remove(serve_clock *c, serve_ticker *t);
/* The client's time starts anew, or stops while it is our turn. NULL is a no-op. */
void serve_clock_client(serve_clock *c, serve_ticker *t);
void serve_clock_ours(serve_clock *c, serve_ticker *t);
/* Shut down what is over its time. Called about every second. */
void serve_clock_sweep(serve_clock *c);

#endif /* SERVE_CLOCK_H */
