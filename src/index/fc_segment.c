/*
 * Opening a segment: the .vec must be sound; a .faiss that is not is left out, and the segment is
 * scanned exactly in its place.
 */
#include "fc_segment.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"

/* FOLDER/HASH.SUFFIX on the heap. */
static char *segment_path(const char *folder, const char *hash, const char *suffix)
{
    char name[64];

    snprintf(name, sizeof(name), "%.32s.%s", hash, suffix);
    return fc__path_join(folder, name);
}

static bool is_hash(const char *hash)
{
    return strlen(hash) == 32 && strspn(hash, "0123456789abcdef") == 32;
}

static void fill_info(fc_segment *s)
{
    const fc_vec_header *h = &s->vec.h;

    fc__u128_hex(h->hash, s->info.hash);
    s->info.count = h->count;
    s->info.dim = h->dim;
    s->info.first_content = h->first_content;
    s->info.last_content = h->last_content;
    memcpy(s->info.kind, h->kind, sizeof(s->info.kind));
    s->info.exact = s->faiss == NULL;
}

static fc_status check_identity(const fc_vec_file *vec, const char *hash,
                                const fc_segment_identity *want, fc_error *err)
{
    const fc_segment_identity *is = &vec->h.identity;
    char name[FC_U128_HEX_BYTES];

    fc__u128_hex(vec->h.hash, name);
    if (strcmp(name, hash) != 0)
        return fc_error_set(err, FC_E_CORRUPT, "%s: it holds the segment %s", vec->path, name);
    if (memcmp(is->store_id, want->store_id, sizeof(is->store_id)) != 0)
        return fc_error_set(err, FC_E_CORRUPT, "%s: a segment of another store", vec->path);
    if (is->version != want->version || is->output != want->output ||
        strncmp(is->space, want->space, sizeof(is->space)) != 0)
        return fc_error_set(err, FC_E_CORRUPT,
                            "%s: of encoder version %u, output %u, space '%s'; wanted %u, %u, '%s'",
                            vec->path, is->version, is->output, is->space, want->version,
                            want->output, want->space);
    return FC_OK;
}

/* Damage and absence cost speed only; memory is the caller's to know. `measure_only`: FAISS is left
 * where it is. */
static fc_status open_faiss(fc_segment *s, const char *folder, bool measure_only, bool *degraded,
                            fc_error *err)
{
    fc_error reason = FC_ERROR_INIT;
    fc_status st;

    if (fc__kind_is_flat(s->vec.h.kind))
        return FC_OK;
    s->faiss_path = segment_path(folder, s->info.hash, "faiss");
    if (s->faiss_path == NULL)
        return fc__nomem(err, strlen(folder), "a path");
    st = measure_only ? fc__faiss_file_look(&s->measure, s->faiss_path, &s->vec.h, &reason)
                      : fc__faiss_file_read(&s->faiss, &s->effort, &s->measure, s->faiss_path,
                                            &s->vec.h, &reason);
    if (st == FC_OK) {
        s->info.exact = false;
        return FC_OK;
    }
    if (st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", reason.message);
    *degraded = true;
    return FC_OK;
}

static fc_status open_segment(fc_segment **out, const char *folder, const char *hash,
                              const fc_segment_identity *identity, bool measure_only,
                              bool *degraded, fc_error *err)
{
    char *path = NULL;
    fc_segment *s = NULL;
    fc_status st;

    *out = NULL;
    *degraded = false;
    /* FAISS and the scan read the mapped vectors where they lie. */
    if (FC_LE16(UINT16_C(1)) != 1)
        return fc_error_set(err, FC_E_UNSUPPORTED, "segments need a little-endian machine");
    if (!is_hash(hash))
        return fc_error_set(err, FC_E_CORRUPT, "'%.40s' is not the name of a segment", hash);
    s = fc__alloc_array(1, sizeof(*s));
    path = segment_path(folder, hash, "vec");
    if (s == NULL || path == NULL) {
        st = fc__nomem(err, sizeof(*s), "a segment");
        goto done;
    }
    st = fc__vec_map(&s->vec, path, NULL, err);
    if (st == FC_OK)
        st = check_identity(&s->vec, hash, identity, err);
    if (st != FC_OK)
        goto done;
    fill_info(s);
    st = open_faiss(s, folder, measure_only, degraded, err);

done:
    free(path);
    if (st != FC_OK) {
        fc__segment_close(s);
        return st;
    }
    *out = s;
    return FC_OK;
}

fc_status fc__segment_open(fc_segment **out, const char *folder, const char *hash,
                           const fc_segment_identity *identity, bool *degraded, fc_error *err)
{
    bool ignored;

    return open_segment(out, folder, hash, identity, false, degraded != NULL ? degraded : &ignored,
                        err);
}

fc_status fc__segment_look(fc_segment_info *info, fc_segment_measure *measure, const char *folder,
                           const char *hash, const fc_segment_identity *identity, bool *degraded,
                           fc_error *err)
{
    fc_segment *s;
    const fc_status st = open_segment(&s, folder, hash, identity, true, degraded, err);

    if (st != FC_OK)
        return st;
    *info = s->info;
    *measure = s->measure;
    fc__segment_close(s);
    return FC_OK;
}

void fc__segment_close(fc_segment *s)
{
    if (s == NULL)
        return;
    fc__faiss_destroy(s->faiss);
    fc__vec_dispose(&s->vec);
    free(s->faiss_path);
    free(s);
}

const fc_segment_info *fc__segment_info(const fc_segment *s)
{
    return &s->info;
}

const fc_segment_measure *fc__segment_measure(const fc_segment *s)
{
    return s->measure.target > 0.0f ? &s->measure : NULL;
}

const uint64_t *fc__segment_contents(const fc_segment *s)
{
    return s->vec.contents;
}

uint64_t fc__segment_find(const fc_segment *s, uint64_t content)
{
    uint64_t low = 0, high = s->vec.h.count;

    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;

        if (s->vec.contents[middle] < content)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->vec.h.count && s->vec.contents[low] == content ? low : UINT64_MAX;
}

fc_status fc__segment_vector(const fc_segment *s, uint64_t row, float *out, fc_error *err)
{
    if (row >= s->vec.h.count)
        return fc_error_set(err, FC_E_INVALID, "row %llu of a segment of %llu",
                            (unsigned long long)row, (unsigned long long)s->vec.h.count);
    return fc__vec_rows(&s->vec, row, 1, out, err);
}

fc_status fc__segment_verify(const fc_segment *s, fc_error *err)
{
    fc_status st = fc__vec_check_all(&s->vec, err);

    if (st != FC_OK || s->faiss_path == NULL)
        return st;
    st = fc__faiss_file_verify(s->faiss_path, &s->vec.h, err);
    if (st == FC_E_NOT_FOUND)
        return fc_error_set(err, FC_E_CORRUPT,
                            "%s is missing; searches scan exactly until it is "
                            "rebuilt",
                            s->faiss_path);
    return st;
}
