/*
 * Windows of a sound one after the other, and the batches they make.
 */
#include "fc_model_stream.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_sound.h"
#include "fc_speech.h"

struct fc_model_stream {
    const fc_model_sound *sound;
    fc_sound *decoder;
    float *window; /* samples, of which the first `have` are the newest window's */
    float *rows;   /* of a spectrum */
    uint64_t have, left;
    uint64_t index; /* of the next window */
};

fc_status fc__model_stream_open(fc_model_stream **out, const fc_model_sound *sound, fc_error *err)
{
    fc_model_stream *s = fc__alloc_array(1, sizeof(*s));
    fc_status st;

    *out = NULL;
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "a sound");
    s->sound = sound;
    s->left = sound->n_samples;
    s->window = fc__alloc_array((size_t)sound->window, sizeof(*s->window));
    if (sound->mels > 0)
        s->rows = fc__alloc_array(sound->mels, FC_WHISPER_FRAMES * sizeof(*s->rows));
    if (s->window == NULL || (sound->mels > 0 && s->rows == NULL))
        st = fc__nomem(err, (size_t)sound->window * sizeof(*s->window), "a window of a sound");
    else
        st = fc__sound_open(&s->decoder, sound->source, sound->n_source, sound->span_start_s,
                            sound->span_end_s, sound->rate, &sound->limits, err);
    if (st != FC_OK) {
        fc__model_stream_close(s);
        return st;
    }
    *out = s;
    return FC_OK;
}

void fc__model_stream_close(fc_model_stream *s)
{
    if (s == NULL)
        return;
    fc__sound_close(s->decoder);
    free(s->window);
    free(s->rows);
    free(s);
}

/* Fill the window up; *n is what came. */
static fc_status read_on(fc_model_stream *s, uint64_t *n, fc_error *err)
{
    const uint64_t room = s->sound->window - s->have, most = room < s->left ? room : s->left;
    fc_status st = FC_OK;

    *n = 0;
    while (st == FC_OK && *n < most) {
        size_t got = 0;

        st = fc__sound_read(s->decoder, s->window + s->have + *n, (size_t)(most - *n), &got, err);
        if (got == 0)
            break;
        *n += got;
    }
    s->have += *n;
    s->left -= *n;
    return st;
}

fc_status fc__model_whisper(const float *wave, uint64_t n, uint32_t mels, float *rows, float *to,
                            fc_error *err)
{
    const fc_status st = fc__whisper_mel(wave, (size_t)n, mels, rows, err);

    for (uint64_t m = 0; m < mels && st == FC_OK; m++)
        for (uint64_t t = 0; t < FC_WHISPER_FRAMES; t++)
            to[m * FC_WHISPER_FRAMES + t] = rows[t * mels + m];
    return st;
}

/* As fc__model_sound's windows lie: all that the sound fills, and one more for what is left, unless
 * tails are dropped; a sound shorter than a window has one. */
fc_status fc__model_stream_next(fc_model_stream *s, float *to, uint64_t *n, fc_error *err)
{
    const fc_model_sound *sound = s->sound;
    const uint64_t window = sound->window;
    uint64_t came;
    fc_status st;

    *n = 0;
    if (s->index > 0 && s->have < window)
        return FC_OK; /* the last was not full */
    if (s->index > 0) {
        s->have = window - sound->hop;
        memmove(s->window, s->window + sound->hop, (size_t)s->have * sizeof(*s->window));
    }
    st = read_on(s, &came, err);
    if (st != FC_OK)
        return st;
    if (s->have == 0 && s->index == 0)
        return fc_error_set(err, FC_E_FORMAT, "a sound without samples");
    if (came == 0 || (s->have < window && s->index > 0 && sound->drop_tail)) {
        s->have = 0;
        return FC_OK;
    }
    s->index++;
    *n = s->have;
    if (sound->mels > 0)
        return fc__model_whisper(s->window, s->have, sound->mels, s->rows, to, err);
    memcpy(to, s->window, (size_t)s->have * sizeof(*to));
    memset(to + s->have, 0, (size_t)(window - s->have) * sizeof(*to));
    if (sound->normalise)
        fc__wave_normalise(&sound->sums, to, (size_t)s->have);
    return FC_OK;
}

/* Windows into the batch, as far as they go: *n of them. */
static fc_status fill(fc_model_run *r, size_t i, fc_model_stream *s, fc_model_slice *slices,
                      size_t most, size_t each, size_t *n, fc_error *err)
{
    fc_status st = FC_OK;

    for (*n = 0; *n < most && st == FC_OK; ++*n) {
        uint64_t samples = 0;

        st = fc__model_stream_next(s, (float *)r->batch.data + *n * each, &samples, err);
        if (samples == 0)
            break;
        slices[*n] = (fc_model_slice){i, s->index - 1, fc__model_real_rows(s->sound, samples)};
    }
    return st;
}

static fc_status run_batches(fc_model_run *r, size_t i, fc_model_stream *s, fc_model_slice *slices,
                             size_t most, fc_error *err)
{
    const fc_feed feed = {r->m->input, &r->batch};
    const size_t each = fc_tensor_count(&r->batch) / most;
    size_t n = 0;
    fc_status st;

    do {
        st = fill(r, i, s, slices, most, each, &n, err);
        r->batch.shape[0] = n; /* of what was allocated for `most` */
        if (st == FC_OK && n > 0)
            st = fc__model_run_batch(r, slices, n, &feed, 1, err);
    } while (st == FC_OK && n > 0);
    return st;
}

fc_status fc__model_run_stream(fc_model_run *r, size_t i, fc_error *err)
{
    const fc_model_sound *sound = fc__model_run_sound(r, i);
    const uint32_t rank = sound->mels > 0 ? 2 : 1;
    const uint64_t shape[2] = {sound->mels > 0 ? sound->mels : sound->window, FC_WHISPER_FRAMES};
    const size_t may = fc__model_run_most(r->m, shape, rank);
    const uint64_t n_slices = sound->n_slices > 0 ? sound->n_slices : 1;
    const size_t most = may < n_slices ? may : (size_t)n_slices;
    const uint64_t whole[3] = {most, shape[0], shape[1]};
    fc_model_slice *slices = fc__alloc_array(most, sizeof(*slices));
    fc_model_stream *s = NULL;
    fc_status st;

    if (slices == NULL)
        return fc__nomem(err, most * sizeof(*slices), "a batch");
    st = fc_tensor_alloc(&r->batch, FC_F32, rank + 1, whole, err);
    if (st == FC_OK)
        st = fc__model_stream_open(&s, sound, err);
    if (st == FC_OK)
        st = run_batches(r, i, s, slices, most, err);
    fc__model_stream_close(s);
    free(slices);
    return st;
}
