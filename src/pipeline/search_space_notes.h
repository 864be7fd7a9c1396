/*
 * What a user should know of a query in a space: why nothing was found, and that cosines of
 * different pairs of modalities do not compare.
 */
#ifndef FC_SEARCH_SPACE_NOTES_H
#define FC_SEARCH_SPACE_NOTES_H

#include "search_lanes.h"
#include "search_result.h"

typedef struct fc_space_notes_wish {
    const char *space;
    const fc_lanes *lanes;        /* as they were searched */
    const fc_live_filter *filter; /* of the query */
    bool calibrated;
    bool leaves_self_out;
} fc_space_notes_wish;

/* Notices of a result whose hits are there. */
fc_status fc__space_notes(const fc_space_notes_wish *wish, fc_result_builder *out, fc_error *err);

#endif /* FC_SEARCH_SPACE_NOTES_H */
