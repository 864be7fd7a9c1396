/*
 * A small baseline JPEG through libjpeg's in-memory destination.
 */
#include "fc_jpeg_write.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

/* libjpeg calls error_exit and must not come back from it. */
typedef struct jpeg_failure {
    struct jpeg_error_mgr manager; /* first: libjpeg sees only this */
    jmp_buf back;
    char message[JMSG_LENGTH_MAX];
    /* What libjpeg has written so far; here, not in locals, so that it is right after a jump. */
    unsigned char *bytes;
    unsigned long n_bytes;
} jpeg_failure;

static void on_error(j_common_ptr info)
{
    jpeg_failure *f = (jpeg_failure *)info->err;

    info->err->format_message(info, f->message);
    longjmp(f->back, 1);
}

static void on_message(j_common_ptr info)
{
    (void)info; /* the library is silent */
}

static void compress(struct jpeg_compress_struct *c, const fc_image *image, int quality)
{
    c->image_width = image->width;
    c->image_height = image->height;
    c->input_components = 3;
    c->in_color_space = JCS_RGB;
    jpeg_set_defaults(c);
    jpeg_set_quality(c, quality, TRUE);
    jpeg_start_compress(c, TRUE);
    while (c->next_scanline < c->image_height) {
        JSAMPROW row = image->pixels + (size_t)c->next_scanline * image->width * 3;

        jpeg_write_scanlines(c, &row, 1);
    }
    jpeg_finish_compress(c);
}

fc_status fc__jpeg_write(const fc_image *image, int quality, fc_buf *out, fc_error *err)
{
    struct jpeg_compress_struct c;
    jpeg_failure failure = {.bytes = NULL};
    fc_status st;

    c.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = on_error;
    failure.manager.output_message = on_message;
    if (setjmp(failure.back) != 0) {
        jpeg_destroy_compress(&c);
        free(failure.bytes);
        return fc_error_set(err, FC_E_NOMEM, "cannot write a thumbnail: %s", failure.message);
    }
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &failure.bytes, &failure.n_bytes);
    compress(&c, image, quality);
    jpeg_destroy_compress(&c);
    st = fc_buf_append(out, failure.bytes, failure.n_bytes, err);
    free(failure.bytes);
    return st;
}
