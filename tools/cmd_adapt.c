/* featcache adapt: fit a map between two versions of an encoder, or list those of a store. */
#include <inttypes.h>
#include <string.h>

#include <featcache/adapt.h>

#include "cli_adapter.h"
#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

typedef struct adapt_run {
    fc_adapter_options opts;
    uint64_t rank, jobs, map_size;
    unsigned method;
    bool json;
    unsigned when;
    cli_progress progress;
} adapt_run;

static const cli_usage usage = {
    .name = "adapt",
    .synopsis = "STORE [--from VERSION --to VERSION] [OPTION]...",
    .about =
        "Fit a map between the vectors of an old encoder version and a new one, to items that\n"
        "both have encoded (a few thousand are enough), and measure on others what recall it\n"
        "keeps of encoding everything anew. New queries then search what the old version has\n"
        "encoded (featcache query --adapter, featcache switch). Without --from and --to list\n"
        "the adapters of STORE.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache adapt photos.store --from cnn@1f03 --to cnn@9c2a\n"
                "featcache query photos.store --adapter cnn-adapter --file owl.png\n"
                "featcache switch photos.store --to dual\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static const char *const methods[] = {"auto", "procrustes", "ridge", "lowrank", NULL};

static void print_recall(const char *what, const fc_adapter_recall *r)
{
    printf("  %-10s", what);
    for (size_t k = 0; k < 3; k++)
        printf("  %6.3f (%.3f to %.3f)", r->value[k], r->low[k], r->high[k]);
    putchar('\n');
}

static void print_text(const fc_adapter_report *r)
{
    char words[CLI_WORD_BYTES];

    printf("adapter    ");
    cli_put_text(stdout, r->name);
    printf(" version %" PRIu32 "%s, by %s%s%s, in %s\n", r->version,
           r->changed ? "" : " (as it was)", r->method, r->how[0] != '\0' ? " " : "", r->how,
           cli_seconds(r->seconds, words));
    printf("pairs      %" PRIu64 " of %" PRIu64 " items that both have: %" PRIu64
           " to fit, %" PRIu64 " to choose by, %" PRIu64 " to measure\n",
           r->n_fit + r->n_choose + r->n_test, r->n_common, r->n_fit, r->n_choose, r->n_test);
    if (r->n_skipped > 0)
        printf("left out   %" PRIu64 " pairs with a zero vector\n", r->n_skipped);
    printf("neighbours that everything encoded anew would give, found among %" PRIu64 " by %" PRIu64
           " queries:\n",
           r->n_gallery, r->n_queries);
    printf("  %-10s  %-24s  %-24s  %s\n", "", "     @1", "     @5", "    @10");
    print_recall("adapted", &r->adapted);
    if (r->has_unadapted)
        print_recall("unadapted", &r->unadapted);
    print_recall("old alone", &r->old);
    printf("  %-10s  %6.3f %17s  %6.3f %17s  %6.3f\n", "chance", r->chance[0], "", r->chance[1], "",
           r->chance[2]);
}

/* The fit's report, which has the recalls and what was tried. */
static json_t *report_json(const fc_adapter_report *r)
{
    json_t *fit = json_loads(r->fit_json, JSON_DECODE_ANY, NULL);

    return json_pack("{s:s,s:o,s:I,s:b,s:s,s:o,s:o}", "schema", "featcache.adapt/1", "adapter",
                     cli_json_text(r->name), "version", (json_int_t)r->version, "changed",
                     r->changed, "stage", fc_adapter_stage_name(r->stage), "seconds",
                     cli_json_real(r->seconds, 3), "fit", fit != NULL ? fit : json_null());
}

static void print_migration(const fc_adapter_migration *m)
{
    printf("migrated   %" PRIu64 " items to ", m->n_items);
    cli_put_text(stdout, m->encoder);
    printf("@%.12s, which %" PRIu64 " data set%s now\n", m->fingerprint, m->n_datasets,
           m->n_datasets == 1 ? " has" : "s have");
    if (m->n_skipped > 0)
        printf("left out   %" PRIu64 " items without a direction there\n", m->n_skipped);
}

static json_t *migration_json(const fc_adapter_migration *m)
{
    return json_pack("{s:o,s:s,s:I,s:I,s:I}", "encoder", cli_json_text(m->encoder), "fingerprint",
                     m->fingerprint, "items", (json_int_t)m->n_items, "skipped",
                     (json_int_t)m->n_skipped, "datasets", (json_int_t)m->n_datasets);
}

/* Print the fit, and what was migrated by it. */
static cli_exit print(const adapt_run *o, const fc_adapter_report *r, const fc_adapter_migration *m)
{
    json_t *object;

    if (!o->json) {
        print_text(r);
        if (o->opts.migrate)
            print_migration(m);
        return CLI_OK;
    }
    object = report_json(r);
    if (o->opts.migrate)
        json_object_set_new(object, "migrated", migration_json(m));
    return cli_json_print(object);
}

static cli_exit fit(adapt_run *o, fc_store *store)
{
    fc_adapter_migration migration = {.n_items = 0};
    fc_adapter_report report = {0};
    fc_error err = FC_ERROR_INIT;
    cli_exit end = CLI_OK;
    fc_status st;

    o->opts.method = methods[o->method];
    o->opts.rank = (uint32_t)o->rank;
    o->opts.n_threads = (uint32_t)o->jobs;
    o->opts.progress = cli_progress_watch;
    o->opts.cancelled = cli_stopped;
    o->opts.context = &o->progress;
    cli_stop_install("the current step");
    cli_progress_begin(&o->progress, o->when);
    st = fc_adapter_fit(store, &o->opts, &report, &err);
    if (st == FC_OK && o->opts.migrate)
        st = fc_adapter_migrate(store, report.name, &migration, &err);
    cli_progress_end(&o->progress);
    end = st == FC_OK ? print(o, &report, &migration) : cli_fail(st, &err);
    fc_adapter_report_dispose(&report);
    return end;
}

cli_exit cmd_adapt(int argc, char **argv)
{
    adapt_run o = {.opts = FC_ADAPTER_OPTIONS_INIT};
    const cli_option options[] = {
        {"from", 0, CLI_TEXT, "VERSION",
         "the old encoder version, as NAME, NAME@FINGERPRINT or #ID", &o.opts.from, 0, 0, NULL},
        {"to", 0, CLI_TEXT, "VERSION", "the new one", &o.opts.to, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME", "of both, a vector; default: pooled, else the first",
         &o.opts.output, 0, 0, NULL},
        {"name", 0, CLI_TEXT, "NAME",
         "of the adapter; one that is there gets a new version;\ndefault: the new encoder's with "
         "-adapter behind it, with\n--migrate -migrate",
         &o.opts.name, 0, 0, NULL},
        {"method", 0, CLI_CHOICE, "METHOD",
         "procrustes (a turn, or nothing where that finds as\nmuch), ridge, lowrank, auto (the one "
         "that finds most,\non items that none was fitted to); default: auto",
         &o.method, 0, 0, methods},
        {"migrate", 0, CLI_FLAG, NULL,
         "map the other way, from the old version into the new\none's space, and store all that the "
         "old one has encoded\nso, as an encoder version of its own: NEW.migrated",
         &o.opts.migrate, 0, 0, NULL},
        {"sample", 0, CLI_NUMBER, "N", "items to learn from, drawn by the seed; default: 5000",
         &o.opts.n_sample, 50, UINT32_MAX, NULL},
        {"penalty", 0, CLI_REAL, "X",
         "ridge, lowrank: relative to the mean variance; default:\nby cross-validation",
         &o.opts.penalty, 0, 0, NULL},
        {"rank", 0, CLI_NUMBER, "N", "lowrank; default: chosen as the method is", &o.rank, 1, 16384,
         NULL},
        {"seed", 0, CLI_NUMBER, "N", "of the sample and its parts; default: 0", &o.opts.seed, 0,
         UINT64_MAX, NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "for rows and sums; default: 1G", &o.opts.memory_bytes,
         UINT64_C(16) << 20, UINT64_C(1) << 50, NULL},
        CLI_OPTION_JOBS(&o.jobs),
        CLI_OPTION_MAP_SIZE(&o.map_size),
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    fc_store *store;
    bool fits;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    fits = o.opts.from != NULL || o.opts.to != NULL;
    if (fits && (o.opts.from == NULL || o.opts.to == NULL))
        return cli_usage_error("adapt", "--%s VERSION is missing",
                               o.opts.from == NULL ? "from" : "to");
    end = cli_open_store(&store, operands.items[0], fits ? FC_STORE_MUST_EXIST : FC_STORE_READ_ONLY,
                         o.map_size);
    if (end != CLI_OK)
        return end;
    end = fits ? fit(&o, store) : cli_list_adapters(store, NULL, o.json);
    fc_store_close(store);
    return end;
}
