/*
 * Builds the page in one buffer. The style is a literal; the only places where data enters go
 * through fc__page_put_text(), which escapes, or through base64.
 */
#include "fc_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_page_heat.h"
#include "fc_text.h"

struct fc_page {
    fc_buf html;
    fc_status status;
    fc_error err;
};

static const char style[] =
    ":root{color-scheme:light dark;--line:#8884;--soft:#8882;--bar:#2a7de1}"
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-top:1px solid var(--line);"
    "padding-top:1rem}"
    ".facts{color:GrayText;font-size:.85rem}.facts span{display:inline-block;margin-right:1.2em;max-width:100%;overflow-wrap:anywhere}"
    ".notice{background:var(--soft);border-left:3px solid var(--bar);padding:.4rem .8rem}"
    ".grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(11.5rem,1fr));gap:.8rem;margin:.8rem 0}"
    "figure{margin:0;border:1px solid var(--line);border-radius:6px;padding:.6rem;"
    "overflow-wrap:anywhere}"
    "figure img{display:block;max-width:100%;height:9.5rem;margin:0 auto .4rem;object-fit:contain;"
    "background:#fff;border-radius:3px}"
    "figure audio{display:block;width:100%;height:2.4rem;margin:0 0 .4rem}"
    "figcaption b{font-variant-numeric:tabular-nums}"
    "blockquote{margin:.4rem 0;font-size:.9rem}"
    "form .fields{display:grid;grid-template-columns:repeat(auto-fill,minmax(11.5rem,1fr));gap:.6rem .8rem}"
    "form label{display:block;align-self:end;font-size:.85rem}form .wide{grid-column:1/-1}"
    "form input,form select,form button{box-sizing:border-box;width:100%;font:inherit;font-size:1rem;"
    "padding:.35rem .5rem;margin-top:.15rem;min-height:2.4rem}form button{margin:.8rem 0 0;max-width:11.5rem}"
    ".note{color:GrayText;font-size:.8rem}svg.bar{display:block;width:100%;height:6px;margin:.3rem 0}"
    "svg.bar rect{fill:var(--soft)}svg.bar rect.v{fill:var(--bar)}"
    ".seen{position:relative;width:9.5rem;height:9.5rem;max-width:100%;margin:0 auto .4rem}"
    ".seen img{width:100%;height:100%;margin:0}svg.heat{position:absolute;inset:0;width:100%;height:100%;overflow:hidden}"
    "svg.strip{display:block;width:100%;height:1.2rem;background:var(--soft);margin:.3rem 0}"
    ".words{margin:.4rem 0;font-size:.9rem}.words span{border-radius:3px;padding:0 .15em}"
    ":root{--c0:#2a7de1;--c1:#e0771a;--c2:#2e9e5b;--c3:#a054c8;--c4:#c23b52;--c5:#808080}"
    ".verdict{border-left:6px solid;padding:.3rem 1rem;margin:1rem 0;background:var(--soft)}"
    ".verdict b{display:block;font-size:1.6rem}.verdict.good{border-color:var(--c2)}"
    ".verdict.care{border-color:var(--c1)}.verdict.bad{border-color:var(--c4)}"
    "figure.plot{margin:.8rem 0}svg.plot{display:block;width:100%;max-width:46rem;height:auto}"
    "svg.plot text{fill:GrayText;font-size:11px}svg.plot .a{fill:none;stroke:GrayText}"
    "svg.plot .g{stroke:var(--line)}svg .line{fill:none;stroke-width:2}svg .band{opacity:.2}"
    "svg .dots{fill-opacity:.5}svg .steps{fill-opacity:.3;stroke-width:1}"
    ".s0{--c:var(--c0)}.s1{--c:var(--c1)}.s2{--c:var(--c2)}.s3{--c:var(--c3)}.s4{--c:var(--c4)}"
    ".s5{--c:var(--c5)}svg .line,svg .steps{stroke:var(--c)}svg .band,svg .dots,svg .steps{fill:var(--c)}"
    ".key i{display:inline-block;width:.8em;height:.8em;margin-right:.3em;background:var(--c)}"
    ".key span{margin-right:1em;font-size:.85rem}"
    ".wide-table{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;margin:.6rem 0}"
    "td,th{padding:.2rem .7rem;border-bottom:1px solid var(--line);text-align:left;"
    "overflow-wrap:anywhere;vertical-align:top}td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
    "table.measures{width:100%}table.measures td:nth-child(5){width:45%}"
    "svg.measure{display:block;width:100%;height:1.3rem}svg.measure .t{stroke:var(--line);stroke-width:4}"
    "svg.measure .i{stroke:var(--c0);stroke-width:4}svg.measure .v{fill:var(--c0)}"
    "svg.measure .z{stroke:var(--c4);stroke-width:2}";

static void keep(fc_page *p, fc_status st)
{
    if (p->status == FC_OK)
        p->status = st;
}

void fc__page_put(fc_page *p, const char *markup)
{
    if (p->status == FC_OK)
        keep(p, fc_buf_append(&p->html, markup, strlen(markup), &p->err));
}

void fc__page_put_text(fc_page *p, const char *text)
{
    if (p->status == FC_OK)
        keep(p, fc__escape_html(&p->html, text, strlen(text), &p->err));
}

static void put_element(fc_page *p, const char *open, const char *text, const char *close)
{
    fc__page_put(p, open);
    fc__page_put_text(p, text);
    fc__page_put(p, close);
}

