/*
 * Resolves the names in a query against one snapshot; every error says what there is to choose
 * from.
 */
#include "search_pick.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_buf.h"
#include "fc_store_read.h"
#include "search_live.h"

void fc__query_self_dispose(fc_query_self *self)
{
    free(self->dataset);
    free(self->id);
    memset(self, 0, sizeof(*self));
}

fc_status fc__pick_sample(fc_snapshot *s, const char *text, fc_query_self *out,
                          fc_result_builder *result, size_t term, fc_error *err)
{
    const char *slash = strchr(text, '/');
    const fc_dataset_info *dataset;
    const fc_dataset_version *version;
    const fc_sample *sample;
    fc_samples *it = NULL;
    char *name;
    fc_status st;

    if (slash == NULL || slash == text || slash[1] == '\0')
        return fc_error_set(err, FC_E_INVALID, "'%s': give DATASET/ID or DATASET@N/ID", text);
    name = fc__strndup(text, (size_t)(slash - text));
    if (name == NULL)
        return fc__nomem(err, strlen(text), "a name");
    st = fc_snapshot_find_dataset(s, name, &dataset, &version, err);
    if (st == FC_OK)
        st = fc_samples_open(&it, s, dataset->name, version->number, err);
    if (st == FC_OK) {
        st = fc_samples_find(it, slash + 1, &sample, err);
        if (st == FC_E_NOT_FOUND)
            st = fc_error_set(err, st, "data set '%s' version %u has no sample '%s'", dataset->name,
                              version->number, slash + 1);
    }
    if (st == FC_OK) {
        out->modality = sample->modality;
        out->content = sample->content;
        out->dataset = fc__strdup(sample->dataset);
        out->id = fc__strdup(sample->id);
        if (out->dataset == NULL || out->id == NULL)
            st = fc__nomem(err, strlen(text), "a name");
        else
            st = fc__result_set_sample(result, term, sample, dataset->root, err);
    }
    fc_samples_close(it);
    free(name);
    return st;
}

fc_status fc__pick_modalities(const char *text, uint32_t *bits, fc_error *err)
{
    *bits = 0;
    while (text != NULL && *text != '\0') {
        const size_t n = strcspn(text, ",");
        char name[16] = "";
        fc_modality m;

        if (n < sizeof(name))
            memcpy(name, text, n);
        if (n >= sizeof(name) || fc_modality_parse(&m, name) != FC_OK)
            return fc_error_set(err, FC_E_INVALID,
                                "modality '%.*s': give image, text, audio or points, separated by "
                                "commas",
                                (int)(n < 64 ? n : 64), text);
        *bits |= 1u << m;
        text += n;
        if (*text == ',')
            text++;
    }
    return FC_OK;
}

bool fc__encoder_is_migrated(const fc_encoder_info *e)
{
    return e->n_provenances > 0 && strncmp(e->provenances[0], FC_MIGRATED_PROVENANCE " ",
                                           strlen(FC_MIGRATED_PROVENANCE " ")) == 0;
}

static bool has_searchable(const fc_encoder_info *e)
{
    for (size_t k = 0; k < e->n_outputs; k++)
        if (e->outputs[k].searchable)
            return true;
    return false;
}

static bool covers_any(const fc_dataset_info *d, const fc_dataset_version *v,
                       const fc_encoder_info *e)
{
    for (size_t k = 0; k < e->n_outputs; k++)
        if (e->outputs[k].searchable && fc__dataset_covers(d, v, e->id, e->outputs[k].id))
            return true;
    return false;
}

/* Whether sealed data that the query may find has been encoded with it. */
static fc_status is_in_use(fc_snapshot *s, const fc_pick_wish *wish, const fc_encoder_info *e,
                           bool *out, fc_error *err)
{
    const fc_dataset_info *list;
    size_t n;
    fc_status st = FC_OK;

    if (wish->dataset != NULL) {
        *out = covers_any(wish->dataset, wish->version, e);
        return FC_OK;
    }
    *out = false;
    st = fc_snapshot_datasets(s, &list, &n, err);
    for (size_t i = 0; st == FC_OK && i < n && !*out; i++)
        *out = covers_any(&list[i], NULL, e);
    return st;
}

