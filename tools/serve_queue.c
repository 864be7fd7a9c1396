/* A ring of jobs under one lock. */
#include "serve_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct serve_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void **jobs;            /* room for limit */
    size_t limit, first, n; /* limit: running and waiting together */
    size_t running;
    bool stopping;
    void (*work)(void *context, void *job);
    void *context;
    pthread_t *threads;
    size_t n_threads;
};

/* The next job; NULL: the queue stops and is empty. */
static void *next_job(serve_queue *q)
{
    void *job = NULL;

    pthread_mutex_lock(&q->lock);
    while (q->n == 0 && !q->stopping)
        pthread_cond_wait(&q->changed, &q->lock);
    if (q->n > 0) {
        job = q->jobs[q->first];
        q->first = (q->first + 1) % q->limit;
        q->n--;
        q->running++;
    }
    pthread_mutex_unlock(&q->lock);
    return job;
}

static void *run(void *context)
{
    serve_queue *q = context;
    void *job;

    while ((job = next_job(q)) != NULL) {
        q->work(q->context, job);
        pthread_mutex_lock(&q->lock);
        q->running--;
        pthread_mutex_unlock(&q->lock);
    }
    return NULL;
}

static fc_status start_threads(serve_queue *q, size_t n_threads, fc_error *err)
{
    for (; q->n_threads < n_threads; q->n_threads++) {
        const int rc = pthread_create(&q->threads[q->n_threads], NULL, run, q);

        if (rc != 0)
            return fc_error_set(err, FC_E_NOMEM, "thread %zu cannot be started: %s",
                                q->n_threads + 1, strerror(rc));
    }
    return FC_OK;
}

fc_status serve_queue_start(serve_queue **out, size_t n_threads, size_t limit,
                            void (*work)(void *context, void *job), void *context, fc_error *err)
{
    serve_queue *q = calloc(1, sizeof(*q));
    fc_status st;

    *out = NULL;
    if (q == NULL)
        return fc_error_set(err, FC_E_NOMEM, "no memory left for a queue");
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    limit += n_threads; /* a job that a thread is about to take does not wait */
    q->jobs = calloc(limit, sizeof(*q->jobs));
    q->threads = calloc(n_threads, sizeof(*q->threads));
    q->limit = limit;
    q->work = work;
    q->context = context;
    st = q->jobs != NULL && q->threads != NULL
             ? start_threads(q, n_threads, err)
             : fc_error_set(err, FC_E_NOMEM, "no memory left for a queue");
    if (st != FC_OK) {
        serve_queue_destroy(q);
        return st;
    }
    *out = q;
    return FC_OK;
}

bool serve_queue_put(serve_queue *q, void *job)
{
    bool taken = false;

    pthread_mutex_lock(&q->lock);
    if (!q->stopping && q->n + q->running < q->limit) {
        q->jobs[(q->first + q->n) % q->limit] = job;
        q->n++;
        taken = true;
        pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return taken;
}

serve_queue_state serve_queue_look(serve_queue *q)
{
    serve_queue_state state;

    pthread_mutex_lock(&q->lock);
    state = (serve_queue_state){q->running, q->n};
    pthread_mutex_unlock(&q->lock);
    return state;
}

void serve_queue_drain(serve_queue *q)
{
    if (q == NULL)
        return;
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    for (size_t i = 0; i < q->n_threads; i++)
        pthread_join(q->threads[i], NULL);
    q->n_threads = 0;
}

void serve_queue_destroy(serve_queue *q)
{
    if (q == NULL)
        return;
    serve_queue_drain(q);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q->threads);
    free(q->jobs);
    free(q);
}
