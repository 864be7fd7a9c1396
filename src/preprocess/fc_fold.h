/*
 * Text brought to one form before it is cut into words: what looks the same becomes the same bytes.
 *
 * Threads: stateless.
 */
#ifndef FC_FOLD_H
#define FC_FOLD_H

#include "fc_buf.h"

/* NFC composes; NFKC also replaces compatible forms: ligatures, full-width letters, superscripts.
 */
typedef enum fc_text_form { FC_FORM_NFC = 0, FC_FORM_NFKC = 1 } fc_text_form;

/* Append `text` (valid UTF-8) to `out`: in the normal form, invisible characters (joiners,
 * variation selectors, soft hyphens) dropped, the curly apostrophe U+2019 as ', and, when
 * fold_case, without differences of case (Unicode full case folding). FC_E_FORMAT for invalid
 * UTF-8. */
fc_status fc__fold_text(const char *text, size_t n, fc_text_form form, bool fold_case, fc_buf *out,
                        fc_error *err);

/* "utf8proc 2.8.0": for provenance. */
const char *fc__fold_version(void);

#endif /* FC_FOLD_H */
