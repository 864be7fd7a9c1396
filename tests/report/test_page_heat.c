/*
 * What counted, on a card: as many squares as cells, words escaped, strips of few bars however many
 * frames, nothing drawn where there is nothing to draw.
 */
#include "fc_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_page.h"
#include "fc_page_heat.h"

/* The page of one card with this heat; the caller frees it. */
static char *drawn(const fc_page_heat *heat, bool with_image)
{
    static const uint8_t jpeg[] = {0xFF, 0xD8, 0xFF};
    const fc_page_card card = {.title = "1",
                               .caption = "c",
                               .image = with_image ? jpeg : NULL,
                               .image_bytes = sizeof(jpeg),
                               .image_type = "image/jpeg",
                               .heat = heat};
    char *path = fc_test_path("heat.html"), *text;
    fc_error err = FC_ERROR_INIT;
    uint8_t *bytes;
    fc_page *page;
    size_t n;

    assert_status(FC_OK, fc__page_create(&page, "t", &err), &err);
    fc__page_card(page, &card);
    assert_status(FC_OK, fc__page_save(page, path, &err), &err);
    fc__page_destroy(page);
    bytes = fc_test_read_file(path, &n);
    text = calloc(n + 1, 1);
    assert_non_null(text);
    memcpy(text, bytes, n);
    free(bytes);
    free(path);
    return text;
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

static void expect(const fc_page_heat *heat, bool with_image, const char *part, size_t n)
{
    char *text = drawn(heat, with_image);

    if (count(text, part) != n)
        fail_msg("'%s' is there %zu times, wanted %zu", part, count(text, part), n);
    free(text);
}

static void test_page_heat__squares_lie_over_a_picture(void **state)
{
    const float values[6] = {0.5f, -0.25f, 0, 0.1f, 0.2f, 0.3f};
    fc_page_heat heat = {
        .values = values, .n = 6, .height = 2, .width = 3, .box = {0.25, 0, 0.75, 1}};
    const fc_page_heat next = heat;

    (void)state;
    expect(&heat, true, "<rect", 6);
    /* The middle half of the card: columns of a sixth of its width. */
    expect(&heat, true, "<rect x=\"25\" y=\"0\" width=\"16.67\" height=\"50\"", 1);
    expect(&heat, true, "<rect x=\"58.33\" y=\"50\" width=\"16.67\" height=\"50\"", 1);
    expect(&heat, true, "rgba(255,120,0,0.75)", 1); /* the largest */
    expect(&heat, true, "rgba(0,110,255,", 1);      /* the one against */
    expect(&heat, false, "<rect", 0);               /* no picture to lie over */
    heat.next = &next;                              /* of another encoder: beneath it */
    expect(&heat, true, "<rect", 12);
    expect(&heat, true, "<img", 1);
    heat.next = NULL;
    heat.width = 4; /* not as many as there are values */
    expect(&heat, true, "<rect", 0);
    expect(NULL, true, "class=\"heat\"", 0);
}

/* A picture fills the card's square as far as its sides let it, in the middle. */
static void test_page_heat__a_map_lies_where_its_encoder_looked(void **state)
{
    static const struct {
        uint32_t width, height;
        double frame[4], box[4];
    } cases[] = {
        {200, 100, {0, -0.5, 1, 1.5}, {0, 0, 1, 1}},              /* padded */
        {200, 100, {0, 0, 1, 1}, {0, 0.25, 1, 0.75}},             /* stretched */
        {200, 100, {0.25, 0, 0.75, 1}, {0.25, 0.25, 0.75, 0.75}}, /* the middle */
        {100, 400, {-1.5, 0, 2.5, 1}, {0, 0, 1, 1}},
        {100, 400, {0, 0.375, 1, 0.625}, {0.375, 0.375, 0.625, 0.625}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double box[4];

        fc__page_heat_box(cases[i].width, cases[i].height, cases[i].frame, box);
        for (size_t k = 0; k < 4; k++)
            assert_true(fabs(box[k] - cases[i].box[k]) < 1e-12);
    }
}

static void test_page_heat__words_are_shaded_and_escaped(void **state)
{
    const char *const words[3] = {"[CLS]", "<b>", "\"fish\""};
    const float values[3] = {0, 1, -2};
    const fc_page_heat heat = {.values = values, .n = 3, .words = words};

    (void)state;
    expect(&heat, false, "<span title=\"", 3);
    expect(&heat, false, "&lt;b&gt;", 1);
    expect(&heat, false, "<b>&", 0);
    expect(&heat, false, "title=\"-2.0000\" style=\"background:rgba(0,110,255,0.75)\"", 1);
}

static void test_page_heat__many_frames_are_few_bars(void **state)
{
    float *values = calloc(100000, sizeof(*values));
    double *times = calloc(200000, sizeof(*times));
    fc_page_heat heat = {.values = values, .n = 100000, .times = times};

    (void)state;
    assert_non_null(values);
    assert_non_null(times);
    for (size_t i = 0; i < heat.n; i++) {
        values[i] = (float)sin((double)i * 0.001);
        times[2 * i] = 3 + 0.01 * (double)i;
        times[2 * i + 1] = times[2 * i] + 0.025;
    }
    expect(&heat, false, "class=\"strip\"", 1);
    {
        char *text = drawn(&heat, false);

        assert_in_range(count(text, "<rect"), 200, 256);
        free(text);
    }
    heat.n = 7;
    heat.times = NULL;
    expect(&heat, false, "<rect", 7);
    heat.n = 0;
    expect(&heat, false, "class=\"strip\"", 0);
    heat.n = 1; /* one value, zero: nothing to scale by */
    values[0] = 0;
    expect(&heat, false, "<rect", 1);
    free(values);
    free(times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_heat__squares_lie_over_a_picture),
        cmocka_unit_test(test_page_heat__a_map_lies_where_its_encoder_looked),
        cmocka_unit_test(test_page_heat__words_are_shaded_and_escaped),
        cmocka_unit_test(test_page_heat__many_frames_are_few_bars),
    };

    return cmocka_run_group_tests_name("page_heat", tests, NULL, NULL);
}
