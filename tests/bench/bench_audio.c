/*
 * Log-mel spectra and MFCC of a long sound, on one thread, as librosa's defaults for speech have
 * them (frames of 400 every 160 at 16 kHz, centred, 80 Slaney bands): the seconds of the best
 * round, and the results for peer_audio.py to compare.
 *
 *     bench_audio SOUND [ROUNDS [LOGMEL.npy MFCC.npy]]
 *
 * SOUND is any file that is decoded, at 16 kHz so that no resampling takes part, or at another rate
 * for it to be shown by itself. Lines on stdout: NAME SECONDS. "load" is decoding; "logmel" and
 * "mfcc" begin with the samples, "encoder" (builtin/mfcc, all outputs) with the file's bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <featcache/maintain.h>

#include "fc_alloc.h"
#include "fc_builtin.h"
#include "fc_cepstrum.h"
#include "fc_file.h"
#include "fc_queue.h"
#include "fc_sound.h"
#include "fc_spectrogram.h"

#define RATE   16000
#define N_MELS 80
#define N_MFCC 13

typedef struct bench {
    fc_buf file;
    float *samples, *rows, *coeffs;
    size_t n, n_rows;
    double load, logmel, mfcc, encoder; /* seconds, of the best round */
} bench;

static double seconds_since(uint64_t begin)
{
    return (double)(fc__now_ns() - begin) * 1e-9;
}

static void keep_best(double *best, double now)
{
    *best = *best == 0 || now < *best ? now : *best;
}

static fc_status load(bench *b, fc_error *err)
{
    const uint64_t begin = fc__now_ns();
    fc_sound *s = NULL;
    size_t n = 0;
    fc_status st = fc__sound_open(&s, b->file.data, b->file.size, 0, 0, RATE, NULL, err);

    if (st != FC_OK)
        return st;
    if (b->samples == NULL)
        b->samples = fc__alloc_array((size_t)fc__sound_count(s) + 1, sizeof(*b->samples));
    if (b->samples == NULL)
        st = fc__nomem(err, 0, "samples");
    b->n = 0;
    do {
        if (st == FC_OK)
            st = fc__sound_read(s, b->samples + b->n, 65536, &n, err);
        b->n += n;
    } while (st == FC_OK && n > 0);
    fc__sound_close(s);
    keep_best(&b->load, seconds_since(begin));
    return st;
}

/* Mel energies of all frames. */
static fc_status energies(bench *b, fc_error *err)
{
    const fc_frame_rule frames = {.rate = RATE,
                                  .window = 400,
                                  .hop = 160,
                                  .n_fft = 400,
                                  .pad = FC_PAD_ZERO,
                                  .window_in_middle = true};
    const fc_mel_rule mel = {.n_mels = N_MELS, .scale = FC_MEL_SLANEY, .norm = true};
    fc_spectrogram *s = NULL;
    size_t at = 0, n;
    fc_status st = fc__spectrogram_create(&s, &frames, &mel, err);

    if (st != FC_OK)
        return st;
    if (b->rows == NULL) {
        const size_t room = (size_t)fc__frame_count(&frames, b->n) + FC_LANES;

        b->rows = fc__alloc_array(room, N_MELS * sizeof(*b->rows));
        b->coeffs = fc__alloc_array(room, N_MFCC * sizeof(*b->coeffs));
    }
    if (b->rows == NULL || b->coeffs == NULL)
        st = fc__nomem(err, 0, "rows");
    b->n_rows = 0;
    for (bool ended = false; st == FC_OK && !ended;) {
        ended = at == b->n;
        if (ended)
            fc__spectrogram_end(s);
        else
            at += fc__spectrogram_push(s, b->samples + at, b->n - at);
        while ((n = fc__spectrogram_next(s, b->rows + b->n_rows * N_MELS)) > 0)
            b->n_rows += n;
    }
    fc__spectrogram_destroy(s);
    return st;
}

