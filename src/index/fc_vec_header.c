/*
 * The header of a .vec file: its fields to bytes and back, and the hash that names the segment.
 * Offsets are those of schemas/segment.md.
 */
#include "fc_vec_file.h"

#include "fc_bytes.h"

#define LAYOUT_VERSION 1

static const char magic[8] = {'F', 'C', 'V', 'E', 'C', 'S', 'E', 'G'};

enum {
    AT_VERSION = 8,
    AT_HEADER_BYTES = 12,
    AT_STORE_ID = 16,
    AT_ENCODER = 32,
    AT_OUTPUT = 36,
    AT_DTYPE = 38,
    AT_DIM = 40,
    AT_STRIDE = 44,
    AT_COUNT = 48,
    AT_FIRST = 56,
    AT_LAST = 64,
    AT_PAGE_BYTES = 72,
    AT_N_PAGES = 76,
    AT_TABLE_CRC = 80,
    AT_SPACE = 96,
    AT_KIND = 160,
    AT_HASH = FC_VEC_HEADER_BYTES - 20,
    AT_CRC = FC_VEC_HEADER_BYTES - 4,
};

uint32_t fc__vec_stride(fc_dtype dtype, uint32_t dim)
{
    const uint32_t bytes = dim * (uint32_t)fc_dtype_size(dtype);

    return (bytes + FC_VEC_ALIGN - 1) / FC_VEC_ALIGN * FC_VEC_ALIGN;
}

uint64_t fc__vec_data_bytes(const fc_vec_header *h)
{
    return h->count * (h->stride + sizeof(uint64_t));
}

uint64_t fc__vec_file_bytes(const fc_vec_header *h)
{
    return FC_VEC_HEADER_BYTES + fc__vec_data_bytes(h) + UINT64_C(4) * h->n_pages;
}

/* Every byte but the hash and the CRC. */
static void encode_fields(const fc_vec_header *h, uint8_t *out)
{
    memset(out, 0, FC_VEC_HEADER_BYTES);
    memcpy(out, magic, sizeof(magic));
    fc_put_le32(out + AT_VERSION, LAYOUT_VERSION);
    fc_put_le32(out + AT_HEADER_BYTES, FC_VEC_HEADER_BYTES);
    memcpy(out + AT_STORE_ID, h->identity.store_id, sizeof(h->identity.store_id));
    fc_put_le32(out + AT_ENCODER, h->identity.version);
    fc_put_le16(out + AT_OUTPUT, h->identity.output);
    fc_put_le16(out + AT_DTYPE, (uint16_t)h->dtype);
    fc_put_le32(out + AT_DIM, h->dim);
    fc_put_le32(out + AT_STRIDE, h->stride);
    fc_put_le64(out + AT_COUNT, h->count);
    fc_put_le64(out + AT_FIRST, h->first_content);
    fc_put_le64(out + AT_LAST, h->last_content);
    fc_put_le32(out + AT_PAGE_BYTES, FC_VEC_PAGE_BYTES);
    fc_put_le32(out + AT_N_PAGES, h->n_pages);
    fc_put_le32(out + AT_TABLE_CRC, h->table_crc);
    memcpy(out + AT_SPACE, h->identity.space, strnlen(h->identity.space, 63));
    memcpy(out + AT_KIND, h->kind, strnlen(h->kind, 31));
}

fc_status fc__vec_header_hash(fc_vec_header *h, const uint8_t *table, fc_error *err)
{
    uint8_t bytes[FC_VEC_HEADER_BYTES];
    fc_xxh128 *state = NULL;
    fc_status st = fc__xxh128_create(&state, err);

    if (st != FC_OK)
        return st;
    encode_fields(h, bytes);
    fc__xxh128_update(state, bytes, AT_HASH);
    fc__xxh128_update(state, table, (size_t)h->n_pages * 4);
    h->hash = fc__xxh128_final(state);
    fc__xxh128_destroy(state);
    return FC_OK;
}

