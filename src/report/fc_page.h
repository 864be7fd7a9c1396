/*
 * One self-contained HTML page: no script, no network, every text from outside escaped. Light and
 * dark by the reader's setting. Used for queries and audits. A form on a page that a server answers
 * with: fc_page_form.h; figures and tables: fc_page_plot.h.
 *
 * Build from top to bottom; the first failure is kept and returned by fc__page_save() and
 * fc__page_take().
 *
 * Threads: one at a time.
 */
#ifndef FC_PAGE_H
#define FC_PAGE_H

#include "fc_buf.h"

typedef struct fc_page fc_page;

fc_status fc__page_create(fc_page **out, const char *title, fc_error *err);
void fc__page_destroy(fc_page *p);

/* For the files of the builder: markup of our own as it is, text from outside escaped. */
void fc__page_put(fc_page *p, const char *markup);
void fc__page_put_text(fc_page *p, const char *text);

/* Second-level heading that starts a section. */
void fc__page_section(fc_page *p, const char *heading);
/* A paragraph of plain text. */
void fc__page_text(fc_page *p, const char *text);
/* "name: value" pairs in one line under a heading. */
void fc__page_fact(fc_page *p, const char *name, const char *value);
void fc__page_facts_end(fc_page *p);
/* A notice that stands out: what a reader must know to read the figures right. */
void fc__page_notice(fc_page *p, const char *text);

/* Cards side by side: grid begin, then any number of cards, then end. */
void fc__page_grid_begin(fc_page *p);
void fc__page_grid_end(fc_page *p);

struct fc_page_heat;

typedef struct fc_page_card {
    const char *title;    /* "1" or an id */
    const char *caption;  /* under the picture */
    const char *text;     /* an excerpt; NULL: none */
    const char *note;     /* small print; NULL: none */
    const uint8_t *image; /* bytes of a JPEG or PNG; NULL: none */
    size_t image_bytes;
    const char *image_type; /* "image/jpeg" */
    const uint8_t *sound;   /* bytes of a file that browsers play; NULL: none */
    size_t sound_bytes;
    const char *sound_type; /* "audio/ogg" */
    bool has_score;
    double score, score_low, score_high; /* bar from low to high, as inline SVG */
    const char *href, *href_text;        /* a link under all of it; NULL: none */
    const struct fc_page_heat *heat;     /* what of it counted (fc_page_heat.h); NULL: not said */
} fc_page_card;

void fc__page_card(fc_page *p, const fc_page_card *card);

/* The end of the page, and all of it as bytes; once. The page stays to be destroyed. */
fc_status fc__page_take(fc_page *p, fc_buf *out, fc_error *err);
/* Write the page, whole or not at all; once. The page stays to be destroyed. */
fc_status fc__page_save(fc_page *p, const char *path, fc_error *err);

#endif /* FC_PAGE_H */
