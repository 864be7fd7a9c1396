/*
 * Sound files through libsndfile: opened over borrowed bytes, a span found on the sample grid,
 * blocks of interleaved samples made mono.
 */
#include "fc_audio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_audio_internal.h"
#include "fc_vec.h"

#define BLOCK_FLOATS 16384

struct fc_audio_reader {
    SNDFILE *file;
    fc_audio_bytes source;
    fc_audio_info info;
    fc_audio_kind kind;
    uint64_t done; /* samples of the span that were handed out */
    float *block;  /* BLOCK_FLOATS, interleaved */
};

/* What libsndfile found, against what is taken. NULL: not that. */
static const char *format_name(fc_audio_kind kind, int format)
{
    const int major = format & SF_FORMAT_TYPEMASK, sub = format & SF_FORMAT_SUBMASK;

    switch (kind) {
    case FC_AUDIO_WAV:
        return major == SF_FORMAT_WAV || major == SF_FORMAT_WAVEX ? "WAV" : NULL;
    case FC_AUDIO_FLAC:
        return major == SF_FORMAT_FLAC ? "FLAC" : NULL;
    case FC_AUDIO_MP3:
        return major == SF_FORMAT_MPEG && sub == SF_FORMAT_MPEG_LAYER_III ? "MP3" : NULL;
    case FC_AUDIO_OGG:
        break;
    }
    if (major != SF_FORMAT_OGG)
        return NULL;
    return sub == SF_FORMAT_VORBIS ? "Ogg Vorbis" : sub == SF_FORMAT_OPUS ? "Ogg Opus" : NULL;
}

static fc_status refused_by_library(const SNDFILE *file, fc_audio_kind kind, fc_error *err)
{
    static const char *const names[] = {"WAV", "FLAC", "Ogg", "MP3"};
    const int code = sf_error((SNDFILE *)file);

    if (code == SF_ERR_UNSUPPORTED_ENCODING)
        return fc_error_set(err, FC_E_UNSUPPORTED, "%s: %s", names[kind],
                            sf_strerror((SNDFILE *)file));
    return fc_error_set(err, FC_E_FORMAT, "%s: %s", names[kind], sf_strerror((SNDFILE *)file));
}

static fc_status open_file(fc_audio_reader *r, SF_INFO *info, fc_error *err)
{
    SF_VIRTUAL_IO io = fc__audio_virtual_io();

    *info = (SF_INFO){0};
    r->source.at = 0;
    r->file = sf_open_virtual(&io, SFM_READ, info, &r->source);
    return r->file != NULL ? FC_OK : refused_by_library(NULL, r->kind, err);
}

static fc_status check_info(fc_audio_reader *r, const SF_INFO *info, fc_error *err)
{
    r->info.format = format_name(r->kind, info->format);
    if (r->info.format == NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "the sound's format 0x%08x is not read: convert it to WAV or FLAC",
                            (unsigned)info->format);
    if (info->channels < 1 || info->channels > FC_AUDIO_MAX_CHANNELS)
        return fc_error_set(err, FC_E_LIMIT, "%s: %d channels, more than the limit of %d",
                            r->info.format, info->channels, FC_AUDIO_MAX_CHANNELS);
    if (info->samplerate < FC_AUDIO_MIN_RATE || info->samplerate > FC_AUDIO_MAX_RATE)
        return fc_error_set(err, FC_E_UNSUPPORTED, "%s: %d samples a second; %d to %d are read",
                            r->info.format, info->samplerate, FC_AUDIO_MIN_RATE, FC_AUDIO_MAX_RATE);
    r->info.rate = (uint32_t)info->samplerate;
    r->info.channels = (uint32_t)info->channels;
    return FC_OK;
}

