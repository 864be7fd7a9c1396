/* featcache audit canary: encodes the inputs that a store keeps for it again, and compares. */
#include <featcache/audit_canary.h>
#include <inttypes.h>

#include "audit.h"
#include "cli_args.h"
#include "cli_json.h"
#include "cli_neural.h"

static const char *const levels[] = {"same", "rounding", "batching", "resampling", "broken", NULL};

typedef struct canary {
    const char *encoder, *svg_helper;
    uint64_t add;
    bool accept, json;
    unsigned tolerate;
    cli_neural neural;
} canary;

static const cli_usage usage = {
    .name = "audit canary",
    .synopsis = "STORE [OPTION]...",
    .about =
        "Encode again the few inputs that STORE keeps of each encoder version, and compare with\n"
        "the features that were made of them then. How far they are apart is a level: same,\n"
        "rounding, batching, resampling or broken. An ingest makes these inputs, asks them before\n"
        "it encodes, and refuses to go on from resampling upwards.",
    .operands = "  STORE                 folder of the store\n",
    .examples =
        "featcache audit canary birds.store\n"
        "featcache audit canary birds.store --encoder vit --device cuda:0 --tolerate batching\n"
        "featcache audit canary birds.store --encoder vit --accept\n",
    .operand_names = {"STORE"},
    .min_operands = 1,
    .max_operands = 1,
};

static const char *state_name(fc_canary_state state)
{
    return state == FC_CANARY_CHECKED ? "checked" : state == FC_CANARY_NONE ? "none" : "not_run";
}

/* --- JSON --- */

static json_t *output_json(const fc_canary_output_report *o)
{
    return json_pack(
        "{s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:b,s:o}", "output", cli_json_text(o->name), "level",
        fc_canary_level_name(o->level), "inputs", cli_json_count(o->n_inputs), "same",
        cli_json_count(o->n_same), "min_cosine", cli_json_real(o->min_cosine, 9), "max_distance",
        cli_json_real(o->max_distance, 9), "max_difference", cli_json_real(o->max_difference, 9),
        "reshaped", o->reshaped, "worst", cli_json_text(o->worst));
}

static json_t *encoder_json(const fc_canary_encoder_report *r)
{
    json_t *outputs = json_array();
    json_t *changes = json_array();
    const bool checked = r->state == FC_CANARY_CHECKED;
    char when[CLI_WORD_BYTES];

    for (size_t k = 0; k < r->n_outputs; k++)
        json_array_append_new(outputs, output_json(&r->outputs[k]));
    for (size_t i = 0; i < r->n_changes; i++)
        json_array_append_new(changes, cli_json_text(r->changes[i]));
    return json_pack("{s:I,s:o,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b}",
                     "encoder_id", (json_int_t)r->version, "encoder", cli_json_text(r->name),
                     "fingerprint", r->fingerprint, "modality", fc_modality_name(r->modality),
                     "state", state_name(r->state), "reason", cli_json_text(r->reason), "made",
                     cli_json_text(checked ? cli_time(r->made_ns, when) : NULL), "inputs",
                     cli_json_count(r->n_inputs), "failed", cli_json_count(r->n_failed), "bytes",
                     cli_json_count(r->n_bytes), "level",
                     cli_json_text(checked ? fc_canary_level_name(r->level) : NULL), "cause",
                     cli_json_text(checked ? fc_canary_level_cause(r->level) : NULL), "outputs",
                     outputs, "changes", changes, "added", cli_json_count(r->n_added), "accepted",
                     r->accepted);
}

static cli_exit print_json(const canary *c, const fc_canary_report *r, bool good)
{
    json_t *encoders = json_array();

    for (size_t i = 0; i < r->n_encoders; i++)
        json_array_append_new(encoders, encoder_json(&r->encoders[i]));
    return cli_json_print(json_pack("{s:s,s:o,s:s,s:s,s:b}", "schema", "featcache.audit.canary/1",
                                    "encoders", encoders, "level", fc_canary_level_name(r->level),
                                    "tolerated", levels[c->tolerate], "good", good));
}

/* --- text --- */

static void print_output(const fc_canary_output_report *o)
{
    fputs("    ", stdout);
    cli_put_padded(stdout, o->name, 12);
    printf(" %-11s", fc_canary_level_name(o->level));
    if (o->reshaped)
        fputs("another shape than then", stdout);
    else if (o->level == FC_CANARY_SAME)
        printf("%" PRIu64 " of %" PRIu64 " bit for bit", o->n_same, o->n_inputs);
    else
        printf("%" PRIu64 " of %" PRIu64 " bit for bit; cosine %.7f, apart %.3g, an element %.3g",
               o->n_same, o->n_inputs, o->min_cosine, o->max_distance, o->max_difference);
    if (o->worst != NULL) {
        fputs(", most of ", stdout);
        cli_put_text(stdout, o->worst);
    }
    putchar('\n');
}

