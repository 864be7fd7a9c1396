/*
 * A query within a space: which member embeds it, and which can be searched.
 */
#ifndef FC_SEARCH_SPACE_H
#define FC_SEARCH_SPACE_H

#include "fc_store_space.h"
#include "search_pick.h"
#include "search_result.h"

typedef struct fc_query_space {
    fc_space_row row;
    fc_picked stored[FC_SPACE_MEMBERS_MAX]; /* of each member; encoder NULL: none of it is stored */
} fc_query_space;

/* Read the space `name`, and find its members among the store's encoder versions. FC_E_NOT_FOUND:
 * no such space; FC_E_INVALID: nothing in the store is encoded with any of its members. */
fc_status fc__query_space_open(fc_query_space *out, fc_snapshot *s, const char *name,
                               fc_error *err);
void fc__query_space_dispose(fc_query_space *q);

/* The member that embeds a query of `modality`: the first that takes it, among those of the encoder
 * `name` where that is not NULL. FC_E_INVALID says what the space takes. */
fc_status fc__query_space_member(const fc_query_space *q, const char *name, fc_modality modality,
                                 size_t *out, fc_error *err);
/* The features of a stored sample in the space: by the first member that has some (of the encoder
 * `name` where that is not NULL). FC_E_NOT_FOUND: none. *member is it. */
fc_status fc__query_space_item(const fc_query_space *q, fc_snapshot *s, const char *name,
                               uint64_t content, size_t *member, fc_tensor *out, fc_error *err);
/* A notice of members of which nothing is stored, so that nothing of theirs is found. */
fc_status fc__query_space_note(const fc_query_space *q, fc_result_builder *out, fc_error *err);

#endif /* FC_SEARCH_SPACE_H */
