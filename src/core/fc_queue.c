/*
 * The bounded queue between stages: a ring under one lock.
 */
#include "fc_queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "fc_alloc.h"

struct fc_queue {
    pthread_mutex_t lock;
    pthread_cond_t room, items;
    void **ring;
    size_t capacity, first, length;
    bool closed, cancelled;
};

fc_status fc__queue_create(fc_queue **out, size_t capacity, fc_error *err)
{
    fc_queue *q = fc__alloc_array(1, sizeof(*q));

    *out = NULL;
    if (capacity == 0)
        capacity = 1;
    if (q != NULL)
        q->ring = fc__alloc_array(capacity, sizeof(*q->ring));
    if (q == NULL || q->ring == NULL) {
        free(q);
        return fc__nomem(err, capacity, "a queue");
    }
    q->capacity = capacity;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    pthread_cond_init(&q->items, NULL);
    *out = q;
    return FC_OK;
}

fc_status fc__queue_push(fc_queue *q, void *item)
{
    fc_status st = FC_E_CANCELLED;

    pthread_mutex_lock(&q->lock);
    while (q->length == q->capacity && !q->closed && !q->cancelled)
        pthread_cond_wait(&q->room, &q->lock);
    if (!q->closed && !q->cancelled) {
        q->ring[(q->first + q->length++) % q->capacity] = item;
        pthread_cond_signal(&q->items);
        st = FC_OK;
    }
    pthread_mutex_unlock(&q->lock);
    return st;
}

static fc_status pop(fc_queue *q, void **item, bool wait)
{
    fc_status st = FC_OK;

    *item = NULL;
    pthread_mutex_lock(&q->lock);
    while (wait && q->length == 0 && !q->closed && !q->cancelled)
        pthread_cond_wait(&q->items, &q->lock);
    if (q->cancelled) {
        st = FC_E_CANCELLED;
    } else if (q->length > 0) {
        *item = q->ring[q->first];
        q->first = (q->first + 1) % q->capacity;
        q->length--;
        pthread_cond_signal(&q->room);
    } else {
        st = q->closed ? FC_E_NOT_FOUND : FC_E_BUSY;
    }
    pthread_mutex_unlock(&q->lock);
    return st;
}

fc_status fc__queue_pop(fc_queue *q, void **item)
{
    return pop(q, item, true);
}

fc_status fc__queue_try_pop(fc_queue *q, void **item)
{
    return pop(q, item, false);
}

static void stop(fc_queue *q, bool *flag)
{
    pthread_mutex_lock(&q->lock);
    *flag = true;
    pthread_cond_broadcast(&q->room);
    pthread_cond_broadcast(&q->items);
    pthread_mutex_unlock(&q->lock);
}

void fc__queue_close(fc_queue *q)
{
    stop(q, &q->closed);
}

void fc__queue_cancel(fc_queue *q)
{
    stop(q, &q->cancelled);
}

size_t fc__queue_length(fc_queue *q)
{
    size_t n;

    pthread_mutex_lock(&q->lock);
    n = q->length;
    pthread_mutex_unlock(&q->lock);
    return n;
}

void fc__queue_destroy(fc_queue *q, void (*release)(void *item))
{
    if (q == NULL)
        return;
    if (release != NULL)
        for (size_t i = 0; i < q->length; i++)
            release(q->ring[(q->first + i) % q->capacity]);
    pthread_cond_destroy(&q->items);
    pthread_cond_destroy(&q->room);
    pthread_mutex_destroy(&q->lock);
    free(q->ring);
    free(q);
}
