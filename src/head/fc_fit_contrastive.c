/*
 * The method contrastive: some groups are held out, the others learnt from until those that are
 * held out are found no better; then all groups are learnt from for as many epochs (Goodfellow et
 * al. 2016, algorithm 7.2). Attention is tried with several amounts of noise, and stays at its
 * start where it gains nothing clearly.
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

/* Noise and dropout of rows that attention is trained with, one after the other: the groups held
 * out choose. Linear heads are held by their start and weight decay. */
static const struct {
    double noise, drop;
} ways[] = {{0, 0}, {0.3, 0.3}, {1, 0.3}};

/* What was tried with some groups held out, and what came of it. */
typedef struct search {
    size_t *held, n_held;
    bool attends;
    fc_contrast_course courses[sizeof(ways) / sizeof(ways[0])];
    size_t n_courses, chosen;
    size_t epochs; /* to be trained for, with the chosen course's noise */
    fc_contrast_course final;
} search;

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

static bool any_attention(const fc_head *heads, size_t n)
{
    for (size_t b = 0; b < n; b++)
        for (size_t i = 0; i < heads[b].n_inputs; i++)
            if (heads[b].inputs[i].pooling.kind == FC_POOLING_ATTENTION)
                return true;
    return false;
}

static size_t count_held(const fc_fit_data *data, const fc_fit_options *opts)
{
    const double wanted = round(opts->validation_share * (double)data->n_groups);

    if (wanted < (double)HELD_LEAST)
        return HELD_LEAST;
    return wanted > (double)HELD_MOST ? HELD_MOST : (size_t)wanted;
}

static void report_plan(fc_json *j, const fc_contrast_plan *plan)
{
    fc_json_kv_double(j, "noise", plan->noise, 4);
    fc_json_kv_double(j, "row_dropout", plan->drop, 4);
}

static void report_tried(fc_json *j, const fc_contrast_course *c, bool attends)
{
    for (size_t e = 0; e <= c->n_epochs; e++) {
        fc_json_object_begin(j);
        fc_json_kv_uint(j, "epoch", e);
        if (attends)
            report_plan(j, &c->plan);
        if (e > 0)
            fc_json_kv_double(j, "loss", c->loss[e], 5);
        fc_json_kv_double(j, "score", c->score[e], 5);
        fc_json_object_end(j);
    }
}

static void report_chosen(fc_json *j, const search *s)
{
    const fc_contrast_course *c = &s->courses[s->chosen];

    fc_json_key(j, "chosen");
    fc_json_object_begin(j);
    fc_json_kv_uint(j, "epoch", s->epochs);
    fc_json_kv_double(j, "score", c->score[s->epochs], 5);
    fc_json_kv_double(j, "temperature", s->final.temperature, 4);
    if (s->attends) {
        report_plan(j, &c->plan);
        fc_json_kv_double(j, "gain", c->gain, 5);
        fc_json_kv_double(j, "gain_error", c->gain_error, 5);
    }
    fc_json_object_end(j);
}

