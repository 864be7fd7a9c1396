/*
 * SVG: what is drawn, at which size, on which ground, and what is refused before librsvg sees it.
 */
#include "fc_test.h"

#include "fc_decode.h"
#include "fc_svg_scan.h"

#define OPEN "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' "

#ifdef FC_SVG_HELPER

static fc_status draw(const char *text, const fc_image_options *opts, fc_image *out, fc_error *err)
{
    fc_image_options o = opts != NULL ? *opts : (fc_image_options){0};
    fc_decode_limits limits = o.limits != NULL ? *o.limits : (fc_decode_limits){0};

    limits.svg_helper = FC_SVG_HELPER;
    o.limits = &limits;
    return fc__decode_image((const uint8_t *)text, strlen(text), &o, out, err);
}

static void assert_pixel(const fc_image *im, uint32_t x, uint32_t y, int r, int g, int b)
{
    const uint8_t *p = im->pixels + 3 * ((size_t)y * im->width + x);

    if (p[0] != r || p[1] != g || p[2] != b)
        fail_msg("(%u, %u) is %d %d %d, not %d %d %d", x, y, p[0], p[1], p[2], r, g, b);
}

/* Rectangles on whole pixels: no freedom in the result. Half of the drawing is left empty. */
static void test_svg__draws_on_the_ground_at_the_side(void **state)
{
    static const char text[] =
        "\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\n<!-- a -->\n<!DOCTYPE svg>\n" OPEN
        "viewBox='0 0 8 4'><rect width='2' height='4' fill='#ff0000'/>"
        "<rect x='2' width='2' height='2' fill='#0080ff'/></svg>";
    const fc_image_options white = {.svg_side = 16}, black = {.svg_side = 8, .black_ground = true};
    fc_error err = FC_ERROR_INIT;
    fc_image im = FC_IMAGE_INIT;

    (void)state;
    assert_status(FC_OK, draw(text, &white, &im, &err), &err);
    assert_int_equal(im.width, 16);
    assert_int_equal(im.height, 8);
    assert_string_equal(im.format, "SVG");
    assert_pixel(&im, 0, 0, 255, 0, 0);
    assert_pixel(&im, 3, 7, 255, 0, 0);
    assert_pixel(&im, 4, 3, 0, 128, 255);
    assert_pixel(&im, 4, 4, 255, 255, 255);
    assert_pixel(&im, 15, 7, 255, 255, 255);
    fc__image_dispose(&im);
    assert_status(FC_OK, draw(text, &black, &im, &err), &err);
    assert_int_equal(im.width, 8);
    assert_pixel(&im, 7, 3, 0, 0, 0);
    assert_pixel(&im, 2, 1, 0, 128, 255);
    fc__image_dispose(&im);
}

static void test_svg__has_512_pixels_on_its_longer_side(void **state)
{
    static const struct {
        const char *text;
        uint32_t w, h;
    } cases[] = {
        {OPEN "width='30' height='60'/>", 256, 512},
        {OPEN "viewBox='0 0 100 50' width='100%' height='100%'/>", 512, 256},
        {OPEN "width='1000000' height='1'/>", 512, 1},
        {OPEN "><rect x='5' y='5' width='20' height='10'/></svg>", 512, 256},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_image im = FC_IMAGE_INIT;

        assert_status(FC_OK, draw(cases[i].text, NULL, &im, &err), &err);
        if (im.width != cases[i].w || im.height != cases[i].h)
            fail_msg("%s: %u x %u", cases[i].text, im.width, im.height);
        fc__image_dispose(&im);
    }
}

/* A file that is there and would draw red all over, were it loaded. */
static void test_svg__loads_nothing_from_outside(void **state)
{
    static const char red[] = OPEN "width='8' height='8'><rect id='r' width='8' height='8' "
                                   "fill='red'/></svg>";
    static const char *const uses[] = {
        "<image width='8' height='8' xlink:href='%s'/>",
        "<use xlink:href='%s#r'/>",
        ("<filter id='f'><feImage xlink:href='%s'/></filter>"
         "<rect width='8' height='8' fill='white' filter='url(#f)'/>"),
        "<style>@import url('%s');</style>",
    };
    char *path = fc_test_path("red.svg");

    (void)state;
    fc_test_write_text(path, red);
    for (size_t i = 0; i < 2 * sizeof(uses) / sizeof(uses[0]); i++) {
        const fc_image_options small = {.svg_side = 8};
        char address[1200], use[1400], text[1800];
        fc_error err = FC_ERROR_INIT;
        fc_image im = FC_IMAGE_INIT;

        snprintf(address, sizeof(address), "%s%s", i % 2 == 0 ? "file://" : "", path);
        snprintf(use, sizeof(use), uses[i / 2], address);
        snprintf(text, sizeof(text), OPEN "width='8' height='8'>%s</svg>", use);
        assert_status(FC_OK, draw(text, &small, &im, &err), &err);
        for (uint32_t k = 0; k < 64; k++)
            if (im.pixels[3 * k] == 255 && im.pixels[3 * k + 1] == 0)
                fail_msg("%s was loaded", use);
        fc__image_dispose(&im);
    }
    free(path);
}

