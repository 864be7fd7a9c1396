/*
 * Models that take a sound: samples as they are, whole or in windows, or Whisper's log-mel spectrum
 * of each window. A long sound is not read here but while it runs (fc_model_stream.h).
 */
#include <math.h>
#include <string.h>

#include "fc_model_stream.h"
#include "fc_sound.h"
#include "fc_speech.h"

static const char *const feeds[] = {"waveform", "whisper", NULL};
static const char *const tails[] = {"pad", "drop", NULL};

enum { RATE, FEED, WINDOW, HOP, TAIL, NORMALISE, MELS, ROW_HOP, ROW_LENGTH, MAX_SECONDS, N_PARAMS };

#define SAMPLES_MAX 480000000

static const fc_param_spec params[N_PARAMS] = {
    [RATE] = {"rate", FC_PARAM_INT, 1000, 192000, 16000, NULL, "samples a second that are fed"},
    [FEED] = {"feed", FC_PARAM_CHOICE, 0, 0, 0, feeds,
              "the samples, or the log-mel spectrum of Whisper (windows of 30 s)"},
    [WINDOW] = {"window", FC_PARAM_INT, 0, SAMPLES_MAX, 0, NULL,
                "samples of a window; 0 feeds the sound whole"},
    [HOP] = {"hop", FC_PARAM_INT, 0, SAMPLES_MAX, 0, NULL,
             "samples from one window to the next; 0 is a window"},
    [TAIL] = {"tail", FC_PARAM_CHOICE, 0, 0, 0, tails,
              "what becomes of the last window where the sound ends in it: zeros fill it, or it is "
              "dropped; a sound shorter than a window is filled"},
    [NORMALISE] = {"normalise", FC_PARAM_FLAG, 0, 1, 0, NULL,
                   "whether the samples get mean 0 and variance 1, as wav2vec2 takes them"},
    [MELS] = {"mels", FC_PARAM_INT, 80, 128, 80, NULL, "bands of Whisper's spectrum, 80 or 128"},
    [ROW_HOP] = {"row_hop", FC_PARAM_INT, 0, SAMPLES_MAX, 0, NULL,
                 "samples from one row of an output to the next, 0 if rows are not frames: gives "
                 "them their times, and leaves out rows that only stand for padding"},
    [ROW_LENGTH] = {"row_length", FC_PARAM_INT, 0, SAMPLES_MAX, 0, NULL,
                    "samples that a row covers; 0 is row_hop"},
    [MAX_SECONDS] = {"max_seconds", FC_PARAM_INT, 1, 36000, 1800, NULL,
                     "the longest sound, or span of one, that is taken"},
};

static fc_status check(const double *v, fc_error *err)
{
    const bool whisper = v[FEED] != 0;

    if (whisper && (v[RATE] != FC_WHISPER_RATE || v[WINDOW] != FC_WHISPER_SAMPLES))
        return fc_error_set(err, FC_E_INVALID,
                            "feed is whisper: that takes rate: %d and window: %d", FC_WHISPER_RATE,
                            FC_WHISPER_SAMPLES);
    if (whisper && v[MELS] != 80 && v[MELS] != 128)
        return fc_error_set(err, FC_E_INVALID, "mels is %.0f; Whisper has 80, or 128", v[MELS]);
    if (v[WINDOW] == 0 && v[HOP] != 0)
        return fc_error_set(err, FC_E_INVALID, "hop is %.0f without a window; leave it out",
                            v[HOP]);
    if (v[HOP] > v[WINDOW])
        return fc_error_set(err, FC_E_INVALID, "hop is %.0f, longer than a window of %.0f", v[HOP],
                            v[WINDOW]);
    return FC_OK;
}

uint32_t fc__model_sound_shape(const double *v, uint64_t shape[FC_MAX_RANK])
{
    if (v[FEED] == 0) {
        shape[0] = (uint64_t)v[WINDOW]; /* 0: varies */
        return 1;
    }
    shape[0] = (uint64_t)v[MELS];
    shape[1] = FC_WHISPER_FRAMES;
    return 2;
}

bool fc__model_sound_has_windows(const double *v)
{
    return v[WINDOW] > 0;
}

uint64_t fc__model_slice_samples(const fc_model_sound *s, uint64_t i)
{
    const uint64_t at = i * s->hop, left = s->n_samples > at ? s->n_samples - at : 0;

    return s->window == 0 || left < s->window ? left : s->window;
}

/* How many windows n samples have; at least one. */
static uint64_t count_slices(const double *v, uint64_t n)
{
    const uint64_t window = (uint64_t)v[WINDOW];
    const uint64_t hop = v[HOP] > 0 ? (uint64_t)v[HOP] : window;
    uint64_t full;

    if (window == 0 || n <= window)
        return 1;
    full = (n - window) / hop + 1;
    /* A tail that no window holds whole. */
    return full + (v[TAIL] == 0 && (full - 1) * hop + window < n);
}

static fc_status check_length(uint64_t n, const double *v, fc_error *err)
{
    if (n <= (uint64_t)(v[MAX_SECONDS] * v[RATE]))
        return FC_OK;
    return fc_error_set(err, FC_E_LIMIT,
                        "a sound of %.0f s; this card takes %.0f (max_seconds): take spans of "
                        "it with start_s and end_s",
                        (double)n / v[RATE], v[MAX_SECONDS]);
}