static fc_status write_report(fc_fit_report *report, const fc_fit_options *opts, const search *s,
                              fc_error *err)
{
    const fc_contrast_course *c = &s->courses[s->chosen];
    char *start = report->tried_json;
    fc_buf text = FC_BUF_INIT;
    fc_json j = fc_json_into(&text);
    fc_status st;

    report->tried_json = NULL;
    fc_json_object_begin(&j);
    fc_json_kv_string(&j, "method", "contrastive");
    fc_json_kv_string(&j, "score", FC_CONTRAST_SCORE_WHAT);
    fc_json_kv_uint(&j, "held_out", s->n_held);
    fc_json_kv_uint(&j, "batch", opts->batch);
    fc_json_kv_double(&j, "learning_rate", c->rate, 4);
    fc_json_kv_double(&j, "weight_decay", c->decay, 4);
    fc_json_key(&j, "tried");
    fc_json_array_begin(&j);
    for (size_t i = 0; i < s->n_courses; i++)
        report_tried(&j, &s->courses[i], s->attends);
    fc_json_array_end(&j);
    report_chosen(&j, s);
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

static void dispose_heads(fc_head *heads, size_t n)
{
    for (size_t b = 0; b < n; b++)
        fc__head_dispose(&heads[b]);
}

/* Starting values into `heads`. */
static fc_status start(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                       fc_fit_report *report, fc_error *err)
{
    free(report->tried_json);
    report->tried_json = NULL;
    dispose_heads(heads, data->n_branches);
    return fc__contrast_start(data, opts, heads, report, err);
}

/* Each way to keep from learning by heart, from the same start, with the same groups held out. */
static fc_status try_ways(search *s, const fc_fit_data *learnt, const fc_fit_data *data,
                          const fc_fit_options *opts, const fc_head *heads, fc_error *err)
{
    const fc_contrast_held held = {data, s->held, s->n_held};
    const size_t n_ways = s->attends ? sizeof(ways) / sizeof(ways[0]) : 1;
    fc_status st = FC_OK;

    while (s->n_courses < n_ways && st == FC_OK) {
        fc_contrast_course *c = &s->courses[s->n_courses];
        const fc_contrast_plan plan = {opts->epochs, ways[s->n_courses].noise,
                                       ways[s->n_courses].drop};
        fc_head copies[FC_FIT_BRANCHES_MAX] = {FC_HEAD_INIT};

        for (size_t b = 0; b < data->n_branches && st == FC_OK; b++)
            st = fc__head_copy(&copies[b], &heads[b], err);
        if (st == FC_OK)
            st = fc__contrast_train(learnt, opts, &held, &plan, copies, c, err);
        dispose_heads(copies, data->n_branches);
        if (st == FC_OK &&
            c->score[c->best] > s->courses[s->chosen].score[s->courses[s->chosen].best])
            s->chosen = s->n_courses;
        s->n_courses++;
    }
    return st;
}

/* Attention has many parameters, and the best of many epochs is partly luck: it stays at the start,
 * which is what canonical correlations make of the means, unless it gains more than a standard
 * error (the rule of Breiman et al. 1984). */
static void choose_epochs(search *s)
{
    const fc_contrast_course *c = &s->courses[s->chosen];

    s->epochs = s->attends && c->gain <= c->gain_error ? 0 : c->best;
}

static fc_status run(search *s, const fc_fit_data *data, const fc_fit_options *opts, view *v,
                     fc_head *heads, fc_fit_report *report, fc_error *err)
{
    const fc_fit_data learnt = view_data(v, data->n_groups - s->n_held);
    fc_contrast_plan plan;
    fc_status st = start(&learnt, opts, heads, report, err);

    s->attends = any_attention(heads, data->n_branches);
    if (st == FC_OK)
        st = try_ways(s, &learnt, data, opts, heads, err);
    if (st == FC_OK)
        st = start(data, opts, heads, report, err);
    if (st != FC_OK)
        return st;
    choose_epochs(s);
    plan = s->courses[s->chosen].plan;
    plan.epochs = (uint32_t)s->epochs;
    st = fc__contrast_train(data, opts, NULL, &plan, heads, &s->final, err);
    return st == FC_OK ? write_report(report, opts, s, err) : st;
}

static fc_status check(const fc_fit_data *data, const fc_fit_options *opts, size_t n_held,
                       fc_error *err)
{
    for (size_t b = 0; b < data->n_branches; b++)
        if (data->branches[b].n_inputs > 1 && opts->fuse == FC_FUSE_ONE)
            return fc_error_set(
                err, FC_E_INVALID, "%s has %zu inputs, and no way to fuse them is asked for",
                fc_modality_name(data->branches[b].modality), data->branches[b].n_inputs);
    if (data->n_groups < n_held + FC_FIT_GROUPS_LEAST)
        return fc_error_set(
            err, FC_E_INVALID,
            "%zu groups are too few to learn by contrast: %d to learn from and %zu to "
            "validate by are needed; the methods ridge and cca take %d",
            data->n_groups, FC_FIT_GROUPS_LEAST, n_held, FC_FIT_GROUPS_LEAST);
    return FC_OK;
}

fc_status fc__fit_contrastive(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                              fc_fit_report *report, fc_error *err)
{
    search s = {.n_held = count_held(data, opts)};
    view v = {0};
    fc_status st = check(data, opts, s.n_held, err);

    if (st != FC_OK)
        return st;
    s.held = fc__alloc_array(s.n_held, sizeof(*s.held));
    st = s.held == NULL ? fc__nomem(err, s.n_held * sizeof(*s.held), "the groups of a fit")
                        : view_create(&v, data, data->n_groups, err);
    if (st == FC_OK)
        st = split(data, opts->seed, s.n_held, &v, s.held, err);
    if (st == FC_OK) {
        openblas_set_num_threads(1); /* results that do not depend on the number of threads */
        st = run(&s, data, opts, &v, heads, report, err);
    }
    for (size_t i = 0; i < s.n_courses; i++)
        fc__contrast_course_dispose(&s.courses[i]);
    fc__contrast_course_dispose(&s.final);
    view_dispose(&v);
    free(s.held);
    return st;
}
