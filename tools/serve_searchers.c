/* A few slots under one lock; opening and closing happens outside it. */
#include "serve_searchers.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

typedef struct slot {
    fc_searcher *searcher; /* NULL: empty */
    char *space, *encoder, *output;
    bool taken;
    uint64_t used; /* counts up; 0: never */
} slot;

struct serve_searchers {
    pthread_mutex_t lock;
    fc_store *store;
    const fc_searcher_options *opts;
    size_t n;
    uint64_t uses;
    slot slots[];
};

fc_status serve_searchers_create(serve_searchers **out, size_t n, fc_store *store,
                                 const fc_searcher_options *opts, fc_error *err)
{
    serve_searchers *s = calloc(1, sizeof(*s) + n * sizeof(s->slots[0]));

    *out = s;
    if (s == NULL)
        return fc_error_set(err, FC_E_NOMEM, "no memory left for searchers");
    pthread_mutex_init(&s->lock, NULL);
    s->store = store;
    s->opts = opts;
    s->n = n;
    return FC_OK;
}

static void empty(slot *one)
{
    fc_searcher_close(one->searcher);
    free(one->space);
    free(one->encoder);
    free(one->output);
    one->searcher = NULL;
    one->space = one->encoder = one->output = NULL;
}

void serve_searchers_destroy(serve_searchers *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        empty(&s->slots[i]);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_for(const slot *one, const serve_scope *scope)
{
    return one->searcher != NULL && same(one->space, scope->space) &&
           same(one->encoder, scope->encoder) && same(one->output, scope->output);
}

/* Under the lock. The newest of the fitting ones is the likeliest to have all open; an empty slot
 * was used longest ago. */
static size_t choose(const serve_searchers *s, const serve_scope *scope)
{
    size_t fitting = NONE, oldest = NONE;

    for (size_t i = 0; i < s->n; i++) {
        const slot *one = &s->slots[i];

        if (one->taken)
            continue;
        if (is_for(one, scope) && (fitting == NONE || one->used > s->slots[fitting].used))
            fitting = i;
        if (oldest == NONE || one->used < s->slots[oldest].used)
            oldest = i;
    }
    return fitting != NONE ? fitting : oldest;
}

static bool copy_name(char **out, const char *name)
{
    *out = name != NULL ? strdup(name) : NULL;
    return name == NULL || *out != NULL;
}

static fc_status fill(serve_searchers *s, slot *one, const serve_scope *scope, fc_error *err)
{
    fc_searcher_options opts = *s->opts;
    fc_status st = FC_OK;

    empty(one);
    if (!copy_name(&one->space, scope->space) || !copy_name(&one->encoder, scope->encoder) ||
        !copy_name(&one->output, scope->output))
        st = fc_error_set(err, FC_E_NOMEM, "no memory left for a searcher");
    opts.space = scope->space;
    opts.encoder = scope->encoder;
    opts.output = scope->output;
    if (st == FC_OK)
        st = fc_searcher_open(&one->searcher, s->store, &opts, err);
    if (st != FC_OK)
        empty(one);
    return st;
}

fc_status serve_searchers_take(serve_searchers *s, const serve_scope *scope, serve_searcher *out,
                               fc_error *err)
{
    fc_status st = FC_OK;
    slot *one;

    pthread_mutex_lock(&s->lock);
    out->slot = choose(s, scope);
    assert(out->slot != NONE);
    one = &s->slots[out->slot];
    one->taken = true;
    one->used = ++s->uses;
    pthread_mutex_unlock(&s->lock);
    if (!is_for(one, scope))
        st = fill(s, one, scope, err);
    out->searcher = one->searcher;
    if (st != FC_OK)
        serve_searchers_give(s, out);
    return st;
}

void serve_searchers_give(serve_searchers *s, const serve_searcher *taken)
{
    pthread_mutex_lock(&s->lock);
    s->slots[taken->slot].taken = false;
    pthread_mutex_unlock(&s->lock);
}
