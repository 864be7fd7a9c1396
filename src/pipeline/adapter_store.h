/*
 * Adapters in a store: their rows with what they name, found by name.
 */
#ifndef FC_ADAPTER_STORE_H
#define FC_ADAPTER_STORE_H

#include "fc_head.h"
#include "fc_store_space.h"
#include "search_pick.h"
#include "space_embed.h"

/* Members of an adapter's row. */
enum { FC_ADAPTER_TARGET = 0, FC_ADAPTER_SOURCE = 1 };

/* The newest version of the adapter `name`, or the only one that maps queries (NULL).
 * FC_E_NOT_FOUND says which there are, FC_E_INVALID that there are several, or that the name is a
 * space's. */
fc_status fc__adapter_find(fc_snapshot *s, const char *name, fc_space_row *out, fc_error *err);

/* The encoder version and output of a member; encoder is NULL where the store has it not, or not of
 * the length `dim` (0: any). */
fc_status fc__adapter_side(fc_snapshot *s, const fc_space_member *m, uint32_t dim, fc_picked *out,
                           fc_error *err);
/* The map. */
fc_status fc__adapter_head(fc_snapshot *s, const fc_space_row *row, fc_head *out, fc_error *err);

#endif /* FC_ADAPTER_STORE_H */
