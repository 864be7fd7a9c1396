/* What `featcache stat` shows, gathered once and printed as text or JSON. */
#ifndef CLI_STAT_H
#define CLI_STAT_H

#include "cli_json.h"

/* Borrowed from the store and its snapshot, but for the outputs. */
typedef struct cli_stat {
    const char *path;
    fc_store_stat store;
    const fc_encoder_info *encoders;
    size_t n_encoders;
    const fc_dataset_info *datasets;
    size_t n_datasets;
    fc_output_stat *outputs; /* its own */
    size_t n_outputs;
    json_t *index; /* its own: an array, each segment of the search index */
} cli_stat;

fc_status cli_stat_gather(cli_stat *s, fc_store *store, fc_snapshot *snapshot, fc_error *err);
void cli_stat_dispose(cli_stat *s);

/* As a JSON object; NULL: no memory was left. */
json_t *cli_stat_object(const cli_stat *s);
cli_exit cli_stat_json(const cli_stat *s);
void cli_stat_text(const cli_stat *s);

/* The encoder version @id; NULL: none. */
const fc_encoder_info *cli_stat_encoder(const fc_encoder_info *list, size_t n, fc_version_id id);
/* The sizes of an output; NULL: nothing of it is stored. */
const fc_output_stat *cli_stat_output(const cli_stat *s, fc_version_id version, fc_output_id id);
/* The name of an output; "?" for one that its encoder does not have. */
const char *cli_stat_output_name(const fc_encoder_info *e, fc_output_id id);

#endif /* CLI_STAT_H */
