/*
 * The content id. Its input is written down in schemas/store.md; a change of it would make every
 * content new, so it carries a version.
 */
#include "ingest_content.h"

#include <math.h>
#include <string.h>

#include "fc_bytes.h"

static const char domain[] = "featcache content 1";

fc_status fc__content_hash(fc_modality modality, double start_s, double end_s, const void *bytes,
                           size_t n, fc_sha256 *out, fc_error *err)
{
    uint8_t head[sizeof(domain) + 1 + 8 + 8 + 8];
    fc_sha256_stream *stream;
    fc_status st;

    memcpy(head, domain, sizeof(domain)); /* the NUL ends it */
    head[sizeof(domain)] = (uint8_t)modality;
    fc_put_le64(head + sizeof(domain) + 1, (uint64_t)(int64_t)llround(start_s * 1e9));
    fc_put_le64(head + sizeof(domain) + 9, (uint64_t)(int64_t)llround(end_s * 1e9));
    fc_put_le64(head + sizeof(domain) + 17, (uint64_t)n);
    st = fc__sha256_create(&stream, err);
    if (st != FC_OK)
        return st;
    st = fc__sha256_update(stream, head, sizeof(head), err);
    if (st == FC_OK)
        st = fc__sha256_update(stream, bytes, n, err);
    if (st == FC_OK)
        st = fc__sha256_final(stream, out, err);
    fc__sha256_destroy(stream);
    return st;
}
