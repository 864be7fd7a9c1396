/*
 * builtin/mfcc: its parameters, its outputs, and how it is made.
 */
#include "fc_mfcc.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_builtin_list.h"
#include "fc_sound.h"

static const char *const scales[] = {"slaney", "htk", NULL};

/* Positions in the table and in an array of values. */
enum {
    RATE,
    WINDOW_MS,
    HOP_MS,
    N_MELS,
    N_MFCC,
    FMIN,
    FMAX,
    MEL,
    PREEMPHASIS,
    LIFTER,
    SEGMENTS,
    N_PARAMS
};

/* Defaults: librosa's where there was no reason against; the segments were chosen on spoken digits
 * (tests/flow/test_spoken_digits.c prints what these give). */
static const fc_param_spec params[N_PARAMS] = {
    [RATE] = {"rate", FC_PARAM_INT, 4000, 48000, 16000, NULL,
              "samples a second that sounds are resampled to"},
    [WINDOW_MS] = {"window_ms", FC_PARAM_REAL, 2, 200, 25, NULL,
                   "length of a frame, a whole number of samples"},
    [HOP_MS] = {"hop_ms", FC_PARAM_REAL, 2, 200, 10, NULL,
                "from frame to frame, a whole number of samples"},
    [N_MELS] = {"n_mels", FC_PARAM_INT, 8, FC_MFCC_MAX_MELS, 40, NULL,
                "mel bands, the length of a row of `frames`"},
    [N_MFCC] = {"n_mfcc", FC_PARAM_INT, 4, FC_MFCC_MAX_COEFFS, 13, NULL,
                "cepstral coefficients, a third of a row of `mfcc`"},
    [FMIN] = {"fmin", FC_PARAM_INT, 0, 20000, 20, NULL, "lowest frequency, in Hz"},
    [FMAX] = {"fmax", FC_PARAM_INT, 0, 24000, 0, NULL,
              "highest frequency, in Hz; 0 is half of `rate`"},
    [MEL] = {"mel", FC_PARAM_CHOICE, 0, 0, 0, scales,
             "the scale: Slaney's with bands of one area, or HTK's with bands of one height"},
    [PREEMPHASIS] = {"preemphasis", FC_PARAM_REAL, 0, 0.99, 0, NULL,
                     "share of the sample before that is taken off each sample"},
    [LIFTER] = {"lifter", FC_PARAM_REAL, 0, 100, 0, NULL,
                "raises the higher coefficients by half of it at most; 0 does not"},
    [SEGMENTS] = {"segments", FC_PARAM_INT, 1, FC_MFCC_MAX_SEGMENTS, 4, NULL,
                  "parts in time of the output `pooled` beside the whole; 1 is the whole alone"},
};

/* Milliseconds in samples; 0 where that is no whole number, of samples or of nanoseconds. */
static uint32_t samples_of(double ms, double rate)
{
    const double n = nearbyint(ms * rate / 1000);

    if (fabs(ms * rate / 1000 - n) > 1e-6 || (uint64_t)n * 1000000000u % (uint64_t)rate != 0)
        return 0;
    return (uint32_t)n;
}

static void rules_of(const double *v, fc_mfcc *m)
{
    *m = (fc_mfcc){
        .frames = {.rate = (uint32_t)v[RATE],
                   .window = samples_of(v[WINDOW_MS], v[RATE]),
                   .hop = samples_of(v[HOP_MS], v[RATE]),
                   .n_fft = 2,
                   .kind = FC_WINDOW_HANN,
                   .pad = FC_PAD_NONE,
                   .preemphasis = (float)v[PREEMPHASIS]},
        .mel = {.n_mels = (uint32_t)v[N_MELS],
                .fmin = v[FMIN],
                .fmax = v[FMAX],
                .scale = v[MEL] == 0 ? FC_MEL_SLANEY : FC_MEL_HTK,
                .norm = v[MEL] == 0},
        .n_mfcc = (uint32_t)v[N_MFCC],
        .lifter = v[LIFTER],
        .segments = (uint32_t)v[SEGMENTS],
    };
    while (m->frames.n_fft < m->frames.window)
        m->frames.n_fft *= 2;
}

/* The bank itself tells whether its frequencies hold together and every band has a bin. */
static fc_status check_bank(const fc_mfcc *m, fc_error *err)
{
    fc_mel_bank bank;
    fc_status st = fc__mel_bank(&bank, m->frames.rate, m->frames.n_fft, &m->mel, err);

    if (st == FC_OK && bank.n_empty > 0)
        st = fc_error_set(err, FC_E_INVALID,
                          "%u of %u mel bands hold no frequency of windows of %u samples: take "
                          "fewer n_mels or a longer window_ms",
                          bank.n_empty, m->mel.n_mels, m->frames.window);
    fc__mel_bank_dispose(&bank);
    return st;
}

