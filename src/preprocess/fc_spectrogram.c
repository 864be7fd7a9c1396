/*
 * Spectrograms: eight frames are cut, windowed and laid side by side, then transformed together.
 */
#include "fc_spectrogram.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_frames.h"

struct fc_spectrogram {
    fc_frame_rule rule;
    fc_frames frames;
    fc_fft_plan *plan;
    fc_mel_bank bank; /* no bands: plain spectra */
    size_t width;
    float *window;       /* frames.length */
    float *clean;        /* FC_LANES x frames.length: frames without mean or low end */
    float *in, *scratch; /* of the transform */
    float *out;          /* n_mels x FC_LANES */
};

static size_t frame_length(const fc_frame_rule *r)
{
    return r->window_in_middle ? r->n_fft : r->window;
}

static fc_status check_rule(const fc_frame_rule *r, fc_error *err)
{
    if (r->rate == 0 || r->window == 0 || r->hop == 0 || r->hop > FC_FFT_MAX)
        return fc_error_set(err, FC_E_INVALID,
                            "frames of %u samples every %u at %u Hz: none of them can be 0, nor "
                            "the second above %d",
                            r->window, r->hop, r->rate, FC_FFT_MAX);
    if (r->n_fft < r->window)
        return fc_error_set(err, FC_E_INVALID,
                            "a transform of %u samples for windows of %u: it has to be as long",
                            r->n_fft, r->window);
    if (!(r->preemphasis >= 0 && r->preemphasis <= 1))
        return fc_error_set(err, FC_E_INVALID, "preemphasis is %g: it has to be from 0 to 1",
                            (double)r->preemphasis);
    return FC_OK;
}

uint64_t fc__frame_count(const fc_frame_rule *r, uint64_t n)
{
    const uint64_t pad = r->pad == FC_PAD_NONE ? 0 : r->n_fft / 2;
    const uint64_t length = frame_length(r);

    if (n == 0 || n + 2 * pad < length)
        return 0;
    return 1 + (n + 2 * pad - length) / r->hop;
}

static float *room(size_t n, bool *failed)
{
    float *x = fc__alloc_array(n, sizeof(*x));

    *failed = *failed || x == NULL;
    return x;
}

static fc_status set_up(fc_spectrogram *s, const fc_mel_rule *mel, fc_error *err)
{
    const size_t n_fft = s->rule.n_fft, n_bins = n_fft / 2 + 1, length = frame_length(&s->rule);
    bool failed = false;
    fc_status st = check_rule(&s->rule, err);

    if (st == FC_OK)
        st = fc__fft_plan_create(&s->plan, s->rule.n_fft, err);
    if (st == FC_OK && mel != NULL)
        st = fc__mel_bank(&s->bank, s->rule.rate, s->rule.n_fft, mel, err);
    if (st != FC_OK)
        return st;
    s->width = mel != NULL ? s->bank.n_mels : n_bins;
    s->frames = (fc_frames){.length = length,
                            .hop = s->rule.hop,
                            .pad = s->rule.pad == FC_PAD_NONE ? 0 : n_fft / 2,
                            .reflect = s->rule.pad == FC_PAD_REFLECT};
    st = fc__frames_begin(&s->frames, err);
    if (st != FC_OK)
        return st;
    s->window = room(length, &failed);
    s->clean = room(length * FC_LANES, &failed);
    s->in = room(fc__fft_room(s->plan), &failed);
    s->scratch = room(fc__fft_room(s->plan), &failed);
    s->out = room(s->width * FC_LANES, &failed);
    if (failed)
        return fc__nomem(err, n_fft * 4 * FC_LANES * sizeof(float), "a spectrogram");
    fc__window(s->rule.kind, s->rule.window,
               s->window + (s->rule.window_in_middle ? (n_fft - s->rule.window) / 2 : 0));
    return FC_OK;
}

