/* The report of featcache audit drift as text: the verdict, then its evidence. */
#include "audit_drift.h"

#include <inttypes.h>
#include <math.h>

#define VALUE_WIDTH 10
#define NAME_WIDTH  16
#define SHOWN       3 /* neighbours of a sample that moved; --json has all */

/* "0.8468", right-aligned; "-" for what is not there. */
static void put_number(double x, int width)
{
    if (isnan(x))
        printf("%*s", width, "-");
    else if (x != 0 && fabs(x) < 1e-4)
        printf("%*.2e", width, x);
    else
        printf("%*.4f", width, x);
}

static void put_measure(const fc_audit_measure *m)
{
    put_number(m->value, VALUE_WIDTH);
    put_number(m->low, VALUE_WIDTH);
    put_number(m->high, VALUE_WIDTH);
    put_number(m->null_value, VALUE_WIDTH);
}

static void put_side(const char *word, const fc_drift_side *s)
{
    printf("%-10s ", word);
    cli_put_text(stdout, s->encoder);
    printf("@%.12s, output ", s->fingerprint);
    cli_put_text(stdout, s->output);
    printf(": %" PRIu64 " items, %" PRIu64 " of them without a partner\n", s->n_items, s->n_alone);
}

static double p_value(const fc_drift_view *v, int figure)
{
    switch (figure) {
    case FC_FIGURE_MMD:
        return v->mmd_p;
    case FC_FIGURE_ENERGY:
        return v->energy_p;
    case FC_FIGURE_AUC:
        return v->auc_p;
    default:
        return NAN;
    }
}

static void put_view(const char *what, const fc_drift_view *v)
{
    char words[CLI_WORD_BYTES];

    snprintf(words, sizeof(words), "%.40s", what);
    printf("\n%-*s%*s%*s%*s%*s\n", NAME_WIDTH, words, VALUE_WIDTH, "value", VALUE_WIDTH, "low",
           VALUE_WIDTH, "high", VALUE_WIDTH, "null");
    for (int f = 0; f < FC_N_FIGURES; f++) {
        const double p = p_value(v, f);

        if (v->why[f] != NULL)
            continue;
        printf("%-*s", NAME_WIDTH, fc_drift_figure_name((fc_drift_figure)f));
        put_measure(&v->figures[f]);
        printf("  %s", fc_drift_figure_about((fc_drift_figure)f));
        if (!isnan(p))
            printf(" (p %.3g)", p);
        putchar('\n');
    }
    for (int f = 0; f < FC_N_FIGURES; f++)
        if (v->why[f] != NULL)
            printf("%-*sdoes not apply: %s\n", NAME_WIDTH, fc_drift_figure_name((fc_drift_figure)f),
                   v->why[f]);
    printf("%" PRIu64 " pairs of %zu and %zu numbers; %" PRIu64 " queries among %" PRIu64
           " rows; a "
           "sample of %" PRIu64 "\n",
           v->n, v->dim_from, v->dim_to, v->n_queries, v->n_gallery, v->n_sample);
    printf("it looks like %s: %s\n", v->change, v->change_words);
}

static void put_changes(const fc_audit_drift_report *r)
{
    printf("%-10s ", "changed");
    cli_put_text(stdout, r->changes_words);
    putchar('\n');
    for (size_t i = 0; i < r->n_changes; i++) {
        const fc_drift_change *c = &r->changes[i];

        printf("           ");
        cli_put_text(stdout, c->key);
        printf(": ");
        cli_put_text_n(stdout, c->from != NULL ? c->from : "not there", 60);
        printf(" -> ");
        cli_put_text_n(stdout, c->to != NULL ? c->to : "not there", 60);
        putchar('\n');
    }
}

