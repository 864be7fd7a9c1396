/*
 * Files that are broken, or made to break the reader: each is refused with a message, takes no
 * memory to speak of, and under the sanitizers touches nothing outside its bytes.
 */
#include "golden_files.h"

#include <sys/resource.h>

#include "fc_bytes.h"
#include "fc_decode.h"
#include "fc_rng.h"

#define IHDR_DATA 16
#define IHDR_CRC  29

static uint8_t *read_golden(const char *name, size_t *n)
{
    char *path = golden_file(name);
    uint8_t *bytes = fc_test_read_file(path, n);

    free(path);
    return bytes;
}

/* A copy in a block of its exact size, so that the sanitizer sees one byte too many. */
static fc_status decode_copy(const uint8_t *bytes, size_t n, fc_error *err)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    fc_image im = FC_IMAGE_INIT;
    fc_status st;

    assert_non_null(copy);
    memcpy(copy, bytes, n);
    *err = (fc_error)FC_ERROR_INIT;
    st = fc__decode_image(copy, n, NULL, &im, err);
    if (st != FC_OK) {
        assert_null(im.pixels);
        assert_true(err->message[0] != '\0');
    }
    fc__image_dispose(&im);
    free(copy);
    return st;
}

/* CRC-32 as PNG has it. */
static uint32_t png_crc(const uint8_t *bytes, size_t n)
{
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int k = 0; k < 8; k++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void set_png_size(uint8_t *png, uint32_t width, uint32_t height)
{
    fc_put_be32(png + IHDR_DATA, width);
    fc_put_be32(png + IHDR_DATA + 4, height);
    fc_put_be32(png + IHDR_CRC, png_crc(png + IHDR_DATA - 4, 17));
}

static const char *const every_kind[] = {
    "tests/golden/images/png_type0_1_interlaced.png",
    "tests/golden/images/png_type2_16.png",
    "tests/golden/images/png_type3_4_clear.png",
    "tests/golden/images/png_type6_8.png",
    "tests/golden/images/jpeg_420.jpg",
    "tests/golden/images/jpeg_progressive.jpg",
    "tests/golden/images/jpeg_cmyk.jpg",
    "tests/golden/pictures/webp_lossy_alpha.webp",
    "tests/golden/pictures/webp_lossless.webp",
    "tests/golden/pictures/webp_exif8.webp",
    "tests/golden/pictures/npy_rgba.npy",
};

#define N_KINDS (sizeof(every_kind) / sizeof(every_kind[0]))

static long peak_kib(void)
{
    struct rusage use;

    assert_int_equal(getrusage(RUSAGE_SELF, &use), 0);
    return use.ru_maxrss;
}

/* 65535 x 65535 would be 12 GiB of pixels: refused by the header alone. */
static void test_decode_hostile__png_bomb_is_refused_by_its_header(void **state)
{
    static const uint32_t sizes[][2] = {{65535, 65535}, {0x7fffffff, 0x7fffffff}, {100000, 1000}};
    size_t n;
    uint8_t *png = read_golden("tests/golden/images/png_type6_8.png", &n);
    const long before = peak_kib();
    fc_error err;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        fc_status st;

        set_png_size(png, sizes[i][0], sizes[i][1]);
        st = decode_copy(png, n, &err);
        if (st != FC_E_LIMIT && st != FC_E_FORMAT)
            fail_msg("%u x %u: %s", sizes[i][0], sizes[i][1], fc_status_string(st));
    }
    assert_true(peak_kib() - before < 16 * 1024);
    set_png_size(png, 0, 7);
    assert_status(FC_E_FORMAT, decode_copy(png, n, &err), &err);
    free(png);
}

/* The frame header of a JPEG: marker, length, precision, height, width. */
static size_t find_frame(const uint8_t *jpeg, size_t n)
{
    for (size_t i = 0; i + 9 < n; i++)
        if (jpeg[i] == 0xff && (jpeg[i + 1] == 0xc0 || jpeg[i + 1] == 0xc2) && jpeg[i + 2] == 0)
            return i + 5;
    fail_msg("the golden JPEG has no frame header");
    return 0;
}

static void test_decode_hostile__jpeg_bomb_is_refused_by_its_header(void **state)
{
    size_t n;
    uint8_t *jpeg = read_golden("tests/golden/images/jpeg_progressive.jpg", &n);
    const size_t at = find_frame(jpeg, n);
    const long before = peak_kib();
    fc_error err;

    (void)state;
    fc_put_be16(jpeg + at, 65500);
    fc_put_be16(jpeg + at + 2, 65500);
    assert_status(FC_E_LIMIT, decode_copy(jpeg, n, &err), &err);
    assert_non_null(strstr(err.message, "65500 x 65500"));
    assert_true(peak_kib() - before < 16 * 1024);
    free(jpeg);
}

