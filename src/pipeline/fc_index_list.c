/*
 * The segments of the search index as they stand: what featcache stat shows of them.
 */
#include <featcache/query.h>

#include "fc_store_read.h"
#include "index_built.h"
#include "index_files.h"
#include "search_index.h"

typedef struct listing {
    fc_store *store;
    const char *folder;
    fc_space_row *spaces;
    size_t n_spaces;
    void (*each)(void *context, const fc_index_segment *segment);
    void *context;
} listing;

/* A file that is not what the store lists is told, not an error: queries do without it. */
static fc_status tell(const listing *l, const fc_segment_row *row, const char *hash, fc_error *err)
{
    const fc_segment_identity identity =
        fc__output_identity(l->store, row->space, row->version, row->output);
    const char *space = fc__index_space_of(l->spaces, l->n_spaces, row->space);
    fc_index_segment out = {.hash = hash, .version = row->version, .output = row->output};
    fc_segment_info info = {.kind = ""};
    fc_segment_measure measure = {.target = 0};
    fc_error inner = FC_ERROR_INIT;
    fc_built_form form;
    fc_status st =
        fc__segment_look(&info, &measure, l->folder, hash, &identity, &out.damaged, &inner);

    if (st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", inner.message);
    out.missing = st != FC_OK;
    out.space = space != NULL ? space : row->space[0] != '\0' ? row->space : NULL;
    fc__index_built_form(&form, &info, &measure);
    out.built = form.built;
    l->each(l->context, &out);
    return FC_OK;
}

static fc_status tell_all(listing *l, fc_snapshot *s, fc_error *err)
{
    fc_segment_row *rows = NULL;
    size_t n = 0;
    fc_status st = fc__snapshot_segment_rows(s, &rows, &n, err);

    for (size_t i = 0; st == FC_OK && i < n; i++)
        for (size_t k = 0; st == FC_OK && k < rows[i].live.n; k++)
            st = tell(l, &rows[i], rows[i].live.hashes[k], err);
    fc__segment_rows_free(rows, n);
    return st;
}

fc_status fc_index_segments(fc_store *store,
                            void (*each)(void *context, const fc_index_segment *segment),
                            void *context, fc_error *err)
{
    listing l = {.store = store, .each = each, .context = context};
    fc_snapshot *s = NULL;
    fc_status st = fc_snapshot_begin(&s, store, err);

    if (st == FC_OK)
        st = fc__store_segment_folder(store, &l.folder, err);
    if (st == FC_OK)
        st = fc__snapshot_spaces(s, &l.spaces, &l.n_spaces, err);
    if (st == FC_OK)
        st = tell_all(&l, s, err);
    fc__spaces_free(l.spaces, l.n_spaces);
    fc_snapshot_end(s);
    return st;
}