static void test_svg__broken_markup_is_refused_by_the_library(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_image im = FC_IMAGE_INIT;

    (void)state;
    assert_status(FC_E_FORMAT, draw("<svg></g>", NULL, &im, &err), &err);
    assert_null(im.pixels);
    assert_null(strchr(err.message, '\n'));
}

static void test_svg__a_side_over_the_limits_is_refused(void **state)
{
    const fc_decode_limits limits = {.max_pixels = 1000};
    const fc_image_options pixels = {.limits = &limits, .svg_side = 100};
    const fc_image_options side = {.svg_side = 40000};
    fc_error err = FC_ERROR_INIT;
    fc_image im = FC_IMAGE_INIT;

    (void)state;
    assert_status(FC_E_LIMIT, draw(OPEN "width='1' height='1'/>", &pixels, &im, &err), &err);
    assert_status(FC_E_LIMIT, draw(OPEN "width='1' height='1'/>", &side, &im, &err), &err);
    assert_null(im.pixels);
}

#endif

static void test_svg__is_known_by_its_first_element(void **state)
{
    static const struct {
        const char *text;
        bool svg;
    } cases[] = {
        {"<svg/>", true},
        {"  \n<s:svg xmlns:s='http://www.w3.org/2000/svg'/>", true},
        {"<!-- <html> --><?xml-stylesheet?><!DOCTYPE svg [<!ENTITY a 'b'>]><svg>", true},
        {"<svgs/>", false},
        {"<html><svg/></html>", false},
        {"x<svg/>", false},
        {"<", false},
        {"<!-- ", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (fc__svg_sniff((const uint8_t *)cases[i].text, strlen(cases[i].text)) != cases[i].svg)
            fail_msg("'%s'", cases[i].text);
}

static void check_scan(const char *text, fc_status want, const char *word)
{
    fc_error err = FC_ERROR_INIT;
    const size_t n = strlen(text);
    uint8_t *copy = malloc(n > 0 ? n : 1); /* of its exact size, for the sanitizer */

    assert_non_null(copy);
    memcpy(copy, text, n);
    if (fc__svg_scan(copy, n, 5, &err) != want || strstr(err.message, word) == NULL)
        fail_msg("'%.60s': '%s' does not name '%s'", text, err.message, word);
    free(copy);
}

static void test_svg__the_scan_refuses_what_it_says(void **state)
{
    static const struct {
        const char *text;
        fc_status want;
        const char *word;
    } cases[] = {
        {"<svg><a><a><a><a/></a></a></a></svg>", FC_OK, ""},
        {"<svg><a><a><a><a><a/></a></a></a></a></svg>", FC_E_LIMIT, "nests"},
        {"<svg a='>' b=\"/>\"/>", FC_OK, ""},
        {"<svg><![CDATA[ <a><a><a><a><a><a> ]]></svg>", FC_OK, ""},
        {"<svg", FC_E_FORMAT, "ends within an element"},
        {"<svg a='", FC_E_FORMAT, "ends within an attribute"},
        {"<svg a=", FC_E_FORMAT, "not quoted"},
        {"<svg a>", FC_E_FORMAT, "no value"},
        {"<svg>", FC_E_FORMAT, "ends within"},
        {"</svg>", FC_E_FORMAT, "not open"},
        {"<svg><!-- ", FC_E_FORMAT, "comment"},
        {"", FC_E_FORMAT, "ends within"},
        {"<!DOCTYPE svg [<!ENTITY a 'x'><!ELEMENT b ANY>]><svg c='&a;'/>", FC_OK, ""},
        {"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg/>", FC_E_UNSUPPORTED,
         "external entity"},
        {"<!DOCTYPE svg [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><svg/>", FC_E_UNSUPPORTED, "markup"},
        {"<!DOCTYPE svg [<!ENTITY a '<rect/>'>]><svg/>", FC_E_UNSUPPORTED, "markup"},
        {"<!DOCTYPE svg [<!ENTITY % a 'x'>]><svg/>", FC_E_UNSUPPORTED, "parameter entity"},
        {"<!DOCTYPE svg [%a;]><svg/>", FC_E_UNSUPPORTED, "parameter entity"},
        {"<!DOCTYPE svg [<!ENTITY a 'x'", FC_E_FORMAT, "document type"},
        {"<?xml version='1.0' encoding='UTF-16'?><svg/>", FC_E_UNSUPPORTED, "encoding"},
        {"<?xml version='1.0' encoding='UTF-7'?><svg/>", FC_E_UNSUPPORTED, "encoding"},
        {"<?xml version='1.0' encoding='iso-8859-15'?><svg/>", FC_OK, ""},
        {"<svg><xi:include href='a'/></svg>", FC_E_UNSUPPORTED, "include"},
        {"<svg><image xlink:href='a.png'/></svg>", FC_OK, ""},
        {"<svg><image href='&a;'/></svg>", FC_E_UNSUPPORTED, "entity"},
        {"<svg><image href='data:image/svg+xml,x'/></svg>", FC_E_UNSUPPORTED, "no PNG"},
        {"<svg><image href='data:image/png;base64,iVBORw0KGgo'/></svg>", FC_E_UNSUPPORTED,
         "no PNG"},
        /* 16 x 16 and 65535 x 65535 pixels; the header only. */
        {"<svg><image href='data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQ'/></svg>", FC_OK,
         ""},
        {"<svg><image href='data:image/png;base64,iVBORw0K\nGgoAAAANSUhEUgAA//8AAP//'/></svg>",
         FC_E_LIMIT, "65535 x 65535"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_scan(cases[i].text, cases[i].want, cases[i].word);
}

/* Every beginning of a file with one of each kind of markup is refused, without a byte too many. */
static void test_svg__every_truncation_is_refused(void **state)
{
    static const char text[] =
        "<?xml version='1.0'?><!-- c --><!DOCTYPE svg [<!ENTITY a \"b\"> <!-- d -->]>"
        "<svg a='&a;'><![CDATA[x]]><b><c d=\"e\"/></b></svg>";
    fc_error err = FC_ERROR_INIT;

    (void)state;
    check_scan(text, FC_OK, "");
    for (size_t n = 0; n + 1 < sizeof(text); n++) {
        uint8_t *copy = malloc(n > 0 ? n : 1);

        assert_non_null(copy);
        memcpy(copy, text, n);
        if (fc__svg_scan(copy, n, 64, &err) == FC_OK)
            fail_msg("'%.*s' passes", (int)n, text);
        fc__svg_sniff(copy, n);
        free(copy);
    }
}

static char *repeated(const char *head, const char *part, size_t times, const char *tail)
{
    const size_t n = strlen(part);
    char *text = malloc(strlen(head) + n * times + strlen(tail) + 1), *to;

    assert_non_null(text);
    to = stpcpy(text, head);
    for (size_t i = 0; i < times; i++)
        to = stpcpy(to, part);
    strcpy(to, tail);
    return text;
}

static void test_svg__the_scan_counts(void **state)
{
    static const struct {
        const char *head, *part;
        size_t times;
        const char *word;
    } cases[] = {
        {"<!DOCTYPE svg [<!ENTITY a '0123456789012345678901234567890123456789'>]><svg>", "&a;",
         300000, "expands"},
        {"<svg>", "0123456789", 1 << 20, "bytes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = repeated(cases[i].head, cases[i].part, cases[i].times, "</svg>");

        check_scan(text, FC_E_LIMIT, cases[i].word);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef FC_SVG_HELPER
        cmocka_unit_test(test_svg__draws_on_the_ground_at_the_side),
        cmocka_unit_test(test_svg__has_512_pixels_on_its_longer_side),
        cmocka_unit_test(test_svg__loads_nothing_from_outside),
        cmocka_unit_test(test_svg__broken_markup_is_refused_by_the_library),
        cmocka_unit_test(test_svg__a_side_over_the_limits_is_refused),
#endif
        cmocka_unit_test(test_svg__is_known_by_its_first_element),
        cmocka_unit_test(test_svg__the_scan_refuses_what_it_says),
        cmocka_unit_test(test_svg__every_truncation_is_refused),
        cmocka_unit_test(test_svg__the_scan_counts),
    };

    return cmocka_run_group_tests_name("decode_svg", tests, NULL, NULL);
}
