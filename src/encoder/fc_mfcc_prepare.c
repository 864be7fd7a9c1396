/*
 * From a sound file to rows of ln mel energies, as a stream: the file is never there as samples.
 */
#include <math.h>
#include <string.h>

#include "fc_mfcc.h"
#include "fc_sound.h"
#include "fc_vec.h"

static fc_status refuse_long(const fc_mfcc *m, uint64_t n, fc_error *err)
{
    return fc_error_set(err, FC_E_LIMIT,
                        "a sound of %ju frames (%.0f s), more than the limit of %ju: take spans of "
                        "it with start_s and end_s",
                        (uintmax_t)n, (double)n * m->frames.hop / m->frames.rate,
                        (uintmax_t)FC_MFCC_MAX_FRAMES);
}

/* All rows that the samples so far give, behind what `out` holds. */
static fc_status take_rows(const fc_mfcc *m, fc_mfcc_worker *w, fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;
    size_t n;

    while (st == FC_OK && (n = fc__spectrogram_next(w->spectrogram, w->rows)) > 0) {
        n *= m->mel.n_mels;
        if (!fc__all_finite(w->rows, n))
            return fc_error_set(err, FC_E_FORMAT,
                                "the sound's samples are too large: their energy overflows");
        fc__ln_floor(w->rows, n, FC_MFCC_FLOOR, w->rows);
        st = fc_buf_append(out, w->rows, n * sizeof(*w->rows), err);
    }
    return st;
}

static fc_status push(const fc_mfcc *m, fc_mfcc_worker *w, size_t n, fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t at = 0; at < n && st == FC_OK;) {
        at += fc__spectrogram_push(w->spectrogram, w->samples + at, n - at);
        st = take_rows(m, w, out, err);
    }
    return st;
}

/* A sound shorter than a frame is one frame, zeros behind it. */
static fc_status finish(const fc_mfcc *m, fc_mfcc_worker *w, uint64_t n_samples, fc_buf *out,
                        fc_error *err)
{
    fc_status st = FC_OK;

    memset(w->samples, 0, sizeof(w->samples));
    while (n_samples < m->frames.window && st == FC_OK) {
        const uint64_t left = m->frames.window - n_samples,
                       room = sizeof(w->samples) / sizeof(float);
        const size_t n = (size_t)(left < room ? left : room);

        st = push(m, w, n, out, err);
        n_samples += n;
    }
    fc__spectrogram_end(w->spectrogram);
    return st == FC_OK ? take_rows(m, w, out, err) : st;
}

fc_status fc__mfcc_prepare(const fc_mfcc *m, fc_mfcc_worker *w, const fc_input *in, fc_buf *out,
                           fc_error *err)
{
    fc_sound *s = NULL;
    uint64_t total = 0, n_frames;
    int64_t start_ns;
    size_t n = 0;
    fc_status st = fc__sound_open(&s, in->bytes, in->n_bytes, in->start_s, in->end_s,
                                  m->frames.rate, in->limits, err);

    if (st != FC_OK)
        return st;
    n_frames = fc__frame_count(&m->frames, fc__sound_count(s));
    if (n_frames > FC_MFCC_MAX_FRAMES) {
        st = refuse_long(m, n_frames, err);
        goto done;
    }
    start_ns = (int64_t)nearbyint(fc__sound_start_s(s) * 1e9);
    fc_buf_clear(out);
    fc__spectrogram_reset(w->spectrogram);
    st = fc_buf_append(out, &start_ns, sizeof(start_ns), err);
    while (st == FC_OK) {
        st = fc__sound_read(s, w->samples, sizeof(w->samples) / sizeof(float), &n, err);
        if (st != FC_OK || n == 0)
            break;
        total += n;
        st = push(m, w, n, out, err);
    }
    if (st == FC_OK)
        st = finish(m, w, total, out, err);

done:
    fc__sound_close(s);
    return st;
}
