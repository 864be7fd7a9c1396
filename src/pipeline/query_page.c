/*
 * fc_report_queries(): queries and their hits as one page, with small pictures and players inside
 * it (page_media.h). What cannot be shown is named, and the page goes on.
 */
#include <stdio.h>
#include <string.h>

#include <featcache/report.h>

#include "fc_page_heat.h"
#include "query_page.h"

/* Where a sample lies, as far as its id does not say so: its file, and the span of it. */
static void add_place(const fc_query_hit *hit, fc_shown *shown, fc_page_card *card)
{
    if (hit->path != NULL && hit->path[0] != '\0' && strcmp(hit->path, hit->id) != 0)
        fc__shown_note(shown, card, "%s", hit->path);
    if (hit->end_s != 0)
        fc__shown_note(shown, card, "%.9g s to %.9g s", hit->start_s, hit->end_s);
    else if (hit->start_s != 0)
        fc__shown_note(shown, card, "from %.9g s", hit->start_s);
}

/* PREFIX and the sample's name, as a URL has it. */
static void add_link(fc_page_card *card, const char *prefix, const char *name, fc_buf *url)
{
    if (fc_buf_append_text(url, prefix, NULL) != FC_OK || fc__url_append(url, name, NULL) != FC_OK)
        return;
    card->href = (const char *)url->data;
    card->href_text = "more like this";
}

/* Inputs of a head that are drawn on a card. */
#define HEATS_MAX ((size_t)4)

/* What of it counted, where that was asked for; the card borrows `room`. A map is left out where it
 * is not known how it lies over the picture that the page shows upright. */
static void add_heat(const fc_explanation *e, fc_page_heat room[HEATS_MAX], fc_shown *shown,
                     fc_page_card *card)
{
    size_t n = 0;

    for (; e != NULL && n < HEATS_MAX; e = e->next) {
        if (e->height > 0 && e->orientation > 1)
            fc__shown_note(shown, card, "%s sees it as stored, not turned: no squares", e->encoder);
        if (e->height > 0 && (e->picture_width == 0 || e->orientation > 1))
            continue;
        room[n] = (fc_page_heat){.values = e->rows,
                                 .n = e->n_rows,
                                 .height = e->height,
                                 .width = e->width,
                                 .words = e->tokens,
                                 .times = e->times};
        if (e->height > 0)
            fc__page_heat_box(e->picture_width, e->picture_height, e->frame, room[n].box);
        if (n > 0)
            room[n - 1].next = &room[n];
        n++;
    }
    card->heat = n > 0 ? room : NULL;
}

void fc__page_hit(fc_page *page, fc_page_media *media, const fc_query_hit *hit, const char *link,
                  double low, double high)
{
    fc_shown shown = FC_SHOWN_INIT;
    fc_buf name = FC_BUF_INIT; /* DATASET/ID, as --id takes it */
    fc_buf url = FC_BUF_INIT;
    fc_page_heat heat[HEATS_MAX];
    char title[32];
    const bool named = fc_buf_append_fmt(&name, NULL, "%s/%s", hit->dataset, hit->id) == FC_OK;
    fc_page_card card = {.title = title,
                         .caption = named ? (const char *)name.data : hit->id,
                         .text = hit->preview,
                         .has_score = true,
                         .score = hit->score,
                         .score_low = low,
                         .score_high = high};

    snprintf(title, sizeof(title), "%zu", hit->rank);
    add_place(hit, &shown, &card);
    add_heat(hit->explanation, heat, &shown, &card);
    fc__show_sample(media, hit, &shown, &card);
    if (hit->via_id != NULL)
        fc__shown_note(&shown, &card, "through %s", hit->via_id);
    if (hit->adapted)
        fc__shown_note(&shown, &card, "adapted");
    if (link != NULL && named)
        add_link(&card, link, (const char *)name.data, &url);
    fc__page_card(page, &card);
    fc__shown_dispose(&shown);
    fc_buf_dispose(&url);
    fc_buf_dispose(&name);
}

/* One input of a query: its text, its picture or its sound. */
static void add_term(fc_page *page, fc_page_media *media, const fc_query *q, const char *title,
                     const fc_query_term_info *info)
{
    const fc_query_hit *stored = info->sample;
    fc_shown shown = FC_SHOWN_INIT;
    fc_page_heat heat[HEATS_MAX];
    fc_page_card card = {.title = title, .caption = q->file != NULL ? q->file : q->id};

    if (q->text != NULL)
        card.text = q->text;
    if (q->vector != NULL)
        card.text = "a vector";
    if (q->file != NULL)
        fc__show_file(media, q, &shown, &card);
    add_heat(info->explanation, heat, &shown, &card);
    if (stored != NULL) {
        card.text = stored->preview;
        fc__show_sample(media, stored, &shown, &card);
    }
    fc__page_card(page, &card);
    fc__shown_dispose(&shown);
}

