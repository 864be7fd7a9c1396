/*
 * Collects labels in one pass over the samples: numbers for distinct values, one label a content of
 * the gallery, and the list of queries.
 */
#include "eval_labels.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_hash.h"

typedef struct reading {
    fc_labelled *out;
    const fc_eval_label_options *opts;
    fc_modality modality;
} reading;

/* Value of the column for a sample; NULL when it has none. */
static const char *label_of(const fc_sample *sample, const char *column)
{
    for (size_t i = 0; i < sample->n_meta; i++)
        if (strcmp(sample->meta[i].key, column) == 0)
            return sample->meta[i].text;
    if (strcmp(column, "group") == 0)
        return sample->group;
    if (strcmp(column, "split") == 0)
        return sample->split;
    if (strcmp(column, "modality") == 0)
        return fc_modality_name(sample->modality);
    return NULL;
}

static uint64_t *slot_of(const fc_labelled *l, const char *name)
{
    size_t at = (size_t)fc__xxh128(name, strlen(name)).low % l->n_slots;

    while (l->slots[at] != 0 && strcmp(l->names[l->slots[at] - 1], name) != 0)
        at = (at + 1) % l->n_slots;
    return &l->slots[at];
}

static fc_status grow_slots(fc_labelled *l, fc_error *err)
{
    const size_t n = l->n_slots == 0 ? 256 : l->n_slots * 2;
    uint64_t *slots = fc__alloc_array(n, sizeof(*slots));

    if (slots == NULL)
        return fc__nomem(err, n * sizeof(*slots), "labels");
    free(l->slots);
    l->slots = slots;
    l->n_slots = n;
    for (uint32_t i = 0; i < l->n_labels; i++)
        *slot_of(l, l->names[i]) = i + 1;
    return FC_OK;
}

/* Number of a label, new or known. */
static fc_status number_of(fc_labelled *l, const char *name, uint32_t *out, fc_error *err)
{
    uint64_t *slot;
    fc_status st = FC_OK;

    if (((size_t)l->n_labels + 1) * 2 > l->n_slots)
        st = grow_slots(l, err);
    if (st != FC_OK)
        return st;
    slot = slot_of(l, name);
    if (*slot == 0) {
        st = fc__grow_array(&l->names, &l->names_capacity, (size_t)l->n_labels + 1,
                            sizeof(*l->names), err);
        if (st == FC_OK && (l->names[l->n_labels] = fc__strdup(name)) == NULL)
            st = fc__nomem(err, strlen(name), "a label");
        if (st != FC_OK)
            return st;
        *slot = ++l->n_labels;
    }
    *out = (uint32_t)(*slot - 1);
    return FC_OK;
}

static fc_status label_content(fc_labelled *l, const fc_sample *sample, uint32_t label,
                               fc_error *err)
{
    const uint64_t content = sample->content;

    if (content >= l->n_labels_room) {
        const uint64_t n = content < 512 ? 1024 : content * 2;
        uint32_t *labels = realloc(l->labels, (size_t)n * sizeof(*labels));

        if (labels == NULL)
            return fc__nomem(err, (size_t)n * sizeof(*labels), "labels");
        for (uint64_t i = l->n_labels_room; i < n; i++)
            labels[i] = FC_NO_LABEL;
        l->labels = labels;
        l->n_labels_room = n;
    }
    if (l->labels[content] != FC_NO_LABEL && l->labels[content] != label)
        return fc_error_set(err, FC_E_INVALID,
                            "%s: its content is in the gallery twice, as '%s' and as '%s'",
                            sample->id, l->names[l->labels[content]], l->names[label]);
    l->labels[content] = label;
    return fc__live_set_add(&l->gallery, content, err);
}

static fc_status add_query(fc_labelled *l, uint64_t content, uint32_t label, fc_error *err)
{
    fc_status st;

    st = fc__grow_array(&l->queries, &l->queries_capacity, l->n_queries + 1, sizeof(*l->queries),
                        err);
    if (st == FC_OK)
        l->queries[l->n_queries++] = (fc_labelled_query){content, label};
    return st;
}

static bool in_split(const char *wanted, const fc_sample *sample)
{
    return wanted == NULL || strcmp(wanted, sample->split) == 0;
}

static fc_status read_sample(void *context, const fc_sample *sample, fc_error *err)
{
    const reading *r = context;
    const char *name = label_of(sample, r->opts->label);
    uint32_t label;
    fc_status st;

    if (sample->modality != r->modality || name == NULL || name[0] == '\0')
        return FC_OK;
    if (!in_split(r->opts->gallery_split, sample) && !in_split(r->opts->test_split, sample))
        return FC_OK;
    st = number_of(r->out, name, &label, err);
    if (st == FC_OK && in_split(r->opts->gallery_split, sample))
        st = label_content(r->out, sample, label, err);
    if (st == FC_OK && in_split(r->opts->test_split, sample))
        st = add_query(r->out, sample->content, label, err);
    return st;
}

fc_status fc__labelled_read(fc_labelled *out, fc_snapshot *s, const fc_dataset_info *dataset,
                            const fc_dataset_version *version, fc_modality modality,
                            const fc_eval_label_options *opts, fc_error *err)
{
    const fc_live_filter filter = {.dataset = dataset, .version = version};
    reading r = {.out = out, .opts = opts, .modality = modality};

    memset(out, 0, sizeof(*out));
    out->leave_one_out = opts->gallery_split == NULL || opts->test_split == NULL ||
                         strcmp(opts->gallery_split, opts->test_split) == 0;
    return fc__live_scan(s, &filter, read_sample, &r, err);
}

void fc__labelled_dispose(fc_labelled *l)
{
    for (uint32_t i = 0; i < l->n_labels; i++)
        free(l->names[i]);
    free(l->names);
    free(l->slots);
    free(l->labels);
    free(l->queries);
    fc__live_set_dispose(&l->gallery);
    memset(l, 0, sizeof(*l));
}
