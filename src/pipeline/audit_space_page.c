/*
 * fc_audit_space_page(): the report of an audit of a space as a page, findings first.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <featcache/audit_space.h>

#include "fc_page_plot.h"
#include "page_media.h"

#define MEASURES_MAX 16u /* of one figure */
#define NAME_BYTES   128u
#define LEAKS_SHOWN  12u

typedef struct paging {
    fc_page *page;
    fc_page_media media;
    const fc_audit_space_report *report;
    const fc_dataset_info *datasets;
    size_t n_datasets;
} paging;

/* Measures that are gathered, then drawn together; their names are their own. */
typedef struct figure {
    fc_plot_measure list[MEASURES_MAX];
    char names[MEASURES_MAX][NAME_BYTES];
    size_t n;
} figure;

static void add(figure *f, const fc_audit_measure *m, double low_end, double high_end,
                const char *fmt, ...) FC_PRINTF(5, 6);

static void add(figure *f, const fc_audit_measure *m, double low_end, double high_end,
                const char *fmt, ...)
{
    va_list args;

    if (f->n == MEASURES_MAX || !isfinite(m->value))
        return;
    va_start(args, fmt);
    vsnprintf(f->names[f->n], NAME_BYTES, fmt, args);
    va_end(args);
    f->list[f->n] = (fc_plot_measure){.name = f->names[f->n],
                                      .value = m->value,
                                      .low = m->low,
                                      .high = m->high,
                                      .null = m->null_value,
                                      .low_end = low_end,
                                      .high_end = high_end};
    f->n++;
}

static void draw(const paging *p, figure *f)
{
    if (f->n > 0)
        fc__page_measures(p->page, f->list, f->n);
    f->n = 0;
}

/* The greatest of what a line must show. */
static double end_of(const fc_audit_measure *m)
{
    double end = 1;

    end = isfinite(m->value) ? fmax(end, m->value) : end;
    end = isfinite(m->high) ? fmax(end, m->high) : end;
    return 1.05 * (isfinite(m->null_value) ? fmax(end, m->null_value) : end);
}

/* --- what was found --- */

static void put_verdict(const paging *p)
{
    const fc_audit_space_report *r = p->report;

    if (r->n_leak_sets > 0)
        fc__page_verdict(p->page, FC_TONE_BAD, "leakage",
                         "Samples that are the same, or nearly, are in more than one split.");
    else if (r->n_findings > 0)
        fc__page_verdict(p->page, FC_TONE_CARE, "with findings",
                         "What follows must be known before this space is trusted.");
    else
        fc__page_verdict(p->page, FC_TONE_GOOD, "nothing stands out",
                         "No figure leaves what chance gives by a size that matters, but those "
                         "that should.");
    for (size_t i = 0; i < r->n_findings; i++)
        fc__page_notice(p->page, r->findings[i]);
}

static void put_facts(const paging *p)
{
    const fc_audit_space_report *r = p->report;
    char text[160];

    if (r->space != NULL) {
        snprintf(text, sizeof(text), "%.80s, version %u", r->space, (unsigned)r->version);
        fc__page_fact(p->page, "space", text);
    } else {
        snprintf(text, sizeof(text), "%.60s %.12s, output %.60s", r->encoder, r->fingerprint,
                 r->output);
        fc__page_fact(p->page, "encoder", text);
    }
    snprintf(text, sizeof(text), "%zu", r->dim);
    fc__page_fact(p->page, "dimensions", text);
    snprintf(text, sizeof(text), "%llu", (unsigned long long)r->whole.items);
    fc__page_fact(p->page, "items", text);
    snprintf(text, sizeof(text), "%llu, %u neighbours each", (unsigned long long)r->whole.sampled,
             (unsigned)r->k);
    fc__page_fact(p->page, "asked with", text);
    fc__page_facts_end(p->page);
}

/* --- figures --- */

static void put_gaps(const paging *p)
{
    const fc_audit_space_report *r = p->report;
    figure f = {.n = 0};

    if (r->n_gaps == 0)
        return;
    fc__page_section(p->page, "Gap between modalities");
    fc__page_text(p->page, "The length of the difference of two modalities' mean unit vectors, and "
                           "how well a classifier tells them apart (0.5: not at all), as they are "
                           "and when each has been centred. The mark is what chance gives.");
    for (size_t i = 0; i < r->n_gaps; i++) {
        const char *a = fc_modality_name(r->gaps[i].a), *b = fc_modality_name(r->gaps[i].b);

        add(&f, &r->gaps[i].length, 0, 2, "%s and %s: gap", a, b);
        add(&f, &r->gaps[i].separability, 0, 1, "%s and %s: AUC", a, b);
        add(&f, &r->gaps[i].residual, 0, 1, "%s and %s: AUC, centred", a, b);
        draw(p, &f);
    }
}

