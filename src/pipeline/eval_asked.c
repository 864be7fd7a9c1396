/*
 * Names of splits against sides of groups.
 */
#include "eval_asked.h"

#include <stdio.h>
#include <string.h>

/* With several splits of its own, an evaluation goes by the hash alone. */
static fc_split_wish wish_of(const fc_space_eval_options *opts, const fc_eval_method *m)
{
    const fc_space_fit_options *fit = &m->fit.opts;
    fc_split_wish wish = {.dataset = opts->dataset};

    if (wish.dataset == NULL && m->fitted)
        wish.dataset = fit->dataset;
    if (opts->n_splits > 0) {
        wish.hashed = true;
        wish.test_share = opts->test_share > 0 ? opts->test_share : m->fitted ? fit->test_share : 0;
        wish.seed = opts->split_seed;
    } else if (m->fitted) {
        wish.train = fit->split;
        wish.test = opts->split;
        wish.hashed = fit->ignore_splits;
        wish.seed = fit->split_seed;
        wish.test_share = fit->test_share;
        wish.keep_none = fit->keep_none;
    } else {
        /* Nothing was learnt, so the one split that counts is the one that is asked about. */
        wish.hashed = opts->split == NULL || strcmp(opts->split, "all") == 0;
        wish.train = opts->split;
    }
    return wish;
}

static void choose_fitted(fc_eval_asked *out, const fc_space_eval_options *opts,
                          const fc_eval_method *m)
{
    const char *train = m->fit.opts.split != NULL ? m->fit.opts.split : "train";
    const char *name = opts->split != NULL ? opts->split : "test";

    out->all = strcmp(name, "all") == 0;
    out->own_training = strcmp(name, train) == 0;
    out->side = out->own_training ? FC_SIDE_TRAIN : FC_SIDE_TEST;
    snprintf(out->name, sizeof(out->name), "%s", name);
}

static void choose(fc_eval_asked *out, const fc_space_eval_options *opts, const fc_eval_method *m)
{
    if (opts->n_splits > 0) {
        out->side = FC_SIDE_TEST;
    } else if (m->fitted) {
        choose_fitted(out, opts, m);
    } else {
        out->all = opts->split == NULL || strcmp(opts->split, "all") == 0;
        out->side = FC_SIDE_TRAIN;
        snprintf(out->name, sizeof(out->name), "%s", opts->split != NULL ? opts->split : "all");
    }
}

static bool is_asked(const fc_eval_asked *asked, size_t group)
{
    return asked->all || asked->groups.groups[group].side == asked->side;
}

static size_t n_asked(const fc_eval_asked *asked)
{
    size_t n = 0;

    for (size_t i = 0; i < asked->groups.n_groups; i++)
        n += is_asked(asked, i);
    return n;
}

fc_status fc__eval_asked_read(fc_eval_asked *out, fc_snapshot *s, const fc_space_eval_options *opts,
                              const fc_eval_method *m, fc_error *err)
{
    const fc_split_wish wish = wish_of(opts, m);
    fc_status st = fc__space_groups_read(&out->groups, s, &wish, err);

    if (st != FC_OK)
        return st;
    choose(out, opts, m);
    if (opts->n_splits > 0)
        return FC_OK;
    if (!out->groups.by_name && m->fitted && !out->all && !out->own_training &&
        strcmp(out->name, "test") != 0)
        return fc_error_set(
            err, FC_E_INVALID, "split '%.63s': groups went by a hash to 'train' and 'test'%s%s%s",
            out->name, out->groups.splits[0] != '\0' ? ", not by the splits " : "",
            out->groups.splits, out->groups.splits[0] != '\0' ? " that there are" : "");
    if (n_asked(out) == 0 && !out->groups.by_name && m->fitted && m->fit.opts.keep_none)
        return fc_error_set(err, FC_E_INVALID,
                            "space '%.80s' was fitted to all groups (--test-share 0) and kept none "
                            "to ask about; measure with --splits N, which fits anew to a part",
                            m->name);
    if (n_asked(out) == 0)
        return fc_error_set(err, FC_E_INVALID, "no group is of split '%.63s'%s%s", out->name,
                            out->groups.splits[0] != '\0' ? "; there are " : "",
                            out->groups.splits);
    return FC_OK;
}

fc_status fc__eval_asked_check(const fc_eval_asked *asked, const fc_eval_method *m, bool *seen,
                               fc_error *err)
{
    size_t n = 0;

    if (!m->fitted)
        return FC_OK;
    for (size_t i = 0; i < asked->groups.n_groups; i++)
        n += is_asked(asked, i) && fc__fit_record_saw(&m->record, asked->groups.groups[i].key);
    *seen = *seen || n > 0;
    if (n == 0 || asked->own_training)
        return FC_OK;
    return fc_error_set(
        err, FC_E_INVALID,
        "space '%.80s' was fitted to %zu of the %zu groups of split '%.63s': what it finds of them "
        "says nothing; ask with a split that it never saw, with --splits N, or for its own by "
        "name (--split %.63s)",
        m->name, n, n_asked(asked), asked->name,
        m->fit.opts.split != NULL ? m->fit.opts.split : "train");
}

fc_status fc__eval_asked_known(const fc_eval_asked *asked, const fc_eval_method *m, bool anew,
                               const fc_eval_side *queries, uint64_t *n, fc_error *err)
{
    const fc_space_groups *g = &asked->groups;
    fc_live_set learnt = {.bits = NULL};
    fc_status st = FC_OK;

    if (!m->fitted || asked->own_training)
        return FC_OK;
    for (size_t i = 0; i < g->n_samples && st == FC_OK; i++) {
        const fc_group *group = &g->groups[g->samples[i].group];

        if (anew ? group->side == FC_SIDE_TRAIN : fc__fit_record_saw(&m->record, group->key))
            st = fc__live_set_add(&learnt, g->samples[i].content, err);
    }
    for (size_t i = 0; i < queries->n && st == FC_OK; i++)
        *n += learnt.bits != NULL && fc__content_set_has(&learnt.set, queries->contents[i]);
    fc__live_set_dispose(&learnt);
    return st;
}
