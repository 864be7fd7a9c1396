/*
 * Seeded random numbers: splitmix64 for the seed, xoshiro256** (Blackman and Vigna) for the
 * stream. Heads and tests depend on them, so nothing here may change a number.
 */
#include "fc_rng.h"

#include <assert.h>
#include <math.h>

#include "fc_fixed.h"

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

fc_rng fc__rng_seed(uint64_t seed)
{
    fc_rng r;

    for (int i = 0; i < 4; i++)
        r.s[i] = splitmix64(&seed);
    return r;
}

uint64_t fc__rng_u64(fc_rng *r)
{
    const uint64_t result = rotate(r->s[1] * 5, 7) * 9;
    const uint64_t t = r->s[1] << 17;

    r->s[2] ^= r->s[0];
    r->s[3] ^= r->s[1];
    r->s[1] ^= r->s[2];
    r->s[0] ^= r->s[3];
    r->s[2] ^= t;
    r->s[3] = rotate(r->s[3], 45);
    return result;
}

uint64_t fc__rng_below(fc_rng *r, uint64_t n)
{
    uint64_t threshold, x;

    assert(n > 0);
    if (n < 2)
        return 0;
    threshold = (0 - n) % n; /* 2^64 mod n: what is left over would favour small results */
    do
        x = fc__rng_u64(r);
    while (x < threshold);
    return x % n;
}

double fc__rng_unit(fc_rng *r)
{
    return (double)(fc__rng_u64(r) >> 11) * 0x1p-53;
}

/* Marsaglia's polar method; the second of the pair is dropped, so that the state is s alone. */
double fc__rng_normal(fc_rng *r)
{
    double u, v, q;

    do {
        u = 2 * fc__rng_unit(r) - 1;
        v = 2 * fc__rng_unit(r) - 1;
        q = u * u + v * v;
    } while (q >= 1 || q == 0);
    return u * sqrt(-2 * fc__fixed_log(q) / q);
}
