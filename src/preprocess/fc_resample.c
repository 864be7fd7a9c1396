/*
 * Resampling by libsoxr.
 */
#include "fc_resample.h"

#include <math.h>
#include <soxr.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

#define IN_BLOCK  4096
#define OUT_BLOCK 8192

struct fc_resampler {
    soxr_t soxr; /* NULL: equal rates */
    uint32_t in_rate, out_rate;
    fc_sample_source source;
    void *from;
    float in[IN_BLOCK], out[OUT_BLOCK];
    size_t in_n, in_at, out_n, out_at;
    uint64_t n_in, n_out; /* samples of the source so far; handed out so far */
    bool ended;           /* the source */
};

fc_status fc__resampler_create(fc_resampler **out, uint32_t in_rate, uint32_t out_rate,
                               fc_sample_source source, void *from, fc_error *err)
{
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t why = NULL;
    fc_resampler *r;

    *out = NULL;
    if (in_rate == 0 || out_rate == 0)
        return fc_error_set(err, FC_E_INVALID, "resampling from %u to %u Hz: neither can be 0",
                            in_rate, out_rate);
    r = fc__alloc_array(1, sizeof(*r));
    if (r == NULL)
        return fc__nomem(err, sizeof(*r), "a resampler");
    r->in_rate = in_rate;
    r->out_rate = out_rate;
    r->source = source;
    r->from = from;
    if (in_rate != out_rate)
        r->soxr = soxr_create(in_rate, out_rate, 1, &why, &io, &quality, &runtime);
    if (why != NULL || (r->soxr == NULL && in_rate != out_rate)) {
        fc__resampler_destroy(r);
        return fc_error_set(err, FC_E_UNSUPPORTED, "resampling from %u to %u Hz: %s", in_rate,
                            out_rate, why != NULL ? why : "refused");
    }
    *out = r;
    return FC_OK;
}

void fc__resampler_destroy(fc_resampler *r)
{
    if (r == NULL)
        return;
    if (r->soxr != NULL)
        soxr_delete(r->soxr);
    free(r);
}

/* As librosa: the ratio in double first. */
uint64_t fc__resampled_count(uint64_t n, uint32_t in_rate, uint32_t out_rate)
{
    if (in_rate == out_rate)
        return n;
    return (uint64_t)ceil((double)n * ((double)out_rate / (double)in_rate));
}

/* A whole block, but for the last. */
static fc_status fill_block(fc_resampler *r, fc_error *err)
{
    r->in_n = r->in_at = 0;
    while (r->in_n < IN_BLOCK && !r->ended) {
        size_t n = 0;
        const fc_status st = r->source(r->from, r->in + r->in_n, IN_BLOCK - r->in_n, &n, err);

        if (st != FC_OK)
            return st;
        r->ended = n == 0;
        r->in_n += n;
    }
    r->n_in += r->in_n;
    return FC_OK;
}

/* libsoxr rounds the length its own way: cut, or fill up with zeros, to the one that is promised.
 */
static void fix_length(fc_resampler *r)
{
    const uint64_t all = fc__resampled_count(r->n_in, r->in_rate, r->out_rate);
    const uint64_t left = all > r->n_out ? all - r->n_out : 0;

    if (r->out_n == 0) {
        r->out_n = left < OUT_BLOCK ? (size_t)left : OUT_BLOCK;
        memset(r->out, 0, r->out_n * sizeof(*r->out));
    }
    r->out_n = r->out_n < left ? r->out_n : (size_t)left;
}

/* The next output block; it stays empty at the end only. */
static fc_status make_block(fc_resampler *r, fc_error *err)
{
    r->out_n = r->out_at = 0;
    while (r->out_n == 0) {
        soxr_error_t why;
        size_t used = 0;
        bool draining;

        if (r->in_at == r->in_n && !r->ended) {
            const fc_status st = fill_block(r, err);

            if (st != FC_OK)
                return st;
        }
        draining = r->in_at == r->in_n;
        if (draining)
            why = soxr_process(r->soxr, NULL, 0, NULL, r->out, OUT_BLOCK, &r->out_n);
        else
            why = soxr_process(r->soxr, r->in + r->in_at, r->in_n - r->in_at, &used, r->out,
                               OUT_BLOCK, &r->out_n);
        if (why != NULL)
            return fc_error_set(err, FC_E_NOMEM, "resampling: %s", why);
        r->in_at += used;
        if (draining) {
            fix_length(r);
            break;
        }
    }
    return FC_OK;
}

fc_status fc__resampler_read(fc_resampler *r, float *out, size_t max, size_t *n, fc_error *err)
{
    *n = 0;
    if (r->soxr == NULL)
        return r->source(r->from, out, max, n, err);
    while (*n < max) {
        size_t take = r->out_n - r->out_at;

        if (take == 0) {
            const fc_status st = make_block(r, err);

            if (st != FC_OK)
                return st;
            if (r->out_n == 0)
                break;
            continue;
        }
        take = take < max - *n ? take : max - *n;
        memcpy(out + *n, r->out + r->out_at, take * sizeof(*out));
        r->out_at += take;
        r->n_out += take;
        *n += take;
    }
    return FC_OK;
}
