/*
 * The batch: what the pipeline hands over, copied, until the commit.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_queue.h"
#include "fc_store_internal.h"

#define REASON_MAX  4096
#define SESSION_MAX (512u * 1024u) /* ids remembered to find repeats: 32 MiB */

void fc__batch_clear(fc_batch *b)
{
    for (size_t i = 0; i < b->n_items; i++)
        free(b->items[i]);
    for (size_t i = 0; i < b->n_rows; i++)
        fc_buf_dispose(&b->rows[i].bytes);
    for (size_t i = 0; i < b->n_failures; i++) {
        free(b->failures[i].id);
        free(b->failures[i].reason);
    }
    b->n_items = b->n_rows = b->n_contents = b->n_failures = 0;
    b->bytes = 0;
    fc__idmap_clear(&b->row_of);
    fc__idmap_clear(&b->content_of);
    fc__idmap_clear(&b->failed);
}

void fc__batch_dispose(fc_batch *b)
{
    fc__batch_clear(b);
    free(b->items);
    free(b->rows);
    free(b->contents);
    free(b->failures);
    fc__idmap_dispose(&b->row_of);
    fc__idmap_dispose(&b->content_of);
    fc__idmap_dispose(&b->failed);
    *b = (fc_batch){.items = NULL};
}

size_t fc__writer_pending_bytes(const fc_writer *w)
{
    return w->batch.bytes;
}

fc_status fc__writer_content(fc_writer *w, const fc_sha256 *hash, uint64_t *content, fc_error *err)
{
    fc_batch *b = &w->batch;
    const uint64_t *at;
    fc_status st = fc__writer_check(w, err);

    if (st != FC_OK)
        return st;
    at = fc__idmap_find(&b->content_of, hash->bytes);
    if (at != NULL) {
        *content = b->contents[*at].content;
        /* Half of a SHA-256 that agrees means a broken hash or broken memory. */
        return memcmp(b->contents[*at].hash.bytes, hash->bytes, FC_SHA256_BYTES) == 0
                   ? FC_OK
                   : fc_error_set(err, FC_E_UNSUPPORTED,
                                  "two contents share half of their SHA-256");
    }
    st = fc__writer_look(w, err);
    if (st == FC_OK)
        st = fc__content_get(&w->reader, hash, content, err);
    fc__writer_unlook(w);
    if (st != FC_E_NOT_FOUND)
        return st;
    st = fc__grow_array(&b->contents, &b->contents_capacity, b->n_contents + 1,
                        sizeof(*b->contents), err);
    if (st == FC_OK)
        st = fc__idmap_put(&b->content_of, hash->bytes, b->n_contents, err);
    if (st != FC_OK)
        return st;
    *content = w->meta.next_content++;
    w->meta_dirty = true;
    b->contents[b->n_contents++] = (fc_pending_content){*hash, *content};
    b->bytes += sizeof(fc_pending_content) + sizeof(fc_idmap_slot);
    return FC_OK;
}

static fc_status check_item(fc_writer *w, fc_version_id version, fc_output_id output,
                            const fc_item_layout *layout, const fc_item *item, fc_error *err)
{
    const fc_encoder_record *encoder;
    const fc_output_info *info;
    fc_item_layout wanted;
    fc_status st = fc__writer_output(w, version, output, &encoder, &info, err);

    if (st != FC_OK)
        return st;
    if (!fc__output_layout(info, &wanted) || !fc__layout_equal(&wanted, layout))
        return fc_error_set(err, FC_E_INVALID,
                            "an item of output '%s' has another precision or shape than the output",
                            info->name);
    if ((info->rank == 1 && item->n_rows != 1) ||
        (info->rank > 1 && info->shape[0] != 0 && item->n_rows != info->shape[0]))
        return fc_error_set(err, FC_E_INVALID, "an item of output '%s' has %llu rows", info->name,
                            (unsigned long long)item->n_rows);
    if (item->content == 0 || item->content >= w->meta.next_content)
        return fc_error_set(err, FC_E_INVALID, "an item of unknown content number %llu",
                            (unsigned long long)item->content);
    return FC_OK;
}

