/*
 * fc_report_queries(): queries and their hits as one page, images as small thumbnails inside it. An
 * image that cannot be read is named, and the page goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <featcache/report.h>

#include "fc_alloc.h"
#include "fc_decode.h"
#include "fc_fetch.h"
#include "fc_file.h"
#include "fc_jpeg_write.h"
#include "fc_page.h"
#include "fc_resize.h"

#define THUMBNAIL_SIDE    192u
#define THUMBNAIL_QUALITY 85
#define IMAGE_FILE_MAX    ((size_t)64 << 20)

/* A side of the thumbnail: the image's, scaled so that the longer one is THUMBNAIL_SIDE. */
static uint32_t scaled(uint32_t side, uint32_t longest)
{
    const uint64_t s = ((uint64_t)side * THUMBNAIL_SIDE + longest / 2) / longest;

    if (longest <= THUMBNAIL_SIDE)
        return side;
    return s == 0 ? 1 : (uint32_t)s;
}

static fc_status shrink(const fc_image *image, fc_image *out, fc_error *err)
{
    const uint32_t longest = image->width > image->height ? image->width : image->height;
    const fc_canvas canvas = {.pixels = image->pixels,
                              .image_width = image->width,
                              .image_height = image->height,
                              .channels = 3,
                              .width = image->width,
                              .height = image->height};

    out->width = scaled(image->width, longest);
    out->height = scaled(image->height, longest);
    out->pixels = fc__alloc_array((size_t)out->width * out->height, 3);
    if (out->pixels == NULL)
        return fc__nomem(err, (size_t)out->width * out->height * 3, "a thumbnail");
    return fc__resize(&canvas, FC_FILTER_BICUBIC, out->width, out->height, out->pixels, err);
}

/* An image file's bytes to a small JPEG. */
static fc_status thumbnail(const fc_buf *file, fc_buf *out, fc_error *err)
{
    fc_image image = FC_IMAGE_INIT, small = FC_IMAGE_INIT;
    fc_status st;

    st = fc__decode_image(file->data, file->size, NULL, &image, err);
    if (st == FC_OK)
        st = shrink(&image, &small, err);
    if (st == FC_OK)
        st = fc__jpeg_write(&small, THUMBNAIL_QUALITY, out, err);
    fc__image_dispose(&small);
    fc__image_dispose(&image);
    return st;
}

static void add_hit(fc_page *page, const fc_query_hit *hit, double low, double high)
{
    fc_buf file = FC_BUF_INIT, small = FC_BUF_INIT, note = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    char title[32];
    fc_page_card card = {.title = title,
                         .caption = hit->id,
                         .text = hit->preview,
                         .has_score = true,
                         .score = hit->score,
                         .score_low = low,
                         .score_high = high};

    snprintf(title, sizeof(title), "%zu", hit->rank);
    if (hit->modality == FC_IMAGE) {
        if (fc__fetch_sample(hit->root, hit->path, IMAGE_FILE_MAX, &file, &err) == FC_OK &&
            thumbnail(&file, &small, &err) == FC_OK) {
            card.image = small.data;
            card.image_bytes = small.size;
            card.image_type = "image/jpeg";
        } else {
            (void)fc_buf_append_fmt(&note, NULL, "no thumbnail: %s", err.message);
        }
    }
    if (hit->via_id != NULL)
        (void)fc_buf_append_fmt(&note, NULL, "%sthrough %s", note.size > 0 ? "; " : "",
                                hit->via_id);
    if (note.size > 0 && fc_buf_append_u8(&note, 0, NULL) == FC_OK)
        card.note = (const char *)note.data;
    fc__page_card(page, &card);
    fc_buf_dispose(&note);
    fc_buf_dispose(&small);
    fc_buf_dispose(&file);
}

/* The query itself: its text, or its picture. */
static void add_input(fc_page *page, const fc_query *q)
{
    fc_buf file = FC_BUF_INIT, small = FC_BUF_INIT;
    fc_page_card card = {.title = "query", .caption = q->file != NULL ? q->file : q->id};
    fc_error err = FC_ERROR_INIT;

    if (q->text != NULL)
        card.text = q->text;
    if (q->vector != NULL)
        card.text = "a vector";
    if (q->file != NULL && fc__file_read(q->file, IMAGE_FILE_MAX, &file, &err) == FC_OK &&
        thumbnail(&file, &small, &err) == FC_OK) {
        card.image = small.data;
        card.image_bytes = small.size;
        card.image_type = "image/jpeg";
    }
    fc__page_grid_begin(page);
    fc__page_card(page, &card);
    fc__page_grid_end(page);
    fc_buf_dispose(&small);
    fc_buf_dispose(&file);
}

static void add_facts(fc_page *page, const fc_query_result *r)
{
    char text[128];

    snprintf(text, sizeof(text), "%s %.12s, output %s", r->encoder, r->fingerprint, r->output);
    fc__page_fact(page, "encoder", text);
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

static const char *heading_of(const fc_query *q)
{
    if (q->text != NULL)
        return q->text;
    if (q->file != NULL)
        return q->file;
    return q->id != NULL ? q->id : "a vector";
}

static void add_query(fc_page *page, const fc_report_query *one)
{
    const fc_query_result *r = one->result;
    double low = 0.0, high = 1.0;

    fc__page_section(page, heading_of(one->query));
    add_facts(page, r);
    if (r->via_groups)
        fc__page_notice(page,
                        "There is no shared space yet: the query was compared with samples of "
                        "its own modality, and the samples of the same groups are shown.");
    add_input(page, one->query);
    if (r->n_hits == 0)
        fc__page_text(page, "Nothing was found.");
    for (size_t i = 0; i < r->n_hits; i++)
        low = r->hits[i].score < low ? r->hits[i].score : low;
    fc__page_grid_begin(page);
    for (size_t i = 0; i < r->n_hits; i++)
        add_hit(page, &r->hits[i], low, high);
    fc__page_grid_end(page);
}

fc_status fc_report_queries(const char *path, const char *title, const fc_report_query *queries,
                            size_t n_queries, fc_error *err)
{
    fc_page *page = NULL;
    fc_status st;

    st = fc__page_create(&page, title, err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n_queries; i++)
        add_query(page, &queries[i]);
    st = fc__page_save(page, path, err);
    fc__page_destroy(page);
    return st;
}
