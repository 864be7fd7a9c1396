/*
 * The rows of a data set: its header, and one record a version with the coverage.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"
#include "fc_text.h"

#define COVERAGE_MAX 65536

fc_status fc__dataset_check_name(const char *name, fc_error *err)
{
    const size_t n = strlen(name);

    if (n == 0)
        return fc_error_set(err, FC_E_INVALID, "a data set needs a name of 1 to %d bytes",
                            FC_DATASET_NAME_MAX);
    if (n > FC_DATASET_NAME_MAX)
        return fc_error_set(err, FC_E_INVALID,
                            "the data-set name '%.32s...' has %zu bytes; at most %d", name, n,
                            FC_DATASET_NAME_MAX);
    if (fc__utf8_valid_prefix(name, n) != n)
        return fc_error_set(err, FC_E_INVALID, "a data-set name must be valid UTF-8");
    for (size_t i = 0; i < n; i++)
        if (name[i] == '/' || name[i] == '@' || (unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return fc_error_set(err, FC_E_INVALID,
                                "the data-set name '%.64s' may not hold '/', '@' or control "
                                "characters, and byte %zu is one",
                                name, i + 1);
    return FC_OK;
}

void fc__dataset_header_dispose(fc_dataset_header *h)
{
    free(h->root);
    *h = (fc_dataset_header){.number = 0};
}

fc_status fc__dataset_header_read(fc_dataset_header *out, const fc_key *key, fc_span value,
                                  fc_error *err)
{
    fc_reader r = fc_reader_over(value.data, value.n);
    const char *root;

    *out = (fc_dataset_header){.number = fc_read_u32(&r)};
    out->sealed = fc_read_u32(&r);
    out->building = fc_read_u32(&r);
    root = fc__cstr_read(&r);
    if (r.failed || fc_reader_left(&r) != 0 || out->number == 0 ||
        (out->building != 0 && out->building != out->sealed + 1))
        return fc__corrupt(err, FC_TABLE_DATASET, fc__key_span(key), "the row has another layout");
    out->root = fc__strdup(root);
    return out->root != NULL ? FC_OK : fc__nomem(err, strlen(root), "a data set");
}

fc_status fc__dataset_header_get(fc_txn *t, const char *name, fc_dataset_header *out, fc_error *err)
{
    const fc_key key = fc__key_dataset(name, 0);
    fc_span value;
    const fc_status st = fc__row_get(t, FC_TABLE_DATASET, &key, &value, err);

    *out = (fc_dataset_header){.number = 0};
    return st == FC_OK ? fc__dataset_header_read(out, &key, value, err) : st;
}

fc_status fc__dataset_header_write(const fc_dataset_header *h, const char *name, fc_buf *out,
                                   fc_error *err)
{
    const fc_key key = fc__key_dataset(name, 0);
    fc_status st = fc_buf_append_u32(out, h->number, err);

    if (st == FC_OK)
        st = fc_buf_append_u32(out, h->sealed, err);
    if (st == FC_OK)
        st = fc_buf_append_u32(out, h->building, err);
    if (st == FC_OK)
        st = fc__cstr_append(out, h->root, err);
    return st == FC_OK ? fc__row_seal(FC_TABLE_DATASET, &key, out, err) : st;
}

void fc__version_dispose(fc_version_record *v)
{
    free(v->source);
    free(v->coverage);
    *v = (fc_version_record){.number = 0};
}

static fc_status read_coverage(fc_version_record *out, fc_reader *r, fc_error *err)
{
    const uint64_t n = fc_read_varint(r);
    fc_status st;

    if (r->failed || n > COVERAGE_MAX || n > fc_reader_left(r)) {
        r->failed = true;
        return FC_OK;
    }
    st = fc__grow_array(&out->coverage, &out->coverage_capacity, (size_t)n, sizeof(*out->coverage),
                        err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n && !r->failed; i++) {
        fc_coverage_entry *e = &out->coverage[i];

        e->version = fc_read_u32(r);
        e->output = fc_read_u16(r);
        e->sealed = fc_read_u8(r) != 0;
        e->count = fc_read_u64(r);
        e->digest = fc__u128_read(r);
        if (i > 0 && (e[-1].version > e->version ||
                      (e[-1].version == e->version && e[-1].output >= e->output)))
            r->failed = true;
    }
    out->n_coverage = (size_t)n;
    return FC_OK;
}

fc_status fc__version_read(fc_version_record *out, fc_span key, fc_span value, fc_error *err)
{
    fc_reader r = fc_reader_over(value.data, value.n);
    const char *name, *source;
    uint8_t state;
    fc_status st = FC_OK;

    *out = (fc_version_record){.number = 0};
    if (!fc__key_dataset_read(key, &name, &out->number) || out->number == 0)
        return fc__corrupt(err, FC_TABLE_DATASET, key, "the key has another layout");
    state = fc_read_u8(&r);
    out->partial = fc_read_u8(&r) != 0;
    out->created_ns = (int64_t)fc_read_u64(&r);
    out->sealed_ns = (int64_t)fc_read_u64(&r);
    source = fc__cstr_read(&r);
    out->n_samples = fc_read_u64(&r);
    out->digest = fc__u128_read(&r);
    out->n_changes = fc_read_u64(&r);
    if (state != FC_BUILDING && state != FC_SEALED)
        r.failed = true;
    out->state = (fc_seal_state)state;
    if (!r.failed)
        st = read_coverage(out, &r, err);
    if (st == FC_OK && (r.failed || fc_reader_left(&r) != 0))
        st = fc__corrupt(err, FC_TABLE_DATASET, key, "the row has another layout");
    if (st == FC_OK) {
        out->source = fc__strdup(source);
        if (out->source == NULL)
            st = fc__nomem(err, strlen(source), "a data-set version");
    }
    if (st != FC_OK)
        fc__version_dispose(out);
    return st;
}

fc_status fc__version_get(fc_txn *t, const char *name, uint32_t number, fc_version_record *out,
                          fc_error *err)
{
    const fc_key key = fc__key_dataset(name, number);
    fc_span value;
    const fc_status st = fc__row_get(t, FC_TABLE_DATASET, &key, &value, err);

    *out = (fc_version_record){.number = 0};
    return st == FC_OK ? fc__version_read(out, fc__key_span(&key), value, err) : st;
}

fc_status fc__version_write(const fc_version_record *v, const char *name, fc_buf *out,
                            fc_error *err)
{
    const fc_key key = fc__key_dataset(name, v->number);
    fc_status st = fc_buf_append_u8(out, (uint8_t)v->state, err);

    if (st == FC_OK)
        st = fc_buf_append_u8(out, v->partial, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, (uint64_t)v->created_ns, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, (uint64_t)v->sealed_ns, err);
    if (st == FC_OK)
        st = fc__cstr_append(out, v->source, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, v->n_samples, err);
    if (st == FC_OK)
        st = fc__u128_append(out, v->digest, err);
    if (st == FC_OK)
        st = fc_buf_append_u64(out, v->n_changes, err);
    if (st == FC_OK)
        st = fc_buf_append_varint(out, v->n_coverage, err);
    for (size_t i = 0; i < v->n_coverage && st == FC_OK; i++) {
        const fc_coverage_entry *e = &v->coverage[i];

        st = fc_buf_append_u32(out, e->version, err);
        if (st == FC_OK)
            st = fc_buf_append_u16(out, e->output, err);
        if (st == FC_OK)
            st = fc_buf_append_u8(out, e->sealed, err);
        if (st == FC_OK)
            st = fc_buf_append_u64(out, e->count, err);
        if (st == FC_OK)
            st = fc__u128_append(out, e->digest, err);
    }
    return st == FC_OK ? fc__row_seal(FC_TABLE_DATASET, &key, out, err) : st;
}

fc_status fc__version_copy(fc_version_record *out, const fc_version_record *v, fc_error *err)
{
    *out = *v;
    out->coverage = fc__alloc_array(v->n_coverage, sizeof(*v->coverage));
    out->coverage_capacity = v->n_coverage;
    out->source = fc__strdup(v->source);
    if (out->coverage == NULL || out->source == NULL) {
        fc__version_dispose(out);
        return fc__nomem(err, v->n_coverage * sizeof(*v->coverage), "a data-set version");
    }
    if (v->n_coverage > 0)
        memcpy(out->coverage, v->coverage, v->n_coverage * sizeof(*v->coverage));
    return FC_OK;
}

/* Index of the entry, or of where it would stand. */
static size_t entry_place(const fc_version_record *v, fc_version_id version, fc_output_id output)
{
    size_t low = 0, high = v->n_coverage;

    while (low < high) {
        const size_t mid = (low + high) / 2;
        const fc_coverage_entry *e = &v->coverage[mid];

        if (e->version < version || (e->version == version && e->output < output))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

fc_coverage_entry *fc__version_entry(const fc_version_record *v, fc_version_id version,
                                     fc_output_id output)
{
    const size_t at = entry_place(v, version, output);

    if (at < v->n_coverage && v->coverage[at].version == version &&
        v->coverage[at].output == output)
        return &v->coverage[at];
    return NULL;
}

fc_status fc__version_add_entry(fc_version_record *v, fc_version_id version, fc_output_id output,
                                fc_coverage_entry **out, fc_error *err)
{
    const size_t at = entry_place(v, version, output);
    fc_status st;

    if (v->n_coverage >= COVERAGE_MAX)
        return fc_error_set(err, FC_E_LIMIT, "a data-set version covers at most %d outputs",
                            COVERAGE_MAX);
    st = fc__grow_array(&v->coverage, &v->coverage_capacity, v->n_coverage + 1,
                        sizeof(*v->coverage), err);
    if (st != FC_OK)
        return st;
    memmove(&v->coverage[at + 1], &v->coverage[at], (v->n_coverage - at) * sizeof(*v->coverage));
    v->coverage[at] = (fc_coverage_entry){.version = version, .output = output};
    v->n_coverage++;
    *out = &v->coverage[at];
    return FC_OK;
}
