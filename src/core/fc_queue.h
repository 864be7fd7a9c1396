/*
 * A bounded queue between stages, and a pool of workers that keeps the order of its input.
 *
 * Threads: any number on each side. Closing lets readers drain what is there; cancelling
 * wakes everyone at once.
 */
#ifndef FC_QUEUE_H
#define FC_QUEUE_H

#include <featcache/types.h>

typedef struct fc_queue fc_queue;

fc_status fc__queue_create(fc_queue **out, size_t capacity, fc_error *err);
/* Wait for room, then hand item over. FC_E_CANCELLED after close or cancel: item stays yours. */
fc_status fc__queue_push(fc_queue *q, void *item);
/* Wait for an item. FC_E_NOT_FOUND: closed and drained. FC_E_CANCELLED: cancelled. */
fc_status fc__queue_pop(fc_queue *q, void **item);
/* As pop, without waiting: FC_E_BUSY when nothing is there now. */
fc_status fc__queue_try_pop(fc_queue *q, void **item);
void fc__queue_close(fc_queue *q);
void fc__queue_cancel(fc_queue *q);
size_t fc__queue_length(fc_queue *q);
/* Items still inside are given to `release` (may be NULL). */
void fc__queue_destroy(fc_queue *q, void (*release)(void *item));

/* `n_threads` workers call `work(context, worker, item)` on items pushed; results (the same item
 * pointers) come out of fc__pool_next() in the order they were pushed. At most `in_flight` items
 * are inside at a time: push waits. A worker never stops on a bad item: the item itself carries
 * its status. n_threads 0 means 1. */
typedef struct fc_pool fc_pool;
typedef void (*fc_pool_work)(void *context, uint32_t worker, void *item);

fc_status fc__pool_create(fc_pool **out, uint32_t n_threads, size_t in_flight, fc_pool_work work,
                          void *context, fc_error *err);
/* FC_E_CANCELLED after fc__pool_close or fc__pool_cancel: item stays yours. */
fc_status fc__pool_push(fc_pool *p, void *item);
/* Next finished item in push order. FC_E_NOT_FOUND: closed and all taken. */
fc_status fc__pool_next(fc_pool *p, void **item);
void fc__pool_close(fc_pool *p);  /* no more pushes; what is inside is finished */
void fc__pool_cancel(fc_pool *p); /* push and next return FC_E_CANCELLED from now on */
/* Waits for the workers; items not taken go to `release` (may be NULL). */
void fc__pool_destroy(fc_pool *p, void (*release)(void *item));

/* Online processors this process may use (affinity, cgroup quota), at least 1. */
uint32_t fc__cpu_count(void);
/* What the control groups listed in the file `groups` (as /proc/self/cgroup) grant, their folders
 * beneath `mount`: processors, rounded up; 0 for no limit. */
uint32_t fc__cpu_quota(const char *groups, const char *mount);
/* Monotonic clock. */
uint64_t fc__now_ns(void);
/* Wall clock, nanoseconds since 1970. */
int64_t fc__wall_ns(void);

#endif /* FC_QUEUE_H */
