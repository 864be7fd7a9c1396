/*
 * The search for penalties and power of CCA: first one penalty for all views, then each by itself,
 * up and down as long as retrieval among held-out groups gains.
 */
#include <math.h>
#include <string.h>

#include "fc_fit_cca.h"

/* Penalties in half decades: 10^(step / 2). First all views alike, then each by itself. */
#define FIRST_STEPS 5
#define STEP_FIRST  (-2)
#define STEP_LEAST  (-8)
#define STEP_MOST   6
#define TRIED_MAX   48
/* What a step must gain: less is noise, and the search would wander. */
#define GAIN 2e-4

typedef struct search {
    const fc_fit_options *opts;
    fc_cca_folds *folds;
    size_t n_views;
    int tried[TRIED_MAX][FC_FIT_BRANCHES_MAX];
    size_t n_tried;
    int best[FC_FIT_BRANCHES_MAX]; /* steps */
    fc_cca_choice *choice;
    fc_json *json;
} search;

static void to_penalties(const search *s, const int *steps, double *penalties)
{
    for (size_t a = 0; a < s->n_views; a++)
        penalties[a] = pow(10, 0.5 * steps[a]);
}

static void report_try(search *s, const double *penalties, const double scores[FC_CCA_POWERS])
{
    for (size_t i = 0; i < FC_CCA_POWERS; i++) {
        fc_json_object_begin(s->json);
        fc_json_key(s->json, "penalty");
        fc_json_array_begin(s->json);
        for (size_t a = 0; a < s->n_views; a++)
            fc_json_double(s->json, penalties[a], 4);
        fc_json_array_end(s->json);
        fc_json_kv_double(s->json, "power", fc__cca_powers[i], 3);
        fc_json_kv_double(s->json, "score", scores[i], 6);
        fc_json_object_end(s->json);
    }
}

static bool tried(const search *s, const int *steps)
{
    for (size_t i = 0; i < s->n_tried; i++)
        if (memcmp(s->tried[i], steps, s->n_views * sizeof(*steps)) == 0)
            return true;
    return s->n_tried == TRIED_MAX;
}

/* Score one choice of penalties with every power; *better where one is the best so far. */
static fc_status try_steps(search *s, const int *steps, bool *better, fc_error *err)
{
    double penalties[FC_FIT_BRANCHES_MAX], scores[FC_CCA_POWERS];
    size_t n;
    fc_status st;

    *better = false;
    if (tried(s, steps))
        return FC_OK;
    memcpy(s->tried[s->n_tried++], steps, s->n_views * sizeof(*steps));
    to_penalties(s, steps, penalties);
    st = fc__cca_folds_score(s->folds, penalties, scores, &n, err);
    if (st != FC_OK)
        return st;
    if (n == 0)
        return fc_error_set(err, FC_E_INVALID,
                            "no fold of %u holds two groups to choose penalties by; give one, or "
                            "fewer folds",
                            s->opts->folds);
    report_try(s, penalties, scores);
    for (size_t i = 0; i < FC_CCA_POWERS; i++)
        if (scores[i] > s->choice->score + GAIN) {
            s->choice->score = scores[i];
            s->choice->power = fc__cca_powers[i];
            memcpy(s->best, steps, s->n_views * sizeof(*steps));
            *better = true;
        }
    if (s->opts->progress != NULL)
        s->opts->progress(s->opts->context, "cross-validation", s->n_tried, TRIED_MAX);
    return FC_OK;
}

/* From the best so far up and down in one view, or in all (view n_views), as long as it gains. */
static fc_status climb(search *s, size_t view, int by, bool *better, fc_error *err)
{
    bool gained = true;
    fc_status st = FC_OK;

    while (gained && st == FC_OK) {
        int steps[FC_FIT_BRANCHES_MAX];
        bool possible = true;

        memcpy(steps, s->best, sizeof(steps));
        for (size_t a = 0; a < s->n_views; a++) {
            steps[a] += view == a || view == s->n_views ? by : 0;
            possible = possible && steps[a] >= STEP_LEAST && steps[a] <= STEP_MOST;
        }
        if (!possible)
            break;
        st = try_steps(s, steps, &gained, err);
        *better = *better || gained;
    }
    return st;
}

static fc_status run_search(search *s, fc_error *err)
{
    bool better = true, one;
    fc_status st = FC_OK;

    s->choice->score = -1;
    for (int i = 0; i < FIRST_STEPS && st == FC_OK; i++) {
        int steps[FC_FIT_BRANCHES_MAX];

        for (size_t a = 0; a < s->n_views; a++)
            steps[a] = STEP_FIRST + i;
        st = try_steps(s, steps, &one, err);
    }
    /* All views together first, for the case that the best lies outside of what was begun with. */
    while (better && st == FC_OK) {
        better = false;
        for (size_t i = s->n_views + 1; i > 0 && st == FC_OK; i--) {
            st = climb(s, i - 1, 1, &better, err);
            if (st == FC_OK)
                st = climb(s, i - 1, -1, &better, err);
        }
    }
    return st;
}

fc_status fc__cca_search(fc_cca_choice *out, const fc_fit_sums *sums, const fc_fit_options *opts,
                         fc_json *json, fc_error *err)
{
    search s = {.opts = opts, .n_views = sums->n_branches, .json = json, .choice = out};
    fc_status st = fc__cca_folds_create(&s.folds, sums, opts, err);

    if (st == FC_OK)
        st = run_search(&s, err);
    fc__cca_folds_destroy(s.folds);
    to_penalties(&s, s.best, out->penalties);
    return st;
}
