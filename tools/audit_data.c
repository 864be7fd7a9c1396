/* featcache audit data: whether the data of one encoder version has changed. */
#include <featcache/audit_data.h>

#include <inttypes.h>

#include "audit.h"
#include "cli_args.h"
#include "cli_json.h"
#include "cli_progress.h"

typedef struct data_audit {
    fc_audit_data_options opts;
    uint64_t sample, permutations, components, unlike, jobs;
    const char *alpha;
    bool json;
    unsigned when;
    cli_progress progress;
} data_audit;

static const cli_usage usage = {
    .name = "audit data",
    .synopsis = "STORE --encoder V --reference SEL --current SEL [OPTION]...",
    .about =
        "Tell whether two selections of samples are of one distribution, by the features of one\n"
        "encoder version: maximum mean discrepancy, energy distance, a classifier, and principal\n"
        "components one by one, with p-values by permutation; and which samples are most unlike\n"
        "the reference. Ends with 1 where drift is found.\n"
        "\n"
        "SEL is PART[;PART]...: NAME or NAME@N for a data set, split=NAME, since=TIME and\n"
        "until=TIME for when samples came into it, and where=EXPR, which takes the rest.",
    .operands = "  STORE                 folder of the store\n",
    .examples =
        "featcache audit data birds.store --encoder hog --reference birds@1 \\\n"
        "    --current birds@2 --new-only\n"
        "featcache audit data birds.store --encoder hog --reference 'birds;split=train' \\\n"
        "    --current 'birds;where=year >= 2025' --json\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

/* --- JSON --- */

static json_t *test_json(const fc_audit_test *t)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o}", "value", cli_json_real(t->value, 8), "null",
                     cli_json_real(t->null_value, 8), "null_high", cli_json_real(t->null_high, 8),
                     "p", cli_json_real(t->p, 8), "p_holm", cli_json_real(t->p_holm, 8));
}

static json_t *side_json(const fc_audit_side *s)
{
    return json_pack("{s:o,s:o,s:o,s:o}", "selection", cli_json_text(s->selection), "contents",
                     cli_json_count(s->contents), "sampled", cli_json_count(s->sampled),
                     "without_direction", cli_json_count(s->without_direction));
}

static json_t *components_json(const fc_audit_data_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_components; i++) {
        const fc_audit_component *c = &r->components[i];

        json_array_append_new(
            list, json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "component", cli_json_count(i + 1),
                            "variance", cli_json_real(c->variance, 8), "mean_reference",
                            cli_json_real(c->mean_reference, 8), "mean_current",
                            cli_json_real(c->mean_current, 8), "wasserstein",
                            test_json(&c->wasserstein), "psi", test_json(&c->psi)));
    }
    return list;
}

static json_t *unlike_json(const fc_audit_data_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_unlike; i++) {
        const fc_audit_sample *s = &r->unlike[i].sample;

        json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:s,s:o,s:o,s:o}", "score",
                                              cli_json_real(r->unlike[i].score, 6), "dataset",
                                              cli_json_text(s->dataset), "id", cli_json_text(s->id),
                                              "modality", fc_modality_name(s->modality), "group",
                                              cli_json_text_or_null(s->group), "split",
                                              cli_json_text_or_null(s->split), "path",
                                              cli_json_text_or_null(s->path)));
    }
    return list;
}

