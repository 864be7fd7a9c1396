/* The name that a mistyped one was probably meant to be, by edit distance. */
#include <string.h>

#include "cli_args.h"

#define NAME_MAX_BYTES 32

/* Levenshtein distance; SIZE_MAX for names too long to be one of ours. */
static size_t distance(const char *a, const char *b)
{
    const size_t n = strlen(a);
    const size_t m = strlen(b);
    size_t row[NAME_MAX_BYTES + 1];

    if (n > NAME_MAX_BYTES || m > NAME_MAX_BYTES)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            size_t least = row[j] < row[j - 1] ? row[j] : row[j - 1];

            diagonal = row[j];
            least++;
            row[j] = replaced < least ? replaced : least;
        }
    }
    return row[m];
}

void cli_nearest_consider(cli_nearest *n, const char *candidate)
{
    const size_t d = distance(n->wanted, candidate);
    /* A third of the letters may be wrong: more is a guess, not a slip. */
    const size_t allowed = (strlen(n->wanted) + 2) / 3;

    if (d <= allowed && (n->best == NULL || d < n->distance)) {
        n->best = candidate;
        n->distance = d;
    }
}
