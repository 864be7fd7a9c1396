/* A bounded queue of jobs, and the threads that do them. */
#ifndef SERVE_QUEUE_H
#define SERVE_QUEUE_H

#include "cli.h"

typedef struct serve_queue serve_queue;

typedef struct serve_queue_state {
    size_t running, waiting;
} serve_queue_state;

/* @work is called for each job by one of @n_threads threads; @limit jobs may wait besides those
 * that run. */
fc_status serve_queue_start(serve_queue **out, size_t n_threads, size_t limit,
                            void (*work)(void *context, void *job), void *context, fc_error *err);
/* False: the queue is full or stops, and the job stays the caller's. */
bool serve_queue_put(serve_queue *q, void *job);
serve_queue_state serve_queue_look(serve_queue *q);
/* Take no more jobs and wait until those that were taken are done. NULL is a no-op. */
void serve_queue_drain(serve_queue *q);
/* Drain and release. NULL is a no-op. */
void serve_queue_destroy(serve_queue *q);

#endif /* SERVE_QUEUE_H */
