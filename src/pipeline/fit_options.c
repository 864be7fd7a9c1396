/*
 * A fit's options as JSON, which the reader of YAML takes.
 */
#include "fit_options.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

#define DIGITS     17 /* of a double that reads back to the same */
#define SPEC_BYTES 512

/* An option that a fit gains stands last, and has to be kept here, too. */
static_assert(offsetof(fc_space_fit_options, keep_none) / sizeof(void *) * sizeof(void *) +
                      sizeof(void *) ==
                  sizeof(fc_space_fit_options),
              "options of a fit that are not kept");

/* NAME@FINGERPRINT, a prefix of it that tells versions apart. */
static void name_encoder(const fc_encoder_info *e, char out[SPEC_BYTES])
{
    snprintf(out, SPEC_BYTES, "%s@%.16s", e->name, e->fingerprint);
}

static void write_encoders(fc_json *j, const fc_fit_plan *plan)
{
    char spec[SPEC_BYTES], pooling[64];

    fc_json_array_begin(j);
    for (size_t i = 0; i < plan->n_branches; i++)
        for (size_t k = 0; k < plan->branches[i].n_inputs; k++) {
            const fc_fit_input *in = &plan->branches[i].inputs[k];
            size_t n;

            name_encoder(plan->picked[i][k].encoder, spec);
            n = strlen(spec);
            if (in->pooling.kind != 0)
                fc__pooling_name(&in->pooling, pooling);
            snprintf(spec + n, sizeof(spec) - n, ":%s%s%s", plan->picked[i][k].output->name,
                     in->pooling.kind != 0 ? "=" : "", in->pooling.kind != 0 ? pooling : "");
            fc_json_string(j, spec);
        }
    fc_json_array_end(j);
}

static void write_anchor(fc_json *j, const fc_fit_plan *plan)
{
    char spec[SPEC_BYTES];

    if (plan->fit.anchor == 0)
        return;
    name_encoder(plan->picked[plan->fit.anchor - 1][0].encoder, spec);
    fc_json_kv_string(j, "anchor", spec);
}

void fc__fit_options_write(fc_json *j, const fc_fit_plan *plan, const fc_space_fit_options *o)
{
    const struct {
        const char *key, *value;
    } texts[] = {
        {"dataset", o->dataset}, {"split", o->split}, {"method", o->method}, {"fuse", o->fuse}};
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"test_share", o->test_share},
                   {"penalty", o->penalty},
                   {"learning_rate", o->learning_rate},
                   {"weight_decay", o->weight_decay},
                   {"temperature", o->temperature}};
    const struct {
        const char *key;
        uint64_t value;
    } counts[] = {{"split_seed", o->split_seed},
                  {"dim", o->dim},
                  {"folds", o->folds},
                  {"epochs", o->epochs},
                  {"batch", o->batch},
                  {"patience", o->patience},
                  {"seed", o->seed}};

    fc_json_object_begin(j);
    fc_json_key(j, "encoders");
    write_encoders(j, plan);
    write_anchor(j, plan);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].value != NULL)
            fc_json_kv_string(j, texts[i].key, texts[i].value);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (numbers[i].value != 0.0)
            fc_json_kv_double(j, numbers[i].key, numbers[i].value, DIGITS);
    /* As texts: a seed may be larger than what a reader of numbers takes. */
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (counts[i].value != 0) {
            char digits[24];

            snprintf(digits, sizeof(digits), "%llu", (unsigned long long)counts[i].value);
            fc_json_kv_string(j, counts[i].key, digits);
        }
    if (o->ignore_splits)
        fc_json_kv_bool(j, "ignore_splits", true);
    if (o->whiten)
        fc_json_kv_bool(j, "whiten", true);
    if (o->keep_none)
        fc_json_kv_bool(j, "keep_none", true);
    fc_json_object_end(j);
}

void fc__fit_options_dispose(fc_kept_fit_options *k)
{
    free(k->encoders);
    fc__yaml_destroy(k->document);
    *k = (fc_kept_fit_options){.document = NULL};
}

/* A count that was written as a text; false where it is none. */
static bool get_count(fc_yaml *y, fc_yaml_node *map, const char *key, uint64_t *out)
{
    const char *text = NULL;
    char *end = NULL;

    *out = 0;
    if (!fc__yaml_get_string(y, map, key, false, &text) || text == NULL)
        return true;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0';
}

