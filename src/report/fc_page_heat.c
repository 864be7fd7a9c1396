/*
 * Inline SVG and shaded words.
 */
#include "fc_page_heat.h"

#include <math.h>
#include <stdio.h>

#define SQUARES_MAX 4096u
#define WORDS_MAX   512u
#define BARS_MAX    256u /* of a strip: more frames are averaged */

static double largest_of(const fc_page_heat *h)
{
    double largest = 0;

    for (size_t i = 0; i < h->n; i++)
        largest = fabs((double)h->values[i]) > largest ? fabs((double)h->values[i]) : largest;
    return largest > 0 ? largest : 1;
}

/* "#f80" or "#08f", and how much of it. */
static void colour_of(double value, double largest, char out[64], const char *format)
{
    const double share = fabs(value) / largest;

    snprintf(out, 64, format, value < 0 ? "0,110,255" : "255,120,0",
             0.75 * (share < 1 ? share : 1));
}

static void put_rect(fc_page *p, const double at[4], double value, double largest)
{
    char colour[64], text[192];

    colour_of(value, largest, colour, "rgba(%s,%.2f)");
    snprintf(text, sizeof(text),
             "<rect x=\"%.4g\" y=\"%.4g\" width=\"%.4g\" height=\"%.4g\" style=\"fill:%s\">"
             "<title>%+.4f</title></rect>",
             at[0], at[1], at[2], at[3], colour, value);
    fc__page_put(p, text);
}

void fc__page_heat_box(uint32_t width, uint32_t height, const double frame[4], double box[4])
{
    const double longest = width > height ? width : height;
    const double share[2] = {width / longest, height / longest};

    for (size_t i = 0; i < 4; i++)
        box[i] = (1 - share[i % 2]) / 2 + frame[i] * share[i % 2];
}

void fc__page_put_squares(fc_page *p, const fc_page_heat *h)
{
    const double largest = largest_of(h);
    const double side[2] = {(h->box[2] - h->box[0]) / (h->width > 0 ? h->width : 1),
                            (h->box[3] - h->box[1]) / (h->height > 0 ? h->height : 1)};

    if (h->height == 0 || h->width == 0 || (uint64_t)h->height * h->width != h->n ||
        h->n > SQUARES_MAX)
        return;
    fc__page_put(p, "<svg class=\"heat\" viewBox=\"0 0 100 100\" preserveAspectRatio=\"none\">");
    for (size_t i = 0; i < h->n; i++) {
        const double column = (double)(i % h->width), row = (double)(i / h->width);
        const double at[4] = {100 * (h->box[0] + column * side[0]),
                              100 * (h->box[1] + row * side[1]), 100 * side[0], 100 * side[1]};

        put_rect(p, at, (double)h->values[i], largest);
    }
    fc__page_put(p, "</svg>");
}

static void put_words(fc_page *p, const fc_page_heat *h)
{
    const double largest = largest_of(h);
    char colour[64], value[32];

    fc__page_put(p, "<p class=\"words\">");
    for (size_t i = 0; i < h->n && i < WORDS_MAX; i++) {
        colour_of((double)h->values[i], largest, colour, "background:rgba(%s,%.2f)");
        snprintf(value, sizeof(value), "%+.4f", (double)h->values[i]);
        fc__page_put(p, "<span title=\"");
        fc__page_put(p, value);
        fc__page_put(p, "\" style=\"");
        fc__page_put(p, colour);
        fc__page_put(p, "\">");
        fc__page_put_text(p, h->words[i]);
        fc__page_put(p, "</span> ");
    }
    fc__page_put(p, h->n > WORDS_MAX ? "...</p>" : "</p>");
}

/* Neighbours become one bar, their mean, where there are too many to be seen. */
static void put_strip(fc_page *p, const fc_page_heat *h)
{
    const size_t step = (h->n + BARS_MAX - 1) / BARS_MAX;
    const double first = h->times != NULL ? h->times[0] : 0;
    const double span = h->times != NULL ? h->times[2 * h->n - 1] - first : (double)h->n;
    float bars[BARS_MAX];
    fc_page_heat drawn = {.values = bars};
    double largest;

    for (size_t i = 0; i < h->n; i += step) {
        const size_t count = h->n - i < step ? h->n - i : step;
        double sum = 0;

        for (size_t k = 0; k < count; k++)
            sum += (double)h->values[i + k];
        bars[drawn.n++] = (float)(sum / (double)count);
    }
    largest = largest_of(&drawn);
    fc__page_put(p, "<svg class=\"strip\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\">");
    for (size_t i = 0; i < drawn.n && span > 0; i++) {
        const size_t a = i * step, b = (i + 1) * step < h->n ? (i + 1) * step : h->n;
        const double from = h->times != NULL ? h->times[2 * a] - first : (double)a;
        const double to = h->times != NULL ? h->times[2 * b - 1] - first : (double)b;

        put_rect(p, (const double[4]){100 * from / span, 0, 100 * (to - from) / span, 1},
                 (double)bars[i], largest);
    }
    fc__page_put(p, "</svg>");
}

void fc__page_put_row(fc_page *p, const fc_page_heat *h)
{
    if (h->height > 0 || h->n == 0)
        return;
    if (h->words != NULL)
        put_words(p, h);
    else
        put_strip(p, h);
}
