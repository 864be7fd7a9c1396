/* featcache get: the stored features of one sample. */
#include <string.h>

#include "cli_args.h"
#include "cli_features.h"

typedef struct get {
    const char *encoder, *output, *path;
    bool json;
} get;

static const cli_usage usage = {
    .name = "get",
    .synopsis = "STORE DATASET/ID --encoder NAME [OPTION]...",
    .about = "Read the stored features of one sample, and print the numbers or write them to a\n"
             ".npy file.",
    .operands = "  STORE                 folder of the store\n"
                "  DATASET/ID            a sample; DATASET@N/ID for one version of the data set\n",
    .examples = "featcache get birds.store birds/wren.png --encoder hog -o wren.npy\n"
                "featcache get birds.store birds@2/wren.txt --encoder hashtext --output tokens\n",
    .operand_names = {"STORE", "DATASET/ID"},
    .min_operands = 2,
    .max_operands = 2,
};

/* The content number of DATASET[@N]/ID. */
static fc_status find_sample(fc_snapshot *snapshot, const char *text, uint64_t *content,
                             fc_error *err)
{
    const char *slash = strchr(text, '/');
    const fc_dataset_version *version;
    const fc_dataset_info *dataset;
    const fc_sample *sample;
    fc_samples *it = NULL;
    char name[160];
    fc_status st;

    if (slash == NULL || slash == text || slash[1] == '\0')
        return fc_error_set(err, FC_E_INVALID, "'%s': give DATASET/ID or DATASET@N/ID", text);
    if ((size_t)(slash - text) >= sizeof(name))
        return fc_error_set(err, FC_E_INVALID, "'%.40s...' is too long for a data set's name",
                            text);
    snprintf(name, sizeof(name), "%.*s", (int)(slash - text), text);
    st = fc_snapshot_find_dataset(snapshot, name, &dataset, &version, err);
    if (st != FC_OK)
        return st;
    st = fc_samples_open(&it, snapshot, dataset->name, version->number, err);
    if (st != FC_OK)
        return st;
    st = fc_samples_find(it, slash + 1, &sample, err);
    if (st == FC_OK)
        *content = sample->content;
    else if (st == FC_E_NOT_FOUND)
        fc_error_set(err, st, "data set '%s' version %u has no sample '%s'", dataset->name,
                     version->number, slash + 1);
    fc_samples_close(it);
    return st;
}

static fc_status find_output(const fc_encoder_info *encoder, const char *name,
                             const fc_output_info **out, fc_error *err)
{
    char names[256] = "";
    size_t n = 0;

    for (size_t i = 0; i < encoder->n_outputs; i++) {
        if (name == NULL || strcmp(encoder->outputs[i].name, name) == 0) {
            *out = &encoder->outputs[i];
            return FC_OK;
        }
        if (n < sizeof(names))
            n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", i > 0 ? ", " : "",
                                  encoder->outputs[i].name);
    }
    return fc_error_set(err, FC_E_NOT_FOUND, "encoder '%s' has no output '%s'; it has %s",
                        encoder->name, name != NULL ? name : "", names);
}

static fc_status read_item(fc_snapshot *snapshot, const get *o, const char *sample,
                           fc_tensor *features, json_t **head, fc_error *err)
{
    const fc_encoder_info *encoder;
    const fc_output_info *output = NULL;
    uint64_t content = 0;
    fc_status st;

    st = fc_snapshot_find_encoder(snapshot, o->encoder, &encoder, err);
    if (st == FC_OK)
        st = find_output(encoder, o->output, &output, err);
    if (st == FC_OK)
        st = find_sample(snapshot, sample, &content, err);
    if (st != FC_OK)
        return st;
    st = fc_snapshot_get_item(snapshot, encoder->id, output->id, content, features, err);
    if (st == FC_E_NOT_FOUND)
        fc_error_set(err, st, "'%s' has no features of encoder '%s', output '%s'", sample,
                     encoder->name, output->name);
    if (st == FC_OK && o->json)
        *head = json_pack("{s:s,s:o,s:o,s:s,s:o,s:I}", "schema", "featcache.get/1", "sample",
                          cli_json_text(sample), "encoder", cli_json_text(encoder->name),
                          "fingerprint", encoder->fingerprint, "output",
                          cli_json_text(output->name), "content", (json_int_t)content);
    return st;
}

static cli_exit run(const get *o, const char *path, const char *sample)
{
    fc_tensor features = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_snapshot *snapshot;
    json_t *head = NULL;
    fc_store *store;
    fc_status st;
    cli_exit end;

    end = cli_open_snapshot(&store, &snapshot, path);
    if (end != CLI_OK)
        return end;
    st = read_item(snapshot, o, sample, &features, &head, &err);
    end = st == FC_OK ? cli_features_write(&features, o->path, head) : cli_fail(st, &err);
    fc_tensor_dispose(&features);
    fc_snapshot_end(snapshot);
    fc_store_close(store);
    return end;
}

cli_exit cmd_get(int argc, char **argv)
{
    get o = {0};
    const cli_option options[] = {
        {"encoder", 0, CLI_TEXT, "NAME",
         "encoder version: NAME, NAME@FINGERPRINT or #ID (required)", &o.encoder, 0, 0, NULL},
        {"output", 0, CLI_TEXT, "NAME", "output of the encoder; default: its first", &o.output, 0,
         0, NULL},
        {NULL, 'o', CLI_TEXT, "F.npy", "write a NumPy file instead of printing the numbers",
         &o.path, 0, 0, NULL},
        CLI_OPTION_JSON(&o.json),
    };
    cli_operands operands;
    cli_exit end;

    if (!cli_parse(&usage, options, CLI_COUNT(options), argc, argv, &operands, &end))
        return end;
    if (o.encoder == NULL)
        return cli_usage_error("get", "--encoder NAME is missing");
    if (!cli_features_path_ok("get", o.path))
        return CLI_USAGE;
    return run(&o, operands.items[0], operands.items[1]);
}
