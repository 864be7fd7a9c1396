/*
 * The --where language over the fields and metadata of a sample:
 *
 *     split = "train" and (year >= 1990 or kind in ("bird", "owl")) and not draft
 *
 * Comparison = != < <= > >=, `in (...)`, `and`, `or`, `not`, parentheses; names may be quoted with
 * backquotes; strings in single or double quotes; numbers; true, false. Both sides numeric compare
 * as numbers, else as bytes of UTF-8. A field a sample has not is null: every comparison with it is
 * false (also !=), `not` turns that into true; a bare name tests presence and truth.
 *
 * Threads: an fc_filter is immutable after parsing.
 */
#ifndef FC_FILTER_H
#define FC_FILTER_H

#include "fc_meta.h"

typedef struct fc_filter fc_filter;

/* What a filter sees. Names id, dataset, modality, group, split, path are the fields; all others
 * (and `meta.NAME` always) are metadata. */
typedef struct fc_filter_row {
    const char *id, *dataset, *modality, *group, *split, *path;
    const fc_meta *meta; /* may be NULL */
} fc_filter_row;

/* Parse. FC_E_INVALID with "where: column 12: wanted ')' ..., got ..." (columns from 1, code points).
 * Caps: 64 KiB of text, depth 64, 4,096 nodes. */
fc_status fc__filter_parse(fc_filter **out, const char *text, fc_error *err);
bool fc__filter_matches(const fc_filter *f, const fc_filter_row *row);
void fc__filter_destroy(fc_filter *f);

#endif /* FC_FILTER_H */
