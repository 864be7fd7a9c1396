/*
 * The encoder fingerprint: SHA-256 over the parts of a card that can change a number.
 */
#include "fc_fingerprint.h"

#include <assert.h>
#include <string.h>

fc_status fc__fingerprint(const fc_card_part *parts, size_t n_parts, fc_sha256 *out, fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_status st;

    st = fc_buf_append_str(&bytes, FC_FINGERPRINT_DOMAIN, err);
    if (st != FC_OK)
        goto done;
    st = fc_buf_append_varint(&bytes, n_parts, err);
    if (st != FC_OK)
        goto done;
    for (size_t i = 0; i < n_parts; i++) {
        assert(i == 0 || strcmp(parts[i - 1].key, parts[i].key) < 0);
        st = fc_buf_append_str(&bytes, parts[i].key, err);
        if (st != FC_OK)
            goto done;
        st = fc_buf_append_str(&bytes, parts[i].value, err);
        if (st != FC_OK)
            goto done;
    }
    st = fc__sha256(bytes.data, bytes.size, out, err);

done:
    fc_buf_dispose(&bytes);
    return st;
}
