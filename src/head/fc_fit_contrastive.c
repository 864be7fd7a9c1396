/*
 * The method contrastive: some groups are held out, the others learnt from until those that are
 * held out are found no better; then all groups are learnt from for as many epochs (Goodfellow et
 * al. 2016, algorithm 7.2).
 */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_contrast_train.h"
#include "fc_fit_linear.h"
#include "fc_fit_rows.h"

#define SALT_HELD  UINT64_C(0x48656C64)
#define HELD_LEAST ((size_t)5)
#define HELD_MOST  ((size_t)2000)

/* Some of the groups of other data. */
typedef struct view {
    const fc_fit_data *data;
    size_t *groups;
    uint64_t *keys;
} view;

static size_t view_n_items(void *self, size_t group, size_t branch)
{
    const view *v = self;

    return v->data->n_items(v->data->self, v->groups[group], branch);
}

static fc_status view_item(void *self, size_t group, size_t branch, size_t index,
                           fc_head_item *items, fc_error *err)
{
    const view *v = self;

    return v->data->item(v->data->self, v->groups[group], branch, index, items, err);
}

static fc_status view_create(view *v, const fc_fit_data *data, size_t n, fc_error *err)
{
    *v = (view){.data = data};
    v->groups = fc__alloc_array(n, sizeof(*v->groups));
    v->keys = fc__alloc_array(n, sizeof(*v->keys));
    return v->groups != NULL && v->keys != NULL ? FC_OK
                                                : fc__nomem(err, n * 16, "the groups of a fit");
}

static void view_dispose(view *v)
{
    free(v->groups);
    free(v->keys);
}

static fc_fit_data view_data(view *v, size_t n)
{
    fc_fit_data d = *v->data;

    d.self = v;
    d.n_groups = n;
    d.keys = v->keys;
    d.n_items = view_n_items;
    d.item = view_item;
    return d;
}

typedef struct ranked {
    uint64_t hash;
    size_t group;
} ranked;

static int by_hash(const void *a, const void *b)
{
    const ranked *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->group < y->group ? -1 : x->group > y->group;
}

static int by_number(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return x < y ? -1 : x > y;
}

/* Groups in the order of a hash of key and seed: the first n_held are held out. Those to learn from
 * keep the order that they have in the data, in which they are read fastest. */
static fc_status split(const fc_fit_data *data, uint64_t seed, size_t n_held, view *learnt,
                       size_t *held, fc_error *err)
{
    const size_t n = data->n_groups;
    ranked *order = fc__alloc_array(n, sizeof(*order));

    if (order == NULL)
        return fc__nomem(err, n * sizeof(*order), "the groups of a fit");
    for (size_t g = 0; g < n; g++)
        order[g] = (ranked){fc__fit_hash(data->keys[g] ^ SALT_HELD, seed), g};
    qsort(order, n, sizeof(*order), by_hash);
    for (size_t g = 0; g < n_held; g++)
        held[g] = order[g].group;
    for (size_t g = n_held; g < n; g++)
        learnt->groups[g - n_held] = order[g].group;
    qsort(held, n_held, sizeof(*held), by_number);
    qsort(learnt->groups, n - n_held, sizeof(*learnt->groups), by_number);
    for (size_t g = 0; g < n - n_held; g++)
        learnt->keys[g] = data->keys[learnt->groups[g]];
    free(order);
    return FC_OK;
}

static size_t count_held(const fc_fit_data *data, const fc_fit_options *opts)
{
    const double wanted = round(opts->validation_share * (double)data->n_groups);

    if (wanted < (double)HELD_LEAST)
        return HELD_LEAST;
    return wanted > (double)HELD_MOST ? HELD_MOST : (size_t)wanted;
}

static void report_course(fc_json *j, const fc_contrast_course *c)
{
    fc_json_key(j, "tried");
    fc_json_array_begin(j);
    for (size_t e = 0; e <= c->n_epochs; e++) {
        fc_json_object_begin(j);
        fc_json_kv_uint(j, "epoch", e);
        if (e > 0)
            fc_json_kv_double(j, "loss", c->loss[e], 5);
        fc_json_kv_double(j, "score", c->score[e], 5);
        fc_json_object_end(j);
    }
    fc_json_array_end(j);
    fc_json_key(j, "chosen");
    fc_json_object_begin(j);
    fc_json_kv_uint(j, "epoch", c->best);
    fc_json_kv_double(j, "score", c->score[c->best], 5);
    fc_json_kv_double(j, "temperature", c->temperature, 4);
    fc_json_object_end(j);
}

