/*
 * Collects labels in one pass over the samples: numbers for distinct values, one label a content of
 * the gallery, and the list of queries.
 */
#include "eval_labels.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

typedef struct reading {
    fc_labelled *out;
    const fc_eval_label_options *opts;
    fc_modality modality;
} reading;

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
        return fc_error_set(
            err, FC_E_INVALID, "%s: its content is in the gallery twice, as '%s' and as '%s'",
            sample->id, l->values.names[l->labels[content]], l->values.names[label]);
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
    const char *name = fc__sample_column(sample, r->opts->label);
    uint32_t label;
    fc_status st;

    if (sample->modality != r->modality || name == NULL || name[0] == '\0')
        return FC_OK;
    if (!in_split(r->opts->gallery_split, sample) && !in_split(r->opts->test_split, sample))
        return FC_OK;
    st = fc__name_list_number(&r->out->values, name, &label, err);
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
    fc__name_list_dispose(&l->values);
    free(l->labels);
    free(l->queries);
    fc__live_set_dispose(&l->gallery);
    memset(l, 0, sizeof(*l));
}
