/*
 * A query within a space: which member embeds it, and which can be searched.
 */
#ifndef FC_SEARCH_SPACE_H
#define FC_SEARCH_SPACE_H

#include "search_result.h"
#include "space_embed.h"

typedef struct fc_query_space {
    fc_space_view view;
} fc_query_space;

/* Read the space `name`, its heads, and find its members among the store's encoder versions.
 * FC_E_NOT_FOUND: no such space; FC_E_INVALID: nothing in the store is encoded with any of its
 * members. Dispose also after a failure. */
fc_status fc__query_space_open(fc_query_space *out, fc_snapshot *s, const char *name,
                               fc_head_cache *heads, fc_error *err);
void fc__query_space_dispose(fc_query_space *q);

/* An encoder is named by its NAME, NAME@FINGERPRINT-PREFIX (4 digits or more) or #ID, as
 * elsewhere, but among the members of the space. */

/* The first branch with the encoder `name`; NULL: none. */
const fc_space_branch *fc__query_space_named(const fc_query_space *q, const char *name);
/* FC_E_INVALID where no member has that name (NULL is none): says what there is. */
fc_status fc__query_space_check_name(const fc_query_space *q, const char *name, fc_error *err);
/* The branch that embeds a query of `modality`: the first that takes it, among those with the
 * encoder `name` where that is not NULL. FC_E_INVALID says what the space takes. */
fc_status fc__query_space_branch(const fc_query_space *q, const char *name, fc_modality modality,
                                 const fc_space_branch **out, fc_error *err);
/* The unit vector of a stored sample in the space (dim elements): by the first branch that has an
 * item of it (with the encoder `name` where that is not NULL), which is *branch. FC_E_NOT_FOUND:
 * none, without a message. */
fc_status fc__query_space_item(const fc_query_space *q, fc_snapshot *s, const char *name,
                               uint64_t content, const fc_space_branch **branch, fc_tensor *out,
                               fc_error *err);
/* A notice of members of which nothing is stored, so that nothing of theirs is found. */
fc_status fc__query_space_note(const fc_query_space *q, fc_result_builder *out, fc_error *err);

#endif /* FC_SEARCH_SPACE_H */
