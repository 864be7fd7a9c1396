/*
 * Heads and fit records, to and from the bytes that the store keeps under their hash.
 */
#include "space_artefact.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

static const char head_magic[4] = "FCHA", record_magic[4] = "FCFR";

#define LAYOUT_VERSION 1u

static fc_status begin(const char magic[4], fc_buf *out, fc_error *err)
{
    const fc_status st = fc_buf_append(out, magic, 4, err);

    return st == FC_OK ? fc_buf_append_u8(out, LAYOUT_VERSION, err) : st;
}

/* FC_E_CORRUPT for another kind of artefact, FC_E_VERSION for a layout of a newer program. */
static fc_status check_begin(fc_reader *r, const char magic[4], fc_error *err)
{
    const uint8_t *found = fc_read_span(r, 4);
    const uint8_t version = fc_read_u8(r);

    if (r->failed || memcmp(found, magic, 4) != 0)
        return fc_error_set(err, FC_E_CORRUPT, "what a space names as '%.4s' is something else",
                            magic);
    return version == LAYOUT_VERSION
               ? FC_OK
               : fc_error_set(err, FC_E_VERSION,
                              "'%.4s' of layout %u: this featcache reads %u; use a newer one",
                              magic, version, LAYOUT_VERSION);
}

fc_status fc__artefact_write_head(const fc_head *head, const fc_space_member *members, size_t n,
                                  fc_buf *out, fc_error *err)
{
    fc_status st = begin(head_magic, out, err);

    if (st == FC_OK)
        st = fc_buf_append_u8(out, (uint8_t)n, err);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        st = fc_buf_append(out, members[i].fingerprint.bytes, FC_SHA256_BYTES, err);
        if (st == FC_OK)
            st = fc_buf_append_str(out, members[i].output, err);
    }
    return st == FC_OK ? fc__head_write(head, out, err) : st;
}

/* The members that the bytes name are those of the row. */
static bool is_bound(fc_reader *r, const fc_space_member *members, size_t n)
{
    bool same = fc_read_u8(r) == n;

    for (size_t i = 0; i < n && same && !r->failed; i++) {
        const uint8_t *fingerprint = fc_read_span(r, FC_SHA256_BYTES);
        char *output = fc_read_str(r);

        same = fingerprint != NULL && output != NULL &&
               memcmp(fingerprint, members[i].fingerprint.bytes, FC_SHA256_BYTES) == 0 &&
               strcmp(output, members[i].output) == 0;
        free(output);
    }
    return same && !r->failed;
}

fc_status fc__artefact_read_head(fc_head *out, const fc_buf *bytes, const fc_space_member *members,
                                 size_t n, uint32_t dim, fc_error *err)
{
    fc_reader r = fc_reader_over(bytes->data, bytes->size);
    size_t left;
    fc_status st;

    *out = (fc_head)FC_HEAD_INIT;
    st = check_begin(&r, head_magic, err);
    if (st != FC_OK)
        return st;
    if (!is_bound(&r, members, n))
        return fc_error_set(err, FC_E_CORRUPT,
                            "the head of encoder '%s' is bound to other encoder versions",
                            members[0].encoder);
    left = fc_reader_left(&r);
    st = fc__head_read(out, bytes->data + (bytes->size - left), left, err);
    if (st == FC_OK && (out->dim != dim || out->n_inputs != n)) {
        st = fc_error_set(err, FC_E_CORRUPT,
                          "the head of encoder '%s' maps %u inputs to %u dimensions, its space has "
                          "%zu and %u",
                          members[0].encoder, out->n_inputs, out->dim, n, dim);
        fc__head_dispose(out);
    }
    return st;
}

fc_status fc__artefact_write_record(const fc_fit_record *r, fc_buf *out, fc_error *err)
{
    fc_status st = begin(record_magic, out, err);

    if (st == FC_OK)
        st = fc_buf_append_str(out, r->json, err);
    if (st == FC_OK)
        st = fc_buf_append_varint(out, r->n_seen, err);
    for (size_t i = 0; i < r->n_seen && st == FC_OK; i++)
        st = fc_buf_append_u64(out, r->seen[i], err);
    return st;
}

fc_status fc__artefact_read_record(fc_fit_record *out, const fc_buf *bytes, fc_error *err)
{
    fc_reader r = fc_reader_over(bytes->data, bytes->size);
    uint64_t n;
    fc_status st;

    *out = (fc_fit_record){.n_seen = 0};
    st = check_begin(&r, record_magic, err);
    if (st != FC_OK)
        return st;
    out->json = fc_read_str(&r);
    n = fc_read_varint(&r);
    if (r.failed || n != fc_reader_left(&r) / 8 || fc_reader_left(&r) % 8 != 0) {
        fc__fit_record_dispose(out);
        return fc_error_set(err, FC_E_CORRUPT, "the record of a fit has another layout");
    }
    out->seen = fc__alloc_array((size_t)n, sizeof(*out->seen));
    if (out->seen == NULL) {
        fc__fit_record_dispose(out);
        return fc__nomem(err, (size_t)n * sizeof(*out->seen), "the record of a fit");
    }
    for (; out->n_seen < n; out->n_seen++)
        out->seen[out->n_seen] = fc_read_u64(&r);
    return FC_OK;
}

void fc__fit_record_dispose(fc_fit_record *r)
{
    free(r->json);
    free(r->seen);
    *r = (fc_fit_record){.n_seen = 0};
}

bool fc__fit_record_saw(const fc_fit_record *r, uint64_t key)
{
    size_t low = 0, high = r->n_seen;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (r->seen[middle] == key)
            return true;
        if (r->seen[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
