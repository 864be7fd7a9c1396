/* `featcache stat --json`: encoder versions, and data-set versions with count and digest. */
#include "cli_stat.h"

#include "cli_index.h"

const fc_output_stat *cli_stat_output(const cli_stat *s, fc_version_id version, fc_output_id id)
{
    for (size_t i = 0; i < s->n_outputs; i++)
        if (s->outputs[i].version == version && s->outputs[i].output == id)
            return &s->outputs[i];
    return NULL;
}

const char *cli_stat_output_name(const fc_encoder_info *e, fc_output_id id)
{
    for (size_t i = 0; e != NULL && i < e->n_outputs; i++)
        if (e->outputs[i].id == id)
            return e->outputs[i].name;
    return "?";
}

static json_t *output_json(const cli_stat *s, const fc_encoder_info *e, const fc_output_info *o)
{
    const fc_output_stat none = {.transforms = ""};
    const fc_output_stat *stat = cli_stat_output(s, e->id, o->id);

    if (stat == NULL)
        stat = &none;
    return json_pack("{s:o,s:s,s:b,s:I,s:I,s:I,s:I,s:o,s:o,s:o}", "name", cli_json_text(o->name),
                     "precision", fc_dtype_name(o->precision), "searchable", o->searchable, "items",
                     (json_int_t)stat->n_items, "blocks", (json_int_t)stat->n_blocks, "bytes_raw",
                     (json_int_t)stat->bytes_raw, "bytes_stored", (json_int_t)stat->bytes_stored,
                     "rms_error", cli_json_real(stat->rms_error, 9), "max_error",
                     cli_json_real(stat->max_error, 9), "transforms",
                     cli_json_text(stat->transforms));
}

static json_t *encoder_json(const cli_stat *s, const fc_encoder_info *e)
{
    json_t *outputs = json_array();
    char when[CLI_WORD_BYTES];

    for (size_t i = 0; i < e->n_outputs; i++)
        json_array_append_new(outputs, output_json(s, e, &e->outputs[i]));
    return json_pack("{s:I,s:o,s:s,s:s,s:s,s:o}", "id", (json_int_t)e->id, "name",
                     cli_json_text(e->name), "fingerprint", e->fingerprint, "modality",
                     fc_modality_name(e->modality), "created", cli_time(e->created_ns, when),
                     "outputs", outputs);
}

static json_t *coverage_json(const cli_stat *s, const fc_coverage *c)
{
    const fc_encoder_info *e = cli_stat_encoder(s->encoders, s->n_encoders, c->version);

    return json_pack("{s:I,s:o,s:o,s:o,s:b,s:I,s:s}", "encoder_id", (json_int_t)c->version,
                     "encoder", cli_json_text(e != NULL ? e->name : NULL), "fingerprint",
                     cli_json_text(e != NULL ? e->fingerprint : NULL), "output",
                     cli_json_text(cli_stat_output_name(e, c->output)), "sealed", c->sealed,
                     "count", (json_int_t)c->count, "digest", c->digest);
}

static json_t *version_json(const cli_stat *s, const fc_dataset_version *v)
{
    const bool sealed = v->state == FC_SEALED;
    json_t *coverage = json_array();
    char created[CLI_WORD_BYTES];
    char at[CLI_WORD_BYTES];

    for (size_t i = 0; i < v->n_coverage; i++)
        json_array_append_new(coverage, coverage_json(s, &v->coverage[i]));
    return json_pack("{s:I,s:s,s:b,s:s,s:o,s:o,s:I,s:o,s:o}", "version", (json_int_t)v->number,
                     "state", sealed ? "sealed" : "building", "partial", v->partial, "created",
                     cli_time(v->created_ns, created), "sealed",
                     cli_json_text_or_null(sealed ? cli_time(v->sealed_ns, at) : NULL), "source",
                     cli_json_text(v->source), "count", (json_int_t)v->n_samples, "digest",
                     cli_json_text_or_null(v->digest), "coverage", coverage);
}

static json_t *dataset_json(const cli_stat *s, const fc_dataset_info *d)
{
    json_t *versions = json_array();

    for (size_t i = 0; i < d->n_versions; i++)
        json_array_append_new(versions, version_json(s, &d->versions[i]));
    return json_pack("{s:o,s:o,s:I,s:o}", "name", cli_json_text(d->name), "root",
                     cli_json_text(d->root), "failures", (json_int_t)d->n_failures, "versions",
                     versions);
}

json_t *cli_stat_object(const cli_stat *s)
{
    json_t *encoders = json_array();
    json_t *datasets = json_array();

    for (size_t i = 0; i < s->n_encoders; i++)
        json_array_append_new(encoders, encoder_json(s, &s->encoders[i]));
    for (size_t i = 0; i < s->n_datasets; i++)
        json_array_append_new(datasets, dataset_json(s, &s->datasets[i]));
    return json_pack("{s:s,s:o,s:I,s:s,s:I,s:{s:I,s:I,s:I},s:I,s:I,s:o,s:o,s:O}", "schema",
                     "featcache.stat/1", "store", cli_json_text(s->path), "format",
                     (json_int_t)s->store.format, "store_id", s->store.store_id, "generation",
                     (json_int_t)s->store.generation, "bytes", "file",
                     (json_int_t)s->store.file_bytes, "used", (json_int_t)s->store.used_bytes,
                     "segments", (json_int_t)s->store.segment_bytes, "contents",
                     (json_int_t)s->store.n_contents, "samples", (json_int_t)s->store.n_samples,
                     "encoders", encoders, "datasets", datasets, "index", s->index);
}

cli_exit cli_stat_json(const cli_stat *s)
{
    return cli_json_print(cli_stat_object(s));
}

static void keep_segment(void *context, const fc_index_segment *g)
{
    cli_stat *s = context;
    const fc_encoder_info *e = cli_stat_encoder(s->encoders, s->n_encoders, g->version);
    json_t *segment = json_pack("{s:s,s:s,s:I,s:o,s:o,s:o}", "hash", g->hash, "state",
                                g->missing   ? "missing"
                                : g->damaged ? "damaged"
                                             : "sound",
                                "encoder_id", (json_int_t)g->version, "encoder",
                                cli_json_text(e != NULL ? e->name : NULL), "output",
                                cli_json_text(cli_stat_output_name(e, g->output)), "space",
                                cli_json_text_or_null(g->space));
    json_t *built = cli_index_built(&g->built);

    json_object_update(segment, built);
    json_decref(built);
    json_array_append_new(s->index, segment);
}

fc_status cli_stat_gather(cli_stat *s, fc_store *store, fc_snapshot *snapshot, fc_error *err)
{
    fc_status st;

    *s = (cli_stat){.path = fc_store_path(store)};
    st = fc_stat(store, &s->store, err);
    if (st == FC_OK)
        st = fc_stat_outputs(store, &s->outputs, &s->n_outputs, err);
    if (st == FC_OK)
        st = fc_snapshot_encoders(snapshot, &s->encoders, &s->n_encoders, err);
    if (st == FC_OK)
        st = fc_snapshot_datasets(snapshot, &s->datasets, &s->n_datasets, err);
    s->index = json_array();
    if (st == FC_OK)
        st = fc_index_segments(store, keep_segment, s, err);
    if (st != FC_OK)
        cli_stat_dispose(s);
    return st;
}

void cli_stat_dispose(cli_stat *s)
{
    fc_output_stats_free(s->outputs);
    json_decref(s->index);
    s->index = NULL;
    s->outputs = NULL;
    s->n_outputs = 0;
}
