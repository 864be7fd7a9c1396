/*
 * The first bytes of a file: what they begin with, and how they are shown when they are nothing
 * that is known.
 *
 * Threads: stateless.
 */
#ifndef FC_FIRST_BYTES_H
#define FC_FIRST_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the k bytes of `magic` stand at `offset`. */
bool fc__bytes_at(const uint8_t *bytes, size_t n, size_t offset, const char *magic, size_t k);

#define FC_FIRST_BYTES_TEXT (3 * 8 + 1)

/* The first eight in hexadecimal, a blank before each: " 25 50 44 46". */
const char *fc__show_first_bytes(const uint8_t *bytes, size_t n, char out[FC_FIRST_BYTES_TEXT]);

#endif /* FC_FIRST_BYTES_H */
