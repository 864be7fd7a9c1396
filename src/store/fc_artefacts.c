/*
 * Artefacts: heads and the records of their fits, stored under the hash of their bytes.
 */
#include <stdio.h>
#include <string.h>

#include "fc_store_internal.h"
#include "fc_store_space.h"

fc_status fc__artefact_id(const void *bytes, size_t n, fc_artefact_id *out, fc_error *err)
{
    fc_sha256 hash;
    fc_status st;

    if (n > FC_ARTEFACT_MAX)
        return fc_error_set(err, FC_E_LIMIT, "a head of %zu bytes; at most %zu", n,
                            FC_ARTEFACT_MAX);
    st = fc__sha256(bytes, n, &hash, err);
    if (st == FC_OK)
        memcpy(out->bytes, hash.bytes, sizeof(out->bytes));
    return st;
}

bool fc__artefact_is_none(const fc_artefact_id *id)
{
    static const fc_artefact_id none;

    return memcmp(id, &none, sizeof(none)) == 0;
}

void fc__artefact_hex(const fc_artefact_id *id, char out[FC_ARTEFACT_HEX_BYTES])
{
    for (size_t i = 0; i < sizeof(id->bytes); i++)
        snprintf(out + 2 * i, 3, "%02x", id->bytes[i]);
}

fc_status fc__snapshot_artefact(fc_snapshot *s, const fc_artefact_id *id, fc_buf *out,
                                fc_error *err)
{
    const fc_key key = fc__key_head(id->bytes);
    char hex[FC_ARTEFACT_HEX_BYTES];
    fc_artefact_id found;
    fc_span value;
    fc_status st = fc__row_get(&s->txn, FC_TABLE_HEAD, &key, &value, err);

    fc__artefact_hex(id, hex);
    if (st == FC_E_NOT_FOUND)
        return fc_error_set(err, FC_E_NOT_FOUND, "the store lacks the head %s that a space names",
                            hex);
    if (st == FC_OK)
        st = fc__artefact_id(value.data, value.n, &found, err);
    if (st == FC_OK && memcmp(&found, id, sizeof(found)) != 0)
        return fc__corrupt(err, FC_TABLE_HEAD, fc__key_span(&key), "the bytes have another hash");
    return st == FC_OK ? fc_buf_append(out, value.data, value.n, err) : st;
}
