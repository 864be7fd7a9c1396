/*
 * The ordered pool: a ring of slots that items pass through as pushed -> begun -> done -> taken.
 * Three counters run along the ring, taken <= begun <= pushed <= taken + in_flight; only an item's
 * being done is kept by slot, since workers finish in any order.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_queue.h"

typedef struct slot {
    void *item;
    bool done;
} slot;

struct fc_pool {
    pthread_mutex_t lock;
    pthread_cond_t room, work_there, result_there;
    slot *ring;
    size_t in_flight;
    uint64_t pushed, begun, taken;
    bool closed, cancelled;
    fc_pool_work work;
    void *context;
    pthread_t *threads;
    uint32_t n_threads; /* started */
    uint32_t n_entered; /* have taken their worker number */
};

static slot *slot_of(fc_pool *p, uint64_t i)
{
    return &p->ring[i % p->in_flight];
}

static void *worker_main(void *arg)
{
    fc_pool *p = arg;
    uint32_t worker;

    pthread_mutex_lock(&p->lock);
    worker = p->n_entered++;
    for (;;) {
        slot *mine;
        uint64_t number;

        while (p->begun == p->pushed && !p->closed && !p->cancelled)
            pthread_cond_wait(&p->work_there, &p->lock);
        if (p->cancelled || p->begun == p->pushed)
            break;
        number = p->begun++;
        mine = slot_of(p, number); /* stays ours until it is done: no push comes round before */
        pthread_mutex_unlock(&p->lock);
        p->work(p->context, worker, mine->item);
        pthread_mutex_lock(&p->lock);
        mine->done = true;
        if (number == p->taken)
            pthread_cond_signal(&p->result_there);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Signals are for the program's own threads: a worker is never interrupted in a read or a write.
 * Those that a fault raises stay open, so that a crash is one. */
static fc_status start_workers(fc_pool *p, uint32_t n_threads, fc_error *err)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t blocked, before;
    int e = 0;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    while (e == 0 && p->n_threads < n_threads) {
        e = pthread_create(&p->threads[p->n_threads], NULL, worker_main, p);
        if (e == 0)
            p->n_threads++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (e != 0)
        return fc_error_set(err, FC_E_NOMEM, "thread %u of %u could not be started: %s",
                            (unsigned)p->n_threads + 1, (unsigned)n_threads, strerror(e));
    return FC_OK;
}

fc_status fc__pool_create(fc_pool **out, uint32_t n_threads, size_t in_flight, fc_pool_work work,
                          void *context, fc_error *err)
{
    fc_pool *p = fc__alloc_array(1, sizeof(*p));
    fc_status st;

    *out = NULL;
    if (p == NULL)
        return fc__nomem(err, sizeof(*p), "a pool");
    if (n_threads == 0)
        n_threads = 1;
    p->in_flight = in_flight > 0 ? in_flight : 1;
    p->work = work;
    p->context = context;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->room, NULL);
    pthread_cond_init(&p->work_there, NULL);
    pthread_cond_init(&p->result_there, NULL);
    p->ring = fc__alloc_array(p->in_flight, sizeof(*p->ring));
    p->threads = fc__alloc_array(n_threads, sizeof(*p->threads));
    if (p->ring == NULL || p->threads == NULL)
        st = fc__nomem(err, p->in_flight, "a pool");
    else
        st = start_workers(p, n_threads, err);
    if (st != FC_OK)
        fc__pool_destroy(p, NULL);
    else
        *out = p;
    return st;
}

fc_status fc__pool_push(fc_pool *p, void *item)
{
    fc_status st = FC_E_CANCELLED;

    pthread_mutex_lock(&p->lock);
    while (p->pushed - p->taken == p->in_flight && !p->closed && !p->cancelled)
        pthread_cond_wait(&p->room, &p->lock);
    if (!p->closed && !p->cancelled) {
        *slot_of(p, p->pushed++) = (slot){.item = item, .done = false};
        pthread_cond_signal(&p->work_there);
        st = FC_OK;
    }
    pthread_mutex_unlock(&p->lock);
    return st;
}

/* The next result in order is there. */
static bool result_ready(fc_pool *p)
{
    return p->taken < p->begun && slot_of(p, p->taken)->done;
}

fc_status fc__pool_next(fc_pool *p, void **item)
{
    fc_status st = FC_OK;

    *item = NULL;
    pthread_mutex_lock(&p->lock);
    while (!result_ready(p) && !p->cancelled && !(p->closed && p->taken == p->pushed))
        pthread_cond_wait(&p->result_there, &p->lock);
    if (p->cancelled) {
        st = FC_E_CANCELLED;
    } else if (!result_ready(p)) {
        st = FC_E_NOT_FOUND;
    } else {
        *item = slot_of(p, p->taken)->item;
        p->taken++;
        pthread_cond_signal(&p->room);
        if (result_ready(p)) /* its worker did not signal: it was not next then */
            pthread_cond_signal(&p->result_there);
        else if (p->closed && p->taken == p->pushed)
            pthread_cond_broadcast(&p->result_there);
    }
    pthread_mutex_unlock(&p->lock);
    return st;
}

static void stop(fc_pool *p, bool *flag)
{
    pthread_mutex_lock(&p->lock);
    *flag = true;
    pthread_cond_broadcast(&p->room);
    pthread_cond_broadcast(&p->work_there);
    pthread_cond_broadcast(&p->result_there);
    pthread_mutex_unlock(&p->lock);
}

void fc__pool_close(fc_pool *p)
{
    stop(p, &p->closed);
}

void fc__pool_cancel(fc_pool *p)
{
    stop(p, &p->cancelled);
}

void fc__pool_destroy(fc_pool *p, void (*release)(void *item))
{
    if (p == NULL)
        return;
    /* What nobody will take need not be worked on; what a closed pool holds was promised. */
    if (!p->closed)
        fc__pool_cancel(p);
    for (uint32_t i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    if (release != NULL)
        for (uint64_t i = p->taken; i < p->pushed; i++)
            release(slot_of(p, i)->item);
    pthread_cond_destroy(&p->result_there);
    pthread_cond_destroy(&p->work_there);
    pthread_cond_destroy(&p->room);
    pthread_mutex_destroy(&p->lock);
    free(p->threads);
    free(p->ring);
    free(p);
}