void fc__vec_header_encode(const fc_vec_header *h, uint8_t out[FC_VEC_HEADER_BYTES])
{
    encode_fields(h, out);
    fc_put_le64(out + AT_HASH, h->hash.low);
    fc_put_le64(out + AT_HASH + 8, h->hash.high);
    fc_put_le32(out + AT_CRC, fc__crc32c(0, out, AT_CRC));
}

/* What the fields say must fit together, so that every later offset is inside the file. */
static bool fields_consistent(const fc_vec_header *h)
{
    uint64_t pages;

    if ((h->dtype != FC_F16 && h->dtype != FC_F32) || h->dim == 0 || h->dim > FC_VEC_MAX_DIM ||
        h->count == 0 || h->stride != fc__vec_stride(h->dtype, h->dim))
        return false;
    /* Nothing that can be mapped reaches 2^48 bytes, so no product below overflows. */
    if (h->count > (UINT64_C(1) << 48) / (h->stride + sizeof(uint64_t)))
        return false;
    pages = (fc__vec_data_bytes(h) + FC_VEC_PAGE_BYTES - 1) / FC_VEC_PAGE_BYTES;
    return pages == h->n_pages && h->last_content >= h->first_content &&
           h->last_content - h->first_content >= h->count - 1 && h->kind[0] != '\0';
}

fc_status fc__vec_header_decode(fc_vec_header *h, const uint8_t *bytes, size_t n, const char *path,
                                fc_error *err)
{
    *h = (fc_vec_header){0};
    if (n < FC_VEC_HEADER_BYTES || memcmp(bytes, magic, sizeof(magic)) != 0)
        return fc_error_set(err, FC_E_CORRUPT, "%s: not a segment file (%zu bytes)", path, n);
    /* Every layout version keeps the CRC here, so a newer file is told from a damaged one. */
    if (fc__crc32c(0, bytes, AT_CRC) != fc_get_le32(bytes + AT_CRC))
        return fc_error_set(err, FC_E_CORRUPT, "%s: the header fails its checksum", path);
    if (fc_get_le32(bytes + AT_VERSION) != LAYOUT_VERSION)
        return fc_error_set(err, FC_E_VERSION, "%s: layout version %u; this featcache reads %u",
                            path, fc_get_le32(bytes + AT_VERSION), LAYOUT_VERSION);

    memcpy(h->identity.store_id, bytes + AT_STORE_ID, sizeof(h->identity.store_id));
    h->identity.version = fc_get_le32(bytes + AT_ENCODER);
    h->identity.output = fc_get_le16(bytes + AT_OUTPUT);
    h->dtype = (fc_dtype)fc_get_le16(bytes + AT_DTYPE);
    h->dim = fc_get_le32(bytes + AT_DIM);
    h->stride = fc_get_le32(bytes + AT_STRIDE);
    h->count = fc_get_le64(bytes + AT_COUNT);
    h->first_content = fc_get_le64(bytes + AT_FIRST);
    h->last_content = fc_get_le64(bytes + AT_LAST);
    h->n_pages = fc_get_le32(bytes + AT_N_PAGES);
    h->table_crc = fc_get_le32(bytes + AT_TABLE_CRC);
    memcpy(h->identity.space, bytes + AT_SPACE, sizeof(h->identity.space) - 1);
    memcpy(h->kind, bytes + AT_KIND, sizeof(h->kind) - 1);
    h->hash = (fc_u128){fc_get_le64(bytes + AT_HASH), fc_get_le64(bytes + AT_HASH + 8)};

    if (fc_get_le32(bytes + AT_HEADER_BYTES) != FC_VEC_HEADER_BYTES ||
        fc_get_le32(bytes + AT_PAGE_BYTES) != FC_VEC_PAGE_BYTES || !fields_consistent(h))
        return fc_error_set(err, FC_E_CORRUPT,
                            "%s: the header contradicts itself (dim %u, stride %u, count %llu)",
                            path, h->dim, h->stride, (unsigned long long)h->count);
    return FC_OK;
}
