/*
 * From a sample to what a browser shows of it.
 */
#include "page_media.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_thumbnail.h"
#include "search_embed.h"

#define FILE_MAX   ((uint64_t)1 << 28) /* what a query file may have by default */
#define NOTE_BYTES 512

fc_page_media fc__page_media(void)
{
    return (fc_page_media){.sound_left = FC_PAGE_SOUND_BYTES,
                           .root_fd = -1,
                           .archives = {.max_member_bytes = FILE_MAX}};
}

static void leave_root(fc_page_media *m)
{
    fc__fetcher_destroy(m->fetcher);
    if (m->root_fd >= 0)
        close(m->root_fd);
    free(m->root);
    m->fetcher = NULL;
    m->root_fd = -1;
    m->root = NULL;
}

void fc__page_media_like(fc_page_media *m, const fc_query *query)
{
    const uint64_t bytes = query->max_file_bytes != 0 ? query->max_file_bytes : FILE_MAX;

    m->limits = fc__query_limits(query);
    if (m->archives.max_member_bytes == bytes && m->archives.max_members == query->max_members)
        return;
    leave_root(m); /* its archives were opened within other caps */
    m->archives = (fc_archive_limits){.max_member_bytes = bytes, .max_members = query->max_members};
}

void fc__page_media_dispose(fc_page_media *m)
{
    leave_root(m);
}

void fc__shown_dispose(fc_shown *shown)
{
    fc_buf_dispose(&shown->picture);
    fc_buf_dispose(&shown->note);
    fc__player_dispose(&shown->player);
}

void fc__shown_note(fc_shown *shown, fc_page_card *card, const char *fmt, ...)
{
    char text[NOTE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if ((shown->note.size == 0 || fc_buf_append_text(&shown->note, "; ", NULL) == FC_OK) &&
        fc_buf_append_text(&shown->note, text, NULL) == FC_OK)
        card->note = (const char *)shown->note.data;
}

/* ---- bytes ---- */

static fc_status enter_root(fc_page_media *m, const char *root, fc_error *err)
{
    if (m->root != NULL && strcmp(m->root, root) == 0)
        return FC_OK;
    leave_root(m);
    m->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (m->root_fd < 0)
        return fc__io_error(err, errno, "cannot open folder", root);
    m->root = fc__strdup(root);
    if (m->root == NULL)
        return fc__nomem(err, strlen(root), "a path");
    return fc__fetcher_create(&m->fetcher, m->root_fd, &m->archives, err);
}

fc_status fc__read_sample(fc_page_media *m, const fc_query_hit *hit, fc_buf *out, fc_error *err)
{
    fc_place place = FC_PLACE_INIT;
    fc_status st = enter_root(m, hit->root, err);

    if (st != FC_OK) {
        leave_root(m);
        return st;
    }
    st = fc__fetch_find(m->fetcher, hit->path, &place, err);
    if (st == FC_OK)
        st = fc__fetch_read(m->fetcher, &place, m->archives.max_member_bytes, out, err);
    fc__place_dispose(&place);
    return st;
}

/* ---- what is shown ---- */

/* "2.31 s", "2 min 5 s" */
static const char *duration(double s, char text[32])
{
    const unsigned long long whole = (unsigned long long)(s + 0.5);

    if (s < 59.95)
        snprintf(text, 32, "%.3g s", s);
    else
        snprintf(text, 32, "%llu min %llu s", whole / 60, whole % 60);
    return text;
}

static void show_picture(fc_shown *shown, fc_page_card *card)
{
    card->image = shown->picture.data;
    card->image_bytes = shown->picture.size;
    card->image_type = FC_THUMBNAIL_TYPE;
}

static void show_sound(fc_page_media *m, const fc_input *in, fc_shown *shown, fc_page_card *card)
{
    fc_player *p = &shown->player;
    fc_error err = FC_ERROR_INIT;
    char all[32], part[32];

    if (fc__player_make(in->bytes, in->n_bytes, in->start_s, in->end_s, in->limits,
                        FC_PLAYER_MAX_BYTES, p, &err) != FC_OK) {
        fc__shown_note(shown, card, "no player: %s", err.message);
        return;
    }
    fc__shown_note(shown, card, "%s, %s", duration(p->seconds, all), p->format);
    if (p->bytes.size > m->sound_left) {
        fc__shown_note(shown, card, "no player: a page holds %zu MiB of sounds at most",
                       FC_PAGE_SOUND_BYTES >> 20);
        return;
    }
    if (p->played < p->seconds)
        fc__shown_note(shown, card, "its first %s play: a page holds %zu MiB of a sound at most",
                       duration(p->played, part), FC_PLAYER_MAX_BYTES >> 20);
    m->sound_left -= p->bytes.size;
    card->sound = p->bytes.data;
    card->sound_bytes = p->bytes.size;
    card->sound_type = p->type;
}

static void show(fc_page_media *m, const fc_input *in, fc_shown *shown, fc_page_card *card)
{
    fc_error err = FC_ERROR_INIT;
    fc_status st = FC_OK;

    if (in->modality == FC_AUDIO)
        show_sound(m, in, shown, card);
    else if (in->modality == FC_IMAGE)
        st = fc__thumbnail_of_image(in->bytes, in->n_bytes, in->limits, &shown->picture, &err);
    else if (in->modality == FC_POINTS)
        st = fc__thumbnail_of_shape(in->bytes, in->n_bytes, in->name, in->limits, &shown->picture,
                                    &err);
    if (st != FC_OK)
        fc__shown_note(shown, card, "no thumbnail: %s", err.message);
    else if (shown->picture.size > 0)
        show_picture(shown, card);
}

static bool has_media(fc_modality m)
{
    return m == FC_IMAGE || m == FC_AUDIO || m == FC_POINTS;
}

void fc__show_sample(fc_page_media *m, const fc_query_hit *hit, fc_shown *shown, fc_page_card *card)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    if (!has_media(hit->modality))
        return;
    if (fc__read_sample(m, hit, &bytes, &err) == FC_OK)
        show(m,
             &(fc_input){.modality = hit->modality,
                         .bytes = bytes.data,
                         .n_bytes = bytes.size,
                         .start_s = hit->start_s,
                         .end_s = hit->end_s,
                         .name = hit->path,
                         .limits = &m->limits},
             shown, card);
    else
        fc__shown_note(shown, card, "no %s: %s", hit->modality == FC_AUDIO ? "player" : "thumbnail",
                       err.message);
    fc_buf_dispose(&bytes);
}

void fc__show_file(fc_page_media *m, const fc_query *query, fc_shown *shown, fc_page_card *card)
{
    fc_loaded_input in = {0};
    fc_error err = FC_ERROR_INIT;

    if (fc__input_load(&in, query, &err) == FC_OK)
        show(m, &in.input, shown, card);
    else
        fc__shown_note(shown, card, "%s", err.message);
    fc__input_dispose(&in);
}