static void put_shares(const paging *p)
{
    const fc_audit_shape *s = &p->report->whole;
    figure f = {.n = 0};

    if (s->n_shares < 2)
        return;
    fc__page_section(p->page, "Which modality is near which");
    fc__page_text(p->page, "Of the nearest of the items of one modality, the share that is of "
                           "another. The mark is the share of that modality in the corpus.");
    for (size_t i = 0; i < s->n_shares; i++) {
        add(&f, &s->shares[i].share, 0, 1, "%s near %s", fc_modality_name(s->shares[i].to),
            fc_modality_name(s->shares[i].from));
        if (f.n == MEASURES_MAX)
            draw(p, &f);
    }
    draw(p, &f);
}

static void put_shape(const paging *p, const fc_audit_shape *s, const char *of, const char *name)
{
    figure f = {.n = 0};
    char text[NAME_BYTES];

    snprintf(text, sizeof(text), "%s%s: %llu items, asked with %llu.", of, name,
             (unsigned long long)s->items, (unsigned long long)s->sampled);
    fc__page_text(p->page, text);
    add(&f, &s->hubs, fmin(0, 1.05 * s->hubs.value), end_of(&s->hubs),
        "skewness of how often found");
    add(&f, &s->never, 0, 1, "share never found");
    add(&f, &s->cosine, -0.2, 1, "mean cosine of two items");
    add(&f, &s->effective_rank, 0, end_of(&s->effective_rank), "effective rank");
    add(&f, &s->two_nn, 0, end_of(&s->two_nn), "dimension by two nearest");
    add(&f, &s->mle, 0, end_of(&s->mle), "dimension by k nearest");
    draw(p, &f);
}

static void put_shapes(const paging *p)
{
    const fc_audit_space_report *r = p->report;

    fc__page_section(p->page, "How the space is filled");
    fc__page_text(p->page, "Hubs are found by very many, others by none; a narrow cone wastes "
                           "directions; few dimensions say that little varies. The marks are what "
                           "lists at random, and rows in all directions alike, would give.");
    put_shape(p, &r->whole, "All together", "");
    for (size_t i = 0; i < r->n_modalities && r->n_modalities > 1; i++)
        put_shape(p, &r->modalities[i].alone,
                  "Alone: ", fc_modality_name(r->modalities[i].modality));
    for (size_t i = 0; i < r->n_modalities && r->n_modalities > 2; i++)
        put_shape(p, &r->modalities[i].without,
                  "Without: ", fc_modality_name(r->modalities[i].modality));
}

/* --- recall --- */

static void put_cell(char out[48], const fc_audit_measure *m)
{
    snprintf(out, 48, "%.3f (%.3f to %.3f; %.3f)", m->value, m->low, m->high, m->null_value);
}

static void put_row(const paging *p, const fc_audit_recall *q)
{
    char pair[48], of[NAME_BYTES] = "all", n[32], cells[3][48];
    const char *row[6];

    snprintf(pair, sizeof(pair), "%s to %s", fc_modality_name(q->from), fc_modality_name(q->to));
    if (q->column != NULL)
        snprintf(of, sizeof(of), "%.40s = %.60s", q->column, q->value);
    snprintf(n, sizeof(n), "%llu", (unsigned long long)q->queries);
    put_cell(cells[0], &q->at[0]);
    put_cell(cells[1], &q->at[2]);
    put_cell(cells[2], &q->mrr);
    row[0] = pair;
    row[1] = of;
    row[2] = n;
    for (size_t i = 0; i < 3; i++)
        row[3 + i] = cells[i];
    fc__page_table_row(p->page, row, 6);
}

static void put_recalls(const paging *p)
{
    static const char *const heads[] = {"pair",     "queries",   "number",
                                        "recall@1", "recall@10", "MRR"};
    const fc_audit_space_report *r = p->report;
    figure f = {.n = 0};
    char text[160];

    if (r->n_recalls == 0)
        return;
    fc__page_section(p->page, "Who finds whom");
    snprintf(text, sizeof(text), "Groups of split %.60s%s. In brackets: 95 %% interval; chance.",
             r->split, r->seen ? ", which the heads have learnt from" : "");
    fc__page_text(p->page, text);
    for (size_t i = 0; i < r->n_recalls; i++) {
        const fc_audit_recall *q = &r->recalls[i];

        if (q->column == NULL)
            add(&f, &q->at[2], 0, 1, "%s to %s: recall@10", fc_modality_name(q->from),
                fc_modality_name(q->to));
        else
            add(&f, &q->at[2], 0, 1, "%s to %s, %.40s = %.40s", fc_modality_name(q->from),
                fc_modality_name(q->to), q->column, q->value);
        if (f.n == MEASURES_MAX)
            draw(p, &f);
    }
    draw(p, &f);
    fc__page_table_begin(p->page, heads, 6);
    for (size_t i = 0; i < r->n_recalls; i++)
        put_row(p, &r->recalls[i]);
    fc__page_table_end(p->page);
}

