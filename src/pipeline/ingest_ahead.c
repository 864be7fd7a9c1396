/*
 * Reading ahead: samples are copied into packets, since what a source hands out lives only until
 * its next sample.
 */
#include "ingest_ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_queue.h"

#define PACKETS_WAITING 2

/* Where a string begins in the packet's text; a packet grows while it is filled, so pointers are
 * made only when a sample is handed out. */
#define NO_TEXT SIZE_MAX

typedef struct entry {
    fc_source_sample sample; /* its strings: below */
    size_t source;
    size_t id, path, text, group, split, problem;
    fc_meta meta;
} entry;

typedef struct packet {
    entry entries[FC_AHEAD_SAMPLES];
    size_t n;
    fc_buf text;
    double fraction;
    fc_status end; /* what the sources said behind the last entry; FC_OK: there is more */
    fc_error err;
} packet;

struct fc_ahead {
    fc_sources *sources;
    fc_queue *queue;
    pthread_t thread;
    packet *at; /* being handed out */
    size_t next;
};

static void destroy_packet(void *item)
{
    packet *p = item;

    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n; i++)
        fc__meta_dispose(&p->entries[i].meta);
    fc_buf_dispose(&p->text);
    free(p);
}

static fc_status keep_bytes(packet *p, const char *s, size_t n, size_t *at, fc_error *err)
{
    fc_status st;

    *at = s != NULL ? p->text.size : NO_TEXT;
    if (s == NULL)
        return FC_OK;
    st = fc_buf_append(&p->text, s, n, err);
    return st == FC_OK ? fc_buf_append_u8(&p->text, 0, err) : st;
}

static fc_status keep(packet *p, const char *s, size_t *at, fc_error *err)
{
    return keep_bytes(p, s, s != NULL ? strlen(s) : 0, at, err);
}

static fc_status add_sample(packet *p, const fc_source_sample *s, size_t source, fc_error *err)
{
    entry *e = &p->entries[p->n];
    fc_status st;

    e->sample = *s;
    e->source = source;
    e->meta = (fc_meta)FC_META_INIT;
    p->n++; /* from here on the packet releases what the entry holds */
    st = keep(p, s->id, &e->id, err);
    if (st == FC_OK)
        st = keep(p, s->path, &e->path, err);
    if (st == FC_OK)
        st = keep_bytes(p, s->text, s->text_n, &e->text, err);
    if (st == FC_OK)
        st = keep(p, s->group, &e->group, err);
    if (st == FC_OK)
        st = keep(p, s->split, &e->split, err);
    if (st == FC_OK)
        st = keep(p, s->problem, &e->problem, err);
    return st == FC_OK && s->meta != NULL ? fc__meta_copy(&e->meta, s->meta, err) : st;
}

/* Read until the packet is full or the sources have no more to say. */
static void fill(packet *p, fc_sources *sources)
{
    const fc_source_sample *sample;
    size_t source;

    while (p->end == FC_OK && p->n < FC_AHEAD_SAMPLES && p->text.size < FC_AHEAD_BYTES) {
        p->end = fc__sources_next(sources, &sample, &source, &p->err);
        if (p->end == FC_OK)
            p->end = add_sample(p, sample, source, &p->err);
    }
    p->fraction = fc__sources_fraction(sources);
}

static void *read_main(void *context)
{
    fc_ahead *a = context;
    bool more = true;

    while (more) {
        packet *p = fc__alloc_array(1, sizeof(*p));

        if (p == NULL)
            break; /* a queue that ends without an end: fc__ahead_next tells */
        fill(p, a->sources);
        more = p->end == FC_OK; /* before it is handed over */
        if (fc__queue_push(a->queue, p) != FC_OK) {
            destroy_packet(p);
            break;
        }
    }
    fc__queue_close(a->queue);
    return NULL;
}

fc_status fc__ahead_start(fc_ahead **out, fc_sources *sources, fc_error *err)
{
    fc_ahead *a = fc__alloc_array(1, sizeof(*a));
    fc_status st;

    *out = NULL;
    if (a == NULL)
        return fc__nomem(err, sizeof(*a), "reading ahead");
    a->sources = sources;
    st = fc__queue_create(&a->queue, PACKETS_WAITING, err);
    if (st == FC_OK && pthread_create(&a->thread, NULL, read_main, a) != 0)
        st = fc_error_set(err, FC_E_NOMEM, "cannot start a thread to read the source");
    if (st != FC_OK) {
        fc__queue_destroy(a->queue, NULL);
        free(a);
        return st;
    }
    *out = a;
    return FC_OK;
}

static const char *text_at(const packet *p, size_t at)
{
    return at != NO_TEXT ? (const char *)p->text.data + at : NULL;
}

static const fc_source_sample *hand_out(packet *p, entry *e)
{
    fc_source_sample *s = &e->sample;

    s->id = text_at(p, e->id);
    s->path = text_at(p, e->path);
    s->text = text_at(p, e->text);
    s->group = text_at(p, e->group);
    s->split = text_at(p, e->split);
    s->problem = text_at(p, e->problem);
    s->meta = s->meta != NULL ? &e->meta : NULL;
    return s;
}

fc_status fc__ahead_next(fc_ahead *a, const fc_source_sample **sample, size_t *source,
                         fc_error *err)
{
    *sample = NULL;
    while (a->at == NULL || a->next == a->at->n) {
        void *item;

        if (a->at != NULL && a->at->end != FC_OK) {
            if (err != NULL && a->at->end != FC_E_NOT_FOUND)
                *err = a->at->err;
            return a->at->end; /* and again, however often it is asked */
        }
        if (fc__queue_pop(a->queue, &item) != FC_OK)
            return fc__nomem(err, sizeof(*a->at), "samples");
        destroy_packet(a->at);
        a->at = item;
        a->next = 0;
    }
    *source = a->at->entries[a->next].source;
    *sample = hand_out(a->at, &a->at->entries[a->next]);
    a->next++;
    return FC_OK;
}

double fc__ahead_fraction(const fc_ahead *a)
{
    return a->at != NULL ? a->at->fraction : 0.0;
}

void fc__ahead_stop(fc_ahead *a)
{
    if (a == NULL)
        return;
    fc__queue_cancel(a->queue);
    pthread_join(a->thread, NULL);
    fc__queue_destroy(a->queue, destroy_packet);
    destroy_packet(a->at);
    free(a);
}