fc_status fc__page_create(fc_page **out, const char *title, fc_error *err)
{
    fc_page *p = calloc(1, sizeof(*p));

    *out = NULL;
    if (p == NULL)
        return fc__nomem(err, sizeof(*p), "a page");
    /* The policy forbids whatever the escapes might miss: no script, nothing from the network. */
    fc__page_put(p, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "img-src data:; media-src data:; style-src 'unsafe-inline'\">"
                    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    put_element(p, "<title>", title, "</title><style>");
    fc__page_put(p, style);
    put_element(p, "</style></head><body>\n<h1>", title, "</h1>\n");
    *out = p;
    return FC_OK;
}

void fc__page_destroy(fc_page *p)
{
    if (p == NULL)
        return;
    fc_buf_dispose(&p->html);
    free(p);
}

void fc__page_section(fc_page *p, const char *heading)
{
    put_element(p, "<h2>", heading, "</h2>\n");
}

void fc__page_text(fc_page *p, const char *text)
{
    put_element(p, "<p>", text, "</p>\n");
}

void fc__page_fact(fc_page *p, const char *name, const char *value)
{
    put_element(p, "<span class=\"facts\"><span>", name, ": ");
    put_element(p, "<b>", value, "</b></span></span>\n"); /* a line can end there */
}

void fc__page_facts_end(fc_page *p)
{
    fc__page_put(p, "<br>\n");
}

void fc__page_notice(fc_page *p, const char *text)
{
    put_element(p, "<p class=\"notice\">", text, "</p>\n");
}

void fc__page_grid_begin(fc_page *p)
{
    fc__page_put(p, "<div class=\"grid\">\n");
}

void fc__page_grid_end(fc_page *p)
{
    fc__page_put(p, "</div>\n");
}

/* The score's place between low and high, as a bar. */
static void put_bar(fc_page *p, double score, double low, double high)
{
    const double span = high > low ? high - low : 1.0;
    double share = (score - low) / span;
    char svg[256];

    if (!isfinite(share))
        return;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    snprintf(svg, sizeof(svg),
             "<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" role=\"img\">"
             "<title>%.4f</title><rect width=\"100\" height=\"4\"/>"
             "<rect class=\"v\" width=\"%.1f\" height=\"4\"/></svg>",
             score, share * 100.0);
    fc__page_put(p, svg);
}

static void put_image(fc_page *p, const fc_page_card *card)
{
    if (card->image == NULL)
        return;
    put_element(p, "<img alt=\"", card->caption != NULL ? card->caption : "", "\" src=\"data:");
    fc__page_put_text(p, card->image_type);
    fc__page_put(p, ";base64,");
    if (p->status == FC_OK)
        keep(p, fc__base64(&p->html, card->image, card->image_bytes, &p->err));
    fc__page_put(p, "\">");
}

/* The picture, with what of it counted over it; what counted to further encoders in squares of
 * their own beneath it. */
static void put_seen(fc_page *p, const fc_page_card *card)
{
    bool drawn = false;

    for (const fc_page_heat *h = card->image != NULL ? card->heat : NULL; h != NULL; h = h->next) {
        if (h->height == 0)
            continue;
        fc__page_put(p, "<div class=\"seen\">");
        if (!drawn)
            put_image(p, card);
        fc__page_put_squares(p, h);
        fc__page_put(p, "</div>");
        drawn = true;
    }
    if (!drawn)
        put_image(p, card);
}

/* The browser's own controls: they need no script. */
static void put_sound(fc_page *p, const fc_page_card *card)
{
    if (card->sound == NULL)
        return;
    put_element(p, "<audio controls preload=\"metadata\" title=\"",
                card->caption != NULL ? card->caption : "", "\" src=\"data:");
    fc__page_put_text(p, card->sound_type);
    fc__page_put(p, ";base64,");
    if (p->status == FC_OK)
        keep(p, fc__base64(&p->html, card->sound, card->sound_bytes, &p->err));
    fc__page_put(p, "\"></audio>");
}

void fc__page_card(fc_page *p, const fc_page_card *card)
{
    char score[32];

    fc__page_put(p, "<figure>");
    put_seen(p, card);
    put_sound(p, card);
    for (const fc_page_heat *h = card->heat; h != NULL; h = h->next)
        fc__page_put_row(p, h);
    put_element(p, "<figcaption><b>", card->title, "</b>");
    if (card->has_score) {
        snprintf(score, sizeof(score), " · %.4f", card->score);
        fc__page_put(p, score);
        put_bar(p, card->score, card->score_low, card->score_high);
    }
    if (card->text != NULL && card->text[0] != '\0')
        put_element(p, "<blockquote>", card->text, "</blockquote>");
    if (card->caption != NULL)
        put_element(p, "<div>", card->caption, "</div>");
    if (card->note != NULL)
        put_element(p, "<div class=\"note\">", card->note, "</div>");
    if (card->href != NULL) {
        put_element(p, "<a href=\"", card->href, "\">");
        fc__page_put_text(p, card->href_text);
        fc__page_put(p, "</a>");
    }
    fc__page_put(p, "</figcaption></figure>\n");
}

static fc_status finish(fc_page *p, fc_error *err)
{
    fc__page_put(p, "</body></html>\n");
    if (p->status != FC_OK && err != NULL)
        *err = p->err;
    return p->status;
}

fc_status fc__page_take(fc_page *p, fc_buf *out, fc_error *err)
{
    const fc_status st = finish(p, err);

    if (st == FC_OK) {
        *out = p->html;
        p->html = (fc_buf)FC_BUF_INIT;
    }
    return st;
}

fc_status fc__page_save(fc_page *p, const char *path, fc_error *err)
{
    const fc_status st = finish(p, err);

    return st == FC_OK ? fc__file_write_whole(path, p->html.data, p->html.size, err) : st;
}