static bool get_small(fc_yaml *y, fc_yaml_node *map, const char *key, uint32_t *out)
{
    uint64_t count;
    const bool ok = get_count(y, map, key, &count) && count <= UINT32_MAX;

    *out = ok ? (uint32_t)count : 0;
    return ok;
}

static fc_status take_encoders(fc_kept_fit_options *out, fc_yaml_node *list, fc_error *err)
{
    const size_t n = list != NULL ? fc__yaml_length(list) : 0;

    out->encoders = fc__alloc_array(n, sizeof(*out->encoders));
    if (out->encoders == NULL)
        return fc__nomem(err, n * sizeof(*out->encoders), "options of a fit");
    for (size_t i = 0; i < n; i++) {
        const fc_yaml_node *one = fc__yaml_item(list, i);

        if (fc__yaml_node_kind(one) != FC_YAML_SCALAR)
            return fc_error_set(err, FC_E_CORRUPT, "an encoder in the record of a fit is no text");
        out->encoders[i] = fc__yaml_scalar(one);
    }
    out->opts.encoders = out->encoders;
    out->opts.n_encoders = n;
    return FC_OK;
}

static bool take_values(fc_yaml *y, fc_yaml_node *map, fc_space_fit_options *o)
{
    bool ok = true;

    (void)fc__yaml_get_string(y, map, "dataset", false, &o->dataset);
    (void)fc__yaml_get_string(y, map, "split", false, &o->split);
    (void)fc__yaml_get_string(y, map, "method", false, &o->method);
    (void)fc__yaml_get_string(y, map, "anchor", false, &o->anchor);
    (void)fc__yaml_get_string(y, map, "fuse", false, &o->fuse);
    (void)fc__yaml_get_double(y, map, "test_share", false, 0, 1, &o->test_share);
    (void)fc__yaml_get_double(y, map, "penalty", false, -1e300, 1e300, &o->penalty);
    (void)fc__yaml_get_double(y, map, "learning_rate", false, -1e300, 1e300, &o->learning_rate);
    (void)fc__yaml_get_double(y, map, "weight_decay", false, -1e300, 1e300, &o->weight_decay);
    (void)fc__yaml_get_double(y, map, "temperature", false, -1e300, 1e300, &o->temperature);
    (void)fc__yaml_get_bool(y, map, "ignore_splits", false, &o->ignore_splits);
    (void)fc__yaml_get_bool(y, map, "whiten", false, &o->whiten);
    (void)fc__yaml_get_bool(y, map, "keep_none", false, &o->keep_none);
    ok = get_count(y, map, "split_seed", &o->split_seed) && ok;
    ok = get_count(y, map, "seed", &o->seed) && ok;
    ok = get_small(y, map, "dim", &o->dim) && ok;
    ok = get_small(y, map, "folds", &o->folds) && ok;
    ok = get_small(y, map, "epochs", &o->epochs) && ok;
    ok = get_small(y, map, "batch", &o->batch) && ok;
    return get_small(y, map, "patience", &o->patience) && ok;
}

fc_status fc__fit_options_read(fc_kept_fit_options *out, const char *record_json, fc_error *err)
{
    fc_yaml_node *root, *map = NULL;
    fc_status st;

    *out = (fc_kept_fit_options){.opts = FC_SPACE_FIT_OPTIONS_INIT};
    st = fc__yaml_parse(&out->document, record_json, strlen(record_json), "the record of a fit",
                        err);
    if (st != FC_OK)
        return st == FC_E_FORMAT ? FC_E_CORRUPT : st;
    root = fc__yaml_root(out->document);
    if (root != NULL && fc__yaml_node_kind(root) == FC_YAML_MAP)
        map = fc__yaml_get(out->document, root, "options", FC_YAML_MAP, true);
    if (map == NULL)
        return fc_error_set(err, FC_E_CORRUPT, "the record of a fit holds no options");
    st = take_encoders(out, fc__yaml_get(out->document, map, "encoders", FC_YAML_SEQUENCE, true),
                       err);
    if (st == FC_OK &&
        (!take_values(out->document, map, &out->opts) || fc__yaml_n_problems(out->document) > 0))
        st = fc_error_set(err, FC_E_CORRUPT, "the record of a fit: %s",
                          fc__yaml_problems(out->document));
    return st;
}