static void print_line(const char *text)
{
    fputs("    ", stdout);
    cli_put_text(stdout, text);
    putchar('\n');
}

static void print_checked(const fc_canary_encoder_report *r)
{
    char size[CLI_WORD_BYTES], when[CLI_WORD_BYTES];

    printf("%s\n    %" PRIu64 " inputs of %s in all, features of %s\n",
           fc_canary_level_name(r->level), r->n_inputs, cli_bytes(r->n_bytes, size),
           cli_time(r->made_ns, when));
    for (size_t k = 0; k < r->n_outputs; k++)
        if (r->outputs[k].n_inputs > 0)
            print_output(&r->outputs[k]);
    if (r->n_failed > 0) {
        printf("    %" PRIu64 " cannot be encoded now: ", r->n_failed);
        cli_put_text(stdout, r->reason);
        putchar('\n');
    }
    if (r->level != FC_CANARY_SAME)
        print_line(fc_canary_level_cause(r->level));
    for (size_t i = 0; i < r->n_changes; i++) {
        fputs("    since then: ", stdout);
        cli_put_text(stdout, r->changes[i]);
        putchar('\n');
    }
}

static void print_encoder(const fc_canary_encoder_report *r)
{
    cli_put_text(stdout, r->name);
    printf("@%.12s: ", r->fingerprint);
    if (r->state == FC_CANARY_CHECKED) {
        print_checked(r);
    } else if (r->state == FC_CANARY_NOT_RUN) {
        fputs("not run\n", stdout);
        print_line(r->reason);
    } else if (r->n_added > 0) {
        fputs("had no canary\n", stdout);
    } else {
        fputs("has no canary; the next ingest with it makes one\n", stdout);
    }
    if (r->n_added > 0)
        printf("    %" PRIu64 " inputs added\n", r->n_added);
    if (r->accepted)
        puts("    what it computes now stands from now on");
}

/* --- */

/* Inputs that cannot be encoded any more are a finding, too; what was accepted is none. */
static bool is_good(const canary *c, const fc_canary_report *r)
{
    for (size_t i = 0; i < r->n_encoders; i++) {
        const fc_canary_encoder_report *e = &r->encoders[i];

        if (!e->accepted && (e->n_failed > 0 || (unsigned)e->level > c->tolerate))
            return false;
    }
    return true;
}

static cli_exit run(canary *c, const char *path)
{
    fc_canary_options opts = FC_CANARY_OPTIONS_INIT;
    fc_canary_report report = {0};
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    cli_exit end;
    fc_status st;

    end = cli_open_store(&store, path,
                         c->accept || c->add > 0 ? FC_STORE_MUST_EXIST : FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    opts.encoder = c->encoder;
    opts.n_add = c->add;
    opts.accept = c->accept;
    opts.neural = cli_neural_options(&c->neural);
    opts.svg_helper = c->svg_helper;
    st = fc_audit_canary(store, &opts, &report, &err);
    if (st != FC_OK) {
        end = cli_fail(st, &err);
    } else {
        const bool good = is_good(c, &report);

        if (c->json)
            end = print_json(c, &report, good);
        for (size_t i = 0; i < report.n_encoders && !c->json; i++)
            print_encoder(&report.encoders[i]);
        if (end == CLI_OK && !good)
            end = CLI_FINDINGS;
    }
    fc_canary_report_dispose(&report);
    fc_store_close(store);
    return end;
}

cli_exit audit_canary(int argc, char **argv)
{
    canary c = {.tolerate = FC_CANARY_ROUNDING};
    const cli_option options[] = {
        {"encoder", 0, CLI_TEXT, "E", "NAME, NAME@FINGERPRINT or #ID; default: all of the store",
         &c.encoder, 0, 0, NULL},
        {"tolerate", 0, CLI_CHOICE, "LEVEL",
         "same, rounding (default), batching, resampling or broken:\nend with 1 above it",
         &c.tolerate, 0, 0, levels},
        {"accept", 0, CLI_FLAG, NULL,
         "what is computed now takes the place of what was; features that\n"
         "are stored stay as they are",
         &c.accept, 0, 0, NULL},
        {"add", 0, CLI_NUMBER, "N",
         "keep N inputs more, out of the samples of the store; at most\n64 of an encoder", &c.add,
         1, 64, NULL},
        {"svg-helper", 0, CLI_TEXT, "FILE",
         "the program that draws SVGs; default: featcache-svg as\nit was installed", &c.svg_helper,
         0, 0, NULL},
        CLI_OPTIONS_NEURAL(&c.neural),
        CLI_OPTION_JSON(&c.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (c.accept && c.add > 0)
        return cli_usage_error("audit canary", "--accept and --add exclude each other");
    return run(&c, operands.items[0]);
}