/* The header of a lossless WebP claims 16384 x 16384; one with alpha in its container 2^24 x 2^24;
 * a .npy 4 GiB that are not there. */
static void test_decode_hostile__webp_and_npy_bombs_are_refused_by_their_headers(void **state)
{
    static const char npy_head[] = "\x93NUMPY\x01\x00\x76\x00";
    static const char npy[] =
        "{'descr': '|u1', 'fortran_order': False, 'shape': (65000, 900, 3), }";
    char lying[128];
    size_t n, alpha_n;
    uint8_t *lossless = read_golden("tests/golden/pictures/webp_lossless.webp", &n);
    uint8_t *alpha = read_golden("tests/golden/pictures/webp_lossy_alpha.webp", &alpha_n);
    const long before = peak_kib();
    fc_error err;
    fc_status st;

    (void)state;
    memcpy(lossless + 21, "\xff\xff\xff\x0f", 4); /* 14 bits each of width - 1, height - 1 */
    assert_status(FC_E_LIMIT, decode_copy(lossless, n, &err), &err);
    assert_non_null(strstr(err.message, "16384 x 16384"));
    memset(alpha + 24, 0xff, 6); /* canvas of VP8X */
    st = decode_copy(alpha, alpha_n, &err);
    assert_true(st == FC_E_LIMIT || st == FC_E_FORMAT);
    memset(lying, ' ', sizeof(lying));
    memcpy(lying, npy_head, sizeof(npy_head) - 1);
    memcpy(lying + 10, npy, sizeof(npy) - 1);
    lying[127] = '\n';
    assert_status(FC_E_FORMAT, decode_copy((const uint8_t *)lying, sizeof(lying), &err), &err);
    assert_non_null(strstr(err.message, "175500000 bytes"));
    assert_true(peak_kib() - before < 16 * 1024);
    free(alpha);
    free(lossless);
}

static void test_decode_hostile__an_animation_is_refused(void **state)
{
    size_t n;
    uint8_t *webp = read_golden("tests/golden/pictures/webp_lossy_alpha.webp", &n);
    fc_error err;

    (void)state;
    webp[20] |= 0x02; /* the flag in VP8X */
    assert_status(FC_E_UNSUPPORTED, decode_copy(webp, n, &err), &err);
    assert_non_null(strstr(err.message, "animation"));
    free(webp);
}

/* A progressive file of 190 scans (made with jpegtran -scans, one coefficient of one component
 * each): valid, but each scan is one more pass over all pixels, and nothing in the format limits
 * their number. */
static void test_decode_hostile__jpeg_of_many_scans_is_refused(void **state)
{
    size_t n;
    uint8_t *jpeg = read_golden("tests/golden/hostile/scans_190.jpg", &n);
    fc_error err;

    (void)state;
    assert_status(FC_E_LIMIT, decode_copy(jpeg, n, &err), &err);
    assert_non_null(strstr(err.message, "scans"));
    free(jpeg);
}

static void test_decode_hostile__every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        size_t n;
        uint8_t *bytes = read_golden(every_kind[k], &n);
        const size_t step = n / 50 > 0 ? n / 50 : 1;
        fc_error err;

        assert_status(FC_OK, decode_copy(bytes, n, &err), &err);
        for (size_t cut = 0; cut < n; cut += step)
            if (decode_copy(bytes, cut, &err) == FC_OK)
                fail_msg("%s decodes from %zu of its %zu bytes", every_kind[k], cut, n);
        if (decode_copy(bytes, n - 1, &err) == FC_OK)
            fail_msg("%s decodes without its last byte", every_kind[k]);
        free(bytes);
    }
}

/* All pixels are there, but the file is cut inside the comment that follows them. */
static void test_decode_hostile__a_cut_behind_the_pixels_is_refused(void **state)
{
    static const uint8_t comment[] = {0xff, 0xfe, 0, 10, 'c', 'o', 'm', 'm', 'e', 'n', 't', '.'};
    size_t n;
    uint8_t *jpeg = read_golden("tests/golden/images/jpeg_420.jpg", &n);
    fc_buf with = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc_buf_append(&with, jpeg, n - 2, &err), &err);
    assert_status(FC_OK, fc_buf_append(&with, comment, sizeof(comment), &err), &err);
    assert_status(FC_OK, fc_buf_append(&with, jpeg + n - 2, 2, &err), &err);
    assert_status(FC_OK, decode_copy(with.data, with.size, &err), &err);
    for (size_t cut = 1; cut < sizeof(comment) + 2; cut++)
        assert_status(FC_E_FORMAT, decode_copy(with.data, with.size - cut, &err), &err);
    fc_buf_dispose(&with);
    free(jpeg);
}

