/*
 * From the bytes of a text to the words that a text encoder sees: decoded, folded, cut, without
 * stop words, stemmed.
 *
 * Threads: stateless but for the stemmer and the scratch memory, which the caller brings.
 */
#ifndef FC_TEXT_PREP_H
#define FC_TEXT_PREP_H

#include "fc_buf.h"
#include "fc_limits.h"
#include "fc_stem.h"
#include "fc_stop_words.h"
#include "fc_words.h"

/* What is done to a text. Zero: NFC, runs of letters, ideographs one by one, nothing left out. */
typedef struct fc_text_rule {
    bool repair; /* invalid UTF-8 separates words; else it is an error */
    fc_text_form form;
    bool fold_case;
    fc_word_cut cut;
    bool pairs;                /* scripts without spaces in overlapping pairs */
    const fc_stop_words *stop; /* left out; NULL: none. A text that has no others keeps them */
} fc_text_rule;

/* One prepared word; both strings are borrowed from the prepared bytes. */
typedef struct fc_prepared_word {
    fc_word_kind kind;
    const char *word, *stem;
    size_t word_n, stem_n;
} fc_prepared_word;

/* Check and cut a text: appends every word with its stem to `out`. A text without words is
 * FC_E_FORMAT, one over `limits` (NULL: the defaults) FC_E_LIMIT. */
fc_status fc__text_prepare(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                           const fc_text_rule *rule, fc_stemmer *stemmer, fc_buf *out,
                           fc_error *err);
/* The text itself, checked, without a byte-order mark: *out points into `bytes`. Codes as above. */
fc_status fc__text_whole(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                         const char **out, size_t *out_n, fc_error *err);
/* Read the next word of what fc__text_prepare wrote; false at the end. */
bool fc__text_prepared_next(fc_reader *r, fc_prepared_word *out);

/* The library behind it, for provenance. */
const char *fc__text_prep_versions(void);

#endif /* FC_TEXT_PREP_H */
