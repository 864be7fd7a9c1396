/*
 * From rows of ln mel energies to the outputs: the rows, cepstral coefficients with their slopes
 * and curvatures, and one vector for the sound.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_mfcc.h"
#include "fc_moments.h"
#include "fc_vec.h"

#define LEAST_NORM 1e-3 /* of `pooled`, in decibels: below, it is rounding */

static fc_time_axis time_of(const fc_mfcc *m, const fc_buf *prepared)
{
    const int64_t second = 1000000000;
    fc_time_axis t = {.kind = FC_TIME_REGULAR};

    memcpy(&t.start_ns, prepared->data, sizeof(t.start_ns));
    t.hop_ns = m->frames.hop * second / m->frames.rate;
    t.length_ns = m->frames.window * second / m->frames.rate;
    return t;
}

static fc_status frames_output(const fc_mfcc *m, const float *rows, uint64_t n, fc_tensor *out,
                               fc_error *err)
{
    const uint64_t shape[] = {n, m->mel.n_mels};
    const fc_status st = fc_tensor_alloc(out, FC_F32, 2, shape, err);

    if (st == FC_OK)
        memcpy(out->data, rows, (size_t)(n * m->mel.n_mels) * sizeof(*rows));
    return st;
}

/* A row: coefficients, slopes, curvatures. At the ends the first (last) row goes on for ever. */
static fc_status mfcc_output(const fc_mfcc *m, const float *coeffs, uint64_t n, fc_tensor *out,
                             fc_error *err)
{
    const size_t k = m->n_mfcc;
    const uint64_t shape[] = {n, 3 * k};
    fc_status st = fc_tensor_alloc(out, FC_F32, 2, shape, err);
    float *to = out->data;

    for (int order = 1; order <= 2 && st == FC_OK; order++)
        st = fc__delta(coeffs, k, (size_t)n, k, order, FC_DELTA_NEAREST, to + (size_t)order * k,
                       3 * k, err);
    for (size_t t = 0; t < n && st == FC_OK; t++)
        memcpy(to + t * 3 * k, coeffs + t * k, k * sizeof(*to));
    return st;
}

/* Mean and deviation of rows [from, to) of each coefficient but the first. */
static float *add_part(const fc_mfcc *m, const float *coeffs, uint64_t from, uint64_t to,
                       float *out)
{
    const size_t k = m->n_mfcc;

    fc__moments(coeffs + from * k + 1, (size_t)(to - from), k, k - 1, out, out + k - 1);
    return out + 2 * (k - 1);
}

static fc_status pooled_output(const fc_mfcc *m, const float *coeffs, uint64_t n, fc_tensor *out,
                               fc_error *err)
{
    const uint64_t dim = fc__mfcc_pooled_dim(m->n_mfcc, m->segments);
    fc_status st = fc_tensor_alloc(out, FC_F32, 1, &dim, err);
    double squares = 0;
    float *to = out->data, *end = to;

    if (st != FC_OK)
        return st;
    end = add_part(m, coeffs, 0, n, end);
    for (uint64_t i = 0; i < m->segments && m->segments > 1; i++) {
        const uint64_t from = i * n / m->segments, next = (i + 1) * n / m->segments;

        end = add_part(m, coeffs, from, next > from ? next : from + 1, end);
    }
    for (uint64_t i = 0; i < dim; i++)
        squares += (double)to[i] * (double)to[i];
    if (squares < LEAST_NORM * LEAST_NORM)
        return fc_error_set(err, FC_E_FORMAT,
                            "the sound is silent: it has no direction that cosine could compare");
    return fc__vec_normalise(to, (size_t)dim);
}

fc_status fc__mfcc_outputs(const fc_mfcc *m, const fc_buf *prepared, const bool *wanted,
                           fc_features *out, fc_error *err)
{
    const float *rows = (const float *)(const void *)(prepared->data + FC_MFCC_HEADER);
    const size_t row_bytes = m->mel.n_mels * sizeof(float);
    const size_t n = (prepared->size - FC_MFCC_HEADER) / row_bytes;
    float *coeffs = NULL;
    fc_status st = FC_OK;

    if (wanted[FC_MFCC_MFCC] || wanted[FC_MFCC_POOLED]) {
        coeffs = fc__alloc_array(n * m->n_mfcc, sizeof(*coeffs));
        if (coeffs == NULL)
            return fc__nomem(err, n * m->n_mfcc * sizeof(*coeffs), "cepstral coefficients");
        fc__dct_rows(m->dct, rows, n, coeffs);
        for (size_t i = 0; i < n * m->n_mfcc; i++)
            coeffs[i] *= FC_DB_OF_LN; /* coefficients are of decibels */
    }
    if (wanted[FC_MFCC_FRAMES])
        st = frames_output(m, rows, n, &out->outputs[FC_MFCC_FRAMES], err);
    if (st == FC_OK && wanted[FC_MFCC_MFCC])
        st = mfcc_output(m, coeffs, n, &out->outputs[FC_MFCC_MFCC], err);
    if (st == FC_OK && wanted[FC_MFCC_POOLED])
        st = pooled_output(m, coeffs, n, &out->outputs[FC_MFCC_POOLED], err);
    if (wanted[FC_MFCC_FRAMES])
        out->times[FC_MFCC_FRAMES] = time_of(m, prepared);
    if (wanted[FC_MFCC_MFCC])
        out->times[FC_MFCC_MFCC] = time_of(m, prepared);
    free(coeffs);
    return st;
}
