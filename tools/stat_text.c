/* `featcache stat` for people: the store, its encoder versions, its data sets. */
#include <inttypes.h>
#include <string.h>

#include "cli_stat.h"

#define NAME_WIDTH     14
#define VERSIONS_SHOWN 5

static void print_store(const cli_stat *s)
{
    char file[CLI_WORD_BYTES];
    char used[CLI_WORD_BYTES];
    char segments[CLI_WORD_BYTES];

    printf("store ");
    cli_put_text(stdout, s->path);
    printf("\n  format %" PRIu32 ", id %.12s, generation %" PRIu64 "\n", s->store.format,
           s->store.store_id, s->store.generation);
    printf("  %s on disk, %s in use, search index %s\n", cli_bytes(s->store.file_bytes, file),
           cli_bytes(s->store.used_bytes, used), cli_bytes(s->store.segment_bytes, segments));
    printf("  %" PRIu64 " samples, %" PRIu64 " contents\n", s->store.n_samples,
           s->store.n_contents);
}

static void print_output(const fc_output_info *o, const fc_output_stat *stat)
{
    char shape[CLI_WORD_BYTES];
    char times[CLI_WORD_BYTES];
    char raw[CLI_WORD_BYTES];
    char stored[CLI_WORD_BYTES];

    fputs("    ", stdout);
    cli_put_padded(stdout, o->name, NAME_WIDTH);
    printf(" %-10s %-4s", cli_shape(o, shape), fc_dtype_name(o->precision));
    if (stat == NULL || stat->n_items == 0) {
        puts("  nothing stored");
        return;
    }
    printf("  %" PRIu64 " items  %s in %s", stat->n_items, cli_bytes(stat->bytes_raw, raw),
           cli_bytes(stat->bytes_stored, stored));
    if (stat->bytes_stored > 0)
        printf(" (%s)", cli_times(stat->bytes_raw, stat->bytes_stored, times));
    if (stat->rms_error > 0)
        printf("  rms error %.2g", stat->rms_error);
    putchar('\n');
}

static void print_encoder(const cli_stat *s, const fc_encoder_info *e)
{
    printf("  #%" PRIu32 " ", e->id);
    cli_put_text(stdout, e->name);
    printf("@%.12s  %s\n", e->fingerprint, fc_modality_name(e->modality));
    for (size_t i = 0; i < e->n_outputs; i++)
        print_output(&e->outputs[i], cli_stat_output(s, e->id, e->outputs[i].id));
}

static void print_coverage(const cli_stat *s, const fc_coverage *c)
{
    const fc_encoder_info *e = cli_stat_encoder(s->encoders, s->n_encoders, c->version);
    int width;

    /* With its number: a store may hold several versions of one name. */
    printf("      #%" PRIu32 " ", c->version);
    cli_put_text(stdout, e != NULL ? e->name : "?");
    width = cli_text_width(e != NULL ? e->name : "?");
    putchar('/');
    cli_put_padded(stdout, cli_stat_output_name(e, c->output), 2 * NAME_WIDTH - width);
    printf(" %8" PRIu64 "  %s%s\n", c->count, c->digest, c->sealed ? "" : "  not sealed");
}

static void print_version(const cli_stat *s, const char *name, const fc_dataset_version *v)
{
    char when[CLI_WORD_BYTES];

    fputs("    ", stdout);
    cli_put_text(stdout, name);
    printf("@%" PRIu32 "  %" PRIu64 " samples, ", v->number, v->n_samples);
    if (v->state == FC_SEALED)
        printf("sealed%s %s, digest %s\n", v->partial ? " in part" : "",
               cli_time(v->sealed_ns, when), v->digest);
    else
        printf("still building since %s: run its ingest again to go on\n",
               cli_time(v->created_ns, when));
    for (size_t i = 0; i < v->n_coverage; i++)
        print_coverage(s, &v->coverage[i]);
}

static void print_dataset(const cli_stat *s, const fc_dataset_info *d)
{
    const size_t older = d->n_versions > VERSIONS_SHOWN ? d->n_versions - VERSIONS_SHOWN : 0;

    fputs("  ", stdout);
    cli_put_text(stdout, d->name);
    fputs("  of ", stdout);
    cli_put_text(stdout, d->root != NULL && d->root[0] != '\0' ? d->root : "?");
    if (d->n_failures > 0)
        printf("  %" PRIu64 " failed", d->n_failures);
    putchar('\n');
    if (older > 0)
        printf("    %zu older versions; --json lists them all\n", older);
    for (size_t i = older; i < d->n_versions; i++)
        print_version(s, d->name, &d->versions[i]);
}

/* One line a segment that was measured; those that are scanned exactly are counted. */
static void print_index(const json_t *index)
{
    uint64_t n_scanned = 0, n_rows = 0;

    for (size_t i = 0; i < json_array_size(index); i++) {
        const json_t *g = json_array_get(index, i);
        const char *space = cli_json_word(g, "space");

        if (strcmp(cli_json_word(g, "state"), "sound") != 0)
            printf("  a segment of %s is %s: featcache index builds it anew\n",
                   cli_json_word(g, "output"), cli_json_word(g, "state"));
        if (cli_json_number(g, "target") == 0.0) {
            n_scanned++;
            n_rows += (uint64_t)json_integer_value(json_object_get(g, "rows"));
            continue;
        }
        printf("  #%" JSON_INTEGER_FORMAT " ",
               json_integer_value(json_object_get(g, "encoder_id")));
        cli_put_text(stdout, cli_json_word(g, "encoder"));
        putchar('/');
        cli_put_text(stdout, cli_json_word(g, "output"));
        if (space[0] != '\0') {
            fputs(" in ", stdout);
            cli_put_text(stdout, space);
        }
        printf("  %s over %" JSON_INTEGER_FORMAT
               " rows, recall@10 %.3f (for %.3f of new ones), %.0f "
               "us a query\n",
               cli_json_word(g, "kind"), json_integer_value(json_object_get(g, "rows")),
               cli_json_number(g, "recall"), cli_json_number(g, "target"),
               cli_json_number(g, "microseconds"));
    }
    if (n_scanned > 0)
        printf("  %" PRIu64 " segment%s of %" PRIu64 " rows, scanned exactly\n", n_scanned,
               n_scanned == 1 ? "" : "s", n_rows);
    if (json_array_size(index) == 0)
        puts("  none");
}

void cli_stat_text(const cli_stat *s)
{
    print_store(s);
    puts("\nencoder versions");
    for (size_t i = 0; i < s->n_encoders; i++)
        print_encoder(s, &s->encoders[i]);
    if (s->n_encoders == 0)
        puts("  none");
    puts("\nsearch index");
    print_index(s->index);
    puts("\ndata sets");
    for (size_t i = 0; i < s->n_datasets; i++)
        print_dataset(s, &s->datasets[i]);
    if (s->n_datasets == 0)
        puts("  none");
}
