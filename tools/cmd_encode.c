/* featcache encode: one input through an encoder, without a store, for parity checks. */
#include "cli_args.h"
#include "cli_caps.h"
#include "cli_features.h"
#include "cli_neural.h"

typedef struct encode {
    const char *text, *file, *output, *path;
    cli_caps caps;
    bool json;
    cli_neural neural;
} encode;

static const cli_usage usage = {
    .name = "encode",
    .synopsis = "CARD (--text S | --file F) [OPTION]...",
    .about = "Encode one text or one file, and print the numbers or write them to a .npy file.\n"
             "No store is needed: this is for comparing an encoder with its reference.",
    .operands = "  CARD                  a card file or a built-in's name\n",
    .examples = "featcache encode builtin/hog --file wren.png --output pooled -o wren.npy\n"
                "featcache encode builtin/hashtext --text \"a red bird\" --json\n",
    .operand_names = {"CARD"},
    .min_operands = 1,
    .max_operands = 1,
};

static cli_exit run(encode *o, const char *card)
{
    fc_tensor features = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_query input = FC_QUERY_INIT;
    char *problems = NULL;
    json_t *head = NULL;
    cli_exit end;
    fc_status st;

    input.text = o->text;
    input.file = o->file;
    cli_caps_apply(&o->caps, &input);
    st = fc_encode(card, &input, o->output, cli_neural_options(&o->neural), &features, &problems,
                   &err);
    if (st != FC_OK) {
        end = cli_fail_card(st, problems, &err);
    } else {
        if (problems != NULL)
            cli_message_lines(problems);
        if (o->json)
            head = json_pack("{s:s,s:o,s:o}", "schema", "featcache.encode/1", "card",
                             cli_json_text(card), "output", cli_json_text(o->output));
        end = cli_features_write(&features, o->path, head);
    }
    fc_string_free(problems);
    fc_tensor_dispose(&features);
    return end;
}

cli_exit cmd_encode(int argc, char **argv)
{
    encode o = {0};
    const cli_option options[] = {
        {"text", 0, CLI_TEXT, "S", "the text to encode", &o.text, 0, 0, NULL},
        {"file", 0, CLI_TEXT, "F", "the file to encode", &o.file, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME", "output of the encoder; default: its first", &o.output, 0,
         0, NULL},
        {NULL, 'o', CLI_TEXT, "F.npy", "write a NumPy file instead of printing the numbers",
         &o.path, 0, 0, NULL},
        CLI_OPTIONS_CAPS(&o.caps, "256M"),
        CLI_OPTIONS_NEURAL(&o.neural),
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if ((o.text == NULL) == (o.file == NULL))
        return cli_usage_error("encode", "give exactly one of --text and --file");
    if (!cli_features_path_ok("encode", o.path))
        return CLI_USAGE;
    return run(&o, operands.items[0]);
}
