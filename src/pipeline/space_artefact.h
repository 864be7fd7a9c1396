/*
 * What a space with heads keeps beside its row, as bytes (schemas/head.md): each head with the
 * encoder versions and outputs that it is bound to, and the record of the fit.
 */
#ifndef FC_SPACE_ARTEFACT_H
#define FC_SPACE_ARTEFACT_H

#include "fc_head.h"
#include "fc_store_space.h"

/* A head of the n members in front of it. */
fc_status fc__artefact_write_head(const fc_head *head, const fc_space_member *members, size_t n,
                                  fc_buf *out, fc_error *err);
/* FC_E_CORRUPT: another layout, or bound to other encoder versions, outputs or another dimension.
 */
fc_status fc__artefact_read_head(fc_head *out, const fc_buf *bytes, const fc_space_member *members,
                                 size_t n, uint32_t dim, fc_error *err);

/* What was tried, and the keys of the groups that were learnt from (ascending). */
typedef struct fc_fit_record {
    char *json;
    uint64_t *seen;
    size_t n_seen;
} fc_fit_record;

fc_status fc__artefact_write_record(const fc_fit_record *r, fc_buf *out, fc_error *err);
fc_status fc__artefact_read_record(fc_fit_record *out, const fc_buf *bytes, fc_error *err);
void fc__fit_record_dispose(fc_fit_record *r);
/* Whether the fit has learnt from the group. */
bool fc__fit_record_saw(const fc_fit_record *r, uint64_t key);

#endif /* FC_SPACE_ARTEFACT_H */
