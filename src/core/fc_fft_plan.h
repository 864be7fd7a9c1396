/*
 * The inside of a plan of the Fourier transform, for fc_fft_plan.c and fc_lanes_body.h.
 */
#ifndef FC_FFT_PLAN_H
#define FC_FFT_PLAN_H

#include "fc_lanes.h"

#define FC_FFT_MAX_STAGES 16

typedef struct fc_fft_stage {
    uint32_t radix;
    uint32_t m;          /* butterflies: what is left of the length behind this stage */
    uint32_t stride;     /* product of the radices before */
    const float *twists; /* m x (radix - 1) complex numbers */
    const float *roots;  /* radix complex numbers, for radices without code of their own */
} fc_fft_stage;

struct fc_fft_plan {
    uint32_t n;
    uint32_t half; /* length of the complex transform */
    uint32_t n_stages;
    fc_fft_stage stages[FC_FFT_MAX_STAGES];
    const float *untangle; /* half / 2 + 1 complex numbers: exp(-2 pi i k / n) */
    float *numbers;        /* all of the above */
};

#endif /* FC_FFT_PLAN_H */
