/*
 * Inverse document frequencies of stems: counted once over the texts of an ingest, then frozen as a
 * text that the card keeps.
 *
 * A stem that df of n texts have weighs ln((1 + n) / (1 + df)) + 1: the smooth form of
 * scikit-learn's TfidfTransformer. The FC_IDF_STEMS_MAX most frequent stems are kept; every other
 * stem, met or not, counts as one that `rest` texts have, the mean of those that were not kept
 * (0 where all were).
 *
 * The text is base64 of, little-endian: a byte 1; u32 n; u32 rest; u32 count of stems; then for
 * each u32 upper half of its feature key, ascending, and u32 df, 1 to n.
 *
 * Threads: an fc_idf is immutable; an fc_idf_counts belongs to one thread.
 */
#ifndef FC_HASHTEXT_IDF_H
#define FC_HASHTEXT_IDF_H

#include "fc_buf.h"

#define FC_IDF_STEMS_MAX 4096u
/* Different stems that are counted; one that is met later counts as not met. */
#define FC_IDF_COUNTED_MAX ((size_t)1 << 19)

typedef struct fc_idf fc_idf;

/* FC_E_CORRUPT: not what fc__idf_counts_write writes. */
fc_status fc__idf_read(fc_idf **out, const char *text, fc_error *err);
/* Of a stem by its feature key (fc_hashtext.h). NULL weighs all alike: 1. */
double fc__idf_weight(const fc_idf *idf, uint64_t key);
void fc__idf_destroy(fc_idf *idf);

typedef struct fc_idf_counts fc_idf_counts;

fc_status fc__idf_counts_create(fc_idf_counts **out, fc_error *err);
/* One text: its keys, each once. */
fc_status fc__idf_counts_add(fc_idf_counts *c, const uint64_t *keys, size_t n, fc_error *err);
uint64_t fc__idf_counts_texts(const fc_idf_counts *c);
/* Append the text, without a NUL. */
fc_status fc__idf_counts_write(const fc_idf_counts *c, fc_buf *out, fc_error *err);
void fc__idf_counts_destroy(fc_idf_counts *c);

#endif /* FC_HASHTEXT_IDF_H */