static fc_status check(const double *v, fc_error *err)
{
    fc_mfcc m;

    rules_of(v, &m);
    if (m.frames.window == 0 || m.frames.hop == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "window_ms %g and hop_ms %g have to be whole numbers of samples at a "
                            "rate of %g",
                            v[WINDOW_MS], v[HOP_MS], v[RATE]);
    if (m.n_mfcc > m.mel.n_mels)
        return fc_error_set(err, FC_E_INVALID,
                            "n_mfcc is %u and n_mels %u: the first cannot be the larger", m.n_mfcc,
                            m.mel.n_mels);
    return check_bank(&m, err);
}

/* Coefficient 0, the loudness, is left out. */
uint32_t fc__mfcc_pooled_dim(uint32_t n_mfcc, uint32_t segments)
{
    return 2 * (n_mfcc - 1) * (1 + (segments > 1 ? segments : 0));
}

static void outputs(const double *v, fc_builtin_output *out)
{
    const uint32_t n_mfcc = (uint32_t)v[N_MFCC];
    const uint32_t dim = fc__mfcc_pooled_dim(n_mfcc, (uint32_t)v[SEGMENTS]);

    out[FC_MFCC_FRAMES] =
        (fc_builtin_output){"frames", FC_F16, 2, {0, (uint64_t)v[N_MELS], 0, 0}, false};
    out[FC_MFCC_MFCC] = (fc_builtin_output){"mfcc", FC_F16, 2, {0, 3 * n_mfcc, 0, 0}, false};
    out[FC_MFCC_POOLED] = (fc_builtin_output){"pooled", FC_F32, 1, {dim, 0, 0, 0}, true};
}

static void destroy(void *self)
{
    fc_mfcc *m = self;

    if (m == NULL)
        return;
    fc__dct_destroy(m->dct);
    free(m);
}

static fc_status create(void **self, const double *values, fc_error *err)
{
    fc_status st = fc__builtin_check(&fc__builtin_mfcc, values, err);
    fc_mfcc *m;

    *self = NULL;
    if (st != FC_OK)
        return st;
    m = fc__alloc_array(1, sizeof(*m));
    if (m == NULL)
        return fc__nomem(err, sizeof(*m), "a sound encoder");
    rules_of(values, m);
    st = fc__dct_create(&m->dct, m->mel.n_mels, m->n_mfcc, m->lifter, err);
    if (st != FC_OK) {
        destroy(m);
        return st;
    }
    *self = m;
    return FC_OK;
}

static void worker_destroy(void *worker)
{
    fc_mfcc_worker *w = worker;

    if (w == NULL)
        return;
    fc__spectrogram_destroy(w->spectrogram);
    free(w);
}

static fc_status worker_create(const void *self, void **worker, fc_error *err)
{
    const fc_mfcc *m = self;
    fc_mfcc_worker *w = fc__alloc_array(1, sizeof(*w));
    fc_status st;

    *worker = NULL;
    if (w == NULL)
        return fc__nomem(err, sizeof(*w), "a sound worker");
    st = fc__spectrogram_create(&w->spectrogram, &m->frames, &m->mel, err);
    if (st != FC_OK) {
        worker_destroy(w);
        return st;
    }
    *worker = w;
    return FC_OK;
}

static fc_status prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err)
{
    return fc__mfcc_prepare(self, worker, in, &out->bytes, err);
}

static fc_status run(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                     const bool *wanted, fc_features *const *out, fc_error *err)
{
    fc_status st = FC_OK;

    (void)worker;
    for (size_t i = 0; i < n && st == FC_OK; i++)
        st = fc__mfcc_outputs(self, &in[i]->bytes, wanted, out[i], err);
    return st;
}

static const fc_encoder_ops ops = {
    .kind = "mfcc",
    .destroy = destroy,
    .worker_create = worker_create,
    .worker_destroy = worker_destroy,
    .prepare = prepare,
    .run = run,
};

const fc_builtin fc__builtin_mfcc = {
    .name = "builtin/mfcc",
    .modality = FC_AUDIO,
    .code_version = FC_MFCC_CODE_VERSION,
    .params = params,
    .n_params = N_PARAMS,
    .n_outputs = FC_MFCC_N_OUTPUTS,
    .batch_hint = 1,
    .check = check,
    .outputs = outputs,
    .create = create,
    .ops = &ops,
    .versions = fc__sound_versions,
};
