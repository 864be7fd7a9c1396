/*
 * What a query is about: the stored sample it names, the modalities it wants, and the encoder
 * output that answers it.
 */
#ifndef FC_SEARCH_PICK_H
#define FC_SEARCH_PICK_H

#include <featcache/store.h>

#include "fc_hash.h"
#include "search_result.h"

/* An input of a query itself, as far as it is stored: what --include-self would let in. */
typedef struct fc_query_self {
    fc_modality modality;
    char *dataset, *id; /* by id: this sample */
    uint64_t content;
    bool has_hash; /* by file: every sample with this content */
    fc_sha256 hash;
} fc_query_self;

void fc__query_self_dispose(fc_query_self *self);

/* Find "DATASET/ID" or "DATASET@N/ID"; the sample of the result's term `term` is a copy of it. */
fc_status fc__pick_sample(fc_snapshot *s, const char *text, fc_query_self *out,
                          fc_result_builder *result, size_t term, fc_error *err);

/* "image,text" to bits (1 << fc_modality); NULL to 0. */
fc_status fc__pick_modalities(const char *text, uint32_t *bits, fc_error *err);

/* How the provenance of features begins that an adapter made of those of another version
 * (fc_adapter_migrate()). */
#define FC_MIGRATED_PROVENANCE "encoder=migrated"

/* Whether an adapter made the version's features: they are near to those of the encoder whose card
 * it has, and never taken for them. */
bool fc__encoder_is_migrated(const fc_encoder_info *e);

typedef struct fc_picked {
    const fc_encoder_info *encoder;
    const fc_output_info *output;
} fc_picked;

/* What is to be searched, and by what. */
typedef struct fc_pick_wish {
    const char *encoder, *output;      /* NULL: of our choice */
    fc_modality modality;              /* of the query; FC_MODALITY_NONE: not known */
    const fc_dataset_info *dataset;    /* that the query is limited to; NULL: any */
    const fc_dataset_version *version; /* of it */
} fc_pick_wish;

/* The named encoder version, else the newest for `modality` that a data set has been sealed with
 * (one that an ingest is only beginning to fill is not chosen, nor one that was migrated); its
 * named output, else "pooled", else the first searchable one. */
fc_status fc__pick_output(fc_snapshot *s, const fc_pick_wish *wish, fc_picked *out, fc_error *err);

/* An encoder version as fc_snapshot_find_encoder() takes it, and any output of it, searchable or
 * not: `output`, or where that is NULL "pooled", else the first searchable, else the first. */
fc_status fc__pick_stored(fc_snapshot *s, const char *encoder, const char *output, fc_picked *out,
                          fc_error *err);

#endif /* FC_SEARCH_PICK_H */