fc_status fc__writer_item(fc_writer *w, fc_version_id version, fc_output_id output,
                          const fc_item_layout *layout, const fc_item *item,
                          const fc_quant_error *e, fc_error *err)
{
    fc_batch *b = &w->batch;
    const bool timed = item->time.kind == FC_TIME_EXPLICIT;
    fc_pending_item *p;
    size_t bytes, times = 0, total;
    fc_status st = fc__writer_check(w, err);

    if (st == FC_OK)
        st = check_item(w, version, output, layout, item, err);
    if (st == FC_OK)
        st = fc__grow_array(&b->items, &b->items_capacity, b->n_items + 1, sizeof(*b->items), err);
    if (st != FC_OK)
        return st;
    if (!fc__mul((size_t)item->n_rows, fc__layout_row_bytes(layout), &bytes) ||
        (timed && !fc__mul((size_t)item->n_rows, 2 * sizeof(int64_t), &times)) ||
        !fc__add(bytes, times, &total) || !fc__add(total, sizeof(*p), &total))
        return fc__nomem(err, SIZE_MAX, "an item");
    p = malloc(total);
    if (p == NULL)
        return fc__nomem(err, total, "an item");
    *p = (fc_pending_item){.version = version,
                           .output = output,
                           .item = *item,
                           .error = e != NULL ? *e : (fc_quant_error){0, 0, 0, 0},
                           .order = b->n_items};
    /* The intervals first: the struct's end is aligned for them. */
    if (times > 0)
        memcpy(p + 1, item->time.intervals, times);
    if (bytes > 0)
        memcpy((uint8_t *)(p + 1) + times, item->bytes, bytes);
    p->item.time.intervals = timed ? (const int64_t *)(const void *)(p + 1) : NULL;
    p->item.bytes = (uint8_t *)(p + 1) + times;
    p->item.first_row = 0;
    p->item.total_rows = item->n_rows;
    b->items[b->n_items++] = p;
    b->bytes += total;
    return FC_OK;
}

/* A row as it is stored, in w->scratch. */
static fc_status serialise(fc_writer *w, const fc_sample_row *row, fc_buf *out, fc_error *err)
{
    static const fc_meta none = FC_META_INIT;
    fc_sample_record r = {.last = FC_VERSION_OPEN,
                          .content = row->content,
                          .hash = row->content_hash,
                          .modality = row->modality,
                          .start_s = row->start_s,
                          .end_s = row->end_s,
                          .has_file = row->has_file,
                          .file = row->file,
                          .scanned_ns = row->scanned_ns,
                          .id = row->id,
                          .group = row->group,
                          .split = row->split,
                          .path = row->path,
                          .preview = row->preview};
    fc_status st;

    fc_buf_clear(&w->value);
    st = fc__meta_write(row->meta != NULL ? row->meta : &none, &w->value, err);
    r.meta = (fc_span){w->value.data, w->value.size};
    return st == FC_OK ? fc__sample_write(&r, NULL, out, err) : st;
}

static fc_status check_row(const fc_writer *w, const fc_sample_row *row, fc_error *err)
{
    const size_t n = strlen(row->id);

    if (w->building == NULL)
        return fc_error_set(err, FC_E_INVALID, "no data set has been begun");
    if (n == 0 || n > FC_SAMPLE_ID_MAX)
        return fc_error_set(err, FC_E_INVALID, "a sample id has %zu bytes; 1 to %d are allowed", n,
                            FC_SAMPLE_ID_MAX);
    if (row->content == 0 || row->content >= w->meta.next_content)
        return fc_error_set(err, FC_E_INVALID, "sample '%.128s': unknown content number %llu",
                            row->id, (unsigned long long)row->content);
    return FC_OK;
}

/* Everything of the row but the file identity: what a second put must repeat. */
static fc_status row_hash(fc_writer *w, fc_span bytes, uint64_t *out, fc_error *err)
{
    const fc_span no_key = {NULL, 0};
    fc_sample_record r;
    fc_u128 digest;
    fc_status st = fc__sample_read(&r, no_key, bytes, err);

    if (st == FC_OK)
        st = fc__sample_digest(&r, &w->scratch, &digest, err);
    if (st == FC_OK)
        st = fc_buf_append_str(&w->scratch, r.path, err);
    if (st == FC_OK)
        st = fc_buf_append_str(&w->scratch, r.preview, err);
    if (st == FC_OK)
        *out = fc__xxh128(w->scratch.data, w->scratch.size).low;
    return st;
}