fc_status fc__spectrogram_create(fc_spectrogram **out, const fc_frame_rule *frames,
                                 const fc_mel_rule *mel, fc_error *err)
{
    fc_spectrogram *s = fc__alloc_array(1, sizeof(*s));
    fc_status st;

    *out = NULL;
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "a spectrogram");
    s->rule = *frames;
    st = set_up(s, mel, err);
    if (st != FC_OK) {
        fc__spectrogram_destroy(s);
        return st;
    }
    *out = s;
    return FC_OK;
}

void fc__spectrogram_destroy(fc_spectrogram *s)
{
    if (s == NULL)
        return;
    fc__fft_plan_destroy(s->plan);
    fc__mel_bank_dispose(&s->bank);
    free(s->frames.samples);
    free(s->window);
    free(s->clean);
    free(s->in);
    free(s->scratch);
    free(s->out);
    free(s);
}

void fc__spectrogram_reset(fc_spectrogram *s)
{
    fc__frames_reset(&s->frames);
}

size_t fc__spectrogram_width(const fc_spectrogram *s)
{
    return s->width;
}

uint32_t fc__spectrogram_empty_bands(const fc_spectrogram *s)
{
    return s->bank.n_empty;
}

size_t fc__spectrogram_push(fc_spectrogram *s, const float *x, size_t n)
{
    return fc__frames_push(&s->frames, x, n);
}

void fc__spectrogram_end(fc_spectrogram *s)
{
    fc__frames_end(&s->frames);
}

/* A frame without its mean and its low end, in `to`. Sums in order of time, in double. */
static void clean(const fc_spectrogram *s, const float *x, float *to)
{
    const size_t n = s->frames.length;
    const float a = s->rule.preemphasis;
    double sum = 0;
    float mean;

    for (size_t i = 0; s->rule.remove_mean && i < n; i++)
        sum += (double)x[i];
    mean = (float)(sum / (double)n);
    for (size_t i = 0; i < n; i++) {
        const float here = x[i] - mean, before = x[i > 0 ? i - 1 : 0] - mean;

        to[i] = here - a * before;
    }
}

/* The next n frames, windowed, side by side in s->in; lanes without a frame get the first. */
static void lay(fc_spectrogram *s, size_t n)
{
    const bool as_it_is = !s->rule.remove_mean && s->rule.preemphasis == 0;
    const size_t length = s->frames.length;
    const float *rows[FC_LANES];

    for (size_t i = 0; i < FC_LANES; i++) {
        rows[i] = s->frames.samples + s->frames.next + (i < n ? i : 0) * s->frames.hop;
        if (!as_it_is) {
            clean(s, rows[i], s->clean + i * length);
            rows[i] = s->clean + i * length;
        }
    }
    fc__lanes_join(rows, s->window, length, s->in);
    memset(s->in + length * FC_LANES, 0, (s->rule.n_fft - length) * FC_LANES * sizeof(*s->in));
}

/* Of s->in to bins or bands. */
static const float *transform(fc_spectrogram *s)
{
    const size_t n_bins = s->rule.n_fft / 2 + 1;
    float *bins = fc__lanes_fft(s->plan, s->in, s->scratch);

    fc__lanes_power(bins, n_bins, bins);
    if (s->rule.magnitude)
        fc__lanes_sqrt(bins, n_bins * FC_LANES, bins);
    if (s->bank.bands == NULL)
        return bins;
    fc__lanes_bands(bins, s->bank.bands, s->bank.n_mels, s->out);
    return s->out;
}

size_t fc__spectrogram_next(fc_spectrogram *s, float *rows)
{
    const size_t n = fc__frames_ready(&s->frames);
    float *to[FC_LANES];

    if (n == 0)
        return 0;
    lay(s, n);
    /* `rows` has room for all lanes. */
    for (size_t i = 0; i < FC_LANES; i++)
        to[i] = rows + i * s->width;
    fc__lanes_split(transform(s), s->width, to);
    fc__frames_take(&s->frames, n);
    return n;
}
