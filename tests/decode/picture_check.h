/*
 * Pictures below tests/golden against the pixels that lie beside them.
 */
#ifndef PICTURE_CHECK_H
#define PICTURE_CHECK_H

#include "golden_files.h"

#include "fc_decode.h"

static inline void decode_file(const char *path, const fc_image_options *opts, fc_image *out)
{
    fc_error err = FC_ERROR_INIT;
    size_t n;
    uint8_t *bytes = fc_test_read_file(path, &n);

    assert_status(FC_OK, fc__decode_image(bytes, n, opts, out, &err), &err);
    free(bytes);
}

/* The files that match `pattern`, as many as expected: no value differs by more than `tolerance`
 * from the file of the same name that ends in `extension`. */
static inline void check_files(const char *pattern, size_t expected, const char *extension,
                               const fc_image_options *opts, int tolerance)
{
    glob_t files;

    golden_glob(pattern, &files);
    assert_int_equal(files.gl_pathc, expected);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        fc_image im = FC_IMAGE_INIT;
        char *rgb_path = golden_sibling(files.gl_pathv[i], extension);
        size_t rgb_n;
        uint8_t *rgb = fc_test_read_file(rgb_path, &rgb_n);
        int worst;

        decode_file(files.gl_pathv[i], opts, &im);
        assert_int_equal((size_t)im.width * im.height * 3, rgb_n);
        worst = golden_difference(im.pixels, rgb, rgb_n);
        if (worst > tolerance)
            fail_msg("%s: a pixel differs by %d", files.gl_pathv[i], worst);
        fc__image_dispose(&im);
        free(rgb);
        free(rgb_path);
    }
    globfree(&files);
}

#endif /* PICTURE_CHECK_H */