/* Each CRC of a PNG, each of its four bytes. */
static void test_decode_hostile__a_wrong_crc_is_refused(void **state)
{
    size_t n, chunks = 0;
    uint8_t *png = read_golden("tests/golden/images/png_type3_4_clear.png", &n);
    fc_error err;

    (void)state;
    for (size_t at = 8; at + 12 <= n; chunks++) {
        const size_t crc = at + 8 + fc_get_be32(png + at);

        for (size_t k = 0; k < 4; k++) {
            png[crc + k] ^= 0x10;
            assert_status(FC_E_FORMAT, decode_copy(png, n, &err), &err);
            png[crc + k] ^= 0x10;
        }
        at = crc + 4;
    }
    assert_int_equal(chunks, 6); /* IHDR PLTE tRNS IDAT IDAT IEND */
    free(png);
}

/* An ancillary chunk that is passed over is still checked. */
static void test_decode_hostile__a_wrong_crc_of_a_text_chunk_is_refused(void **state)
{
    size_t n;
    uint8_t *png = read_golden("tests/golden/images/png_type2_8.png", &n);
    uint8_t chunk[] = {0, 0, 0, 3, 't', 'E', 'X', 't', 'a', 0, 'b', 0, 0, 0, 0};
    fc_buf with = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fc_put_be32(chunk + 11, png_crc(chunk + 4, 7));
    assert_status(FC_OK, fc_buf_append(&with, png, 33, &err), &err);
    assert_status(FC_OK, fc_buf_append(&with, chunk, sizeof(chunk), &err), &err);
    assert_status(FC_OK, fc_buf_append(&with, png + 33, n - 33, &err), &err);
    assert_status(FC_OK, decode_copy(with.data, with.size, &err), &err);
    with.data[33 + 14] ^= 1;
    assert_status(FC_E_FORMAT, decode_copy(with.data, with.size, &err), &err);
    fc_buf_dispose(&with);
    free(png);
}

/* Every byte of a PNG is under some checksum, so every flip is found; a JPEG has none, and any
 * answer is right but a crash. */
static void test_decode_hostile__random_flips_do_no_harm(void **state)
{
    fc_rng rng = fc__rng_seed(7);

    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        size_t n, refused = 0;
        uint8_t *bytes = read_golden(every_kind[k], &n);
        fc_error err;

        for (int round = 0; round < 400; round++) {
            const size_t at = (size_t)fc__rng_below(&rng, n);
            const uint8_t flip = (uint8_t)(1u << fc__rng_below(&rng, 8));

            bytes[at] ^= flip;
            refused += decode_copy(bytes, n, &err) != FC_OK;
            bytes[at] ^= flip;
        }
        if (strstr(every_kind[k], ".png") != NULL && refused != 400)
            fail_msg("%s: %zu of 400 flips went unseen", every_kind[k], 400 - refused);
        /* The headers of a JPEG are that much of these small files; a .npy is nearly all pixels. */
        assert_true(refused > 40 || strstr(every_kind[k], "jpeg") == NULL);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_hostile__png_bomb_is_refused_by_its_header),
        cmocka_unit_test(test_decode_hostile__jpeg_bomb_is_refused_by_its_header),
        cmocka_unit_test(test_decode_hostile__webp_and_npy_bombs_are_refused_by_their_headers),
        cmocka_unit_test(test_decode_hostile__an_animation_is_refused),
        cmocka_unit_test(test_decode_hostile__jpeg_of_many_scans_is_refused),
        cmocka_unit_test(test_decode_hostile__every_truncation_is_refused),
        cmocka_unit_test(test_decode_hostile__a_cut_behind_the_pixels_is_refused),
        cmocka_unit_test(test_decode_hostile__a_wrong_crc_is_refused),
        cmocka_unit_test(test_decode_hostile__a_wrong_crc_of_a_text_chunk_is_refused),
        cmocka_unit_test(test_decode_hostile__random_flips_do_no_harm),
    };

    return cmocka_run_group_tests_name("decode_hostile", tests, NULL, NULL);
}
