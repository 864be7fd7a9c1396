/*
 * A sorted list a modality, bounded in number and in bytes: what is over the end is dropped. What
 * stays is the longest beginning of all that was offered, in order, that fits.
 */
#include "canary_pick.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "canary_encode.h"
#include "fc_alloc.h"

#define HELD_MAX (3 * FC_CANARY_INPUTS)
#define N_KINDS  ((size_t)FC_VECTOR + 1)

typedef struct held {
    fc_canary_input inputs[HELD_MAX + 1];
    size_t n, bytes;
} held;

struct fc_canary_pick {
    pthread_mutex_t lock;
    unsigned modalities;
    size_t max_bytes;
    held kinds[N_KINDS];
};

fc_status fc__canary_pick_create(fc_canary_pick **out, unsigned modalities, size_t max_bytes,
                                 fc_error *err)
{
    fc_canary_pick *p = fc__alloc_array(1, sizeof(*p));

    *out = NULL;
    if (p == NULL)
        return fc__nomem(err, sizeof(*p), "canaries");
    if (pthread_mutex_init(&p->lock, NULL) != 0) {
        free(p);
        return fc_error_set(err, FC_E_NOMEM, "no lock for canaries");
    }
    p->modalities = modalities;
    p->max_bytes = max_bytes;
    *out = p;
    return FC_OK;
}

void fc__canary_pick_destroy(fc_canary_pick *p)
{
    if (p == NULL)
        return;
    for (size_t m = 0; m < N_KINDS; m++)
        for (size_t i = 0; i < p->kinds[m].n; i++)
            fc__canary_input_dispose(&p->kinds[m].inputs[i]);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* Where it belongs; false: it is there already, or behind the end. */
static bool find_place(const held *h, const fc_sha256 *content, size_t n, size_t *at)
{
    int order = -1;

    for (*at = 0; *at < h->n; ++*at) {
        const fc_canary_input *in = &h->inputs[*at];

        order = fc__canary_order(content, n, &in->content, in->bytes.size);
        if (order <= 0)
            break;
    }
    return *at < h->n ? order < 0 : h->n < HELD_MAX;
}

static void drop_last(held *h)
{
    h->bytes -= h->inputs[h->n - 1].bytes.size;
    fc__canary_input_dispose(&h->inputs[--h->n]);
}

static void insert(fc_canary_pick *p, held *h, size_t at, fc_canary_input *in)
{
    memmove(h->inputs + at + 1, h->inputs + at, (h->n - at) * sizeof(*in));
    h->inputs[at] = *in;
    h->n++;
    h->bytes += in->bytes.size;
    while (h->n > HELD_MAX || (h->bytes > p->max_bytes && h->n > 0))
        drop_last(h);
}

void fc__canary_pick_offer(fc_canary_pick *p, const fc_sha256 *content, fc_modality modality,
                           double start_s, double end_s, const char *name, const void *bytes,
                           size_t n)
{
    fc_canary_input in;
    held *h;
    size_t at;

    if (p == NULL || (p->modalities & 1u << modality) == 0 || n == 0 || n > FC_CANARY_INPUT_BYTES ||
        n > p->max_bytes)
        return;
    h = &p->kinds[modality];
    pthread_mutex_lock(&p->lock);
    if (find_place(h, content, n, &at) &&
        fc__canary_input_of(&in, content, modality, start_s, end_s, name, bytes, n, NULL) == FC_OK)
        insert(p, h, at, &in);
    pthread_mutex_unlock(&p->lock);
}

const fc_canary_input *fc__canary_pick_list(const fc_canary_pick *p, fc_modality modality,
                                            size_t *n)
{
    *n = p != NULL ? p->kinds[modality].n : 0;
    return p != NULL ? p->kinds[modality].inputs : NULL;
}
