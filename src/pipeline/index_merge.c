/*
 * Which segments a new one takes in, and what is carried over from them.
 */
#include "index_merge.h"

#include <string.h>

static void drop_all(fc_merge_part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        parts[i].keep = false;
}

/* A scan beside an index costs as much as many indexes: past a tenth it is worth a training. */
static bool outgrown(const fc_merge_part *parts, size_t n, uint64_t gathered)
{
    uint64_t scanned = gathered, trained = 0;

    for (size_t i = 0; i < n; i++) {
        if (!parts[i].keep)
            continue;
        scanned += parts[i].exact ? parts[i].rows : 0;
        trained += parts[i].exact ? 0 : parts[i].rows;
    }
    return trained > 0 && scanned > trained / 10;
}

void fc__index_merge(fc_merge_part *parts, size_t n, uint64_t n_new, uint64_t n_dead)
{
    uint64_t n_rows = n_new, gathered = n_new;
    bool merged = true;

    for (size_t i = 0; i < n; i++) {
        parts[i].keep = true;
        n_rows += parts[i].rows;
    }
    if (n_dead > (n_rows - n_dead) / 10) {
        drop_all(parts, n);
        return;
    }
    while (merged && gathered > 0) {
        merged = false;
        for (size_t i = 0; i < n; i++)
            if (parts[i].keep && parts[i].rows <= 2 * gathered) {
                gathered += parts[i].rows;
                parts[i].keep = false;
                merged = true;
            }
    }
    if (gathered > 0 && outgrown(parts, n, gathered))
        drop_all(parts, n);
}

void fc__index_merge_wish(fc_merge_wish *out, fc_segment *const *segments,
                          const fc_merge_part *parts, size_t n)
{
    uint64_t most = 0;

    *out = (fc_merge_wish){.kind = ""};
    for (size_t i = 0; i < n; i++) {
        const fc_segment_measure *m = fc__segment_measure(segments[i]);

        if (m == NULL || parts[i].rows <= most)
            continue;
        most = parts[i].rows;
        *out = (fc_merge_wish){.target_recall = (double)m->target};
        if (m->sample_rows == 0 && !parts[i].keep)
            memcpy(out->kind, fc__segment_info(segments[i])->kind, sizeof(out->kind));
    }
}
