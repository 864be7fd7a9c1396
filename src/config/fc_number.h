/*
 * Numbers as cards write them: one spelling in, one canonical spelling out, whatever the locale.
 *
 * A whole number is decimal digits with an optional '-', no leading zero: 224. What other readers
 * take for the same number (224.0, 0xE0, 0224, +224, 2.24e2) is refused, so that nobody has to know
 * which of them are equal. A number is JSON's grammar: -0.5, 1e-3, 2. Its canonical form is the
 * shortest decimal that reads back to the same double; -0 is 0.
 */
#ifndef FC_NUMBER_H
#define FC_NUMBER_H

#include <featcache/types.h>

#define FC_NUMBER_TEXT_BYTES 32

/* False when s is not a whole number in the form above or does not fit. */
bool fc__number_parse_int(const char *s, int64_t *out);
/* False when s is not a number in the form above or is not finite. */
bool fc__number_parse_double(const char *s, double *out);
/* What s would be if it were read generously (hexadecimal, exponents, leading zeros), when that is
 * a whole number below 2^53: what a message suggests to write instead. */
bool fc__number_guess_int(const char *s, int64_t *out);
/* The canonical form of a finite v. */
void fc__number_format(double v, char out[FC_NUMBER_TEXT_BYTES]);

#endif /* FC_NUMBER_H */
