/*
 * PNG through libpng: the only file that decodes with it. Everything becomes 8-bit RGB; alpha is
 * composited on the ground with Pillow's arithmetic. Pixels are inflated beforehand where that goes
 * (fc_png_inflate.h); libpng then reads the pieces of a file that holds them stored.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "fc_alloc.h"
#include "fc_decode_internal.h"
#include "fc_exif.h"
#include "fc_png_chunks.h"
#include "fc_png_inflate.h"

/* No ancillary chunk that we read is near this size. */
#define MAX_CHUNK_BYTES (4u << 20)
#define MAX_SIDE        1000000u

/* When libpng has the last line it inflates whatever is left to the end of the pixels' data, were
 * it gigabytes. So many stored bytes, beside twice the line, may be read from there on. */
#define LAST_LINE_SPARE ((size_t)64 << 10)
#define PIXEL_BYTES_MAX 8u /* 16 bits of four channels */

#define TOO_MUCH_TEXT "its data are more than its picture holds"

typedef struct png_job {
    png_structp png;
    png_infop info;
    jmp_buf stop;
    const fc_png_span *span; /* being read, and those after it */
    size_t n_spans, at;
    bool last_line;     /* is being read, */
    size_t last_bytes;  /* and so many bytes may still be read for it */
    fc_png_found found; /* what a look at its chunks said */
    fc_status status;
    fc_error *err;
    uint64_t max_pixels;
    uint32_t width, height;
    unsigned channels; /* 3, or 4 with alpha */
    uint8_t *pixels;
} png_job;

static void on_error(png_structp png, png_const_charp text)
{
    png_job *job = png_get_error_ptr(png);

    job->status = fc_error_set(job->err, FC_E_FORMAT, "broken PNG: %s", text);
    longjmp(job->stop, 1);
}

/* Warnings are about metadata (an odd colour profile), which we do not read; damage is an error
 * because CRC errors and truncation are set up to be. */
static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep to, size_t n)
{
    png_job *job = png_get_io_ptr(png);

    if (job->last_line) {
        if (n > job->last_bytes)
            png_error(png, TOO_MUCH_TEXT);
        job->last_bytes -= n;
    }
    while (n > 0) {
        const size_t left = job->n_spans > 0 ? job->span->n - job->at : 0,
                     take = left < n ? left : n;

        if (job->n_spans == 0)
            png_error(png, "the file ends before the image does");
        memcpy(to, job->span->bytes + job->at, take);
        to += take;
        n -= take;
        job->at += take;
        if (job->at == job->span->n) {
            job->span++;
            job->n_spans--;
            job->at = 0;
        }
    }
}

