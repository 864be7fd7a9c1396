/*
 * Figures: names from strangers stay text, values that are not finite are left out, round marks,
 * shares of a histogram, places of values; no figure without values breaks the page.
 */
#include "fc_test.h"

#include <math.h>

#include "fc_page_plot.h"
#include "fc_plot_axes.h"

static const char hostile[] = "<script>alert(1)</script>\"'&";

static char *taken(fc_page *page)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    char *text;

    assert_status(FC_OK, fc__page_take(page, &bytes, &err), &err);
    text = strndup((const char *)bytes.data, bytes.size);
    fc_buf_dispose(&bytes);
    fc__page_destroy(page);
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    return text;
}

static fc_page *new_page(void)
{
    fc_error err = FC_ERROR_INIT;
    fc_page *page;

    assert_status(FC_OK, fc__page_create(&page, "t", &err), &err);
    return page;
}

static const char *after(const char *text, const char *part)
{
    const char *at = strstr(text, part);

    assert_non_null(at);
    return at + strlen(part);
}

static void test_steps_are_round(void **state)
{
    const struct {
        double low, high, step;
    } cases[] = {{0, 1, 0.2}, {0, 10, 2}, {-1, 1, 0.5}, {0, 0.0031, 0.0005}, {3, 4003, 1000}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_true(fabs(fc__plot_step((fc_plot_range){cases[i].low, cases[i].high}, 5) -
                         cases[i].step) < 1e-9 * cases[i].step);
}

static void test_ranges(void **state)
{
    fc_plot_range seen = FC_PLOT_RANGE_EMPTY, r;

    (void)state;
    r = fc__plot_range_of(0, 0, seen);
    assert_true(r.low == 0 && r.high == 1);
    fc__plot_range_add(&seen, NAN);
    fc__plot_range_add(&seen, INFINITY);
    fc__plot_range_add(&seen, 4);
    r = fc__plot_range_of(0, 0, seen);
    assert_true(r.low == 3.5 && r.high == 4.5);
    r = fc__plot_range_of(-1, 1, seen);
    assert_true(r.low == -1 && r.high == 1);
}

/* Four values over [0, 4) in four bins: shares of .5, .25, 0 and, with what lies beyond, .25. */
static void test_histogram(void **state)
{
    const float values[] = {0.1f, 0.2f, 1.5f, 9.0f, NAN};
    const fc_plot_values of = {hostile, values, 5};
    const fc_plot_frame frame = {.title = hostile,
                                 .x_label = hostile,
                                 .y_label = "share",
                                 .x_high = 4,
                                 .y_high = 1,
                                 .caption = hostile};
    fc_page *page = new_page();
    const double base = FC_PLOT_HEIGHT - FC_PLOT_BOTTOM, tall = base - FC_PLOT_TOP;
    const double shares[] = {0.5, 0.25, 0, 0.25};
    char *text;
    const char *at;

    (void)state;
    fc__page_histogram(page, &frame, &of, 1, 4);
    text = taken(page);
    at = after(text, "class=\"steps s0\" d=\"");
    for (size_t b = 0; b < 4; b++) {
        double y;

        at = after(at, "V");
        y = strtod(at, NULL);
        assert_true(fabs(y - (base - shares[b] * tall)) < 0.06);
    }
    assert_non_null(strstr(text, "&lt;script&gt;"));
    free(text);
}

static void test_curves_and_dots(void **state)
{
    const double x[] = {0, 1, 2, 3}, y[] = {0, 0.5, NAN, 1}, low[] = {0, 0.4, 0.4, 0.9},
                 high[] = {0.1, 0.6, 0.7, 1};
    const fc_plot_series series[] = {{"a", x, y, 4, low, high, false},
                                     {hostile, x, y, 4, NULL, NULL, true}};
    const fc_plot_frame frame = {.title = "t"};
    fc_page *page = new_page();
    char *text;
    size_t dots = 0;

    (void)state;
    fc__page_curves(page, &frame, series, 2);
    fc__page_scatter(page, &frame, series, 1);
    text = taken(page);
    assert_non_null(strstr(text, "class=\"band s0\""));
    assert_null(strstr(text, "class=\"band s1\""));
    assert_non_null(strstr(text, "stroke-dasharray"));
    /* A gap: the line begins twice. */
    {
        const char *d = after(text, "class=\"line s0\" d=\"");
        size_t moves = 0;

        for (; *d != '"'; d++)
            moves += *d == 'M';
        assert_int_equal(moves, 2);
    }
    for (const char *at = text; (at = strstr(at, "<circle")) != NULL; at++)
        dots++;
    assert_int_equal(dots, 3);
    free(text);
}

static void test_many_dots_are_thinned(void **state)
{
    enum { N = 3 * FC_PLOT_DOTS_MAX };
    double *x = calloc(N, sizeof(*x));
    const fc_plot_series series = {.x = x, .y = x, .n = N};
    const fc_plot_frame frame = {.title = "t"};
    fc_page *page = new_page();
    size_t dots = 0;
    char *text;

    (void)state;
    fc__page_scatter(page, &frame, &series, 1);
    text = taken(page);
    for (const char *at = text; (at = strstr(at, "<circle")) != NULL; at++)
        dots++;
    assert_int_equal(dots, FC_PLOT_DOTS_MAX);
    free(text);
    free(x);
}

static void test_nothing_to_draw(void **state)
{
    const fc_plot_frame frame = {.title = "t"};
    const fc_plot_series series = {.n = 0};
    const fc_plot_values of = {.n = 0};
    fc_page *page = new_page();

    (void)state;
    fc__page_curves(page, &frame, &series, 1);
    fc__page_scatter(page, &frame, &series, 1);
    fc__page_histogram(page, &frame, &of, 1, 0);
    fc__page_measures(page, NULL, 0);
    free(taken(page));
}

static void test_measures_tables_verdict(void **state)
{
    const fc_plot_measure m[] = {{hostile, 0.5, 0.4, 0.6, 0, 0, 1, hostile},
                                 {"none", NAN, NAN, NAN, NAN, 0, 1, NULL}};
    const char *const heads[] = {"a", hostile}, *const cells[] = {"-0.5", hostile};
    fc_page *page = new_page();
    char *text;

    (void)state;
    fc__page_verdict(page, FC_TONE_BAD, hostile, hostile);
    fc__page_measures(page, m, 2);
    fc__page_table_begin(page, heads, 2);
    fc__page_table_row(page, cells, 2);
    fc__page_table_end(page);
    text = taken(page);
    assert_non_null(strstr(text, "class=\"verdict bad\""));
    assert_non_null(strstr(text, "0.4 to 0.6"));
    /* From 2 to 198: the null at 2, the interval from 80.4 on. */
    assert_non_null(strstr(text, "class=\"z\" d=\"M2.0 1V15\""));
    assert_non_null(strstr(text, "class=\"i\" d=\"M80.4 8H119.6\""));
    assert_non_null(strstr(text, "<td class=\"n\">-0.5</td>"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_are_round),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_curves_and_dots),
        cmocka_unit_test(test_many_dots_are_thinned),
        cmocka_unit_test(test_nothing_to_draw),
        cmocka_unit_test(test_measures_tables_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
