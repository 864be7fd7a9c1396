/*
 * What can be seen or heard of a sample on a page: a picture of an image or a shape, a player of a
 * sound. What cannot be shown is told by a note, and the page goes on.
 *
 * Threads: one at a time.
 */
#ifndef FC_PAGE_MEDIA_H
#define FC_PAGE_MEDIA_H

#include <featcache/query.h>

#include "fc_fetch.h"
#include "fc_limits.h"
#include "fc_page.h"
#include "fc_player.h"

/* Sounds of one page together; more are named only. */
#define FC_PAGE_SOUND_BYTES ((size_t)32 << 20)

/* What the samples of one page share. */
typedef struct fc_page_media {
    size_t sound_left;
    fc_decode_limits limits; /* of the stored samples' files, as the last query has them */
    fc_archive_limits archives;
    /* The folder that was read from last: an archive in it stays open. */
    char *root;
    int root_fd;
    fc_fetcher *fetcher;
} fc_page_media;

fc_page_media fc__page_media(void);
/* The caps and what draws SVGs are as the query says from here on. */
void fc__page_media_like(fc_page_media *m, const fc_query *query);
void fc__page_media_dispose(fc_page_media *m);

/* What a card borrows until it has been added to the page. */
typedef struct fc_shown {
    fc_buf picture, note;
    fc_player player;
} fc_shown;

#define FC_SHOWN_INIT                            \
    {                                            \
        FC_BUF_INIT, FC_BUF_INIT, FC_PLAYER_INIT \
    }

/* The bytes of a stored sample's file, out of its data set's folder. */
fc_status fc__read_sample(fc_page_media *m, const fc_query_hit *hit, fc_buf *out, fc_error *err);
/* Picture, player and note of a stored sample, read from its data set's folder. */
void fc__show_sample(fc_page_media *m, const fc_query_hit *hit, fc_shown *shown,
                     fc_page_card *card);
/* Those of the query's own file. */
void fc__show_file(fc_page_media *m, const fc_query *query, fc_shown *shown, fc_page_card *card);
/* More small print, behind what is there. */
void fc__shown_note(fc_shown *shown, fc_page_card *card, const char *fmt, ...) FC_PRINTF(3, 4);
void fc__shown_dispose(fc_shown *shown);

#endif /* FC_PAGE_MEDIA_H */
