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

/* Eight by eight pixels of grey, all different. */
static const uint8_t picture[] = {
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x08, 0x08, 0x00, 0x00, 0x00,
    0x00, 0xE1, 0x64, 0xE1, 0x57, 0x00, 0x00, 0x00, 0x29, 0x49, 0x44, 0x41, 0x54, 0x78,
    0xDA, 0x63, 0x60, 0xE0, 0x10, 0x90, 0x50, 0xD0, 0x30, 0xB0, 0x80, 0xD1, 0x0E, 0x0C,
    0x50, 0xDA, 0x83, 0x01, 0x4A, 0x07, 0x30, 0x40, 0xE9, 0x08, 0x06, 0x28, 0x9D, 0xC0,
    0x00, 0xA5, 0x33, 0x18, 0xA0, 0x74, 0x01, 0x00, 0x8F, 0x57, 0x0E, 0x01, 0x91, 0x99,
    0x01, 0xF9, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

static void ask_anything(fc_searcher *searcher, const fc_query *defaults)
{
    fc_query q = *defaults;
    fc_query_result *result = NULL;
    fc_error ignored = FC_ERROR_INIT;

    q.text = "a word";
    if (fc_searcher_query(searcher, &q, &result, &ignored) != FC_OK) {
        q.text = NULL;
        q.file = "a.png";
        q.file_bytes = picture;
        q.n_file_bytes = sizeof(picture);
        (void)fc_searcher_query(searcher, &q, &result, &ignored);
    }
    fc_query_result_destroy(result);
}

void serve_searchers_warm(serve_searchers *s, const serve_scope *scope, const fc_query *defaults)
{
    fc_error ignored = FC_ERROR_INIT;

    for (size_t i = 0; i < s->n; i++)
        if (fill(s, &s->slots[i], scope, &ignored) == FC_OK)
            ask_anything(s->slots[i].searcher, defaults);
}

void serve_searchers_give(serve_searchers *s, const serve_searcher *taken)
{
    pthread_mutex_lock(&s->lock);
    s->slots[taken->slot].taken = false;
    pthread_mutex_unlock(&s->lock);
}
