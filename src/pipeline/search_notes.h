/*
 * What a user should know of a query besides its hits: samples that it could not find, names in its
 * filter that nothing has. Each is a line among the result's notices.
 */
#ifndef FC_SEARCH_NOTES_H
#define FC_SEARCH_NOTES_H

#include "search_live.h"
#include "search_pick.h"
#include "search_result.h"

typedef struct fc_notes_wish {
    const fc_live_filter *filter; /* as it was searched with, its covered output too */
    const fc_picked *picked;      /* NULL: a space is searched, whose members are as they are */
    const char *encoder;          /* as the user named it; NULL: the search chose */
} fc_notes_wish;

/* Data sets of which nothing is sealed yet; samples that another encoder version has and the one
 * searched has not; names in the filter that no sample has. */
fc_status fc__search_notes(fc_snapshot *s, const fc_notes_wish *wish, fc_result_builder *out,
                           fc_error *err);

#endif /* FC_SEARCH_NOTES_H */
