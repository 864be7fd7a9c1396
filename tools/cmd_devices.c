/* featcache devices: what models can run on here. */
#include <string.h>

#include <featcache/featcache.h>

#include "cli_args.h"
#include "cli_json.h"
#include "cli_neural.h"

static const cli_usage usage = {
    .name = "devices",
    .synopsis = "[OPTION]...",
    .about = "Say whether ONNX Runtime, which runs models, is there, and what it can run them on.\n"
             "Built-in encoders need none of it.",
    .examples = "featcache devices\nfeatcache devices --onnxruntime ./libonnxruntime.so --json\n",
};

static void print_report(const json_t *o)
{
    const char *problem = json_string_value(json_object_get(o, "problem"));
    const char *library = json_string_value(json_object_get(o, "library"));
    json_t *item;
    size_t i;

    if (problem != NULL) {
        fputs("no models here: ", stdout);
        cli_put_text(stdout, problem);
        putchar('\n');
        return;
    }
    printf("onnxruntime  %s", json_string_value(json_object_get(o, "version")));
    if (library != NULL) {
        fputs("  ", stdout);
        cli_put_text(stdout, library);
    }
    printf("\nproviders    %s\ndevices     ", json_string_value(json_object_get(o, "providers")));
    json_array_foreach(json_object_get(o, "devices"), i, item)
    {
        printf(" %s", json_string_value(item));
    }
    putchar('\n');
}

cli_exit cmd_devices(int argc, char **argv)
{
    cli_neural neural = {0};
    bool json = false;
    const cli_option options[] = {
        CLI_OPTIONS_NEURAL(&neural),
        CLI_OPTION_JSON(&json),
    };
    fc_error err = FC_ERROR_INIT;
    cli_operands operands;
    json_t *root;
    char *text = NULL;
    cli_exit end;
    fc_status st;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    st = fc_devices(cli_neural_options(&neural), &text, &err);
    if (st != FC_OK)
        return cli_fail(st, &err);
    root = json_loads(text, 0, NULL);
    fc_string_free(text);
    if (root == NULL) {
        cli_message("no memory for the answer");
        return CLI_FAILED;
    }
    if (json)
        return cli_json_print(root);
    print_report(root);
    json_decref(root);
    return CLI_OK;
}
