/*
 * Prefix codes of at most FC_HUFFMAN_BITS bits: lengths from counts, codes and the decoding table
 * from lengths. Lengths by Huffman's algorithm on sorted weights (Moffat and Katajainen, "In-place
 * calculation of minimum-redundancy codes", 1995), those that are too long cut and paid for by the
 * rarest that have room; codes are canonical (Schwartz and Kallick, 1964).
 */
#include "column_code.h"

#include <stdlib.h>
#include <string.h>

#include "fc_bytes.h"

typedef struct weight {
    uint32_t count;
    uint8_t symbol;
} weight;

static int by_count(const void *a, const void *b)
{
    const weight *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return x->symbol < y->symbol ? -1 : 1;
}

/* Depths of the leaves, in the order of `w` (ascending), n >= 2: `a` starts as the weights. */
static void depths(uint64_t *a, size_t n)
{
    size_t leaf = 0, root = 0, available = 1, used = 0, depth = 0, at = n;

    for (size_t next = 0; next < n - 1;
         next++) { /* pair the two smallest; a[next] becomes a node */
        uint64_t sum = 0;

        for (int child = 0; child < 2; child++) {
            if (leaf >= n || (root < next && a[root] < a[leaf])) {
                sum += a[root];
                a[root++] = next; /* its parent */
            } else {
                sum += a[leaf++];
            }
        }
        a[next] = sum;
    }
    a[n - 2] = 0;
    for (size_t next = n - 2; next-- > 0;) /* depth of each node from its parent's */
        a[next] = a[a[next]] + 1;
    root = n - 1;
    while (available > 0) { /* leaves fill what nodes leave free on each level */
        while (root > 0 && a[root - 1] == depth) {
            used++;
            root--;
        }
        for (; available > used; available--)
            a[--at] = depth;
        available = 2 * used;
        depth++;
        used = 0;
    }
}

/* Lengths (ascending weights, so mostly descending) that fit FC_HUFFMAN_BITS and fill the code. */
static void limit(uint64_t *length, size_t n)
{
    const uint64_t whole = 1u << FC_HUFFMAN_BITS;
    uint64_t filled = 0;

    for (size_t i = 0; i < n; i++) {
        if (length[i] > FC_HUFFMAN_BITS)
            length[i] = FC_HUFFMAN_BITS;
        filled += whole >> length[i];
    }
    for (size_t i = 0; filled > whole;) { /* the rarest that is not yet longest gets a bit more */
        if (length[i] < FC_HUFFMAN_BITS) {
            filled -= (whole >> length[i]) - (whole >> (length[i] + 1));
            length[i]++;
        } else {
            i++;
        }
    }
    for (size_t i = n; i-- > 0;) /* what that overshot goes to the most frequent that fit */
        while (length[i] > 1 && filled + (whole >> length[i]) <= whole) {
            filled += whole >> length[i];
            length[i]--;
        }
}

void fc__huffman_lengths(const uint32_t counts[256], uint8_t lengths[256])
{
    weight w[256];
    uint64_t a[256];
    size_t n = 0;

    memset(lengths, 0, 256);
    for (unsigned s = 0; s < 256; s++)
        if (counts[s] > 0)
            w[n++] = (weight){.count = counts[s], .symbol = (uint8_t)s};
    if (n == 1)
        lengths[w[0].symbol] = FC_HUFFMAN_ONLY;
    if (n < 2)
        return;
    qsort(w, n, sizeof(w[0]), by_count);
    for (size_t i = 0; i < n; i++)
        a[i] = w[i].count;
    depths(a, n);
    limit(a, n);
    for (size_t i = 0; i < n; i++)
        lengths[w[i].symbol] = (uint8_t)a[i];
}

/* The symbols that have a length, ascending, and how many there are. Most have none and lie
 * together: eight at a time, and without a branch where some have one. A header is read for every
 * single row that is asked for, so this is on its path. */
static size_t coded(const uint8_t lengths[256], uint8_t symbols[256])
{
    size_t n = 0;

    for (unsigned s = 0; s < 256; s += 8) {
        if (fc_get_le64(lengths + s) == 0)
            continue;
        for (unsigned k = s; k < s + 8; k++) {
            symbols[n] = (uint8_t)k; /* n <= k */
            n += lengths[k] > 0;
        }
    }
    return n;
}

bool fc__huffman_complete(const uint8_t lengths[256], size_t *n_symbols)
{
    uint8_t symbols[256];
    const size_t n = coded(lengths, symbols);
    uint32_t filled = 0;

    *n_symbols = n;
    if (n == 1 && lengths[symbols[0]] == FC_HUFFMAN_ONLY)
        return true;
    for (size_t k = 0; k < n; k++) {
        const unsigned length = lengths[symbols[k]];

        if (length > FC_HUFFMAN_BITS)
            return false;
        filled += FC_HUFFMAN_TABLE >> length;
    }
    return n == 0 || filled == FC_HUFFMAN_TABLE;
}

/* Where the first code of each length starts, left-aligned in FC_HUFFMAN_BITS bits: short codes
 * first, and symbols of one length in ascending order. */
static void first_codes(const uint8_t lengths[256], const uint8_t *symbols, size_t n,
                        uint32_t at[FC_HUFFMAN_ONLY + 1])
{
    uint32_t count[FC_HUFFMAN_ONLY + 1] = {0}, next = 0;

    for (size_t k = 0; k < n; k++)
        count[lengths[symbols[k]]]++;
    for (unsigned length = 1; length <= FC_HUFFMAN_BITS; length++) {
        at[length] = next;
        next += count[length] << (FC_HUFFMAN_BITS - length);
    }
    at[FC_HUFFMAN_ONLY] = 0;
}

void fc__huffman_codes(const uint8_t lengths[256], uint32_t codes[256])
{
    uint32_t at[FC_HUFFMAN_ONLY + 1];
    uint8_t symbols[256];
    const size_t n = coded(lengths, symbols);

    first_codes(lengths, symbols, n, at);
    memset(codes, 0, 256 * sizeof(codes[0]));
    for (size_t k = 0; k < n; k++) {
        const unsigned length = lengths[symbols[k]], free_bits = FC_HUFFMAN_BITS - length;

        codes[symbols[k]] = FC_HUFFMAN_CODED;
        if (length == FC_HUFFMAN_ONLY)
            continue;
        codes[symbols[k]] |= length << 16 | at[length] >> free_bits;
        at[length] += 1u << free_bits;
    }
}

void fc__huffman_table(const uint8_t lengths[256], uint16_t table[FC_HUFFMAN_TABLE])
{
    uint32_t at[FC_HUFFMAN_ONLY + 1];
    uint8_t symbols[256];
    const size_t n = coded(lengths, symbols);

    first_codes(lengths, symbols, n, at);
    for (size_t k = 0; k < n; k++) {
        const unsigned length = lengths[symbols[k]];
        const bool only = length == FC_HUFFMAN_ONLY;
        const uint32_t span = only ? FC_HUFFMAN_TABLE : FC_HUFFMAN_TABLE >> length;
        const uint16_t entry = (uint16_t)((unsigned)symbols[k] << 8 | (only ? 0 : length));
        const uint64_t four = entry * UINT64_C(0x0001000100010001);
        uint16_t *to = table + at[length];

        at[length] += span;
        for (uint32_t i = 0; span >= 4 && i < span; i += 4) /* a power of two */
            memcpy(to + i, &four, sizeof(four));
        for (uint32_t i = 0; span < 4 && i < span; i++)
            to[i] = entry;
    }
}
