/*
 * Word boundaries of Unicode's annex 29 (UAX #29, rules WB1 to WB999), without tailoring.
 *
 * Threads: stateless.
 */
#ifndef FC_WORD_BREAK_H
#define FC_WORD_BREAK_H

#include <featcache/types.h>

/* Bytes from s, the start of the text or a boundary in it, to the next boundary; n > 0. It looks no
 * further than it has to once it has `enough` characters: then what it returns may be any place
 * behind those. */
size_t fc__word_segment(const char *s, size_t n, size_t enough);
/* Of a script that sets no blanks and is no ideograph: Thai, Lao, Khmer, Myanmar and their kind. */
bool fc__is_complex_script(uint32_t cp);
/* "15.0.0": the version of the Unicode tables. */
const char *fc__word_break_version(void);

#endif /* FC_WORD_BREAK_H */
