/* A list of connections with the time since which each waits for its client. */
#include "serve_clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct serve_ticker {
    serve_ticker *next, *before;
    int fd;
    int64_t since_s;
    bool ours; /* it waits for us */
};

struct serve_clock {
    pthread_mutex_t lock;
    serve_ticker *first;
    int64_t timeout_s;
};

static int64_t now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec;
}

fc_status serve_clock_create(serve_clock **out, uint64_t timeout_s, fc_error *err)
{
    serve_clock *c = calloc(1, sizeof(*c));

    *out = c;
    if (c == NULL)
        return fc_error_set(err, FC_E_NOMEM, "no memory left for a clock");
    pthread_mutex_init(&c->lock, NULL);
    c->timeout_s = (int64_t)timeout_s;
    return FC_OK;
}

void serve_clock_destroy(serve_clock *c)
{
    if (c == NULL)
        return;
    while (c->first != NULL)
        serve_clock_remove(c, c->first);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

serve_ticker *serve_clock_add(serve_clock *c, int fd)
{
    serve_ticker *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return NULL;
    t->fd = fd;
    t->since_s = now_s();
    pthread_mutex_lock(&c->lock);
    t->next = c->first;
    if (c->first != NULL)
        c->first->before = t;
    c->first = t;
    pthread_mutex_unlock(&c->lock);
    return t;
}

void serve_clock_remove(serve_clock *c, serve_ticker *t)
{
    if (t == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    if (t->before != NULL)
        t->before->next = t->next;
    else
        c->first = t->next;
    if (t->next != NULL)
        t->next->before = t->before;
    pthread_mutex_unlock(&c->lock);
    free(t);
}

static void set(serve_clock *c, serve_ticker *t, bool ours)
{
    if (t == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    t->ours = ours;
    t->since_s = now_s();
    pthread_mutex_unlock(&c->lock);
}

void serve_clock_client(serve_clock *c, serve_ticker *t)
{
    set(c, t, false);
}

void serve_clock_ours(serve_clock *c, serve_ticker *t)
{
    set(c, t, true);
}

void serve_clock_sweep(serve_clock *c)
{
    const int64_t now = now_s();

    pthread_mutex_lock(&c->lock);
    for (serve_ticker *t = c->first; t != NULL; t = t->next)
        if (!t->ours && now - t->since_s > c->timeout_s)
            /* The HTTP library sees the end of the connection and closes it. */
            (void)shutdown(t->fd, SHUT_RDWR);
    pthread_mutex_unlock(&c->lock);
}
