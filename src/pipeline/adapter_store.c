/*
 * Rows of adapters.
 */
#include "adapter_store.h"

#include <stdlib.h>
#include <string.h>

#include "space_artefact.h"

/* One that was named: a name that is a space's is told. */
static fc_status find_named(fc_snapshot *s, const char *name, fc_space_row *out, fc_error *err)
{
    fc_status st = fc__snapshot_space(s, name, out, err);

    if (st == FC_OK && out->kind != FC_SPACE_ADAPTER) {
        fc__space_row_dispose(out);
        st = fc_error_set(err, FC_E_INVALID, "'%.80s' is a space, not an adapter", name);
    }
    return st;
}

fc_status fc__adapter_find(fc_snapshot *s, const char *name, fc_space_row *out, fc_error *err)
{
    fc_space_row *list = NULL;
    fc_buf names = FC_BUF_INIT;
    size_t n = 0, found = 0;
    bool known = false;
    fc_status st;

    *out = (fc_space_row){.n_members = 0};
    if (name != NULL && strchr(name, '@') != NULL)
        return find_named(s, name, out, err);
    st = fc__snapshot_spaces(s, &list, &n, err);
    for (size_t i = 0; i < n; i++) {
        known = known || (name != NULL && strcmp(list[i].name, name) == 0);
        if (list[i].kind != FC_SPACE_ADAPTER)
            continue;
        (void)fc_buf_append_fmt(&names, NULL, "%s%s", names.size > 0 ? ", " : "", list[i].name);
        if (name != NULL ? strcmp(list[i].name, name) == 0 : !list[i].adapter.migrates) {
            fc__space_row_dispose(out);
            *out = list[i];
            list[i] = (fc_space_row){.n_members = 0};
            found++;
        }
    }
    fc__spaces_free(list, n);
    if (st == FC_OK && found == 0 && known)
        st = fc_error_set(err, FC_E_INVALID, "'%.80s' is a space, not an adapter", name);
    else if (st == FC_OK && found == 0)
        st = fc_error_set(err, FC_E_NOT_FOUND,
                          "no adapter%s%.80s in this store; it has %.*s; fit one with featcache "
                          "adapt",
                          name != NULL ? " " : "", name != NULL ? name : "",
                          names.size > 0 ? (int)names.size : 4,
                          names.size > 0 ? (const char *)names.data : "none");
    else if (st == FC_OK && found > 1)
        st = fc_error_set(err, FC_E_INVALID, "there are several adapters: name one of %.*s",
                          (int)names.size, (const char *)names.data);
    fc_buf_dispose(&names);
    if (st != FC_OK)
        fc__space_row_dispose(out);
    return st;
}

fc_status fc__adapter_side(fc_snapshot *s, const fc_space_member *m, uint32_t dim, fc_picked *out,
                           fc_error *err)
{
    const fc_encoder_info *list = NULL;
    size_t n = 0;
    fc_status st = fc_snapshot_encoders(s, &list, &n, err);

    *out = (fc_picked){NULL, NULL};
    if (st == FC_OK)
        *out = fc__member_stored(list, n, m, NULL, dim);
    return st;
}

fc_status fc__adapter_head(fc_snapshot *s, const fc_space_row *row, fc_head *out, fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_status st = fc__snapshot_artefact(s, &row->heads[0], &bytes, err);

    *out = (fc_head)FC_HEAD_INIT;
    if (st == FC_OK)
        st =
            fc__artefact_read_head(out, &bytes, &row->members[FC_ADAPTER_SOURCE], 1, row->dim, err);
    if (st == FC_OK && !fc__head_takes_vectors(out)) {
        fc__head_dispose(out);
        st = fc_error_set(err, FC_E_CORRUPT, "adapter '%s' does not take vectors", row->name);
    }
    fc_buf_dispose(&bytes);
    return st;
}
