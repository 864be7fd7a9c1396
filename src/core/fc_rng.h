/*
 * Seeded random numbers, the same on every machine (splitmix64 seeding, xoshiro256**).
 */
#ifndef FC_RNG_H
#define FC_RNG_H

#include <stdint.h>

typedef struct fc_rng {
    uint64_t s[4];
} fc_rng;

fc_rng fc__rng_seed(uint64_t seed);
uint64_t fc__rng_u64(fc_rng *r);
uint64_t fc__rng_below(fc_rng *r, uint64_t n); /* uniform in [0, n), unbiased; n > 0 */
double fc__rng_unit(fc_rng *r);                /* [0, 1) */
double fc__rng_normal(fc_rng *r);

#endif /* FC_RNG_H */