/* Chunks without influence on the pixels are passed over, CRC checked: less code meets the file. */
static void set_limits(png_job *job)
{
    static const png_byte ignored[] = "bKGD\0cHRM\0gAMA\0hIST\0iCCP\0iTXt\0pCAL\0pHYs\0sBIT\0"
                                      "sCAL\0sPLT\0sRGB\0tEXt\0tIME\0zTXt\0eXIf\0oFFs";

    png_set_user_limits(job->png, MAX_SIDE, MAX_SIDE);
    png_set_chunk_malloc_max(job->png, MAX_CHUNK_BYTES);
    png_set_chunk_cache_max(job->png, 64);
    if (job->found == FC_PNG_STORED) { /* all sums are known to be right */
        png_set_crc_action(job->png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
        png_set_option(job->png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
    } else {
        png_set_crc_action(job->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    }
    png_set_keep_unknown_chunks(job->png, PNG_HANDLE_CHUNK_NEVER, ignored,
                                (int)(sizeof(ignored) / 5));
}

/* Ask libpng for 8-bit RGB or RGBA whatever the file holds. 16 bits keep their high byte. */
static void set_transforms(png_job *job)
{
    const int type = png_get_color_type(job->png, job->info);
    const bool clear_colour = png_get_valid(job->png, job->info, PNG_INFO_tRNS) != 0;

    png_set_strip_16(job->png);
    if (type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(job->png);
    if (type == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(job->png);
    if (clear_colour)
        png_set_tRNS_to_alpha(job->png);
    if ((type & PNG_COLOR_MASK_COLOR) == 0)
        png_set_gray_to_rgb(job->png);
    job->channels = (type & PNG_COLOR_MASK_ALPHA) != 0 || clear_colour ? 4 : 3;
}

static bool read_header(png_job *job)
{
    png_set_read_fn(job->png, job, on_read);
    set_limits(job);
    png_read_info(job->png, job->info);
    job->width = png_get_image_width(job->png, job->info);
    job->height = png_get_image_height(job->png, job->info);
    job->status = fc__check_image_size(job->width, job->height, job->max_pixels, job->err);
    return job->status == FC_OK;
}

static bool read_pixels(png_job *job)
{
    int passes;
    size_t stride;

    set_transforms(job);
    passes = png_set_interlace_handling(job->png);
    png_read_update_info(job->png, job->info);
    stride = (size_t)job->width * job->channels;
    if (png_get_rowbytes(job->png, job->info) != stride)
        png_error(job->png, "unexpected line length");
    job->pixels = fc__alloc_bare(job->height, stride);
    if (job->pixels == NULL) {
        job->status = fc__nomem(job->err, job->height * stride, "the pixels of a PNG");
        return false;
    }
    job->last_bytes = (size_t)job->width * PIXEL_BYTES_MAX * 2 + LAST_LINE_SPARE;
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < job->height; y++) {
            job->last_line = pass == passes - 1 && y == job->height - 1;
            png_read_row(job->png, job->pixels + y * stride, NULL);
        }
    job->last_line = false;
    /* Not png_read_end(): it would inflate whatever follows the pixels, be it gigabytes. */
    if (job->found == FC_PNG_DAMAGED)
        png_error(job->png, "a chunk is damaged, or the file ends before IEND");
    return true;
}

/* Everything that may longjmp; the state lives in `job`, so that no local is lost by it. */
static bool run_job(png_job *job)
{
    if (setjmp(job->stop) != 0)
        return false;
    return read_header(job) && read_pixels(job);
}

static void read_metadata(const fc_image_source *in, fc_image *out)
{
    fc_png_meta meta;

    fc__png_metadata(in->bytes, in->n, &meta);
    out->format = "PNG";
    out->profile_bytes = meta.profile_bytes;
    out->orientation = fc__exif_orientation(meta.exif, meta.exif_n);
}

fc_status fc__decode_png(const fc_image_source *in, fc_image *out, fc_error *err)
{
    const fc_png_span whole = {in->bytes, in->n};
    png_job job = {.span = &whole, .n_spans = 1, .err = err, .max_pixels = in->limits.max_pixels};
    fc_png_stored stored;

    job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, on_error, on_warning);
    if (job.png != NULL)
        job.info = png_create_info_struct(job.png);
    if (job.info == NULL) {
        png_destroy_read_struct(&job.png, NULL, NULL);
        return fc__nomem(err, 1024, "a PNG decoder");
    }
    job.found = fc__png_inflate(in->bytes, in->n, &stored);
    if (job.found == FC_PNG_STORED) {
        job.span = stored.spans;
        job.n_spans = stored.n_spans;
    }
    if (job.found == FC_PNG_TOO_MUCH) {
        job.status = fc_error_set(err, FC_E_FORMAT, "broken PNG: %s", TOO_MUCH_TEXT);
    } else if (run_job(&job)) {
        out->width = job.width;
        out->height = job.height;
        out->pixels = job.pixels;
        job.pixels = NULL;
        if (job.channels == 4) {
            fc__flatten_rgba(out->pixels, (size_t)job.width * job.height, in->ground, out->pixels);
            fc__shrink_to_rgb(out);
        }
        read_metadata(in, out);
    }
    png_destroy_read_struct(&job.png, &job.info, NULL);
    fc__png_stored_dispose(&stored);
    free(job.pixels);
    return job.status;
}
