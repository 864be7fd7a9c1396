/*
 * Sound at another rate: a stream in constant memory, band-limited as librosa.resample does it with
 * res_type 'soxr_hq' (libsoxr, HQ: 20 bits), aligned with the input and as long as
 * ceil(n x out_rate / in_rate).
 *
 * The samples go to libsoxr in blocks of one size, so that neither how the source hands them out
 * nor how the caller asks for them can change a bit.
 *
 * Threads: a resampler belongs to one thread.
 */
#ifndef FC_RESAMPLE_H
#define FC_RESAMPLE_H

#include <featcache/types.h>

/* Where samples come from: up to `max` into `out`, *n of them; *n is 0 at the end only. */
typedef fc_status (*fc_sample_source)(void *from, float *out, size_t max, size_t *n, fc_error *err);

typedef struct fc_resampler fc_resampler;

/* `from` must live as long. FC_E_INVALID: a rate of 0. Equal rates pass the samples through. */
fc_status fc__resampler_create(fc_resampler **out, uint32_t in_rate, uint32_t out_rate,
                               fc_sample_source source, void *from, fc_error *err);
void fc__resampler_destroy(fc_resampler *r);
/* Up to `max` samples; *n is 0 at the end only. What the source refused is passed on. */
fc_status fc__resampler_read(fc_resampler *r, float *out, size_t max, size_t *n, fc_error *err);
/* Samples that n of the source become. */
uint64_t fc__resampled_count(uint64_t n, uint32_t in_rate, uint32_t out_rate);

#endif /* FC_RESAMPLE_H */
