/*
 * A set of byte strings with a number each, walked a byte at a time: a double array (Aoe 1989).
 *
 * Threads: immutable once built.
 */
#ifndef FC_TRIE_H
#define FC_TRIE_H

#include "fc_buf.h"

typedef struct fc_trie_key {
    const char *text; /* borrowed while building; may hold any byte */
    uint32_t n;
    uint32_t value; /* below FC_TRIE_NONE */
} fc_trie_key;

#define FC_TRIE_NONE UINT32_MAX /* no value here */
#define FC_TRIE_ROOT 1u         /* where a walk begins; 0 is nowhere */

typedef struct fc_trie_cell {
    uint32_t base;   /* the child for byte b is cell base + b */
    uint32_t parent; /* the cell this one belongs to; 0: free */
    uint32_t value;
} fc_trie_cell;

typedef struct fc_trie {
    fc_trie_cell *cells; /* at least 256 more than any base: a step needs no bound */
    size_t n;
} fc_trie;

#define FC_TRIE_INIT \
    {                \
        NULL, 0      \
    }

/* Build from n keys, which are put in order; of equal keys the last one counts. FC_E_LIMIT: more
 * than 2^31 cells; FC_E_NOMEM. */
fc_status fc__trie_build(fc_trie *out, fc_trie_key *keys, size_t n, fc_error *err);
void fc__trie_dispose(fc_trie *t);

/* From `cell` along one byte; 0: no key goes there. */
static inline uint32_t fc__trie_step(const fc_trie *t, uint32_t cell, uint8_t byte)
{
    const uint32_t next = t->cells[cell].base + byte;

    return t->cells[next].parent == cell ? next : 0;
}

/* From `cell` along n bytes; 0: no key goes there. */
uint32_t fc__trie_walk(const fc_trie *t, uint32_t cell, const char *text, size_t n);
/* The value of exactly this text, or FC_TRIE_NONE. */
uint32_t fc__trie_find(const fc_trie *t, const char *text, size_t n);

/* Append the text whose value this is, and a NUL that is not counted; looks at every cell.
 * FC_E_NOT_FOUND (no message): no text has it. */
fc_status fc__trie_text_of(const fc_trie *t, uint32_t value, fc_buf *out, fc_error *err);

#endif /* FC_TRIE_H */
