/*
 * The --where language over the fields and metadata of a sample:
 *
 *     split = "train" and (year >= 1990 or kind in ("bird", "owl")) and not draft
 *
 * Comparison = (or ==) != < <= > >=, `in (...)`, `not in (...)`, `and`, `or`, `not`, parentheses;
 * `not` binds tighter than `and`, and that tighter than `or`. Words of the language in any case.
 * Names may be quoted with backquotes (doubled: one); strings in single or double quotes, a quote
 * inside doubled or behind a backslash; numbers; true, false. A value that begins and ends with the
 * same quote is text, so kind = "1990" compares as text and year = 1990 as numbers.
 *
 * Both sides numeric compare as numbers, else as bytes of UTF-8. A field a sample has not (and an
 * empty group, split or path) is null: every comparison with it is false (also !=), `not` turns
 * that into true, so `x not in (...)` is true where there is no x. A bare name tests presence and
 * truth: false, 0 and "" are not true.
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

/* Parse. FC_E_INVALID with "where: column 12: wanted ')' ..., got ..." (columns from 1, code
 * points). Caps: 64 KiB of text, depth 64, 4,096 nodes. */
fc_status fc__filter_parse(fc_filter **out, const char *text, fc_error *err);
bool fc__filter_matches(const fc_filter *f, const fc_filter_row *row);
/* The metadata that it asks for, by their names, each once: at most `max` of them into `names`,
 * which live as long as the filter. Returns how many. */
size_t fc__filter_names(const fc_filter *f, const char **names, size_t max);
void fc__filter_destroy(fc_filter *f);

#endif /* FC_FILTER_H */