/* The span in samples, [*from, *to); `length` is of the file. Seconds may be huge or NaN. */
static fc_status find_span(const fc_audio_reader *r, double start_s, double end_s, uint64_t length,
                           uint64_t *from, uint64_t *to, fc_error *err)
{
    const double rate = (double)r->info.rate;
    const double first = nearbyint(start_s * rate), last = nearbyint(end_s * rate);

    if (length == 0)
        return fc_error_set(err, FC_E_FORMAT, "%s: no samples", r->info.format);
    if (!(first >= 0) || !(first < (double)length))
        return fc_error_set(err, FC_E_FORMAT, "%s: the span begins at %g s, the sound ends at %g s",
                            r->info.format, start_s, (double)length / rate);
    *from = (uint64_t)first;
    *to = end_s == 0 || last >= (double)length ? length : (uint64_t)(last > 0 ? last : 0);
    if (!(end_s >= 0) || *to <= *from)
        return fc_error_set(err, FC_E_FORMAT, "%s: the span from %g to %g s is empty",
                            r->info.format, start_s, end_s);
    return FC_OK;
}

static fc_status check_count(const fc_audio_reader *r, uint64_t n, uint64_t max, fc_error *err)
{
    if (n > max)
        return fc_error_set(err, FC_E_LIMIT,
                            "%s: %ju samples a channel (%.0f s), more than the limit of %ju: "
                            "--max-samples, or take a span of it",
                            r->info.format, (uintmax_t)n, (double)n / r->info.rate, (uintmax_t)max);
    return FC_OK;
}

/* Samples from where the file stands, decoded and dropped, `max` at most. */
static uint64_t drop_samples(fc_audio_reader *r, uint64_t max)
{
    const uint64_t room = BLOCK_FLOATS / r->info.channels;
    uint64_t n = 0;

    while (n < max) {
        const uint64_t want = max - n < room ? max - n : room;
        const sf_count_t got = sf_readf_float(r->file, r->block, (sf_count_t)want);

        if (got <= 0)
            break;
        n += (uint64_t)got;
    }
    return n;
}

/* A FLAC file out of a pipe does not tell its length: find it by decoding once. */
static fc_status count_samples(fc_audio_reader *r, uint64_t max, uint64_t *length, fc_error *err)
{
    SF_INFO info;

    *length = drop_samples(r, max + 1);
    sf_close(r->file);
    return open_file(r, &info, err);
}

/* WAV and FLAC are found by seeking. In the others a decoder that begins in the middle has another
 * past than one that came there, and a span would not be the same bits as that part of the whole:
 * what is before it is decoded too. */
static fc_status go_to(fc_audio_reader *r, uint64_t first, fc_error *err)
{
    const bool exact = r->kind == FC_AUDIO_WAV || r->kind == FC_AUDIO_FLAC;

    if (first == 0)
        return FC_OK;
    if (exact && sf_seek(r->file, (sf_count_t)first, SEEK_SET) != (sf_count_t)first)
        return refused_by_library(r->file, r->kind, err);
    if (!exact && drop_samples(r, first) != first)
        return fc_error_set(err, FC_E_FORMAT, "%s: it breaks off before the span at %g s",
                            r->info.format, (double)first / r->info.rate);
    return FC_OK;
}

static fc_status open_span(fc_audio_reader *r, double start_s, double end_s,
                           const fc_decode_limits *limits, fc_error *err)
{
    const uint64_t max = fc__decode_limits(limits).max_samples;
    uint64_t length, from = 0, to = 0;
    SF_INFO info;
    fc_status st = open_file(r, &info, err);

    if (st == FC_OK)
        st = check_info(r, &info, err);
    if (st != FC_OK)
        return st;
    length = info.frames > 0 ? (uint64_t)info.frames : 0;
    if (info.frames == SF_COUNT_MAX || (length == 0 && r->kind == FC_AUDIO_FLAC)) {
        st = count_samples(r, max, &length, err);
        if (st == FC_OK && start_s == 0 && end_s == 0)
            st = check_count(r, length, max, err);
    }
    if (st == FC_OK)
        st = find_span(r, start_s, end_s, length, &from, &to, err);
    if (st == FC_OK)
        st = check_count(r, to - from, max, err);
    if (st != FC_OK)
        return st;
    r->info.n_samples = to - from;
    r->info.start_s = (double)from / r->info.rate;
    return go_to(r, from, err);
}

