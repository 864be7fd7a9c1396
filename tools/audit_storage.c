/* featcache audit storage: what a store's bytes are, and what would save some. */
#include <featcache/audit_storage.h>
#include <inttypes.h>

#include "audit.h"
#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

typedef struct storage {
    const char *encoder;
    uint64_t blocks, gallery, queries, seed, memory;
    bool no_measuring, json;
    unsigned when;
    cli_progress progress;
} storage;

static const cli_usage usage = {
    .name = "audit storage",
    .synopsis = "STORE [OPTION]...",
    .about =
        "Say what the bytes of STORE are, by encoder version and output, what nothing uses, and\n"
        "what other precisions would save: some blocks of each output are encoded so, and the ten\n"
        "nearest of sampled items are looked for again, so that both are measured on the data.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache audit storage birds.store\n"
                "featcache audit storage birds.store --encoder vit --queries 1000 --json\n"
                "featcache audit storage birds.store --no-measuring\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

/* --- JSON --- */

/* A measure of an audit: chance is what as many drawn at random would share. */
static json_t *recall_json(const fc_storage_output *o, const fc_storage_option *x)
{
    const double others = (double)o->n_gallery - 1;

    if (!x->has_recall)
        return json_null();
    return json_pack("{s:o,s:o,s:o,s:o}", "value", cli_json_real(x->recall, 6), "low",
                     cli_json_real(x->low, 6), "high", cli_json_real(x->high, 6), "null",
                     cli_json_real(others > 10 ? 10 / others : 1, 6));
}

static json_t *option_json(const fc_storage_output *o, const fc_storage_option *x)
{
    return json_pack("{s:s,s:b,s:o,s:o,s:o,s:o,s:o}", "name", x->name, "index", x->is_index,
                     "bytes", cli_json_count(x->bytes), "bytes_now", cli_json_count(x->bytes_now),
                     "blocks", cli_json_count(x->n_blocks), "rms_error",
                     cli_json_real(x->rms_error, 9), "recall", recall_json(o, x));
}

static json_t *output_json(const fc_storage_output *o)
{
    json_t *options = json_array();

    for (size_t i = 0; i < o->n_options; i++)
        json_array_append_new(options, option_json(o, &o->options[i]));
    return json_pack("{s:s,s:s,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "output", o->name,
                     "precision", fc_dtype_name(o->precision), "searchable", o->searchable, "items",
                     cli_json_count(o->n_items), "blocks", cli_json_count(o->n_blocks), "bytes_f32",
                     cli_json_count(o->bytes_f32), "bytes_raw", cli_json_count(o->bytes_raw),
                     "bytes_stored", cli_json_count(o->bytes_stored), "rms_error",
                     cli_json_real(o->rms_error, 9), "transforms",
                     cli_json_text_or_null(o->transforms != NULL ? o->transforms : ""), "queries",
                     cli_json_count(o->n_queries), "gallery", cli_json_count(o->n_gallery),
                     "not_measured", cli_json_text(o->why_not), "options", options);
}

static json_t *version_json(const fc_storage_version *v)
{
    json_t *outputs = json_array();

    for (size_t k = 0; k < v->n_outputs; k++)
        json_array_append_new(outputs, output_json(&v->outputs[k]));
    return json_pack("{s:I,s:o,s:s,s:s,s:o,s:o,s:o,s:o,s:b,s:o}", "encoder_id",
                     (json_int_t)v->version, "encoder", cli_json_text(v->name), "fingerprint",
                     v->fingerprint, "modality", fc_modality_name(v->modality), "bytes_stored",
                     cli_json_count(v->bytes_stored), "datasets", cli_json_count(v->n_datasets),
                     "older", cli_json_count(v->n_older), "spaces", cli_json_count(v->n_spaces),
                     "unused", v->unused, "outputs", outputs);
}

static json_t *segment_json(const fc_storage_segment *s)
{
    return json_pack("{s:s,s:I,s:I,s:o,s:o,s:o,s:o,s:o}", "hash", s->hash, "encoder_id",
                     (json_int_t)s->version, "output_id", (json_int_t)s->output, "space",
                     cli_json_text(s->space), "kind", cli_json_text_or_null(s->kind), "rows",
                     cli_json_count(s->n_rows), "bytes_vectors", cli_json_count(s->bytes_vectors),
                     "bytes_index", cli_json_count(s->bytes_index));
}

static cli_exit print_json(const fc_storage_report *r)
{
    json_t *encoders = json_array(), *segments = json_array(), *advice = json_array();

    for (size_t i = 0; i < r->n_versions; i++)
        json_array_append_new(encoders, version_json(&r->versions[i]));
    for (size_t i = 0; i < r->n_segments; i++)
        json_array_append_new(segments, segment_json(&r->segments[i]));
    for (size_t i = 0; i < r->n_advice; i++)
        json_array_append_new(advice,
                              json_pack("{s:o,s:o,s:o}", "text", cli_json_text(r->advice[i].text),
                                        "command", cli_json_text(r->advice[i].command), "saves",
                                        cli_json_count(r->advice[i].saves)));
    return cli_json_print(json_pack(
        "{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "schema", "featcache.audit.storage/1",
        "file_bytes", cli_json_count(r->file_bytes), "used_bytes", cli_json_count(r->used_bytes),
        "block_bytes", cli_json_count(r->block_bytes), "segment_bytes",
        cli_json_count(r->segment_bytes), "stray_bytes", cli_json_count(r->stray_bytes), "encoders",
        encoders, "segments", segments, "advice", advice, "seconds", cli_json_real(r->seconds, 3)));
}

/* --- text --- */

static void print_option(const fc_storage_output *o, const fc_storage_option *x)
{
    char then[CLI_WORD_BYTES], now[CLI_WORD_BYTES];

    printf("      %-12s %10s", x->name, cli_bytes(x->bytes, then));
    if (x->is_index)
        printf("  an index scans instead of %s", cli_bytes(x->bytes_now, now));
    else
        printf("  rms error %.2g", x->rms_error);
    if (x->has_recall)
        printf("  recall@10 %.4f (%.4f to %.4f)", x->recall, x->low, x->high);
    if (!x->is_index && x->n_blocks < o->n_blocks)
        printf("  from %" PRIu64 " of %" PRIu64 " blocks", x->n_blocks, o->n_blocks);
    putchar('\n');
}

static void print_output(const fc_storage_output *o)
{
    char stored[CLI_WORD_BYTES], raw[CLI_WORD_BYTES], times[CLI_WORD_BYTES];

    fputs("    ", stdout);
    cli_put_padded(stdout, o->name, 14);
    printf(" %-4s", fc_dtype_name(o->precision));
    if (o->n_items == 0) {
        puts("  nothing stored");
        return;
    }
    printf(" %10s  of %s as f32 (%s), %" PRIu64 " items, %" PRIu64 " blocks\n",
           cli_bytes(o->bytes_stored, stored), cli_bytes(o->bytes_f32, raw),
           cli_times(o->bytes_f32, o->bytes_stored, times), o->n_items, o->n_blocks);
    for (size_t i = 0; i < o->n_options; i++)
        print_option(o, &o->options[i]);
    if (o->why_not != NULL && o->n_options > 0)
        printf("      recall was not measured: %s\n", o->why_not);
}

static void print_version(const fc_storage_version *v)
{
    char bytes[CLI_WORD_BYTES];

    printf("  #%" PRIu32 " ", v->version);
    cli_put_text(stdout, v->name);
    printf("@%.12s  %s, %s", v->fingerprint, fc_modality_name(v->modality),
           cli_bytes(v->bytes_stored, bytes));
    if (v->unused)
        puts("  NOTHING USES IT");
    else
        printf("  in %" PRIu64 " data sets%s, %" PRIu64 " spaces\n", v->n_datasets,
               v->n_older > 0 ? " and older versions of some" : "", v->n_spaces);
    for (size_t k = 0; k < v->n_outputs; k++)
        print_output(&v->outputs[k]);
}

static void print_advice(const fc_storage_advice *a)
{
    char bytes[CLI_WORD_BYTES];

    printf("  %s: ", cli_bytes(a->saves, bytes));
    cli_put_text(stdout, a->text);
    if (a->command != NULL) {
        fputs("\n    ", stdout);
        cli_put_text(stdout, a->command);
    }
    putchar('\n');
}

static void print_report(const fc_storage_report *r)
{
    char file[CLI_WORD_BYTES], used[CLI_WORD_BYTES], blocks[CLI_WORD_BYTES], index[CLI_WORD_BYTES];

    printf("data.mdb %s, of which %s are in use and %s are features; search index %s\n",
           cli_bytes(r->file_bytes, file), cli_bytes(r->used_bytes, used),
           cli_bytes(r->block_bytes, blocks), cli_bytes(r->segment_bytes, index));
    puts("\nencoder versions");
    for (size_t i = 0; i < r->n_versions; i++)
        print_version(&r->versions[i]);
    if (r->n_advice > 0)
        puts("\nwhat would save bytes");
    for (size_t i = 0; i < r->n_advice; i++)
        print_advice(&r->advice[i]);
}

/* --- */

static cli_exit run(storage *s, const char *path)
{
    fc_storage_options opts = FC_STORAGE_OPTIONS_INIT;
    fc_storage_report report = {0};
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    cli_exit end;
    fc_status st;

    end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    opts.encoder = s->encoder;
    opts.no_measuring = s->no_measuring;
    opts.n_blocks = s->blocks;
    opts.n_gallery = s->gallery;
    opts.n_queries = s->queries;
    opts.seed = s->seed;
    opts.memory_bytes = s->memory;
    opts.watch = &s->progress.watch;
    cli_stop_install("the present step");
    cli_progress_begin(&s->progress, s->when);
    st = fc_audit_storage(store, &opts, &report, &err);
    cli_progress_end(&s->progress);
    if (st != FC_OK)
        end = cli_fail(st, &err);
    else if (s->json)
        end = print_json(&report);
    else
        print_report(&report);
    fc_storage_report_dispose(&report);
    fc_store_close(store);
    return end;
}

cli_exit audit_storage(int argc, char **argv)
{
    storage s = {0};
    const cli_option options[] = {
        {"encoder", 0, CLI_TEXT, "E",
         "measure only this one: NAME, NAME@FINGERPRINT or #ID;\ndefault: all. Bytes are counted of "
         "all",
         &s.encoder, 0, 0, NULL},
        {"no-measuring", 0, CLI_FLAG, NULL, "count bytes, and try no other precision",
         &s.no_measuring, 0, 0, NULL},
        {"blocks", 0, CLI_NUMBER, "N", "encoded anew of each output; default: 64", &s.blocks, 1,
         UINT64_C(1) << 40, NULL},
        {"gallery", 0, CLI_NUMBER, "N", "items that recall is measured among; default: 10000",
         &s.gallery, 50, UINT64_C(1) << 30, NULL},
        {"queries", 0, CLI_NUMBER, "N", "of them are queries; default: 300", &s.queries, 50,
         UINT64_C(1) << 20, NULL},
        {"seed", 0, CLI_NUMBER, "N", "of the samples; default: 0", &s.seed, 0, INT64_MAX, NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "that the gallery may take; default: 512M", &s.memory,
         UINT64_C(1) << 20, UINT64_C(1) << 50, NULL},
        CLI_OPTION_PROGRESS(&s.when),
        CLI_OPTION_JSON(&s.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    return run(&s, operands.items[0]);
}