/* A term as a query of its own. */
static fc_query query_of_term(const fc_query *q, const fc_query_term *t)
{
    fc_query one = *q;

    one.terms = NULL;
    one.n_terms = 0;
    one.text = t->kind == FC_QUERY_TEXT ? t->value : NULL;
    one.file = t->kind == FC_QUERY_FILE ? t->value : NULL;
    one.id = t->kind == FC_QUERY_ID ? t->value : NULL;
    one.vector = t->vector;
    one.start_s = t->start_s;
    one.end_s = t->end_s;
    return one;
}

static void add_input(fc_page *page, fc_page_media *media, const fc_report_query *one)
{
    const fc_query *q = one->query;
    const fc_query_result *r = one->result;
    const fc_query_term_info plain = {.sample = r->input}; /* of a result without terms */

    fc__page_grid_begin(page);
    if (q->n_terms == 0)
        add_term(page, media, q, "query", r->n_terms > 0 ? &r->terms[0] : &plain);
    for (size_t i = 0; i < q->n_terms && i < r->n_terms; i++) {
        const fc_query term = query_of_term(q, &q->terms[i]);
        char title[48];

        snprintf(title, sizeof(title), "query, weight %.6g", q->terms[i].weight);
        add_term(page, media, &term, title, &r->terms[i]);
    }
    fc__page_grid_end(page);
}

static void add_facts(fc_page *page, const fc_query_result *r)
{
    char text[128];

    if (r->space != NULL) {
        snprintf(text, sizeof(text), "%s, version %u", r->space, (unsigned)r->space_version);
        fc__page_fact(page, "space", text);
    }
    if (r->encoder[0] != '\0') {
        snprintf(text, sizeof(text), "%s %.12s, output %s", r->encoder, r->fingerprint, r->output);
        fc__page_fact(page, "encoder", text);
    }
    if (r->adapter != NULL) {
        snprintf(text, sizeof(text), "%s, to %s %.12s, output %s", r->adapter, r->adapted_encoder,
                 r->adapted_fingerprint, r->adapted_output);
        fc__page_fact(page, "adapter", text);
    }
    if (r->calibration != NULL) {
        snprintf(text, sizeof(text), "%s, by %zu items", r->calibration, r->n_bank);
        fc__page_fact(page, "calibrated", text);
    }
    snprintf(text, sizeof(text), "%llu items, %s, %s", (unsigned long long)r->count, r->index_kinds,
             r->exact ? "exact" : "approximate");
    fc__page_fact(page, "searched", text);
    snprintf(text, sizeof(text), "%llu", (unsigned long long)r->generation);
    fc__page_fact(page, "generation", text);
    snprintf(text, sizeof(text), "load %.1f, encode %.1f, search %.1f ms", r->load_ms, r->encode_ms,
             r->search_ms);
    fc__page_fact(page, "time", text);
    fc__page_facts_end(page);
}

/* A file by its name: the card below has all of its path. */
static const char *heading_of(const fc_query *q, char text[64])
{
    const char *slash = q->file != NULL ? strrchr(q->file, '/') : NULL;

    if (q->n_terms > 0) {
        snprintf(text, 64, "%zu input%s", q->n_terms, q->n_terms == 1 ? "" : "s");
        return text;
    }
    if (q->text != NULL)
        return q->text;
    if (q->file != NULL)
        return slash != NULL && slash[1] != '\0' ? slash + 1 : q->file;
    return q->id != NULL ? q->id : "a vector";
}

void fc__page_query(fc_page *page, fc_page_media *media, const fc_report_query *one,
                    const fc_hit_links *links)
{
    const fc_query_result *r = one->result;
    double low = 0.0, high = 1.0;
    char heading[64];

    fc__page_media_like(media, one->query);
    fc__page_section(page, heading_of(one->query, heading));
    add_facts(page, r);
    if (r->via_groups)
        fc__page_notice(page, "The query names no space: it was compared with samples of "
                              "its own modality, and the samples of the same groups are shown.");
    for (size_t i = 0; i < r->n_notices; i++)
        fc__page_notice(page, r->notices[i]);
    add_input(page, media, one);
    if (r->n_hits == 0)
        fc__page_text(page, "Nothing was found.");
    for (size_t i = 0; i < r->n_hits; i++) {
        low = r->hits[i].score < low ? r->hits[i].score : low;
        high = r->hits[i].score > high ? r->hits[i].score : high;
    }
    fc__page_grid_begin(page);
    for (size_t i = 0; i < r->n_hits; i++) {
        const char *link = links == NULL                                ? NULL
                           : r->hits[i].modality == r->matched_modality ? links->same
                                                                        : links->other;

        fc__page_hit(page, media, &r->hits[i], link, low, high);
    }
    fc__page_grid_end(page);
}

fc_status fc_report_queries(const char *path, const char *title, const fc_report_query *queries,
                            size_t n_queries, fc_error *err)
{
    fc_page_media media = fc__page_media();
    fc_page *page = NULL;
    fc_status st;

    st = fc__page_create(&page, title, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n_queries; i++)
        fc__page_query(page, &media, &queries[i], NULL);
    st = fc__page_save(page, path, err);
    fc__page_destroy(page);
    fc__page_media_dispose(&media);
    return st;
}
