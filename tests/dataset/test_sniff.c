/*
 * What a file is by its first bytes.
 */
#include "fc_test.h"

#include "fc_dataset.h"
#include "fc_npy_header.h"

typedef struct sniff_case {
    const char *bytes;
    size_t n; /* 0: strlen */
    const char *name;
    fc_modality modality;
    const char *what;
} sniff_case;

/* Each head sits in a block of its exact size, so that ASan sees any overread. */
static void check_sized(const sniff_case *cases, size_t n, uint64_t file_size)
{
    for (size_t i = 0; i < n; i++) {
        const size_t size = cases[i].n != 0 ? cases[i].n : strlen(cases[i].bytes);
        uint8_t *head = malloc(size > 0 ? size : 1);
        const char *what = NULL;
        fc_modality modality;

        assert_non_null(head);
        memcpy(head, cases[i].bytes, size);
        modality = fc__sniff(head, size, file_size, cases[i].name, &what);
        free(head);
        assert_string_equal(what, cases[i].what);
        assert_int_equal(modality, cases[i].modality);
    }
}

static void check_all(const sniff_case *cases, size_t n)
{
    check_sized(cases, n, 0);
}

#define CHECK_ALL(cases) check_all(cases, sizeof(cases) / sizeof((cases)[0]))

static void test_sniff__content_goes_before_the_name(void **state)
{
    static const sniff_case cases[] = {
        {"\xFF\xD8\xFF\xE0\0\x10JFIF", 10, "x.txt", FC_IMAGE, "JPEG image"},
        {"\xFF\xD8\xFF", 3, NULL, FC_IMAGE, "JPEG image"},
        {"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16, "x.jpg", FC_IMAGE, "PNG image"},
        {"hello", 0, "x.png", FC_TEXT, "UTF-8 text"},
        {"\x89PNG", 4, "x.png", FC_MODALITY_NONE, "unknown bytes"}, /* cut short */
    };

    (void)state;
    CHECK_ALL(cases);
}

static void test_sniff__signatures_are_named(void **state)
{
    static const sniff_case cases[] = {
        {"GIF89a\x01\0\x01\0", 10, "x", FC_MODALITY_NONE, "GIF image"},
        {"RIFF\x24\0\0\0WEBPVP8 ", 16, "x", FC_IMAGE, "WebP image"},
        {"RIFF\x24\0\0\0WAVEfmt ", 16, "x", FC_AUDIO, "RIFF WAVE audio"},
        {"RIFF\x24\0\0\0XXXX", 12, "x", FC_MODALITY_NONE, "unknown bytes"},
        {"RIFF\x24\0", 6, "x", FC_MODALITY_NONE, "unknown bytes"},
        {"II*\0\x08\0\0\0", 8, "x", FC_MODALITY_NONE, "TIFF image"},
        {"BM\x36\0\0\0\0\0\0\0\x36", 11, "x", FC_MODALITY_NONE, "BMP image"},
        {"fLaC\0\0\0\x22", 8, "x", FC_AUDIO, "FLAC audio"},
        {"OggS\0\x02", 6, "x", FC_AUDIO, "Ogg audio"},
        {"ID3\x03\0", 5, "x", FC_AUDIO, "MP3 audio"},
        {"ply\nformat ascii 1.0\n", 0, "x", FC_POINTS, "PLY points"},
        {"ply\nformat binary_little_endian 1.0\n\0", 37, "x", FC_POINTS, "PLY points"},
        {"PK\3\4\x14\0", 6, "x", FC_MODALITY_NONE, "ZIP archive"},
        {"\x1F\x8B\x08\0", 4, "x.txt", FC_MODALITY_NONE, "gzip"},
        {"%PDF-1.4\n", 0, "x", FC_MODALITY_NONE, "PDF document"},
        {"\x7F"
         "ELF\x02\x01",
         6, "x", FC_MODALITY_NONE, "ELF program"},
        {"\xFF\xFEh\0i\0", 6, "x.txt", FC_MODALITY_NONE, "UTF-16 text (save it as UTF-8)"},
        {"\0\0\0\x1C"
         "ftypavif",
         12, "x", FC_MODALITY_NONE, "AVIF image"},
        {"\0\0\0\x1C"
         "ftypmp42",
         12, "x", FC_MODALITY_NONE, "MPEG-4 video"},
        {"\0\1\2\3", 4, "x.txt", FC_MODALITY_NONE, "unknown bytes"},
        {"", 0, "x.txt", FC_MODALITY_NONE, "an empty file"},
    };

    (void)state;
    CHECK_ALL(cases);
}

static void test_sniff__text_is_utf8_without_controls(void **state)
{
    static const sniff_case cases[] = {
        {"a\tb\r\nc\f", 0, "x", FC_TEXT, "UTF-8 text"},
        {"\xEF\xBB\xBFwith a mark", 0, "x", FC_TEXT, "UTF-8 text"},
        {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\xA6\x89", 0, "x.dat", FC_TEXT, "UTF-8 text"},
        {"cut inside \xE2\x82", 0, "x", FC_TEXT, "UTF-8 text"}, /* where 4 KiB end */
        {"cut in four \xF0\x9F\xA6", 0, "x", FC_TEXT, "UTF-8 text"},
        {"not cut \xE2\x82 inside", 0, "x", FC_MODALITY_NONE, "unknown bytes"},
        {"ends in \xFF", 0, "x", FC_MODALITY_NONE, "unknown bytes"},
        {"ends in \x82", 0, "x", FC_MODALITY_NONE, "unknown bytes"},
        {"\xE2", 0, "x", FC_MODALITY_NONE, "unknown bytes"}, /* nothing but a piece */
        {"latin caf\xE9 1", 0, "x.txt", FC_TEXT, "text that is not UTF-8"}, /* as its name says */
        {"latin caf\xE9 1", 0, "x", FC_MODALITY_NONE, "unknown bytes"},
        {"\xE9t\xE9", 0, "x.md", FC_TEXT, "text that is not UTF-8"},
        {"latin caf\xE9 \0", 12, "x.txt", FC_MODALITY_NONE, "unknown bytes"},
        {"nul\0", 4, "x.txt", FC_MODALITY_NONE, "unknown bytes"},
        {"esc\x1B[0m", 0, "x.txt", FC_MODALITY_NONE, "unknown bytes"},
        {"del\x7F", 0, "x.txt", FC_MODALITY_NONE, "unknown bytes"},
        {"{\"a\": 1}", 0, "x.json", FC_TEXT, "UTF-8 text"},
        {"a,b\n1,2\n", 0, "x.csv", FC_TEXT, "UTF-8 text"},
        /* Words that are signatures elsewhere. */
        {"ID3 tags are read", 0, "x.txt", FC_TEXT, "UTF-8 text"},
        {"BMW makes cars", 0, "x.txt", FC_TEXT, "UTF-8 text"},
        {"GIF89a is a format", 0, NULL, FC_TEXT, "UTF-8 text"},
    };

    (void)state;
    CHECK_ALL(cases);
}

static void test_sniff__the_name_decides_among_kinds_of_text(void **state)
{
    static const sniff_case cases[] = {
        {"v 0 0 0\n", 0, "chair.obj", FC_POINTS, "Wavefront OBJ mesh"},
        {"v 0 0 0\n", 0, "chair.OBJ", FC_POINTS, "Wavefront OBJ mesh"},
        {"v 0 0 0\n", 0, "chair.txt", FC_TEXT, "UTF-8 text"},
        {"OFF\n8 6 0\n", 0, "x.off", FC_POINTS, "OFF mesh"},
        {"solid x\n", 0, "x.stl", FC_POINTS, "STL mesh"},
        {"<svg xmlns='x'/>", 0, "x.txt", FC_IMAGE, "SVG image"},
        {"<?xml version='1.0'?>\n<!-- c -->\n<svg/>", 0, "x", FC_IMAGE, "SVG image"},
        {"<?xml version='1.0'?>\n<html/>", 0, "x.xml", FC_TEXT, "UTF-8 text"},
        {"\n <svg/>", 0, "x", FC_IMAGE, "SVG image"},
        {"text about <svg", 0, "x.txt", FC_TEXT, "UTF-8 text"},
        {"<!-- a drawing -->", 0, "x.svg", FC_IMAGE, "SVG image"},
        {"a.obj/b", 0, "dir.obj/name", FC_TEXT, "UTF-8 text"},
    };

    (void)state;
    CHECK_ALL(cases);
}

/* Heads that end inside a signature: the first five bytes are text so far. */
static void test_sniff__short_heads_are_safe(void **state)
{
    static const char head[] = "RIFF\x24\0\0\0WEBPVP8 ";

    (void)state;
    for (size_t n = 1; n < 12; n++) {
        const sniff_case one = {head, n, "x", FC_MODALITY_NONE, "unknown bytes"};
        const sniff_case text = {head, n, "x", FC_TEXT, "UTF-8 text"};

        check_all(n <= 5 ? &text : &one, 1);
    }
}

static void test_sniff__mp3_needs_two_frames(void **state)
{
    /* MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes a frame, 418 padded. */
    uint8_t two[430] = {0xFF, 0xFB, 0x90, 0x64};
    const char *bytes = (const char *)two;
    sniff_case c = {bytes, sizeof(two), "x", FC_AUDIO, "MP3 audio"};

    (void)state;
    memcpy(two + 417, "\xFF\xFB\xA0\x64", 4);
    check_all(&c, 1);
    two[2] = 0x92; /* padded: the next is a byte later */
    c = (sniff_case){bytes, sizeof(two), "x.mp3", FC_MODALITY_NONE, "unknown bytes"};
    check_all(&c, 1);
    two[2] = 0x90;
    two[419] = 0xA4; /* another rate */
    check_all(&c, 1);
    /* One frame alone, cut: the name decides. */
    c = (sniff_case){bytes, 200, "x.mp3", FC_AUDIO, "MP3 audio"};
    check_all(&c, 1);
    c = (sniff_case){bytes, 200, "x.bin", FC_MODALITY_NONE, "unknown bytes"};
    check_all(&c, 1);
    two[2] = 0xF0; /* no such bit rate */
    c = (sniff_case){bytes, 200, "x.mp3", FC_MODALITY_NONE, "unknown bytes"};
    check_all(&c, 1);
}

static void test_sniff__meshes_by_their_lines(void **state)
{
    static const sniff_case cases[] = {
        {"ply\r\nformat ascii 1.0\r\n", 0, "x.txt", FC_POINTS, "PLY points"},
        {"ply\nwood is glued in layers\n", 0, "x.txt", FC_TEXT, "UTF-8 text"},
        {"# a chair\nv 0 0 0\nv 1 0 0\nv 0 1 0.5\nf 1 2 3\n", 0, "x", FC_POINTS,
         "Wavefront OBJ mesh"},
        {"v 0 0 0\nv 1 0 0\nv 0 1 0.5\nand so on\n", 0, "x", FC_TEXT, "UTF-8 text"},
        {"v 0 0 0\nv 1 0 0\n", 0, "x", FC_TEXT, "UTF-8 text"}, /* too little to tell */
        {"v one\nv two\nv three\n", 0, "x", FC_TEXT, "UTF-8 text"},
        {"# caf\xE9\nv 0 0 0\n", 0, "x.obj", FC_POINTS, "Wavefront OBJ mesh"},
        {"# caf\xE9\nv 0 0 0\n", 0, "x", FC_MODALITY_NONE, "unknown bytes"},
        {"OFF\n# c\n8 6 0\n0 0 0\n", 0, "x", FC_POINTS, "OFF mesh"},
        {"COFF 8 6 0\n", 0, "x", FC_POINTS, "OFF mesh"},
        {"OFF with his head\n", 0, "x", FC_TEXT, "UTF-8 text"},
        {"OFF\n8 six 0\n", 0, "x", FC_TEXT, "UTF-8 text"},
        {"OFF\n8 6 0\n", 0, "x.txt", FC_TEXT, "UTF-8 text"},
        {"solid cube\n facet normal 0 0 1\n", 0, "x", FC_POINTS, "STL mesh"},
        {"solid facts about sound\n", 0, "x", FC_TEXT, "UTF-8 text"},
        {"1 2 3\n4 5 6\n", 0, "x.xyz", FC_POINTS, "XYZ points"},
        {"1 2 3\n4 5 6\n", 0, "x.csv", FC_TEXT, "UTF-8 text"},
        {"1 2 3\n4 5 6\n", 0, "x", FC_TEXT, "UTF-8 text"},
        {"newmtl wood\n", 0, "x.mtl", FC_MODALITY_NONE, "Wavefront OBJ material"},
    };

    (void)state;
    CHECK_ALL(cases);
}

static void test_sniff__binary_stl_by_its_size(void **state)
{
    char head[134] = "solid but binary";
    sniff_case c = {head, sizeof(head), "x", FC_POINTS, "STL mesh"};

    (void)state;
    head[80] = 1;
    check_sized(&c, 1, 134);
    c.modality = FC_MODALITY_NONE;
    c.what = "unknown bytes";
    check_sized(&c, 1, 135);
    c.name = "x.stl"; /* the decoder tells what is wrong */
    c.modality = FC_POINTS;
    c.what = "STL mesh";
    check_sized(&c, 1, 135);
    c = (sniff_case){head, 83, "x", FC_MODALITY_NONE, "unknown bytes"};
    check_sized(&c, 1, 135);
}

static void check_npy(fc_dtype dtype, uint32_t rank, const uint64_t *shape, fc_modality modality,
                      const char *what)
{
    char head[FC_NPY_HEADER_BYTES];
    fc_error err = FC_ERROR_INIT;
    const sniff_case c = {head, sizeof(head), "x", modality, what};

    assert_status(FC_OK, fc__npy_header_write(dtype, rank, shape, (uint8_t *)head, &err), &err);
    check_all(&c, 1);
}

/* Each flaw of a header by its own words; only a sound array of many says that it is one. */
static void check_flaws(void)
{
    static const struct {
        const char *from, *to, *what;
    } flaws[] = {
        {"'<f4'", "'>f4'", "NumPy array of big-endian numbers (save it as little-endian)"},
        {"'<f4'", "'<c8'", "NumPy array of something else than plain numbers"},
        {"'<f4'", "'<U4'", "NumPy array of something else than plain numbers"},
        {"False", "True ", "NumPy array in Fortran order (save it with order='C')"},
        {"False", "Maybe", "NumPy array with a broken header"},
        {"descr", "dscr_", "NumPy array with a broken header"},
    };
    const uint64_t shape[] = {4};

    for (size_t i = 0; i < sizeof(flaws) / sizeof(flaws[0]); i++) {
        char head[FC_NPY_HEADER_BYTES + 16] = {0};
        const sniff_case c = {head, sizeof(head), "x", FC_MODALITY_NONE, flaws[i].what};
        char *at;

        assert_int_equal(fc__npy_header_write(FC_F32, 1, shape, (uint8_t *)head, NULL), FC_OK);
        at = memmem(head, sizeof(head), flaws[i].from, strlen(flaws[i].from));
        assert_non_null(at);
        memcpy(at, flaws[i].to, strlen(flaws[i].to));
        check_sized(&c, 1, sizeof(head));
    }
}

static void test_sniff__arrays_by_dtype_and_shape(void **state)
{
    static const char many[] = "NumPy array of many images";
    static const char vectors[] = "NumPy array of many vectors";
    const uint64_t grey[] = {28, 28}, rgb[] = {28, 30, 3}, images[] = {9, 28, 28},
                   colours[] = {9, 28, 28, 3}, points[] = {9, 3}, normals[] = {9, 6},
                   one[] = {1, 3}, rows[] = {9, 64}, none[] = {0, 3};
    char head[FC_NPY_HEADER_BYTES + 4];
    sniff_case c = {head, sizeof(head), "x", FC_VECTOR, "NumPy vector"};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    check_npy(FC_U8, 2, grey, FC_IMAGE, "NumPy image");
    check_npy(FC_U8, 3, rgb, FC_IMAGE, "NumPy image");
    check_npy(FC_U8, 3, images, FC_MODALITY_NONE, many);
    check_npy(FC_U8, 4, colours, FC_MODALITY_NONE, many);
    check_npy(FC_F32, 2, points, FC_POINTS, "NumPy points");
    check_npy(FC_F16, 2, normals, FC_POINTS, "NumPy points");
    check_npy(FC_F32, 2, one, FC_VECTOR, "NumPy vector");
    check_npy(FC_F32, 1, rows, FC_VECTOR, "NumPy vector");
    check_npy(FC_F32, 2, rows, FC_MODALITY_NONE, vectors);
    check_npy(FC_F32, 2, none, FC_MODALITY_NONE, "NumPy array without elements");
    check_npy(FC_I32, 1, rows, FC_MODALITY_NONE,
              "NumPy array of another dtype (wanted uint8 images or float vectors and points)");
    memset(head, 0, sizeof(head));
    assert_status(FC_OK, fc__npy_header_write(FC_F32, 1, one, (uint8_t *)head, &err), &err);
    check_sized(&c, 1, sizeof(head));
    assert_status(FC_OK, fc__npy_header_write(FC_F32, 1, grey, (uint8_t *)head, &err), &err);
    c.modality = FC_MODALITY_NONE;
    c.what = "NumPy array that is cut off";
    check_sized(&c, 1, sizeof(head));
    head[6] = 9; /* a version that is not there yet */
    c.what = "NumPy array with a broken header";
    check_sized(&c, 1, sizeof(head));
    check_flaws();
}

static void test_sniff__containers(void **state)
{
    /* An archive from before POSIX: no "ustar", only the checksum. */
    char tar[512] = "a.txt";
    unsigned sum = 8 * ' ';
    sniff_case c = {tar, sizeof(tar), "x", FC_MODALITY_NONE, "tar archive"};
    static const sniff_case svgz[] = {
        {"\x1F\x8B\x08\0\0\0\0\0\0\3xyz", 13, "x.svgz", FC_MODALITY_NONE,
         "gzip'ed SVG image (SVGZ; unpack it)"},
        {"\x1F\x8B\x08\x08\0\0\0\0\0\3owl.svg", 18, "x", FC_MODALITY_NONE,
         "gzip'ed SVG image (SVGZ; unpack it)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(tar); i++)
        sum += (uint8_t)tar[i];
    snprintf(tar + 148, 8, "%06o", sum);
    check_all(&c, 1);
    assert_int_equal(fc__sniff_container((const uint8_t *)tar, 512), FC_CONTAINER_TAR);
    assert_int_equal(fc__sniff_container((const uint8_t *)tar, 511), FC_CONTAINER_NONE);
    tar[0] = 'b';
    c.what = "unknown bytes";
    check_all(&c, 1);
    CHECK_ALL(svgz);
    assert_int_equal(fc__sniff_container((const uint8_t *)"PK\3\4", 4), FC_CONTAINER_ZIP);
    assert_int_equal(fc__sniff_container((const uint8_t *)"PK\3", 3), FC_CONTAINER_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sniff__content_goes_before_the_name),
        cmocka_unit_test(test_sniff__signatures_are_named),
        cmocka_unit_test(test_sniff__text_is_utf8_without_controls),
        cmocka_unit_test(test_sniff__the_name_decides_among_kinds_of_text),
        cmocka_unit_test(test_sniff__short_heads_are_safe),
        cmocka_unit_test(test_sniff__mp3_needs_two_frames),
        cmocka_unit_test(test_sniff__meshes_by_their_lines),
        cmocka_unit_test(test_sniff__binary_stl_by_its_size),
        cmocka_unit_test(test_sniff__arrays_by_dtype_and_shape),
        cmocka_unit_test(test_sniff__containers),
    };

    return cmocka_run_group_tests_name("sniff", tests, NULL, NULL);
}
