/*
 * What a file is by its first bytes.
 */
#include "fc_test.h"

#include "fc_dataset.h"

typedef struct sniff_case {
    const char *bytes;
    size_t n; /* 0: strlen */
    const char *name;
    fc_modality modality;
    const char *what;
} sniff_case;

/* Each head sits in a block of its exact size, so that ASan sees any overread. */
static void check_all(const sniff_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t size = cases[i].n != 0 ? cases[i].n : strlen(cases[i].bytes);
        uint8_t *head = malloc(size > 0 ? size : 1);
        const char *what = NULL;
        fc_modality modality;

        assert_non_null(head);
        memcpy(head, cases[i].bytes, size);
        modality = fc__sniff(head, size, cases[i].name, &what);
        free(head);
        assert_string_equal(what, cases[i].what);
        assert_int_equal(modality, cases[i].modality);
    }
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

static void test_sniff__what_is_not_supported_is_named(void **state)
{
    static const sniff_case cases[] = {
        {"GIF89a\x01\0\x01\0", 10, "x", FC_MODALITY_NONE, "GIF image"},
        {"RIFF\x24\0\0\0WEBPVP8 ", 16, "x", FC_MODALITY_NONE, "WebP image"},
        {"RIFF\x24\0\0\0WAVEfmt ", 16, "x", FC_MODALITY_NONE, "RIFF WAVE audio"},
        {"RIFF\x24\0\0\0XXXX", 12, "x", FC_MODALITY_NONE, "unknown bytes"},
        {"RIFF\x24\0", 6, "x", FC_MODALITY_NONE, "unknown bytes"},
        {"II*\0\x08\0\0\0", 8, "x", FC_MODALITY_NONE, "TIFF image"},
        {"BM\x36\0\0\0\0\0\0\0\x36", 11, "x", FC_MODALITY_NONE, "BMP image"},
        {"fLaC\0\0\0\x22", 8, "x", FC_MODALITY_NONE, "FLAC audio"},
        {"OggS\0\x02", 6, "x", FC_MODALITY_NONE, "Ogg audio"},
        {"ID3\x03\0", 5, "x", FC_MODALITY_NONE, "MP3 audio"},
        {"\xFF\xFB\x90\x64", 4, "x", FC_MODALITY_NONE, "MP3 audio"},
        {"ply\nformat ascii 1.0\n", 0, "x", FC_MODALITY_NONE, "PLY points"},
        {"ply\nformat binary_little_endian 1.0\n\0", 37, "x", FC_MODALITY_NONE, "PLY points"},
        {"\x93NUMPY\x01\0", 8, "x.npy", FC_MODALITY_NONE, "NumPy array"},
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
        {"latin caf\xE9 1", 0, "x.txt", FC_MODALITY_NONE, "unknown bytes"},
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
        {"v 0 0 0\n", 0, "chair.obj", FC_MODALITY_NONE, "Wavefront OBJ mesh"},
        {"v 0 0 0\n", 0, "chair.OBJ", FC_MODALITY_NONE, "Wavefront OBJ mesh"},
        {"v 0 0 0\n", 0, "chair.txt", FC_TEXT, "UTF-8 text"},
        {"OFF\n8 6 0\n", 0, "x.off", FC_MODALITY_NONE, "OFF mesh"},
        {"solid x\n", 0, "x.stl", FC_MODALITY_NONE, "STL mesh"},
        {"<svg xmlns='x'/>", 0, "x.txt", FC_MODALITY_NONE, "SVG image"},
        {"<?xml version='1.0'?>\n<!-- c -->\n<svg/>", 0, "x", FC_MODALITY_NONE, "SVG image"},
        {"<?xml version='1.0'?>\n<html/>", 0, "x.xml", FC_TEXT, "UTF-8 text"},
        {"\n <svg/>", 0, "x", FC_MODALITY_NONE, "SVG image"},
        {"text about <svg", 0, "x.txt", FC_TEXT, "UTF-8 text"},
        {"<!-- a drawing -->", 0, "x.svg", FC_MODALITY_NONE, "SVG image"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sniff__content_goes_before_the_name),
        cmocka_unit_test(test_sniff__what_is_not_supported_is_named),
        cmocka_unit_test(test_sniff__text_is_utf8_without_controls),
        cmocka_unit_test(test_sniff__the_name_decides_among_kinds_of_text),
        cmocka_unit_test(test_sniff__short_heads_are_safe),
    };

    return cmocka_run_group_tests_name("sniff", tests, NULL, NULL);
}
