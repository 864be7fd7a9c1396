/*
 * From the bytes of a text to the words that a text encoder sees: folded, cut, stemmed.
 *
 * Threads: stateless but for the stemmer, which the caller brings.
 */
#ifndef FC_TEXT_PREP_H
#define FC_TEXT_PREP_H

#include "fc_buf.h"
#include "fc_limits.h"
#include "fc_stem.h"
#include "fc_words.h"

/* One prepared word; both strings are borrowed from the prepared bytes. */
typedef struct fc_prepared_word {
    fc_word_kind kind;
    const char *word, *stem;
    size_t word_n, stem_n;
} fc_prepared_word;

/* Check and cut a text: appends every word with its stem to `out`. A text without words is
 * FC_E_FORMAT, one over `limits` (NULL: the defaults) FC_E_LIMIT. */
fc_status fc__text_prepare(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                           bool fold_case, fc_stemmer *stemmer, fc_buf *out, fc_error *err);
/* Read the next word of what fc__text_prepare wrote; false at the end. */
bool fc__text_prepared_next(fc_reader *r, fc_prepared_word *out);

/* The library behind it, for provenance. */
const char *fc__text_prep_versions(void);

#endif /* FC_TEXT_PREP_H */
