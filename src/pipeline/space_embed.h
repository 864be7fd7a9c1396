/*
 * A space as it is used: its branches, one for each head (or, where vectors are compared as they
 * are, for each member), and what they make of the items in a store.
 *
 * Threads: one at a time; heads are kept in a cache that one thread uses.
 */
#ifndef FC_SPACE_EMBED_H
#define FC_SPACE_EMBED_H

#include "fc_head.h"
#include "fc_index.h"
#include "fc_row_source.h"
#include "fc_store_space.h"
#include "search_pick.h"

/* Heads that were read, by their artefact; they stay until the cache is disposed of. */
typedef struct fc_head_cache {
    struct fc_cached_head *list;
    size_t n, capacity;
} fc_head_cache;

void fc__head_cache_dispose(fc_head_cache *c);

typedef struct fc_space_branch {
    fc_modality modality;
    const fc_head *head;                  /* borrowed; NULL: vectors as they are */
    char key[FC_ARTEFACT_HEX_BYTES];      /* of its segments: the head's name; "" without one */
    size_t first_member, n_members;       /* in the row */
    fc_picked stored[FC_HEAD_INPUTS_MAX]; /* of each member; encoder NULL: none of it is stored */
    uint32_t dim;
} fc_space_branch;

typedef struct fc_space_view {
    fc_space_row row;
    fc_space_branch branches[FC_SPACE_MEMBERS_MAX];
    size_t n_branches;
} fc_space_view;

/* Read the space "NAME" or "NAME@VERSION", its heads, and find its members among what is stored.
 * FC_E_NOT_FOUND: no such space; FC_E_CORRUPT: a head is damaged or of other encoder versions.
 * Dispose also after a failure. */
fc_status fc__space_view_open(fc_space_view *out, fc_snapshot *s, const char *name,
                              fc_head_cache *cache, fc_error *err);
/* The same of a row that is there already (taken over): heads[i] (borrowed) of each branch. */
fc_status fc__space_view_of(fc_space_view *out, fc_snapshot *s, fc_space_row *row,
                            const fc_head *heads, fc_error *err);
void fc__space_view_dispose(fc_space_view *v);

/* An output's own vectors as a branch. */
fc_space_branch fc__branch_of_output(const fc_picked *picked);

/* The store's version of a member, with the member's output; encoder NULL: there is none. With a
 * head's input any output will do that it takes; without one (NULL) it is a vector of length `dim`
 * (0: of any). */
fc_picked fc__member_stored(const fc_encoder_info *list, size_t n, const fc_space_member *m,
                            const fc_head_input *input, uint32_t dim);

/* Whether items of the branch are stored: its first member is. */
static inline bool fc__branch_is_stored(const fc_space_branch *b)
{
    return b->stored[0].encoder != NULL;
}

/* Unit vectors of n contents: out is n x dim. found[i] false: no item of the first member, or one
 * without a direction; its row is zero. */
fc_status fc__branch_rows(const fc_space_branch *b, fc_snapshot *s, const uint64_t *contents,
                          size_t n, float *out, bool *found, fc_error *err);
/* All of its contents in [first, last] but those in `skip` (ascending), embedded, in order. */
fc_status fc__branch_row_source(const fc_space_branch *b, fc_snapshot *s, uint64_t first,
                                uint64_t last, const uint64_t *skip, size_t n_skip,
                                fc_row_source *out, fc_error *err);
/* Features that an encoder has just made, or that are stored: tensors[n_members]; empty where there
 * is none (only beside others of a fused branch). */
fc_status fc__branch_embed(const fc_space_branch *b, const fc_tensor *tensors, float *out,
                           fc_error *err);

#endif /* FC_SPACE_EMBED_H */
