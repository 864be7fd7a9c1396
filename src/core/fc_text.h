/*
 * UTF-8 checks and the two escapes for text from outside: one for terminals, one for HTML.
 */
#ifndef FC_TEXT_H
#define FC_TEXT_H

#include "fc_buf.h"

/* Offset of the first invalid byte, or n when all is valid UTF-8 (no surrogates, no overlong). */
size_t fc__utf8_valid_prefix(const char *s, size_t n);
/* n, or less by the bytes of a character that is cut off at the end: where text may be cut. */
size_t fc__utf8_whole_prefix(const char *s, size_t n);
/* How many bytes at s (n > 0, where no valid character begins) are one mistake: the longest
 * beginning of a character, or one byte. Unicode's "maximal subpart" (core specification, 3.9), for
 * which a repair writes one U+FFFD, as Python and web browsers do. */
size_t fc__utf8_bad_length(const char *s, size_t n);
/* Next code point from s (n > 0 bytes), its length in *used; invalid gives U+FFFD and 1. */
uint32_t fc__utf8_next(const char *s, size_t n, size_t *used);
/* Write a code point, 1 to 4 bytes; returns the count. One that is none is written as U+FFFD. */
size_t fc__utf8_put(uint32_t cp, char out[4]);
/* Append s with control, bidi and invalid characters shown as \xHH or \u{HEX}; nothing in the
 * result can move a cursor, change a colour or reorder a line. */
fc_status fc__escape_terminal(fc_buf *out, const char *s, size_t n, fc_error *err);
/* One character of the same: writes at most FC_ESCAPE_MAX bytes (no NUL counted) to out and returns
 * how many; *used is what it took from s. A backslash stays, so escaping twice changes nothing. */
#define FC_ESCAPE_MAX 16
size_t fc__escape_terminal_next(const char *s, size_t n, size_t *used, char out[FC_ESCAPE_MAX]);
/* Append s for HTML text and quoted attributes: & < > " ' and controls; bidi controls dropped. */
fc_status fc__escape_html(fc_buf *out, const char *s, size_t n, fc_error *err);
/* Append base64 (RFC 4648, padded), for data: URLs. */
fc_status fc__base64(fc_buf *out, const void *bytes, size_t n, fc_error *err);
/* The other way round: appends the bytes. FC_E_FORMAT: not exactly what fc__base64 writes. */
fc_status fc__base64_decode(fc_buf *out, const char *text, size_t n, fc_error *err);

#endif /* FC_TEXT_H */
