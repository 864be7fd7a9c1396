/*
 * Plans of the Fourier transform: the factors of the length, and roots of unity.
 */
#include "fc_fft_plan.h"

#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"

#define TWO_PI 6.283185307179586476925286766559

/* exp(-2 pi i k / n) as two floats. The angle is brought to an eighth of a turn first, where sine
 * and cosine are most exact and whole fractions come out whole. */
static void root(uint64_t k, uint64_t n, float *out)
{
    const uint64_t eighth = 8 * (k % n) / n;
    const double turn = TWO_PI / (double)(8 * n);
    const uint64_t in = 8 * (k % n) - eighth * n;
    const double c = cos(turn * (double)in), s = sin(turn * (double)in);
    const double other_c = cos(turn * (double)(n - in)), other_s = sin(turn * (double)(n - in));
    double re = 0, im = 0;

    switch (eighth) {
    case 0:
        re = c, im = s;
        break;
    case 1:
        re = other_s, im = other_c;
        break;
    case 2:
        re = -s, im = c;
        break;
    case 3:
        re = -other_c, im = other_s;
        break;
    case 4:
        re = -c, im = -s;
        break;
    case 5:
        re = -other_s, im = -other_c;
        break;
    case 6:
        re = s, im = -c;
        break;
    default:
        re = other_c, im = -other_s;
        break;
    }
    out[0] = (float)re;
    out[1] = (float)-im;
}

/* Fives and threes first: the stage that begins has no stride and is best kept small. */
static uint32_t next_factor(uint32_t n)
{
    static const uint32_t first[] = {5, 3, 4, 2};
    uint32_t f = 7;

    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
        if (n % first[i] == 0)
            return first[i];
    while (f < n && n % f != 0)
        f += 2;
    return f;
}

static size_t count_numbers(fc_fft_plan *p)
{
    size_t n = 2 * ((size_t)p->half / 2 + 1);
    uint32_t left = p->half, stride = 1;

    while (left > 1) {
        fc_fft_stage *s = &p->stages[p->n_stages++];

        s->radix = next_factor(left);
        s->m = left / s->radix;
        s->stride = stride;
        n += 2 * ((size_t)s->m * (s->radix - 1) + s->radix);
        left = s->m;
        stride *= s->radix;
    }
    return n;
}

static void fill_numbers(fc_fft_plan *p)
{
    float *at = p->numbers;

    p->untangle = at;
    for (uint32_t k = 0; k <= p->half / 2; k++, at += 2)
        root(k, p->n, at);
    for (uint32_t i = 0; i < p->n_stages; i++) {
        fc_fft_stage *s = &p->stages[i];

        s->twists = at;
        for (uint32_t b = 0; b < s->m; b++)
            for (uint32_t k = 1; k < s->radix; k++, at += 2)
                root((uint64_t)b * k, (uint64_t)s->m * s->radix, at);
        s->roots = at;
        for (uint32_t k = 0; k < s->radix; k++, at += 2)
            root(k, s->radix, at);
    }
}

fc_status fc__fft_plan_create(fc_fft_plan **out, uint32_t n, fc_error *err)
{
    fc_fft_plan *p;
    size_t n_numbers;

    *out = NULL;
    if (n < 2 || n % 2 != 0 || n > FC_FFT_MAX)
        return fc_error_set(err, FC_E_INVALID,
                            "a Fourier transform of %u samples: it has to be an even number from 2 "
                            "to %d",
                            n, FC_FFT_MAX);
    p = fc__alloc_array(1, sizeof(*p));
    if (p == NULL)
        return fc__nomem(err, sizeof(*p), "a Fourier transform");
    p->n = n;
    p->half = n / 2;
    n_numbers = count_numbers(p);
    p->numbers = fc__alloc_array(n_numbers, sizeof(*p->numbers));
    if (p->numbers == NULL) {
        free(p);
        return fc__nomem(err, n_numbers * sizeof(*p->numbers), "a Fourier transform");
    }
    fill_numbers(p);
    *out = p;
    return FC_OK;
}

void fc__fft_plan_destroy(fc_fft_plan *p)
{
    if (p == NULL)
        return;
    free(p->numbers);
    free(p);
}

size_t fc__fft_room(const fc_fft_plan *p)
{
    return ((size_t)p->n + 2) * FC_LANES;
}
