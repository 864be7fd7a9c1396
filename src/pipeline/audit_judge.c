/*
 * Figures against the bounds of the policy.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_run.h"
#include "fc_alloc.h"

typedef struct judging {
    fc_drift_run *run;
    fc_drift_check *checks;
    size_t n, room;
} judging;

/* What a bound is held against: an end of the interval where there is one. */
static double judged_by(const fc_drift_policy *p, const fc_audit_measure *m, bool most)
{
    const double end = most ? m->high : m->low;

    return p->by_value || isnan(end) ? m->value : end;
}

static fc_status add(judging *j, fc_policy_section section, const fc_drift_bound *b,
                     const fc_audit_measure *m, bool most, const fc_drift_group *group,
                     fc_error *err)
{
    const double judged = judged_by(&j->run->policy, m, most);
    const fc_drift_check check = {.section = fc__policy_section_name(section),
                                  .figure = fc_drift_figure_name(b->figure),
                                  .by = group != NULL ? group->by : NULL,
                                  .is = group != NULL ? group->is : NULL,
                                  .most = most,
                                  .bound = most ? b->most : b->least,
                                  .value = m->value,
                                  .judged = judged,
                                  .holds = most ? judged <= b->most : judged >= b->least};
    fc_status st = fc__grow_array(&j->checks, &j->room, j->n + 1, sizeof(*j->checks), err);

    if (st == FC_OK)
        j->checks[j->n++] = check;
    return st;
}

/* Both ends of a bound. */
static fc_status hold(judging *j, fc_policy_section section, const fc_drift_bound *b,
                      const fc_audit_measure *m, const fc_drift_group *group, fc_error *err)
{
    fc_status st = FC_OK;

    if (b->has_least)
        st = add(j, section, b, m, false, group, err);
    if (st == FC_OK && b->has_most)
        st = add(j, section, b, m, true, group, err);
    return st;
}

static fc_status hold_view(judging *j, fc_policy_section section, const fc_drift_view *v,
                           fc_error *err)
{
    const fc_drift_policy *p = &j->run->policy;
    fc_status st = FC_OK;

    for (size_t i = 0; i < p->n_bounds[section] && st == FC_OK; i++)
        st = hold(j, section, &p->bounds[section][i], &v->figures[p->bounds[section][i].figure],
                  NULL, err);
    return st;
}

static const fc_audit_measure *of_group(const fc_drift_group *g, fc_drift_figure f)
{
    switch (f) {
    case FC_FIGURE_NEIGHBOURS:
        return &g->neighbours;
    case FC_FIGURE_OLD_INDEX:
        return &g->old_index;
    case FC_FIGURE_COSINE:
        return &g->cosine;
    default:
        return &g->norm_ratio;
    }
}

/* Of a bound on groups the ones that fail are listed; where none does, the nearest to it. */
static fc_status hold_groups(judging *j, const fc_drift_bound *b, fc_error *err)
{
    fc_drift_group *groups = (fc_drift_group *)(uintptr_t)j->run->report->groups;
    const size_t before = j->n;
    size_t n = j->n;
    fc_status st = FC_OK;

    for (size_t i = 0; i < j->run->report->n_groups && st == FC_OK; i++) {
        /* A group whose samples are no queries says nothing of neighbours. */
        if (groups[i].small || isnan(of_group(&groups[i], b->figure)->value))
            continue;
        st = hold(j, FC_POLICY_GROUPS, b, of_group(&groups[i], b->figure), &groups[i], err);
        for (size_t k = n; k < j->n; k++)
            groups[i].fails = groups[i].fails || !j->checks[k].holds;
        n = j->n;
    }
    n = before;
    for (size_t k = before; k < j->n; k++)
        if (!j->checks[k].holds)
            j->checks[n++] = j->checks[k];
    if (n == before && j->n > before) {
        size_t worst = before;

        for (size_t k = before; k < j->n; k++)
            if (fabs(j->checks[k].judged - j->checks[k].bound) <
                fabs(j->checks[worst].judged - j->checks[worst].bound))
                worst = k;
        j->checks[n++] = j->checks[worst];
    }
    j->n = n;
    return st;
}

