/* featcache space: declare spaces that encoders share, and list those of a store. */
#include <inttypes.h>
#include <string.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_neural.h"

static const cli_usage usage = {
    .name = "space",
    .synopsis = "STORE [FILE] [OPTION]...",
    .about =
        "Declare the space that FILE describes: outputs of encoders that can be compared with\n"
        "one another by cosine, such as the halves of CLIP. featcache query --space NAME then\n"
        "searches all of them at once. Without FILE list the spaces of STORE.",
    .operands = "  STORE                 folder of the store\n"
                "  FILE                  a space file (YAML): a name, and the members' cards\n",
    .examples = "featcache space photos.store clip-vit-b32.yaml\n"
                "featcache space photos.store\n"
                "featcache query photos.store --text \"a dog in snow\" --space clip-vit-b32\n",
    .operand_names = {"STORE", "FILE"},
    .min_operands = 1,
    .max_operands = 2,
};

/* What the fit has left: null where there was none. */
static json_t *record_json(const fc_space_info *s)
{
    json_t *record =
        s->record_json != NULL ? json_loads(s->record_json, JSON_DECODE_ANY, NULL) : NULL;

    return record != NULL ? record : json_null();
}

static json_t *space_json(const fc_space_info *s)
{
    json_t *members = json_array();
    char when[CLI_WORD_BYTES];

    for (size_t i = 0; i < s->n_members; i++) {
        const fc_space_output *m = &s->members[i];

        json_array_append_new(
            members, json_pack("{s:o,s:s,s:o,s:s,s:b,s:o}", "encoder", cli_json_text(m->encoder),
                               "fingerprint", m->fingerprint, "output", cli_json_text(m->output),
                               "modality", fc_modality_name(m->modality), "stored", m->stored,
                               "head", s->method != NULL ? json_integer(m->head) : json_null()));
    }
    return json_pack("{s:o,s:I,s:I,s:s,s:o,s:o,s:o}", "name", cli_json_text(s->name), "version",
                     (json_int_t)s->version, "dim", (json_int_t)s->dim, "created",
                     cli_time(s->created_ns, when), "members", members, "method",
                     cli_json_text_or_null(s->method), "fit", record_json(s));
}

static void print_space(const fc_space_info *s)
{
    char when[CLI_WORD_BYTES];

    cli_put_text(stdout, s->name);
    printf("  version %" PRIu32 ", %" PRIu32 " elements, since %s", s->version, s->dim,
           cli_time(s->created_ns, when));
    if (s->record_json != NULL)
        printf(", fitted by %s to %" PRIu64 " groups\n", s->method, s->n_seen);
    else
        puts(s->method != NULL ? ", with imported heads" : "");
    for (size_t i = 0; i < s->n_members; i++) {
        const fc_space_output *m = &s->members[i];

        printf("    %-7s ", fc_modality_name(m->modality));
        cli_put_text(stdout, m->encoder);
        printf("@%.12s, output ", m->fingerprint);
        cli_put_text(stdout, m->output);
        puts(m->stored ? "" : "; nothing is encoded with it");
    }
}

static cli_exit list_spaces(fc_store *store, bool json)
{
    fc_space_list *list = NULL;
    fc_snapshot *snapshot = NULL;
    fc_error err = FC_ERROR_INIT;
    json_t *all;
    cli_exit end = CLI_OK;
    fc_status st = fc_snapshot_begin(&snapshot, store, &err);

    if (st == FC_OK)
        st = fc_spaces(snapshot, &list, &err);
    if (st != FC_OK) {
        end = cli_fail(st, &err);
    } else if (json) {
        all = json_array();
        for (size_t i = 0; i < list->n; i++)
            json_array_append_new(all, space_json(&list->spaces[i]));
        end = cli_json_print(json_pack("{s:s,s:o}", "schema", "featcache.space/1", "spaces", all));
    } else {
        for (size_t i = 0; i < list->n; i++)
            print_space(&list->spaces[i]);
    }
    fc_space_list_destroy(list);
    fc_snapshot_end(snapshot);
    return end;
}

static cli_exit declare(fc_store *store, const char *file, cli_neural *neural)
{
    fc_error err = FC_ERROR_INIT;
    char *problems = NULL;
    bool changed = false;
    const fc_status st =
        fc_space_declare(store, file, cli_neural_options(neural), &changed, &problems, &err);
    cli_exit end = CLI_OK;

    if (st != FC_OK)
        end = cli_fail_card(st, problems, &err);
    else if (!changed)
        cli_message("%s: the store has this declaration already", file);
    fc_string_free(problems);
    return end;
}

cli_exit cmd_space(int argc, char **argv)
{
    cli_neural neural = {0};
    bool json = false;
    const cli_option options[] = {
        CLI_OPTIONS_NEURAL(&neural),
        CLI_OPTION_JSON(&json),
    };
    cli_operands operands;
    fc_store *store;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    end = cli_open_store(&store, operands.items[0],
                         operands.n > 1 ? FC_STORE_MUST_EXIST : FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    if (operands.n > 1)
        end = declare(store, operands.items[1], &neural);
    if (end == CLI_OK)
        end = list_spaces(store, json);
    fc_store_close(store);
    return end;
}
