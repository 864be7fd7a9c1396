/*
 * Eight lanes in the compiler's own vectors: written once, compiled once for each instruction set.
 * LANES_WIDE, of the including file, is what one register of it holds: 4 or 8. No operation mixes
 * lanes and -ffp-contract=off keeps products and sums apart, so that each version gives the same
 * bits.
 *
 * The transform: Stockham's, decimation in frequency, of half the length over pairs of samples as
 * complex numbers, then taken apart (Press et al., Numerical Recipes, 12.3).
 */
#ifndef FC_LANES_BODY_H
#define FC_LANES_BODY_H

#include <string.h>

#include "fc_fft_plan.h"
#include "fc_vec_body.h"

/* Unaligned, as the callers' memory is. */
typedef float lanes __attribute__((vector_size(4 * LANES_WIDE), aligned(4), may_alias));
typedef int32_t lanes_i32 __attribute__((vector_size(4 * LANES_WIDE), aligned(4), may_alias));

/* A complex number in each lane. In memory: FC_LANES real parts, FC_LANES imaginary ones. */
typedef struct lanes_complex {
    lanes re, im;
} lanes_complex;

#define COMPLEX ((size_t)2 * FC_LANES) /* floats */

static FC_ALWAYS_INLINE void get(const float *from, lanes_complex *x)
{
    x->re = *(const lanes *)(const void *)from;
    x->im = *(const lanes *)(const void *)(from + FC_LANES);
}

static FC_ALWAYS_INLINE void put(const lanes_complex *x, float *to)
{
    *(lanes *)(void *)to = x->re;
    *(lanes *)(void *)(to + FC_LANES) = x->im;
}

/* *to = x * (w[0] + i w[1]). */
static FC_ALWAYS_INLINE void twist(const lanes_complex *x, const float *w, float *to)
{
    const lanes_complex turned = {x->re * w[0] - x->im * w[1], x->re * w[1] + x->im * w[0]};

    put(&turned, to);
}

static FC_ALWAYS_INLINE void radix_2(const float *a, size_t step, const float *w, float *out,
                                     size_t out_step)
{
    lanes_complex x, y;

    get(a, &x);
    get(a + step, &y);
    const lanes_complex d = {x.re - y.re, x.im - y.im};
    const lanes_complex zero = {x.re + y.re, x.im + y.im};

    put(&zero, out);
    twist(&d, w, out + out_step);
}

static FC_ALWAYS_INLINE void radix_3(const float *a, size_t step, const float *w, float *out,
                                     size_t out_step)
{
    const float half = 0.5f, s3 = 0.86602540378443864676f;
    lanes_complex x, y, z;

    get(a, &x);
    get(a + step, &y);
    get(a + 2 * step, &z);
    const lanes_complex sum = {y.re + z.re, y.im + z.im};
    const lanes_complex dif = {(y.re - z.re) * s3, (y.im - z.im) * s3};
    const lanes_complex mid = {x.re - sum.re * half, x.im - sum.im * half};
    const lanes_complex one = {mid.re + dif.im, mid.im - dif.re};
    const lanes_complex two = {mid.re - dif.im, mid.im + dif.re};
    const lanes_complex zero = {x.re + sum.re, x.im + sum.im};

    put(&zero, out);
    twist(&one, w, out + out_step);
    twist(&two, w + 2, out + 2 * out_step);
}

static FC_ALWAYS_INLINE void radix_4(const float *a, size_t step, const float *w, float *out,
                                     size_t out_step)
{
    lanes_complex x0, x1, x2, x3;

    get(a, &x0);
    get(a + step, &x1);
    get(a + 2 * step, &x2);
    get(a + 3 * step, &x3);
    const lanes_complex s02 = {x0.re + x2.re, x0.im + x2.im};
    const lanes_complex d02 = {x0.re - x2.re, x0.im - x2.im};
    const lanes_complex s13 = {x1.re + x3.re, x1.im + x3.im};
    const lanes_complex d13 = {x1.re - x3.re, x1.im - x3.im};
    const lanes_complex one = {d02.re + d13.im, d02.im - d13.re};
    const lanes_complex two = {s02.re - s13.re, s02.im - s13.im};
    const lanes_complex three = {d02.re - d13.im, d02.im + d13.re};
    const lanes_complex zero = {s02.re + s13.re, s02.im + s13.im};

    put(&zero, out);
    twist(&one, w, out + out_step);
    twist(&two, w + 2, out + 2 * out_step);
    twist(&three, w + 4, out + 3 * out_step);
}

