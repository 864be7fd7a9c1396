/*
 * builtin/mfcc from its card, for tests that encode many sounds: `pooled` of a file.
 */
#ifndef SOUND_RIG_H
#define SOUND_RIG_H

#include "fc_test.h"

#include <math.h>

#include "fc_card.h"

#define POOLED_MAX 1024

typedef struct sound_rig {
    fc_encoder *encoder;
    fc_encoder_worker *worker;
    fc_error err;
} sound_rig;

static inline void sound_rig_up(sound_rig *r)
{
    fc_card *card = NULL;

    memset(r, 0, sizeof(*r));
    assert_status(FC_OK, fc__card_load(&card, "builtin/mfcc", NULL, &r->err), &r->err);
    assert_status(FC_OK, fc__encoder_create(&r->encoder, card, &r->err), &r->err);
    fc__card_destroy(card);
    assert_status(FC_OK, fc__encoder_worker_create(&r->worker, r->encoder, &r->err), &r->err);
}

static inline void sound_rig_down(sound_rig *r)
{
    fc__encoder_worker_destroy(r->worker);
    fc__encoder_destroy(r->encoder);
}

/* All outputs of the file `path`; dispose of them. */
static inline fc_features sound_features(sound_rig *r, const char *path)
{
    size_t n = 0;
    uint8_t *bytes = fc_test_read_file(path, &n);
    const fc_input input = {FC_AUDIO, bytes, n, 0, 0, path, NULL};
    fc_prepared prepared = FC_PREPARED_INIT;
    const fc_prepared *in[] = {&prepared};
    fc_features features = FC_FEATURES_INIT;
    fc_features *out[] = {&features};

    assert_status(FC_OK, fc__encoder_prepare(r->worker, &input, &prepared, &r->err), &r->err);
    assert_status(FC_OK, fc__encoder_run(r->worker, in, 1, NULL, out, &r->err), &r->err);
    fc__prepared_dispose(&prepared);
    free(bytes);
    return features;
}

/* `pooled`, a unit vector, into out; its length is returned. */
static inline size_t sound_pooled(const fc_features *f, float out[POOLED_MAX])
{
    const fc_tensor *t = &f->outputs[f->n_outputs - 1];

    assert_int_equal(t->rank, 1);
    assert_true(t->shape[0] <= POOLED_MAX);
    memcpy(out, t->data, (size_t)t->shape[0] * sizeof(*out));
    return (size_t)t->shape[0];
}

static inline double cosine(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

#endif /* SOUND_RIG_H */
