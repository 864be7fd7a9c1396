/*
 * Codes of reduced rows; fc_codes.h has their form and what they estimate.
 */
#include "fc_codes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_vec.h"

/* On Fashion-MNIST, the share of the true ten among the best 20 of all rows by 64, 128 and 256
 * exact components: .803, .949, .996 with 0; .856, .967, .998 with .25; .866, .962, .998 with .5.
 */
#define SHARE 0.25f

typedef struct tail {
    float scale, half, rest;
} tail;

bool fc__codes_wanted(const char *kind)
{
    return strncmp(kind, "PCA", 3) == 0 && fc__front_length(kind) > 0 && strstr(kind, "PQ") != NULL;
}

fc_status fc__codes_init(fc_codes *c, uint32_t dim, uint64_t count, fc_error *err)
{
    *c = (fc_codes){.dim = dim, .stride = dim + FC_CODE_TAIL, .count = count};
    c->rows = fc__alloc_bare(count, c->stride);
    return c->rows != NULL ? FC_OK : fc__nomem(err, count * c->stride, "codes of an index");
}

void fc__codes_dispose(fc_codes *c)
{
    free(c->rows);
    *c = (fc_codes){0};
}

void fc__codes_encode(const fc_front *front, const float *vectors, const float *reduced, size_t n,
                      uint8_t *to)
{
    const size_t in = front->in, out = front->out;
    const float mean = fc__dot(front->mean, front->mean, in);

    for (size_t i = 0; i < n; i++, to += out + FC_CODE_TAIL) {
        const float *r = reduced + i * out;
        const float square = 1.0f - 2.0f * fc__dot(vectors + i * in, front->mean, in) + mean;
        tail t = {.half = 0.5f * square, .rest = sqrtf(fmaxf(0.0f, square - fc__dot(r, r, out)))};

        fc__f32_to_i8(r, (int8_t *)to, &t.scale, out);
        memcpy(to + out, &t, sizeof(t));
    }
}

float fc__codes_cosine(const fc_codes *c, const uint8_t *query, uint64_t row)
{
    const uint8_t *code = fc__codes_at(c, row);
    const int32_t dot = fc__dot_i8((const int8_t *)query, (const int8_t *)code, c->dim);
    tail q, x;

    memcpy(&q, query + c->dim, sizeof(q));
    memcpy(&x, code + c->dim, sizeof(x));
    return 1.0f - q.half - x.half + q.scale * x.scale * (float)dot + SHARE * q.rest * x.rest;
}
