/*
 * fc_export(): outputs as they are stored, or what the heads of a space make of them.
 */
#include <string.h>

#include "fc_export.h"
#include "space_embed.h"

/* A row source for each branch with stored items. */
static fc_status open_lanes(const fc_space_view *view, fc_snapshot *s, fc_export_lane *lanes,
                            size_t *n, fc_error *err)
{
    fc_status st = FC_OK;

    *n = 0;
    for (size_t i = 0; i < view->n_branches && st == FC_OK; i++) {
        const fc_space_branch *b = &view->branches[i];
        fc_export_lane *lane = &lanes[*n];

        if (!fc__branch_is_stored(b))
            continue;
        lane->version = b->stored[0].encoder->id;
        lane->output = b->stored[0].output->id;
        st = fc__branch_row_source(b, s, 0, UINT64_MAX, NULL, 0, &lane->rows, err);
        *n += st == FC_OK;
    }
    return st;
}

static fc_status export_space(fc_snapshot *s, const char *dir, const fc_export_options *opts,
                              fc_export_report *report, fc_error *err)
{
    fc_export_lane lanes[FC_SPACE_MEMBERS_MAX];
    fc_head_cache heads = {.n = 0};
    fc_space_view view;
    size_t n = 0;
    fc_status st = fc__space_view_open(&view, s, opts->space, &heads, err);

    if (st == FC_OK)
        st = open_lanes(&view, s, lanes, &n, err);
    if (st == FC_OK)
        st = fc__export_lanes(s, dir, view.row.name, view.row.dim, lanes, n, opts, report, err);
    for (size_t i = 0; i < n; i++)
        lanes[i].rows.destroy(lanes[i].rows.self);
    fc__space_view_dispose(&view);
    fc__head_cache_dispose(&heads);
    return st;
}

fc_status fc_export(fc_store *store, const char *dir, const fc_export_options *given,
                    fc_export_report *report, fc_error *err)
{
    const fc_export_options defaults = FC_EXPORT_OPTIONS_INIT;
    const fc_export_options *opts = given != NULL ? given : &defaults;
    fc_snapshot *snapshot;
    fc_status st;

    memset(report, 0, sizeof(*report));
    if (opts->struct_size != sizeof(*opts))
        return fc_error_set(err, FC_E_INVALID,
                            "export options: struct_size is %zu; start from "
                            "FC_EXPORT_OPTIONS_INIT",
                            opts->struct_size);
    if (opts->space != NULL && (opts->encoder != NULL || opts->output != NULL))
        return fc_error_set(err, FC_E_INVALID,
                            "a space has its encoders and outputs: name it alone");
    st = fc_snapshot_begin(&snapshot, store, err);
    if (st != FC_OK)
        return st;
    st = opts->space != NULL ? export_space(snapshot, dir, opts, report, err)
                             : fc__export_outputs(snapshot, dir, opts, report, err);
    fc_snapshot_end(snapshot);
    return st;
}