/* Nothing is advised of which there is no evidence: no bounds do not hold. */
static bool all_hold(const judging *j, bool adapter, const fc_drift_check **first)
{
    const char *name = fc__policy_section_name(FC_POLICY_ADAPTER);
    size_t n = 0;

    *first = NULL;
    for (size_t i = 0; i < j->n; i++) {
        if ((strcmp(j->checks[i].section, name) == 0) != adapter)
            continue;
        n++;
        if (!j->checks[i].holds) {
            *first = &j->checks[i];
            return false;
        }
    }
    return n > 0;
}

/* "neighbours of kind fish is 0.412 (0.38 at the end of its interval), below 0.7" */
static void describe(const fc_drift_check *c, char *out, size_t room)
{
    char where[120] = "", end[64] = "";

    if (c->by != NULL)
        snprintf(where, sizeof(where), " of %.30s %.70s", c->by, c->is);
    if (c->judged < c->value || c->judged > c->value)
        snprintf(end, sizeof(end), " (%.4g at the end of its interval)", c->judged);
    if (isnan(c->judged))
        snprintf(out, room, "%s%s was not measured", c->figure, where);
    else
        snprintf(out, room, "%s%s is %.4g%s, %s %.4g", c->figure, where, c->value, end,
                 c->holds ? (c->most ? "at most" : "at least") : (c->most ? "above" : "below"),
                 c->bound);
}

static void conclude(judging *j)
{
    fc_audit_drift_report *r = j->run->report;
    const fc_drift_check *fails, *adapter_fails;
    char why[256], then[256] = "";

    if (all_hold(j, false, &fails)) {
        r->verdict = FC_DRIFT_COMPATIBLE;
        snprintf(r->reason, sizeof(r->reason), "every bound of the policy holds");
        if (j->n > 0) {
            describe(&j->checks[0], why, sizeof(why));
            snprintf(r->reason, sizeof(r->reason), "every bound holds: %.200s", why);
        }
    } else if (all_hold(j, true, &adapter_fails)) {
        r->verdict = FC_DRIFT_ADAPTER;
        describe(fails, why, sizeof(why));
        for (size_t i = 0; i < j->n && then[0] == '\0'; i++)
            if (strcmp(j->checks[i].section, fc__policy_section_name(FC_POLICY_ADAPTER)) == 0)
                describe(&j->checks[i], then, sizeof(then));
        snprintf(r->reason, sizeof(r->reason), "%.120s, but %.120s", why, then);
    } else {
        r->verdict = FC_DRIFT_RE_ENCODE;
        describe(fails, why, sizeof(why));
        if (adapter_fails != NULL)
            describe(adapter_fails, then, sizeof(then));
        else
            snprintf(then, sizeof(then), "the policy asks nothing of an adapter");
        snprintf(r->reason, sizeof(r->reason), "%.120s, and %.120s", why, then);
    }
}

fc_status fc__drift_judge(fc_drift_run *r, fc_error *err)
{
    const fc_drift_policy *p = &r->policy;
    judging j = {.run = r};
    fc_status st = hold_view(&j, FC_POLICY_COMPATIBLE, &r->report->overall, err);

    if (st == FC_OK && r->report->positions.n > 0)
        st = hold_view(&j, FC_POLICY_POSITIONS, &r->report->positions, err);
    for (size_t i = 0; i < p->n_bounds[FC_POLICY_GROUPS] && st == FC_OK; i++)
        st = hold_groups(&j, &p->bounds[FC_POLICY_GROUPS][i], err);
    if (st == FC_OK)
        st = hold_view(&j, FC_POLICY_ADAPTER, &r->report->overall, err);
    if (st == FC_OK)
        conclude(&j);
    if (st == FC_OK && j.n > 0) {
        fc_drift_check *kept = fc__drift_own(r, j.n, sizeof(*kept));

        if (kept == NULL)
            st = fc__nomem(err, j.n * sizeof(*kept), "checks");
        else
            memcpy(kept, j.checks, j.n * sizeof(*kept));
        r->report->checks = kept;
        r->report->n_checks = j.n;
    }
    free(j.checks);
    r->report->fails = (int)r->report->verdict >= p->fail_on;
    return st;
}
