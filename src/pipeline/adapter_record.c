/*
 * Numbers of a fit, with the digits that mean something.
 */
#include "adapter_record.h"

#include <stdio.h>
#include <string.h>

#include "fc_json.h"

#define DIGITS 6

static void write_recall(fc_json *j, const char *key, const fc_adapt_recall *r)
{
    fc_json_key(j, key);
    fc_json_object_begin(j);
    for (size_t k = 0; k < FC_ADAPT_KS; k++) {
        char name[8];

        snprintf(name, sizeof(name), "%zu", FC_ADAPT_K[k]);
        fc_json_key(j, name);
        fc_json_array_begin(j); /* value, low, high */
        fc_json_double(j, r->value[k], DIGITS);
        fc_json_double(j, r->range[k].low, DIGITS);
        fc_json_double(j, r->range[k].high, DIGITS);
        fc_json_array_end(j);
    }
    fc_json_object_end(j);
}

static void write_recalls(fc_json *j, const fc_adapt_report *r)
{
    fc_json_key(j, "recall");
    fc_json_object_begin(j);
    write_recall(j, "adapted", &r->adapted);
    if (r->has_bare) {
        write_recall(j, "unadapted", &r->bare);
        write_recall(j, "gain", &r->gain);
    }
    write_recall(j, "old", &r->old);
    fc_json_key(j, "chance");
    fc_json_object_begin(j);
    for (size_t k = 0; k < FC_ADAPT_KS; k++) {
        char name[8];

        snprintf(name, sizeof(name), "%zu", FC_ADAPT_K[k]);
        fc_json_kv_double(j, name, r->chance[k], DIGITS);
    }
    fc_json_object_end(j);
    fc_json_object_end(j);
}

static void write_tried(fc_json *j, const fc_adapt_report *r)
{
    fc_json_key(j, "tried");
    fc_json_array_begin(j);
    for (size_t i = 0; i < r->n_tried; i++) {
        const fc_adapt_tried *t = &r->tried[i];

        fc_json_object_begin(j);
        fc_json_kv_string(j, "method", fc__adapt_method_name(t->method));
        fc_json_kv_string(j, "how", t->how);
        fc_json_kv_double(j, "score", t->score, DIGITS);
        fc_json_kv_bool(j, "chosen", t->chosen);
        fc_json_object_end(j);
    }
    fc_json_array_end(j);
}

fc_status fc__adapter_record(const fc_adapt_report *r, const fc_adapter_pairs *pairs, uint64_t seed,
                             fc_buf *out, fc_error *err)
{
    fc_json j = fc_json_into(out);

    fc_json_object_begin(&j);
    fc_json_kv_string(&j, "method", fc__adapt_method_name(r->method));
    fc_json_kv_string(&j, "how", r->how);
    fc_json_kv_uint(&j, "seed", seed);
    fc_json_kv_uint(&j, "common", pairs->n_common);
    fc_json_kv_uint(&j, "skipped", pairs->n_skipped);
    fc_json_kv_uint(&j, "fit_pairs", r->n_fit);
    fc_json_kv_uint(&j, "choose_pairs", r->n_choose);
    fc_json_kv_uint(&j, "test_pairs", r->n_test);
    fc_json_kv_uint(&j, "queries", r->n_queries);
    fc_json_kv_uint(&j, "gallery", r->n_gallery);
    write_recalls(&j, r);
    fc_json_kv_double(&j, "score_slope", r->score_slope, DIGITS);
    fc_json_kv_double(&j, "score_shift", r->score_shift, DIGITS);
    write_tried(&j, r);
    if (r->ridge_json != NULL) {
        fc_json_key(&j, "ridge");
        fc_json_raw(&j, r->ridge_json, strlen(r->ridge_json));
    }
    fc_json_object_end(&j);
    return fc_json_status(&j, err);
}