/* All samples at the rate, as the tensor (rank 1). */
static fc_status read_wave(fc_sound *s, fc_tensor *out, fc_error *err)
{
    uint64_t room = fc__sound_count(s), at = 0;
    fc_status st;

    room = room > 0 ? room : 1;
    st = fc_tensor_alloc(out, FC_F32, 1, &room, err);
    while (st == FC_OK && at < room) {
        size_t n = 0;

        st = fc__sound_read(s, (float *)out->data + at, (size_t)(room - at), &n, err);
        if (n == 0)
            break;
        at += n;
    }
    out->shape[0] = at;
    if (st == FC_OK && at == 0)
        st = fc_error_set(err, FC_E_FORMAT, "a sound without samples");
    return st;
}

/* Each window's spectrum: slices x mels x frames. */
static fc_status to_mels(const fc_model_sound *sound, const fc_tensor *wave, fc_tensor *out,
                         fc_error *err)
{
    const uint64_t shape[] = {sound->n_slices, sound->mels, FC_WHISPER_FRAMES};
    fc_tensor rows = FC_TENSOR_INIT;
    fc_status st = fc_tensor_alloc(out, FC_F32, 3, shape, err);

    if (st == FC_OK)
        st = fc_tensor_alloc(&rows, FC_F32, 2, shape + 1, err);
    for (uint64_t i = 0; i < sound->n_slices && st == FC_OK; i++)
        st = fc__model_whisper((const float *)wave->data + i * sound->hop,
                               fc__model_slice_samples(sound, i), sound->mels, rows.data,
                               (float *)out->data + i * sound->mels * FC_WHISPER_FRAMES, err);
    fc_tensor_dispose(&rows);
    return st;
}

static void normalise(fc_tensor *wave)
{
    fc_wave_sums sums = {0, 0, 0};

    fc__wave_add(&sums, wave->data, (size_t)wave->shape[0]);
    fc__wave_normalise(&sums, wave->data, (size_t)wave->shape[0]);
}

/* What is read while it runs: only how it lies in windows, and the sums of all its samples where
 * they are to be normalised. */
static fc_status describe_stream(fc_sound *s, const fc_input *in, fc_model_sound *sound,
                                 fc_error *err)
{
    float some[4096];
    size_t n = 1;
    fc_status st = FC_OK;

    sound->source = in->bytes;
    sound->n_source = in->n_bytes;
    sound->span_start_s = in->start_s;
    sound->span_end_s = in->end_s;
    sound->limits = fc__decode_limits(in->limits);
    sound->n_samples = fc__sound_count(s);
    while (sound->normalise && n > 0 && st == FC_OK) {
        st = fc__sound_read(s, some, sizeof(some) / sizeof(some[0]), &n, err);
        if (st == FC_OK)
            fc__wave_add(&sound->sums, some, n);
    }
    return st;
}

static fc_model_sound sound_of(const double *v)
{
    return (fc_model_sound){.rate = (uint32_t)v[RATE],
                            .window = (uint64_t)v[WINDOW],
                            .hop = (uint64_t)(v[HOP] > 0 ? v[HOP] : v[WINDOW]),
                            .row_hop = (uint64_t)v[ROW_HOP],
                            .row_length =
                                (uint64_t)(v[ROW_LENGTH] > 0 ? v[ROW_LENGTH] : v[ROW_HOP]),
                            .mels = v[FEED] != 0 ? (uint32_t)v[MELS] : 0,
                            .drop_tail = v[TAIL] != 0,
                            .normalise = v[NORMALISE] != 0};
}

static bool is_long(const fc_model_sound *sound, uint64_t n_samples)
{
    return sound->window > 0 && n_samples > FC_MODEL_STREAM_SAMPLES && n_samples > sound->window;
}

/* The samples or their spectra, into the tensor. */
static fc_status take_wave(fc_model_sound *sound, fc_tensor *wave, const double *v, fc_tensor *out,
                           fc_error *err)
{
    sound->n_samples = wave->shape[0];
    sound->n_slices = count_slices(v, sound->n_samples);
    if (sound->normalise)
        normalise(wave);
    if (sound->mels > 0)
        return to_mels(sound, wave, out, err);
    fc_tensor_dispose(out);
    *out = *wave;
    *wave = (fc_tensor)FC_TENSOR_INIT;
    return FC_OK;
}

static fc_status prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err)
{
    const double *v = ((const fc_model_encoder *)self)->values;
    fc_model_sound sound = sound_of(v);
    fc_tensor wave = FC_TENSOR_INIT;
    fc_sound *s = NULL;
    fc_status st = fc__sound_open(&s, in->bytes, in->n_bytes, in->start_s, in->end_s, sound.rate,
                                  in->limits, err);

    (void)worker;
    if (st == FC_OK)
        st = check_length(fc__sound_count(s), v, err);
    if (st != FC_OK)
        goto done;
    sound.start_s = fc__sound_start_s(s);
    out->borrows = is_long(&sound, fc__sound_count(s));
    if (out->borrows) {
        st = describe_stream(s, in, &sound, err);
        sound.n_slices = count_slices(v, sound.n_samples);
    } else {
        st = read_wave(s, &wave, err);
        if (st == FC_OK)
            st = take_wave(&sound, &wave, v, &out->tensor, err);
    }
    fc_buf_clear(&out->bytes);
    if (st == FC_OK)
        st = fc_buf_append(&out->bytes, &sound, sizeof(sound), err);

done:
    fc_tensor_dispose(&wave);
    fc__sound_close(s);
    return st;
}

static const fc_encoder_ops ops = {
    .kind = FC_MODEL_ENCODER,
    .destroy = fc__model_destroy,
    .prepare = prepare,
    .run = fc__model_run,
};

const fc_builtin fc__model_sounds = {
    .name = FC_MODEL_ENCODER,
    .modality = FC_AUDIO,
    .code_version = FC_MODEL_CODE_VERSION,
    .params = params,
    .n_params = N_PARAMS,
    .batch_hint = 16,
    .check = check,
    .ops = &ops,
    .versions = fc__sound_versions,
};
