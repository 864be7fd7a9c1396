/*
 * fc_convert(): which output it is, whether it can be brought to the precision, and what that
 * saved.
 */
#include <string.h>

#include "fc_store_maintain.h"
#include "fc_store_read.h"

static const fc_output_info *named(const fc_encoder_info *e, const char *name)
{
    for (size_t i = 0; i < e->n_outputs; i++)
        if (strcmp(e->outputs[i].name, name) == 0)
            return &e->outputs[i];
    return NULL;
}

static fc_status check(const fc_encoder_info *e, const fc_output_info *o, fc_dtype precision,
                       fc_error *err)
{
    if (precision < FC_F32 || precision > FC_I8)
        return fc_error_set(err, FC_E_INVALID, "an output is stored as f32, f16, bf16 or int8");
    if (precision != o->precision && fc_dtype_size(precision) <= fc_dtype_size(o->precision))
        return FC_OK;
    return fc_error_set(err, FC_E_INVALID,
                        "'%s' of encoder '%s' is stored as %s: as %s it would take no less",
                        o->name, e->name, fc_dtype_name(o->precision), fc_dtype_name(precision));
}

/* The output, as it is before. */
static fc_status find(fc_store *store, const char *encoder, const char *output, fc_dtype precision,
                      fc_version_id *version, fc_output_id *id, fc_convert_report *report,
                      fc_error *err)
{
    const fc_encoder_info *e, *all;
    const fc_output_info *o;
    fc_snapshot *s = NULL;
    size_t n;
    fc_status st = fc_snapshot_begin(&s, store, err);

    if (st == FC_OK)
        st = fc_snapshot_encoders(s, &all, &n, err);
    if (st == FC_OK)
        st = fc_snapshot_find_encoder(s, encoder, &e, err);
    if (st == FC_OK)
        st = fc__check_output_name(all, n, e, output, false, err);
    if (st == FC_OK) {
        o = named(e, output);
        st = check(e, o, precision, err);
        *version = e->id;
        *id = o->id;
        report->before = o->precision;
        report->after = precision;
    }
    fc_snapshot_end(s);
    return st;
}

static fc_status bytes_of(fc_store *store, fc_version_id version, fc_output_id output,
                          uint64_t *bytes, fc_error *err)
{
    fc_output_stat *list = NULL;
    size_t n = 0;
    const fc_status st = fc_stat_outputs(store, &list, &n, err);

    for (size_t i = 0; st == FC_OK && i < n; i++)
        if (list[i].version == version && list[i].output == output)
            *bytes = list[i].bytes_stored;
    fc_output_stats_free(list);
    return st;
}

static fc_status open_existing(fc_store **out, const char *path, fc_error *err)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;

    opts.flags = FC_STORE_READ_ONLY;
    return fc_store_open(out, path, &opts, err);
}

fc_status fc_convert(const char *path, const char *encoder, const char *output, fc_dtype precision,
                     const fc_watch *watch, fc_convert_report *report, fc_error *err)
{
    fc_version_id version = 0;
    fc_output_id id = 0;
    fc_store *store = NULL;
    fc_status st = open_existing(&store, path, err);

    *report = (fc_convert_report){.n_items = 0};
    if (st == FC_OK)
        st = find(store, encoder, output, precision, &version, &id, report, err);
    if (st == FC_OK)
        st = bytes_of(store, version, id, &report->bytes_before, err);
    fc_store_close(store); /* the store is written anew: nobody may have it open */
    if (st == FC_OK)
        st = fc__store_convert(path, version, id, precision, watch, &report->n_items,
                               &report->rms_error, err);
    if (st != FC_OK)
        return st;
    st = open_existing(&store, path, err);
    if (st == FC_OK)
        st = bytes_of(store, version, id, &report->bytes_after, err);
    fc_store_close(store);
    return st;
}
