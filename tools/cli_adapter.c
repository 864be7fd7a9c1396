/* How adapters are printed. */
#include "cli_adapter.h"

#include <inttypes.h>
#include <string.h>

#include <featcache/adapt.h>

#include "cli_json.h"

static json_t *side_json(const fc_adapter_side *s)
{
    return json_pack("{s:o,s:s,s:o,s:b}", "encoder", cli_json_text(s->encoder), "fingerprint",
                     s->fingerprint, "output", cli_json_text(s->output), "stored", s->stored);
}

static json_t *adapter_json(const fc_adapter_info *a)
{
    json_t *fit = a->fit_json != NULL ? json_loads(a->fit_json, JSON_DECODE_ANY, NULL) : NULL;
    char when[CLI_WORD_BYTES];

    return json_pack("{s:o,s:I,s:s,s:s,s:b,s:o,s:o,s:s,s:s,s:o}", "name", cli_json_text(a->name),
                     "version", (json_int_t)a->version, "created", cli_time(a->created_ns, when),
                     "modality", fc_modality_name(a->modality), "migrate", a->migrate, "from",
                     side_json(&a->from), "to", side_json(&a->to), "stage",
                     fc_adapter_stage_name(a->stage), "method", a->method, "fit",
                     fit != NULL ? fit : json_null());
}

static void print_side(const char *what, const fc_adapter_side *s)
{
    printf("    %-5s ", what);
    cli_put_text(stdout, s->encoder);
    printf("@%.12s, output ", s->fingerprint);
    cli_put_text(stdout, s->output);
    puts(s->stored ? "" : "; nothing is encoded with it");
}

static void print_adapter(const fc_adapter_info *a)
{
    char when[CLI_WORD_BYTES];

    cli_put_text(stdout, a->name);
    printf("  version %" PRIu32 ", %s, %s%s, since %s\n", a->version, a->method,
           a->migrate ? "to migrate by" : "stage ",
           a->migrate ? "" : fc_adapter_stage_name(a->stage), cli_time(a->created_ns, when));
    print_side("from", &a->from);
    print_side("to", &a->to);
}

cli_exit cli_list_adapters(fc_store *store, const char *name, bool json)
{
    fc_adapter_list *list = NULL;
    fc_snapshot *snapshot = NULL;
    fc_error err = FC_ERROR_INIT;
    json_t *all = json_array();
    cli_exit end = CLI_OK;
    fc_status st = fc_snapshot_begin(&snapshot, store, &err);

    if (st == FC_OK)
        st = fc_adapters(snapshot, &list, &err);
    for (size_t i = 0; st == FC_OK && i < list->n; i++) {
        if (name != NULL && strcmp(list->adapters[i].name, name) != 0)
            continue;
        if (json)
            json_array_append_new(all, adapter_json(&list->adapters[i]));
        else
            print_adapter(&list->adapters[i]);
    }
    if (st != FC_OK)
        end = cli_fail(st, &err);
    if (st == FC_OK && json)
        end = cli_json_print(
            json_pack("{s:s,s:O}", "schema", "featcache.adapters/1", "adapters", all));
    json_decref(all);
    fc_adapter_list_destroy(list);
    fc_snapshot_end(snapshot);
    return end;
}
