/*
 * Signed feature hashing: keys of features, and the vector that they add up to.
 */
#include "fc_hashtext.h"

#include <math.h>
#include <string.h>

#include "fc_hash.h"
#include "fc_text.h"

/* The finaliser of splitmix64: every bit of the input reaches every bit of the result. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

uint64_t fc__feature_key(fc_feature_kind kind, const void *bytes, size_t n)
{
    return mix(fc__xxh128(bytes, n).low + GOLDEN * (uint64_t)kind);
}

/* Not symmetric: "dog house" is not "house dog". */
uint64_t fc__feature_pair(uint64_t left, uint64_t right)
{
    return mix(mix(left) + right + GOLDEN * (uint64_t)FC_FEATURE_PAIR);
}

void fc__feature_begin(fc_feature_sum *s, uint32_t salt)
{
    memset(s->sums, 0, s->dim * sizeof(*s->sums));
    s->salt = salt;
    s->energy = 0;
}

uint32_t fc__feature_slot(const fc_feature_sum *s, uint64_t key, double *sign)
{
    const uint64_t h = mix(key + GOLDEN * s->salt);

    *sign = (h & 1) != 0 ? 1.0 : -1.0;
    return (uint32_t)(((h >> 32) * s->dim) >> 32);
}

void fc__feature_add(fc_feature_sum *s, uint64_t key, double weight)
{
    double sign;
    const uint32_t slot = fc__feature_slot(s, key, &sign);

    s->sums[slot] += sign * weight;
    s->energy += weight * weight;
}

/* "<word>" with the offset of each character; returns how many characters. */
static size_t mark_ends(const char *word, size_t n, char *marked, uint16_t *offsets)
{
    size_t chars = 0, at = 0;

    marked[at++] = '<';
    offsets[chars++] = 0;
    for (size_t i = 0; i < n && chars <= FC_WORD_MAX_CHARS;) {
        size_t used;

        fc__utf8_next(word + i, n - i, &used);
        offsets[chars++] = (uint16_t)at;
        memcpy(marked + at, word + i, used);
        at += used;
        i += used;
    }
    offsets[chars++] = (uint16_t)at;
    marked[at++] = '>';
    offsets[chars] = (uint16_t)at;
    return chars;
}

void fc__feature_add_ngrams(fc_feature_sum *s, const fc_hashtext_rule *rule, const char *word,
                            size_t n, double weight)
{
    char marked[4 * FC_WORD_MAX_CHARS + 2];
    uint16_t offsets[FC_WORD_MAX_CHARS + 3];
    const size_t chars = mark_ends(word, n, marked, offsets);
    size_t count = 0;
    double each;

    for (size_t k = rule->ngram_min; k <= rule->ngram_max && k <= chars; k++)
        count += chars - k + 1;
    if (count == 0 || weight == 0)
        return;
    each = weight / sqrt((double)count);
    for (size_t k = rule->ngram_min; k <= rule->ngram_max && k <= chars; k++)
        for (size_t i = 0; i + k <= chars; i++) {
            const size_t bytes = (size_t)(offsets[i + k] - offsets[i]);

            fc__feature_add(s, fc__feature_key(FC_FEATURE_NGRAM, marked + offsets[i], bytes), each);
        }
}

static double squared_norm(const fc_feature_sum *s)
{
    double sum = 0;

    for (uint32_t i = 0; i < s->dim; i++)
        sum += s->sums[i] * s->sums[i];
    return sum;
}

/* Not "> 0": what is left of weights that cancel but for rounding is noise, not direction. */
bool fc__feature_alive(const fc_feature_sum *s)
{
    return squared_norm(s) > 1e-6 * s->energy;
}

void fc__feature_finish(const fc_feature_sum *s, float *out)
{
    const double norm = sqrt(squared_norm(s));

    for (uint32_t i = 0; i < s->dim; i++)
        out[i] = (float)(s->sums[i] / norm);
}
