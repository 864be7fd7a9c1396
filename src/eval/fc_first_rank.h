/*
 * Where the first relevant item of a ranked gallery stands, and what measures make of it.
 *
 * Items of equal scores are taken to come in random order: a measure is then its expectation over
 * those orders. Constant features thus give what chance gives, not what the order of a file gives.
 */
#ifndef FC_FIRST_RANK_H
#define FC_FIRST_RANK_H

#include <featcache/types.h>

/* Of one query: irrelevant items with a higher score than the best relevant one, irrelevant items
 * with the same score, and relevant ones with it (1 and up). */
typedef struct fc_first_rank {
    uint64_t above, tied, relevant;
} fc_first_rank;

/* Probability that one of the first k items is relevant: recall@k where one item is relevant, also
 * called success or hit rate where several are. k may exceed the gallery. */
double fc__first_rank_within(const fc_first_rank *r, uint64_t k);
/* Expectation of 1 / rank; its mean over queries is the mean reciprocal rank (Voorhees 1999). */
double fc__first_rank_reciprocal(const fc_first_rank *r);
/* Expected rank, from 1. */
double fc__first_rank_expected(const fc_first_rank *r);

/* What a random order of a gallery of n items gives, of which `relevant` (1 to n) are relevant:
 * everything is tied, so the measures above are those of chance. */
static inline fc_first_rank fc__first_rank_of_chance(uint64_t n, uint64_t relevant)
{
    return (fc_first_rank){.above = 0, .tied = n - relevant, .relevant = relevant};
}

#endif /* FC_FIRST_RANK_H */
