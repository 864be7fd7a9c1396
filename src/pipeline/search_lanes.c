/*
 * One index a lane.
 */
#include "search_lanes.h"

#include <string.h>

static void close_index(fc_lane *lane)
{
    if (lane->has_index)
        fc__output_index_close(&lane->index);
    lane->has_index = false;
}

void fc__lanes_close(fc_lanes *lanes)
{
    for (size_t i = 0; i < FC_LANES_MAX; i++) {
        close_index(&lanes->list[i]);
        fc__allowed_dispose(&lanes->list[i].allowed);
    }
}

static fc_status open_lane(fc_lane *lane, const fc_picked *picked, const fc_space_branch *branch,
                           fc_store *store, fc_snapshot *s, const fc_live_filter *filter,
                           bool no_segments, fc_error *err)
{
    const fc_index_wish wish = {.encoder = picked->encoder,
                                .output = picked->output,
                                .branch = branch,
                                .dataset = filter->dataset,
                                .version = filter->version,
                                .no_segments = no_segments};
    bool stale = true;
    fc_status st = FC_OK;

    if (lane->has_index && !no_segments)
        st = fc__output_index_is_stale(&lane->index, s, &wish, &stale, err);
    if (st != FC_OK || !stale)
        return st;
    close_index(lane);
    st = fc__output_index_open(&lane->index, store, s, &wish, err);
    lane->has_index = st == FC_OK;
    return st;
}

fc_status fc__lanes_open(fc_lanes *lanes, fc_store *store, fc_snapshot *s,
                         const fc_live_filter *filter, bool no_segments, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < lanes->n && st == FC_OK; i++)
        st = open_lane(&lanes->list[i], &lanes->picked[i], lanes->branches[i], store, s, filter,
                       no_segments, err);
    return st;
}

uint64_t fc__lanes_count(const fc_lanes *lanes)
{
    uint64_t n = 0;

    for (size_t i = 0; i < lanes->n; i++)
        n += lanes->list[i].index.live.set.n_set;
    return n;
}

/* Whether `kind` (n bytes) is one of those between commas. */
static bool holds_kind(const char *kinds, const char *kind, size_t n)
{
    while (*kinds != '\0') {
        const size_t m = strcspn(kinds, ",");

        if (m == n && strncmp(kinds, kind, n) == 0)
            return true;
        kinds += m + (kinds[m] == ',');
    }
    return false;
}

void fc__lanes_kinds(const fc_lanes *lanes, char out[256])
{
    out[0] = '\0';
    for (size_t i = 0; i < lanes->n; i++)
        for (const char *k = lanes->list[i].index.kinds; *k != '\0';) {
            const size_t n = strcspn(k, ","), used = strlen(out);

            if (!holds_kind(out, k, n) && used + n + 2 <= 256) {
                if (used > 0)
                    strcat(out, ",");
                strncat(out, k, n);
            }
            k += n + (k[n] == ',');
        }
}

bool fc__lanes_have_segments(const fc_lanes *lanes)
{
    for (size_t i = 0; i < lanes->n; i++)
        if (lanes->list[i].index.n_segments > 0)
            return true;
    return false;
}

fc_status fc__lanes_allow(fc_lanes *lanes, size_t i, fc_snapshot *s, const fc_live_filter *filter,
                          const char *where, const fc_content_set **out, fc_error *err)
{
    fc_live_filter f = *filter;

    f.covered_version = lanes->picked[i].encoder->id;
    f.covered_output = lanes->picked[i].output->id;
    return fc__allowed_get(&lanes->list[i].allowed, s, &f, where, out, err);
}
