/*
 * The table of merges of byte-pair encoding.
 *
 * Threads: stateless.
 */
#ifndef FC_BPE_H
#define FC_BPE_H

#include "fc_token_model.h"

/* The slot of a pair: its merge, or an empty slot (left == FC_TRIE_NONE), of which there always is
 * one. */
static inline fc_merge *fc__bpe_slot(const fc_bpe *bpe, uint32_t left, uint32_t right)
{
    const uint64_t pair = (uint64_t)left << 32 | right;
    size_t at = (size_t)((pair * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & bpe->mask;

    while (bpe->merges[at].left != FC_TRIE_NONE &&
           (bpe->merges[at].left != left || bpe->merges[at].right != right))
        at = (at + 1) & bpe->mask;
    return &bpe->merges[at];
}

#endif /* FC_BPE_H */