fc_status fc__audio_open(fc_audio_reader **out, const uint8_t *bytes, size_t n, double start_s,
                         double end_s, const fc_decode_limits *limits, fc_error *err)
{
    fc_audio_kind kind;
    fc_audio_reader *r;
    fc_status st;

    *out = NULL;
    st = fc__audio_recognise(bytes, n, &kind, err);
    if (st != FC_OK)
        return st;
    r = fc__alloc_array(1, sizeof(*r));
    if (r == NULL)
        return fc__nomem(err, sizeof(*r), "a sound");
    r->kind = kind;
    r->source = (fc_audio_bytes){.bytes = bytes, .n = (sf_count_t)n};
    r->block = fc__alloc_array(BLOCK_FLOATS, sizeof(*r->block));
    if (r->block == NULL)
        st = fc__nomem(err, BLOCK_FLOATS * sizeof(*r->block), "a sound");
    if (st == FC_OK && kind == FC_AUDIO_MP3)
        st = fc__mp3_open(bytes, n, &r->source, err);
    if (st == FC_OK)
        st = open_span(r, start_s, end_s, limits, err);
    if (st != FC_OK) {
        fc__audio_close(r);
        return st;
    }
    *out = r;
    return FC_OK;
}

const fc_audio_info *fc__audio_info(const fc_audio_reader *r)
{
    return &r->info;
}

/* The mean of the channels, summed in their order. */
static void mix(const float *block, uint32_t channels, float *out, size_t n)
{
    if (channels == 1) {
        memcpy(out, block, n * sizeof(*out));
        return;
    }
    for (size_t i = 0; i < n; i++) {
        float sum = 0;

        for (uint32_t c = 0; c < channels; c++)
            sum += block[i * channels + c];
        out[i] = sum / (float)channels;
    }
}

static fc_status refuse_samples(const fc_audio_reader *r, size_t n, fc_error *err)
{
    for (size_t i = 0; i < n * r->info.channels; i++)
        if (!isfinite(r->block[i]))
            return fc_error_set(err, FC_E_FORMAT, "%s: sample %ju of the sound is %s",
                                r->info.format, (uintmax_t)(r->done + i / r->info.channels),
                                isnan(r->block[i]) ? "NaN" : "infinite");
    return fc_error_set(err, FC_E_FORMAT, "%s: samples too large to add up", r->info.format);
}

fc_status fc__audio_read(fc_audio_reader *r, float *out, size_t max, size_t *n, fc_error *err)
{
    const size_t room = BLOCK_FLOATS / r->info.channels;

    *n = 0;
    while (*n < max && r->done < r->info.n_samples) {
        const uint64_t left = r->info.n_samples - r->done;
        size_t want = max - *n < room ? max - *n : room;
        sf_count_t got;

        want = want < left ? want : (size_t)left;
        got = sf_readf_float(r->file, r->block, (sf_count_t)want);
        if (got <= 0)
            return fc_error_set(err, FC_E_FORMAT, "%s: it breaks off after %ju of %ju samples (%s)",
                                r->info.format, (uintmax_t)r->done, (uintmax_t)r->info.n_samples,
                                sf_strerror(r->file));
        mix(r->block, r->info.channels, out + *n, (size_t)got);
        /* A sum is finite only where all of its terms are. */
        if (!fc__all_finite(out + *n, (size_t)got))
            return refuse_samples(r, (size_t)got, err);
        *n += (size_t)got;
        r->done += (uint64_t)got;
    }
    return FC_OK;
}

void fc__audio_close(fc_audio_reader *r)
{
    if (r == NULL)
        return;
    if (r->file != NULL)
        sf_close(r->file);
    free(r->block);
    free(r);
}

const char *fc__audio_versions(void)
{
    return sf_version_string();
}
