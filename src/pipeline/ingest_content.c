/*
 * The content id. Its input is written down in schemas/store.md; a change of it would make every
 * content new, so it carries a version.
 */
#include "ingest_content.h"

#include <math.h>
#include <string.h>

#include "fc_bytes.h"
#include "fc_npy_header.h"

static const char domain[] = "featcache content 1";

/* The header of a .npy in our words into `header`; false: hash the bytes as they are. */
static bool write_header(const uint8_t *bytes, size_t n, uint8_t header[FC_NPY_HEADER_BYTES],
                         fc_npy_header *h)
{
    return n >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0 &&
           fc__npy_header_read(bytes, n, "", h, NULL) == FC_OK && h->n_bytes == n - h->data_at &&
           fc__npy_header_write_as(h->kind, h->width, h->rank, h->shape, header, NULL) == FC_OK;
}

fc_status fc__content_hash(fc_modality modality, double start_s, double end_s, const void *bytes,
                           size_t n, fc_sha256 *out, fc_error *err)
{
    uint8_t head[sizeof(domain) + 1 + 8 + 8 + 8];
    uint8_t header[FC_NPY_HEADER_BYTES];
    const uint8_t *rest = bytes;
    size_t n_header = 0, n_rest = n;
    fc_sha256_stream *stream;
    fc_npy_header npy;
    fc_status st;

    if (modality != FC_TEXT && write_header(bytes, n, header, &npy)) {
        n_header = sizeof(header);
        rest += npy.data_at;
        n_rest -= npy.data_at;
    }

    memcpy(head, domain, sizeof(domain)); /* the NUL ends it */
    head[sizeof(domain)] = (uint8_t)modality;
    fc_put_le64(head + sizeof(domain) + 1, (uint64_t)(int64_t)llround(start_s * 1e9));
    fc_put_le64(head + sizeof(domain) + 9, (uint64_t)(int64_t)llround(end_s * 1e9));
    fc_put_le64(head + sizeof(domain) + 17, (uint64_t)(n_header + n_rest));
    st = fc__sha256_create(&stream, err);
    if (st != FC_OK)
        return st;
    st = fc__sha256_update(stream, head, sizeof(head), err);
    if (st == FC_OK)
        st = fc__sha256_update(stream, header, n_header, err);
    if (st == FC_OK)
        st = fc__sha256_update(stream, rest, n_rest, err);
    if (st == FC_OK)
        st = fc__sha256_final(stream, out, err);
    fc__sha256_destroy(stream);
    return st;
}