static cli_exit print_json(const fc_audit_data_report *r)
{
    json_t *o = json_pack(
        "{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b}", "schema", "featcache.audit.data/1",
        "encoder", cli_json_text(r->encoder), "fingerprint", cli_json_text(r->fingerprint),
        "output", cli_json_text(r->output), "dim", cli_json_count(r->dim), "reference",
        side_json(&r->reference), "current", side_json(&r->current), "shared",
        cli_json_count(r->shared), "alpha", cli_json_real(r->alpha, 6), "permutations",
        cli_json_count(r->n_permutations), "drift", (int)r->drift);

    if (o == NULL)
        return cli_json_print(NULL);
    json_object_set_new(o, "mmd", test_json(&r->mmd));
    json_object_set_new(o, "bandwidth", cli_json_real(r->bandwidth, 8));
    json_object_set_new(o, "energy", test_json(&r->energy));
    json_object_set_new(o, "auc",
                        cli_json_measure(r->auc.value, r->auc.low, r->auc.high, r->auc.null_value));
    json_object_set_new(o, "auc_p", cli_json_real(r->auc_p, 8));
    json_object_set_new(o, "auc_p_holm", cli_json_real(r->auc_p_holm, 8));
    json_object_set_new(o, "components_p", cli_json_real(r->components_p, 8));
    json_object_set_new(o, "components_p_holm", cli_json_real(r->components_p_holm, 8));
    json_object_set_new(o, "components", components_json(r));
    json_object_set_new(o, "unlike", unlike_json(r));
    json_object_set_new(o, "seconds", cli_json_real(r->seconds, 3));
    return cli_json_print(o);
}

/* --- text --- */

static void put_side(const char *name, const fc_audit_side *s)
{
    printf("%-10s", name);
    cli_put_text(stdout, s->selection);
    printf(": %" PRIu64 " contents, %" PRIu64 " compared", s->contents, s->sampled);
    if (s->without_direction > 0)
        printf(", %" PRIu64 " left out for values that are not finite", s->without_direction);
    putchar('\n');
}

static void put_test(const char *name, const fc_audit_test *t)
{
    printf("  %-28s%12.5g%12.5g%12.5g%10.4f%10.4f\n", name, t->value, t->null_value, t->null_high,
           t->p, t->p_holm);
}

static void put_tests(const fc_audit_data_report *r)
{
    printf("  %-28s%12s%12s%12s%10s%10s\n", "", "value", "chance", "its 95 %", "p", "by Holm");
    put_test("MMD, squared", &r->mmd);
    put_test("energy distance", &r->energy);
    printf("  %-28s%12.5g%12.5g%12s%10.4f%10.4f\n", "AUC of a classifier", r->auc.value,
           r->auc.null_value, "", r->auc_p, r->auc_p_holm);
    printf("  %-28s%12s%12s%12s%10.4f%10.4f\n", "components", "", "", "", r->components_p,
           r->components_p_holm);
}

static void put_components(const fc_audit_data_report *r)
{
    printf("component    variance  mean, then  and now      Wasserstein   by Holm       PSI   by "
           "Holm\n");
    for (size_t i = 0; i < r->n_components; i++) {
        const fc_audit_component *c = &r->components[i];

        printf("%9zu%12.5g%12.5g%11.5g%14.5g%10.4f%10.4f%10.4f\n", i + 1, c->variance,
               c->mean_reference, c->mean_current, c->wasserstein.value, c->wasserstein.p_holm,
               c->psi.value, c->psi.p_holm);
    }
}

static void put_unlike(const fc_audit_data_report *r)
{
    puts("most unlike the reference, by a classifier that was fitted to others:");
    for (size_t i = 0; i < r->n_unlike; i++) {
        const fc_audit_sample *s = &r->unlike[i].sample;

        printf("  %.3f  ", r->unlike[i].score);
        cli_put_text(stdout, s->dataset);
        putchar('/');
        cli_put_text(stdout, s->id);
        if (s->preview[0] != '\0') {
            fputs("  ", stdout);
            cli_put_text_n(stdout, s->preview, 60);
        }
        putchar('\n');
    }
}

static void print_text(const fc_audit_data_report *r)
{
    char words[CLI_WORD_BYTES];

    printf("%s: ", r->drift ? "drift" : "no drift found");
    cli_put_text(stdout, r->encoder);
    printf(" %.12s, output ", r->fingerprint);
    cli_put_text(stdout, r->output);
    printf(", at alpha %.4g\n", r->alpha);
    put_side("reference", &r->reference);
    put_side("current", &r->current);
    if (r->shared > 0)
        printf("left out  %" PRIu64 " contents of the current that the reference has\n", r->shared);
    put_tests(r);
    put_components(r);
    put_unlike(r);
    cli_message("compared in %s", cli_seconds(r->seconds, words));
}

/* --- running --- */