static void put_checks(const fc_audit_drift_report *r)
{
    printf("\nbounds of policy ");
    cli_put_text(stdout, r->policy);
    putchar('\n');
    for (size_t i = 0; i < r->n_checks; i++) {
        const fc_drift_check *c = &r->checks[i];

        printf("  %-10s %-*s", c->section, NAME_WIDTH, c->figure);
        put_number(c->judged, VALUE_WIDTH);
        printf("  %s %-8.4g %s", c->most ? "at most" : "at least", c->bound,
               c->holds ? "holds" : "FAILS");
        if (c->by != NULL) {
            printf("  ");
            cli_put_text(stdout, c->by);
            putchar(' ');
            cli_put_text(stdout, c->is);
        }
        putchar('\n');
    }
}

static void put_curve(const fc_audit_drift_report *r)
{
    printf("\nneighbours in common, of the k nearest\n");
    for (size_t i = 0; i < r->n_curve; i++) {
        printf("  k = %-*" PRIu32, NAME_WIDTH - 6, r->curve_k[i]);
        put_measure(&r->curve[i]);
        putchar('\n');
    }
}

static void put_groups(const fc_audit_drift_report *r)
{
    if (r->n_groups == 0)
        return;
    printf("\n%-12s %-20s %9s %10s %10s %10s %10s\n", "by", "is", "pairs", "cosine", "norm_ratio",
           "neighbours", "old_index");
    for (size_t i = 0; i < r->n_groups; i++) {
        const fc_drift_group *g = &r->groups[i];

        cli_put_padded(stdout, g->by, 12);
        putchar(' ');
        cli_put_padded(stdout, g->is, 20);
        printf(" %9" PRIu64, g->n);
        put_number(g->cosine.value, VALUE_WIDTH + 1);
        put_number(g->norm_ratio.value, VALUE_WIDTH + 1);
        put_number(g->neighbours.value, VALUE_WIDTH + 1);
        put_number(g->old_index.value, VALUE_WIDTH + 1);
        printf("%s\n", g->small ? "  small: not judged" : g->fails ? "  FAILS" : "");
    }
    if (r->n_groups_left_out > 0)
        printf("%" PRIu64 " smaller groups are not listed\n", r->n_groups_left_out);
}

static void put_neighbours(const char *when, const fc_query_hit *hits, size_t n)
{
    printf("    %s ", when);
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        printf("%s", i > 0 ? ", " : "");
        cli_put_text(stdout, hits[i].dataset);
        putchar('/');
        cli_put_text(stdout, hits[i].id);
        printf(" %.3f", hits[i].score);
    }
    printf("%s\n", n > SHOWN ? ", ..." : "");
}

static void put_moved(const fc_audit_drift_report *r)
{
    if (r->n_moved == 0)
        return;
    printf("\nmoved most\n");
    for (size_t i = 0; i < r->n_moved; i++) {
        const fc_drift_moved *m = &r->moved[i];

        printf("  ");
        cli_put_text(stdout, m->sample->dataset);
        putchar('/');
        cli_put_text(stdout, m->sample->id);
        if (!isnan(m->cosine))
            printf("  cosine %.4f", m->cosine);
        printf("  neighbours %.2f\n", m->overlap);
        put_neighbours("old", m->old_neighbours, m->n_old);
        put_neighbours("new", m->new_neighbours, m->n_new);
    }
}

void audit_drift_text(const fc_audit_drift_report *r)
{
    char words[CLI_WORD_BYTES];

    printf("%-10s %s%s\n", "verdict", fc_drift_verdict_name(r->verdict),
           r->fails ? "  (FAILS by the policy)" : "");
    printf("%-10s ", "because");
    cli_put_text(stdout, r->reason);
    putchar('\n');
    put_side("from", &r->from);
    put_side("to", &r->to);
    put_changes(r);
    put_view(r->pooling != NULL ? "items, pooled" : "all pairs", &r->overall);
    if (r->positions.n > 0)
        put_view("by position", &r->positions);
    if (r->n_unalike > 0)
        printf("%" PRIu64 " items differ in their number of rows: not compared by position\n",
               r->n_unalike);
    put_curve(r);
    put_groups(r);
    put_checks(r);
    put_moved(r);
    printf("\n%s, seed %" PRIu64 "\n", cli_seconds(r->seconds, words), r->seed);
}
