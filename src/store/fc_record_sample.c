/*
 * Sample rows and failure rows, and what a sample adds to the digests.
 */
#include "fc_bytes.h"
#include "fc_store_internal.h"

#define SAMPLE_HAS_FILE 0x01u

void fc__sample_id_hash(const char *id, uint8_t out[16])
{
    const fc_u128 h = fc__xxh128(id, strlen(id));

    fc_put_be64(out, h.high);
    fc_put_be64(out + 8, h.low);
}

fc_status fc__sample_read(fc_sample_record *out, fc_span key, fc_span value, fc_error *err)
{
    fc_reader r = fc_reader_over(value.data, value.n);
    const uint8_t *hash;
    uint8_t flags, modality;

    *out = (fc_sample_record){.last = fc_read_u32(&r)};
    out->content = fc_read_u64(&r);
    hash = fc_read_span(&r, FC_SHA256_BYTES);
    if (hash != NULL)
        memcpy(out->hash.bytes, hash, FC_SHA256_BYTES);
    modality = fc_read_u8(&r);
    flags = fc_read_u8(&r);
    out->modality = (fc_modality)modality;
    out->start_s = fc_read_f64(&r);
    out->end_s = fc_read_f64(&r);
    out->scanned_ns = (int64_t)fc_read_u64(&r);
    out->has_file = (flags & SAMPLE_HAS_FILE) != 0;
    if (out->has_file)
        out->file = fc__file_id_read(&r);
    out->id = fc__cstr_read(&r);
    out->group = fc__cstr_read(&r);
    out->split = fc__cstr_read(&r);
    out->path = fc__cstr_read(&r);
    out->preview = fc__cstr_read(&r);
    out->meta.data = fc_read_bytes(&r, &out->meta.n);
    if (r.failed || fc_reader_left(&r) != 0 || (flags & ~SAMPLE_HAS_FILE) != 0 || out->content == 0)
        return fc__corrupt(err, FC_TABLE_SAMPLE, key, "the row has another layout");
    return FC_OK;
}

fc_status fc__sample_write(const fc_sample_record *s, const fc_key *key, fc_buf *out, fc_error *err)
{
    const char *const strings[5] = {s->id, s->group, s->split, s->path, s->preview};
    fc_status st = fc_buf_append_u32(out, s->last, err);

    if (st == FC_OK)
        st = fc_buf_append_u64(out, s->content, err);
    if (st == FC_OK)
        st = fc_buf_append(out, s->hash.bytes, FC_SHA256_BYTES, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(out, (uint8_t)s->modality, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(out, s->has_file ? SAMPLE_HAS_FILE : 0, err);
    if (st == FC_OK)
        st = fc_buf_append_f64(out, s->start_s, err);
    if (st == FC_OK)
        st = fc_buf_append_f64(out, s->end_s, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, (uint64_t)s->scanned_ns, err);
    if (st == FC_OK && s->has_file)
        st = fc__file_id_append(out, &s->file, err);
    for (size_t i = 0; i < 5 && st == FC_OK; i++)
        st = fc__cstr_append(out, strings[i], err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(out, s->meta.data, s->meta.n, err);
    return st == FC_OK && key != NULL ? fc__row_seal(FC_TABLE_SAMPLE, key, out, err) : st;
}

/* Bits, not values: a NaN that is the same is the same. */
static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

bool fc__sample_same(const fc_sample_record *a, const fc_sample_record *b)
{
    return a->content == b->content && memcmp(a->hash.bytes, b->hash.bytes, FC_SHA256_BYTES) == 0 &&
           a->modality == b->modality && same_double(a->start_s, b->start_s) &&
           same_double(a->end_s, b->end_s) && strcmp(a->id, b->id) == 0 &&
           strcmp(a->group, b->group) == 0 && strcmp(a->split, b->split) == 0 &&
           strcmp(a->path, b->path) == 0 && strcmp(a->preview, b->preview) == 0 &&
           a->meta.n == b->meta.n &&
           (a->meta.n == 0 || memcmp(a->meta.data, b->meta.data, a->meta.n) == 0);
}

fc_status fc__sample_digest(const fc_sample_record *s, fc_buf *scratch, fc_u128 *out, fc_error *err)
{
    fc_status st;

    fc_buf_clear(scratch);
    st = fc_buf_append_str(scratch, s->id, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(scratch, s->hash.bytes, FC_SHA256_BYTES, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(scratch, (uint8_t)s->modality, err);
    if (st == FC_OK)
        st = fc_buf_append_str(scratch, s->group, err);
    if (st == FC_OK)
        st = fc_buf_append_str(scratch, s->split, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(scratch, s->meta.data, s->meta.n, err);
    if (st == FC_OK)
        st = fc_buf_append_f64(scratch, s->start_s, err);
    if (st == FC_OK)
        st = fc_buf_append_f64(scratch, s->end_s, err);
    if (st == FC_OK)
        *out = fc__xxh128(scratch->data, scratch->size);
    return st;
}

fc_status fc__contribution(const char *id, const fc_sha256 *content, const fc_sha256 *fingerprint,
                           const char *output, fc_u128 item, fc_buf *scratch, fc_u128 *out,
                           fc_error *err)
{
    fc_status st;

    fc_buf_clear(scratch);
    st = fc_buf_append_str(scratch, id, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(scratch, content->bytes, FC_SHA256_BYTES, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(scratch, fingerprint->bytes, FC_SHA256_BYTES, err);
    if (st == FC_OK)
        st = fc_buf_append_str(scratch, output, err);
    if (st == FC_OK)
        st = fc__u128_append(scratch, item, err);
    if (st == FC_OK)
        *out = fc__xxh128(scratch->data, scratch->size);
    return st;
}

fc_status fc__failure_read(fc_failure_record *out, fc_span key, fc_span value, fc_error *err)
{
    fc_reader r = fc_reader_over(value.data, value.n);
    uint8_t has_file;

    *out = (fc_failure_record){.time_ns = (int64_t)fc_read_u64(&r)};
    out->tries = fc_read_u32(&r);
    has_file = fc_read_u8(&r);
    out->has_file = has_file == 1;
    if (out->has_file)
        out->file = fc__file_id_read(&r);
    out->id = fc__cstr_read(&r);
    out->reason = fc__cstr_read(&r);
    if (r.failed || fc_reader_left(&r) != 0 || has_file > 1)
        return fc__corrupt(err, FC_TABLE_FAILURE, key, "the row has another layout");
    return FC_OK;
}

fc_status fc__failure_write(const fc_failure_record *f, const fc_key *key, fc_buf *out,
                            fc_error *err)
{
    fc_status st = fc_buf_append_u64(out, (uint64_t)f->time_ns, err);

    if (st == FC_OK)
        st = fc_buf_append_u32(out, f->tries, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(out, f->has_file, err);
    if (st == FC_OK && f->has_file)
        st = fc__file_id_append(out, &f->file, err);
    if (st == FC_OK)
        st = fc__cstr_append(out, f->id, err);
    if (st == FC_OK)
        st = fc__cstr_append(out, f->reason, err);
    return st == FC_OK ? fc__row_seal(FC_TABLE_FAILURE, key, out, err) : st;
}
