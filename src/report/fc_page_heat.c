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

static void put_rect(fc_page *p, double x, double y, double width, double value, double largest)
{
    char colour[64], text[192];

    colour_of(value, largest, colour, "rgba(%s,%.2f)");
    snprintf(text, sizeof(text),
             "<rect x=\"%.4g\" y=\"%.4g\" width=\"%.4g\" height=\"1\" style=\"fill:%s\">"
             "<title>%+.4f</title></rect>",
             x, y, width, colour, value);
    fc__page_put(p, text);
}

void fc__page_put_squares(fc_page *p, const fc_page_heat *h)
{
    const double largest = largest_of(h);
    char text[128];

    if (h->height == 0 || h->width == 0 || (uint64_t)h->height * h->width != h->n ||
        h->n > SQUARES_MAX)
        return;
    snprintf(text, sizeof(text),
             "<svg class=\"heat\" viewBox=\"0 0 %u %u\" preserveAspectRatio=\"none\">",
             (unsigned)h->width, (unsigned)h->height);
    fc__page_put(p, text);
    for (size_t i = 0; i < h->n; i++)
        put_rect(p, (double)(i % h->width), (double)(i / h->width), 1, (double)h->values[i],
                 largest);
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

        put_rect(p, 100 * from / span, 0, 100 * (to - from) / span, (double)bars[i], largest);
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
