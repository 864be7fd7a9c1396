/*
 * fc_report_drift(): the page of an audit of drift. Verdict first, then figures beside their null
 * values, tables, and the samples that moved with their old and new neighbours.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <featcache/audit.h>

#include "audit_page_parts.h"
#include "query_page.h"

#define MOVED_SHOWN  10
#define NEIGHBOURS   6 /* of each of them, old and new */
#define TITLE_BYTES  128
#define WORD_BYTES   160
#define CHANGE_SHOWN 120

static const char *number(double x, char out[32])
{
    if (isnan(x))
        snprintf(out, 32, "-");
    else if (x != 0 && fabs(x) < 1e-4)
        snprintf(out, 32, "%.2e", x);
    else
        snprintf(out, 32, "%.4f", x);
    return out;
}

static void add_side(fc_page *page, const char *name, const fc_drift_side *s)
{
    char text[256];

    snprintf(text, sizeof(text), "%.60s %.12s, output %.60s, %" PRIu64 " items", s->encoder,
             s->fingerprint, s->output, s->n_items);
    fc__page_fact(page, name, text);
    if (s->n_alone > 0) {
        snprintf(text, sizeof(text), "%" PRIu64, s->n_alone);
        fc__page_fact(page, "of them without a partner", text);
    }
}

static void add_verdict(fc_page *page, const fc_audit_drift_report *r)
{
    static const fc_verdict_tone tones[] = {FC_TONE_GOOD, FC_TONE_CARE, FC_TONE_BAD};
    char text[WORD_BYTES];

    fc__page_verdict(page, tones[r->verdict], fc_drift_verdict_name(r->verdict), r->reason);
    add_side(page, "from", &r->from);
    add_side(page, "to", &r->to);
    if (r->pooling != NULL)
        fc__page_fact(page, "pooled by", r->pooling);
    snprintf(text, sizeof(text), "%" PRIu64, r->overall.n);
    fc__page_fact(page, "pairs", text);
    fc__page_fact(page, "policy", r->policy);
    fc__page_fact(page, "fails on", r->fail_on);
    snprintf(text, sizeof(text), "%" PRIu64, r->seed);
    fc__page_fact(page, "seed", text);
    fc__page_facts_end(page);
    if (r->fails)
        fc__page_notice(page, "The policy fails on this verdict.");
    snprintf(text, sizeof(text), "It looks like %s.", r->overall.change);
    fc__page_text(page, text);
    fc__page_text(page, r->overall.change_words);
}

static void add_changes(fc_page *page, const fc_audit_drift_report *r)
{
    static const char *const heads[] = {"part", "key", "old", "new"};

    fc__page_section(page, "What differs between the versions");
    fc__page_text(page, r->changes_words);
    if (r->n_changes == 0)
        return;
    fc__page_table_begin(page, heads, 4);
    for (size_t i = 0; i < r->n_changes; i++) {
        const fc_drift_change *c = &r->changes[i];
        char from[CHANGE_SHOWN], to[CHANGE_SHOWN];
        const char *cells[4] = {c->part, c->key, from, to};

        snprintf(from, sizeof(from), "%s", c->from != NULL ? c->from : "not there");
        snprintf(to, sizeof(to), "%s", c->to != NULL ? c->to : "not there");
        fc__page_table_row(page, cells, 4);
    }
    fc__page_table_end(page);
}

static void add_checks(fc_page *page, const fc_audit_drift_report *r)
{
    static const char *const heads[] = {"asked of", "figure", "judged by", "bound", ""};

    fc__page_section(page, "Bounds of the policy");
    fc__page_table_begin(page, heads, 5);
    for (size_t i = 0; i < r->n_checks; i++) {
        const fc_drift_check *c = &r->checks[i];
        char of[WORD_BYTES], judged[32], bound[48];
        const char *cells[5] = {of, c->figure, judged, bound, c->holds ? "holds" : "fails"};

        snprintf(of, sizeof(of), "%s%s%.40s%s%.80s", c->section, c->by != NULL ? ": " : "",
                 c->by != NULL ? c->by : "", c->by != NULL ? " " : "", c->by != NULL ? c->is : "");
        number(c->judged, judged);
        snprintf(bound, sizeof(bound), "%s %.4g", c->most ? "at most" : "at least", c->bound);
        fc__page_table_row(page, cells, 5);
    }
    fc__page_table_end(page);
}

static double p_value(const fc_drift_view *v, int figure)
{
    return figure == FC_FIGURE_MMD      ? v->mmd_p
           : figure == FC_FIGURE_ENERGY ? v->energy_p
           : figure == FC_FIGURE_AUC    ? v->auc_p
                                        : NAN;
}