static fc_status mfcc(bench *b, fc_error *err)
{
    const uint64_t begin = fc__now_ns();
    fc_dct *d = NULL;
    fc_status st = energies(b, err);

    if (st == FC_OK)
        st = fc__dct_create(&d, N_MELS, N_MFCC, 0, err);
    if (st != FC_OK)
        return st;
    fc__power_to_db(b->rows, b->n_rows * N_MELS, 1, 1e-10f, 80);
    fc__dct_rows(d, b->rows, b->n_rows, b->coeffs);
    fc__dct_destroy(d);
    keep_best(&b->mfcc, seconds_since(begin));
    return FC_OK;
}

static fc_status logmel(bench *b, fc_error *err)
{
    const uint64_t begin = fc__now_ns();
    const fc_status st = energies(b, err);

    if (st == FC_OK)
        fc__ln_floor(b->rows, b->n_rows * N_MELS, 1e-10f, b->rows);
    keep_best(&b->logmel, seconds_since(begin));
    return st;
}

static fc_status encode(bench *b, fc_error *err)
{
    const fc_builtin *built = fc__builtin_find("builtin/mfcc");
    const bool wanted[FC_BUILTIN_MAX_OUTPUTS] = {true, true, true, true};
    const fc_input in = {FC_AUDIO, b->file.data, b->file.size, 0, 0, "sound", NULL};
    double values[FC_BUILTIN_MAX_PARAMS];
    fc_tensor outputs[FC_BUILTIN_MAX_OUTPUTS] = {FC_TENSOR_INIT};
    fc_time_axis times[FC_BUILTIN_MAX_OUTPUTS];
    fc_features features = {outputs, times, built->n_outputs};
    fc_features *to[] = {&features};
    fc_prepared prepared = FC_PREPARED_INIT;
    const fc_prepared *from[] = {&prepared};
    void *self = NULL, *worker = NULL;
    uint64_t begin;
    fc_status st;

    fc__builtin_defaults(built, values);
    st = built->create(&self, values, err);
    if (st == FC_OK)
        st = fc__builtin_worker_create(built, self, &worker, err);
    begin = fc__now_ns();
    if (st == FC_OK)
        st = built->ops->prepare(self, worker, &in, &prepared, err);
    if (st == FC_OK)
        st = built->ops->run(self, worker, from, 1, wanted, to, err);
    keep_best(&b->encoder, seconds_since(begin));
    for (size_t k = 0; k < built->n_outputs; k++)
        fc_tensor_dispose(&outputs[k]);
    fc__prepared_dispose(&prepared);
    fc__builtin_worker_destroy(built, worker);
    built->ops->destroy(self);
    return st;
}

static fc_status save(const char *path, float *x, size_t n, size_t width, fc_error *err)
{
    const fc_tensor t = fc_tensor_view(x, FC_F32, 2, (const uint64_t[]){n, width});

    return fc_npy_write(path, &t, err);
}

int main(int argc, char **argv)
{
    const long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 3;
    fc_error err = FC_ERROR_INIT;
    bench b = {.file = FC_BUF_INIT};
    fc_status st;

    if (argc != 2 && argc != 3 && argc != 5) {
        fputs("usage: bench_audio SOUND [ROUNDS [LOGMEL.npy MFCC.npy]]\n", stderr);
        return 2;
    }
    st = fc__file_read(argv[1], (size_t)1 << 30, &b.file, &err);
    for (long i = 0; i < rounds && st == FC_OK; i++) {
        st = load(&b, &err);
        if (st == FC_OK)
            st = logmel(&b, &err);
        if (st == FC_OK && i == 0 && argc == 5)
            st = save(argv[3], b.rows, b.n_rows, N_MELS, &err);
        if (st == FC_OK)
            st = mfcc(&b, &err);
        if (st == FC_OK)
            st = encode(&b, &err);
    }
    if (st == FC_OK && argc == 5)
        st = save(argv[4], b.coeffs, b.n_rows, N_MFCC, &err);
    if (st == FC_OK)
        printf("load %.4f\nlogmel %.4f\nmfcc %.4f\nencoder %.4f\n", b.load, b.logmel, b.mfcc,
               b.encoder);
    else
        fprintf(stderr, "bench_audio: %s\n", err.message);
    free(b.coeffs);
    free(b.rows);
    free(b.samples);
    fc_buf_dispose(&b.file);
    return st == FC_OK ? 0 : 1;
}