static cli_exit run(data_audit *o, const char *path)
{
    fc_audit_data_report *report = NULL;
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    o->opts.progress = cli_progress_watch;
    o->opts.cancelled = cli_stopped;
    o->opts.context = &o->progress;
    cli_stop_install("the current step");
    cli_progress_begin(&o->progress, o->when);
    st = fc_audit_data(&report, store, &o->opts, &err);
    cli_progress_end(&o->progress);
    if (st != FC_OK)
        end = cli_fail(st, &err);
    else if (o->json)
        end = print_json(report);
    else
        print_text(report);
    if (end == CLI_OK && report->drift)
        end = CLI_FINDINGS;
    fc_audit_data_destroy(report);
    fc_store_close(store);
    return end;
}

static cli_exit check(data_audit *o)
{
    if (o->opts.encoder == NULL || o->opts.reference == NULL || o->opts.current == NULL)
        return cli_usage_error("audit data", "--encoder, --reference and --current are needed");
    if (o->alpha != NULL && (!cli_parse_seconds(o->alpha, &o->opts.alpha) || !(o->opts.alpha > 0) ||
                             o->opts.alpha >= 1))
        return cli_usage_error("audit data", "--alpha: '%s' is not a number above 0, below 1",
                               o->alpha);
    o->opts.sample = (size_t)o->sample;
    o->opts.n_permutations = (uint32_t)o->permutations;
    o->opts.n_components = (uint32_t)o->components;
    o->opts.n_unlike = (uint32_t)o->unlike;
    o->opts.n_threads = (uint32_t)o->jobs;
    return CLI_OK;
}

cli_exit audit_data(int argc, char **argv)
{
    data_audit o = {.opts = FC_AUDIT_DATA_OPTIONS_INIT};
    const cli_option options[] = {
        {"encoder", 0, CLI_TEXT, "V", "encoder version: NAME, NAME@FINGERPRINT or #ID",
         &o.opts.encoder, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME", "default: pooled, else the first that can be searched",
         &o.opts.output, 0, 0, NULL},
        {"reference", 0, CLI_TEXT, "SEL", "what it was", &o.opts.reference, 0, 0, NULL},
        {"current", 0, CLI_TEXT, "SEL", "what it is now", &o.opts.current, 0, 0, NULL},
        {"new-only", 0, CLI_FLAG, NULL, "leave out of the current what the reference has as well",
         &o.opts.new_only, 0, 0, NULL},
        {"one-per-group", 0, CLI_FLAG, NULL,
         "one content, drawn by seed, of each group: samples of\none thing are not independent",
         &o.opts.one_per_group, 0, 0, NULL},
        {"alpha", 0, CLI_TEXT, "P",
         "drift is found where a corrected p-value of the four tests\nis at most P; default: 0.05",
         &o.alpha, 0, 0, NULL},
        {"sample", 0, CLI_NUMBER, "N", "contents of each side, drawn by seed; default: 2000",
         &o.sample, 50, FC_AUDIT_DATA_SAMPLE_MAX, NULL},
        {"permutations", 0, CLI_NUMBER, "N", "default: 1000", &o.permutations, 20, 10000, NULL},
        {"components", 0, CLI_NUMBER, "N", "principal components of both; default: 10",
         &o.components, 1, FC_AUDIT_DATA_COMPONENTS_MAX, NULL},
        {"unlike", 0, CLI_NUMBER, "N", "samples to show; default: 10", &o.unlike, 1,
         FC_AUDIT_DATA_UNLIKE_MAX, NULL},
        {"seed", 0, CLI_NUMBER, "N", "of samples and permutations; default: 0", &o.opts.seed, 0,
         UINT64_MAX, NULL},
        {"memory", 0, CLI_SIZE, "SIZE", "refuse samples that need more; default: 1G",
         &o.opts.memory_bytes, UINT64_C(1) << 20, UINT64_C(1) << 42, NULL},
        {"jobs", 0, CLI_NUMBER, "N", "threads; default: one a processor", &o.jobs, 1, 1024, NULL},
        CLI_OPTION_PROGRESS(&o.when),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    end = check(&o);
    return end == CLI_OK ? run(&o, operands.items[0]) : end;
}
