/*
 * Parts that several records share, and the two smallest records: meta and content.
 */
#include "fc_store_internal.h"

fc_status fc__cstr_append(fc_buf *b, const char *s, fc_error *err)
{
    const fc_status st = fc_buf_append_str(b, s, err);

    return st == FC_OK ? fc_buf_append_u8(b, 0, err) : st;
}

const char *fc__cstr_read(fc_reader *r)
{
    size_t n;
    const uint8_t *s = fc_read_bytes(r, &n);
    const uint8_t *nul = fc_read_span(r, 1);

    if (s == NULL || nul == NULL || *nul != 0 || memchr(s, 0, n) != NULL) {
        r->failed = true;
        return NULL;
    }
    return (const char *)s;
}

fc_status fc__u128_append(fc_buf *b, fc_u128 v, fc_error *err)
{
    const fc_status st = fc_buf_append_u64(b, v.low, err);

    return st == FC_OK ? fc_buf_append_u64(b, v.high, err) : st;
}

fc_u128 fc__u128_read(fc_reader *r)
{
    fc_u128 v;

    v.low = fc_read_u64(r);
    v.high = fc_read_u64(r);
    return v;
}

fc_status fc__file_id_append(fc_buf *b, const fc_file_id *f, fc_error *err)
{
    const uint64_t fields[5] = {f->device, f->inode, f->size, (uint64_t)f->mtime_ns,
                                (uint64_t)f->ctime_ns};
    fc_status st = FC_OK;

    for (size_t i = 0; i < 5 && st == FC_OK; i++)
        st = fc_buf_append_u64(b, fields[i], err);
    return st;
}

fc_file_id fc__file_id_read(fc_reader *r)
{
    fc_file_id f;

    f.device = fc_read_u64(r);
    f.inode = fc_read_u64(r);
    f.size = fc_read_u64(r);
    f.mtime_ns = (int64_t)fc_read_u64(r);
    f.ctime_ns = (int64_t)fc_read_u64(r);
    return f;
}

fc_status fc__meta_row_get(fc_txn *t, fc_meta_row *out, fc_error *err)
{
    const fc_key key = fc__key_meta();
    fc_span value;
    fc_reader r;
    const uint8_t *id;
    fc_status st = fc__row_get(t, FC_TABLE_META, &key, &value, err);

    if (st == FC_E_NOT_FOUND)
        return fc_error_set(err, FC_E_CORRUPT, "%s: the row of 'meta' is missing", t->env->path);
    if (st != FC_OK)
        return st;
    r = fc_reader_over(value.data, value.n);
    *out = (fc_meta_row){.format = fc_read_u32(&r)};
    if (!r.failed && out->format > FC_STORE_FORMAT)
        return fc_error_set(
            err, FC_E_VERSION,
            "%s has store format %u; this featcache reads up to %u: use a newer one", t->env->path,
            out->format, FC_STORE_FORMAT);
    id = fc_read_span(&r, sizeof(out->store_id));
    if (id != NULL)
        memcpy(out->store_id, id, sizeof(out->store_id));
    out->created_ns = (int64_t)fc_read_u64(&r);
    out->generation = fc_read_u64(&r);
    out->next_content = fc_read_u64(&r);
    out->next_encoder = fc_read_u32(&r);
    out->next_dataset = fc_read_u32(&r);
    out->unsealed_items = fc_read_u64(&r);
    if (r.failed || fc_reader_left(&r) != 0 || out->format == 0 || out->next_content == 0 ||
        out->next_encoder == 0 || out->next_dataset == 0)
        return fc__corrupt(err, FC_TABLE_META, fc__key_span(&key), "the row has another layout");
    return FC_OK;
}

fc_status fc__meta_row_write(const fc_meta_row *m, fc_buf *out, fc_error *err)
{
    const fc_key key = fc__key_meta();
    fc_status st = fc_buf_append_u32(out, m->format, err);

    if (st == FC_OK)
        st = fc_buf_append(out, m->store_id, sizeof(m->store_id), err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, (uint64_t)m->created_ns, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, m->generation, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, m->next_content, err);
    if (st == FC_OK)
        st = fc_buf_append_u32(out, m->next_encoder, err);
    if (st == FC_OK)
        st = fc_buf_append_u32(out, m->next_dataset, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, m->unsealed_items, err);
    return st == FC_OK ? fc__row_seal(FC_TABLE_META, &key, out, err) : st;
}

fc_status fc__content_get(fc_txn *t, const fc_sha256 *hash, uint64_t *content, fc_error *err)
{
    const fc_key key = fc__key_content(hash);
    fc_span value;
    fc_reader r;
    const fc_status st = fc__row_get(t, FC_TABLE_CONTENT, &key, &value, err);

    if (st != FC_OK)
        return st;
    r = fc_reader_over(value.data, value.n);
    *content = fc_read_u64(&r);
    if (r.failed || fc_reader_left(&r) != 0 || *content == 0)
        return fc__corrupt(err, FC_TABLE_CONTENT, fc__key_span(&key), "the row has another layout");
    return FC_OK;
}

fc_status fc__content_write(const fc_sha256 *hash, uint64_t content, fc_buf *out, fc_error *err)
{
    const fc_key key = fc__key_content(hash);
    const fc_status st = fc_buf_append_u64(out, content, err);

    return st == FC_OK ? fc__row_seal(FC_TABLE_CONTENT, &key, out, err) : st;
}
