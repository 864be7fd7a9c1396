/*
 * Pieces of work that threads take in turn. Which thread takes which does not matter to the result.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "fc_contrast.h"

#define THREADS_MAX 64u

typedef struct job {
    void (*work)(void *context, size_t i);
    void *context;
    size_t n;
    _Atomic size_t next;
} job;

static void *worker_main(void *arg)
{
    job *j = arg;

    for (;;) {
        const size_t i = atomic_fetch_add(&j->next, 1);

        if (i >= j->n)
            return NULL;
        j->work(j->context, i);
    }
}

/* Threads that cannot be had are done without. */
void fc__contrast_share(uint32_t n_threads, size_t n, void (*work)(void *context, size_t i),
                        void *context)
{
    job j = {.work = work, .context = context, .n = n};
    pthread_t ids[THREADS_MAX];
    uint32_t wanted = n_threads < THREADS_MAX ? n_threads : THREADS_MAX, started = 0;

    wanted = n < wanted ? (uint32_t)n : wanted;
    while (started + 1 < wanted && pthread_create(&ids[started], NULL, worker_main, &j) == 0)
        started++;
    worker_main(&j);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(ids[i], NULL);
}
