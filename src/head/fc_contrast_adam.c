/*
 * Adam with decoupled weight decay.
 */
#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_contrast.h"

fc_status fc__contrast_adam_create(fc_contrast_adam *a, size_t n, double rate, double decay,
                                   fc_error *err)
{
    *a = (fc_contrast_adam){
        .rate = rate, .decay = decay, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    a->m = fc__alloc_array(n, sizeof(*a->m));
    a->v = fc__alloc_array(n, sizeof(*a->v));
    if (a->m != NULL && a->v != NULL)
        return FC_OK;
    fc__contrast_adam_dispose(a);
    return fc__nomem(err, 2 * n * sizeof(double), "moments");
}

void fc__contrast_adam_dispose(fc_contrast_adam *a)
{
    free(a->m);
    free(a->v);
    a->m = a->v = NULL;
}

void fc__contrast_adam_step(fc_contrast_adam *a, double *theta, const double *gradient,
                            const fc_contrast_part *parts, size_t n_parts)
{
    const double t = (double)++a->step;
    const double c1 = 1 - pow(a->beta1, t), c2 = 1 - pow(a->beta2, t);

    for (size_t p = 0; p < n_parts; p++) {
        const double rate = a->rate * parts[p].unit;
        const double kept = parts[p].decayed ? 1 - a->rate * a->decay : 1;

        for (size_t i = parts[p].at; i < parts[p].at + parts[p].n; i++) {
            a->m[i] = a->beta1 * a->m[i] + (1 - a->beta1) * gradient[i];
            a->v[i] = a->beta2 * a->v[i] + (1 - a->beta2) * gradient[i] * gradient[i];
            theta[i] = kept * theta[i] - rate * (a->m[i] / c1) / (sqrt(a->v[i] / c2) + a->epsilon);
        }
    }
}
