/* featcache encoders: the built-ins, a store's encoder versions, and how a card differs from them.
 */
#include <inttypes.h>
#include <string.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_neural.h"

static const cli_usage usage = {
    .name = "encoders",
    .synopsis = "[STORE] [OPTION]...\nSTORE --explain CARD",
    .about = "List the encoder versions of STORE with their outputs and what computed them, or\n"
             "without STORE the built-in encoders; or say which part of a card differs from what\n"
             "the store holds under its name.",
    .operands = "  STORE                 folder of the store\n",
    .examples = "featcache encoders\n"
                "featcache encoders birds.store\n"
                "featcache encoders --explain mine.yaml birds.store\n",
    .operand_names = {"STORE"},
    .min_operands = 0,
    .max_operands = 1,
};

static cli_exit list_builtins(bool json)
{
    const char *const *names = fc_builtin_cards();
    json_t *list = NULL;

    if (json)
        list = json_array();
    for (; *names != NULL; names++) {
        if (json)
            json_array_append_new(list, cli_json_text(*names));
        else
            puts(*names);
    }
    return json ? cli_json_print(
                      json_pack("{s:s,s:o}", "schema", "featcache.encoders/1", "builtins", list))
                : CLI_OK;
}

static json_t *output_json(const fc_output_info *o)
{
    json_t *shape = json_array();

    /* null stands for a length that differs from item to item. */
    for (uint32_t a = 0; a < o->rank && a < FC_MAX_RANK; a++)
        json_array_append_new(shape, a == 0 && o->shape[0] == 0 ? json_null()
                                                                : cli_json_count(o->shape[a]));
    return json_pack("{s:i,s:o,s:s,s:o,s:b}", "id", (int)o->id, "name", cli_json_text(o->name),
                     "precision", fc_dtype_name(o->precision), "shape", shape, "searchable",
                     o->searchable);
}

static json_t *encoder_json(const fc_encoder_info *e)
{
    json_t *provenances = json_array();
    json_t *outputs = json_array();
    json_t *card = json_loads(e->card, JSON_ALLOW_NUL, NULL);
    char when[CLI_WORD_BYTES];

    for (size_t i = 0; i < e->n_outputs; i++)
        json_array_append_new(outputs, output_json(&e->outputs[i]));
    for (size_t i = 0; i < e->n_provenances; i++)
        json_array_append_new(provenances, cli_json_text(e->provenances[i]));
    return json_pack("{s:I,s:o,s:s,s:s,s:s,s:o,s:o,s:o}", "id", (json_int_t)e->id, "name",
                     cli_json_text(e->name), "fingerprint", e->fingerprint, "modality",
                     fc_modality_name(e->modality), "created", cli_time(e->created_ns, when),
                     "outputs", outputs, "provenances", provenances, "card",
                     card != NULL ? card : cli_json_text(e->card));
}

/* What computed it, "key=value" lines, on lines of its own. */
static void print_provenance(const char *lines)
{
    fputs("    computed by ", stdout);
    while (*lines != '\0') {
        const size_t n = strcspn(lines, "\n");

        cli_put_text_n(stdout, lines, n);
        lines += n + (lines[n] == '\n');
        fputs(*lines != '\0' ? ", " : "\n", stdout);
    }
}

static void print_encoder(const fc_encoder_info *e)
{
    char words[CLI_WORD_BYTES];

    printf("#%" PRIu32 "  ", e->id);
    cli_put_text(stdout, e->name);
    printf("@%.12s  %s, since %s\n", e->fingerprint, fc_modality_name(e->modality),
           cli_time(e->created_ns, words));
    for (size_t i = 0; i < e->n_outputs; i++) {
        const fc_output_info *o = &e->outputs[i];

        fputs("    ", stdout);
        cli_put_padded(stdout, o->name, 12);
        printf(" %-12s %s%s\n", cli_shape(o, words), fc_dtype_name(o->precision),
               o->searchable ? ", searchable" : "");
    }
    for (size_t i = 0; i < e->n_provenances; i++)
        print_provenance(e->provenances[i]);
}

static cli_exit list_encoders(const char *path, bool json)
{
    const fc_encoder_info *list;
    fc_error err = FC_ERROR_INIT;
    fc_snapshot *snapshot;
    json_t *all = NULL;
    fc_store *store;
    fc_status st;
    cli_exit end;
    size_t n;

    end = cli_open_snapshot(&store, &snapshot, path);
    if (end != CLI_OK)
        return end;
    st = fc_snapshot_encoders(snapshot, &list, &n, &err);
    if (st != FC_OK) {
        end = cli_fail(st, &err);
        goto done;
    }
    if (json)
        all = json_array();
    for (size_t i = 0; i < n; i++) {
        if (json)
            json_array_append_new(all, encoder_json(&list[i]));
        else
            print_encoder(&list[i]);
    }
    if (json)
        end = cli_json_print(
            json_pack("{s:s,s:o}", "schema", "featcache.encoders/1", "encoders", all));

done:
    fc_snapshot_end(snapshot);
    fc_store_close(store);
    return end;
}

static void print_lines(const char *text)
{
    while (*text != '\0') {
        const size_t n = strcspn(text, "\n");

        cli_put_text_n(stdout, text, n);
        putchar('\n');
        text += n + (text[n] == '\n');
    }
}

static cli_exit explain(const char *path, const char *card, bool json)
{
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    char *text = NULL;
    bool same = false;
    cli_neural neural = {0};
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    st = fc_card_explain(card, store, cli_neural_options(&neural), &text, &same, &err);
    if (st != FC_OK) {
        end = cli_fail_card(st, text, &err);
    } else if (json) {
        end = cli_json_print(json_pack("{s:s,s:o,s:b,s:o}", "schema",
                                       "featcache.encoders-explain/1", "card", cli_json_text(card),
                                       "same", same, "text", cli_json_text(text)));
    } else {
        print_lines(text);
    }
    fc_string_free(text);
    fc_store_close(store);
    return end;
}

cli_exit cmd_encoders(int argc, char **argv)
{
    const char *card = NULL;
    bool json = false;
    const cli_option options[] = {
        {"explain", 0, CLI_TEXT, "CARD",
         "say what differs between this card, a file or a built-in's\nname, and STORE", &card, 0, 0,
         NULL},
        CLI_OPTION_JSON(&json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (card != NULL && operands.n == 0)
        return cli_usage_error("encoders", "--explain: STORE is missing");
    if (card != NULL)
        return explain(operands.items[0], card, json);
    return operands.n > 0 ? list_encoders(operands.items[0], json) : list_builtins(json);
}
