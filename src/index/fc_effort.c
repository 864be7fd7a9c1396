/*
 * Search efforts of a kind: a grid of how much of the index is looked at, and of how many
 * candidates are compared again. The steps are about a third to a half apart, fine enough that the
 * cheapest point above a recall costs little more than what would just reach it.
 */
#include <math.h>
#include <string.h>

#include "fc_faiss.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const unsigned probes[] = {1,  2,  3,  4,  5,  6,   8,   10,  13,  16, 20,
                                  26, 32, 45, 64, 90, 128, 181, 256, 362, 512};
static const unsigned links[] = {8,  10, 12, 14, 16,  20,  24,  28,  32, 40,
                                 48, 64, 80, 96, 128, 192, 256, 384, 512};
/* Of codes that lose something. Where they do not, more candidates than hits find nothing. */
static const unsigned more[] = {2, 3, 4, 5, 6, 8, 10, 13, 16, 22, 32, 48};

/* Whether the codes are less than the vectors: by their size, or by a transform in front. */
static bool is_lossy(const char *kind)
{
    static const char *const lossy[] = {"PQ", "SQ", "PCA", "LSH", "ITQ", "RR"};

    for (size_t i = 0; i < COUNT(lossy); i++)
        if (strstr(kind, lossy[i]) != NULL)
            return true;
    return false;
}

bool fc__kind_effort(const char *kind, size_t reach, size_t times, fc_effort_point *out)
{
    const unsigned lists = fc__kind_lists(kind);

    *out = (fc_effort_point){.times = 1, .slack = INFINITY};
    if (times >= (is_lossy(kind) ? COUNT(more) : 1))
        return false;
    if (is_lossy(kind))
        out->times = more[times];
    if (lists > 0) {
        if (reach >= COUNT(probes) || (reach > 0 && probes[reach - 1] >= lists))
            return false;
        snprintf(out->parameters, sizeof(out->parameters), "nprobe=%u",
                 probes[reach] < lists ? probes[reach] : lists);
        return true;
    }
    if (strstr(kind, "HNSW") != NULL) {
        if (reach >= COUNT(links))
            return false;
        snprintf(out->parameters, sizeof(out->parameters), "efSearch=%u", links[reach]);
        return true;
    }
    return reach == 0;
}