/* --- samples --- */

static const char *root_of(const paging *p, const char *dataset)
{
    for (size_t i = 0; i < p->n_datasets; i++)
        if (strcmp(p->datasets[i].name, dataset) == 0)
            return p->datasets[i].root;
    return "";
}

static void put_sample(paging *p, const fc_audit_sample *s, const char *title)
{
    fc_shown shown = FC_SHOWN_INIT;
    fc_buf name = FC_BUF_INIT;
    const fc_query_hit hit = {.dataset = s->dataset,
                              .id = s->id,
                              .group = s->group,
                              .split = s->split,
                              .path = s->path,
                              .preview = s->preview,
                              .root = root_of(p, s->dataset),
                              .modality = s->modality,
                              .content = s->content,
                              .start_s = s->start_s,
                              .end_s = s->end_s};
    const bool named = fc_buf_append_fmt(&name, NULL, "%s/%s", s->dataset, s->id) == FC_OK;
    fc_page_card card = {.title = title,
                         .caption = named ? (const char *)name.data : s->id,
                         .text = s->preview[0] != '\0' ? s->preview : NULL};

    fc__show_sample(&p->media, &hit, &shown, &card);
    if (s->split[0] != '\0')
        fc__shown_note(&shown, &card, "split %s", s->split);
    fc__page_card(p->page, &card);
    fc__shown_dispose(&shown);
    fc_buf_dispose(&name);
}

static void put_hubs(paging *p)
{
    const fc_audit_space_report *r = p->report;
    char title[64];

    if (r->n_hubs == 0)
        return;
    fc__page_section(p->page, "In most lists");
    snprintf(title, sizeof(title), "The mean item is in %.1f lists of %u.", r->hubs[0].expected,
             (unsigned)r->k);
    fc__page_text(p->page, title);
    fc__page_grid_begin(p->page);
    for (size_t i = 0; i < r->n_hubs; i++) {
        snprintf(title, sizeof(title), "in %u lists", (unsigned)r->hubs[i].count);
        put_sample(p, &r->hubs[i].sample, title);
    }
    fc__page_grid_end(p->page);
}

static void put_leaks(paging *p)
{
    const fc_audit_space_report *r = p->report;
    char text[160];

    fc__page_section(p->page, "Leakage across splits");
    if (r->leakage == FC_LEAKAGE_MEASURED)
        snprintf(text, sizeof(text),
                 "%llu sets of duplicates, cosine from %.4g, are in more than one split; %llu "
                 "contents were compared.",
                 (unsigned long long)r->n_leak_sets, r->near, (unsigned long long)r->leak_compared);
    else
        snprintf(text, sizeof(text), "%s",
                 r->leakage == FC_LEAKAGE_NO_SPLITS
                     ? "The samples name no two splits."
                     : "Not looked for: there are too many contents.");
    fc__page_text(p->page, text);
    for (size_t i = 0; i < r->n_leaks && i < LEAKS_SHOWN; i++) {
        snprintf(text, sizeof(text), "%zu samples, from %.4f", r->leaks[i].n, r->leaks[i].low);
        fc__page_text(p->page, text);
        fc__page_grid_begin(p->page);
        for (size_t s = 0; s < r->leaks[i].n_shown; s++)
            put_sample(p, &r->leaks[i].samples[s],
                       fc_modality_name(r->leaks[i].samples[s].modality));
        fc__page_grid_end(p->page);
    }
}

static void put_notes(const paging *p)
{
    const fc_audit_space_report *r = p->report;

    if (r->n_notes == 0)
        return;
    fc__page_section(p->page, "Not measured");
    for (size_t i = 0; i < r->n_notes; i++)
        fc__page_text(p->page, r->notes[i]);
}

fc_status fc_audit_space_page(const char *path, fc_store *store,
                              const fc_audit_space_report *report, fc_error *err)
{
    paging p = {.media = fc__page_media(), .report = report};
    fc_snapshot *snapshot = NULL;
    fc_status st;

    st = fc_snapshot_begin(&snapshot, store, err);
    if (st == FC_OK)
        st = fc_snapshot_datasets(snapshot, &p.datasets, &p.n_datasets, err);
    if (st == FC_OK)
        st = fc__page_create(&p.page, "What a space hides", err);
    if (st == FC_OK) {
        put_verdict(&p);
        put_facts(&p);
        put_gaps(&p);
        put_shares(&p);
        put_recalls(&p);
        put_shapes(&p);
        put_hubs(&p);
        put_leaks(&p);
        put_notes(&p);
        st = fc__page_save(p.page, path, err);
    }
    fc__page_destroy(p.page);
    fc__page_media_dispose(&p.media);
    fc_snapshot_end(snapshot);
    return st;
}
