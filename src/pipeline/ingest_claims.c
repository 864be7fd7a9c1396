/*
 * A small hash table with chains under one lock; settled claims wake those who wait.
 */
#include "ingest_claims.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"

#define N_CHAINS 4096u /* claims in flight are some thousands at most */

typedef struct claim {
    fc_sha256 content;
    uint32_t encoder;
    uint32_t n_waiting;
    bool settled, dropped, failed;
    char *reason;
    struct claim *next;
} claim;

struct fc_claims {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    claim *chains[N_CHAINS];
};

fc_status fc__claims_create(fc_claims **out, fc_error *err)
{
    fc_claims *c = calloc(1, sizeof(*c));

    *out = NULL;
    if (c == NULL)
        return fc__nomem(err, sizeof(*c), "the table of claims");
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    *out = c;
    return FC_OK;
}

static void free_claim(claim *one)
{
    free(one->reason);
    free(one);
}

void fc__claims_destroy(fc_claims *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < N_CHAINS; i++)
        while (c->chains[i] != NULL) {
            claim *one = c->chains[i];

            c->chains[i] = one->next;
            free_claim(one);
        }
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* The link that points at the claim, or at the NULL where it would go. */
static claim **find(fc_claims *c, const fc_sha256 *content, uint32_t encoder)
{
    claim **link = &c->chains[(fc_get_le64(content->bytes) + encoder) % N_CHAINS];

    while (*link != NULL && ((*link)->encoder != encoder ||
                             memcmp(&(*link)->content, content, sizeof(*content)) != 0))
        link = &(*link)->next;
    return link;
}

static fc_status add(claim **link, const fc_sha256 *content, uint32_t encoder, fc_error *err)
{
    claim *one = calloc(1, sizeof(*one));

    if (one == NULL)
        return fc__nomem(err, sizeof(*one), "a claim");
    one->content = *content;
    one->encoder = encoder;
    *link = one;
    return FC_OK;
}

/* Unlink a dropped claim that nobody waits for any more. */
static void release(fc_claims *c, claim *one)
{
    claim **link;

    if (!one->dropped || one->n_waiting > 0)
        return;
    link = find(c, &one->content, one->encoder);
    *link = one->next;
    free_claim(one);
}

/* What came of another's claim, once it is settled. */
static fc_status hear(fc_claims *c, claim *one, char **reason, fc_error *err)
{
    fc_status st = FC_OK;

    one->n_waiting++;
    while (!one->settled)
        pthread_cond_wait(&c->changed, &c->lock);
    one->n_waiting--;
    /* Without memory for the reason, here or there, this is a failure all the same. */
    if (one->failed && (one->reason == NULL || (*reason = fc__strdup(one->reason)) == NULL))
        st = fc__nomem(err, FC_ERROR_MESSAGE_BYTES, "a message");
    release(c, one);
    return st;
}

static fc_status take(fc_claims *c, const fc_sha256 *content, uint32_t encoder, bool *mine,
                      char **reason, bool wait, fc_error *err)
{
    fc_status st;
    claim **link;

    *mine = false;
    *reason = NULL;
    pthread_mutex_lock(&c->lock);
    link = find(c, content, encoder);
    if (*link == NULL) {
        st = add(link, content, encoder, err);
        *mine = st == FC_OK;
    } else if (!wait && !(*link)->settled) {
        st = FC_E_BUSY;
    } else {
        st = hear(c, *link, reason, err);
    }
    pthread_mutex_unlock(&c->lock);
    return st;
}

fc_status fc__claims_take(fc_claims *c, const fc_sha256 *content, uint32_t encoder, bool *mine,
                          char **reason, fc_error *err)
{
    return take(c, content, encoder, mine, reason, true, err);
}

fc_status fc__claims_try(fc_claims *c, const fc_sha256 *content, uint32_t encoder, bool *mine,
                         char **reason, fc_error *err)
{
    return take(c, content, encoder, mine, reason, false, err);
}

void fc__claims_settle(fc_claims *c, const fc_sha256 *content, uint32_t encoder, const char *reason)
{
    claim *one;

    pthread_mutex_lock(&c->lock);
    one = *find(c, content, encoder);
    if (one != NULL) {
        one->settled = true;
        one->failed = reason != NULL;
        if (reason != NULL)
            one->reason = fc__strdup(reason);
        pthread_cond_broadcast(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
}

void fc__claims_drop(fc_claims *c, const fc_sha256 *content, uint32_t encoder)
{
    claim *one;

    pthread_mutex_lock(&c->lock);
    one = *find(c, content, encoder);
    if (one != NULL) {
        one->dropped = true;
        release(c, one);
    }
    pthread_mutex_unlock(&c->lock);
}