static FC_ALWAYS_INLINE void radix_5(const float *a, size_t step, const float *w, float *out,
                                     size_t out_step)
{
    const float c1 = 0.30901699437494742410f, s1 = 0.95105651629515357212f;
    const float c2 = -0.80901699437494742410f, s2 = 0.58778525229247312917f;
    lanes_complex x0, x1, x2, x3, x4;

    get(a, &x0);
    get(a + step, &x1);
    get(a + 2 * step, &x2);
    get(a + 3 * step, &x3);
    get(a + 4 * step, &x4);
    const lanes_complex s14 = {x1.re + x4.re, x1.im + x4.im}, s23 = {x2.re + x3.re, x2.im + x3.im};
    const lanes_complex d14 = {x1.re - x4.re, x1.im - x4.im}, d23 = {x2.re - x3.re, x2.im - x3.im};
    const lanes_complex m1 = {x0.re + (s14.re * c1 + s23.re * c2),
                              x0.im + (s14.im * c1 + s23.im * c2)};
    const lanes_complex m2 = {x0.re + (s14.re * c2 + s23.re * c1),
                              x0.im + (s14.im * c2 + s23.im * c1)};
    const lanes_complex n1 = {d14.im * s1 + d23.im * s2, d14.re * s1 + d23.re * s2};
    const lanes_complex n2 = {d14.im * s2 - d23.im * s1, d14.re * s2 - d23.re * s1};
    const lanes_complex one = {m1.re + n1.re, m1.im - n1.im};
    const lanes_complex two = {m2.re + n2.re, m2.im - n2.im};
    const lanes_complex three = {m2.re - n2.re, m2.im + n2.im};
    const lanes_complex four = {m1.re - n1.re, m1.im + n1.im};
    const lanes_complex zero = {x0.re + (s14.re + s23.re), x0.im + (s14.im + s23.im)};

    put(&zero, out);
    twist(&one, w, out + out_step);
    twist(&two, w + 2, out + 2 * out_step);
    twist(&three, w + 4, out + 3 * out_step);
    twist(&four, w + 6, out + 4 * out_step);
}

/* Any radix, from the definition. */
static FC_ALWAYS_INLINE void radix_any(const fc_fft_stage *s, const float *a, size_t step,
                                       const float *w, float *out, size_t out_step)
{
    for (uint32_t k = 0; k < s->radix; k++) {
        lanes_complex sum, x;

        get(a, &sum);
        for (uint32_t j = 1; j < s->radix; j++) {
            const float *r = s->roots + 2 * (size_t)((uint64_t)j * k % s->radix);

            get(a + j * step, &x);
            sum.re += x.re * r[0] - x.im * r[1];
            sum.im += x.re * r[1] + x.im * r[0];
        }
        if (k == 0)
            put(&sum, out);
        else
            twist(&sum, w + 2 * (size_t)(k - 1), out + k * out_step);
    }
}

static FC_ALWAYS_INLINE void body_stage(const fc_fft_stage *s, const float *in, float *out)
{
    const size_t stride = s->stride * COMPLEX, step = stride * s->m, r = s->radix;

    for (size_t p = 0; p < s->m; p++) {
        const float *w = s->twists + 2 * p * (r - 1);
        const float *a = in + stride * p;
        float *to = out + stride * p * r;

        for (size_t q = 0; q < s->stride; q++, a += COMPLEX, to += COMPLEX)
            for (size_t h = 0; h < FC_LANES; h += LANES_WIDE)
                switch (r) {
                case 2:
                    radix_2(a + h, step, w, to + h, stride);
                    break;
                case 3:
                    radix_3(a + h, step, w, to + h, stride);
                    break;
                case 4:
                    radix_4(a + h, step, w, to + h, stride);
                    break;
                case 5:
                    radix_5(a + h, step, w, to + h, stride);
                    break;
                default:
                    radix_any(s, a + h, step, w, to + h, stride);
                    break;
                }
    }
}

