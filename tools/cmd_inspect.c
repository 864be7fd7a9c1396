/* featcache inspect: what a model file says about itself, and a draft of its card. */
#include <inttypes.h>
#include <string.h>

#include <featcache/featcache.h>

#include "cli_args.h"
#include "cli_json.h"

static const cli_usage usage = {
    .name = "inspect",
    .synopsis = "MODEL.onnx [OPTION]...",
    .about =
        "Print the inputs, outputs and operators of an ONNX model, and a draft of a card for it.\n"
        "Lines marked as guessed have to be looked at. ONNX Runtime is not needed for this.\n"
        "Exit 1: the model is one that featcache would refuse.",
    .operands = "  MODEL.onnx            a model file\n",
    .examples = "featcache inspect dinov2s14.onnx\n"
                "featcache inspect dinov2s14.onnx --card >dinov2.yaml\n",
    .operand_names = {"MODEL.onnx"},
    .min_operands = 1,
    .max_operands = 1,
};

static void put(const char *text)
{
    cli_put_text(stdout, text != NULL ? text : "?");
}

static void print_values(const char *title, const json_t *list)
{
    const json_t *v, *axis;
    size_t i, a;

    json_array_foreach(list, i, v)
    {
        const json_t *shape = json_object_get(v, "shape");

        printf("%-9s ", title);
        put(json_string_value(json_object_get(v, "name")));
        printf("  %s [", json_string_value(json_object_get(v, "type")));
        if (!json_is_array(shape))
            putchar('?');
        json_array_foreach(shape, a, axis)
        {
            if (a > 0)
                fputs(", ", stdout);
            if (json_is_integer(axis))
                printf("%" JSON_INTEGER_FORMAT, json_integer_value(axis));
            else
                put(json_string_value(axis));
        }
        puts("]");
    }
}

static void print_operators(const json_t *list)
{
    const json_t *op;
    size_t i;

    fputs("operators", stdout);
    json_array_foreach(list, i, op)
    {
        const char *domain = json_string_value(json_object_get(op, "domain"));

        putchar(' ');
        if (domain != NULL && domain[0] != '\0') {
            put(domain);
            putchar('.');
        }
        put(json_string_value(json_object_get(op, "name")));
        printf(" %" JSON_INTEGER_FORMAT "%s", json_integer_value(json_object_get(op, "count")),
               i + 1 < json_array_size(list) ? "," : "");
    }
    putchar('\n');
}

static void print_report(const json_t *o, const char *card)
{
    const char *problem = json_string_value(json_object_get(o, "problem"));

    fputs("model     ", stdout);
    put(json_string_value(json_object_get(o, "model")));
    printf("\nsha256    %s\n", json_string_value(json_object_get(o, "sha256")));
    printf("size      %" JSON_INTEGER_FORMAT " bytes, %" JSON_INTEGER_FORMAT " of them weights\n",
           json_integer_value(json_object_get(o, "bytes")),
           json_integer_value(json_object_get(o, "weight_bytes")));
    printf("format    IR %" JSON_INTEGER_FORMAT ", opset %" JSON_INTEGER_FORMAT ", by ",
           json_integer_value(json_object_get(o, "ir_version")),
           json_integer_value(json_object_get(o, "opset")));
    put(json_string_value(json_object_get(o, "producer")));
    putchar('\n');
    print_values("input", json_object_get(o, "inputs"));
    print_values("output", json_object_get(o, "outputs"));
    print_operators(json_object_get(o, "operators"));
    if (json_is_true(json_object_get(o, "dynamic")))
        puts(
            "note      quantised dynamically: it is run a sample at a time, and its features belong "
            "to\n          one version of ONNX Runtime");
    if (problem != NULL) {
        fputs("refused   ", stdout);
        put(problem);
        putchar('\n');
    }
    fputs("\ndraft of a card:\n\n", stdout);
    fputs(card, stdout); /* has no text of the model's that is not escaped */
}

cli_exit cmd_inspect(int argc, char **argv)
{
    bool json = false, only_card = false;
    const cli_option options[] = {
        {"card", 0, CLI_FLAG, NULL, "print the draft of a card and nothing else", &only_card, 0, 0,
         NULL},
        CLI_OPTION_JSON(&json),
    };
    fc_error err = FC_ERROR_INIT;
    cli_operands operands;
    char *text = NULL, *card = NULL;
    json_t *root = NULL;
    cli_exit end;
    fc_status st;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (json && only_card)
        return cli_usage_error("inspect", "--card and --json exclude each other");
    st = fc_inspect(operands.items[0], &text, &card, &err);
    if (st != FC_OK)
        return cli_fail(st, &err);
    root = json_loads(text, 0, NULL);
    if (root == NULL) {
        cli_message("no memory for the answer");
        end = CLI_FAILED;
        goto done;
    }
    end = json_is_null(json_object_get(root, "problem")) ? CLI_OK : CLI_FINDINGS;
    if (json) {
        const cli_exit printed = cli_json_print(json_incref(root));

        end = printed != CLI_OK ? printed : end;
    } else if (only_card) {
        fputs(card, stdout);
    } else {
        print_report(root, card);
    }

done:
    json_decref(root);
    fc_string_free(text);
    fc_string_free(card);
    return end;
}
