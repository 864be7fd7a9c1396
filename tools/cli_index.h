/* A segment of the search index as JSON: what it is, and what was measured for it. */
#ifndef CLI_INDEX_H
#define CLI_INDEX_H

#include "cli_json.h"

json_t *cli_index_built(const fc_index_built *b);

#endif /* CLI_INDEX_H */
