/*
 * JPEG through libjpeg: the only file that decodes with it; its longjmp stays in here. Every
 * warning of the library is an error here: a picture that is half grey because the file was cut
 * must not become features.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "fc_alloc.h"
#include "fc_decode_internal.h"
#include "fc_exif.h"

/* A progressive file may hold any number of scans over all its pixels, each a full decode. Real
 * encoders write 10 or so. */
#define MAX_SCANS 100

/* What stands in front of an ICC profile, each time with the number of its part behind. */
#define ICC_NAME       "ICC_PROFILE"
#define ICC_HEAD_BYTES 14

typedef struct jpeg_job {
    struct jpeg_error_mgr errors; /* first: libjpeg hands back a pointer to it */
    struct jpeg_progress_mgr progress;
    struct jpeg_decompress_struct cinfo;
    jmp_buf stop;
    fc_status status;
    fc_error *err;
    uint64_t max_pixels;
    fc_image facts; /* what the markers tell; no pixels */
    uint8_t *pixels;
    uint8_t *row; /* one line of a CMYK picture */
} jpeg_job;

static void stop_with_message(j_common_ptr cinfo)
{
    jpeg_job *job = (jpeg_job *)cinfo->err;
    char text[JMSG_LENGTH_MAX];

    cinfo->err->format_message(cinfo, text);
    job->status = fc_error_set(job->err, FC_E_FORMAT, "broken JPEG: %s", text);
    longjmp(job->stop, 1);
}

static void on_message(j_common_ptr cinfo, int level)
{
    if (level < 0)
        stop_with_message(cinfo);
}

static void on_output(j_common_ptr cinfo)
{
    (void)cinfo;
}

static void on_progress(j_common_ptr cinfo)
{
    jpeg_job *job = (jpeg_job *)cinfo->err;

    if (job->cinfo.input_scan_number > MAX_SCANS) {
        job->status =
            fc_error_set(job->err, FC_E_LIMIT,
                         "the JPEG has more than %d scans: it would take minutes", MAX_SCANS);
        longjmp(job->stop, 1);
    }
}

static void set_up(jpeg_job *job)
{
    jpeg_std_error(&job->errors);
    job->errors.error_exit = stop_with_message;
    job->errors.emit_message = on_message;
    job->errors.output_message = on_output;
    job->progress.progress_monitor = on_progress;
    job->cinfo.err = &job->errors;
}

/* Orientation out of the first EXIF block; length of the ICC profile over all its parts. */
static void read_metadata(const struct jpeg_decompress_struct *c, fc_image *out)
{
    bool seen_exif = false;

    for (const struct jpeg_marker_struct *m = c->marker_list; m != NULL; m = m->next) {
        if (m->marker == JPEG_APP0 + 1 && !seen_exif && m->data_length >= 6 &&
            memcmp(m->data, "Exif\0\0", 6) == 0) {
            out->orientation = fc__exif_orientation(m->data, m->data_length);
            seen_exif = true;
        }
        if (m->marker == JPEG_APP0 + 2 && m->data_length == ICC_HEAD_BYTES &&
            memcmp(m->data, ICC_NAME, sizeof(ICC_NAME)) == 0)
            out->profile_bytes += m->original_length - ICC_HEAD_BYTES;
    }
}

/* Read the header, check the size it claims, choose what comes out. */
static bool read_header(jpeg_job *job, const uint8_t *bytes, size_t n)
{
    struct jpeg_decompress_struct *c = &job->cinfo;

    jpeg_mem_src(c, bytes, (unsigned long)n);
    jpeg_save_markers(c, JPEG_APP0 + 1, 0xffff);
    jpeg_save_markers(c, JPEG_APP0 + 2, ICC_HEAD_BYTES);
    jpeg_read_header(c, TRUE);
    job->status = fc__check_image_size(c->image_width, c->image_height, job->max_pixels, job->err);
    if (job->status != FC_OK)
        return false;
    switch (c->num_components) {
    case 1:
    case 3:
        c->out_color_space = JCS_RGB;
        break;
    case 4:
        c->out_color_space = JCS_CMYK;
        break;
    default:
        job->status = fc_error_set(job->err, FC_E_UNSUPPORTED,
                                   "the JPEG has %d colour components; 1, 3 and 4 are read",
                                   c->num_components);
        return false;
    }
    c->dct_method = JDCT_ISLOW;
    read_metadata(c, &job->facts); /* finishing drops the markers */
    return true;
}

/* a / 255, rounded, for 0 <= a <= 255 * 255: Pillow's MULDIV255. */
static unsigned div255(unsigned a)
{
    a += 128;
    return ((a >> 8) + a) >> 8;
}

/* One line to RGB. Like Pillow, every CMYK JPEG is taken to be stored inverted, as Adobe does. */
static void cmyk_to_rgb(const uint8_t *in, uint8_t *out, size_t width)
{
    for (size_t x = 0; x < width; x++, in += 4, out += 3) {
        const unsigned light = in[3];

        for (int k = 0; k < 3; k++)
            out[k] = (uint8_t)(light - div255((255u - in[k]) * light));
    }
}

static bool read_pixels(jpeg_job *job)
{
    struct jpeg_decompress_struct *c = &job->cinfo;
    const size_t width = c->image_width, height = c->image_height;
    const bool cmyk = c->out_color_space == JCS_CMYK;

    job->pixels = fc__alloc_bare(height, width * 3);
    if (job->pixels == NULL) {
        job->status = fc__nomem(job->err, width * height * 3, "the pixels of a JPEG");
        return false;
    }
    if (cmyk && (job->row = fc__alloc_array(width, 4)) == NULL) {
        job->status = fc__nomem(job->err, width * 4, "a line of a JPEG");
        return false;
    }
    jpeg_start_decompress(c);
    while (c->output_scanline < c->output_height) {
        uint8_t *line = job->pixels + (size_t)c->output_scanline * width * 3;
        JSAMPROW to = cmyk ? job->row : line;

        if (jpeg_read_scanlines(c, &to, 1) == 1 && cmyk)
            cmyk_to_rgb(job->row, line, width);
    }
    jpeg_finish_decompress(c); /* reads on to the end marker: a cut file warns here at the latest */
    return true;
}

/* Everything that may longjmp; the state lives in `job`, so that no local is lost by it. */
static bool run_job(jpeg_job *job, const uint8_t *bytes, size_t n)
{
    if (setjmp(job->stop) != 0)
        return false;
    jpeg_create_decompress(&job->cinfo);
    job->cinfo.progress = &job->progress;
    return read_header(job, bytes, n) && read_pixels(job);
}

fc_status fc__decode_jpeg(const fc_image_source *in, fc_image *out, fc_error *err)
{
    jpeg_job *job = fc__alloc_array(1, sizeof(*job));
    fc_status st;

    if (job == NULL)
        return fc__nomem(err, sizeof(*job), "a JPEG decoder");
    job->err = err;
    job->facts = (fc_image)FC_IMAGE_INIT;
    job->max_pixels = in->limits.max_pixels;
    set_up(job);
    if (run_job(job, in->bytes, in->n)) {
        *out = job->facts;
        out->width = job->cinfo.image_width;
        out->height = job->cinfo.image_height;
        out->pixels = job->pixels;
        out->format = "JPEG";
        job->pixels = NULL;
    }
    st = job->status;
    jpeg_destroy_decompress(&job->cinfo);
    free(job->row);
    free(job->pixels);
    free(job);
    return st;
}
