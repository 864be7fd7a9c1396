/*
 * The buffer that frames are cut from.
 */
#include "fc_frames.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

#define SLACK 4096 /* samples more than needed, so that they move rarely */

fc_status fc__frames_begin(fc_frames *f, fc_error *err)
{
    f->capacity = f->length + (FC_LANES - 1) * f->hop + 3 * f->pad + SLACK;
    f->samples = fc__alloc_array(f->capacity, sizeof(*f->samples));
    if (f->samples == NULL)
        return fc__nomem(err, f->capacity * sizeof(*f->samples), "frames of sound");
    fc__frames_reset(f);
    return FC_OK;
}

void fc__frames_reset(fc_frames *f)
{
    memset(f->samples, 0, f->pad * sizeof(*f->samples));
    f->n = f->pad;
    f->next = 0;
    f->n_pushed = 0;
    f->left_done = !f->reflect;
    f->ended = false;
}

/* Where sample i of an endless mirrored sound of n samples is found. */
static size_t mirrored(int64_t i, int64_t n)
{
    const int64_t period = 2 * (n - 1);

    if (n == 1)
        return 0;
    i = (i % period + period) % period;
    return (size_t)(i < n ? i : period - i);
}

static void fill_left(fc_frames *f)
{
    const float *sound = f->samples + f->pad;

    for (size_t i = 0; i < f->pad; i++)
        f->samples[i] = sound[mirrored((int64_t)i - (int64_t)f->pad, (int64_t)f->n_pushed)];
    f->left_done = true;
}

/* Drop what no frame and no mirror needs any more. */
static void move_up(fc_frames *f)
{
    const size_t mirror = f->reflect ? f->pad + 1 : 0;
    size_t drop = f->next < f->n ? f->next : f->n;

    if (f->n < mirror || !f->left_done)
        return;
    drop = drop < f->n - mirror ? drop : f->n - mirror;
    memmove(f->samples, f->samples + drop, (f->n - drop) * sizeof(*f->samples));
    f->n -= drop;
    f->next -= drop;
}

size_t fc__frames_push(fc_frames *f, const float *x, size_t n)
{
    size_t room = f->capacity - f->pad - f->n;

    if (room < n) {
        move_up(f);
        room = f->capacity - f->pad - f->n;
    }
    n = n < room ? n : room;
    if (n > 0)
        memcpy(f->samples + f->n, x, n * sizeof(*x));
    f->n += n;
    f->n_pushed += n;
    if (!f->left_done && f->n_pushed > f->pad)
        fill_left(f);
    return n;
}

void fc__frames_end(fc_frames *f)
{
    const float *sound;
    size_t n;

    if (f->ended)
        return;
    f->ended = true;
    if (f->n_pushed == 0) {
        f->n = 0; /* nothing to mirror, and no frame of padding alone */
        return;
    }
    if (!f->left_done)
        fill_left(f);
    /* The mirror reaches `pad` samples back: move_up() keeps them, and a shorter sound whole. */
    n = f->n_pushed < f->n ? (size_t)f->n_pushed : f->n;
    sound = f->samples + f->n - n;
    for (size_t i = 0; i < f->pad; i++)
        f->samples[f->n + i] = f->reflect ? sound[mirrored((int64_t)(n + i), (int64_t)n)] : 0.0f;
    f->n += f->pad;
}

size_t fc__frames_ready(const fc_frames *f)
{
    size_t n = 0;

    if (!f->left_done)
        return 0;
    while (n < FC_LANES && f->next + n * f->hop + f->length <= f->n)
        n++;
    return n == FC_LANES || f->ended ? n : 0;
}

void fc__frames_take(fc_frames *f, size_t n)
{
    f->next += n * f->hop;
}
