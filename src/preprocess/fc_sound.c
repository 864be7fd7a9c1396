/*
 * Decoding and resampling in one stream.
 */
#include "fc_sound.h"

#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_audio.h"
#include "fc_resample.h"

struct fc_sound {
    fc_audio_reader *reader;
    fc_resampler *resampler;
    uint32_t rate;
};

static fc_status read_audio(void *from, float *out, size_t max, size_t *n, fc_error *err)
{
    return fc__audio_read(from, out, max, n, err);
}

fc_status fc__sound_open(fc_sound **out, const uint8_t *bytes, size_t n, double start_s,
                         double end_s, uint32_t rate, const fc_decode_limits *limits, fc_error *err)
{
    fc_sound *s = fc__alloc_array(1, sizeof(*s));
    fc_status st;

    *out = NULL;
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "a sound");
    s->rate = rate;
    st = fc__audio_open(&s->reader, bytes, n, start_s, end_s, limits, err);
    if (st == FC_OK)
        st = fc__resampler_create(&s->resampler, fc__audio_info(s->reader)->rate, rate, read_audio,
                                  s->reader, err);
    if (st != FC_OK) {
        fc__sound_close(s);
        return st;
    }
    *out = s;
    return FC_OK;
}

void fc__sound_close(fc_sound *s)
{
    if (s == NULL)
        return;
    fc__resampler_destroy(s->resampler);
    fc__audio_close(s->reader);
    free(s);
}

double fc__sound_start_s(const fc_sound *s)
{
    return fc__audio_info(s->reader)->start_s;
}

uint64_t fc__sound_count(const fc_sound *s)
{
    const fc_audio_info *info = fc__audio_info(s->reader);

    return fc__resampled_count(info->n_samples, info->rate, s->rate);
}

fc_status fc__sound_read(fc_sound *s, float *out, size_t max, size_t *n, fc_error *err)
{
    return fc__resampler_read(s->resampler, out, max, n, err);
}

const char *fc__sound_versions(void)
{
    return fc__audio_versions();
}