/* X[k] and X[half - k] of the samples from Z[k] and Z[half - k] of the pairs. */
static FC_ALWAYS_INLINE void untangle_one(const float *w, const float *z, const float *z_back,
                                          float *out, float *out_back)
{
    lanes_complex a, b;

    get(z, &a);
    get(z_back, &b);
    const lanes_complex even = {(a.re + b.re) * 0.5f, (a.im - b.im) * 0.5f};
    const lanes_complex odd = {(a.im + b.im) * 0.5f, (b.re - a.re) * 0.5f};
    const lanes_complex turned = {odd.re * w[0] - odd.im * w[1], odd.re * w[1] + odd.im * w[0]};
    const lanes_complex front = {even.re + turned.re, even.im + turned.im};
    const lanes_complex back = {even.re - turned.re, turned.im - even.im};

    put(&back, out_back);
    put(&front, out);
}

static FC_ALWAYS_INLINE float *body_fft(const fc_fft_plan *p, float *in, float *scratch)
{
    const size_t half = p->half;
    float *from = in, *to = scratch;

    for (uint32_t i = 0; i < p->n_stages; i++) {
        float *next = from;

        body_stage(&p->stages[i], from, to);
        from = to;
        to = next;
    }
    for (size_t k = 0; k <= half / 2; k++)
        for (size_t h = 0; h < FC_LANES; h += LANES_WIDE)
            untangle_one(p->untangle + 2 * k, from + k * COMPLEX + h,
                         from + (k == 0 ? 0 : half - k) * COMPLEX + h, to + k * COMPLEX + h,
                         to + (half - k) * COMPLEX + h);
    return to;
}

static FC_ALWAYS_INLINE void body_power(const float *spectrum, size_t n_bins, float *out)
{
    for (size_t k = 0; k < n_bins; k++)
        for (size_t h = 0; h < FC_LANES; h += LANES_WIDE) {
            lanes_complex x;

            get(spectrum + k * COMPLEX + h, &x);
            *(lanes *)(void *)(out + k * FC_LANES + h) = x.re * x.re + x.im * x.im;
        }
}

static FC_ALWAYS_INLINE void body_sqrt(const float *x, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = __builtin_sqrtf(x[i]);
}

/* Two sums, of the even and the odd rows, against the latency of an addition. */
static FC_ALWAYS_INLINE void one_band(const float *row, const fc_band *band, float *out)
{
    const float *w = band->weights;
    const size_t n = band->n;
    lanes even = {0}, odd = {0};
    size_t i = 0;

    for (; i + 2 <= n; i += 2, row += 2 * FC_LANES) {
        even += *(const lanes *)(const void *)row * w[i];
        odd += *(const lanes *)(const void *)(row + FC_LANES) * w[i + 1];
    }
    if (i < n)
        even += *(const lanes *)(const void *)row * w[i];
    *(lanes *)(void *)out = even + odd;
}

static FC_ALWAYS_INLINE void body_bands(const float *x, const fc_band *bands, size_t n_bands,
                                        float *out)
{
    for (size_t b = 0; b < n_bands; b++)
        for (size_t h = 0; h < FC_LANES; h += LANES_WIDE)
            one_band(x + (size_t)bands[b].first * FC_LANES + h, &bands[b], out + b * FC_LANES + h);
}

#define SHUFFLE __builtin_shufflevector