static fc_status write_report(fc_fit_report *report, const fc_fit_options *opts, size_t n_held,
                              const fc_contrast_course *searched, const fc_contrast_course *final,
                              fc_error *err)
{
    char *start = report->tried_json;
    fc_buf text = FC_BUF_INIT;
    fc_json j = fc_json_into(&text);
    fc_contrast_course c = *searched;
    fc_status st;

    c.temperature = final->temperature;
    report->tried_json = NULL;
    fc_json_object_begin(&j);
    fc_json_kv_string(&j, "method", "contrastive");
    fc_json_kv_string(&j, "score", FC_CONTRAST_SCORE_WHAT);
    fc_json_kv_uint(&j, "held_out", n_held);
    fc_json_kv_uint(&j, "batch", opts->batch);
    fc_json_kv_double(&j, "learning_rate", c.rate, 4);
    fc_json_kv_double(&j, "weight_decay", c.decay, 4);
    report_course(&j, &c);
    fc_json_key(&j, "start");
    if (start != NULL)
        fc_json_raw(&j, start, strlen(start));
    else
        fc_json_null(&j);
    fc_json_object_end(&j);
    st = fc__fit_tried(report, &j, &text, err);
    free(start);
    return st;
}

/* Learn from `data`, with `held` to stop by, or for `epochs`. */
static fc_status run(const fc_fit_data *data, const fc_fit_options *opts,
                     const fc_contrast_held *held, uint32_t epochs, fc_head *heads,
                     fc_fit_report *report, fc_contrast_course *course, fc_error *err)
{
    fc_status st;

    free(report->tried_json);
    report->tried_json = NULL;
    for (size_t b = 0; b < data->n_branches; b++)
        fc__head_dispose(&heads[b]);
    st = fc__contrast_start(data, opts, heads, report, err);
    if (st == FC_OK)
        st = fc__contrast_train(data, opts, held, epochs, heads, course, err);
    return st;
}

fc_status fc__fit_contrastive(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                              fc_fit_report *report, fc_error *err)
{
    const size_t n_held = count_held(data, opts);
    size_t *held = fc__alloc_array(n_held, sizeof(*held));
    fc_contrast_course searched = {0}, final = {0};
    view v = {0};
    fc_fit_data learnt;
    fc_status st;

    for (size_t b = 0; b < data->n_branches; b++)
        if (data->branches[b].n_inputs > 1 && opts->fuse == FC_FUSE_ONE) {
            st = fc_error_set(
                err, FC_E_INVALID, "%s has %zu inputs, and no way to fuse them is asked for",
                fc_modality_name(data->branches[b].modality), data->branches[b].n_inputs);
            goto done;
        }
    if (data->n_groups < n_held + FC_FIT_GROUPS_LEAST) {
        st =
            fc_error_set(err, FC_E_INVALID,
                         "%zu groups are too few to learn by contrast: %d to learn from and %zu to "
                         "validate by are needed; the methods ridge and cca take %d",
                         data->n_groups, FC_FIT_GROUPS_LEAST, n_held, FC_FIT_GROUPS_LEAST);
        goto done;
    }
    st = held == NULL ? fc__nomem(err, n_held * sizeof(*held), "the groups of a fit")
                      : view_create(&v, data, data->n_groups, err);
    if (st == FC_OK)
        st = split(data, opts->seed, n_held, &v, held, err);
    if (st != FC_OK)
        goto done;
    openblas_set_num_threads(1); /* results that do not depend on the number of threads */
    learnt = view_data(&v, data->n_groups - n_held);
    st = run(&learnt, opts, &(fc_contrast_held){data, held, n_held}, opts->epochs, heads, report,
             &searched, err);
    if (st == FC_OK)
        st = run(data, opts, NULL, (uint32_t)searched.best, heads, report, &final, err);
    if (st == FC_OK)
        st = write_report(report, opts, n_held, &searched, &final, err);

done:
    fc__contrast_course_dispose(&searched);
    fc__contrast_course_dispose(&final);
    view_dispose(&v);
    free(held);
    return st;
}