fc_status fc__writer_sample(fc_writer *w, const fc_sample_row *row, bool *duplicate, fc_error *err)
{
    fc_batch *b = &w->batch;
    fc_pending_row p = {.bytes = FC_BUF_INIT};
    const uint64_t *at;
    uint64_t hash;
    fc_status st = fc__writer_check(w, err);

    *duplicate = false;
    if (st == FC_OK)
        st = check_row(w, row, err);
    if (st == FC_OK)
        st = serialise(w, row, &p.bytes, err);
    if (st == FC_OK)
        st = row_hash(w, (fc_span){p.bytes.data, p.bytes.size}, &hash, err);
    if (st != FC_OK)
        goto failed;
    fc__sample_id_hash(row->id, p.id_hash);
    at = fc__idmap_find(&w->session, p.id_hash);
    if (at != NULL && *at != hash) {
        *duplicate = true;
        goto failed;
    }
    /* Bounded: a repeat further apart counts as a change of the row; the caller's set of ids seen
     * still tells that there was one. */
    if (w->session.n >= SESSION_MAX)
        fc__idmap_clear(&w->session);
    st = fc__idmap_put(&w->session, p.id_hash, hash, err);
    if (st == FC_OK)
        st = fc__writer_clear_failure(w, row->id, 0, err);
    if (st != FC_OK)
        goto failed;
    at = fc__idmap_find(&b->row_of, p.id_hash);
    if (at != NULL) { /* the same again: the newer file identity counts */
        fc_buf_dispose(&b->rows[*at].bytes);
        b->rows[*at].bytes = p.bytes;
        return FC_OK;
    }
    st = fc__grow_array(&b->rows, &b->rows_capacity, b->n_rows + 1, sizeof(*b->rows), err);
    if (st == FC_OK)
        st = fc__idmap_put(&b->row_of, p.id_hash, b->n_rows, err);
    if (st != FC_OK)
        goto failed;
    b->rows[b->n_rows++] = p;
    b->bytes += p.bytes.capacity + sizeof(p) + sizeof(fc_idmap_slot);
    return FC_OK;

failed:
    fc_buf_dispose(&p.bytes);
    return st;
}

static fc_status add_failure(fc_writer *w, const char *id, fc_pending_failure *f, fc_error *err)
{
    fc_batch *b = &w->batch;
    uint8_t mixed[16];
    fc_status st = w->building == NULL
                       ? fc_error_set(err, FC_E_INVALID, "no data set has been begun")
                       : fc__grow_array(&b->failures, &b->failures_capacity, b->n_failures + 1,
                                        sizeof(*b->failures), err);

    if (st != FC_OK)
        return st;
    fc__sample_id_hash(id, f->id_hash);
    memcpy(mixed, f->id_hash, sizeof(mixed));
    fc_put_le32(mixed, fc_get_le32(mixed) ^ f->version);
    if (f->clear)
        f->after_put = fc__idmap_find(&b->failed, mixed) != NULL;
    else
        st = fc__idmap_put(&b->failed, mixed, 1, err);
    if (st != FC_OK)
        return st;
    b->failures[b->n_failures++] = *f;
    b->bytes += sizeof(*f) + (f->clear ? 0 : strlen(f->id) + strlen(f->reason));
    return FC_OK;
}

fc_status fc__writer_failure(fc_writer *w, const char *id, fc_version_id version,
                             const char *reason, const fc_file_id *file, fc_error *err)
{
    fc_pending_failure f = {.version = version, .time_ns = fc__wall_ns()};
    fc_status st = fc__writer_check(w, err);

    if (st != FC_OK)
        return st;
    f.has_file = file != NULL;
    if (file != NULL)
        f.file = *file;
    f.id = fc__strdup(id);
    f.reason = fc__strndup(reason, strnlen(reason, REASON_MAX));
    if (f.id == NULL || f.reason == NULL)
        st = fc__nomem(err, strlen(id), "a failure");
    else
        st = add_failure(w, id, &f, err);
    if (st != FC_OK) {
        free(f.id);
        free(f.reason);
    }
    return st;
}

fc_status fc__writer_clear_failure(fc_writer *w, const char *id, fc_version_id version,
                                   fc_error *err)
{
    fc_pending_failure f = {.version = version, .clear = true};
    const fc_status st = fc__writer_check(w, err);

    return st == FC_OK ? add_failure(w, id, &f, err) : st;
}
