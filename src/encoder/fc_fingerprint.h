/*
 * The encoder fingerprint: SHA-256 over the parts of a card that can change a number.
 *
 * Hashed are, each text as varint length and bytes: "featcache.fingerprint/1", then the varint
 * count of parts, then key and value of each in the order of keys (bytes, ascending). Lengths in
 * front keep two lists of parts from ever giving the same bytes; the name in front keeps the hash
 * apart from every other hash of the project; the number in it changes when this rule does.
 */
#ifndef FC_FINGERPRINT_H
#define FC_FINGERPRINT_H

#include "fc_card.h"

#define FC_FINGERPRINT_DOMAIN "featcache.fingerprint/1"

/* `parts` sorted by key, each key once (asserted). */
fc_status fc__fingerprint(const fc_card_part *parts, size_t n_parts, fc_sha256 *out, fc_error *err);

#endif /* FC_FINGERPRINT_H */