static void add_view(fc_page *page, const char *heading, const fc_drift_view *v)
{
    static const char *const heads[] = {"figure", "value", "95 % from", "to", "null", "p", "says"};
    char text[WORD_BYTES];

    fc__page_section(page, heading);
    snprintf(text, sizeof(text),
             "%" PRIu64 " pairs of %zu and %zu numbers; %" PRIu64 " queries among %" PRIu64
             " rows; tests on %" PRIu64 ".",
             v->n, v->dim_from, v->dim_to, v->n_queries, v->n_gallery, v->n_sample);
    fc__page_text(page, text);
    fc__drift_page_measures(page, v);
    fc__page_table_begin(page, heads, 7);
    for (int f = 0; f < FC_N_FIGURES; f++) {
        const fc_audit_measure *m = &v->figures[f];
        char value[32], low[32], high[32], null[32], p[32];
        const char *cells[7] = {fc_drift_figure_name((fc_drift_figure)f),
                                number(m->value, value),
                                number(m->low, low),
                                number(m->high, high),
                                number(m->null_value, null),
                                number(p_value(v, f), p),
                                v->why[f] != NULL ? v->why[f]
                                                  : fc_drift_figure_about((fc_drift_figure)f)};

        fc__page_table_row(page, cells, 7);
    }
    fc__page_table_end(page);
}

static void add_groups(fc_page *page, const fc_audit_drift_report *r)
{
    static const char *const heads[] = {"by",         "is",         "pairs",     "cosine",
                                        "norm ratio", "neighbours", "old index", ""};
    char text[WORD_BYTES];

    if (r->n_groups == 0)
        return;
    fc__page_section(page, "By data set, split and column");
    fc__page_table_begin(page, heads, 8);
    for (size_t i = 0; i < r->n_groups; i++) {
        const fc_drift_group *g = &r->groups[i];
        char n[32], values[4][32];
        const char *cells[8] = {g->by,
                                g->is,
                                n,
                                number(g->cosine.value, values[0]),
                                number(g->norm_ratio.value, values[1]),
                                number(g->neighbours.value, values[2]),
                                number(g->old_index.value, values[3]),
                                g->small   ? "small: not judged"
                                : g->fails ? "fails"
                                           : ""};

        snprintf(n, sizeof(n), "%" PRIu64, g->n);
        fc__page_table_row(page, cells, 8);
    }
    fc__page_table_end(page);
    if (r->n_groups_left_out == 0)
        return;
    snprintf(text, sizeof(text), "%" PRIu64 " smaller groups are not listed.",
             r->n_groups_left_out);
    fc__page_text(page, text);
}

static void add_neighbours(fc_page *page, fc_page_media *media, const char *words,
                           const fc_query_hit *hits, size_t n)
{
    fc__page_text(page, words);
    fc__page_grid_begin(page);
    for (size_t i = 0; i < n && i < NEIGHBOURS; i++)
        fc__page_hit(page, media, &hits[i], NULL, 0, 1);
    fc__page_grid_end(page);
}

static void add_moved(fc_page *page, const fc_audit_drift_report *r)
{
    fc_page_media media = fc__page_media();

    if (r->n_moved > 0)
        fc__page_section(page, "Samples that moved most");
    for (size_t i = 0; i < r->n_moved && i < MOVED_SHOWN; i++) {
        const fc_drift_moved *m = &r->moved[i];
        char text[WORD_BYTES];

        if (isnan(m->cosine))
            snprintf(text, sizeof(text), "Moved: it keeps %.0f %% of its neighbours.",
                     m->overlap * 100);
        else
            snprintf(text, sizeof(text),
                     "Moved: cosine %.4f between old and new; it keeps %.0f %% of its neighbours.",
                     m->cosine, m->overlap * 100);
        fc__page_text(page, text);
        fc__page_grid_begin(page);
        fc__page_hit(page, &media, m->sample, NULL, 0, 1);
        fc__page_grid_end(page);
        add_neighbours(page, &media, "Near it before:", m->old_neighbours, m->n_old);
        add_neighbours(page, &media, "Near it now:", m->new_neighbours, m->n_new);
    }
    fc__page_media_dispose(&media);
}

fc_status fc_report_drift(const char *path, const fc_audit_drift_report *r, fc_error *err)
{
    fc_page *page = NULL;
    char title[TITLE_BYTES];
    fc_status st;

    snprintf(title, sizeof(title), "Drift: %.30s %.8s to %.30s %.8s", r->from.encoder,
             r->from.fingerprint, r->to.encoder, r->to.fingerprint);
    st = fc__page_create(&page, title, err);
    if (st != FC_OK)
        return st;
    add_verdict(page, r);
    fc__drift_page_plots(page, r);
    add_checks(page, r);
    add_view(page, r->pooling != NULL ? "All figures, items pooled" : "All figures", &r->overall);
    if (r->positions.n > 0)
        add_view(page, "All figures, by position", &r->positions);
    add_groups(page, r);
    add_changes(page, r);
    add_moved(page, r);
    st = fc__page_save(page, path, err);
    fc__page_destroy(page);
    return st;
}