static fc_status newest_encoder(fc_snapshot *s, const fc_pick_wish *wish,
                                const fc_encoder_info **out, fc_error *err)
{
    const fc_encoder_info *list, *used = NULL;
    fc_buf names = FC_BUF_INIT;
    size_t n;
    fc_status st;

    *out = NULL;
    st = fc_snapshot_encoders(s, &list, &n, err);
    for (size_t i = 0; st == FC_OK && i < n; i++) {
        bool in_use = false;

        (void)fc_buf_append_fmt(&names, NULL, "%s%s (%s)", i == 0 ? "" : ", ", list[i].name,
                                fc_modality_name(list[i].modality));
        if (list[i].modality != wish->modality || !has_searchable(&list[i]) ||
            fc__encoder_is_migrated(&list[i]))
            continue;
        *out = &list[i];
        st = is_in_use(s, wish, &list[i], &in_use, err);
        if (in_use)
            used = &list[i];
    }
    if (used != NULL)
        *out = used;
    if (st == FC_OK && *out == NULL)
        st = fc_error_set(err, FC_E_INVALID, "no encoder of this store takes %s; it has %.*s",
                          fc_modality_name(wish->modality), names.size > 0 ? (int)names.size : 4,
                          names.size > 0 ? (const char *)names.data : "none");
    fc_buf_dispose(&names);
    return st;
}

static fc_status choose_output(const fc_encoder_info *e, const char *name,
                               const fc_output_info **out, fc_error *err)
{
    fc_buf names = FC_BUF_INIT;
    fc_status st = FC_OK;

    *out = NULL;
    for (size_t k = 0; k < e->n_outputs; k++) {
        const fc_output_info *o = &e->outputs[k];

        if (!o->searchable)
            continue;
        (void)fc_buf_append_fmt(&names, NULL, "%s%s", names.size == 0 ? "" : ", ", o->name);
        if (name != NULL ? strcmp(o->name, name) == 0
                         : *out == NULL || strcmp(o->name, "pooled") == 0)
            *out = o;
    }
    if (*out == NULL)
        st = fc_error_set(err, name != NULL ? FC_E_NOT_FOUND : FC_E_INVALID,
                          "encoder '%s' has no output%s%s that can be searched; it has %.*s",
                          e->name, name != NULL ? " " : "", name != NULL ? name : "",
                          names.size > 0 ? (int)names.size : 4,
                          names.size > 0 ? (const char *)names.data : "none");
    fc_buf_dispose(&names);
    return st;
}

fc_status fc__pick_output(fc_snapshot *s, const fc_pick_wish *wish, fc_picked *out, fc_error *err)
{
    fc_status st;

    if (wish->encoder != NULL)
        st = fc_snapshot_find_encoder(s, wish->encoder, &out->encoder, err);
    else if (wish->modality == FC_MODALITY_NONE)
        st = fc_error_set(err, FC_E_INVALID,
                          "a vector says nothing of its encoder: name one with --encoder");
    else
        st = newest_encoder(s, wish, &out->encoder, err);
    if (st == FC_OK && wish->modality != FC_MODALITY_NONE &&
        out->encoder->modality != wish->modality)
        st = fc_error_set(err, FC_E_INVALID, "encoder '%s' takes %s, the query is %s",
                          out->encoder->name, fc_modality_name(out->encoder->modality),
                          fc_modality_name(wish->modality));
    return st == FC_OK ? choose_output(out->encoder, wish->output, &out->output, err) : st;
}

/* The output named, else "pooled", else the first vector, else the first. */
static const fc_output_info *find_output(const fc_encoder_info *e, const char *name)
{
    const fc_output_info *vector = NULL;

    for (size_t i = 0; i < e->n_outputs; i++) {
        const fc_output_info *o = &e->outputs[i];

        if (name != NULL ? strcmp(o->name, name) == 0
                         : o->searchable && strcmp(o->name, "pooled") == 0)
            return o;
        if (vector == NULL && o->searchable)
            vector = o;
    }
    return name != NULL ? NULL : vector != NULL ? vector : e->n_outputs > 0 ? &e->outputs[0] : NULL;
}

fc_status fc__pick_stored(fc_snapshot *s, const char *encoder, const char *output, fc_picked *out,
                          fc_error *err)
{
    fc_status st = fc_snapshot_find_encoder(s, encoder, &out->encoder, err);

    if (st != FC_OK)
        return st;
    out->output = find_output(out->encoder, output);
    if (out->output != NULL)
        return FC_OK;
    st = fc__check_output_name(out->encoder, 1, out->encoder, output, false, err);
    return st != FC_OK ? st
                       : fc_error_set(err, FC_E_NOT_FOUND, "encoder '%s' has no outputs",
                                      out->encoder->name);
}
