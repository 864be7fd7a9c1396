/*
 * Eight-bit codes of the reduced rows of an index: between FAISS's estimates, which few bits a row
 * give, and the rows themselves, which are long and lie anywhere in memory. Of 60 candidates on
 * Fashion-MNIST, 20 by these hold what 60 by FAISS do.
 *
 * A row's code:  dim x int8 | scale | half the square of its distance from the mean | what the
 * dimensions left out hold (all f32). From these, and the same of a query, its cosine is estimated:
 *
 *     1 - half(q) - half(x) + scale(q) scale(x) <q, x> + SHARE rest(q) rest(x)
 *
 * where SHARE stands for the cosine between what was left out of two rows that are near.
 *
 * Threads: finished codes may be read by many threads.
 */
#ifndef FC_CODES_H
#define FC_CODES_H

#include "fc_front.h"

#define FC_CODE_TAIL 12u /* bytes behind the dimensions */

typedef struct fc_codes {
    uint32_t dim;
    uint32_t stride; /* bytes from row to row: dim + FC_CODE_TAIL; 0: no codes */
    uint64_t count;
    uint8_t *rows;
} fc_codes;

/* Whether a kind has them: PQ codes behind components of the vectors themselves. */
bool fc__codes_wanted(const char *kind);
/* Room for `count` rows of `dim`. */
fc_status fc__codes_init(fc_codes *c, uint32_t dim, uint64_t count, fc_error *err);
void fc__codes_dispose(fc_codes *c);
/* Code n unit vectors, and what `front` made of them, to `to`: n x (front->out + FC_CODE_TAIL). */
void fc__codes_encode(const fc_front *front, const float *vectors, const float *reduced, size_t n,
                      uint8_t *to);
/* The estimated cosine of row `row` and a query that was coded likewise. */
float fc__codes_cosine(const fc_codes *c, const uint8_t *query, uint64_t row);

static inline const uint8_t *fc__codes_at(const fc_codes *c, uint64_t row)
{
    return c->rows + row * c->stride;
}

#endif /* FC_CODES_H */
