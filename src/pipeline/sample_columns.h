/*
 * Samples by the values of a column: what a sample has in it, and numbers for distinct values.
 *
 * Threads: one at a time.
 */
#ifndef FC_SAMPLE_COLUMNS_H
#define FC_SAMPLE_COLUMNS_H

#include <featcache/store.h>

/* Value of metadata column `column` for a sample, else of the field of that name: dataset, group,
 * split, modality. NULL: it has none; "" for a group or split that is not given. Borrowed. */
const char *fc__sample_column(const fc_sample *sample, const char *column);

/* Distinct names, numbered in the order in which they came. */
typedef struct fc_name_list {
    char **names;
    uint32_t n;
    size_t capacity;
    uint64_t *slots; /* hash table over names: index + 1 */
    size_t n_slots;
} fc_name_list;

/* Number of a name, new or known. */
fc_status fc__name_list_number(fc_name_list *l, const char *name, uint32_t *out, fc_error *err);
void fc__name_list_dispose(fc_name_list *l);

#endif /* FC_SAMPLE_COLUMNS_H */
