/*
 * One query and its hits, as a section of a page: what fc_report_queries() and fc_report_search()
 * share.
 *
 * Threads: as the page.
 */
#ifndef FC_QUERY_PAGE_H
#define FC_QUERY_PAGE_H

#include <featcache/report.h>

#include "page_media.h"

/* Where "more like this" of a hit leads: a URL to which the sample's DATASET/ID is added. */
typedef struct fc_hit_links {
    const char *same;  /* of hits of the modality that was compared */
    const char *other; /* of others */
} fc_hit_links;

/* @links NULL: the page has no links. */
void fc__page_query(fc_page *page, fc_page_media *media, const fc_report_query *one,
                    const fc_hit_links *links);

/* Append @s with what has a meaning in a URL, and all that is not ASCII, as %XX (RFC 3986). */
fc_status fc__url_append(fc_buf *out, const char *s, fc_error *err);

/* One hit as a card of a grid that has begun: its rank, picture, name and a bar of its score
 * between low and high. `link`: what its link begins with; NULL: none. */
void fc__page_hit(fc_page *page, fc_page_media *media, const fc_query_hit *hit, const char *link,
                  double low, double high);

#endif /* FC_QUERY_PAGE_H */