/* Rows and columns of a square exchanged, of LANES_WIDE registers. */
static FC_ALWAYS_INLINE void transpose(lanes *x)
{
#if LANES_WIDE == 4
    const lanes a = SHUFFLE(x[0], x[1], 0, 4, 1, 5), b = SHUFFLE(x[0], x[1], 2, 6, 3, 7);
    const lanes c = SHUFFLE(x[2], x[3], 0, 4, 1, 5), d = SHUFFLE(x[2], x[3], 2, 6, 3, 7);

    x[0] = SHUFFLE(a, c, 0, 1, 4, 5);
    x[1] = SHUFFLE(a, c, 2, 3, 6, 7);
    x[2] = SHUFFLE(b, d, 0, 1, 4, 5);
    x[3] = SHUFFLE(b, d, 2, 3, 6, 7);
#else
    lanes y[8];

    for (size_t i = 0; i < 8; i += 2) {
        y[i] = SHUFFLE(x[i], x[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        y[i + 1] = SHUFFLE(x[i], x[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (size_t i = 0; i < 8; i += 4)
        for (size_t k = 0; k < 2; k++) {
            x[i + 2 * k] = SHUFFLE(y[i + k], y[i + k + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            x[i + 2 * k + 1] = SHUFFLE(y[i + k], y[i + k + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (size_t i = 0; i < 4; i++) {
        y[i] = SHUFFLE(x[i], x[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        y[i + 4] = SHUFFLE(x[i], x[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
    memcpy(x, y, sizeof(y));
#endif
}

static FC_ALWAYS_INLINE void body_join(const float *const *rows, const float *window, size_t n,
                                       float *out)
{
    size_t t = 0;

    for (; t + LANES_WIDE <= n; t += LANES_WIDE)
        for (size_t h = 0; h < FC_LANES; h += LANES_WIDE) {
            const lanes w = *(const lanes *)(const void *)(window + t);
            lanes x[LANES_WIDE];

            for (size_t i = 0; i < LANES_WIDE; i++)
                x[i] = *(const lanes *)(const void *)(rows[h + i] + t) * w;
            transpose(x);
            for (size_t i = 0; i < LANES_WIDE; i++)
                *(lanes *)(void *)(out + (t + i) * FC_LANES + h) = x[i];
        }
    for (; t < n; t++)
        for (size_t i = 0; i < FC_LANES; i++)
            out[t * FC_LANES + i] = rows[i][t] * window[t];
}

static FC_ALWAYS_INLINE void body_split(const float *from, size_t n, float *const *rows)
{
    size_t t = 0;

    for (; t + LANES_WIDE <= n; t += LANES_WIDE)
        for (size_t h = 0; h < FC_LANES; h += LANES_WIDE) {
            lanes x[LANES_WIDE];

            for (size_t i = 0; i < LANES_WIDE; i++)
                x[i] = *(const lanes *)(const void *)(from + (t + i) * FC_LANES + h);
            transpose(x);
            for (size_t i = 0; i < LANES_WIDE; i++)
                *(lanes *)(void *)(rows[h + i] + t) = x[i];
        }
    for (; t < n; t++)
        for (size_t i = 0; i < FC_LANES; i++)
            rows[i][t] = from[t * FC_LANES + i];
}

/* Source: Cephes, logf.c (S. Moshier): x = 2^e m with m around 1, a polynomial of m - 1. */
static FC_ALWAYS_INLINE void ln_some(const float *x, float least, float *out)
{
    lanes v = *(const lanes *)(const void *)x, m, z, y, e;
    lanes_i32 bits, high, low;

    low = (lanes_i32)(v > least); /* a mask; false for NaN */
    bits = ((lanes_i32)v & low) | ((lanes_i32)((lanes){0} + least) & ~low);
    /* m from sqrt(1/2) to sqrt(2): one more for the exponent where the mantissa is above. */
    high = bits - 0x3F3504F3;
    e = __builtin_convertvector(high >> 23, lanes);
    m = (lanes)((high & 0x007FFFFF) + 0x3F3504F3) - 1.0f;
    z = m * m;
    y = m * 7.0376836292e-2f - 1.1514610310e-1f;
    y = y * m + 1.1676998740e-1f;
    y = y * m - 1.2420140846e-1f;
    y = y * m + 1.4249322787e-1f;
    y = y * m - 1.6668057665e-1f;
    y = y * m + 2.0000714765e-1f;
    y = y * m - 2.4999993993e-1f;
    y = y * m + 3.3333331174e-1f;
    y = y * m * z;
    y = y + e * -2.12194440e-4f;
    y = y - z * 0.5f;
    *(lanes *)(void *)out = m + y + e * 0.693359375f;
}

static FC_ALWAYS_INLINE void body_ln_floor(const float *x, size_t n, float least, float *out)
{
    float last[LANES_WIDE] = {0};
    size_t i = 0;

    for (; i + LANES_WIDE <= n; i += LANES_WIDE)
        ln_some(x + i, least, out + i);
    if (i < n) {
        memcpy(last, x + i, (n - i) * sizeof(*last));
        ln_some(last, least, last);
        memcpy(out + i, last, (n - i) * sizeof(*last));
    }
}

#endif /* FC_LANES_BODY_H */
