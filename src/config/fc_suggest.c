/*
 * "Did you mean": edit distance with swaps of neighbours (optimal string alignment).
 */
#include "fc_suggest.h"

#include <string.h>

/* Longer words get no suggestion: the table lives on the stack. */
#define WORD_MAX 64

static size_t min3(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

static size_t edit_distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t d[WORD_MAX + 1][WORD_MAX + 1];

    for (size_t i = 0; i <= n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;

            d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < d[i][j])
                d[i][j] = d[i - 2][j - 2] + 1;
        }
    return d[n][m];
}

const char *fc__suggest(const char *word, const char *const *known, size_t n)
{
    const size_t word_n = strlen(word);
    const char *best = NULL;
    size_t best_distance = 0;

    if (word_n > WORD_MAX)
        return NULL;
    for (size_t k = 0; k < n; k++) {
        const size_t known_n = strlen(known[k]);
        const size_t longer = known_n > word_n ? known_n : word_n;
        const size_t allowed = longer / 3 > 1 ? longer / 3 : 1;
        size_t distance;

        if (known_n > WORD_MAX)
            continue;
        distance = edit_distance(word, word_n, known[k], known_n);
        /* All letters changed is no slip, however short the word. */
        if (distance <= allowed && distance < longer &&
            (best == NULL || distance < best_distance)) {
            best = known[k];
            best_distance = distance;
        }
    }
    return best;
}
